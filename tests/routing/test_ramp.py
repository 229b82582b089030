"""A new member's weight grows by equal steps, one a week."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routing.engine.ramps import ramp_end, ramped
from routing.models import Decision, Lead, PoolMember
from routing.services.manage import change_members
from routing.services.pool_ledgers import Ramp, ledgers_of
from routing.services.publish import publish
from routing.services.route_pending import route_pending
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.rebuild import rebuild
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_settings, terms_of

WEEK = timedelta(weeks=1)


@pytest.mark.parametrize(
    ("weeks", "counts"), [(-1, 200), (0, 200), (0.99, 200), (1, 400), (2, 600), (3, 800), (4, 1000), (90, 1000)]
)
def test_a_weight_grows_by_a_step_a_week(now, weeks, counts) -> None:
    assert ramped(1000, since=now, weeks=4, now=now + weeks * WEEK) == counts


def test_a_weight_without_a_ramp_is_whole(now) -> None:
    assert ramped(1000, since=None, weeks=0, now=now) == 1000


def test_nobody_weighs_nothing(now) -> None:
    assert ramped(1, since=now, weeks=52, now=now) == 1


def test_a_ramp_ends_when_the_whole_weight_counts(now) -> None:
    assert ramp_end(since=now, weeks=4, now=now) == now + 4 * WEEK
    assert ramp_end(since=now, weeks=4, now=now + 4 * WEEK) is None


@pytest.fixture
def pool(db, now):
    """Ana has been there for long, Bob since a week ago, with a ramp of four."""
    pool = make_pool(make_rep("Ana Diaz"), make_rep("Bob Ray"))
    PoolMember.objects.filter(rep__name="Bob Ray").update(ramp_from=now - WEEK, ramp_weeks=4)
    return pool


def weights(pool, now) -> dict[str, int]:
    people = load_people(pools=terms_of(pool), rep_ids=(), now=now, settings=HoursSettings(timezone="UTC"))
    return {people.reps[member.rep].name: member.weight for member in people.members[pool.pk]}


def test_routing_counts_what_the_weight_has_come_to(pool, now) -> None:
    assert weights(pool, now) == {"Ana Diaz": 1000, "Bob Ray": 400}
    assert weights(pool, now + 3 * WEEK) == {"Ana Diaz": 1000, "Bob Ray": 1000}


def test_leads_are_shared_by_what_the_weights_have_come_to(pool, now) -> None:
    make_settings()
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    for _ in range(14):
        make_lead(now)

    route_pending(now=now)

    assert Lead.objects.filter(owner__name="Bob Ray").count() == 4


def test_a_decision_keeps_the_weight_that_it_was_made_with(pool, now) -> None:
    make_settings()
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    make_lead(now)
    route_pending(now=now)
    PoolMember.objects.update(ramp_from=None, ramp_weeks=0)

    rebuilt = rebuild(Decision.objects.select_related("lead", "posting", "snapshot").get())

    assert sorted(member.weight for member in rebuilt.people.members[pool.pk]) == [400, 1000]


def test_the_ledger_says_how_far_a_ramp_has_come(pool, now) -> None:
    [ledger] = ledgers_of(pool, now=now)

    assert {share.rep.name: share.ramp for share in ledger.members} == {
        "Ana Diaz": None,
        "Bob Ray": Ramp(0.4, now + 3 * WEEK),
    }


def test_a_ramp_begins_when_it_is_saved(pool, now) -> None:
    member = PoolMember.objects.get(rep__name="Ana Diaz")
    member.ramp_weeks = 2

    change_members(saved=[member], removed=(), now=now)

    member.refresh_from_db()
    assert member.ramp_from == now


def test_a_ramp_that_is_taken_away_has_no_beginning(pool, now) -> None:
    member = PoolMember.objects.get(rep__name="Bob Ray")
    member.ramp_weeks = 0

    change_members(saved=[member], removed=(), now=now)

    member.refresh_from_db()
    assert member.ramp_from is None
