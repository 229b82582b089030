"""Gives an API key a new secret and prints it, once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Q

from routing.clock import current_time
from routing.management.starting import CheckedCommand
from routing.models import ApiKey
from routing.services.api_keys import CannotRotate, rotate
from routing.services.privacy.audit_log import note

LONGEST_GRACE = 24 * 90
LONGEST_DAYS = 36_500


class Command(CheckedCommand):
    help = "Give an API key a new secret and print it, once. The former one works for a while too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", help="Name of the key, or the first characters of its secret, such as lr_Ab3dE6g.")
        parser.add_argument(
            "--grace-hours", type=int, default=24, help="So long the former secret works too. 0: it ends at once."
        )
        parser.add_argument(
            "--expires-days", type=int, help="After how many days it stops working. Default: as long as before."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        grace, days, now = options["grace_hours"], options["expires_days"], current_time()
        if not 0 <= grace <= LONGEST_GRACE:
            raise CommandError(f"--grace-hours: give a number of hours from 0 to {LONGEST_GRACE}.")
        if days is not None and not 0 < days <= LONGEST_DAYS:
            raise CommandError(f"--expires-days: give a number of days from 1 to {LONGEST_DAYS}.")
        expires_at = now + timedelta(days=days) if days else None
        try:
            made = rotate(key=self._key(options["key"]), grace=timedelta(hours=grace), expires_at=expires_at, now=now)
        except CannotRotate as error:
            raise CommandError(str(error)) from error
        note(action="key.exchanged", actor="manage.py", subject=made.key, detail={"name": made.key.name}, now=now)
        self.stdout.write(made.secret)

    @staticmethod
    def _key(wanted: str) -> ApiKey:
        living = ApiKey.objects.filter(revoked_at=None, replaced_by=None)
        found = list(living.filter(Q(name=wanted) | Q(prefix=wanted)).order_by("pk"))
        if not found:
            raise CommandError(f"There is no key “{wanted}” that could be given a new secret.")
        if len(found) > 1:
            known = "\n".join(map(_told_apart, found))
            raise CommandError(
                f"{len(found)} keys are called “{wanted}”. Name the one by how its secret begins:\n{known}"
            )
        return found[0]


def _told_apart(key: ApiKey) -> str:
    used = f"last used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
    return f"  {key.prefix}  made {key.created_at:%Y-%m-%d}, {used}; may {', '.join(key.scopes)}"
