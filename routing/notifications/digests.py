"""A manager's digest: what came, how fast it was answered, who has what, and what waits. Values in, mail out."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from routing.engine.counting import counted
from routing.notifications.cleaning import one_line
from routing.notifications.messages import Envelope, Message, as_html, as_text, headers_of

NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Share:
    """What one rep has: leads got in the period, turns against what they were entitled to, and what is open now."""

    name: str
    leads: int
    turns: int
    entitled: str
    open: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead that is not answered yet."""

    label: str
    url: str
    owner: str
    due: str
    late: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """A team's period in figures; texts are as people read them, empty where there is nothing to say."""

    team: str
    period: str
    given: int
    arrived: int
    in_time: str
    half_within: str
    most_within: str
    breaches: int
    people: tuple[Share, ...]
    agents: tuple[Share, ...]
    unanswered: tuple[Waiting, ...]
    more_unanswered: int
    held: tuple[tuple[str, int], ...]
    leads_url: str
    held_url: str


def manager_digest(digest: Digest, envelope: Envelope) -> Message:
    """To the manager of a team."""
    waiting = len(digest.unanswered) + digest.more_unanswered
    news = [counted(digest.given, "lead")]
    news += [f"{waiting} not answered"] if waiting else []
    team = one_line(digest.team, NAME_LENGTH)
    context = asdict(digest) | {
        "subject": f"{team}, {digest.period}: {', '.join(news)}",
        "heading": team,
        "news": news,
        "unanswered": [asdict(lead) | {"label": one_line(lead.label), "owner": one_line(lead.owner, NAME_LENGTH)}
                       for lead in digest.unanswered],
        "tables": [
            (title, [asdict(share) | {"name": one_line(share.name, NAME_LENGTH)} for share in shares])
            for title, shares in (("Who has what", digest.people), ("Agents", digest.agents))
            if shares
        ],
        "footer": f"You get this mail because you manage {team}. How often is set on the team's page.",
    }  # fmt: skip
    subject = one_line(str(context["subject"]))
    return Message(subject, as_text("digest", context), as_html("digest", context), headers_of(envelope))
