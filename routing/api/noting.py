"""What of a call stands in the audit log: who called, and that the configuration was changed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from rest_framework.request import Request
from rest_framework.response import Response

from routing.acting import who_acts
from routing.api.arrival import arrived_at
from routing.models import ApiKey, Scope
from routing.services.privacy.audit_log import note


def name_actor(request: Request) -> None:
    """Whatever this call does was done with its key."""
    if isinstance(request.auth, ApiKey):
        who_acts().actor = request.auth.name


def note_change(request: Request, response: Response, scopes: Mapping[str, Scope]) -> None:
    """A call that changed the configuration, unless whoever did it has noted more."""
    changes = scopes.get(str(request.method).lower()) == Scope.CONFIG_WRITE
    if not changes or response.status_code >= HTTPStatus.BAD_REQUEST or who_acts().noted:
        return
    detail = {"call": f"{request.method} {request.path}"}
    with suppress(OperationalError, InterfaceError):  # it is done, and its history says so too
        note(action="configuration.changed", actor=who_acts().actor, detail=detail, now=arrived_at(request))
