"""The ways of a rep's alerts, as the rep arranges them: their order, which are on, and new ones."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from reps.models import Channel, Rep
from routing.notifications.chat import Unusable, check_address
from routing.rulebook.config.ways import MOST_CHANNELS
from routing.services.manage.errors import check


class NoSuchWay(Exception):
    """The rep has no such way, or has it no longer."""


def ways_to(rep: Rep) -> list[Channel]:
    """In the order in which they are tried. E-mail is always one of them: last, unless it has a place and is on."""
    rows = list(Channel.objects.filter(rep=rep).order_by("position", "pk"))
    mail = next((row for row in rows if row.kind == Channel.Kind.EMAIL), None)
    if mail is not None and mail.active:
        return rows
    others = [row for row in rows if row.kind != Channel.Kind.EMAIL]
    return [*others, mail or Channel(rep=rep, kind=Channel.Kind.EMAIL)]


def name_of(way: Channel) -> str:
    """What a way is called where it is chosen: e-mail has no row until it is given a place."""
    return way.kind if way.kind == Channel.Kind.EMAIL else str(way.uuid)


@transaction.atomic
def try_earlier(*, rep: Rep, name: str) -> None:
    """One place up. Raises NoSuchWay."""
    locked = _locked(rep)
    ways = ways_to(rep)
    at = ways.index(_named(ways, name))
    if at:
        ways[at - 1 : at + 1] = [ways[at], ways[at - 1]]
    for position, way in enumerate(ways, start=1):
        way.position = position
        way.active = way.active or way.kind == Channel.Kind.EMAIL
        _save(way, "position", "active")
    _note(locked, f"{ways[max(at - 1, 0)].get_kind_display()} is tried earlier")


@transaction.atomic
def switch(*, rep: Rep, name: str, on: bool) -> None:
    """On or off; e-mail is always on. Raises NoSuchWay."""
    locked = _locked(rep)
    way = _chat_or_sms(rep, name)
    way.active = on
    _save(way, "active")
    _note(locked, f"{way.get_kind_display()} switched {'on' if on else 'off'}")


@transaction.atomic
def remove_way(*, rep: Rep, name: str) -> None:
    """With its address, which nobody can read any more. Raises NoSuchWay."""
    locked = _locked(rep)
    way = _chat_or_sms(rep, name)
    way.delete()
    _note(locked, f"{way.get_kind_display()} removed")


@transaction.atomic
def add_way(*, rep: Rep, kind: str, address: str) -> Channel:
    """The last of those that have a place. Raises ValidationError, by field."""
    locked = _locked(rep)
    rows = list(Channel.objects.filter(rep=rep))
    if len(rows) >= MOST_CHANNELS:
        raise ValidationError({"kind": f"There are {MOST_CHANNELS} already, the most there can be. Remove one first."})
    try:
        check_address(kind, address)
    except Unusable as error:
        raise ValidationError({"address": str(error)}) from error
    if any((row.kind, row.address) == (kind, address) for row in rows):
        raise ValidationError({"address": "This address is on the list already."})
    way = Channel(rep=rep, kind=kind, address=address, position=max((row.position for row in rows), default=0) + 1)
    check(way)
    way.save()
    _note(locked, f"{way.get_kind_display()} added")
    return way


def _locked(rep: Rep) -> Rep:
    """One change of somebody's ways at a time."""
    return Rep.objects.select_for_update(no_key=True).get(pk=rep.pk)


def _named(ways: Sequence[Channel], name: str) -> Channel:
    found = next((way for way in ways if name_of(way) == name), None)
    if found is None:
        raise NoSuchWay
    return found


def _chat_or_sms(rep: Rep, name: str) -> Channel:
    return _named([way for way in ways_to(rep) if way.kind != Channel.Kind.EMAIL], name)


def _save(way: Channel, *fields: str) -> None:
    """What delivery notes on it meanwhile stays."""
    way.save(update_fields=None if way._state.adding else fields)


def _note(rep: Rep, what: str) -> None:
    """In the rep's history, beside whoever is signed in."""
    rep._change_reason = f"Alerts in the inbox: {what}"  # type: ignore[attr-defined]  # read by the history
    rep.save()
