"""One try of one delivery: signed, sent, and what its answer means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.models import Webhook, WebhookDelivery
from routing.notifications.http import Answer, Caller, Refused, Unreachable
from routing.notifications.signing import signed_headers

GONE = 410
BUSY = frozenset({429, 500, 502, 503, 504})
"""Answers that say that the next delivery would fare no better."""
LONGEST_WISH = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a try. `down`: of the target, not of this delivery; `again_after`: what the target asked for."""

    ok: bool
    status: int | None = None
    error: str = ""
    down: bool = False
    gone: bool = False
    again_after: timedelta = timedelta(0)


def try_delivery(delivery: WebhookDelivery, hook: Webhook, *, now: datetime, caller: Caller | None = None) -> Tried:
    """Send it once. Never raises for what the other side does, nor for a secret that is none."""
    try:
        headers = signed_headers(secrets_of(hook, now=now), str(delivery.uuid), delivery.body, now=now)
    except ValueError as error:
        return Tried(ok=False, error=f"It cannot be signed: {error}. Exchange the secret of this webhook.")
    try:
        answer = (caller or Caller()).call("POST", hook.url, headers=headers, content=delivery.body.encode())
    except (Refused, Unreachable) as error:
        return Tried(ok=False, error=str(error), down=True)
    return _read(answer)


def secrets_of(hook: Webhook, *, now: datetime) -> list[str]:
    """What its deliveries are signed with: after a rotation, for a day, also with the former secret."""
    former = hook.former_secret if hook.former_until and hook.former_until > now else ""
    return [secret for secret in (hook.secret, former) if secret]


def _read(answer: Answer) -> Tried:
    status = answer.status
    if answer.ok:
        return Tried(ok=True, status=status)
    if 300 <= status < 400:
        return Tried(ok=False, status=status, error=f"Redirects ({status}) are not followed. Give the final address.")
    return Tried(
        ok=False,
        status=status,
        error=f"It answered {status}.",
        down=status in BUSY,
        gone=status == GONE,
        again_after=_wish(answer.headers.get("retry-after", "")),
    )


def _wish(retry_after: str) -> timedelta:
    """How long the target asks to be left alone, if it says so in seconds."""
    digits = retry_after.strip()
    return (
        min(timedelta(seconds=int(digits[:9])), LONGEST_WISH) if digits.isascii() and digits.isdigit() else timedelta()
    )
