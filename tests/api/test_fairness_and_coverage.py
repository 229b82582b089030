"""Reports over the API: how fairly pools share their leads, and who is on when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from reps.models import Rep, TimeOff, WorkingHours
from routing.engine.ledger import entitle, pay
from routing.engine.types import LedgerKey, Member
from routing.models import Assignment, LedgerAccount, Pool, PoolMember
from routing.snapshots.postings import posting_row
from tests.api.conftest import API, count_queries, post
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep, make_settings, make_team

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
TO_NOON = "to=2026-03-03T12:00:00Z"


def give(pool: Pool, winner: Rep, *, leads: int = 1, **fields: Any) -> None:
    """So many leads of an hour ago that this member got by turn."""
    at = NOON - timedelta(hours=1)
    members = [Member(one.rep_id, 1000) for one in PoolMember.objects.filter(pool=pool)]
    for _ in range(leads):
        lead = make_owned_lead(at, winner, **fields)
        posting = posting_row(pay(entitle(members), LedgerKey(pool.ledger_id), winner.pk), now=at, lead_id=lead.pk)
        posting.save()
        Assignment.objects.create(
            lead=lead, rep=winner, pool=pool, method="round_robin", assigned_at=at, posting=posting
        )


def fairness(api: Client, query: str = TO_NOON) -> Any:
    answer = api.get(f"{API}/insights/fairness?{query}")
    assert answer.status_code == 200
    return answer.json()["pools"]


# --- fairness ----------------------------------------------------------------------------------------------------


def test_everybody_stands_beside_what_they_were_entitled_to(api: Client) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    pool = make_pool(ana, bob, name="SMB")
    give(pool, ana, leads=3), give(pool, bob)

    [told] = fairness(api)

    assert [(row["turns"], row["entitled"], row["share"], row["difference"]) for row in told["members"]] == [
        (3, 2, 1.5, 1),
        (1, 2, 0.5, -1),
    ]
    assert (told["pool"], told["leads"], told["largest_difference"], told["alarms"]) == ("SMB", 4, 1, [])


def test_far_more_than_a_fair_share_of_many_leads_is_an_alarm(api: Client) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    give(make_pool(ana, bob), ana, leads=25)

    [told] = fairness(api)

    assert told["alarms"] == [{"rep": ana.email, "leads": 25, "of": 25, "fair": 12.5}]


def test_leads_outside_the_period_and_test_leads_do_not_count(api: Client) -> None:
    ana = make_rep("Ana")
    pool = make_pool(ana)
    give(pool, ana), give(pool, ana, test=True)

    assert [told["leads"] for told in fairness(api)] == [1]
    assert [told["leads"] for told in fairness(api, "to=2026-03-03T10:00:00Z")] == [0]


def test_balances_of_now_stand_with_them_also_of_those_who_left(api: Client) -> None:
    ana, eva = make_rep("Ana"), make_rep("Eva")
    pool = make_pool(ana)
    for rep, balance in ((ana, -500_000_000), (eva, 500_000_000)):
        LedgerAccount.objects.create(ledger=pool.ledger, rep=rep, balance=balance)

    [told] = fairness(api)

    assert [(row["weight"], row["balance"]) for row in told["members"]] == [(1, -0.5), (None, 0.5)]


def test_one_pool_can_be_asked_for(api: Client) -> None:
    make_pool(name="SMB"), make_pool(name="West")

    assert [told["pool"] for told in fairness(api, "pool=West")] == ["West"]


def test_fairness_takes_the_same_queries_however_many_pools(api: Client) -> None:
    ana = make_rep("Ana")
    give(make_pool(ana, name="SMB"), ana)
    few = count_queries(api, f"insights/fairness?{TO_NOON}")
    for _ in range(4):
        give(make_pool(ana, make_rep()), ana)

    assert count_queries(api, f"insights/fairness?{TO_NOON}") == few


# --- coverage ----------------------------------------------------------------------------------------------------


def week(api: Client, **asked: str) -> Any:
    make_settings(timezone="Europe/Berlin")
    answer = api.get(f"{API}/insights/coverage", {"at": "2026-03-03T12:00:00Z"} | asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def at(told: Any, weekday: str, hour: int) -> Any:
    return next(row for row in told["hours"] if (row["weekday"], row["hour"]) == (weekday, hour))


def make_nine_to_five(name: str, **fields: Any) -> Rep:
    """On Mondays, in Berlin."""
    rep = make_rep(name, hours=Rep.Hours.OWN, timezone="Europe/Berlin", **fields)
    WorkingHours.objects.create(rep=rep, weekday=0, start=time(9), end=time(17, 30))
    return rep


def test_every_hour_of_the_week_says_who_is_on(api: Client) -> None:
    ana = make_nine_to_five("Ana")

    told = week(api)

    assert (told["since"], len(told["hours"]), told["reps"]) == ("2026-03-01T23:00:00Z", 168, 1)
    assert (at(told, "mon", 9)["people"], at(told, "mon", 9)["covered"]) == ([ana.email], 1)
    assert (at(told, "mon", 17)["people"], at(told, "mon", 17)["covered"]) == ([ana.email], 0.5)
    assert (at(told, "mon", 18)["people"], at(told, "mon", 18)["covered"]) == ([], 0)


def test_stretches_in_which_nobody_is_on_are_listed(api: Client) -> None:
    make_nine_to_five("Ana")

    assert [gap["hours"] for gap in week(api)["gaps"]] == [9, 6.5 + 6 * 24]


def test_leave_and_pauses_are_taken_out(api: Client) -> None:
    ana, bob = make_nine_to_five("Ana"), make_nine_to_five("Bob", paused=True)
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    TimeOff.objects.create(rep=ana, starts_at=monday, ends_at=monday + timedelta(hours=11))
    Rep.objects.filter(pk=bob.pk).update(paused_until=monday + timedelta(hours=9))

    told = week(api)

    assert [at(told, "mon", hour)["people"] for hour in (9, 10, 12)] == [[], [bob.email], [ana.email, bob.email]]


def test_agents_stand_apart(api: Client) -> None:
    make_rep("Ada", kind="agent", webhook="https://agent.example/")

    hour = at(week(api), "sun", 3)

    assert (hour["people"], len(hour["agents"]), hour["covered"]) == ([], 1, 1)


def test_leads_of_such_hours_are_counted_over_four_weeks(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.api.arrival.current_time", lambda: NOON)
    for days in (0, 7):
        make_lead(NOON - timedelta(days=days, hours=1))

    assert at(week(api), "tue", 12)["leads"] == 0.5


def test_a_pool_a_team_and_a_zone_can_be_asked_for(api: Client) -> None:
    ana, bob = make_rep("Ana", team=make_team(name="West")), make_rep("Bob")
    make_pool(ana, bob, name="SMB"), make_pool(bob, name="Big")

    assert [week(api, **asked)["reps"] for asked in ({"pool": "SMB"}, {"pool": "Big"}, {"team": "West"})] == [2, 1, 1]
    assert week(api, timezone="America/New_York")["since"] == "2026-03-02T05:00:00Z"


def test_a_week_in_which_the_clocks_change_has_an_hour_less_or_more(api: Client) -> None:
    lengths = [len(week(api, at=f"2026-{day}T12:00:00Z")["hours"]) for day in ("03-29", "10-25")]

    assert lengths == [167, 169]


@pytest.mark.parametrize(("name", "value"), [("pool", "none"), ("team", "none"), ("timezone", "Mars"), ("at", "now")])
def test_what_is_not_known_is_refused_by_name(api: Client, name: str, value: str) -> None:
    answer = api.get(f"{API}/insights/coverage", {name: value})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_coverage_takes_the_same_queries_however_many_reps(api: Client) -> None:
    make_nine_to_five("Ana")
    few = count_queries(api, "insights/coverage")
    for number in range(5):
        make_nine_to_five(f"Rep {number}")

    assert count_queries(api, "insights/coverage") == few


# --- the control group -------------------------------------------------------------------------------------------


def test_the_control_group_of_a_pool_ends_in_the_draft(api: Client) -> None:
    pool = make_pool(make_rep(), strategy="performance")

    answer = post(api, f"{API}/pools/{pool.uuid}/end-control")

    assert (answer.status_code, answer.json()["control_share"]) == (200, 0)
    assert Pool.objects.get().control_share == 0


@pytest.mark.parametrize("terms", [{}, {"strategy": "performance", "control_share": 0}])
def test_a_pool_without_a_control_group_says_so(api: Client, terms: dict[str, Any]) -> None:
    answer = post(api, f"{API}/pools/{make_pool(**terms).uuid}/end-control")

    assert (answer.status_code, "no control group" in answer.json()["detail"]) == (409, True)
