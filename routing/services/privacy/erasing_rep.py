"""Erase somebody who worked here: a member without a name stays, so that ledgers and statements add up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import CharField, JSONField, Q, TextField

from reps.models import Channel, Expertise, Rep, TimeOff, WorkingHours
from routing.models import (
    ApiKey,
    Decision,
    DecisionSnapshot,
    LastResort,
    MailboxMessage,
    OutboxMessage,
    PeopleSnapshot,
    PoolMember,
)
from routing.models.bulk import update_rows
from routing.models.reading import in_batches, one_by_one
from routing.services.privacy.audit_log import note
from routing.services.privacy.people import Person
from routing.services.privacy.place import Place
from routing.services.privacy.places import PLACES
from routing.services.privacy.redaction import without
from routing.services.privacy.suppression import remember_erased
from routing.services.time_limits import take_your_time
from routing.snapshots.columns import pack_json, unpack_json

NAMELESS = "Former rep {}"
NO_ADDRESS = "former-rep-{}@erased.invalid"
OWN = (WorkingHours, TimeOff, Expertise, Channel, PoolMember, ApiKey, LastResort)
PACKED = ((PeopleSnapshot, "content"), (DecisionSnapshot, "content"), (Decision, "trace"))
BLANK: dict[str, Any] = {
    "about": "", "languages": [], "caps": {}, "catch_up": {}, "webhook": "", "paused_reason": "", "calendar_url": "",
    "calendar_error": "", "booking_url": "", "backup": None, "team": None, "user": None,
}  # fmt: skip
AT_ONCE = 200


class CannotErase(ValueError):
    """They cannot be erased now. The text says what to do first."""


@transaction.atomic
def erase_rep(*, email: str, now: datetime) -> Rep:
    """Their name, address and everything personal, in histories, reports and texts too. Raises CannotErase."""
    take_your_time()
    rep = Rep.objects.select_for_update(no_key=True, of=("self",)).filter(email__iexact=email.strip()).first()
    if rep is None:
        raise CannotErase("Nobody here has this address.")
    if rep.active:
        raise CannotErase(f"{rep.name} is still active. Hand over what they have first (Reps, Is leaving).")
    person = Person(emails=frozenset([rep.email]), names=_names(rep))
    _redact_texts(person)
    _redact_packed(person)
    _remove_own(rep)
    rep.name, rep.email = NAMELESS.format(rep.pk), NO_ADDRESS.format(rep.pk)
    columns = {name: value for name, value in BLANK.items() if hasattr(rep, name)}
    Rep.objects.filter(pk=rep.pk).update(name=rep.name, email=rep.email, **columns)  # beside the history
    rep.skills.clear()
    remember_erased([str(rep.uuid)], now=now)
    note(action="rep.erased", subject=rep, now=now)
    rep.refresh_from_db()
    return rep


def _names(rep: Rep) -> frozenset[str]:
    user = rep.user
    names = {rep.name, user.get_full_name() if user else "", user.get_username() if user else ""}
    return frozenset(name for name in names if len(name.split()) > 1 or "@" in name)


def _redact_texts(person: Person) -> None:
    for place in PLACES:
        columns = _texts(place)
        wanted = Place(place.name, place.title, place.model, "", tuple(columns), named=tuple(columns), written=True)
        if columns:
            wanted.erase(person)


def _texts(place: Place) -> list[str]:
    """Columns of a place that a person reads; keys and hashes are none."""
    fields = ((name, place.model._meta.get_field(name)) for name in place.covers)
    kept = {"key", "message_id", "fingerprint", "body_hash", "visitor", "idempotency_key", "name_key", "email", "phone"}
    return [name for name, field in fields if isinstance(field, CharField | TextField | JSONField) and name not in kept]


def _redact_packed(person: Person) -> None:
    for model, column in PACKED:
        for rows in in_batches(model._base_manager.values_list("pk", column), AT_ONCE):
            named = [(pk, content) for pk, packed in rows if person.is_named_in(content := unpack_json(packed))]
            update_rows(model, (column,), [(pk, pack_json(without(content, person.pattern))) for pk, content in named])


def _remove_own(rep: Rep) -> None:
    for model in OWN:
        model._base_manager.filter(rep=rep.pk).delete()
    for model in (TimeOff, PoolMember):
        model.history.filter(rep_id=rep.pk).delete()
    Rep.history.filter(id=rep.pk).delete()
    MailboxMessage.objects.filter(Q(recipient__icontains=rep.email) | Q(sender__icontains=rep.email)).delete()
    OutboxMessage.objects.filter(address__iexact=rep.email).update(address="")
    if rep.user_id:
        _sign_out(rep.user_id)
        User.objects.filter(pk=rep.user_id).delete()


def _sign_out(user: int) -> None:
    for session in one_by_one(Session.objects.all(), AT_ONCE):
        if session.get_decoded().get("_auth_user_id") == str(user):
            session.delete()
