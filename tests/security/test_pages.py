"""A payload in every text of the installation: no page, mail, file or message makes more of it than text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from apprise.plugins.slack import NotifySlack
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver

from reps.models import Rep
from routing.models import Assignment, Lead, Offer, OutboxMessage, Scope
from routing.notifications import chat
from routing.notifications.briefs import load_briefs
from routing.notifications.email import as_mail
from routing.services.action_links import ActionLink, sign
from routing.services.alert_mails import COMPOSERS, load_clocks
from routing.services.api_keys import create_api_key
from tests.admin.conftest import without_menu as pages_without_menu
from tests.conftest import NOW
from tests.receiver import receiver
from tests.routing.test_chat import SLACK
from tests.security.page import HostilePage, addresses, admin_addresses
from tests.security.payloads import CANARY, EVALUATED, PAYLOADS, SCRIPTS
from tests.security.public_doors import FORM_PATH

admin.autodiscover()

pytestmark = pytest.mark.one_database("what a page makes of a text is the same whatever keeps it")


@pytest.fixture(autouse=True)
def _frozen(planted: object, db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def hostile_parts(answer: Any) -> list[str]:
    """What of a page acts; of what is no page nothing is taken for one."""
    if not answer.get("Content-Type", "").startswith("text/html"):
        return []
    return HostilePage(answer.content.decode()).found


@pytest.fixture
def without_menu() -> Iterator[None]:
    with pages_without_menu():
        yield


def test_the_menu_beside_every_page_of_the_admin_runs_no_payload(boss: Client) -> None:
    answer = boss.get("/admin/")

    assert answer.context["sidebar_navigation"]
    assert hostile_parts(answer) == []


@pytest.mark.usefixtures("without_menu")
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.further)], ids=["each third", "each"])
def test_no_page_of_the_admin_runs_a_payload(boss: Client, every: int) -> None:
    hostile, opened, seen = {}, 0, 0
    for address in admin_addresses()[::every]:
        answer = boss.get(address)
        assert answer.status_code in (200, 302, 403, 404, 405), (address, answer.status_code)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            page = HostilePage(answer.content.decode())
            opened, seen = opened + 1, seen + (page.seen > 0)
            if page.found:
                hostile[address] = page.found

    assert hostile == {}
    assert opened > 100 / every
    assert seen > 60 / every


@pytest.mark.parametrize("script", [script for script in SCRIPTS if "<" in script and "＜" not in script])
def test_a_payload_that_is_not_escaped_would_be_seen(script: str) -> None:
    assert HostilePage(f'<p title="{script}">{script}</p>').found


@pytest.mark.usefixtures("without_menu")
def test_forms_that_are_shown_again_say_what_was_typed_as_text(boss: Client) -> None:
    forms = [address for address in admin_addresses() if address.endswith("/add/")]
    for address in forms:
        page = boss.get(address)
        names = set(re.findall(r'name="([^"]+)"', page.content.decode())) if page.status_code == 200 else set()
        sent = dict.fromkeys(names - {"csrfmiddlewaretoken"}, SCRIPTS[1])
        assert hostile_parts(boss.post(address, sent)) == [], address


@pytest.mark.usefixtures("without_menu")
def test_what_is_searched_and_filtered_for_is_shown_as_text(boss: Client) -> None:
    lists = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    for address, script in zip(lists, cycle(SCRIPTS), strict=False):
        assert hostile_parts(boss.get(address, {"q": script}, follow=True)) == [], address
    for script in SCRIPTS:
        assert hostile_parts(boss.post("/admin/search/", {"s": script[:100]})) == []
        assert hostile_parts(boss.post("/admin/search/", {"s": script[:100], "part": "1"})) == []


@pytest.fixture
def rep(planted: dict[str, Model]) -> Client:
    rep = Lead.objects.filter(owner__isnull=False).latest("pk").owner
    assert rep is not None
    rep.user = User.objects.create_user("owner", first_name=SCRIPTS[0][:100])
    rep.save()
    client = Client()
    client.force_login(rep.user)
    return client


def test_no_page_of_the_inbox_runs_a_payload(rep: Client) -> None:
    lead = Lead.objects.filter(owner__isnull=False).latest("pk")
    routes = [f"/{route}".replace("<uuid:uuid>", str(lead.uuid)) for route, _ in addresses(get_resolver())]
    pages = [route for route in routes if route.startswith("/inbox/") and "<" not in route and "logout" not in route]
    seen = 0
    for address in pages:
        answer = rep.get(address)
        assert hostile_parts(answer) == [], address
        seen += CANARY.encode() in answer.content
    assert seen > 5


@pytest.mark.parametrize("browser", ["anonymous", "rep"])
def test_no_page_behind_a_link_in_a_mail_runs_a_payload(rep: Client, browser: str) -> None:
    lead = Lead.objects.filter(owner__isnull=False).latest("pk")
    assert lead.owner_id is not None
    client = rep if browser == "rep" else Client()
    for act in ("accept", "decline", "call", "mail"):
        address = f"/a/{sign(ActionLink(lead.pk, lead.owner_id, lead.attempt))}?do={act}"
        assert hostile_parts(client.get(address)) == []
        assert hostile_parts(client.post(address, {"do": act, "note": SCRIPTS[0], "reason": SCRIPTS[1]})) == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_form_makes_more_of_a_payload_than_text(client: Client, script: str) -> None:
    fields = ("first_name", "email", "company", "message", "consent", "lr_page", "lr_key", "lr_language", script)
    prefilled = "?" + "&".join(f"{quote(name)}={quote(script)}" for name in (*fields, "page", "lang", "utm_source"))
    answers = [
        client.get(FORM_PATH),
        client.get(FORM_PATH + prefilled, headers={"Referer": f"https://evil.example/{quote(script)}"}),
        client.post(FORM_PATH, dict.fromkeys(fields, script)),
        client.post(FORM_PATH, {"email": "mia@globex.com", "first_name": script, "message": script}, follow=True),
    ]
    embedded = client.get(f"{FORM_PATH}{prefilled}&embed=1", headers={"Accept": "application/json"}).json()

    assert [hostile_parts(answer) for answer in answers] == [[]] * 4
    assert HostilePage(f"<style>{embedded['css']}</style>{embedded['html']}").found == []
    assert CANARY not in client.get(f"{FORM_PATH}embed.js?x={quote(script)}").content.decode()


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_error_page_repeats_an_address_as_code(client: Client, script: str) -> None:
    for path in ("/", "/admin/", "/inbox/", "/a/", "/f/", "/in/", "/api/v1/", "/api/v1/leads/"):
        for answer in (client.get(path + quote(script)), client.get(path, {"next": script, script: script})):
            assert answer.status_code < 500
            assert hostile_parts(answer) == []


def test_answers_of_the_api_are_never_taken_for_pages(planted: dict[str, Model]) -> None:
    secret = create_api_key(name="all", scopes=Scope.values).secret
    api = Client(headers={"Authorization": f"Bearer {secret}", "Accept": "text/html"})
    lead = Lead.objects.filter(owner__isnull=False).latest("pk")
    for path in ("leads", f"leads/{lead.uuid}", f"leads/{lead.uuid}/decisions", f"leads/{lead.uuid}/timeline", "rules"):
        answer = api.get(f"/api/v1/{path}")
        assert CANARY in answer.content.decode()
        assert answer["Content-Type"] == "application/json"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_page_to_try_the_api_holds_nothing_that_was_typed(client: Client) -> None:
    assert CANARY not in client.get("/api/v1/docs/").content.decode()


# --- messages --------------------------------------------------------------------------------------------------------


def messages_of_every_kind(payload: str) -> list[OutboxMessage]:
    """One each about the lead, whose texts are all this payload."""
    lead = Lead.objects.filter(owner__isnull=False).latest("pk")
    own = Assignment.objects.filter(lead=lead).latest("pk")
    texts = ("first_name", "last_name", "company", "job_title", "message", "product_interest", "city", "source")
    Lead.objects.filter(pk=lead.pk).update(**dict.fromkeys(texts, payload[:100]))
    Rep.objects.filter(pk=lead.owner_id).update(name=payload)
    Assignment.objects.filter(pk=own.pk).update(note=payload)
    offer, _ = Offer.objects.get_or_create(lead=lead, rep_id=lead.owner_id, kind="claim", offered_at=NOW, until=NOW)
    payload_of = {"why": payload, "from": lead.owner_id, "user": User.objects.earliest("pk").pk, "incident": None}
    return [
        OutboxMessage(kind=kind, key=kind, lead=lead, assignment=own, rep_id=lead.owner_id, offer=offer, created_at=NOW,
                      payload=payload_of, available_at=NOW)
        for kind in COMPOSERS if kind not in LEADLESS
    ]  # fmt: skip


LEADLESS = {"manager_digest", "problem", "invitation", "password_reset", "test_alert", "import_undone"}
"""They tell of no lead; what they hold is looked at by tests of their own."""


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_message_makes_more_of_a_payload_than_text(planted: dict[str, Model], payload: str) -> None:
    briefs = load_briefs(messages_of_every_kind(payload))
    clocks = load_clocks(briefs, now=NOW)
    for brief in briefs:
        message = COMPOSERS[OutboxMessage.Kind(brief.message.kind)]([brief], clocks, NOW)
        headers = as_mail(message, "ana@acme.example").message().as_bytes().partition(b"\n\n")[0]
        assert HostilePage(message.html).found == [], brief.message.kind
        assert EVALUATED not in message.text + message.subject
        assert not re.search(rb"(?mi)^(bcc|cc|x-)", headers.replace(b"\nX-", b"\nx_")), brief.message.kind
        assert headers.lower().count(b"\nsubject:") + headers.lower().startswith(b"subject:") == 1


def test_no_chat_makes_more_of_a_payload_than_text(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as slack:
        settings.OUTGOING_ALLOWED = [slack.host]
        monkeypatch.setattr(NotifySlack, "webhook_url", f"{slack.url}/services")
        for payload in PAYLOADS:
            chat.send("slack", SLACK, chat.short_text("slack", payload, deadline="", url="https://leads.example/"))
        bodies = [call.body.decode() for call in slack.calls]

    texts = [json.dumps(json.loads(body), ensure_ascii=False) for body in bodies]
    assert len(texts) == len(PAYLOADS)
    assert [text for text in texts if MENTION_OR_LINK.search(text)] == []


MENTION_OR_LINK = re.compile(r"<[!@#a-z]|(?<!\w)@(everyone|channel|here)|https?://evil|\]\(https?://")
