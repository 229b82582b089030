"""Publish the draft."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.clock import current_time
from routing.models import RulebookVersion
from routing.services.publish import CannotPublish, draft_changes, publish, publish_again


class Command(BaseCommand):
    help = "Publishes the draft: every new decision follows it from now on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--note", default="", help="What this version is for.")
        parser.add_argument("--again", type=int, metavar="NUMBER", help="Publishes an earlier version again.")

    def handle(self, *, note: str, again: int | None, **options: Any) -> None:
        try:
            if again is None:
                changes = draft_changes()
                version = publish(note=note[:300], user=None, now=current_time())
            else:
                changes = []
                version = publish_again(again, user=None, now=current_time())
        except CannotPublish as error:
            raise CommandError("\n".join(error.errors)) from error
        except RulebookVersion.DoesNotExist as error:
            raise CommandError(f"There is no version {again}.") from error
        for sentence in changes:
            self.stdout.write(sentence)
        self.stdout.write(self.style.SUCCESS(f"{version} is published."))
