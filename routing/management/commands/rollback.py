"""Roll back: publish an earlier version again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from routing.clock import current_time
from routing.management.starting import CheckedCommand
from routing.models import RulebookVersion
from routing.services.publish import CannotPublish, publish_again
from routing.services.schedule import warnings_of_standing


class Command(CheckedCommand):
    help = "Publishes what an earlier version said as a new version. The draft stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, help="The version to go back to.")

    def handle(self, *, number: int, **options: Any) -> None:
        now = current_time()
        try:
            version = publish_again(number, user=None, now=now)
        except CannotPublish as error:
            raise CommandError("\n".join(error.errors)) from error
        except RulebookVersion.DoesNotExist as error:
            raise CommandError(f"There is no version {number}.") from error
        for warning in warnings_of_standing(at=now):
            self.stdout.write(self.style.WARNING(warning))
        self.stdout.write(self.style.SUCCESS(f"{version} is published; it says what version {number} said."))
