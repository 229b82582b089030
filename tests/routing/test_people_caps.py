"""How much of a cap is used: by hour, day, week, open and unanswered, of a rep and of a membership."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep, TimeOff
from routing.engine.types import CapKind, CapUse, Method
from routing.models import Assignment, EndReason, Pool, PoolMember
from routing.snapshots.people import HoursSettings, load_people
from tests.factories import make_owned_lead, make_pool, make_rep, make_team, terms_of

pytestmark = pytest.mark.django_db
SETTINGS = HoursSettings(timezone="Europe/Berlin")
LOS_ANGELES = "America/Los_Angeles"


def got(
    rep: Rep, when: datetime, *, pool: Pool | None = None, method: str = "round_robin", **fields: Any
) -> Assignment:
    lead_fields = {key: fields.pop(key) for key in ("test", "closed_at") if key in fields}
    lead = make_owned_lead(when, rep, owned_at=when, **lead_fields)
    return Assignment.objects.create(lead=lead, rep=rep, pool=pool, method=method, assigned_at=when, **fields)


def use(rep: Rep, now: datetime, *, pool: Pool | None = None) -> CapUse:
    people = load_people(pools=terms_of(pool) if pool else {}, rep_ids=[rep.pk], now=now, settings=SETTINGS)
    (cap,) = people.reps[rep.pk].caps
    return cap


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def test_an_hour_is_rolling(now: datetime) -> None:
    rep = make_rep(caps={"hour": 5})
    got(rep, now - minutes(70))
    got(rep, now - minutes(50))

    assert use(rep, now) == CapUse(CapKind.HOUR, 5, 1, frees_at=now + minutes(10))


@pytest.mark.parametrize(("limit", "frees_in"), [(2, 40), (1, 50), (5, 10), (0, None)])
def test_an_hours_cap_frees_when_enough_leads_are_an_hour_old(now: datetime, limit: int, frees_in: int | None) -> None:
    rep = make_rep(caps={"hour": limit})
    for ago in (50, 20, 10):
        got(rep, now - minutes(ago))

    assert use(rep, now).frees_at == (None if frees_in is None else now + minutes(frees_in))


def test_an_unused_hours_cap_frees_an_hour_after_the_next_lead(now: datetime) -> None:
    assert use(make_rep(caps={"hour": 1}), now).frees_at == now + minutes(60)


@pytest.mark.parametrize("kind", ["hour", "day", "week", "open", "unanswered"])
def test_caps_count_units(now: datetime, kind: str) -> None:
    rep = make_rep(caps={kind: 9})
    got(rep, now - minutes(5), units=3)
    got(rep, now - minutes(5))

    assert use(rep, now).used == 4


@pytest.mark.parametrize(("limit", "frees_in"), [(4, 30), (3, 50), (1, 50)])
def test_an_hours_cap_frees_with_the_units_of_the_leads_that_are_an_hour_old(
    now: datetime, limit: int, frees_in: int
) -> None:
    rep = make_rep(caps={"hour": limit})
    got(rep, now - minutes(30))
    got(rep, now - minutes(10), units=3)

    assert use(rep, now).frees_at == now + minutes(frees_in)


@pytest.mark.parametrize(("zone", "used"), [(LOS_ANGELES, 1), ("Europe/Berlin", 2), ("UTC", 2)])
def test_a_day_begins_at_the_reps_own_midnight(now: datetime, zone: str, used: int) -> None:
    """`now` is Tuesday 08:00 in Los Angeles and 17:00 in Berlin."""
    rep = make_rep(caps={"day": 20}, timezone=zone)
    got(rep, datetime(2026, 3, 3, 7, 59, tzinfo=UTC))  # 23:59 on Monday in Los Angeles
    got(rep, datetime(2026, 3, 3, 8, 0, tzinfo=UTC))

    assert use(rep, now).used == used


def test_a_day_frees_at_the_next_local_midnight(now: datetime) -> None:
    assert use(make_rep(caps={"day": 1}, timezone=LOS_ANGELES), now).frees_at == datetime(2026, 3, 4, 8, tzinfo=UTC)


def test_a_week_begins_on_monday(now: datetime) -> None:
    rep = make_rep(caps={"week": 80}, timezone="UTC")
    got(rep, datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    got(rep, datetime(2026, 3, 2, 0, 0, tzinfo=UTC))
    got(rep, now)

    assert use(rep, now) == CapUse(CapKind.WEEK, 80, 2, frees_at=datetime(2026, 3, 9, tzinfo=UTC))


def test_open_leads_are_owned_without_outcome_and_younger_than_30_days(now: datetime) -> None:
    rep = make_rep(caps={"open": 3})
    got(rep, now - timedelta(days=29))
    got(rep, now - timedelta(days=31))
    got(rep, now - timedelta(days=2), closed_at=now)
    got(rep, now - timedelta(days=2), ended_at=now, end_reason=EndReason.DECLINED)
    got(rep, now - timedelta(days=1), responded_at=now)

    assert use(rep, now) == CapUse(CapKind.OPEN, 3, 2)


def test_unanswered_leads_are_owned_without_a_response_however_old(now: datetime) -> None:
    rep = make_rep(caps={"unanswered": 3})
    got(rep, now - timedelta(days=90))
    got(rep, now - timedelta(days=1), accepted_at=now)
    got(rep, now - timedelta(days=1), responded_at=now)
    got(rep, now - timedelta(days=1), closed_at=now)

    assert use(rep, now) == CapUse(CapKind.UNANSWERED, 3, 2)


RELATED = ["returning", "same_company", "account", "overflow", "last_resort"]
EVERY_KIND = {"limit": 9, "all": True}


@pytest.mark.parametrize("method", RELATED)
@pytest.mark.parametrize(("cap", "used"), [(9, 0), (EVERY_KIND, 1), ({"limit": 9}, 0)])
def test_leads_that_came_by_relation_count_only_for_a_cap_of_every_kind(
    now: datetime, method: str, cap: Any, used: int
) -> None:
    rep = make_rep(caps={"day": cap})
    got(rep, now - minutes(5), method=method)

    assert use(rep, now).used == used


@pytest.mark.parametrize("kind", ["hour", "week", "open", "unanswered"])
def test_a_cap_of_every_kind_counts_every_kind(now: datetime, kind: str) -> None:
    rep, other = make_rep(caps={kind: EVERY_KIND}), make_rep(caps={kind: 9})
    for owner in (rep, other):
        got(owner, now - minutes(5), method="returning")
        got(owner, now - minutes(5))

    assert (use(rep, now).used, use(other, now).used) == (2, 1)


@pytest.mark.parametrize("method", [method.value for method in Method if method.value not in RELATED])
def test_all_other_leads_count(now: datetime, method: str) -> None:
    rep = make_rep(caps={"day": 9})
    got(rep, now - minutes(5), method=method)

    assert use(rep, now).used == 1


def test_test_leads_use_no_cap(now: datetime) -> None:
    rep = make_rep(caps={"day": 9})
    got(rep, now - minutes(5), test=True)

    assert use(rep, now).used == 0


def test_the_cap_of_a_membership_counts_that_pools_leads_only(now: datetime) -> None:
    rep = make_rep()
    pool, other = make_pool(rep), make_pool(rep)
    PoolMember.objects.filter(pool=pool).update(caps={"open": 4})
    for here in (pool, other, None):
        got(rep, now - minutes(5), pool=here)

    assert use(rep, now, pool=pool) == CapUse(CapKind.OPEN, 4, 1, pool=pool.pk)


def test_caps_of_rep_and_membership_are_stacked(now: datetime) -> None:
    rep = make_rep(caps={"week": 8, "day": 4})
    pool = make_pool(rep)
    PoolMember.objects.filter(pool=pool).update(caps={"hour": 1})

    people = load_people(pools=terms_of(pool), rep_ids=[], now=now, settings=SETTINGS)

    assert [(cap.kind, cap.pool) for cap in people.reps[rep.pk].caps] == [
        ("day", None),
        ("week", None),
        ("hour", pool.pk),
    ]


def test_a_broken_cap_in_the_database_is_no_cap(now: datetime) -> None:
    rep = make_rep()
    Rep.objects.filter(pk=rep.pk).update(caps={"day": "many", "hour": 2})

    assert use(rep, now).kind is CapKind.HOUR


def _crowd(size: int, now: datetime) -> Pool:
    zones = [LOS_ANGELES, "Europe/Berlin", "Asia/Kolkata", ""]
    caps = {"hour": 5, "day": 20, "week": 80, "open": 40, "unanswered": {"limit": 10, "all": True}}
    reps = [make_rep(caps=caps, timezone=zones[n % 4], team=make_team(), backup=make_rep()) for n in range(size)]
    pool = make_pool(*reps)
    PoolMember.objects.filter(pool=pool).update(caps={"day": 3})
    for rep in reps:
        got(rep, now - minutes(5), pool=pool)
        TimeOff.objects.create(rep=rep, starts_at=now, ends_at=now + timedelta(days=1))
    return pool


def test_sixty_people_cost_as_many_queries_as_three(now: datetime) -> None:
    counts = []
    for size in (3, 60):
        pool = _crowd(size, now)
        with CaptureQueriesContext(connection) as queries:
            load_people(pools=terms_of(pool), rep_ids=[], now=now, settings=SETTINGS)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 17
