"""The app that wires everything: system checks and the commands that run the whole."""

from __future__ import annotations

from django.apps import AppConfig, apps


class LeadRoutingConfig(AppConfig):
    name = "leadrouting"
    verbose_name = "Lead routing"

    def ready(self) -> None:
        from leadrouting import checks  # noqa: F401, PLC0415  registers them

        apps.get_app_config("auth").verbose_name = "Users and roles"  # as the admin calls that group of pages
