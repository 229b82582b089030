"""The page Score: whether what was learned counts, how it was judged, and what it says of an empty installation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from routing.admin.score.page import _lacks
from routing.admin.score.picture import curve
from routing.insights.learned_score import Known, examples_until, known_by
from routing.models import LearnedScore
from routing.services.access import Role
from routing.services.publish import publish
from tests.admin.conftest import without_menu
from tests.factories import make_catch_all, make_owned_lead, make_pool, make_rep, make_settings

DRIFT = {"leads": 200, "said": 0.2, "won": 0.5, "off": 9.0, "gain": -4.0, "shifted": [["source", 0.4]]}
MODEL = {
    "intercept": -1.0, "weights": [["kind", "demo", 0.9]], "means": {"kind": 0.3}, "slope": 1.0, "offset": 0.0,
    "places": [number / 100 for number in range(101)],
}  # fmt: skip
FIGURES = {
    "leads": 200, "wins": 40, "brier": 0.12, "plain": 0.16, "gain": 5.1, "ece": 0.021, "auc": 0.77,
    "bins": [[100, 0.1, 0.08], [100, 0.3, 0.32]],
}  # fmt: skip


def learned(at, *, refused="", content=MODEL, drift=None):
    report = {
        "outcomes": 1_000, "wins": 200, "from": "2026-01-01", "to": "2026-03-01", "penalty": 3.0, "figures": FIGURES,
        "counts_most": [["kind", 0.61], ["source", 0.2]], "drift": drift,
    }  # fmt: skip
    return LearnedScore.objects.create(trained_at=at, code=1, content=content, report=report, refused=refused)


@pytest.fixture
def chosen(db, now):
    make_settings(score_from="learned")
    make_catch_all(make_pool(make_rep()))
    publish(note="", user=None, now=now)


def page(client):
    return client.get(reverse("admin:routing_routingsettings_score"))


def test_an_empty_installation_says_what_it_takes(boss, db):
    words = page(boss).content.decode()

    assert "Nothing learned yet" in words
    assert "Not enough to learn from yet" in words
    assert "Learn now" in words


@pytest.mark.parametrize(
    ("known", "there", "when"),
    [
        (Known(30, 70, 80), ["100 of 500", "30 of 50", "70 of 50"],
         "80 outcomes became known in the last 4 weeks. At this pace there are enough in about 20 weeks."),
        (Known(0, 900, 10), ["900 of 500", "0 of 50", "900 of 50"], "10 outcomes became known in the last 4 weeks."),
        (Known(1, 0, 0), ["1 of 500", "1 of 50", "0 of 50"], "No outcome became known in the last 4 weeks. "
         "Outcomes of past leads can be imported with them."),
    ],
)  # fmt: skip
def test_what_is_missing_is_counted_and_foretold(known, there, when):
    lacks = _lacks(known)

    assert lacks is not None
    assert [f"{need.there} of {need.needed}" for need in lacks["needs"]] == there
    assert lacks["when"] == when


def test_nothing_is_missing_where_there_is_enough():
    assert _lacks(Known(50, 450, 0)) is None


def test_outcomes_known_are_those_that_would_be_learned_from(db, now):
    rep, day = make_rep(), timedelta(days=1)
    make_owned_lead(now - 60 * day, rep, outcome="won", outcome_at=now - 50 * day)
    make_owned_lead(now - 60 * day, rep, outcome="lost", outcome_at=now - day)
    make_owned_lead(now - 95 * day, rep)
    make_owned_lead(now - day, rep)

    assert known_by(now) == Known(won=1, lost=2, recent=2)
    assert len(list(examples_until(now))) == 3


def test_a_version_that_counts_is_shown_with_its_figures_beside_the_plain_rate(boss, chosen, now):
    learned(now - timedelta(hours=1))

    response = page(boss)

    assert response.context["answer"] == "Leads are scored by what was learned"
    assert response.context["figures"]["better"] == "25.0% smaller"
    assert response.context["counts_most"][0][:2] == ("Kind", "0.61")
    assert "Brier 0.1200 against 0.1600" in response.content.decode()
    assert "(known from 1 Jan 2026 to 1 Mar 2026)" in response.content.decode()
    assert "Said 30.0%; 32.0% of 100 leads were won" in response.content.decode()


def test_what_is_learned_but_not_chosen_says_how_to_choose_it(boss, db, now):
    learned(now)

    response = page(boss)

    assert response.context["answer"] == "A learned score is ready; points that you set count"
    assert reverse("admin:routing_routingsettings_change", args=[1]) in response.content.decode()


@pytest.mark.parametrize(
    ("row", "why"),
    [({"refused": "12 leads have an outcome"}, "12 leads have an outcome"), ({"content": {}}, "cannot be read")],
)
def test_what_does_not_count_says_why(boss, chosen, now, row, why):
    learned(now, **row)

    response = page(boss)

    assert response.context["answer"] == "Leads are scored by the points that you set"
    assert why in response.content.decode()


def test_drift_is_said_in_words(boss, chosen, now):
    learned(now, drift=DRIFT | {"alarm": True, "worse": True})

    words = page(boss).content.decode()

    assert "worse than the plain rate. It said 20.0%, and 50.0% of 200 leads were won." in words
    assert "differ from those it was learned from, by source (0.40)" in words


def test_too_little_to_learn_from_has_a_page_without_figures(boss, chosen, now):
    LearnedScore.objects.create(
        trained_at=now, code=1, content=None, refused="3 leads have an outcome",
        report={"outcomes": 3, "wins": 1, "from": None, "to": None, "penalty": None, "figures": None,
                "counts_most": [], "drift": None},
    )  # fmt: skip

    response = page(boss)

    assert response.context["answer"] == "Leads are scored by the points that you set"
    assert "known from" not in response.content.decode()
    assert "Does it still hold" not in response.content.decode()


def test_the_page_takes_as_many_queries_whatever_there_is(boss, chosen, now):
    counts = []
    with without_menu():
        for days in (1, 2, 3):
            learned(now - timedelta(days=days))
            page(boss)
            with CaptureQueriesContext(connection) as queries:
                page(boss)
            counts.append(len(queries))

    assert len(set(counts)) == 1


def test_who_may_not_start_work_is_not_offered_to(sign_in, db):
    response = page(sign_in(Role.READ_ONLY))

    assert response.status_code == 200
    assert "Learn now" not in response.content.decode()


def test_learning_is_started_from_the_page(boss, chosen):
    response = boss.post(reverse("admin:routing_work_start", args=["learn"]))

    assert response.status_code == 302
    assert "Learning of the score" in boss.get(response.url).content.decode()


def test_a_point_lies_where_it_was_said_and_won():
    drawn = curve([(1_000, 0.1, 0.2)])

    assert [name for _, name in drawn.x_ticks] == ["0%", "15%", "30%"]
    assert (drawn.points[0].x, drawn.points[0].y) == ("144.7", "90.0")
