"""What is done with a lead over the API: who may, what it answers, and what it refuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from reps.models import Rep
from routing.models import (
    Assignment,
    Decision,
    Identity,
    Lead,
    LeadEvent,
    Offer,
    Pool,
    PoolMember,
    Posting,
    Rule,
    Signal,
)
from routing.services.api_keys import create_api_key
from routing.services.identities import set_identities
from routing.services.lead_actions import NotTheirs
from routing.services.lead_actions.ownership import lock_owned
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.snapshots.traces import pack_json
from tests.api.conftest import API, client_with, patch, post
from tests.factories import make_account, make_catch_all, make_lead, make_owned_lead, make_pool, make_rep, make_settings


@pytest.fixture
def ana(db: None) -> Rep:
    make_settings()
    ana = make_rep("Ana", email="ana@acme.example")
    make_catch_all(make_pool(ana, name="SMB"))
    return ana


@pytest.fixture
def lead(ana: Rep, now: datetime) -> Lead:
    lead = make_owned_lead(now, ana)
    Assignment.objects.create(lead=lead, rep=ana, attempt=1, method="round_robin", assigned_at=now)
    return lead


@pytest.fixture
def anas(ana: Rep) -> Client:
    """A client whose key is Ana's."""
    return client_with(create_api_key(name="ana", scopes=["leads:read", "leads:write"], rep=ana).secret)


def act(client: Client, lead: Lead, name: str, **body: Any) -> Any:
    return post(client, f"{API}/leads/{lead.uuid}/{name}", **body)


DONE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("accept", {}, {"status": "assigned"}),
    ("respond", {"channel": "call", "note": "Nice."}, {"status": "assigned"}),
    ("decline", {"reason": "spam"}, {"status": "quarantined", "owner": None}),
    ("decline", {"reason": "no_capacity"}, {"status": "pending", "owner": None}),
    ("release", {"reason": "wrong one"}, {"status": "pending"}),
    ("route", {}, {"status": "pending"}),
    ("spam", {"reason": "bot"}, {"status": "quarantined", "screen_reason": "bot"}),
    ("park", {"reason": "next year", "review_date": "2030-01-01"}, {"status": "parked", "review_date": "2030-01-01"}),
    ("outcome", {"stage": "won", "amount": 1200.5}, {"status": "closed", "outcome": "won", "amount": 1200.5}),
]


@pytest.mark.parametrize(("name", "body", "shown"), DONE)
def test_an_action_answers_with_the_lead_as_it_is_then(
    api: Client, lead: Lead, name: str, body: dict[str, Any], shown: dict[str, Any]
) -> None:
    answer = act(api, lead, name, **body)

    assert answer.status_code == 200, answer.content
    assert answer.json().items() >= shown.items()
    assert answer.json() == api.get(f"{API}/leads/{lead.uuid}").json()


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("accept", {"rep": "nobody@acme.example"}, 400),
    ("accept", {"shoes": 1}, 400),
    ("accept", {"attempt": 7}, 409),
    ("decline", {}, 400),
    ("decline", {"reason": "bored"}, 400),
    ("restore", {}, 409),
    ("park", {"review_date": "2020-01-01"}, 400),
    ("outcome", {"stage": "rumoured"}, 400),
    ("outcome", {"stage": "won", "amount": -1}, 400),
    ("reassign", {}, 400),
    ("duplicate", {"of": "no id"}, 400),
    ("match", {"account": "Nowhere"}, 400),
]


@pytest.mark.parametrize(("name", "body", "status"), REFUSED)
def test_what_cannot_be_done_changes_nothing(
    api: Client, lead: Lead, name: str, body: dict[str, Any], status: int
) -> None:
    before = api.get(f"{API}/leads/{lead.uuid}").json()

    answer = act(api, lead, name, **body)

    assert answer.status_code == status, answer.content
    assert api.get(f"{API}/leads/{lead.uuid}").json() == before


def test_whoever_comes_too_late_is_told_who_has_it(api: Client, lead: Lead) -> None:
    answer = act(api, lead, "accept", rep=make_rep("Bob").email)

    assert (answer.status_code, answer.json()["owner"]) == (409, {"email": "ana@acme.example", "name": "Ana"})


def test_a_lead_is_given_to_somebody(api: Client, lead: Lead) -> None:
    bob = make_rep("Bob")

    assert act(api, lead, "reassign", rep=bob.email).json()["owner"] == {"email": bob.email, "name": "Bob"}


@pytest.mark.parametrize(("sent", "turns"), [({}, 1), ({"counts": True}, 1), ({"counts": False}, 0)])
def test_a_lead_given_by_hand_counts_as_a_turn_unless_told_otherwise(
    api: Client, lead: Lead, now: datetime, sent: dict[str, Any], turns: int
) -> None:
    bob, pool = make_rep("Bob"), Pool.objects.get()
    PoolMember.objects.create(pool=pool, rep=bob)
    publish(note="", user=None, now=now)
    Assignment.objects.update(pool=pool)

    assert act(api, lead, "reassign", rep=bob.email, **sent).status_code == 200
    assert Posting.objects.count() == turns


def test_a_duplicate_is_joined_and_restored(api: Client, lead: Lead, now: datetime) -> None:
    twin = make_lead(now)

    joined = act(api, twin, "duplicate", of=str(lead.uuid)).json()

    assert (joined["status"], joined["duplicate_of"]) == ("duplicate", str(lead.uuid))
    assert act(api, twin, "restore").json()["status"] == "pending"


def test_a_lead_is_matched_to_an_account(api: Client, lead: Lead) -> None:
    make_account("Globex")

    assert act(api, lead, "match", account="Globex").json()["account"] == "Globex"


# --- the key of a rep --------------------------------------------------------------------------------------------


def test_a_reps_key_acts_for_the_rep_and_the_timeline_names_them(anas: Client, lead: Lead) -> None:
    assert act(anas, lead, "accept").status_code == 200
    assert LeadEvent.objects.get(kind="accepted").actor == "Ana"


def test_a_reps_key_acts_for_nobody_else(anas: Client, lead: Lead) -> None:
    assert act(anas, lead, "accept", rep=make_rep("Bob").email).status_code == 403


@pytest.mark.parametrize("name", ["accept", "claim", "spam"])
def test_there_is_nothing_to_do_with_a_lead_that_is_unknown(api: Client, lead: Lead, name: str) -> None:
    lead.uuid = uuid4()

    assert act(api, lead, name, rep="ana@acme.example").status_code == 404


def test_what_never_was_theirs_is_not_there_for_a_reps_key(anas: Client, lead: Lead, now: datetime) -> None:
    other = make_owned_lead(now, make_rep("Bob"))

    assert act(anas, other, "accept").status_code == 404
    assert [anas.get(f"{API}/leads/{other.uuid}{path}").status_code for path in ("", "/decisions", "/timeline")] == [
        404,
        404,
        404,
    ]
    assert [row["id"] for row in anas.get(f"{API}/leads").json()["results"]] == [str(lead.uuid)]


def test_an_offer_is_seen_and_not_offered_is_forbidden(anas: Client, api: Client, ana: Rep, now: datetime) -> None:
    offered = make_lead(
        now, status="held", held_reason="offered", held_since=now, hold_deadline_at=now + timedelta(days=9)
    )
    pool = make_pool(ana)
    Offer.objects.create(lead=offered, rep=ana, kind="claim", pool=pool, offered_at=now, until=now + timedelta(days=9))

    shown = anas.get(f"{API}/leads/{offered.uuid}").json()

    assert [(offer["rep"], offer["pool"]) for offer in shown["offers"]] == [(ana.email, pool.name)]
    assert act(api, offered, "claim", rep=make_rep("Bob").email).status_code == 403


REFUSED_TO_OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("accept", {}),
    ("decline", {"reason": "other"}),
    ("respond", {}),
    ("reassign", {"rep": "ana@acme.example"}),
    ("release", {}),
    ("route", {}),
    ("spam", {}),
    ("park", {"review_date": "2030-01-01"}),
    ("outcome", {"stage": "won"}),
    ("", {"company": "Globex"}),
]


@pytest.mark.parametrize(("name", "body"), REFUSED_TO_OTHERS)
def test_a_reps_key_changes_no_lead_that_somebody_else_has_now(
    anas: Client, api: Client, lead: Lead, name: str, body: dict[str, Any]
) -> None:
    bob = act(api, lead, "reassign", rep=make_rep("Bob").email).json()["owner"]

    answer = act(anas, lead, name, **body) if name else patch(anas, f"{API}/leads/{lead.uuid}", **body)

    assert (answer.status_code, answer.json()["owner"]) == (409, bob)
    assert Lead.objects.get(pk=lead.pk).status == Lead.Status.ASSIGNED


def test_a_reps_key_erases_no_lead_that_somebody_else_has_now(anas: Client, api: Client, lead: Lead) -> None:
    act(api, lead, "reassign", rep=make_rep("Bob").email)

    assert anas.delete(f"{API}/leads/{lead.uuid}").status_code == 409
    assert Lead.objects.filter(pk=lead.pk).exists()


@pytest.fixture
def bobs(now: datetime) -> Lead:
    return make_owned_lead(now, make_rep("Bob"), external_id="crm-1", company="Globex")


def test_a_reps_key_brings_no_news_about_a_lead_that_never_was_theirs(anas: Client, bobs: Lead) -> None:
    answer = post(anas, f"{API}/leads", external_id="crm-1", email=bobs.email, company="Mine")

    assert (answer.status_code, answer.json()["errors"]) == (400, {"external_id": ["Another lead has it."]})
    assert Lead.objects.get().company == "Globex"


def test_a_reps_key_brings_news_about_their_own_lead_until_it_moves_on(anas: Client, lead: Lead, now: datetime) -> None:
    Lead.objects.update(external_id="crm-2")
    sent = [post(anas, f"{API}/leads", external_id="crm-2", email=lead.email, company="Initech")]
    Lead.objects.update(owner=make_rep("Bob"))
    sent.append(post(anas, f"{API}/leads", external_id="crm-2", email=lead.email, company="Hooli"))

    assert [answer.status_code for answer in sent] == [202, 409]
    assert (Lead.objects.get().company, sent[1].json()["owner"]["name"]) == ("Initech", "Bob")


def test_a_reps_key_sends_no_signal_about_a_lead_that_is_not_theirs(ana: Rep, lead: Lead, bobs: Lead) -> None:
    client = client_with(create_api_key(name="ana", scopes=["signals:write"], rep=ana).secret)
    about = [post(client, f"{API}/signals", lead=str(one.uuid), kind="visit").status_code for one in (lead, bobs)]
    Lead.objects.update(owner=bobs.owner)
    moved_on = post(client, f"{API}/signals", lead=str(lead.uuid), kind="hiring")

    assert (about, moved_on.status_code, moved_on.json()["owner"]["name"]) == ([202, 400], 409, "Bob")
    assert Signal.objects.count() == 1


def test_a_lead_reassigned_since_it_was_looked_up_is_not_changed(anas: Client, lead: Lead, ana: Rep) -> None:
    seen = Lead.objects.get(pk=lead.pk)
    Lead.objects.update(owner=make_rep("Bob"))

    with pytest.raises(NotTheirs) as refused, transaction.atomic():
        lock_owned(seen, rep_id=ana.pk)

    assert refused.value.owner == Rep.objects.get(name="Bob")


def test_a_reps_key_joins_their_own_lead_to_another_of_theirs(anas: Client, lead: Lead, now: datetime) -> None:
    original = make_owned_lead(now, lead.owner)
    Assignment.objects.create(lead=original, rep=lead.owner, attempt=1, method="round_robin", assigned_at=now)

    assert act(anas, lead, "duplicate", of=str(original.uuid)).json()["status"] == "duplicate"


def test_a_rep_gives_their_own_lead_to_somebody(anas: Client, lead: Lead) -> None:
    assert act(anas, lead, "reassign", rep=make_rep("Bob").email, reason="wants a person").status_code == 200


def test_a_former_owner_is_not_told_what_spoke_against_the_next(
    anas: Client, api: Client, lead: Lead, now: datetime
) -> None:
    bob = make_rep("Bob", paused=True, paused_reason="training")
    publish(note="", user=None, now=now)
    act(api, lead, "reassign", rep=bob.email, reason="knows them")

    for path in ("timeline", "decisions"):
        everybody, former = (client.get(f"{API}/leads/{lead.uuid}/{path}").content for client in (api, anas))
        assert (b"training" in everybody, b"training" in former) == (True, False)


def test_a_reps_key_sees_the_winner_and_no_figures_but_their_own(
    anas: Client, api: Client, ana: Rep, now: datetime
) -> None:
    bob = make_rep("Bob", email="bob@acme.example")
    PoolMember.objects.create(pool=Pool.objects.get(), rep=bob)
    publish(note="", user=None, now=now)
    sent = receive_lead(facts={"email": "mia@globex.com"}, now=now).lead
    route_all(now=now)

    traces = [client.get(f"{API}/leads/{sent.uuid}/decisions").json()["results"][0]["trace"] for client in (api, anas)]

    assert [[row["rep"] for row in trace["candidates"]] for trace in traces] == [[ana.email, bob.email], [ana.email]]
    assert [trace["winner"] for trace in traces] == [ana.email, ana.email]


def test_a_reps_key_is_told_nothing_of_why_others_could_not(anas: Client, lead: Lead, now: datetime) -> None:
    why = "none of the 2 in Sales can take it (Bob: on leave)"
    trace = pack_json({"steps": [why], "rules": [[1, 1, "Sales", "nobody_available", None, why, []]]})
    Decision.objects.create(lead=lead, outcome="held", reason=f"Waiting: {why}", trace=trace, decided_at=now)

    shown = [anas.get(f"{API}/leads/{lead.uuid}/{part}") for part in ("decisions", "timeline")]

    assert ["none of the 2" in answer.content.decode() for answer in shown] == [True, True]
    assert ["leave" in answer.content.decode() for answer in shown] == [False, False]


# --- facts, and erasing ------------------------------------------------------------------------------------------


def test_facts_are_changed(api: Client, lead: Lead) -> None:
    answer = patch(api, f"{API}/leads/{lead.uuid}", company="Globex", country="Germany")

    assert (answer.json()["company"], answer.json()["country"]) == ("Globex", "DE")


@pytest.mark.parametrize(("field", "value"), [("shoes", 1), ("email", "nobody"), ("score", 5), ("employees", "many")])
def test_a_fact_that_cannot_be_is_named(api: Client, lead: Lead, field: str, value: Any) -> None:
    answer = patch(api, f"{API}/leads/{lead.uuid}", **{field: value})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_lead_is_erased_with_everything_about_it(api: Client, lead: Lead, now: datetime) -> None:
    set_identities([lead])
    lead.save()
    Decision.objects.create(lead=lead, outcome="quarantined", reason="bot", decided_at=now)
    Signal.objects.create(email=lead.email, kind="visit", observed_at=now, received_at=now)
    Signal.objects.create(email=lead.email, domain="globex.com", kind="visit", observed_at=now, received_at=now)

    assert api.delete(f"{API}/leads/{lead.uuid}").status_code == 204
    assert api.get(f"{API}/leads/{lead.uuid}").status_code == 404
    assert list(Signal.objects.values_list("email", "domain")) == [("", "globex.com")]
    assert not Identity.objects.filter(key=lead.email).exists()


def test_signals_of_somebody_else_with_the_address_stay(api: Client, lead: Lead, now: datetime) -> None:
    make_lead(now, email=lead.email)
    Lead.objects.update(email_identity=Identity.objects.create(kind=Identity.Kind.EMAIL, key=lead.email))
    Signal.objects.create(email=lead.email, kind="visit", observed_at=now, received_at=now)

    api.delete(f"{API}/leads/{lead.uuid}")

    assert Signal.objects.count() == 1


@pytest.fixture
def hidden(ana: Rep, now: datetime) -> Lead:
    """A lead offered to Ana and Bob, by a pool that hides whose it is."""
    pool = make_pool(ana, make_rep("Bob"), name="Hot", offer="claim", hide_details=True)
    Rule.objects.update(pool=pool)
    publish(note="", user=None, now=now)
    lead = receive_lead(facts={"email": "mia@globex.com", "company": "Globex", "job_title": "CTO"}, now=now).lead
    route_all(now=now)
    return lead


def test_whose_an_offered_lead_is_can_be_hidden_until_it_is_taken(anas: Client, hidden: Lead) -> None:
    before = anas.get(f"{API}/leads/{hidden.uuid}").json()
    taken = act(anas, hidden, "claim").json()

    assert (before["email"], before["company"], before["job_title"]) == (None, None, "CTO")
    assert (taken["email"], taken["company"]) == ("mia@globex.com", "Globex")


@pytest.mark.parametrize("path", ["decisions", "why", "timeline"])
def test_nothing_else_tells_whose_it_is(anas: Client, hidden: Lead, path: str) -> None:
    assert anas.get(f"{API}/leads/{hidden.uuid}/{path}").status_code == 404


def test_nor_does_a_search_or_a_declined_offer(anas: Client, hidden: Lead) -> None:
    found = [anas.get(f"{API}/leads?{query}").json()["results"] for query in ("email=mia@globex.com", "status=held")]
    declined = act(anas, hidden, "decline", reason="no_capacity").json()

    assert [len(rows) for rows in found] == [0, 1]
    assert (found[1][0]["email"], declined["email"]) == (None, None)


@pytest.mark.parametrize("query", ["held_reason=offered,paused", "grade=A", "score_min=5", "method=claim,intent"])
def test_leads_are_found_by_what_routing_made_of_them(api: Client, lead: Lead, query: str) -> None:
    assert api.get(f"{API}/leads?{query}").status_code == 200


@pytest.mark.parametrize("query", ["held_reason=tired", "score_min=nan", "score_min=x", "method=luck"])
def test_a_filter_that_cannot_be_read_is_refused(api: Client, db: None, query: str) -> None:
    assert api.get(f"{API}/leads?{query}").status_code == 400
