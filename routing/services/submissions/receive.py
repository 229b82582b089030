"""One submission of a form: kept as it came, judged, made a lead; on disk while the database is away.

Who sends the same page again (a double click, a reload, the back button) gets the same lead. What is suspicious
becomes a lead that people look at first. What cannot be a lead is kept for review.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, InternalError, OperationalError, connection, transaction

from routing import spool
from routing.intake import InvalidLead
from routing.intake.clean import storable_errors
from routing.intake.multipart import File
from routing.models import Lead, Submission
from routing.services.forms import words
from routing.services.forms.asked import AskedForm
from routing.services.receive_lead import GivenConsent, receive_lead
from routing.services.submissions import store
from routing.services.submissions.answers import (
    CAPTCHA_TOKENS,
    Answers,
    Pairs,
    Problem,
    Problems,
    read_answers,
)
from routing.services.submissions.captcha import Said, ask_captcha
from routing.services.submissions.left_out import note, with_files
from routing.services.submissions.suspicion import (
    judge_number,
    judge_number_here,
    judge_number_of_unknown,
    judge_stamp,
)
from routing.services.submissions.understanding import Understood, understand

AWAY = (OperationalError, InterfaceError, InternalError)
"""The database cannot be reached, is too busy to answer in time, only reads after a failover, or its disk is full."""
UNCHECKED = "The captcha could not be checked. {why}"
ELSEWHERE = "It was sent from {origin}, which is none of the form's origins."
SPOOL_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Sent:
    """What a browser sent, before anything is read into it. `elsewhere`: an origin that may not send it.

    `doubtful`: there may be no such form.
    """

    slug: str
    pairs: Pairs
    content_type: str
    visitor: str
    elsewhere: str = ""
    doubtful: bool = False
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """`submission`: what was kept of it; without one it waits on disk. `problems`: why there is no lead."""

    answers: Answers
    submission: Submission | None = None
    lead: Lead | None = None
    problems: Problems = field(default_factory=dict)
    elsewhere: bool = False


def take(asked: AskedForm | None, sent: Sent, *, now: datetime) -> Taken:
    """Take one submission in. Raises TooMany, or spool.Full if it can be kept nowhere.

    Without a form (nobody has read it yet, and the database is away) it waits until somebody can.
    """
    answers = read_answers(sent.pairs, sent.files, now=now)
    if asked is None:
        reason = judge_number_of_unknown(visitor=sent.visitor, now=now) if sent.doubtful else ""
        return _put_by(sent, answers, reason, now=now)
    reason = judge_stamp(answers.stamp, slug=asked.form.slug, now=now)
    try:
        reason = judge_number(asked.form, visitor=sent.visitor, now=now) or reason
        submission = _begin(asked, sent, answers, _elsewhere(sent) or reason, now=now)
        if submission.lead is not None:
            return Taken(answers, submission, submission.lead)
        return _judge(asked, sent, answers, submission, reason, now=now)
    except AWAY:
        reason = judge_number_here(asked.form, visitor=sent.visitor, now=now) or reason
        return _take_without_database(asked, sent, answers, reason, now=now)


def make_lead(
    asked: AskedForm, submission: Submission, answers: Answers, *, quarantine: str = "", now: datetime
) -> Taken:
    """The lead of what was kept, or what is wrong with it, kept too."""
    found = understand(asked, answers)
    if found.problems:
        return _refuse(submission, answers, found.problems)
    return lead_of(asked, submission, answers, found, quarantine=quarantine, now=now)


def lead_of(
    asked: AskedForm,
    submission: Submission,
    answers: Answers,
    found: Understood,
    *,
    quarantine: str = "",
    now: datetime,
) -> Taken:
    """The lead of these facts; exactly one, whoever tries at the same time. What it does without is noted with it."""
    form = asked.form
    given = found.facts.get("consent")
    consent = GivenConsent(given, form.consent_text, form.name, submission.page) if isinstance(given, bool) else None
    try:
        with transaction.atomic():
            received = receive_lead(
                facts=found.facts,
                now=now,
                demo=form.demo,
                honeypot=answers.honeypot,
                quarantine=quarantine,
                consent=consent,
                submission=submission,
            )
            if found.left_out and not received.replayed:
                note(submission, received.lead, found.left_out, now)
    except InvalidLead as invalid:  # read by others than understand: nothing is lost of it
        return _refuse(submission, answers, {name: Problem(words.UNCLEAR) for name in invalid.errors})
    return Taken(answers, submission, received.lead)


def _begin(asked: AskedForm, sent: Sent, answers: Answers, doubt: str, *, now: datetime) -> Submission:
    return store.begin(
        form=asked.form,
        key=answers.key,
        raw=answers.raw,
        content_type=sent.content_type,
        page=answers.page,
        visitor=sent.visitor,
        now=now,
        doubt=doubt,
    ).submission


def _judge(
    asked: AskedForm, sent: Sent, answers: Answers, submission: Submission, reason: str, *, now: datetime
) -> Taken:
    if sent.elsewhere:
        store.refuse(submission, {"": [_elsewhere(sent)]})
        return Taken(answers, submission, elsewhere=True)
    said, why = _captcha(asked, sent)
    if said == Said.ROBOT:
        return _refuse(submission, answers, understand(asked, answers).problems | {"": Problem(words.ROBOT)})
    try:
        return make_lead(asked, submission, answers, quarantine=reason or why, now=now)
    except Submission.DoesNotExist:  # it was erased while it was in hand: it came after that, then
        again = _begin(asked, sent, answers, reason, now=now)
        return make_lead(asked, again, answers, quarantine=reason or why, now=now)


def _elsewhere(sent: Sent) -> str:
    return ELSEWHERE.format(origin=sent.elsewhere) if sent.elsewhere else ""


def _captcha(asked: AskedForm, sent: Sent) -> tuple[Said, str]:
    """What the captcha says, and why people should look at it if it says nothing."""
    if not asked.form.captcha:
        return Said.PERSON, ""
    said, why = ask_captcha(asked.form, dict(sent.pairs).get(CAPTCHA_TOKENS[asked.form.captcha], ""))
    return said, UNCHECKED.format(why=why) if said == Said.NOTHING else ""


def _refuse(submission: Submission, answers: Answers, problems: Problems) -> Taken:
    noted = {name: [problem.noted()] for name, problem in problems.items()}
    store.refuse(submission, storable_errors(with_files(noted, answers.files)))
    return Taken(answers, submission, problems=problems)


def _take_without_database(asked: AskedForm, sent: Sent, answers: Answers, reason: str, *, now: datetime) -> Taken:
    """On disk first, also what has mistakes; whoever corrects them sends it again with the same key."""
    if sent.elsewhere:
        return Taken(answers, elsewhere=True)
    said, why = _captcha(asked, sent)
    taken = _put_by(sent, answers, reason or why, now=now, robot=said == Said.ROBOT)
    problems = understand(asked, answers).problems
    if said == Said.ROBOT:
        problems[""] = Problem(words.ROBOT)
    return Taken(taken.answers, problems=problems)


def _put_by(sent: Sent, answers: Answers, reason: str, *, now: datetime, robot: bool = False) -> Taken:
    spool.put(
        {
            "format": SPOOL_FORMAT,
            "form": sent.slug,
            "key": answers.key,
            "raw": answers.raw,
            "content_type": sent.content_type,
            "visitor": sent.visitor,
            "quarantine": reason,
            "robot": robot,
            "received_at": now.isoformat(),
        },
        now=now,
    )
    return Taken(answers)


def database_answers() -> bool:
    """Whether it was not away, and one of AWAY was about what it was asked."""
    return connection.connection is not None and bool(connection.is_usable())
