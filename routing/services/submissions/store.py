"""Submissions as they came: kept and committed before anything is checked, each once however often it is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from routing.models import Form, InboundAddress, Lead, Submission

LONGEST_PAGE = 500
LONGEST_TYPE = 100
DOUBT = ""
"""Where the doubt stands among the errors: it is about no field."""


@dataclass(frozen=True, slots=True)
class Begun:
    """`again`: the same came with the same key before; it may have become a lead (`submission.lead`)."""

    submission: Submission
    again: bool


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
) -> Begun:
    """Keep what came, committed on return. One of `form` and `inbound` is its door.

    The same key with another body is somebody correcting it, and takes the place of what is there. Once that has
    become a lead, or while somebody is making one of it, it is a submission of its own: neither is lost. `doubt` is
    why people should look at it first; whoever goes on with it later finds it with `doubt_of`.
    """
    door = form or inbound
    values = {
        "fingerprint": fingerprint(raw),
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
        if row.fingerprint != values["fingerprint"] and (row.lead_id is not None or _in_hand(row)):
            row, is_new = _row(form, inbound, fingerprint(f"{key}:{values['fingerprint']}"), values)
        if is_new:
            return Begun(row, again=False)
        again = row.fingerprint == values["fingerprint"]
        _change(row, {} if again else values)
        return Begun(row, again=again)


def doubt_of(submission: Submission) -> str:
    """Why people should look first at what nobody has judged yet; empty if nothing speaks against it."""
    return next(iter(submission.errors.get(DOUBT, ())), "") if _in_hand(submission) else ""


def accept(submission: Submission, lead: Lead, now: datetime) -> None:
    """It became this lead (or news about it). In the caller's transaction, if there is one."""
    submission.lead, submission.status, submission.errors = lead, Submission.Status.ACCEPTED, {}
    submission.save(update_fields=["lead", "status", "errors"])


def refuse(submission: Submission, errors: dict[str, Any]) -> None:
    """It cannot become a lead as it is; people can look at it. One that is a lead already stays so."""
    rows = Submission.objects.filter(pk=submission.pk, lead=None)
    if rows.update(status=Submission.Status.INVALID, errors=errors):
        submission.status, submission.errors = Submission.Status.INVALID, errors


def lock(submission: Submission) -> Submission:
    """The row as it is now, for this transaction alone: of two that make a lead of it, one is the first."""
    # without a join: what was joined would be of before the wait
    return Submission.objects.select_for_update(no_key=True).get(pk=submission.pk)


def fingerprint(text: str) -> str:
    """SHA-256, by which the same is told from another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def storable(text: str) -> str:
    """Text without what no database keeps: NUL and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _in_hand(row: Submission) -> bool:
    """Nobody has said yet what is wrong with it: somebody is making a lead of it, or the clock will."""
    return row.status == Submission.Status.RECEIVED


def _row(
    form: Form | None, inbound: InboundAddress | None, key: str, values: dict[str, Any]
) -> tuple[Submission, bool]:
    rows = Submission.objects.select_for_update(no_key=True)
    return rows.get_or_create(form=form, inbound=inbound, key=key, defaults=values)


def _change(row: Submission, values: dict[str, Any]) -> None:
    """It came once more; with `values`, as something else that nobody has looked at yet."""
    as_new: dict[str, Any] = {
        "status": Submission.Status.RECEIVED,
        "reviewed_at": None,
        "reviewed_by": None,
    }
    changes = {"attempts": row.attempts + 1} | (values | as_new if values else {})
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
