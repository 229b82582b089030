"""Values → mails: subject, text, HTML and headers. No database, no clock; the same values make the same mail."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from css_inline import CSSInliner
from django.template.loader import render_to_string

from routing.engine.counting import counted
from routing.engine.types import Method
from routing.notifications.cleaning import (
    CUT,
    bare_address,
    mail_link,
    one_line,
    paragraph,
    phone_link,
    phone_text,
    web_link,
)
from routing.notifications.deadlines import Deadline

WANTS = {
    "demo": "demo request",
    "pricing": "pricing question",
    "contact": "contact request",
    "trial": "trial",
    "webinar": "webinar sign-up",
    "content": "content download",
    "partner": "partner request",
    "support": "support request",
}
NAME_LENGTH, COMPANY_LENGTH, REASON_LENGTH = 60, 50, 400

_inliner = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Message:
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeadCard:
    """A lead as a mail shows it. `details` are further facts: (label, value)."""

    url: str
    kind: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    job_title: str = ""
    website: str = ""
    product: str = ""
    message: str = ""
    received: str = ""
    details: tuple[tuple[str, str], ...] = ()
    test: bool = False

    @property
    def who(self) -> str:
        """The person: name, else address, else number."""
        return one_line(self.name or self.email or self.phone, NAME_LENGTH) or "Somebody"

    @property
    def label(self) -> str:
        """The person and the company."""
        company = one_line(self.company, COMPANY_LENGTH)
        return f"{self.who} ({company})" if company else self.who

    @property
    def wants(self) -> str:
        """What they want, as it stands in a sentence."""
        wanted = WANTS.get(self.kind, "request")
        product = one_line(self.product, COMPANY_LENGTH)
        return f"{wanted} for {product}" if product else wanted


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns the lead, how they came to it and why. `pool`: where it was their turn, if it went by turn; `joins`:
    whose request it joins, of the same company.
    """

    owner: str
    method: str = ""
    reason: str = ""
    pool: str = ""
    joins: str = ""
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What makes a mail the same mail on every try: the keys of its messages, and the domain that sends it."""

    keys: tuple[str, ...]
    domain: str

    @property
    def message_id(self) -> str:
        if len(self.keys) == 1:
            local = re.sub(r"[^A-Za-z0-9_-]+", ".", self.keys[0]).strip(".")
        else:
            local = "summary." + hashlib.sha256("\n".join(sorted(self.keys)).encode()).hexdigest()[:32]
        return f"<{local}@{self.domain}>"


def alert(lead: LeadCard, own: Ownership, envelope: Envelope) -> Message:
    """To the owner: this lead is yours."""
    return _lead_mail(
        lead,
        envelope,
        to_owner=True,
        subject=_alert_subject(lead, own),
        heading=_alert_heading(own),
        intro=f"This is a test. The lead goes to {own.owner}, who has not been told." if lead.test else "",
        why=_why(own, f"{own.owner}'s" if lead.test else "your"),
        why_heading=f"Why {own.owner}" if lead.test else "Why you",
        deadline=own.deadline,
        footer="You get this mail because you sent in a test lead."
        if lead.test
        else "You get this mail because the lead is yours.",
    )


def notice(lead: LeadCard, own: Ownership, envelope: Envelope) -> Message:
    """To somebody else whom a rule tells: who owns the lead."""
    return _lead_mail(
        lead,
        envelope,
        subject=f"{one_line(own.owner, NAME_LENGTH)} has a new lead: {lead.label} – {lead.wants}",
        heading=f"{own.owner} has a new lead",
        intro=f"{own.owner} owns this lead and has been told. You need not do anything.",
        why=_why(own, f"{own.owner}'s"),
        why_heading=f"Why {own.owner}",
        footer="You get this mail because a rule tells you of leads like this one.",
    )


def last_resort(lead: LeadCard, own: Ownership, envelope: Envelope) -> Message:
    """To the last resort: nobody took this lead, so it is yours."""
    return _lead_mail(
        lead,
        envelope,
        to_owner=True,
        subject=f"Nobody took it: {lead.label} – {lead.wants} – is yours now",
        heading="Nobody took this lead",
        intro="Nobody could take it in time, so it is yours now. Answer it, or give it to somebody who can.",
        why=_why(own, "your"),
        why_heading="Why you",
        deadline=own.deadline,
        footer="You get this mail because you are the last resort for leads that nobody takes.",
    )


def undelivered(lead: LeadCard, rep: str, error: str, envelope: Envelope) -> Message:
    """To the rep's manager: the rep has not been told of a lead that is theirs."""
    return _lead_mail(
        lead,
        envelope,
        subject=f"{one_line(rep, NAME_LENGTH)} could not be told: {lead.label} – {lead.wants}",
        heading=f"{rep} could not be told",
        intro=f"This lead belongs to {rep}, but the mail about it was refused. Tell them, or give the lead to somebody "
        "else, and check their address.",
        why=_sentence(error),
        why_heading="What happened",
        footer=f"You get this mail because you look after {rep}, or are the last resort.",
    )


def summary(leads: Sequence[LeadCard], envelope: Envelope) -> Message:
    """To the last resort, of many leads at once."""
    subject = f"{counted(len(leads), 'lead')} that nobody took {'is' if len(leads) == 1 else 'are'} yours now"
    context = {"subject": subject, "leads": [_shown(lead) for lead in leads]}
    return Message(subject, _text("summary", context), _html("summary", context), _headers(envelope))


def moved(here: Sequence[LeadCard], away: Sequence[LeadCard], envelope: Envelope) -> Message:
    """To somebody who gained or lost leads because decisions of faulty rules were corrected: one mail about all."""
    parts = [f"{_leads(len(here))} yours now"] if here else []
    parts += [f"{_leads(len(away))} somebody else's"] if away else []
    subject = f"After a correction of the rules {' and '.join(parts)}"
    context = {"subject": subject, "here": [_shown(lead) for lead in here], "away": [_shown(lead) for lead in away]}
    return Message(subject, _text("moved", context), _html("moved", context), _headers(envelope))


def _leads(number: int) -> str:
    return f"{counted(number, 'lead')} {'is' if number == 1 else 'are'}"


def minimal(lead_url: str, envelope: Envelope) -> Message:
    """What is sent when nothing else could be built: nothing that the lead typed, only where to look."""
    text = f"New lead, open {lead_url}\n"
    html = f'<!doctype html><html lang="en"><body><p>New lead, <a href="{lead_url}">open it</a>.</p></body></html>'
    return Message("New lead", text, html, _headers(envelope))


def _alert_subject(lead: LeadCard, own: Ownership) -> str:
    if own.method == Method.RETURNING:
        return f"{lead.who} is back: {lead.wants}"
    if own.joins:
        return f"New lead: {lead.label} joins {one_line(own.joins, NAME_LENGTH)}'s request"
    return f"New lead: {lead.label} – {lead.wants}"


def _alert_heading(own: Ownership) -> str:
    if own.method == Method.RETURNING:
        return "A lead of yours is back"
    return "New lead for you" if not own.joins else "A colleague of a lead of yours"


def _why(own: Ownership, whose: str) -> str:
    """Whose turn it was, if it went by turn, and the reason of the decision."""
    turn = f"It was {whose} turn in {one_line(own.pool)}. " if own.pool else ""
    return turn + _sentence(own.reason)


def _sentence(text: str) -> str:
    text = one_line(text, REASON_LENGTH)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?', CUT)) else '.'}" if text else ""


def _lead_mail(
    lead: LeadCard, envelope: Envelope, *, subject: str, to_owner: bool = False, **context: object
) -> Message:
    """The mail about one lead. Only its owner answers the lead with it; everybody else opens the lead's page."""
    subject = one_line(f"[Test] {subject}" if lead.test else subject)
    reply_to = bare_address(lead.email) if to_owner else ""
    shown = {
        name: one_line(value, 2 * REASON_LENGTH) if isinstance(value, str) else value for name, value in context.items()
    }
    shown |= {
        "subject": subject,
        "lead": _shown(lead),
        "facts": _facts(lead, buttons=to_owner),
        "to_owner": to_owner,
        "can_reply": bool(reply_to),
    }
    headers = _headers(envelope) | ({"Reply-To": reply_to} if reply_to else {})
    return Message(subject, _text("lead", shown), _html("lead", shown), headers)


def _shown(lead: LeadCard) -> dict[str, object]:
    """A lead's values as the templates use them, each cleaned, links only where they are safe."""
    wants = lead.wants
    return {
        "who": lead.who,
        "label": lead.label,
        "wants": wants[:1].upper() + wants[1:],
        "role": ", ".join(part for part in (one_line(lead.job_title), one_line(lead.company)) if part),
        "first_name": one_line(lead.name, NAME_LENGTH).split(" ")[0],
        "email": one_line(lead.email),
        "email_link": mail_link(lead.email),
        "phone": phone_text(lead.phone),
        "phone_link": phone_link(lead.phone),
        "website": one_line(lead.website),
        "website_link": web_link(lead.website),
        "message": paragraph(lead.message),
        "received": one_line(lead.received),
        "details": _details(lead),
        "url": lead.url,
        "test": lead.test,
    }


def _details(lead: LeadCard) -> list[tuple[str, str]]:
    return [(one_line(label, NAME_LENGTH), one_line(value)) for label, value in lead.details]


def _facts(lead: LeadCard, *, buttons: bool) -> list[dict[str, str]]:
    """The rows of the table: what no button shows, then the details. A link only where it is a safe one."""
    reach = [
        {"label": "E-mail", "value": one_line(lead.email), "link": mail_link(lead.email)},
        {"label": "Phone", "value": phone_text(lead.phone), "link": phone_link(lead.phone)},
    ]
    facts = [fact for fact in reach if not (buttons and fact["link"])]
    facts.append({"label": "Website", "value": one_line(lead.website), "link": web_link(lead.website)})
    facts += [{"label": label, "value": value} for label, value in _details(lead)]
    return [fact for fact in facts if fact["value"]]


def _text(name: str, context: Mapping[str, object]) -> str:
    text = render_to_string(f"mail/{name}.txt", dict(context))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _html(name: str, context: Mapping[str, object]) -> str:
    return _inliner.inline(render_to_string(f"mail/{name}.html", dict(context)))


def _headers(envelope: Envelope) -> dict[str, str]:
    return {
        "Message-ID": envelope.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
