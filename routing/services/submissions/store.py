"""Submissions as they came: kept and committed before anything is checked, each once however often it is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from routing.models import Form, InboundAddress, Lead, LeadEvent, Submission

LONGEST_PAGE = 500
LONGEST_TYPE = 100
DOUBT = ""
"""Where the doubt stands among the errors: it is about no field."""
AS_NEW: dict[str, Any] = {
    "status": Submission.Status.RECEIVED,
    "reviewed_at": None,
    "reviewed_by": None,
    "sent_again_at": None,
}
"""What nobody has looked at yet."""
MOST_LATER = 500
"""So many of those that came after it are looked through for its correction."""


@dataclass(frozen=True, slots=True)
class Begun:
    """`again`: the same came with the same key before; it may have become a lead (`submission.lead`)."""

    submission: Submission
    again: bool


class AnotherBody(Exception):
    """The key came before with another body, which is a lead, or in hand."""

    def __init__(self, submission: Submission) -> None:
        super().__init__("The key came before, with another body.")
        self.submission = submission


def begin(
    *,
    form: Form | None = None,
    inbound: InboundAddress | None = None,
    key: str,
    raw: str,
    content_type: str,
    page: str = "",
    visitor: str = "",
    now: datetime,
    spooled: bool = False,
    doubt: str = "",
    one_body: bool = False,
) -> Begun:
    """Keep what came, committed on return. One of `form` and `inbound` is its door.

    The same key of a form with another body is somebody correcting it, and takes the place of what is there. Once that
    has become a lead, or while somebody is making one of it, it is a submission of its own, and stays that however
    often it is sent: neither is lost. So it always is at an inbound address, where another body is another message;
    with `one_body` AnotherBody is raised where the first is somebody's, and nothing is kept. `doubt` is why people
    should look at it first; whoever goes on with it later finds it with `doubt_of`.
    """
    door = form or inbound
    said = fingerprint(raw)
    values = {
        "fingerprint": said,
        "raw": storable(raw),
        "content_type": content_type[:LONGEST_TYPE],
        "page": storable(page)[:LONGEST_PAGE],
        "visitor": visitor,
        "received_at": now,
        "spooled": spooled,
        "errors": {DOUBT: [doubt]} if doubt else {},
        "demo": door.demo if door else False,
    }
    with transaction.atomic():
        row, is_new = _row(form, inbound, key, values)
        if one_body and row.fingerprint != said and _is_somebodys(row):
            raise AnotherBody(row)
        if row.fingerprint != said and (_stays(row, said) or (inbound and not one_body)):
            row, is_new = _row(form, inbound, key_of_its_own(key, said), values)
        if is_new:
            return Begun(row, again=False)
        again = row.fingerprint == said
        _change(row, {"sent_again_at": now} if again else values | AS_NEW)
        return Begun(row, again=again)


def doubt_of(submission: Submission) -> str:
    """Why people should look first at what nobody has judged yet; empty if nothing speaks against it."""
    return next(iter(submission.errors.get(DOUBT, ())), "") if _in_hand(submission) else ""


def accept(submission: Submission, lead: Lead, now: datetime) -> None:
    """It became this lead (or news about it). In the caller's transaction, if there is one.

    Raises Submission.DoesNotExist if it was erased meanwhile.
    """
    submission.lead, submission.status, submission.errors = lead, Submission.Status.ACCEPTED, {}
    kept = Submission.objects.filter(pk=submission.pk)
    if not kept.update(lead=lead, status=submission.status, errors={}):
        raise Submission.DoesNotExist("The submission was erased a moment ago.")


def refuse(submission: Submission, errors: dict[str, Any]) -> None:
    """It cannot become a lead as it is. One that is a lead already stays so.

    People look at it, unless it is of a form and its correction came meanwhile: then they have that, or its lead.
    """
    corrected = submission.form_id and _is_corrected(submission)
    status = Submission.Status.DISCARDED if corrected else Submission.Status.INVALID
    if Submission.objects.filter(pk=submission.pk, lead=None).update(status=status, errors=errors):
        submission.status, submission.errors = status, errors


def is_overtaken(submission: Submission, lead: Lead) -> bool:
    """Whether what came after it has become this lead, or changed it, already: by a door, or by somebody's hand."""
    edits = LeadEvent.objects.filter(lead=lead, kind=LeadEvent.Kind.EDITED, happened_at__gt=submission.received_at)
    if edits.exclude(actor="").exists():
        return True
    later = Submission.objects.filter(lead=lead, received_at__gte=submission.received_at).order_by()
    mine = (submission.received_at, submission.pk)
    return any(other > mine for other in later.values_list("received_at", "pk"))


def lock(submission: Submission) -> Submission:
    """The row as it is now, for this transaction alone: of two that make a lead of it, one is the first.

    Raises Submission.DoesNotExist if it was erased meanwhile.
    """
    # without a join: what was joined would be of before the wait
    return Submission.objects.select_for_update(no_key=True).get(pk=submission.pk)


def key_of_its_own(key: str, said: str) -> str:
    """The key of what says something else (by its fingerprint) than what has this key."""
    return fingerprint(f"{key}:{said}")


def fingerprint(text: str) -> str:
    """SHA-256, by which the same is told from another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def storable(text: str) -> str:
    """Text without what no database keeps: NUL and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _in_hand(row: Submission) -> bool:
    """Nobody has said yet what is wrong with it: somebody is making a lead of it, or the clock will."""
    return row.status == Submission.Status.RECEIVED


def _is_somebodys(row: Submission) -> bool:
    return row.lead_id is not None or _in_hand(row)


def _stays(row: Submission, said: str) -> bool:
    """Whether what says something else has a row of its own already, or needs one: this row is somebody's."""
    if _is_somebodys(row):
        return True
    return _same_door(row).filter(key=key_of_its_own(row.key, said)).exists()


def _is_corrected(row: Submission) -> bool:
    """Whether something else came with its key, while it was in hand, and has a row of its own."""
    later = _same_door(row).filter(received_at__gte=row.received_at).order_by("received_at")
    pairs = later.values_list("key", "fingerprint")[:MOST_LATER]
    return any(key == key_of_its_own(row.key, said) for key, said in pairs)


def _same_door(row: Submission) -> QuerySet[Submission]:
    door = {"form": row.form_id} if row.form_id else {"inbound": row.inbound_id}
    return Submission.objects.filter(**door)


def _row(
    form: Form | None, inbound: InboundAddress | None, key: str, values: dict[str, Any]
) -> tuple[Submission, bool]:
    rows = Submission.objects.select_for_update(no_key=True)
    return rows.get_or_create(form=form, inbound=inbound, key=key, defaults=values)


def _change(row: Submission, values: dict[str, Any]) -> None:
    """It came once more."""
    changes = {"attempts": row.attempts + 1} | values
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
