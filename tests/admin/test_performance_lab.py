"""The performance lab: whether reps differ, what routing makes of it, what that is worth, and what tolerance costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from routing.admin.lab.pictures import edge_of, strip, ticks
from routing.admin.lab.tolerance import tolerances
from routing.admin.lab.words import chance, kind, points
from routing.insights.tolerances import Tolerances, Tolerated
from routing.models import Lead
from tests.admin.conftest import without_menu
from tests.factories import make_owned_lead, make_pool, make_rep
from tests.routing.lead_acts import open_company, pour

DAY = timedelta(days=1)


def page(client, **asked):
    return client.get(reverse("admin:routing_pool_lab"), asked)


def ended(rep, now, *, won, lost, source="web"):
    for outcome, number in ((Lead.Outcome.WON, won), (Lead.Outcome.LOST, lost)):
        for _ in range(number):
            make_owned_lead(now - 2 * DAY, rep, source=source, outcome=outcome, outcome_at=now - 2 * DAY)


@pytest.fixture
def unequal(db, now):
    """Ana wins four of five leads, Bob one of ten; a few leads were shared out by results since."""
    pool, (ana, bob) = open_company(now, "Ana", "Bob", strategy="performance", segments=["source"], control_share=0.5)
    ended(ana, now, won=24, lost=6)
    ended(bob, now, won=3, lost=27)
    pour(now - timedelta(hours=1), 8)
    Lead.objects.filter(email="mia@poured0.example").update(outcome=Lead.Outcome.WON)
    return pool


def test_a_strip_shows_where_a_share_comes_from_and_where_it_lies():
    drawn = strip(low=0.1, high=0.3, used=0.2, bare=0.4, everybody=0.1, edge=0.4)

    assert (drawn.low, drawn.width, drawn.used, drawn.bare) == ("83.0", "154.0", "160.0", "314.0")
    assert drawn.everybody == "83.0"
    assert drawn.arrow.startswith("M309.0 12H167.0")  # from the bare share back to what is used


def test_between_marks_that_touch_there_is_no_arrow_and_without_leads_no_mark():
    assert strip(low=0, high=1, used=0.2, bare=0.21, everybody=None, edge=1).arrow == ""
    assert strip(low=0, high=1, used=0.2, bare=None, everybody=None, edge=1).bare == ""


@pytest.mark.parametrize(
    ("shares", "edge", "written"), [([0.13, 0.18], 0.2, "20%"), ([], 0.05, "5.0%"), ([2], 1, "100%")]
)
def test_strips_end_at_a_round_share(shares, edge, written):
    assert edge_of(shares) == edge
    assert ticks(edge)[-1] == written


def test_chances_differences_and_kinds_are_said_in_words():
    assert [chance(p) for p in (0.00002, 0.004, 0.31)] == [
        "in fewer than 1 of 1,000 cases",
        "in 4 of 1,000 cases",
        "in 31 of 100 cases",
    ]
    assert points(-0.012) == "−1.2 points"
    assert kind(("source", "size"), ("web", "")) == "source web, size unknown"


def test_the_next_wider_tolerance_is_told_in_a_sentence(now):
    rows = tuple(Tolerated(*row) for row in ((0.0, 20.0, 0.5), (1.0, 20.4, 1.0), (2.0, 20.6, 2.5), (5.0, 20.6, 4.0)))
    found = Tolerances(100, now, rows)

    told = tolerances(found, now_at=1.0)
    assert told["words"].startswith("From 1 turn to 2 turns: 0.20 more of 100 leads won, by what routing expects")
    assert told["one"] == "1.00"
    assert told["words"].endswith("would wait for 2.5 leads instead of 1.0.")
    assert [(row["gain"], row["gain_bar"], row["now"]) for row in told["rows"][:2]] == [
        ("+0.00", "0.00", False),
        ("+0.40", "40.00", True),
    ]
    assert "no more of 100 leads won" in tolerances(found, now_at=2.0)["words"]
    assert tolerances(found, now_at=5.0)["words"] == ""


def test_the_page_answers_every_question(boss, unequal):
    response = page(boss)

    context = response.context
    assert context["differ"]["clear"] is True
    assert "Ana won more than chance explains." in context["differ"]["sentences"]
    [every] = context["conversion"]["every"]
    assert [row["bare"] for row in every["reps"]] == ["80.0%", "10.0%"]
    assert [row["counts"] for row in every["reps"]] == ["23.8 of 29.8", "3.0 of 29.8"]
    assert context["worth"]["answer"] == "Not enough data"
    assert "count 90 days after" in context["worth"]["needed"]
    assert [row["turns"] for row in context["tolerances"]["rows"] if row["now"]] == ["1 turn"]
    words = response.content.decode()
    assert "Yes, more than chance explains" in words
    assert "This pool goes by results" in words
    assert "The pictures as a table" in words


def test_reps_who_are_alike_are_not_told_apart(boss, unequal, now):
    alike = make_pool(make_rep("Eve"), make_rep("Flo"), name="Alike")
    for member in alike.members.all():
        ended(member.rep, now, won=6, lost=14)

    response = page(boss, pool=alike.pk)

    assert response.context["differ"]["clear"] is False
    assert "may well be luck" in response.content.decode()
    assert "does not go by results, so there is no control group" in response.content.decode()


def test_with_few_leads_it_says_how_many_it_takes(boss, db, now):
    pool, (ana, _) = open_company(now, "Ana", "Bob")
    ended(ana, now, won=1, lost=3)

    differ = page(boss, pool=pool.pk).context["differ"]

    assert (differ["clear"], differ["answer"]) == (None, "Not enough data")
    assert "At that rate a rep can be compared from about 20 leads on, and it takes two." in differ["sentences"]


def test_an_empty_installation_says_what_to_do(boss, db):
    assert "No pools yet" in page(boss).content.decode()


def test_a_pool_without_members_or_outcomes_says_what_to_do(boss, db):
    empty, waiting = make_pool(name="Empty"), make_pool(make_rep(), name="Waiting")

    assert "Put reps in the pool" in page(boss, pool=empty.pk).content.decode()
    assert "No lead of theirs has an outcome yet" in page(boss, pool=waiting.pk).content.decode()


def test_what_there_is_not_is_not_asked(boss, unequal):
    asked = page(boss, pool="9²", days="7", by="<b>").context["asked"]

    assert (asked.pool, asked.days, asked.depth) == (unequal, 90, 1)


def test_names_are_shown_as_text(boss, unequal, now):
    ended(unequal.members.get(rep__name="Ana").rep, now, won=5, lost=5, source="<script>alert(1)</script>")

    assert "<script>alert(1)" not in page(boss).content.decode()


def test_the_page_takes_as_many_queries_whatever_there_is(boss, unequal, now):
    counts = []
    for more in (0, 1):
        if more:
            rep = make_rep("Cy")
            unequal.members.create(rep=rep)
            ended(rep, now, won=3, lost=9, source="ads")
            make_pool(rep, name="Another")
            pour(now - timedelta(minutes=30), 6)
        with without_menu():
            page(boss)
            with CaptureQueriesContext(connection) as queries:
                page(boss)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 20


def test_a_pool_that_goes_by_results_is_shown_first(boss, db):
    make_pool(make_rep(), name="A pool by turn")
    by_results = make_pool(make_rep(), name="Best", strategy="performance")

    assert page(boss).context["pool"] == by_results
