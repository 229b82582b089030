"""Signals and topics: what is heard of whom, and the box that shows topics and experts of a message."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reps.models import Expertise
from routing.engine.types import ONE_LEAD
from routing.models import LearnedExpertise, LedgerAccount, Pool, Signal, Topic
from routing.services.access import Role
from routing.services.publish import publish
from tests.admin.conftest import without_menu
from tests.factories import make_account, make_catch_all, make_owned_lead, make_pool, make_rep, make_settings

MESSAGE = "We move to Kubernetes.\nOur invoices are late."


def address():
    return reverse("admin:routing_signal_topics")


def ask(client, message=MESSAGE, **fields):
    return client.post(address(), {"message": message, **fields})


def heard(now, *, days=1, **fields):
    values = {"kind": "hiring", "title": "Hiring", "text": "k8s people", "half_life_days": None} | fields
    return Signal.objects.create(observed_at=now - timedelta(days=days), received_at=now, **values)


@pytest.fixture
def experts(db, now):
    """Ana is an expert in both topics, Bob knows one, Cy none and Dan is paused. Others go by turn."""
    make_settings(signal_half_life_days=10)
    Topic.objects.create(name="kubernetes", keywords=["kubernetes", "k8s"])
    Topic.objects.create(name="payments", keywords=["invoices"])
    ana, bob, cy = make_rep("Ana"), make_rep("Bob"), make_rep("Cy")
    dan = make_rep("Dan", paused=True, paused_until=now + timedelta(hours=2), paused_reason="lunch")
    for rep, topic, level in ((ana, "kubernetes", 3), (ana, "payments", 3), (bob, "payments", 2), (dan, "payments", 3)):
        Expertise.objects.create(rep=rep, topic=topic, level=level)
    pool = make_pool(ana, bob, cy, dan, name="Experts", strategy="intent")
    make_catch_all(make_pool(cy, name="Everybody"))
    publish(note="", user=None, now=now)
    return pool


def test_a_message_has_topics_each_with_its_words_and_goes_to_who_knows_most(boss, experts):
    response = ask(boss, pool=experts.pk)

    result = response.context["result"]
    assert [(tag["topic"], tag["quote"]) for tag in result["topics"]] == [
        ("kubernetes", "We move to Kubernetes"),
        ("payments", "Our invoices are late"),
    ]
    assert result["choice"]["winner"] == "Ana"
    rows = [(one["levels"], one["fit"], one["chosen"], one["refusal"]) for one in result["choice"]["experts"]]
    assert rows == [
        (["kubernetes 3 (expert)", "payments 3 (expert)"], "1.20", True, ""),
        (["payments 2 (knows it well)"], "0.40", False, ""),
        (["payments 3 (expert)"], "0.60", False, "paused until Tue 18:00 (UTC): lunch"),
        ([], "0.00", False, ""),
    ]
    assert "Ana would get it" in response.content.decode()


def test_beside_the_experts_stands_what_the_rules_would_do(boss, experts):
    rules = ask(boss, pool=experts.pk).context["result"]["rules"]

    assert (rules["rep"], rules["rule"], rules["pool"]) == ("Cy", "Catch-all", "Everybody")


def test_who_had_too_many_leads_in_advance_is_passed_over_as_when_routing(boss, experts):
    ana, bob = (experts.members.get(rep__name=name).rep for name in ("Ana", "Bob"))
    for rep, leads in ((ana, -6), (bob, 6)):
        LedgerAccount.objects.create(ledger=experts.ledger, rep=rep, balance=leads * ONE_LEAD)

    assert ask(boss, pool=experts.pk).context["result"]["choice"]["winner"] == "Bob"


def test_the_signals_of_the_company_count_too(boss, experts, now):
    heard(now, domain="globex.com", days=0)

    [tag] = ask(boss, "Hello", pool=experts.pk, domain="www.globex.com").context["result"]["topics"]

    assert (tag["topic"], tag["where"]) == ("kubernetes", "a signal: hiring")


def test_without_a_topic_it_goes_by_turn_and_says_so(boss, experts):
    response = ask(boss, "Hello", pool=experts.pk)

    assert "No topic found" in response.content.decode()
    assert "so it went by turn" in response.context["result"]["choice"]["notes"][0]


def test_where_keywords_stand_in_the_pages_say_why(boss, experts, now):
    make_settings(extractor="language_model")
    publish(note="", user=None, now=now)

    page = ask(boss).content.decode()
    settings_page = boss.get(reverse("admin:routing_routingsettings_change", args=[1])).content.decode()

    assert "Keywords find them for now: no language model is set up" in page
    assert "Topics were found by keywords: no language model is set up" in page
    assert "Now keywords are used: no language model is set up" in settings_page


def test_the_box_writes_nothing(boss, experts):
    with CaptureQueriesContext(connection) as queries:
        assert ask(boss, pool=experts.pk, domain="globex.com").context["result"]

    assert {one["sql"].split()[0] for one in queries} <= {"SELECT", "WITH"}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"message": ""}, "Paste a message first."),
        ({"message": "x" * 5_001}, "At most 5000 characters; these are 5001."),
        ({"message": "Hi", "domain": "nonsense"}, "Write a domain such as globex.com."),
        ({"message": "Hi", "pool": "999"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_tried_is_said_beside_the_field(boss, experts, fields, error):
    response = boss.post(address(), fields)

    assert error in response.content.decode()
    assert response.context["result"] is None


def test_a_message_is_text_wherever_it_is_shown(boss, experts, now):
    evil = "kubernetes <script>alert(1)</script>"
    heard(now, domain="globex.com", title=evil, text=evil)

    assert "<script>alert(1)" not in ask(boss, evil, pool=experts.pk).content.decode()


def test_before_the_first_publication_and_without_experts_it_says_what_to_do(boss, db, now):
    assert "Nothing is published yet" in boss.get(address()).content.decode()
    make_settings()
    make_catch_all(make_pool(make_rep()))
    publish(note="", user=None, now=now)

    page = ask(boss, "Hello").content.decode()
    assert "No published pool goes by intent" in page
    assert "No signals yet" in page


def test_signals_stand_by_account_with_what_is_left_of_them(boss, experts, now):
    account = make_account("Globex", domains=("globex.com",))
    heard(now, domain="globex.com", days=10)
    heard(now, email="mia@globex.com", domain="", days=2, half_life_days=1, title="Looked", text="")
    heard(now, domain="unknown.example", days=60)
    heard(now, domain="", lead=make_owned_lead(now, make_rep(), account=account), days=3)

    globex, unknown = boss.get(address()).context["subjects"]

    assert (globex["name"], globex["known"], len(globex["heard"])) == ("Globex", "account", 3)
    assert [(one["left"], one["half_life"]) for one in globex["heard"]] == [
        ("25% left", "1 day, its own"),
        ("81% left", "10 days"),
        ("50% left", "10 days"),
    ]
    assert [[topic for topic, _, _ in one["topics"]] for one in globex["heard"]] == [[], ["kubernetes"], ["kubernetes"]]
    assert (unknown["name"], unknown["heard"][0]["left"]) == ("unknown.example", "forgotten")


def test_the_page_takes_as_many_queries_whatever_there_is(boss, experts, now):
    counts = []
    for n in (1, 9):
        for number in range(n):
            make_account(domains=(f"c{n}{number}.com",))
            heard(now, domain=f"c{n}{number}.com")
            experts.members.create(rep=make_rep())
        with without_menu():
            ask(boss, pool=experts.pk)
            with CaptureQueriesContext(connection) as queries:
                ask(boss, pool=experts.pk)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 60


def test_a_rep_may_not_ask(sign_in, experts):
    client = sign_in(Role.REP, rep=experts.members.first().rep)

    assert (client.get(address()).status_code, ask(client).status_code) == (403, 403)


def test_what_won_deals_teach_stands_beside_what_is_declared_here_and_on_the_rep_s_page(boss, experts, now):
    ana, bob = (experts.members.get(rep__name=name).rep for name in ("Ana", "Bob"))
    learned = {str(bob.pk): {"kubernetes": [1.5, 0.35, 0.2, 20.0, 7.0]}}
    content = {"differ": True, "p_value": 0.01, "reps": learned}
    LearnedExpertise.objects.create(pool=experts, day=now.date(), content=content, computed_at=now)

    page = boss.get(address()).content.decode()
    assert "these reps differ beyond chance" in page
    assert "Does not count" in page
    assert "35% against 20%" in page
    assert "35% against 20%" in boss.get(reverse("admin:reps_rep_change", args=[bob.pk])).content.decode()
    assert "35% against 20%" not in boss.get(reverse("admin:reps_rep_change", args=[ana.pk])).content.decode()

    Pool.objects.filter(pk=experts.pk).update(expertise="learned")
    publish(note="", user=None, now=now)
    rows = {row["person"]: row for row in ask(boss, pool=experts.pk).context["result"]["choice"]["experts"]}
    assert "kubernetes 1.5 learned" in next(row["levels"] for person, row in rows.items() if "Bob" in person)
