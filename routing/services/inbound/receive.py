"""What comes in at an inbound address: kept as it came, mapped, made a lead; what cannot be one waits for review.

A field that cannot be read does not cost the lead: it is left out and noted, as long as somebody can be reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db import transaction

from routing.intake import InvalidLead
from routing.intake.bodies import Body, item_body, kept_body, says_the_same
from routing.intake.clean import Errors, storable_errors
from routing.intake.mapping import InvalidMapping, Mapped, apply_mapping, read_mapping
from routing.models import InboundAddress, Lead, Submission
from routing.services.inbound.ids import id_of
from routing.services.receive_lead import GivenConsent, KeyReused, NotTakenIn, Received, receive_lead
from routing.services.submissions import store
from routing.services.submissions.left_out import as_far_as_read, note

SAME_WITHIN = timedelta(minutes=10)
"""So long the same body again, without any id, is the same submission."""
MOST_AT_ONCE = 100
MOST_TRIES = 4
UNREADABLE = "body"
LOOKED_AT = "It is about a lead that is known, and people look at it first."
"""What a sender is told of somebody who asked to be erased: who that is, is nobody else's affair."""


@dataclass(frozen=True, slots=True)
class Taken:
    """`lead` is what became of it; without one `errors` say why. `left_out`: what of a lead could not be read."""

    submission: Submission
    lead: Lead | None
    errors: Errors = field(default_factory=dict)
    left_out: Errors = field(default_factory=dict)
    again: bool = False


class Overtaken(Exception):
    """Something newer about this lead was taken in first."""

    def __init__(self, lead: Lead) -> None:
        super().__init__("Something newer about this lead was taken in first.")
        self.lead = lead


def take_in(*, address: InboundAddress, body: Body, key: str = "", visitor: str = "", now: datetime) -> Taken:
    """One submission. `key` is what the sender calls it by, if it says so; the same again is the same lead.

    Raises KeyReused if that key came before with another body of which there is a lead, and then keeps nothing.
    """
    try:
        return _take_in(address, body, key, visitor, now)
    except Submission.DoesNotExist:  # it was erased while it was in hand: it came after that, then
        return _take_in(address, body, key, visitor, now)


def _take_in(address: InboundAddress, body: Body, key: str, visitor: str, now: datetime) -> Taken:
    mapped = map_body(address.mapping, body)
    name = _key(address, body, mapped, key, now)
    begun = _begin(address, name, body, visitor, now, one_body=bool(key))
    row = begun.submission
    if row.lead is not None:
        return Taken(row, row.lead, left_out=row.errors, again=True)
    if begun.again and row.received_at <= now - SAME_WITHIN:  # no first try that came late: it is said anew
        row.received_at = now
        row.save(update_fields=["received_at"])
    return make_lead(submission=row, address=address, mapped=mapped, now=now)


def _begin(
    address: InboundAddress, name: str, body: Body, visitor: str, now: datetime, *, one_body: bool
) -> store.Begun:
    """Whether a key is used is known once it is known what became of what came with it.

    Another body is one that says something else, not one with other blanks or its names in another order.
    """
    raw = body.raw
    for _ in range(MOST_TRIES):
        try:
            return store.begin(
                inbound=address,
                key=name,
                raw=raw,
                content_type=body.content_type,
                visitor=visitor,
                now=now,
                one_body=one_body,
            )
        except store.AnotherBody as other:
            kept = kept_body(other.submission.raw, other.submission.content_type)
            if raw != kept.raw and says_the_same(kept, body):
                raw = kept.raw
            elif _is_lead(other.submission, kept, address):
                break
    raise KeyReused


def _is_lead(other: Submission, kept: Body, address: InboundAddress) -> bool:
    """Of what is still in hand a lead is made now, if it can be one."""
    if other.lead_id is not None:
        return True
    mapped = map_body(address.mapping, kept)
    return make_lead(submission=other, address=address, mapped=mapped, now=other.received_at).lead is not None


def make_lead(*, submission: Submission, address: InboundAddress, mapped: Mapped, now: datetime) -> Taken:
    """The lead of a submission that was kept, or what is wrong with it, kept too.

    What is made a lead of late (its process was slow, or died) changes nothing that came after it.
    """
    facts = with_own_id(mapped.facts, address)
    try:
        with transaction.atomic():
            lead, left_out, again = _receive(facts, mapped, submission, address, now)
    except NotTakenIn as error:
        store.refuse(submission, error.errors)
        return Taken(submission, None, errors={"": [LOOKED_AT]})
    except InvalidLead as error:
        errors = explained(error.errors, mapped)
        store.refuse(submission, errors)
        return Taken(submission, None, errors=errors)
    except Overtaken as newer:
        store.accept(submission, newer.lead, now)
        return Taken(submission, newer.lead, again=True)
    return Taken(submission, lead, left_out=left_out, again=again)


def map_body(mapping: Any, body: Body) -> Mapped:
    """A body that could not be read, and a mapping that was damaged, have their error and no facts."""
    if body.problem:
        return Mapped({}, (), {UNREADABLE: [body.problem]})
    try:
        return apply_mapping(read_mapping(mapping), body.value)
    except InvalidMapping as error:
        return Mapped({}, (), {f"mapping.{name}": texts for name, texts in error.errors.items()})


def with_own_id(facts: Mapping[str, Any], address: InboundAddress) -> dict[str, Any]:
    """What the body says, its id as it is unique."""
    return dict(facts) | ({"external_id": own_id} if (own_id := id_of(facts, address)) else {})


def defaults_of(address: InboundAddress) -> dict[str, str]:
    """What the address says of its new leads, where the body says nothing that can be read."""
    said = {"kind": address.kind, "source": address.source, "campaign": address.campaign}
    return {name: value for name, value in said.items() if value}


def explained(errors: Errors, mapped: Mapped) -> Errors:
    """Each error with what was found, and where; what could not be transformed is the reason why a field is missing."""
    found = {name: [_with_origin(text, mapped.origin(name)) for text in texts] for name, texts in errors.items()}
    return storable_errors(found | mapped.errors)


def _with_origin(text: str, origin: str) -> str:
    return f"{text} Found: {origin}." if origin else text


def _receive(
    facts: dict[str, Any], mapped: Mapped, submission: Submission, address: InboundAddress, now: datetime
) -> tuple[Lead, Errors, bool]:
    """Without what could not be read. Raises InvalidLead if nobody is known or could be reached then, or Overtaken."""

    def take(facts: Mapping[str, Any]) -> Received:
        return receive_lead(
            facts=facts,
            defaults=defaults_of(address),
            now=now,
            demo=address.demo,
            consent=_consent(facts, address),
            submission=submission,
        )

    received, unread = as_far_as_read(facts, take)
    if received.changed and store.is_overtaken(submission, received.lead):  # seen under the lead's lock
        raise Overtaken(received.lead)
    left_out = explained(unread, mapped)
    if not received.replayed and left_out:
        note(submission, received.lead, left_out, now)
    return received.lead, left_out, received.replayed


def _consent(facts: Mapping[str, Any], address: InboundAddress) -> GivenConsent | None:
    given = facts.get("consent")
    return GivenConsent(given=given, origin=address.name) if isinstance(given, bool) else None


# --- which submission it is ---------------------------------------------------------------------------------------
# Sorted here, not there: asked for in the order of time, SQLite reads all that came in at the address.


def _key(address: InboundAddress, body: Body, mapped: Mapped, key: str, now: datetime) -> str:
    """By the sender's own key, else by its id of the lead, else by what it said within the last minutes."""
    own = id_of(mapped.facts, address)
    said = store.fingerprint(body.raw)
    if key:
        return store.fingerprint(f"key:{key}")
    if own:
        return _key_of_id(address, store.fingerprint(f"id:{own}"), said, now)
    bucket = int(now.timestamp() // SAME_WITHIN.total_seconds())
    keys = [store.fingerprint(f"{said}:{number}") for number in (bucket, bucket - 1)]
    kept = Submission.objects.filter(inbound=address, key__in=keys).order_by().values_list("received_at", "key")
    lately = [row for row in kept if row[0] > now - SAME_WITHIN]
    return min(lately)[1] if lately else keys[0]


def _key_of_id(address: InboundAddress, key: str, said: str, now: datetime) -> str:
    """The key of this id; one of its own for what says again what was so before something else was said.

    Within ten minutes it may be the first try once more, which came late: that is no news.
    """
    keys = [key, store.key_of_its_own(key, said)]
    known = Submission.objects.filter(inbound=address, key__in=keys, fingerprint=said).exclude(lead=None).order_by()
    first = max(known.values_list("received_at", "pk", "lead"), default=None)
    if first is None:
        return key
    so, other = _last_said(first[2], (address.pk, said))
    if other is None or so is None or other < so:
        return key
    return key if so[0] > now - SAME_WITHIN else store.fingerprint(f"{key}:{said}:{other[1]}")


Moment: TypeAlias = tuple[datetime, int]


def _last_said(lead: int, what: tuple[int, str]) -> tuple[Moment | None, Moment | None]:
    """When this was last said of the lead at this address, and when anything else was, anywhere."""
    rows = list(
        Submission.objects.filter(lead=lead).order_by().values_list("received_at", "pk", "inbound_id", "fingerprint")
    )
    same = [(at, pk) for at, pk, door, said in rows if (door, said) == what]
    others = [(at, pk) for at, pk, door, said in rows if (door, said) != what]
    return max(same, default=None), max(others, default=None)


def parts_of(body: Body) -> Sequence[Body]:
    """Of a list of objects each is a submission of its own, kept as if it had come alone."""
    return [item_body(item) for item in body.value] if isinstance(body.value, list) else [body]


def key_of_item(key: str, number: int) -> str:
    """Each object of a list has a key of its own. No header holds a line break, so no other key is the same."""
    return f"{key}\n{number}" if key else ""
