"""The app of the leads: what happens to a lead from the form to its owner."""

from __future__ import annotations

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "routing"
    verbose_name = "Lead routing"
    default_auto_field = "django.db.models.BigAutoField"
