"""A score learned from outcomes: versioned, used for what is decided from then on, and left when it is no good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep
from routing.engine.learned.features import Feature
from routing.insights.learned_score import examples_until
from routing.models import Decision, Incident, Lead, LearnedScore, Signal, Work
from routing.services.audit.scores import drifted_scores
from routing.services.change_lead import change_lead
from routing.services.explain import expand
from routing.services.learn_score import learn_nightly, learn_score
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.services.simulate import simulate
from routing.services.work import run_next, start
from routing.services.work_progress import CannotRun
from routing.snapshots.scores import _version
from tests.factories import make_catch_all, make_owned_lead, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
POINTS = [{"when": [[{"field": "kind", "op": "is", "value": "demo"}]], "points": 60}]
RATES = {"demo": 0.6, "contact": 0.2}


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Keys of rows come again in the next test."""
    _version.cache_clear()
    yield
    _version.cache_clear()


@pytest.fixture
def ana(now: datetime) -> Rep:
    rep = make_rep("Ana")
    make_catch_all(make_pool(rep))
    make_settings(score_from="learned", score=POINTS, grades={"A": 50})
    publish(note="", user=None, now=now - 400 * DAY)
    return rep


def history(rep: Rep, now: datetime, count: int = 600, *, turned_after: datetime | None = None) -> None:
    """Leads of the last hundred days that ended by their kind."""
    random, rows = Random(1), []
    for number in range(count):
        at = now - 100 * DAY * (1 - number / count)
        kind = random.choice(list(RATES))
        rate = RATES[kind] if turned_after is None or at < turned_after else 0.8 - RATES[kind]
        outcome = Lead.Outcome.WON if random.random() < rate else Lead.Outcome.LOST
        rows.append(Lead(
            email=f"a{number}@c.example", domain="c.example", submitted_at=at - DAY, kind=kind, source="web", owner=rep,
            owned_at=at - DAY, first_owned_at=at - DAY, status="closed", outcome=outcome, outcome_at=at,
            method="round_robin", attempt=1,
        ))  # fmt: skip
    Lead.objects.bulk_create(rows)


def route(now: datetime, **facts: Any) -> tuple[Lead, str]:
    """A lead that came in and was routed, and how its score came about."""
    lead = receive_lead(facts={"form": "x", "email": f"{now.timestamp()}@new.example"} | facts, now=now).lead
    route_all(now=now)
    trace = expand([Decision.objects.filter(lead=lead).latest("pk")])[0]
    return Lead.objects.get(pk=lead.pk), trace["derived"].get("score", "")


# --- examples -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "won"),
    [
        ({"outcome": "won"}, [True]),
        ({"outcome": "lost"}, [False]),
        ({"outcome": ""}, []),
        ({"outcome": "", "owned_at": 91}, [False]),
        ({"outcome": "qualified", "owned_at": 91}, []),
        ({"outcome": "won", "test": True}, []),
        ({"outcome": "won", "method": "account"}, []),
        ({"outcome": "won", "outcome_at": -1}, []),
        ({"outcome": "lost", "status": "quarantined", "owner": None}, []),
        ({"outcome": "", "owned_at": 91, "status": "pending", "owner": None, "route_after": 0}, []),
    ],
)
def test_what_is_an_example(now: datetime, fields: dict[str, Any], won: list[bool]) -> None:
    days = {"outcome_at": 1} | fields
    instants = {name: now - days[name] * DAY for name in ("outcome_at", "owned_at", "route_after") if name in days}
    lead = make_owned_lead(now - 100 * DAY, make_rep(), owned_at=now - 2 * DAY)
    Lead.objects.filter(pk=lead.pk).update(**fields | instants)

    assert [one.won for one in examples_until(now)] == won


def test_an_example_knows_the_signals_that_were_known_when_the_lead_came_in(now: datetime) -> None:
    lead = make_owned_lead(now - DAY, make_rep(), outcome="won", outcome_at=now - DAY / 2)
    for kind, observed, received in (("visit", 2.0, 2.0), ("later", 0.5, 0.5), ("told late", 2.0, 0.5)):
        Signal.objects.create(
            domain=lead.domain, kind=kind, observed_at=now - observed * DAY, received_at=now - received * DAY
        )

    [example] = examples_until(now)

    assert [one for one in example.features if one.group == "signal"] == [Feature("signal", "visit")]


def test_an_example_tells_what_was_known_when_the_lead_was_decided(ana: Rep, now: datetime) -> None:
    """Whoever wins a lead gets to know its industry: learned from, that would be the outcome itself."""
    lead, _ = route(now - 9 * DAY, kind="demo", utm={"medium": "cpc"}, country="US", region="US-CA", employees=30)
    Lead.objects.filter(pk=lead.pk).update(outcome="won", outcome_at=now - DAY)
    [before] = examples_until(now)

    change_lead(lead=lead, facts={"industry": "foods", "kind": "pricing"}, now=now, actor="a rep")

    [after] = examples_until(now)
    assert Feature("industry", "") in after.features
    assert after == before


def test_the_number_of_queries_does_not_grow_with_the_leads(now: datetime) -> None:
    rep, counts = make_rep(), []
    for more in (1, 30):
        history(rep, now, more)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            list(examples_until(now))
        counts.append(len(queries))

    assert counts[0] == counts[1]


# --- used ---------------------------------------------------------------------------------------------------------


def test_a_lead_is_scored_by_what_was_learned_and_the_trace_tells_version_and_reasons(ana: Rep, now: datetime) -> None:
    history(ana, now)
    version = learn_score(now=now)

    lead, told = route(now + DAY, kind="demo")
    other, less = route(now + 2 * DAY, kind="contact")

    assert version.refused == ""
    assert lead.score is not None
    assert other.score is not None
    assert lead.score > 50 > other.score
    assert (lead.grade, other.grade) == ("A", "")
    assert told.startswith(f"learned, version {version.pk}: ")
    assert re.search(r"; \+\d+ asked for: demo\b", told)
    assert re.search(r"; −\d+ asked for: contact\b", less)


def test_a_decision_is_told_by_the_version_of_its_day_and_the_past_is_scored_by_that_of_then(
    ana: Rep, now: datetime
) -> None:
    history(ana, now)
    first = learn_score(now=now)
    lead, told = route(now + DAY, kind="demo")
    second = learn_score(now=now + 2 * DAY)

    then = simulate(lead=lead, at=now + DAY, version="published", now=now + 3 * DAY)
    today = simulate(lead=lead, at=None, version="published", now=now + 3 * DAY)

    assert f"version {first.pk}" in told
    assert f"version {first.pk}" in then.decision["trace"]["derived"]["score"]
    assert f"version {second.pk}" in today.decision["trace"]["derived"]["score"]


def test_the_same_outcomes_and_seed_give_the_same_version(ana: Rep, now: datetime) -> None:
    history(ana, now)
    first, second, other = learn_score(now=now), learn_score(now=now + DAY / 2), learn_score(now=now + DAY / 3, seed=2)

    assert (first.content, first.report) == (second.content, second.report)
    assert (first.seed, other.seed) == (1, 2)


# --- not used -----------------------------------------------------------------------------------------------------


def test_before_anything_was_learned_points_count_and_the_trace_says_so(ana: Rep, now: datetime) -> None:
    lead, told = route(now, kind="demo")

    assert (lead.score, lead.grade) == (60, "A")
    assert told == "points that were set, not learned: nothing was learned yet"


def test_with_too_few_outcomes_points_count_and_the_trace_says_how_many_it_takes(ana: Rep, now: datetime) -> None:
    history(ana, now, 40)
    learn_score(now=now)

    lead, told = route(now + DAY, kind="demo")

    assert lead.score == 60
    assert "40 leads have an outcome" in told
    assert "it takes 500" in told


def test_a_stored_model_that_is_corrupt_is_left_at_once_and_is_an_incident(ana: Rep, now: datetime) -> None:
    history(ana, now)
    learn_score(now=now)
    LearnedScore.objects.update(content={"weights": "gone"})

    lead, told = route(now + DAY, kind="demo")

    assert lead.score == 60
    assert told.endswith("the stored model cannot be read")
    assert [one.subject for one in drifted_scores(now + DAY)] == ["unreadable"]


def test_without_the_choice_nothing_is_learned_and_nothing_is_asked(ana: Rep, now: datetime) -> None:
    make_settings(score_from="weights")
    publish(note="", user=None, now=now)
    history(ana, now)
    learn_score(now=now)

    lead, told = route(now + DAY, kind="demo")

    assert (lead.score, told) == (60, "")
    assert learn_nightly(now=now + DAY) == 0
    assert list(drifted_scores(now + 9 * DAY)) == []


# --- drift --------------------------------------------------------------------------------------------------------


def test_a_model_that_turned_wrong_is_left_and_is_an_incident(ana: Rep, now: datetime) -> None:
    history(ana, now - 30 * DAY, 600)
    learn_score(now=now - 29 * DAY)
    history(ana, now, 700, turned_after=now - 28 * DAY)

    version = learn_score(now=now)

    assert version.report["drift"]["worse"]
    assert version.refused
    assert [(one.kind, one.subject) for one in drifted_scores(now)] == [(Incident.Kind.SCORE, "drift")]


def test_what_is_learned_anew_after_a_turn_is_used_again(ana: Rep, now: datetime) -> None:
    """The version of before the turn is worse for ever; the one held against outcomes must not be it for ever."""
    history(ana, now - 60 * DAY)
    old, refused = learn_score(now=now - 60 * DAY), learn_score(now=now - 29 * DAY)
    LearnedScore.objects.filter(pk=refused.pk).update(refused="the model from before is worse")

    learned = learn_score(now=now)

    assert (old.refused, learned.refused) == ("", "")
    with patch("routing.services.learn_score.read_model") as read:
        learn_score(now=now + DAY / 2)
    read.assert_called_once_with(refused.content)


def test_what_stays_as_it_was_is_no_drift(ana: Rep, now: datetime) -> None:
    history(ana, now, 800)
    learn_score(now=now - 29 * DAY)

    assert learn_score(now=now).report["drift"]["alarm"] is False
    assert list(drifted_scores(now)) == []


def test_a_score_that_was_not_learned_for_days_is_an_incident(ana: Rep, now: datetime) -> None:
    learn_score(now=now)

    assert [one.subject for one in drifted_scores(now + 5 * DAY)] == ["old"]


# --- when ---------------------------------------------------------------------------------------------------------


def test_it_is_learned_once_a_night_by_the_worker_of_reports(ana: Rep, now: datetime) -> None:
    history(ana, now, 40)

    assert [learn_nightly(now=now), learn_nightly(now=now + timedelta(hours=1))] == [1, 0]
    assert run_next(clock=lambda: now + timedelta(minutes=1))
    work = Work.objects.get(kind=Work.Kind.LEARN)
    assert (work.status, work.report["used"]) == ("done", False)
    assert learn_nightly(now=now + DAY) == 1


def test_a_version_counts_from_after_it_was_stored(ana: Rep, now: datetime) -> None:
    """It takes a while to learn: what is decided meanwhile is decided, and told, by the version before it."""
    history(ana, now, 40)
    learn_nightly(now=now)
    later = now + timedelta(minutes=3)
    clock = iter([now, now])

    run_next(clock=lambda: next(clock, later))

    assert LearnedScore.objects.get().trained_at > later


def test_learning_takes_no_parameters(now: datetime) -> None:
    with pytest.raises(CannotRun, match="takes none"):
        start(kind=Work.Kind.LEARN, params={"days": 3}, user=None, now=now)
