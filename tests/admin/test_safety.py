"""What the browser may load and run in the admin, and how a mail of strangers is shown."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from reps.admin_display import ago, initials, span
from routing.models import MailboxMessage
from routing.services.access import Role
from tests.factories import make_rep


class Page(HTMLParser):
    """Scripts and handlers of a page, and the attributes of its frames."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inline, self.frames = [], []
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self._script = tag == "script" and "src" not in given and given.get("type") != "application/json"
        self.inline += [name for name in given if name.startswith("on")]
        if tag == "iframe":
            self.frames.append(given)

    def handle_data(self, data):
        if self._script and data.strip():
            self.inline.append(data)


def policy(response):
    parts = response.headers["Content-Security-Policy"].split("; ")
    return {name: set(values.split()) for name, _, values in (part.partition(" ") for part in parts)}


def test_the_admin_allows_what_its_interface_needs_and_no_inline_script(boss, company):
    rules = policy(boss.get(reverse("admin:index")))

    assert rules["script-src"] == {"'self'", "'unsafe-eval'"}
    assert rules["frame-ancestors"] == {"'none'"}


def test_everything_else_is_strict(client, db):
    rules = policy(client.get("/nothing-here/"))

    assert "'unsafe-eval'" not in rules["script-src"]
    assert "'unsafe-inline'" not in rules["style-src"]


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "routing_lead_changelist",
        "routing_rule_add",
        "routing_pool_add",
        "reps_rep_add",
        "routing_rulebookversion_publish",
    ],
)
def test_no_page_of_the_admin_has_inline_scripts(name, boss, company):
    page = Page(boss.get(reverse(f"admin:{name}")).content.decode())

    assert page.inline == []


@pytest.fixture
def mail_page(boss, now):
    html = "<p>Hello</p><script>alert(1)</script><img src='https://evil.example/pixel.gif'>"
    mail = MailboxMessage.objects.create(recipient="ana@acme.example", html=html, text="Hello", received_at=now)
    return Page(boss.get(reverse("admin:routing_mailboxmessage_change", args=[mail.pk])).content.decode())


@pytest.mark.parametrize(("role", "found"), [(Role.ADMIN, True), (Role.MANAGER, False), (Role.READ_ONLY, False)])
def test_a_link_to_choose_a_password_is_shown_to_nobody_who_may_not_change_sign_ins(sign_in, now, role, found):
    text = "Choose one: http://127.0.0.1:8000/inbox/password/MQ/cx2-token/"
    MailboxMessage.objects.create(recipient="boss@acme.example", subject="A new one", text=text, received_at=now)

    page = sign_in(role).get(reverse("admin:routing_mailboxmessage_changelist"))

    assert ("A new one" in page.content.decode()) is found


@pytest.mark.parametrize(("role", "shown"), [(Role.READ_ONLY, 0), (Role.MANAGER, 2)])
def test_links_that_act_for_a_rep_are_for_those_who_may_act(sign_in, now, role, shown):
    link = "https://leads.example/a/eyJsIjo0:1xVJTf:n4sq_EML-6?do=accept"
    html, text = f'<a class="button" href="{link}">Accept</a>', f"Accept: {link}\nOpen: https://leads.example/inbox/"
    mail = MailboxMessage.objects.create(recipient="ana@acme.example", html=html, text=text, received_at=now)

    page = sign_in(role).get(reverse("admin:routing_mailboxmessage_change", args=[mail.pk])).content.decode()

    assert page.count("1xVJTf") == shown
    assert "https://leads.example/inbox/" in page


@pytest.mark.parametrize(("role", "found"), [(Role.MANAGER, True), (Role.READ_ONLY, False)])
def test_the_address_of_a_calendar_is_read_by_nobody_who_may_not_change_the_rep(sign_in, db, role, found):
    rep = make_rep("Ana Diaz", calendar_url="https://calendar.example/before.ics")
    rep.calendar_url = "https://calendar.example/secret.ics"
    rep.save()
    version, browser = rep.history.first(), sign_in(role)

    page = browser.get(reverse("admin:reps_rep_change", args=[rep.pk]))
    history = [
        browser.get(reverse("admin:reps_rep_history", args=[rep.pk])),
        browser.get(reverse("admin:reps_rep_simple_history", args=[rep.pk, version.history_id])),
    ]

    assert ("secret.ics" in page.content.decode()) is found
    assert [answer.status_code for answer in history] == [200, 200]
    assert "secret.ics" not in history[0].content.decode()
    assert ("secret.ics" in history[1].content.decode()) is found


def test_a_mail_is_shown_in_a_frame_without_scripts(mail_page):
    (frame,) = mail_page.frames

    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert "default-src 'none'" in frame["srcdoc"]


def test_a_mail_is_no_part_of_the_page(mail_page):
    assert mail_page.inline == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0.4 s"), (42, "42 s"), (300, "5 min"), (12_000, "3 h 20 min"), (100_000, "27 h"), (345_600, "4 days")],
)
def test_a_span_is_said_in_the_unit_that_says_enough(seconds, text):
    assert span(seconds).replace("\u00a0", " ") == text


def test_an_instant_is_said_from_the_viewers_moment(now):
    assert ago(now, now) == "just now"


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Diaz", "AD"), ("Cher", "C"), ("Ana María de la Cruz", "AC"), ("", "")]
)
def test_initials_are_of_the_first_and_the_last_name(name, letters):
    assert initials(name) == letters
