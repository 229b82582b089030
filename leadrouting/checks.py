"""What `manage.py check` says about an installation: what would lose leads, or open a door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from leadrouting import local_redis

REDIS_SECONDS = 2.0


@register(Tags.security)
def production_has_no_debug(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not (settings.PRODUCTION and settings.DEBUG):
        return []
    return [
        Error(
            "DEBUG is on in production: error pages show data and settings.", hint="Unset DEBUG.", id="leadrouting.E001"
        )
    ]


@register(Tags.security)
def production_names_its_hosts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION or (settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            "ALLOWED_HOSTS does not say which host names are yours.",
            hint="Set ALLOWED_HOSTS to the names that people use, such as leads.example.com.",
            id="leadrouting.E002",
        )
    ]


@register(Tags.security)
def production_is_reached_by_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION or settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        Error(
            "PUBLIC_URL is not an https:// address: links in mails would lead nowhere, or be read on the way.",
            hint="Set PUBLIC_URL to the address that people use, such as https://leads.example.com.",
            id="leadrouting.E003",
        )
    ]


@register(Tags.security)
def production_sends_mail(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION or settings.EMAIL_URL:
        return []
    return [
        Warning(
            "EMAIL_URL is empty: alerts go to the local mailbox and reach nobody.",
            hint="Set EMAIL_URL to your mail server, such as smtp+tls://user:password@host:587.",
            id="leadrouting.W004",
        )
    ]


@register(Tags.security, deploy=True)
def leads_are_kept_for_a_time(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.LEAD_RETENTION_DAYS > 0:
        return []
    return [
        Warning(
            "LEAD_RETENTION_DAYS is 0: leads are kept for ever. The GDPR asks you to name a time (Art. 5(1)(e)).",
            hint="Set it to what your company has decided, such as 730. docs/privacy.md says what goes then.",
            id="leadrouting.W006",
        )
    ]


@register(Tags.database)
def commits_survive_a_crash(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Asked with `check --database default`."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        if connections[alias].vendor != "postgresql":
            continue
        for name in ("fsync", "synchronous_commit"):
            with connections[alias].cursor() as cursor:
                cursor.execute(f"SHOW {name}")
                (value,) = cursor.fetchone()
            if value == "off":
                found.append(
                    Error(
                        f"PostgreSQL has {name} = off: leads that were accepted are lost in a crash.",
                        hint=f"Set {name} = on for this database.",
                        id="leadrouting.E005",
                    )
                )
    return found


@register("redis", deploy=True)
def redis_keeps_everything(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Asked with `check --deploy`; a Redis that is away or tells nobody its settings is not complained about."""
    if not settings.REDIS_URL:
        return []
    policy = local_redis.what_it_drops(settings.REDIS_URL, timeout=REDIS_SECONDS)
    if not policy:
        return []
    return [
        Error(
            f"Redis has maxmemory-policy {policy}: under pressure it drops rings, and leads wait for the clock.",
            hint="Set maxmemory-policy noeviction.",
            id="leadrouting.E006",
        )
    ]
