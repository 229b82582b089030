"""Each system check complains about what it is for, and about nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from leadrouting import checks, local_redis
from leadrouting.apps import check_pages
from routing.admin.leads import LeadAdmin
from tests.processes.company import manage
from tests.valkey import running_valkey


@pytest.fixture(autouse=True)
def production(settings: Settings) -> None:
    """A production as the docs describe it."""
    settings.PRODUCTION, settings.DEBUG = True, False
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["leads.example.com"], "https://leads.example.com"
    settings.EMAIL_URL, settings.REDIS_URL = "smtp+tls://mail.example", ""


def ids(check: Callable[..., Any], **arguments: Any) -> list[str]:
    return [message.id for message in check(None, **arguments)]


def test_debug_in_production(settings: Settings) -> None:
    assert ids(checks.production_has_no_debug) == []
    settings.DEBUG = True
    assert ids(checks.production_has_no_debug) == ["leadrouting.E001"]


@pytest.mark.parametrize("hosts", [[], ["*"]])
def test_hosts_that_are_not_named(settings: Settings, hosts: list[str]) -> None:
    assert ids(checks.production_names_its_hosts) == []
    settings.ALLOWED_HOSTS = hosts
    assert ids(checks.production_names_its_hosts) == ["leadrouting.E002"]


def test_links_without_https(settings: Settings) -> None:
    assert ids(checks.production_is_reached_by_https) == []
    settings.PUBLIC_URL = "http://leads.example.com"
    assert ids(checks.production_is_reached_by_https) == ["leadrouting.E003"]


def test_mail_that_reaches_nobody(settings: Settings) -> None:
    assert ids(checks.production_sends_mail) == []
    settings.EMAIL_URL = ""
    assert ids(checks.production_sends_mail) == ["leadrouting.W004"]


@pytest.mark.django_db
def test_commits_that_a_crash_loses() -> None:
    assert ids(checks.commits_survive_a_crash, databases=["default"]) == []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
        assert ids(checks.commits_survive_a_crash, databases=["default"]) == ["leadrouting.E005"]


def test_a_redis_that_drops_things(settings: Settings, tmp_path: Path) -> None:
    with running_valkey(tmp_path) as url, local_redis.client(url, timeout=1) as client:
        settings.REDIS_URL = url
        assert ids(checks.redis_keeps_everything) == []
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert ids(checks.redis_keeps_everything) == ["leadrouting.E006"]


def test_a_redis_that_is_away_is_not_complained_about(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert ids(checks.redis_keeps_everything) == []


def test_a_trial_is_left_alone(settings: Settings) -> None:
    settings.PRODUCTION, settings.DEBUG = False, True
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL, settings.EMAIL_URL = ["*"], "http://127.0.0.1:8000", ""

    for check in (
        checks.production_has_no_debug,
        checks.production_names_its_hosts,
        checks.production_is_reached_by_https,
        checks.production_sends_mail,
    ):
        assert ids(check) == []


def test_pages_of_the_admin_are_checked_although_no_command_loads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(check_pages) == []
    monkeypatch.setattr(LeadAdmin, "list_display", ["nothing_of_that_name"])
    assert ids(check_pages) == ["admin.E108"]


def test_a_command_loads_no_page_of_the_admin(tmp_path: Path) -> None:
    line = "import sys; print(*[name for name in sys.modules if name.startswith(('routing.admin', 'unfold.admin'))])"
    assert manage(tmp_path, "shell", "--no-imports", "-c", line, SECRET_KEY="only-for-this-test").strip() == ""
