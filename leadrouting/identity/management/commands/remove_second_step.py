"""Helps somebody in who has lost their phone and their codes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from leadrouting.identity.second_steps import remove_second_step
from routing.clock import current_time


class Command(BaseCommand):
    help = "Remove the second step of somebody's sign-in, so that they can set up a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="User name, such as admin.")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MFA == "off":
            raise CommandError("MFA is off: nobody is asked for a second step.")
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user “{options['user']}”.")
        if not remove_second_step(user=user, by=None, now=current_time()):
            raise CommandError(f"{user.get_username()} has no second step.")
        self.stdout.write(f"{user.get_username()} signs in with the password alone, and can set up a new second step.")
