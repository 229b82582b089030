"""What past deals of a pool say: the same evaluation as of a file, fed from the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from reps.models import Rep
from routing.models import Lead, Pool, Work
from routing.services.work import run_now
from routing.services.work_progress import CannotRun
from tests.factories import make_owned_lead, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def skilled(rep: int, source: str) -> float:
    """The first two are good with leads of the web, the others with lists."""
    return 0.6 if (rep < 2) == (source == "web") else 0.1


def alike(rep: int, source: str) -> float:
    return 0.3


def past_of(pool: Pool, reps: Sequence[Rep], now: datetime, chance: Any, *, leads: int = 240, **fields: Any) -> None:
    """A year of leads whose outcomes were known ten days later."""
    random = Random(7)
    rows = []
    for number in range(leads):
        place, source = number % len(reps), random.choice(("web", "list"))
        came = now - 380 * DAY + number * 365 * DAY / leads
        won = random.random() < chance(place, source)
        facts = {"outcome": Lead.Outcome.WON if won else Lead.Outcome.LOST, "outcome_at": came + 10 * DAY}
        rows.append({"owner": reps[place], "source": source, "came": came} | facts | fields)
    for row in rows:
        make_owned_lead(row.pop("came"), row.pop("owner"), **row)


@pytest.fixture
def pool(db: None) -> tuple[Pool, list[Rep]]:
    make_settings()
    reps = [make_rep(f"Rep {number}") for number in range(4)]
    return make_pool(*reps, name="SMB", segments=["source"]), reps


def evaluated(pool: Pool, now: datetime) -> dict[str, Any]:
    work = run_now(kind=Work.Kind.EVALUATE, params={"pool": pool.pk}, clock=lambda: now)
    assert work.status == Work.Status.DONE, work.error
    return work.report or {}


def test_what_reps_are_good_at_is_found_in_the_pools_own_deals(pool: tuple[Pool, list[Rep]], now: datetime) -> None:
    past_of(*pool, now, skilled, leads=600)
    make_owned_lead(now - DAY, pool[1][0])

    report = evaluated(pool[0], now)

    assert (report["deals"], report["reps"], report["kinds"], report["open"]) == (600, 4, 2, 1)
    assert report["reps_differ"]["verdict"] == "yes"
    assert {one["name"]: one["claims_uplift"] for one in report["policies"]}["first_generation_advantage"]
    assert (report["band"], report["source"], report["name"]) == (1.0, "pool", "SMB")


def test_an_outcome_is_learnt_from_only_once_it_was_known(pool: tuple[Pool, list[Rep]], now: datetime) -> None:
    past_of(*pool, now, skilled, outcome_at=now - DAY)

    report = evaluated(pool[0], now)

    assert {one["uplift"] for one in report["policies"]} == {0}


def test_too_few_deals_say_how_many_are_missing(pool: tuple[Pool, list[Rep]], now: datetime) -> None:
    past_of(*pool, now, alike, leads=12)

    assert evaluated(pool[0], now)["missing"] == 188


def test_what_cannot_be_judged_says_why(pool: tuple[Pool, list[Rep]], now: datetime) -> None:
    past_of(*pool, now, alike, leads=200, outcome=Lead.Outcome.LOST)

    assert evaluated(pool[0], now)["refused"] == "All 200 leads were lost: nothing tells who does better."


def test_a_fact_that_is_written_when_a_lead_is_won_is_no_kind_of_lead(
    pool: tuple[Pool, list[Rep]], now: datetime
) -> None:
    past_of(*pool, now, alike)
    Lead.objects.filter(outcome=Lead.Outcome.WON).update(source="customer")

    refused = evaluated(pool[0], now)["refused"]

    assert "“source” (" in refused
    assert "Take it out of the pool's kinds of lead" in refused


def test_a_lead_that_came_before_the_time_looked_at_is_left_out(pool: tuple[Pool, list[Rep]], now: datetime) -> None:
    past_of(*pool, now, alike, leads=201)
    Lead.objects.filter(pk=Lead.objects.earliest("pk").pk).update(submitted_at=datetime(1985, 1, 1, tzinfo=UTC))

    assert evaluated(pool[0], now)["deals"] == 200


def test_reps_whose_names_look_alike_are_told_apart(pool: tuple[Pool, list[Rep]], now: datetime) -> None:
    past_of(*pool, now, alike, leads=200)
    for rep, name in zip(pool[1], ("Nán", "None", "Ann", "Ann\u200b"), strict=True):
        Rep.objects.filter(pk=rep.pk).update(name=name)

    assert evaluated(pool[0], now)["reps"] == 4


@pytest.mark.parametrize("params", [{}, {"pool": 0}, {"pool": "1"}, {"pool": True}, {"pool": 2**70}, {"x": 1}])
def test_a_pool_that_there_is_not_is_refused(pool: tuple[Pool, list[Rep]], now: datetime, params: Any) -> None:
    with pytest.raises(CannotRun):
        run_now(kind=Work.Kind.EVALUATE, params=params, clock=lambda: now)
