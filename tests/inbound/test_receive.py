"""POST /in/KEY: what another program sends becomes a lead, once; what cannot be one is kept for people."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from leadrouting.logs import without_tokens
from routing.intake.bodies import item_body
from routing.models import Consent, InboundAddress, Lead, LeadEvent, Submission
from routing.services.inbound import addresses
from routing.services.inbound.addresses import new_key, path_of
from routing.services.inbound.receive import take_in
from routing.services.inbound.trying import would_make
from routing.services.privacy import suppress
from tests.chaos.at_once import at_once
from tests.inbound.conftest import MIA, new_address

pytestmark = pytest.mark.django_db
KIM = {"contact": {"email": "kim@globex.com"}}


def test_a_body_becomes_a_lead(send, address):
    answer = send(MIA | {"size": "11-50"})

    lead = Lead.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"id": str(lead.uuid), "status": "pending"})
    assert (lead.email, lead.first_name, lead.employees, lead.source, lead.kind) == (
        "mia@globex.com", "Mia", 50, "ads", "demo",
    )  # fmt: skip


def test_what_came_is_kept_as_it_came(send):
    send('{"contact": {"email": "mia@globex.com"},  "x": 1}')

    kept = Submission.objects.get()
    assert (kept.raw, kept.status) == ('{"contact": {"email": "mia@globex.com"},  "x": 1}', "accepted")
    assert kept.lead == Lead.objects.get()


@pytest.mark.parametrize(
    "wrong",
    [{"agreed": "\ud83d"}, {"contact": {"email": "\ud83d\0", "phone": "\ud83d"}}, {"id": {"\ud83d": ["\ud83d"]}},
     {"more": {"\ud83d": {"\0": "\ud83d" * 9_999}}}, {"contact": {"email": "mia@globex.com", "phone": "\ud83d"}}],
    ids=str,
)  # fmt: skip
def test_what_no_database_keeps_costs_no_answer(send, address, wrong):
    answer = send(MIA | wrong)

    said = json.dumps([answer.json(), Submission.objects.get().errors], ensure_ascii=False)
    assert answer.status_code in (202, 422)
    assert said.isprintable()
    assert would_make(address, item_body(MIA | wrong)).left_out == (
        answer.json().get("left_out", {}) if answer.status_code == 202 else {}
    )


def test_fields_of_a_form_are_taken_too(db):
    door = new_address(mapping={"email": "email", "attributes.interests": "interests"})
    body = "email=mia%40globex.com&interests=a&interests=b"

    Client().post(path_of(door.key), body, content_type="application/x-www-form-urlencoded")

    assert Lead.objects.get().attributes == {"interests": ["a", "b"]}
    assert json.loads(Submission.objects.get().raw)[0] == ["email", "mia@globex.com"]


def test_texts_of_a_multipart_body_are_taken_too(db):
    door = new_address(mapping={"email": "email"})

    answer = Client().post(path_of(door.key), {"email": "mia@globex.com"})

    assert (answer.status_code, Lead.objects.get().email) == (202, "mia@globex.com")


def test_a_list_is_several_submissions(send):
    answer = send([MIA, {"contact": {}}, "x"])

    results = answer.json()["results"]
    assert (answer.status_code, Lead.objects.count(), Submission.objects.count()) == (202, 1, 3)
    assert ["id" in results[0], "email" in results[1]["errors"], "body" in results[2]["errors"]] == [True] * 3


def test_too_long_a_list_is_refused_whole(send):
    assert send([MIA] * 101).status_code == 413
    assert Submission.objects.count() == 0


@pytest.mark.parametrize("key", ["in_" + "x" * 43, "nothing", "x" * 150])
def test_an_unknown_key_leads_nowhere(send, key):
    assert send(MIA, key=key).status_code == 404


def test_an_address_that_is_switched_off_is_answered_like_one_that_never_was(send, address):
    unknown = send(MIA, key="in_" + "x" * 43)
    InboundAddress.objects.update(active=False)

    off = send(MIA)

    assert (off.status_code, off.content) == (unknown.status_code, unknown.content)


def test_a_new_key_ends_the_former_one(send, address):
    fresh = new_key(address=address).key

    assert (send(MIA).status_code, send(MIA, key=fresh).status_code) == (404, 202)


def test_no_key_is_written_anywhere(send, door, caplog):
    send(MIA)
    send("not json")
    InboundAddress.objects.update(active=False)
    send(MIA)

    assert door.key not in caplog.text
    assert door.key not in json.dumps(
        list(InboundAddress.objects.values()) + list(Submission.objects.values()), default=str
    )


def test_an_address_in_the_log_of_an_error_is_cut():
    event = without_tokens(None, "", {"event": "Internal Server Error: /in/in_0123456789abcdefghij"})

    assert event["event"] == "Internal Server Error: /in/…"


def test_more_than_the_limit_wait_for_the_next_minute(send, address):
    InboundAddress.objects.update(minute_limit=0)

    answer = send(MIA)

    assert (answer.status_code, 1 <= int(answer["Retry-After"]) <= 60) == (429, True)
    assert Submission.objects.count() == 0


# --- the same again -----------------------------------------------------------------------------------------------


def test_the_same_body_again_is_the_same_lead(send):
    first, second = send(MIA), send(MIA)

    assert first.json() == second.json()
    assert (second["Idempotent-Replayed"], Submission.objects.get().attempts) == ("true", 2)


@pytest.mark.parametrize(("start", "seconds", "leads"), [(0, 599, 1), (0, 661, 2), (599, 2, 1)])
def test_within_ten_minutes_the_same_body_is_the_same_lead(address, now, start, seconds, leads):
    first = now.replace(minute=0, second=0) + timedelta(seconds=start)
    for instant in (first, first + timedelta(seconds=seconds)):
        take_in(address=address, body=item_body(MIA), now=instant)

    assert Lead.objects.count() == leads


def test_the_senders_key_says_what_is_the_same(send):
    send(MIA, Idempotency_Key="a")
    send(MIA, Idempotency_Key="b")
    send(MIA, Idempotency_Key="a")

    assert Lead.objects.count() == 2


def test_the_same_key_with_another_body_is_refused(send):
    first = send(MIA, Idempotency_Key="a")

    other = send({"contact": {"email": "kim@globex.com"}}, Idempotency_Key="a")

    assert (other.status_code, other["Content-Type"]) == (422, "application/problem+json")
    assert other.json()["detail"].startswith("This Idempotency-Key was used before, with another body.")
    assert (Lead.objects.count(), Submission.objects.count()) == (1, 1)
    assert send(MIA, Idempotency_Key="a").json() == first.json()


def test_the_same_facts_written_otherwise_are_no_other_body(send):
    first = send('{"contact": {"email": "mia@globex.com"}, "size": 5}', Idempotency_Key="a")

    again = send('{"size":5,"contact":{"email":"mia@globex.com"}}', Idempotency_Key="a")

    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")


def test_what_no_row_names_is_an_attribute_of_the_lead(send):
    answer = send(MIA | {"Plan": "team", "notes": {"fax": 7}})

    assert (answer.status_code, Lead.objects.get().attributes) == (202, {"Plan": "team", "notes.fax": 7})


def test_a_refused_body_does_not_use_up_its_key(send):
    send({"contact": {"email": "nonsense"}}, Idempotency_Key="a")

    assert send(MIA, Idempotency_Key="a").status_code == 202


def test_of_a_list_each_has_its_key(send):
    send([MIA, MIA], Idempotency_Key="a")

    answer = send([MIA, {"contact": {"email": "kim@globex.com"}}], Idempotency_Key="a")

    results = answer.json()["results"]
    assert ("id" in results[0], list(results[1]["errors"])) == (True, ["Idempotency-Key"])
    assert Lead.objects.count() == 2


@pytest.mark.parametrize("bodies", [(KIM, [MIA, MIA]), ([MIA, MIA], KIM)])
@pytest.mark.parametrize("single", ["a:0", "a: 0", "a 0", "0:a"])
def test_no_key_of_one_is_that_of_one_in_a_list(send, bodies, single):
    answers = [send(body, Idempotency_Key="a" if isinstance(body, list) else single) for body in bodies]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert Lead.objects.count() == 3
    assert not any("Idempotent-Replayed" in answer for answer in answers)


def test_one_object_is_not_a_list_of_one(send):
    send(MIA, Idempotency_Key="a")
    send([MIA], Idempotency_Key="a")

    assert Lead.objects.count() == 2


def test_a_replay_is_answered_like_the_first_whatever_became_of_the_lead(send):
    first = send(MIA | {"size": "lots"}, Idempotency_Key="a")
    Lead.objects.update(status="quarantined")

    again = send(MIA | {"size": "lots"}, Idempotency_Key="a")

    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")


@pytest.mark.django_db(transaction=True)
def test_of_two_bodies_with_one_key_at_the_same_moment_one_is_a_lead(send):
    bodies = [{"contact": {"email": f"mia{number}@globex.com"}} for number in range(4)]

    answers = at_once(*[lambda body=body: send(body, Idempotency_Key="a") for body in bodies])

    assert sorted(answer.status_code for answer in answers) == [202, 422, 422, 422]
    assert Lead.objects.count() == 1


def test_what_comes_with_a_known_id_changes_the_lead(send):
    send(MIA | {"id": "7"})
    send(MIA | {"id": "7", "size": 90})

    assert Lead.objects.get().employees == 90
    assert Submission.objects.filter(lead=Lead.objects.get()).count() == 2


@pytest.mark.parametrize(
    ("sizes", "minutes", "size", "kept"),
    [
        ([10, 90, 10], 11, 10, 3),
        ([10, 90, 10, 90, 10, 10], 11, 10, 5),
        ([10, 90, 10], 4, 90, 2),  # nobody knows whether it is news: it may be the first try, which came late
        ([90, 10, 10], 11, 10, 2),
        ([10, 10, 10], 11, 10, 1),
    ],
)
def test_what_was_so_before_may_be_news_again(address, now, sizes, minutes, size, kept):
    for number, employees in enumerate(sizes):
        body = item_body(MIA | {"id": "7", "size": employees})
        take_in(address=address, body=body, now=now + number * timedelta(minutes=minutes))

    assert Lead.objects.get().employees == size
    assert Submission.objects.count() == kept


@pytest.mark.django_db(transaction=True)
def test_twins_at_the_same_moment_are_one_lead(send):
    answers = at_once(*[lambda: send(MIA)] * 6)

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == Lead.objects.count() == 1
    assert Submission.objects.get().attempts == 6


# --- what is wrong ------------------------------------------------------------------------------------------------


def test_what_cannot_be_a_lead_waits_for_somebody_to_look(send):
    answer = send({"contact": {"email": "mia(at)globex"}})

    kept = Submission.objects.get()
    assert (answer.status_code, answer["Content-Type"], kept.status) == (422, "application/problem+json", "invalid")
    assert "Found: “mia(at)globex” at contact.email." in answer.json()["errors"]["email"][0]
    assert kept.errors == answer.json()["errors"]


def test_a_field_that_cannot_be_read_does_not_cost_the_lead(send):
    answer = send(MIA | {"size": "lots", "agreed": "perhaps"})

    assert (answer.status_code, list(answer.json()["left_out"])) == (202, ["employees", "consent"])
    assert "“lots” at size" in LeadEvent.objects.get().text


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ('{"a": 1, "a": 2}', 400), ("3", 400), (b"\xff", 400), ("[" * 50 + "]" * 50, 400)],
)
def test_what_cannot_be_read_is_kept_too(send, body, status):
    assert send(body).status_code == status
    assert Submission.objects.get().status == "invalid"


def test_other_media_types_are_refused(send):
    assert send("<lead/>", content_type="text/xml").status_code == 415
    assert send("{}", content_type="application/json; charset=utf-7").status_code == 415
    assert send(MIA, Content_Encoding="gzip").status_code == 415


def test_a_body_of_more_than_a_megabyte_is_refused(send):
    assert send(b'"' + b"x" * 1024 * 1024).status_code == 413


def test_when_the_database_is_away_the_sender_is_to_come_again(send, monkeypatch):
    def away(*args):
        raise OperationalError

    monkeypatch.setattr(addresses, "digest_of", away)

    answer = send(MIA)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_other_methods_are_refused(door):
    assert Client().put(path_of(door.key), "{}").status_code == 405


# --- people, signatures, Facebook ---------------------------------------------------------------------------------


def test_somebody_who_was_erased_waits_for_review(send, now):
    suppress(["mia@globex.com"], now=now)
    send(MIA)

    assert Lead.objects.get().screen_reason == "asked to be erased"


def test_consent_is_kept_with_where_it_came_from(send):
    send(MIA | {"agreed": "Ja"})

    assert Consent.objects.values_list("given", "origin").get() == (True, "Landing pages")


@pytest.mark.parametrize("kind", ["hex", "base64"])
def test_only_signed_bodies_are_taken_where_they_must_be(kind):
    door = new_address(signature=kind, signature_header="X-Signature", signature_secret="s3cret")
    raw = json.dumps(MIA)
    digest = hmac.new(b"s3cret", raw.encode(), hashlib.sha256).digest()
    signature = "sha256=" + (digest.hex() if kind == "hex" else base64.b64encode(digest).decode())

    answers = [
        Client().post(path_of(door.key), raw, content_type="application/json", headers=headers).status_code
        for headers in ({}, {"X-Signature": "sha256=00"}, {"X-Signature": "é"}, {"X-Signature": signature})
    ]

    assert answers == [401, 401, 401, 202]


def test_facebook_verifies_an_address_with_its_key(door):
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": door.key}

    answer = Client().get(path_of(door.key), asked)

    assert (answer.content, answer["Content-Type"]) == (b"1158201444", "text/plain")
    assert Client().get(path_of(door.key), asked | {"hub.verify_token": "x"}).status_code == 403
    assert Client().get(path_of(door.key), asked | {"hub.challenge": "<script>"}).status_code == 405
