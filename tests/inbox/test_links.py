"""Links in mails: a person answers with one tap, a mail scanner changes nothing whatever it tries."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from routing.inbox.human_step import MISSES_TO_SIGN_IN, NUMBERS, Step, step_of
from routing.models import Assignment, LeadEvent, Offer
from routing.services import lead_actions as acts
from routing.services.action_links import ActionLink, judge, sign, target_of
from routing.services.publish import publish
from tests.factories import make_catch_all, make_lead, make_owned_lead, make_pool
from tests.inbox.conftest import browser_of, own, token_of

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"


@pytest.fixture
def lead(ana, give):
    return give(ana)


@pytest.fixture
def address(lead, ana):
    return f"/a/{token_of(lead, ana)}"


@pytest.fixture
def phone(client):
    client.defaults["HTTP_USER_AGENT"] = PHONE
    client.defaults["REMOTE_ADDR"] = "203.0.113.77"
    return client


def step_on(client: Client, address: str) -> Step:
    """What the page asks of this browser."""
    request = client.get(address).wsgi_request
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    step = step_of(request, address.removeprefix("/a/"))
    assert step is not None
    return step


def tap(client: Client, address: str, number: int, **sent: str):
    step = step_on(client, address)
    return client.post(address, {"proof": step.proof, "do": "accept", "tap": str(number), **sent})


def tap_rightly(client: Client, address: str, **sent: str):
    return tap(client, address, step_on(client, address).answer, **sent)


def accepted(lead) -> bool:
    return Assignment.objects.filter(lead=lead, accepted_at__isnull=False).exists()


def test_one_tap_of_a_person_accepts(phone, address, lead):
    response = tap_rightly(phone, address)

    assert response.status_code == 200
    assert accepted(lead)
    assert b"mia@brightwater.example" in response.content


def test_the_event_says_by_which_way_and_browser(phone, address, lead):
    tap_rightly(phone, address)

    actor = LeadEvent.objects.get(lead=lead, kind="accepted").actor
    assert actor == "Ana Diaz, by mail link (Chrome on Android, 203.0.113.0/24)"


def test_opening_it_changes_nothing_and_tells_little(client, address, lead):
    for _ in range(5):
        page = client.get(address)
    client.head(address)
    client.get(address, headers={"Purpose": "prefetch"})

    assert not accepted(lead)
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert b"mia@" not in page.content
    assert b"4155552671" not in page.content
    assert b"<script" not in page.content


@pytest.mark.parametrize("method", ["options", "put", "patch", "delete", "trace"])
def test_no_other_method_does_anything(client, address, lead, method):
    assert getattr(client, method)(address).status_code == 405
    assert not accepted(lead)


@pytest.mark.parametrize("act", ["accept", "decline", "call", "mail"])
def test_a_form_posted_without_the_cookie_does_nothing(address, lead, act):
    scanner = Client()
    page = scanner.get(f"{address}?do={act}").content.decode()
    proof = re.search(r'name="proof" value="(\w+)"', page)[1]
    numbers = re.findall(r'name="tap" value="(\d)"', page)

    answers = [Client().post(address, {"proof": proof, "do": act, "tap": n, "reason": "spam"}) for n in numbers]

    assert {answer.status_code for answer in answers} == {403}
    assert Assignment.objects.filter(lead=lead, accepted_at=None, responded_at=None, ended_at=None).exists()


def test_the_form_as_it_stands_does_nothing(client, address, lead):
    step = step_on(client, address)

    response = client.post(address, {"proof": step.proof, "do": "accept"})

    assert response.status_code == 403
    assert not accepted(lead)


def test_pressing_every_button_in_order_accepts_nothing(client, address, lead):
    for number in NUMBERS:
        tap(client, address, number)

    assert not accepted(lead)


def test_every_button_pressed_by_a_browser_of_its_own_accepts_nothing(address, lead):
    browsers = [Client() for _ in NUMBERS]
    steps = [step_on(browser, address) for browser in browsers]

    for number, browser, step in zip(NUMBERS, browsers, steps, strict=True):
        browser.post(address, {"proof": step.proof, "do": "accept", "tap": str(number)})

    assert not accepted(lead)


def test_after_a_wrong_tap_two_digits_are_typed(client, address, lead):
    tap(client, address, NUMBERS[0])
    step = step_on(client, address)

    client.post(address, {"proof": step.proof, "do": "accept", "code": step.code})

    assert accepted(lead)


def test_who_goes_on_failing_must_sign_in(client, address, lead):
    Assignment.objects.filter(lead=lead).update(link_misses=MISSES_TO_SIGN_IN)
    step = step_on(client, address)

    response = client.post(address, {"proof": step.proof, "do": "accept", "code": step.code})

    assert b"Sign in to go on" in response.content
    assert not accepted(lead)


def test_using_it_twice_does_no_harm(phone, address, lead):
    tap_rightly(phone, address)
    again = tap_rightly(phone, address)

    assert again.status_code == 200
    assert LeadEvent.objects.filter(lead=lead, kind="accepted").count() == 1


def test_a_signed_in_rep_needs_one_button(anas, address, lead):
    step = step_on(anas, address)

    anas.post(address, {"proof": step.proof, "do": "accept"})

    assert accepted(lead)


def test_another_rep_is_refused(bob, address, lead):
    browser = browser_of(bob)

    assert browser.get(address).status_code == 403
    assert browser.post(address, {"do": "accept"}).status_code == 403
    assert not accepted(lead)


def test_an_expired_link_is_gone(client, address, now):
    with time_machine.travel(now.replace(day=now.day + 2), tick=False):
        response = client.get(address)

    assert response.status_code == 410
    assert b"too old" in response.content


def test_a_changed_link_is_not_found(client, address):
    assert client.get(address[:-3] + "abc").status_code == 404


def test_an_old_attempt_says_who_has_the_lead_now(client, address, lead, bob, now):
    Assignment.objects.filter(lead=lead).update(ended_at=now, end_reason="too_slow")
    own(lead, bob, now, attempt=2)
    type(lead).objects.filter(pk=lead.pk).update(owner=bob, attempt=2)

    response = client.get(address)

    assert response.status_code == 409
    assert b"Bob Ray has this lead now." in response.content


def test_an_erased_lead_is_gone(client, address, lead):
    Assignment.objects.filter(lead=lead).delete()
    lead.delete()

    assert client.get(address).status_code == 410


def test_a_link_for_a_lead_that_never_was_theirs_does_nothing(client, bob, lead):
    assert client.get(f"/a/{sign(ActionLink(lead.pk, bob.pk, 1))}").status_code == 409


def test_declining_asks_for_a_reason_and_passes_the_lead_on(phone, address, lead):
    tap_rightly(phone, address, do="decline")
    step = step_on(phone, address)
    phone.post(address, {"proof": step.proof, "do": "decline", "reason": "no_capacity"})

    assert Assignment.objects.get(lead=lead).decline_reason == "no_capacity"


def test_a_call_is_noted_as_the_answer(phone, address, lead):
    tap_rightly(phone, address, do="call")

    assert Assignment.objects.get(lead=lead).channel == "call"


def test_a_page_of_somebody_else_cannot_post(anas, address, lead):
    step = step_on(anas, address)

    response = anas.post(address, {"proof": step.proof, "do": "accept"}, headers={"Origin": "https://evil.example"})

    assert response.status_code == 403
    assert not accepted(lead)


@pytest.mark.parametrize("origin", ["http://[x", "x", ""])
def test_an_origin_that_is_no_address_is_somebody_else(anas, address, lead, origin):
    step = step_on(anas, address)

    response = anas.post(address, {"proof": step.proof, "do": "accept"}, headers={"Origin": origin})

    assert response.status_code == 403
    assert not accepted(lead)


def test_what_a_lead_typed_is_only_text(client, ana, give):
    lead = give(ana, first_name='"><img src=x onerror=alert(1)>', company="{{7*7}}")

    page = client.get(f"/a/{token_of(lead, ana)}").content.decode()

    assert "<img src=x" not in page
    assert "{{7*7}}" in page


def test_who_has_lost_the_lead_meanwhile_is_told(phone, address, lead, bob, now):
    step = step_on(phone, address)
    acts.reassign(lead=lead, rep=bob, reason="", counts=False, now=timezone.now(), actor="boss")

    response = phone.post(address, {"proof": step.proof, "do": "accept", "tap": str(step.answer)})

    assert response.status_code == 409
    assert b"Bob Ray has this lead now." in response.content


def test_the_answer_is_any_number_but_the_first_and_the_last():
    answers = {Step("token", f"secret {number}").answer for number in range(200)}

    assert answers == set(NUMBERS[1:-1])


def test_wrong_answers_at_the_same_instant_are_counted_one_by_one(lead, ana):
    target = target_of(ActionLink(lead.pk, ana.pk, 1))  # as each of them has read it
    seen: list[int] = []

    for _ in range(3):
        assert not judge(target, lambda misses: bool(seen.append(misses)))

    assert seen == [0, 1, 2]


def test_a_test_lead_works_alike(phone, ana, now):
    lead = make_owned_lead(now, ana, test=True)
    own(lead, ana, now)

    tap_rightly(phone, f"/a/{token_of(lead, ana)}")

    assert accepted(lead)


@pytest.mark.parametrize("note", ["\0", "x" * 5000])
def test_a_note_that_cannot_be_kept_is_refused(anas, address, lead, note):
    step = step_on(anas, address)

    response = anas.post(address, {"proof": step.proof, "do": "decline", "reason": "spam", "note": note})

    assert response.status_code == 400
    assert Assignment.objects.get(lead=lead).ended_at is None


def test_an_offer_is_taken_by_link_and_the_link_then_stands_for_the_lead(phone, ana, now):
    pool = make_pool(ana)
    make_catch_all(pool)
    publish(user=None, note="", now=now)
    lead = make_lead(now, status="held", held_reason="offered", held_since=now, hold_deadline_at=now)
    offer = Offer.objects.create(lead=lead, rep=ana, kind="claim", pool=pool, offered_at=now, until=now)
    address = f"/a/{sign(ActionLink(lead.pk, ana.pk, offer_id=offer.pk))}"

    taken = tap_rightly(phone, address, do="claim")
    step = step_on(phone, address)
    phone.post(address, {"proof": step.proof, "do": "call"})

    assert taken.status_code == 200
    assert Assignment.objects.get(lead=lead).channel == "call"


def test_an_offer_that_somebody_else_took_says_who_unless_the_pool_hides_it(client, ana, bob, now):
    lead = make_owned_lead(now, bob)
    offer = Offer.objects.create(
        lead=lead, rep=ana, kind="claim", offered_at=now, until=now, ended_at=now, result="withdrawn"
    )

    response = client.get(f"/a/{sign(ActionLink(lead.pk, ana.pk, offer_id=offer.pk))}")

    assert response.status_code == 409
    assert b"Bob Ray has this lead now." in response.content
