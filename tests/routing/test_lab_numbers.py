"""What the performance lab is made of: what was won beside what routing expects, the control group, and tolerances."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from reps.models import Rep
from routing.engine.chance import Tally
from routing.insights.conversion import Basis, Counts, basis_and_counts, judged, kinds_at
from routing.insights.outcomes import (
    LOST_AFTER,
    QUALIFIED_LOST_AFTER,
    Question,
    count_each,
    count_outcomes,
)
from routing.insights.periods import Period
from routing.insights.tolerances import tolerances_of
from routing.models import Assignment, Lead, Pool
from routing.services.ledger_entries import reverse_posting
from routing.services.measure_performance import measure_performance
from routing.services.publish import publish
from tests.factories import make_catch_all, make_owned_lead, make_pool, make_rep, make_settings
from tests.routing.lead_acts import open_company, pour

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def won_and_lost(rep: Rep, at: datetime, won: int, lost: int, *, source: str = "web") -> None:
    """Leads of a rep that ended at an instant."""
    for outcome, number in ((Lead.Outcome.WON, won), (Lead.Outcome.LOST, lost)):
        for _ in range(number):
            make_owned_lead(at, rep, source=source, outcome=outcome, outcome_at=at)


def basis_of(pool: Pool, *, by_results: bool, day: date, until: datetime) -> Basis:
    return basis_and_counts(pool, by_results=by_results, day=day, until=until, days=90)[0]


@pytest.fixture
def two(now: datetime) -> tuple[Pool, Rep, Rep]:
    """Ana wins 3 of 4, Bob 1 of 8, both with leads from the web."""
    ana, bob = make_rep("Ana"), make_rep("Bob")
    pool = make_pool(ana, bob, strategy="performance", segments=["source", "message"], shrinkage_k=4)
    won_and_lost(ana, now - DAY, 3, 1)
    won_and_lost(bob, now - DAY, 1, 7)
    return pool, ana, bob


def test_a_bare_share_is_drawn_to_everybodys(two: tuple[Pool, Rep, Rep], now: datetime) -> None:
    pool, ana, bob = two
    basis = basis_of(pool, by_results=False, day=now.date(), until=now)

    [every] = kinds_at(basis, 0)
    rows = {row.rep: row for row in every.reps}
    assert [row.rep for row in every.reps] == [ana, bob]
    assert rows[ana].rate == pytest.approx(0.75)
    assert rows[ana].rate is not None
    assert rows[bob].rate is not None
    assert rows[bob].rate < rows[bob].used < 1 / 3 < rows[ana].used < rows[ana].rate
    assert rows[ana].low < rows[ana].used < rows[ana].high
    assert basis.left_out == ("message",)


def test_a_kind_with_few_leads_leans_on_the_others(two: tuple[Pool, Rep, Rep], now: datetime) -> None:
    pool, ana, _ = two
    won_and_lost(ana, now - DAY, 1, 0, source="ads")
    [web, ads] = kinds_at(basis_of(pool, by_results=False, day=now.date(), until=now), 1)

    assert (web.segment, ads.segment) == (("web",), ("ads",))
    assert ads.reps[0].used > ads.reps[1].used
    assert [row.rate for row in ads.reps] == [1.0, None]


def test_a_pool_that_goes_by_results_is_shown_by_the_numbers_of_the_day(
    two: tuple[Pool, Rep, Rep], now: datetime
) -> None:
    pool, ana, _ = two
    make_settings()
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    measure_performance(now=now)
    won_and_lost(ana, now - DAY, 0, 90)  # after they were frozen

    basis = basis_of(pool, by_results=True, day=now.date(), until=now)

    assert basis.frozen
    assert basis.table.reps[ana.pk][()].leads == pytest.approx(4, rel=0.02)


def test_tests_count_whole_leads_of_the_period(two: tuple[Pool, Rep, Rep], now: datetime) -> None:
    pool, ana, bob = two
    won_and_lost(bob, now - 40 * DAY, 5, 0)
    basis = basis_of(pool, by_results=False, day=now.date(), until=now)

    asked = {"by_results": False, "day": now.date(), "until": now}
    _, lately = basis_and_counts(pool, **asked, days=30)
    same, all_of_them = basis_and_counts(pool, **asked, days=90)
    assert lately.kinds == {("web",): {ana.pk: Tally(3, 4), bob.pk: Tally(1, 8)}}
    assert all_of_them.total == Tally(9, 17)
    assert same.table == basis.table


def test_people_are_compared_within_the_finest_kinds_that_hold_most_leads() -> None:
    fine = Counts({(source, "x"): {1: Tally(30, 100), 2: Tally(10, 100)} for source in ("web", "ads")})
    thin = Counts({("web", str(n)): {1 + n % 2: Tally(n % 3 == 0, 1)} for n in range(200)})

    found, fallen_back = judged((), fine, deepest=2), judged((), thin, deepest=2)

    assert found is not None
    assert fallen_back is not None
    assert (found.depth, found.verdict.compared, found.verdict.beyond_chance) == (2, 400, True)
    assert (fallen_back.depth, fallen_back.verdict.compared) == (1, 200)
    assert judged(("web",), thin, deepest=2) == fallen_back


def test_two_questions_at_once_are_answered_as_one_after_the_other(now: datetime) -> None:
    ana = make_rep("Ana")
    for days, outcome in ((1, "won"), (29, "lost"), (30, "won"), (31, "won"), (400, "won")):
        at = now - timedelta(days=days)
        make_owned_lead(at - DAY, ana, source=f"{days}", outcome=outcome, outcome_at=at)
        make_owned_lead(at - LOST_AFTER, ana, source="open", owned_at=at - LOST_AFTER)
        early = at - QUALIFIED_LOST_AFTER
        make_owned_lead(early, ana, outcome="qualified", outcome_at=at, owned_at=early)
    decayed = Question([ana.pk], ("source",), now, half_life_days=20)
    whole = replace(decayed, whole_days=30)

    assert count_each([decayed, whole]) == [count_outcomes(decayed), count_outcomes(whole)]
    assert {(*one.segment, one.wins, one.leads) for one in count_outcomes(whole)} == {
        ("1", 1, 1), ("29", 0, 1), ("30", 1, 1), ("open", 0, 3), ("", 0, 3),
    }  # fmt: skip


# --- tolerances ---------------------------------------------------------------------------------------------------


@pytest.fixture
def specialists(now: datetime) -> Pool:
    """Ana is good with leads from the web, Bob with those from ads; four of each kind came and went by turn."""
    pool, (ana, bob) = open_company(now, "Ana", "Bob", segments=["source"])
    won_and_lost(ana, now - DAY, 40, 10, source="web")
    won_and_lost(bob, now - DAY, 10, 40, source="web")
    won_and_lost(ana, now - DAY, 10, 40, source="ads")
    won_and_lost(bob, now - DAY, 40, 10, source="ads")
    pour(now, 8)
    came = Lead.objects.filter(email__contains="poured").order_by("pk").values_list("pk", flat=True)
    Lead.objects.filter(pk__in=list(came)[:4]).update(source="web")
    Lead.objects.filter(pk__in=list(came)[4:]).update(source="ads")
    return pool


def test_a_wider_tolerance_wins_more_and_lets_somebody_fall_further_behind(specialists: Pool, now: datetime) -> None:
    basis = basis_of(specialists, by_results=False, day=now.date(), until=now)
    period = Period.last(DAY, now=now + DAY / 2)
    found = tolerances_of(specialists, period, table=basis.table, now_at=4)
    by_turns = {row.turns: row for row in found.rows}

    assert found.leads == 8
    # strictly by turn everybody gets two of each kind; with four turns Ana gets all from the web, Bob all from ads
    bad, good = sorted(row.used for row in kinds_at(basis, 1)[0].reps)
    assert good > 2 * bad
    assert by_turns[0].wins == pytest.approx(4 * good + 4 * bad, rel=0.01)
    assert by_turns[4].wins == pytest.approx(8 * good, rel=0.01)
    assert (by_turns[0].behind, by_turns[4].behind) == (0.5, 2.0)


def test_of_many_people_the_newest_leads_are_enough(
    specialists: Pool, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.insights.tolerances.MOST_SHARES", 7)  # two people could take each
    basis = basis_of(specialists, by_results=False, day=now.date(), until=now)

    assert tolerances_of(specialists, Period.last(DAY, now=now + DAY / 2), table=basis.table, now_at=1).leads == 3


def test_without_results_or_leads_there_is_nothing_to_show(now: datetime) -> None:
    pool, _ = open_company(now)
    empty = basis_of(pool, by_results=False, day=now.date(), until=now)

    assert tolerances_of(pool, Period.last(DAY, now=now), table=empty.table, now_at=None).rows == ()


def test_turns_given_back_the_control_group_and_test_leads_are_not_chosen_anew(now: datetime) -> None:
    pool, (ana, bob) = open_company(now, "Ana", "Bob", strategy="performance", control_share=0.5)
    won_and_lost(ana, now - DAY, 40, 10)
    won_and_lost(bob, now - DAY, 5, 45)
    pour(now, 20)
    by_turn = Assignment.objects.filter(posting__control=True).count()
    tried, given_back = Assignment.objects.filter(posting__control=False)[:2]
    Lead.objects.filter(pk=tried.lead_id).update(test=True)
    reverse_posting(posting=given_back.posting, reason="spam", now=now)
    basis = basis_of(pool, by_results=False, day=now.date(), until=now)

    found = tolerances_of(pool, Period.last(DAY, now=now + DAY / 2), table=basis.table, now_at=1)

    assert 0 < by_turn < 18
    assert found.leads == 18 - by_turn
