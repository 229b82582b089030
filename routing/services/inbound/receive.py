"""What comes in at an inbound address: kept as it came, mapped, made a lead; what cannot be one waits for review.

A field that cannot be read does not cost the lead: it is left out and noted, as long as somebody can be reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction

from routing.intake import InvalidLead
from routing.intake.bodies import Body, item_body, kept_body, says_the_same
from routing.intake.clean import Errors, storable_errors
from routing.intake.mapping import InvalidMapping, Mapped, apply_mapping, read_mapping
from routing.models import InboundAddress, Lead, Submission
from routing.services.inbound.ids import id_of
from routing.services.inbound.keys import key_of
from routing.services.receive_lead import GivenConsent, KeyReused, NotTakenIn, Received, receive_lead
from routing.services.submissions import same, store
from routing.services.submissions.left_out import as_far_as_read, note, with_files
from routing.services.submissions.receive import AWAY
from routing.services.submissions.same import SAME_WITHIN

MOST_AT_ONCE = 100
MOST_TRIES = 4
UNREADABLE = "body"
LOOKED_AT = "It is about a lead that is known, and people look at it first."
"""What a sender is told of somebody who asked to be erased: who that is, is nobody else's affair."""


@dataclass(frozen=True, slots=True)
class Part:
    """A body, or one object of its list. `key` is what the sender calls it by, if it says so."""

    body: Body
    key: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a part, and what the mapping makes of it. `again`: it came before."""

    submission: Submission
    mapped: Mapped
    again: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """`lead` is what became of it; without one `errors` say why. `left_out`: what of a lead could not be read.

    `pending`: it is kept, and the clock goes on with it: the database went away meanwhile.
    """

    submission: Submission
    lead: Lead | None
    errors: Errors = field(default_factory=dict)
    left_out: Errors = field(default_factory=dict)
    again: bool = False
    pending: bool = False


class Overtaken(Exception):
    """Something newer about this lead was taken in first."""

    def __init__(self, lead: Lead) -> None:
        super().__init__("Something newer about this lead was taken in first.")
        self.lead = lead


def take_in(*, address: InboundAddress, body: Body, key: str = "", visitor: str = "", now: datetime) -> Taken:
    """One submission; the same again is the same lead.

    Raises KeyReused if its key came before with another body of which there is a lead, and then keeps nothing.
    """
    (taken,) = take_in_all(address=address, parts=[Part(body, key)], visitor=visitor, now=now)
    if taken is None:
        raise KeyReused
    return taken


def take_in_all(
    *, address: InboundAddress, parts: Sequence[Part], visitor: str = "", now: datetime
) -> list[Taken | None]:
    """Submissions of one request; None for one whose key came before with another body.

    All are kept before a lead is made of any, and are unanswered until what is returned here can be told. Raises one
    of AWAY if somebody else must be told to come again: whatever was kept by then is the same when it comes again.
    """
    kept = [_kept(address, part, visitor, now) for part in parts]
    results = _go_on_with(address, parts, kept, visitor, now)
    submissions = [result.submission for result in results if result]
    try:
        same.answered(submissions, now=now)
    except AWAY:
        if not connection.in_atomic_block:  # it may have been this connection alone
            connection.close_if_unusable_or_obsolete()
        same.answered(submissions, now=now)
    return results


def _kept(address: InboundAddress, part: Part, visitor: str, now: datetime) -> Kept | None:
    mapped = map_body(address.mapping, part.body)
    name = key_of(address, part.body.raw, mapped.facts, part.key, now)
    try:
        begun = _begin(address, name, part.body, visitor, now, one_body=bool(part.key))
    except KeyReused:
        return None
    return Kept(begun.submission, mapped, begun.again)


def _go_on_with(
    address: InboundAddress, parts: Sequence[Part], kept: Sequence[Kept | None], visitor: str, now: datetime
) -> list[Taken | None]:
    """Until the database goes away: what is in hand then waits for the clock."""
    results: list[Taken | None] = []
    away = False
    for part, each in zip(parts, kept, strict=True):
        try:
            results.append(_waits(each) if away else _taken(address, part, each, visitor, now))
        except AWAY:
            away = True
            results.append(_waits(each))
    return results


def _waits(kept: Kept | None) -> Taken | None:
    """Raises OperationalError if the clock will not go on with it: it was refused before."""
    if kept is None:
        return None
    if kept.submission.lead_id is None and kept.submission.status != Submission.Status.RECEIVED:
        raise OperationalError("The database went away while what was refused before was looked at again.")
    return Taken(kept.submission, None, pending=True)


def _taken(address: InboundAddress, part: Part, kept: Kept | None, visitor: str, now: datetime) -> Taken | None:
    if kept is None:
        return None
    try:
        return _lead_of(address, kept, now)
    except Submission.DoesNotExist:  # it was erased while it was in hand: it came after that, then
        anew = _kept(address, part, visitor, now)
        return _lead_of(address, anew, now) if anew else None


def _lead_of(address: InboundAddress, kept: Kept, now: datetime) -> Taken:
    row = kept.submission
    if row.lead is not None:
        return Taken(row, row.lead, left_out=row.errors, again=True)
    was_refused = kept.again and row.status != Submission.Status.RECEIVED
    if was_refused or (kept.again and row.received_at <= now - SAME_WITHIN):  # no first try that came late: said anew
        row.received_at = now
        row.save(update_fields=["received_at"])
    return make_lead(submission=row, address=address, mapped=kept.mapped, now=now)


def _begin(
    address: InboundAddress, name: str, body: Body, visitor: str, now: datetime, *, one_body: bool
) -> store.Begun:
    """Whether a key is used is known once it is known what became of what came with it.

    Another body is one that says something else, not one with other blanks or its names in another order.
    """
    raw = body.raw
    if not name:
        return same.begin(inbound=address, raw=raw, content_type=body.content_type, visitor=visitor, now=now)
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
        mapped = apply_mapping(read_mapping(mapping), body.value)
        return replace(mapped, errors=with_files(mapped.errors, body.files))
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
    said = {name: found.get(name, []) + mapped.errors.get(name, []) for name in (*found, *mapped.errors)}
    return storable_errors(said)


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


def parts_of(body: Body) -> Sequence[Body]:
    """Of a list of objects each is a submission of its own, kept as if it had come alone."""
    return [item_body(item) for item in body.value] if isinstance(body.value, list) else [body]
