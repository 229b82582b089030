"""What the browser may load and run in the admin, and how a mail of strangers is shown."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from reps.admin_display import ago, initials, span
from routing.models import MailboxMessage


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
