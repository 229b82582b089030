"""What can be done with many messages, submissions and people who were erased."""

from __future__ import annotations

from routing.admin.base import user_of
from routing.admin.bulk.act import BulkAct, Doing, Left, allowed_to
from routing.models import Lead, OutboxMessage, Submission, Suppression
from routing.services.access import ERASE_PERSONS, ROUTE_LEADS
from routing.services.inbound.review import try_again
from routing.services.lead_actions import restore
from routing.services.outbox_retry import retry_message
from routing.services.privacy.audit_log import note
from routing.services.submissions.review import NotToReview, discard

Result = OutboxMessage.Result
FINAL = {Result.SENT: "Sent already", Result.SUPPRESSED: "No longer true, so it is not sent"}
A_LEAD = "Became a lead already"


def _retry(message: OutboxMessage, doing: Doing) -> None:
    retry_message(message=message, now=doing.now, actor=doing.actor)


MESSAGE_ACTS = (
    BulkAct(
        "try_again", "Try again now", "They are sent at once, with all their tries before them.", "Send {} now",
        "will be sent now", allowed_to(ROUTE_LEADS), _retry, why_not=lambda message: FINAL.get(message.result, ""),
    ),
)  # fmt: skip


def _try_again(submission: Submission, doing: Doing) -> None:
    tried = try_again(submission=submission, now=doing.now)
    if tried is None:
        raise Left(A_LEAD)
    if tried.again:
        raise Left("Changed nothing, since something newer is there")
    if not tried.lead:
        raise Left("Still not readable: see what is wrong on its page")


def _discard(submission: Submission, doing: Doing) -> None:
    try:
        discard(submission, user_of(doing.request), doing.now)
    except NotToReview as refused:
        raise Left(A_LEAD) from refused


def _open(submission: Submission) -> str:
    return A_LEAD if submission.lead_id else ""


def _by_program(submission: Submission) -> str:
    return _open(submission) or ("" if submission.inbound_id else "Came by a form: make a lead of it on its page")


def _not_discarded(submission: Submission) -> str:
    return _open(submission) or ("Discarded already" if submission.status == Submission.Status.DISCARDED else "")


def _in_review(submission: Submission) -> str:
    if submission.lead is None:
        return "No lead came of it"
    return "" if submission.lead.status == Lead.Status.QUARANTINED else "Its lead is not in review"


def _release(submission: Submission, doing: Doing) -> None:
    assert submission.lead is not None
    restore(lead=submission.lead, now=doing.now, actor=doing.actor)


SUBMISSION_ACTS = (
    BulkAct(
        "retry", "Try again, as addresses map it now", "What was sent is read once more, as the inbound "
        "address reads it now. What can be read becomes a lead, and is routed.", "Try {} again",
        "became leads, or changed them", allowed_to(ROUTE_LEADS), _try_again, why_not=_by_program,
    ),
    BulkAct(
        "release", "Release their leads from review", "Their leads go to routing. They are neither screened nor "
        "compared again.", "Release the leads of {}", "released: their leads are being routed",
        allowed_to(ROUTE_LEADS), _release, why_not=_in_review,
    ),
    BulkAct(
        "discard_all", "Discard: no lead shall come of it", "No lead shall come of them. They stay in this list.",
        "Discard {}", "discarded", allowed_to(ROUTE_LEADS), _discard, why_not=_not_discarded, red=True,
    ),
)  # fmt: skip


def _take_in(suppression: Suppression, doing: Doing) -> None:
    Suppression.objects.filter(pk=suppression.pk).update(refused=False)
    note(action="person.taken_in_again", subject=suppression, now=doing.now)


SUPPRESSION_ACTS = (
    BulkAct(
        "take_in_again", "Take in again", "Whoever they are: what comes from them is taken in again.",
        "Take in {} again", "taken in again", allowed_to(ERASE_PERSONS), _take_in,
        why_not=lambda suppression: "" if suppression.refused else "Not refused",
    ),
)  # fmt: skip
