"""Publish the draft, now or at a chosen time."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from routing.clock import current_time
from routing.doorbell import unless_nobody_hears
from routing.management.starting import CheckedCommand
from routing.services.publish import CannotPublish, draft_changes, publish
from routing.services.schedule import schedule_publication, warnings_of_standing


class Command(CheckedCommand):
    help = "Publishes the draft: every new decision follows it from now on, or from a chosen time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--note", default="", help="What this version is for.")
        parser.add_argument("--at", metavar="TIME", help="When, with its offset: 2026-12-01T08:00+01:00. Else now.")

    def handle(self, *, note: str, at: str | None, **options: Any) -> None:
        now = current_time()
        when = _instant(at) if at else None
        try:
            changes = draft_changes()
            warnings = warnings_of_standing(at=when or now)
            if when is None:
                with unless_nobody_hears():
                    done = f"{publish(note=note[:300], user=None, now=now)} is published."
            else:
                scheduled = schedule_publication(note=note, at=when, user=None, now=now)
                done = f"The draft as it is now will be published at {scheduled.publish_at.isoformat()}."
        except CannotPublish as error:
            raise CommandError("\n".join(error.errors)) from error
        for sentence in changes:
            self.stdout.write(sentence)
        for warning in warnings:
            self.stdout.write(self.style.WARNING(warning))
        self.stdout.write(self.style.SUCCESS(done))


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is not a time. Write it as 2026-12-01T08:00+01:00.") from error
