"""Mails as values: what they say, and that nothing a stranger typed does anything in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from routing.notifications import lead_mails
from routing.notifications.cleaning import (
    bare_address,
    mail_link,
    one_line,
    paragraph,
    phone_link,
    phone_text,
    web_link,
)
from routing.notifications.deadlines import Deadline, in_words, local_time
from routing.notifications.email import as_mail
from routing.notifications.messages import Answers, Envelope, LeadCard, Message, Ownership
from routing.notifications.together import CHAPTERS, Row, together
from routing.services.lead_cards import plain_text

URL = "https://leads.acme.example/admin/routing/lead/1/change/"
ENVELOPE = Envelope(("alert:1:1",), "acme.example")
HOSTILE = [
    "\x0b", "\x1c", "a\r\nBcc: evil@x.example", "a\nb", "\ud800", "\x00", "\u2028\u2029", "W" * 1_000_000,
    "\u202egnp.exe", "שלום עולם", "👩‍🚀🎉" * 99,
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}",
    "{% include 'x' %}", "=?utf-8?q?Subject?=", "javascript:alert(1)", "data:text/html,<b>x</b>", "%0d%0aBcc:x", "",
    "' OR 1=1 --", "../../etc/passwd", "\ufeff\u200b", "<!--", "]]>", "</style></head><body onload=alert(1)>",
    "&#60;b&#62;",
]  # fmt: skip


def card(**fields: Any) -> LeadCard:
    known: dict[str, Any] = {"name": "Mia Chen", "company": "Globex", "email": "mia@globex.example", "kind": "demo"}
    return LeadCard(url=URL, **known | fields)


def own(**fields: Any) -> Ownership:
    return Ownership(**{"owner": "Ana Diaz", "method": "round_robin"} | fields)


def alert(lead: LeadCard | None = None, **fields: Any) -> Message:
    return lead_mails.alert(lead or card(), own(**fields), ENVELOPE)


def due(now: datetime, zone: str, **span: float) -> Deadline:
    return Deadline(now + timedelta(**span), now, zone, timedelta(minutes=5))


class Links(HTMLParser):
    """Every tag and every address that a page could act on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "background")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


# --- subjects -----------------------------------------------------------------------------------------------------


def test_the_subject_says_who_and_what() -> None:
    assert alert().subject == "New lead: Mia Chen (Globex) – demo request"


def test_somebody_who_returns_is_back() -> None:
    assert alert(method="returning").subject == "Mia Chen is back: demo request"


def test_a_colleague_joins_the_first_request() -> None:
    subject = alert(card(name="Bo Lee"), method="same_company", joins="Mia Chen").subject

    assert subject == "New lead: Bo Lee (Globex) joins Mia Chen's request"


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"name": "", "company": ""}, "mia@globex.example"),
        ({"name": "", "email": "", "phone": "+4930123456", "company": ""}, "+4930123456"),
        ({"name": "", "email": "", "company": ""}, "Somebody"),
    ],
)
def test_without_a_name_the_address_or_number_stands_for_it(fields: dict[str, str], who: str) -> None:
    assert alert(card(**fields)).subject == f"New lead: {who} – demo request"


def test_a_long_name_does_not_push_out_what_they_want() -> None:
    subject = alert(card(name="N" * 500, company="C" * 500)).subject

    assert subject.endswith("demo request")
    assert len(subject) <= 150


def test_a_subject_begins_on_its_own_line() -> None:
    raw = as_mail(alert(card(name="Zoë" * 20)), "ana@acme.example").message().as_bytes()

    assert b"\nSubject: =?utf-8?" in raw


# --- the body -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["text", "html"])
def test_both_parts_say_everything_that_the_owner_needs(part: str, now: datetime) -> None:
    lead = card(phone="+1 713 555 0100", job_title="VP", message="Please call.", details=(("Employees", "5,200"),))
    message = alert(lead, reason="It was Ana's turn.", deadline=due(now, "America/Los_Angeles", minutes=5))

    body = getattr(message, part).replace("&#x27;", "'").replace("&#39;", "'")
    for needed in (
        "Mia Chen", "VP, Globex", "Demo request", "Please call.", "+1 713-555-0100", "mia@globex.example",
        "It was Ana's turn.", "Please answer by 08:05 (PST), in 5 minutes.", "5,200", URL,
    ):  # fmt: skip
        assert needed in body, needed


def test_the_html_calls_and_writes_with_one_tap() -> None:
    links = Links(alert(card(phone="+1 713 555 0100")).html)

    assert links.addresses == ["tel:+17135550100", "mailto:mia@globex.example", URL]


def test_the_html_loads_nothing_from_elsewhere_and_adapts_to_the_dark() -> None:
    html = alert().html

    assert not {"img", "link", "script", "iframe", "form", "svg"} & set(Links(html).tags)
    assert "url(" not in html
    assert "prefers-color-scheme: dark" in html
    assert '<meta name="color-scheme" content="light dark">' in html


def test_a_summary_of_a_hundred_long_leads_is_not_clipped() -> None:
    leads = [card(name="N" * 100, company="C" * 200, email=f"{n}@{'d' * 50}.example") for n in range(100)]

    message = together([Row("last_resort", lead) for lead in leads], ENVELOPE)

    assert message.subject == "100 leads that nobody took are yours now"
    assert len(message.html.encode()) < 100_000


def test_whoever_only_hears_of_a_lead_does_not_answer_it_by_accident() -> None:
    told = [
        lead_mails.notice(card(), own(), ENVELOPE),
        lead_mails.undelivered(card(), "Ana", "550 no", ENVELOPE, owner="Bob"),
        lead_mails.untold(card(), own(), ENVELOPE),
        lead_mails.late(card(), own(), "today 14:00 (UTC)", ENVELOPE),
        lead_mails.taken_away(card(), "Bob", "It was late.", ENVELOPE),
        lead_mails.offer_gone(card(), "Bob", ENVELOPE),
    ]

    assert {message.headers.get("Reply-To") for message in told} == {None}
    assert "Reply-To" in lead_mails.last_resort(card(), own(), ENVELOPE).headers


def test_the_same_messages_have_the_same_id_in_any_order() -> None:
    assert Envelope(("a", "b"), "x").message_id == Envelope(("b", "a"), "x").message_id
    assert Envelope(("a",), "x").message_id != Envelope(("a", "b"), "x").message_id


# --- the answers --------------------------------------------------------------------------------------------------

ANSWERS = Answers(accept="https://x/a", decline="https://x/d", called="https://x/c", mailed="https://x/m")


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize("mail", [lead_mails.alert, lead_mails.remind, lead_mails.last_resort, lead_mails.exhausted])
def test_an_owner_answers_with_one_tap(mail: Any, part: str) -> None:
    message = mail(card(phone="+17135550100"), own(answers=ANSWERS), ENVELOPE)

    body = getattr(message, part)
    assert all(url in body for url in ("https://x/a", "https://x/d", "https://x/c", "https://x/m"))
    assert all(word in body for word in ("Accept", "Decline", "I called", "I mailed"))


@pytest.mark.parametrize("part", ["text", "html"])
def test_somebody_without_a_phone_cannot_have_been_called(part: str) -> None:
    body = getattr(alert(card(phone=""), answers=ANSWERS), part)

    assert "I mailed" in body
    assert "I called" not in body


def test_whoever_accepted_is_not_asked_again() -> None:
    answered = Answers(decline="https://x/d", called="https://x/c", mailed="https://x/m")

    assert "Accept" not in lead_mails.remind(card(), own(answers=answered), ENVELOPE).text


@pytest.mark.parametrize("part", ["text", "html"])
def test_the_deadline_is_also_told_on_the_clock_of_the_lead(part: str, now: datetime) -> None:
    lead = card(zone="America/Chicago")
    message = lead_mails.alert(lead, own(deadline=due(now, "America/Los_Angeles", minutes=5)), ENVELOPE)

    assert "Where Mia Chen is, that is 10:05 (CST)." in getattr(message, part)


def test_a_lead_whose_clock_shows_the_same_is_not_told_twice(now: datetime) -> None:
    lead = card(zone="Europe/Paris")

    assert "Where Mia Chen is" not in alert(lead, deadline=due(now, "Europe/Berlin", minutes=5)).text


@pytest.mark.parametrize("part", ["text", "html"])
def test_what_the_former_owner_said_is_passed_on(part: str) -> None:
    message = alert(note=("Scout", "Wants a demo on Friday, budget is approved."))

    body = getattr(message, part)
    assert "What Scout said" in body
    assert "Wants a demo on Friday, budget is approved." in body


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize(
    ("second", "first", "said"),
    [
        ("", True, "The first who takes it has it."),
        ("", False, "It is offered to you alone."),
        ("Ana Diaz", False, "Ana Diaz has it, but has not answered yet."),
    ],
)
def test_an_offer_says_how_it_is_had(second: str, first: bool, said: str, part: str, now: datetime) -> None:
    answers = Answers(take="https://x/t", decline="https://x/d")
    deadline = Deadline(now + timedelta(minutes=5), now, "UTC", timedelta(minutes=5), "Take it")
    message = lead_mails.offer(card(), answers, deadline, ENVELOPE, second=second, first=first)

    body = getattr(message, part)
    assert all(text in body for text in (said, "https://x/t", "https://x/d", "Take it by 16:05 (UTC), in 5 minutes."))
    assert message.subject == "Offered to you: Mia Chen (Globex) – demo request"


def test_an_offer_that_hides_who_it_is_says_only_what(now: datetime) -> None:
    hidden = LeadCard(url=URL, kind="demo", product="Platform", details=(("Place", "US-TX"),), hidden=True)
    deadline = due(now, "UTC", minutes=5)
    message = lead_mails.offer(hidden, Answers(take="https://x/t"), deadline, ENVELOPE, second="", first=True)

    assert message.subject == "Offered to you: Demo request for Platform"
    assert "Place: US-TX" in message.text
    assert not [word for word in ("Mia", "Globex", "Somebody") if word in message.text + message.html]


def test_whoever_lost_a_lead_learns_to_whom_and_why() -> None:
    message = lead_mails.taken_away(card(phone="+17135550100"), "Bob Ray", "you did not answer in time", ENVELOPE)

    assert message.subject == "No longer yours: Mia Chen (Globex) – demo request"
    assert "Bob Ray has it now." in message.text
    assert "You did not answer in time." in message.text
    assert "713" not in message.text + message.html


def test_a_lead_without_a_new_owner_is_on_its_way() -> None:
    assert "on its way to somebody else" in lead_mails.taken_away(card(), "", "x", ENVELOPE).text


def test_a_manager_whom_a_lead_ends_with_hears_it_loudly() -> None:
    had = ("Ana Diaz (not answered in time)", "Bob Ray (declined: no time)")
    message = lead_mails.exhausted(card(), own(earlier=had), ENVELOPE)

    assert message.subject == "NOBODY ANSWERED: Mia Chen (Globex) – demo request – is yours now"
    assert "Ana Diaz (not answered in time) and Bob Ray (declined: no time) had it." in message.text


def test_a_manager_learns_that_an_answer_is_late(now: datetime) -> None:
    late = Deadline(now - timedelta(minutes=3), now, "UTC", timedelta(minutes=5), "The answer is due")
    message = lead_mails.late(card(), own(deadline=late), "today 15:52 (UTC)", ENVELOPE)

    assert message.subject == "Ana Diaz has not answered: Mia Chen (Globex) – demo request"
    assert "was told today 15:52 (UTC)" in message.text
    assert "The answer was due at 15:57 (UTC), 3 minutes ago." in message.text


@pytest.mark.parametrize(
    ("owner", "said"),
    [("Bob", "Bob has the lead now."), ("", "The lead goes on"), ("Ana", "The lead is still theirs.")],
)
def test_a_manager_learns_what_became_of_a_lead_whose_owner_could_not_be_told(owner: str, said: str) -> None:
    assert said in lead_mails.undelivered(card(), "Ana", "550 no", ENVELOPE, owner=owner).text


@pytest.mark.parametrize(
    ("kinds", "subject"),
    [
        (["alert"] * 12, "12 new leads for you"),
        (["exhausted", "alert", "alert"], "1 lead that NOBODY ANSWERED is yours now, 2 new leads for you"),
        (["moved_here", "moved_away", "moved_away"],
         "After a correction of the rules 1 lead is yours now and 2 leads are somebody else's"),
        (["handed_over"] * 3, "3 leads of Ana Diaz are yours now"),
    ],
)  # fmt: skip
def test_one_mail_about_many_says_how_many_of_what(kinds: list[str], subject: str) -> None:
    assert together([Row(kind, card()) for kind in kinds], ENVELOPE, sender="Ana Diaz").subject == subject


def test_one_mail_about_many_names_each_with_link_and_deadline(now: datetime) -> None:
    rows = [Row("alert", card(name=f"Lead {n}"), due(now, "UTC", minutes=n + 1)) for n in range(9)]

    message = together(rows, ENVELOPE)

    for part in (message.text, message.html):
        assert all(f"Lead {n} (Globex)" in part and f"by 16:{n + 1:02} (UTC)" in part for n in range(9))
        assert part.count(URL) == 9


def test_five_hundred_leads_in_one_mail_are_not_clipped(now: datetime) -> None:
    message = together([Row("alert", card(), due(now, "UTC", minutes=5))] * 500, ENVELOPE)

    assert len(message.html.encode()) < 102_000


# --- what strangers type ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_hostile_breaks_a_mail_or_acts_in_it(value: str) -> None:
    lead = LeadCard(
        url=URL, kind=value, name=value, email=value, phone=value, company=value, job_title=value, website=value,
        product=value, message=value, received=value, details=((value, value),),
    )  # fmt: skip
    message = alert(lead, joins=value, reason=value)

    raw = as_mail(message, "ana@acme.example").message().as_bytes()
    links = Links(message.html)
    headers, _, _ = raw.partition(b"\n\n")
    assert headers.count(b"\nSubject:") == 1
    assert b"\nBcc:" not in headers
    assert links.addresses == [URL]
    assert links.handlers == []
    assert not {"script", "img"} & set(links.tags)
    assert "49" not in message.text.replace(URL, "")
    assert len(message.html.encode()) < 100_000
    assert len(message.subject) <= 150


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_every_other_mail_survives_it_too(value: str, now: datetime) -> None:
    lead = card(name=value, company=value, message=value, email=value)
    owned = own(owner=value, reason=value, note=(value, value), earlier=(value, value))
    kinds = (lead_mails.notice, lead_mails.last_resort, lead_mails.exhausted, lead_mails.remind, lead_mails.untold)
    made = [mail(lead, owned, ENVELOPE) for mail in kinds]
    made += [
        lead_mails.undelivered(lead, value, value, ENVELOPE, owner=value),
        lead_mails.late(lead, owned, value, ENVELOPE),
        lead_mails.taken_away(lead, value, value, ENVELOPE),
        lead_mails.offer_gone(lead, value, ENVELOPE),
        lead_mails.offer(lead, Answers(), due(now, "UTC", minutes=5), ENVELOPE, second=value, first=False),
        together([Row(kind, lead, remark=value) for kind in CHAPTERS], ENVELOPE, sender=value),
    ]

    for message in made:
        assert as_mail(message, "ana@acme.example").message().as_bytes()
        assert set(Links(message.html).addresses) <= {URL, ""}


@pytest.mark.parametrize(
    "address",
    ["Bob, evil@x.example <b@x.example>", "a@b.example, c@d.example", "a@b", "a b@c.example", "a@b.example\n",
     "<a@b.c>", "ä@b.example", '"a b"@c.example, d@e.example', "a@b.example;c@d.example", "\x0ba@b.example", ""],
)  # fmt: skip
def test_an_answer_goes_only_to_one_plain_address(address: str) -> None:
    assert bare_address(address) == ""
    assert "Reply-To" not in alert(card(email=address)).headers


def test_a_plain_address_is_kept() -> None:
    assert bare_address("mia.chen+demo@globex.example") == "mia.chen+demo@globex.example"


@pytest.mark.parametrize("value", ["javascript:alert(1)", "+49 30; rm", "tel:1", "+", "030 123", "+1" * 20])
def test_only_an_international_number_can_be_called(value: str) -> None:
    assert phone_link(value) == ""


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "data:text/html,x", "//x.example", "https://a@b.example/", "http://x y/", "ftp://x.example",
     "https://[", "https://x.example/\n", "https://u:p@x.example", "x.example", " https://x.example"],
)  # fmt: skip
def test_only_a_web_address_is_a_link(value: str) -> None:
    assert web_link(value) == ""


def test_a_web_address_is_a_link() -> None:
    assert web_link("https://globex.example/a?b=c") == "https://globex.example/a?b=c"


def test_an_address_with_parameters_is_no_link() -> None:
    assert mail_link("a?cc=b@globex.example") == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+17135550100", "+1 713-555-0100"),
        ("+4930123456", "+49 30 123456"),
        ("030 12", "030 12"),
        ("x" * 99, "x" * 39 + "…"),
    ],
)
def test_a_number_is_shown_as_people_read_it(value: str, shown: str) -> None:
    assert phone_text(value) == shown


@pytest.mark.parametrize(
    ("pool", "reason", "why"),
    [
        ("SMB", "longest without a lead", "It was your turn in SMB. Longest without a lead."),
        ("", "Ana owns Globex", "Ana owns Globex."),
        ("SMB", "", "It was your turn in SMB."),
    ],
)
def test_why_you_is_said_in_sentences(pool: str, reason: str, why: str) -> None:
    assert f"\n{why}\n" in alert(pool=pool, reason=reason).text


def test_a_line_stays_one_line_and_short() -> None:
    assert one_line("  a\r\n\tb\x0bc\u2028d\ud800e  ") == "a b c d e"
    assert len(one_line("x" * 10_000)) == 150


def test_a_paragraph_keeps_its_lines_but_no_pages_of_nothing() -> None:
    assert paragraph("a\r\nb\n\n\n\n\nc\x00") == "a\nb\n\nc"
    assert len(paragraph("x\n" * 10_000)) <= 3000


# --- deadlines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "span", "sentence"),
    [
        ("America/Los_Angeles", {"minutes": 5}, "Please answer by 08:05 (PST), in 5 minutes."),
        ("Europe/Berlin", {"minutes": 1}, "Please answer by 17:01 (CET), in 1 minute."),
        ("Asia/Kolkata", {"hours": 2, "minutes": 30}, "Please answer by tomorrow 00:00 (IST)."),
        ("Europe/Istanbul", {"hours": 1}, "Please answer by 20:00 (UTC+03), in 1 hour."),
        ("Europe/Berlin", {"hours": 17}, "Please answer by tomorrow 10:00 (CET)."),
        ("Europe/Berlin", {"days": 3}, "Please answer by Friday 17:00 (CET)."),
        ("Europe/Berlin", {"days": 30}, "Please answer by 2 April 18:00 (CEST)."),
        ("No/Where", {"seconds": 3}, "Please answer by 16:00 (UTC), in less than a minute."),
    ],
)
def test_a_deadline_is_said_in_the_zone_of_its_reader(
    zone: str, span: dict[str, float], sentence: str, now: datetime
) -> None:
    assert due(now, zone, **span).sentence == sentence


def test_a_clock_that_has_not_started_says_so(now: datetime) -> None:
    later = alert(deadline=due(now, "UTC", hours=14))

    assert "The clock starts with your next shift." in later.text
    assert "next shift" not in alert(deadline=due(now, "UTC", minutes=5)).text


def test_five_minutes_are_five_minutes_in_the_night_the_clocks_change() -> None:
    before = datetime(2026, 11, 1, 5, 58, tzinfo=UTC)  # 01:58 in New York, for the first time

    assert due(before, "America/New_York", minutes=5).sentence == "Please answer by 01:03 (EST), in 5 minutes."


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"seconds": 20}, "less than a minute"),
        ({"minutes": 61}, "1 hour 1 minute"),
        ({"hours": 2}, "2 hours"),
        ({"hours": 47}, "47 hours"),
        ({"hours": 1418, "minutes": 33}, "59 days"),
    ],
)
def test_a_span_is_said_in_words(span: dict[str, float], words: str) -> None:
    assert in_words(timedelta(**span)) == words


def test_an_instant_of_today_says_today(now: datetime) -> None:
    assert local_time(now, "Europe/Berlin", now) == "today 17:00 (CET)"
    assert local_time(now - timedelta(days=2), "Europe/Berlin", now) == "1 March 17:00 (CET)"


@pytest.mark.parametrize(
    ("value", "shown"), [(2**53 + 1, "9,007,199,254,740,993"), (12.0, "12"), (1234.5, "1,234.5"), ([True, 1], "Yes, 1")]
)
def test_numbers_are_shown_as_they_came(value: object, shown: str) -> None:
    assert plain_text(value) == shown
