"""What a visitor is told after sending: a text, or where they go on; who will call, and where to book a time.

What comes in for review is thanked for like everything else: who sends spam learns nothing from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing

from reps.models import Rep
from routing.intake.addresses import read_https
from routing.intake.redirects import filled_in
from routing.models import Form, Lead, Submission
from routing.services.decision_wait import decided_within
from routing.services.forms import words

SALT = "leadrouting.thanks.v1"
SHOWN_FOR = timedelta(hours=1)
"""Later the same link thanks without naming anybody."""
WAIT_SECONDS = 3.0
"""So long a form that names the rep waits for the decision."""
PLACES = ("first_name", "rep", "booking")
PLACE = re.compile(r"\{(first_name|rep|booking)\}")
NAMELESS = re.compile(r"(?:,|(?<![ \t,]))[ \t]*\{first_name\}")
NOT_TOLD = (Lead.Status.QUARANTINED, Lead.Status.PARKED)


@dataclass(frozen=True, slots=True)
class Thanks:
    """`paragraphs`: of lines, of pieces of text and links (text, address). The built-in words have a `title`."""

    title: str
    paragraphs: tuple[tuple[tuple[tuple[str, str], ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What can be filled in; empty where it is not known."""

    first_name: str = ""
    rep: str = ""
    booking: str = ""


def token_of(submission: Submission | None) -> str:
    """For the address of the thank-you page: it names nobody, and nobody makes one up."""
    return signing.dumps(str(submission.uuid) if submission else "", salt=SALT)


def submission_of(form: Form, token: str) -> Submission | None:
    """What was sent; None after a while, or where it waits for the database. Raises BadSignature."""
    try:
        name = signing.loads(token, salt=SALT, max_age=SHOWN_FOR)
    except signing.SignatureExpired:
        return None
    return Submission.objects.filter(form=form, uuid=name).first() if name else None


def known_of(form: Form, submission: Submission | None, *, wait: bool = False) -> Known:
    """What can be said of this submission. `wait`: for the decision, a moment, if the form names the rep."""
    if not form.name_rep:
        return Known(_first_name(submission))
    lead = _lead(submission)
    if lead is None:
        return Known()
    if wait and lead.status == Lead.Status.PENDING and decided_within(lead.pk, WAIT_SECONDS):
        lead = _lead(submission) or lead
    owner = _owner(lead)
    return Known(lead.first_name, owner.name, booking_url(owner)) if owner else Known(lead.first_name)


def thanks(form: Form | None, known: Known) -> Thanks:
    """The form's own text, or the built-in words, with what is known. In the language that is active."""
    if form and form.thanks.strip():
        return Thanks("", _filled(form.thanks, known))
    title = words.say(words.THANKS_NAMED, first_name=known.first_name) if known.first_name else words.say(words.THANKS)
    if not known.rep:
        return Thanks(title, ((((words.say(words.RECEIVED), ""),),),))
    lines: list[tuple[tuple[str, str], ...]] = [((words.say(words.REP_CALLS, rep=known.rep), ""),)]
    if known.booking:
        lines.append(((words.say(words.BOOK, rep=known.rep), known.booking),))
    return Thanks(title, tuple((line,) for line in lines))


def redirect_of(form: Form, known: Known) -> str:
    """Where the visitor goes on; empty for the thank-you text. Only to hosts that the form names."""
    return filled_in(form.redirect_url, {"rep": known.rep, "booking": known.booking}, form.redirect_hosts)


def booking_url(rep: Rep) -> str:
    """Where people book a time with the rep; empty if there is no such page, or none that browsers go to safely."""
    try:
        return read_https(rep.booking_url) if rep.booking_url else ""
    except ValueError:
        return ""


def _first_name(submission: Submission | None) -> str:
    """All that is needed of the lead, as long as nobody is named."""
    if submission is None or submission.lead_id is None:
        return ""
    return Lead.objects.filter(pk=submission.lead_id).values_list("first_name", flat=True).first() or ""


def _lead(submission: Submission | None) -> Lead | None:
    if submission is None or submission.lead_id is None:
        return None
    rows = Lead.objects.select_related("owner", "duplicate_of__owner")
    return rows.filter(pk=submission.lead_id).first()


def _owner(lead: Lead) -> Rep | None:
    """Of a duplicate, whoever has the first one."""
    if lead.status in NOT_TOLD:
        return None
    first = lead.duplicate_of or lead
    owner = first.owner if first.status not in NOT_TOLD else None
    return owner if owner and owner.active else None


def _filled(text: str, known: Known) -> Any:
    """Paragraphs of lines. A line that names a rep or a booking page is left out while none is known."""
    values = {"first_name": known.first_name, "rep": known.rep, "booking": known.booking}
    if not known.first_name:
        text = NAMELESS.sub("", text)
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        lines = [_pieces(line, values) for line in paragraph.split("\n") if _all_known(line, values)]
        if lines:
            paragraphs.append(tuple(lines))
    return tuple(paragraphs)


def _all_known(line: str, values: Mapping[str, str]) -> bool:
    return all(values[name] for name in PLACE.findall(line))


def _pieces(line: str, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Text with what is known in it, and the booking page as a link."""
    pieces: list[tuple[str, str]] = []
    for position, part in enumerate(PLACE.split(line)):
        value = values[part] if position % 2 else part
        if value:
            pieces.append((value, value if position % 2 and part == "booking" else ""))
    return tuple(pieces)
