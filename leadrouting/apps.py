"""The app that wires everything: system checks and the commands that run the whole."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks
from django.core.checks import CheckMessage, Tags


class LeadRoutingConfig(AppConfig):
    name = "leadrouting"
    verbose_name = "Lead routing"

    def ready(self) -> None:
        from leadrouting import checks as _  # noqa: F401, PLC0415  registers them

        apps.get_app_config("auth").verbose_name = "Users and roles"  # as the admin calls that group of pages


class PagesConfig(SimpleAdminConfig):
    """Django's admin, whose pages are loaded with the addresses: a worker or a command that shows none goes without."""

    def ready(self) -> None:
        checks.register(check_dependencies, Tags.admin)
        checks.register(check_pages, Tags.admin)


def check_pages(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Django's check of the admin's pages, once they are loaded."""
    admin.autodiscover()
    return check_admin_app(app_configs, **kwargs)
