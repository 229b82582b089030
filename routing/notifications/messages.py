"""Values → mails: subject, text, HTML and headers. No database, no clock; the same values make the same mail."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from css_inline import CSSInliner
from django.template.loader import render_to_string

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


class NothingToSay(Exception):
    """What a mail is about is gone, or is over: nobody is to get it. The text says what."""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail without sender and recipient."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeadCard:
    """A lead as a mail shows it. `details` are further facts: (label, value); `zone` is where the person is, if known.

    `hidden`: whoever it is offered to is not to know yet who it is; then nothing is in it that says so.
    """

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
    zone: str = ""
    details: tuple[tuple[str, str], ...] = ()
    test: bool = False
    hidden: bool = False

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
    def title(self) -> str:
        """Who wants what; only what, if it is hidden who."""
        return f"{self.wants[:1].upper()}{self.wants[1:]}" if self.hidden else f"{self.label} – {self.wants}"

    @property
    def wants(self) -> str:
        """What they want, as it stands in a sentence."""
        wanted = WANTS.get(self.kind, "request")
        product = one_line(self.product, COMPANY_LENGTH)
        return f"{wanted} for {product}" if product else wanted


@dataclass(frozen=True, slots=True)
class Answers:
    """Where each answer is given with one tap. Opening an address changes nothing; an empty one is not offered."""

    accept: str = ""
    decline: str = ""
    called: str = ""
    mailed: str = ""
    take: str = ""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns the lead, how they came to it and why. `pool`: where it was their turn, if it went by turn; `joins`:
    whose request it joins, of the same company; `note`: who of those before them said what; `earlier`: who they were.
    """

    owner: str
    method: str = ""
    reason: str = ""
    pool: str = ""
    joins: str = ""
    deadline: Deadline | None = None
    answers: Answers = Answers()
    note: tuple[str, str] | None = None
    earlier: tuple[str, ...] = ()


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


def minimal(what: str, url: str, envelope: Envelope) -> Message:
    """What is sent when nothing else could be built: nothing that the lead typed, only where to look."""
    text = f"{what}, open {url}\n"
    html = f'<!doctype html><html lang="en"><body><p>{what}, <a href="{url}">open it</a>.</p></body></html>'
    return Message(what, text, html, headers_of(envelope))


def test_alert(sent: str, inbox_url: str, envelope: Envelope) -> Message:
    """To a rep who wants to know whether alerts reach them."""
    context = {"subject": "Test: alerts reach you here", "sent": sent, "url": inbox_url, "footer": "You asked for it."}
    return Message(
        "Test: alerts reach you here",
        as_text("test_alert", context),
        as_html("test_alert", context),
        headers_of(envelope),
    )


def import_undone(leads: int, inbox_url: str, envelope: Envelope) -> Message:
    """To somebody who had been alerted of leads that were imported by mistake. Once, however many."""
    went = "1 lead of yours was" if leads == 1 else f"{leads:,} leads of yours were"
    subject = f"{went} taken back"
    context = {"subject": subject, "went": went, "url": inbox_url, "footer": "You had been alerted of them."}
    return Message(subject, as_text("import_undone", context), as_html("import_undone", context), headers_of(envelope))


def why(own: Ownership, whose: str) -> str:
    """Whose turn it was, if it went by turn, and the reason of the decision."""
    turn = f"It was {whose} turn in {one_line(own.pool)}. " if own.pool else ""
    return turn + sentence(own.reason)


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    text = one_line(text, REASON_LENGTH)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?', CUT)) else '.'}" if text else ""


def lead_mail(
    lead: LeadCard, envelope: Envelope, *, subject: str, to_owner: bool = False, contact: bool = True, **context: object
) -> Message:
    """The mail about one lead. Only its owner answers the lead with it; everybody else opens the lead's page.

    `contact`: whether it says how to reach the lead, and what else is known.
    """
    subject = one_line(f"[Test] {subject}" if lead.test else subject)
    reply_to = bare_address(lead.email) if to_owner else ""
    cleaned = {
        name: one_line(value, 2 * REASON_LENGTH) if isinstance(value, str) else value for name, value in context.items()
    }
    cleaned |= {
        "subject": subject,
        "lead": shown(lead),
        "facts": _facts(lead, buttons=to_owner) if contact else [],
        "contact": contact and not lead.hidden,
        "to_owner": to_owner,
        "can_reply": bool(reply_to),
    }
    headers = headers_of(envelope) | ({"Reply-To": reply_to} if reply_to else {})
    return Message(subject, as_text("lead", cleaned), as_html("lead", cleaned), headers)


def shown(lead: LeadCard) -> dict[str, object]:
    """A lead's values as the templates use them, each cleaned, links only where they are safe."""
    wants = lead.wants
    return {
        "who": lead.who,
        "label": lead.label,
        "hidden": lead.hidden,
        "wants": wants[:1].upper() + wants[1:],
        "role": ", ".join(part for part in (one_line(lead.job_title), one_line(lead.company)) if part),
        "email": one_line(lead.email),
        "email_link": mail_link(lead.email),
        "phone": phone_text(lead.phone),
        "phone_link": phone_link(lead.phone),
        "website": one_line(lead.website),
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


def as_text(name: str, context: Mapping[str, object]) -> str:
    """The plain-text part, of templates/mail/NAME.txt."""
    text = render_to_string(f"mail/{name}.txt", dict(context))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def as_html(name: str, context: Mapping[str, object]) -> str:
    """The HTML part, of templates/mail/NAME.html, its styles on the elements."""
    return _inliner.inline(render_to_string(f"mail/{name}.html", dict(context)))


def headers_of(envelope: Envelope) -> dict[str, str]:
    """What every mail of ours says about itself."""
    return {
        "Message-ID": envelope.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
