"""Make or remove the demo company."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import CommandError

from routing.clock import current_time
from routing.management.starting import CheckedCommand
from routing.services.demo import NotEmpty, create_demo_company, remove_demo_company
from routing.services.manage import StillUsed


class Command(CheckedCommand):
    help = "Makes a demo company with 60 days of history in an empty installation, or removes it without a trace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["create", "remove"])
        parser.add_argument("--seed", type=int, default=7, help="Another number makes another history.")

    def handle(self, *, action: str, seed: int, **options: Any) -> None:
        try:
            said = _create(seed) if action == "create" else _remove()
        except NotEmpty as error:
            raise CommandError(str(error)) from error
        except StillUsed as error:
            raise CommandError("\n".join(error.uses)) from error
        self.stdout.write(self.style.SUCCESS(said))


def _create(seed: int) -> str:
    return f"The demo company is there: {create_demo_company(now=current_time(), seed=seed)}."


def _remove() -> str:
    removed = remove_demo_company(now=current_time())
    _forget_passwords()
    if not removed.reps and not removed.leads:
        return "There is no demo company."
    anew = f" {removed.routed_anew} leads of your own are routed anew." if removed.routed_anew else ""
    return f"The demo company is gone: {removed.reps} reps and {removed.leads} leads.{anew}"


def _forget_passwords() -> None:
    """The passwords of people who can sign in no longer."""
    file = Path(settings.PASSWORDS_FILE)
    if file.exists():
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        names = set(User.objects.values_list("username", flat=True))
        file.write_text("".join(line for line in lines if line.partition("\t")[0] in names), encoding="utf-8")
