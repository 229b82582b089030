"""Makes an API key and prints it, once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email

from reps.models import Rep
from routing.clock import current_time
from routing.management.starting import CheckedCommand
from routing.models import Scope
from routing.services.api_keys import NotForReps, UnknownScope, create_api_key
from routing.services.privacy.audit_log import note

LONGEST_NAME = 100
LONGEST_DAYS = 36_500


class Command(CheckedCommand):
    help = "Make an API key and print it. It is shown once; only a hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="What the key is for, such as “website forms”.")
        parser.add_argument(
            "--scopes", required=True, help=f"What it may do, separated by commas: {', '.join(Scope.values)}."
        )
        parser.add_argument("--rep", default="", help="E-mail address of the rep for whom alone it acts.")
        parser.add_argument("--test-email", default="", help="Who gets the alerts of test leads sent with this key.")
        parser.add_argument("--expires-days", type=int, help="After how many days it stops working. Default: never.")

    def handle(self, *args: Any, **options: Any) -> None:
        name, days, test_email = options["name"].strip(), options["expires_days"], options["test_email"]
        if not 0 < len(name) <= LONGEST_NAME:
            raise CommandError(f"Give the key a name of at most {LONGEST_NAME} characters.")
        if days is not None and not 0 < days <= LONGEST_DAYS:
            raise CommandError(f"--expires-days: give a number of days from 1 to {LONGEST_DAYS}.")
        if test_email:
            self._check_address(test_email)
        try:
            made = create_api_key(
                name=name,
                scopes=[scope.strip() for scope in options["scopes"].split(",") if scope.strip()],
                rep=self._rep(options["rep"]) if options["rep"] else None,
                test_email=test_email,
                expires_at=current_time() + timedelta(days=days) if days else None,
            )
        except (UnknownScope, NotForReps) as error:
            raise CommandError(f"--scopes: {error}") from error
        note(action="key.made", actor="manage.py", subject=made.key, detail={"name": name}, now=current_time())
        self.stdout.write(made.secret)

    @staticmethod
    def _rep(address: str) -> Rep:
        rep = Rep.objects.filter(email=address.strip().lower()).first()
        if rep is None:
            raise CommandError(f"--rep: there is no rep “{address}”.")
        return rep

    @staticmethod
    def _check_address(address: str) -> None:
        try:
            validate_email(address)
        except ValidationError as error:
            raise CommandError(f"--test-email: “{address}” is not an e-mail address.") from error
