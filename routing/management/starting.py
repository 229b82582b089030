"""How our commands begin: what this installation has set is checked, and nothing that is the same everywhere."""

from __future__ import annotations

from django.core.checks import Tags
from django.core.management.base import BaseCommand
from django.urls import get_resolver


class CheckedCommand(BaseCommand):
    """A command that begins in half the time: models, pages and addresses are checked by `manage.py check`."""

    requires_system_checks = (Tags.security,)


def load_addresses() -> None:
    """Load every page now: not when the first mail names one, nor once in each forked child."""
    get_resolver().url_patterns  # noqa: B018
