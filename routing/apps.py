"""The app of the leads: what happens to a lead from the form to its owner."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RoutingConfig(AppConfig):
    name = "routing"
    verbose_name = "Lead routing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The built-in roles are made, and kept as shipped, by every migrate."""
        from routing.services.access import ensure_groups  # noqa: PLC0415  models are loaded only now

        def make_groups(**_: Any) -> None:
            ensure_groups()

        post_migrate.connect(make_groups, sender=self, weak=False, dispatch_uid="routing.ensure_groups")
