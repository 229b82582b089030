"""Instants and periods that a request asks for."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from routing.api.arrival import arrived_at
from routing.insights.periods import Period
from routing.models.bounds import IS_PAST, TOO_FAR, is_far_away

USUALLY = timedelta(days=7)
LONGEST = timedelta(days=400)


def instant_of(request: Request, name: str) -> datetime | None:
    """The instant of a parameter; a “+” that was not escaped arrives as a blank."""
    value = request.query_params.get(name)
    if value is None:
        return None
    try:
        instant = parse_datetime(value.replace(" ", "+"))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValidationError({name: ["Give an instant with its offset, such as 2026-12-01T09:00:00Z."]})
    if is_far_away(instant):
        raise ValidationError({name: [TOO_FAR]})
    return instant


def to_come(name: str, instant: datetime | None, request: Request) -> datetime | None:
    """The instant of this field, which must lie ahead."""
    if instant is not None and instant <= arrived_at(request):
        raise ValidationError({name: [IS_PAST]})
    return instant


def period_of(request: Request) -> Period:
    """From `from` to `to`; the last seven days, or the seven before `to`."""
    end = instant_of(request, "to") or arrived_at(request)
    start = instant_of(request, "from") or end - USUALLY
    if start >= end:
        raise ValidationError({"from": ["From lies before to."]})
    if end - start > LONGEST:
        raise ValidationError({"from": [f"A period has at most {LONGEST.days} days."]})
    return Period(start, end)
