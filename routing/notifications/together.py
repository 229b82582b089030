"""One message about many leads: each is named, with its link and its deadline; in a mail, with how to reach them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.engine.counting import counted
from routing.models import OutboxMessage
from routing.notifications.cleaning import one_line
from routing.notifications.deadlines import Deadline
from routing.notifications.messages import (
    NAME_LENGTH,
    Envelope,
    LeadCard,
    Message,
    as_html,
    as_text,
    headers_of,
    sentence,
    shown,
)

Kind = OutboxMessage.Kind
MOVED = (Kind.MOVED_HERE, Kind.MOVED_AWAY)
SHORT_FROM = 50
"""From so many leads on the HTML is short, so that it is not cut off: mail programs show about 100 kB."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What many messages of one kind say: in the subject, above their rows, and whether their leads can be reached."""

    subject: str
    subjects: str
    heading: str
    reach: bool = True

    def in_subject(self, number: int) -> str:
        return f"{number:,} {self.subject if number == 1 else self.subjects}"


CHAPTERS: dict[str, Chapter] = {
    Kind.EXHAUSTED: Chapter(
        "lead that NOBODY ANSWERED is yours now",
        "leads that NOBODY ANSWERED are yours now",
        "Nobody answered these. They are yours now: answer them, or give them to people who will.",
    ),
    Kind.ALERT: Chapter("new lead for you", "new leads for you", "New leads for you"),
    Kind.LAST_RESORT: Chapter(
        "lead that nobody took is yours now",
        "leads that nobody took are yours now",
        "Nobody could take these in time. Answer them, or give them to people who can.",
    ),
    Kind.HANDED_OVER: Chapter("lead was handed over to you", "leads were handed over to you", "Handed over to you"),
    Kind.MOVED_HERE: Chapter(
        "lead is yours after a correction of the rules",
        "leads are yours after a correction of the rules",
        "Yours now, after a correction of the rules. Answer them:",
    ),
    Kind.OFFER: Chapter("lead is offered to you", "leads are offered to you", "Offered to you"),
    Kind.REMIND: Chapter("lead still waits", "leads still wait", "These still wait for your answer"),
    Kind.LATE: Chapter("lead is not answered", "leads are not answered", "Their owners have not answered these"),
    Kind.UNDELIVERED: Chapter(
        "owner could not be told", "owners could not be told", "Of these the owners could not be told"
    ),
    Kind.NOTIFY: Chapter("lead for your information", "leads for your information", "For your information"),
    Kind.TAKEN_AWAY: Chapter(
        "lead is no longer yours",
        "leads are no longer yours",
        "No longer yours. You need not do anything:",
        reach=False,
    ),
    Kind.OFFER_GONE: Chapter(
        "offer was taken", "offers were taken", "Somebody else took these. You need not do anything:", reach=False
    ),
    Kind.MOVED_AWAY: Chapter(
        "lead is somebody else's after a correction of the rules",
        "leads are somebody else's after a correction of the rules",
        "No longer yours, after a correction of the rules. You need not do anything:",
        reach=False,
    ),
}
"""In the order of their urgency."""
SAID_BY_SUBJECT = frozenset({Kind.ALERT, Kind.HANDED_OVER, Kind.OFFER})


@dataclass(frozen=True, slots=True)
class Row:
    """One lead in such a mail. `remark` is what has to be said of it alone: who owns it, or why it left."""

    kind: str
    lead: LeadCard
    deadline: Deadline | None = None
    remark: str = ""


def together(rows: Sequence[Row], envelope: Envelope, *, sender: str = "") -> Message:
    """To one person, about many leads. `sender`: whose leads are handed over to them, if all are."""
    by_kind = {kind: [row for row in rows if row.kind == kind] for kind in CHAPTERS}
    present = {kind: found for kind, found in by_kind.items() if found}
    subject = one_line(_subject(present, one_line(sender, NAME_LENGTH)))
    if any(row.lead.test for row in rows):
        subject = f"[Test] {subject}"
    context = {
        "subject": subject,
        "title": subject.partition(", ")[0],
        "rest": subject.partition(", ")[2],
        "short": len(rows) >= SHORT_FROM,
        "chapters": [
            _chapter(CHAPTERS[kind], found, said=len(present) == 1 and kind in SAID_BY_SUBJECT)
            for kind, found in present.items()
        ],
        "footer": "You get one mail because there are several at once.",
    }
    return Message(subject, as_text("together", context), as_html("together", context), headers_of(envelope))


def in_short(rows: Sequence[Row]) -> tuple[str, list[tuple[str, str]]]:
    """For a chat: the deadline that all share, if they do, and what is said of each lead, with its link."""
    deadlines = {row.deadline.sentence if row.deadline else "" for row in rows}
    shared = deadlines.pop() if len(deadlines) == 1 else ""
    kinds = [kind for kind in CHAPTERS if any(row.kind == kind for row in rows)]
    said: list[tuple[str, str]] = []
    for kind in kinds:
        said += [(CHAPTERS[kind].heading, "")] if len(kinds) > 1 else []
        said += [_line(row, without=shared) for row in rows if row.kind == kind]
    return shared, said


def _line(row: Row, *, without: str) -> tuple[str, str]:
    deadline = row.deadline.sentence if row.deadline else ""
    parts = [f"{row.lead.title}.", "" if deadline == without else deadline, sentence(row.remark)]
    return " ".join(filter(None, parts)), row.lead.url


def _chapter(chapter: Chapter, rows: Sequence[Row], *, said: bool) -> dict[str, object]:
    """A deadline that all share stands above them, once. `said`: the subject says all that the heading would."""
    deadlines = {row.deadline.sentence if row.deadline else "" for row in rows}
    shared = deadlines.pop() if len(deadlines) == 1 and len(rows) > 1 else ""
    return {
        "heading": "" if said else chapter.heading,
        "deadline": shared,
        "rows": [_shown(row, reach=chapter.reach) | ({"deadline": ""} if shared else {}) for row in rows],
    }


def _subject(present: dict[str, list[Row]], sender: str) -> str:
    numbers = {kind: len(found) for kind, found in present.items()}
    if numbers.keys() <= set(MOVED):
        parts = [f"{_are(numbers[Kind.MOVED_HERE])} yours now"] if Kind.MOVED_HERE in numbers else []
        parts += [f"{_are(numbers[Kind.MOVED_AWAY])} somebody else's"] if Kind.MOVED_AWAY in numbers else []
        return f"After a correction of the rules {' and '.join(parts)}"
    if set(numbers) == {Kind.HANDED_OVER} and sender:
        return f"{counted(numbers[Kind.HANDED_OVER], 'lead')} of {sender} {_verb(numbers[Kind.HANDED_OVER])} yours now"
    parts = [CHAPTERS[kind].in_subject(number) for kind, number in numbers.items()]
    return ", ".join(parts)


def _are(number: int) -> str:
    return f"{counted(number, 'lead')} {_verb(number)}"


def _verb(number: int) -> str:
    return "is" if number == 1 else "are"


def _shown(row: Row, *, reach: bool) -> dict[str, object]:
    known = shown(row.lead)
    names = ["label", "wants", "url", "hidden", "received"]
    names += ["phone", "phone_link", "email", "email_link"] if reach and not row.lead.hidden else []
    deadline = row.deadline.sentence if row.deadline else ""
    return {name: known[name] for name in names} | {"deadline": deadline, "remark": sentence(row.remark)}
