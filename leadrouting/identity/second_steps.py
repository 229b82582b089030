"""Removing the second step of somebody who can no longer take it."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction

from routing.services.privacy.audit_log import note


@transaction.atomic
def remove_second_step(*, user: User, by: User | None, now: datetime) -> bool:
    """Their app and codes open nothing any more; whether they had any."""
    removed, _ = apps.get_model("mfa", "Authenticator").objects.filter(user=user).delete()
    if removed:
        note(action="second_step.removed", actor="" if by else "manage.py", user=by, subject=user, now=now)
    return bool(removed)
