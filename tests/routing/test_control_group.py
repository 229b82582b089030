"""The control group: which leads count, ending it as one version, and what is known of it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from routing.engine.types import Strategy
from routing.insights.control_groups import COUNTS_AFTER
from routing.insights.uplift import Arm, uplift_of
from routing.models import (
    Assignment,
    ControlDay,
    EndReason,
    Lead,
    LedgerAccount,
    Pool,
    RulebookVersion,
    ScheduledVersion,
)
from routing.services.control_group import NoControlGroup, begin_control_group, end_control_group
from routing.services.count_control_groups import count_control_groups
from routing.services.lead_actions import set_outcome
from routing.services.publish import draft_changes, publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.services.schedule import schedule_publication
from tests.routing.lead_acts import open_company, pour

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def pool(now: datetime) -> Pool:
    return open_company(now - DAY, strategy="performance", control_share=0.5)[0]


def content_of(pool: Pool) -> dict[str, object]:
    newest = RulebookVersion.objects.order_by("-number").first()
    assert newest is not None
    return next(row for row in newest.content["pools"] if row["id"] == pool.pk)


def pour_others(now: datetime, leads: int) -> None:
    """People who are not those of `pour`."""
    for n in range(leads):
        receive_lead(facts={"email": f"kim@later{n}.example"}, now=now)
    route_all(now=now)


def win(leads: object, *, after: timedelta) -> None:
    """These leads are won so long after they were shared out."""
    for assignment in Assignment.objects.filter(lead__in=leads):
        Lead.objects.filter(pk=assignment.lead_id).update(outcome="won", outcome_at=assignment.assigned_at + after)


def test_leads_of_either_group_are_compared_at_the_same_age(pool: Pool, now: datetime) -> None:
    pour(now, 90)  # ids draw who is in which group: of so many a dozen are in either, but once in a billion times
    by_results = Assignment.objects.filter(posting__control=False).values("lead")
    win(by_results, after=DAY)
    win(Lead.objects.exclude(pk__in=by_results), after=COUNTS_AFTER + DAY)

    young = uplift_of(pool, now=now + COUNTS_AFTER / 2)
    found = uplift_of(pool, now=now + COUNTS_AFTER + DAY)

    assert (young.routed.leads, young.routed.wins, young.ratio.clear) == (0, 0, False)
    assert young.routed.young + young.control.young == 90
    assert (found.routed.wins, found.control.wins) == (found.routed.leads, 0)
    assert found.routed.leads + found.control.leads == 90
    assert found.routed.young == found.control.young == 0
    assert found.ratio.low > 1


def test_it_says_how_many_leads_it_takes(pool: Pool, now: datetime) -> None:
    pour(now, 8)
    win([Lead.objects.values_list("pk", flat=True)[0]], after=DAY)

    found = uplift_of(pool, now=now + COUNTS_AFTER + DAY)

    assert not found.ratio.clear
    assert found.needed is not None
    assert found.needed > 5_000


def test_turns_by_hand_and_test_leads_are_not_compared(pool: Pool, now: datetime) -> None:
    pour(now, 2)
    one, other = Assignment.objects.order_by("pk")
    Assignment.objects.filter(pk=one.pk).update(method="manual")
    Lead.objects.filter(pk=other.lead_id).update(test=True)

    found = uplift_of(pool, now=now + DAY)

    assert found.routed == found.control == Arm()


def test_ending_it_publishes_that_one_share_and_nothing_of_the_draft(pool: Pool, now: datetime) -> None:
    before = content_of(pool)
    Pool.objects.update(band=3)
    scheduled = schedule_publication(note="", at=now + 9 * DAY, user=None, now=now)

    version = end_control_group(pool=pool, user=None, now=now)

    assert content_of(pool) == before | {"control_share": 0}
    assert version.note == "The control group of SMB ends"
    [change] = draft_changes()
    assert "tolerance" in change
    scheduled = ScheduledVersion.objects.get(pk=scheduled.pk)
    assert [(row["control_share"], row["band"]) for row in scheduled.content["pools"]] == [(0, 3)]
    assert Pool.objects.get().history.first().history_change_reason == version.note


def test_from_then_on_all_leads_go_by_results_and_its_ledger_stays(pool: Pool, now: datetime) -> None:
    pour(now - DAY / 2, 12)
    books = list(LedgerAccount.objects.filter(control=True).values_list("rep", "balance"))

    end_control_group(pool=pool, user=None, now=now)
    pour(now, 24)

    later = Assignment.objects.filter(assigned_at__gte=now)
    assert later.filter(posting__control=False).count() == 12, "the others are of persons who come back"
    assert not later.filter(posting__control=True).exists()
    assert books
    assert list(LedgerAccount.objects.filter(control=True).values_list("rep", "balance")) == books


def test_after_its_end_its_leads_go_on_to_count_and_no_others(pool: Pool, now: datetime) -> None:
    pour(now, 20)
    win(Lead.objects.values("pk"), after=DAY)
    end_control_group(pool=pool, user=None, now=now + DAY)
    pour_others(now + DAY, 5)

    at_the_end, final = (uplift_of(pool, now=now + DAY + wait) for wait in (DAY, COUNTS_AFTER))

    assert (at_the_end.routed.young + at_the_end.control.young, at_the_end.arms.wins) == (20, 0)
    assert (final.routed.young + final.control.young, final.arms.wins) == (0, 20)
    assert (final.lasted.ended, final.lasted.final) == (now + DAY, now + DAY + COUNTS_AFTER)


def test_one_that_begins_again_is_counted_anew(pool: Pool, now: datetime) -> None:
    pour(now, 6)
    end_control_group(pool=pool, user=None, now=now + DAY)
    begin_control_group(pool=pool, share=0.2, user=None, now=now + 2 * DAY)

    found = uplift_of(pool, now=now + 2 * COUNTS_AFTER)

    assert (found.lasted.share, found.lasted.since, found.lasted.ended) == (0.2, now + 2 * DAY, None)
    assert found.routed == found.control == Arm()


def test_versions_of_one_control_group_are_counted_together(pool: Pool, now: datetime) -> None:
    pour(now, 6)
    Pool.objects.update(control_share=0.25)
    publish(note="", user=None, now=now)

    found = uplift_of(pool, now=now + COUNTS_AFTER + DAY)

    assert sorted(found.lasted.shares.values()) == [0.25, 0.5]
    assert found.routed.leads + found.control.leads == 6


def test_what_is_not_there_cannot_end_and_what_is_there_cannot_begin(pool: Pool, now: datetime) -> None:
    with pytest.raises(NoControlGroup, match="already"):
        begin_control_group(pool=pool, share=0.1, user=None, now=now)
    with pytest.raises(NoControlGroup, match="at most half"):
        begin_control_group(pool=pool, share=0.6, user=None, now=now)
    end_control_group(pool=pool, user=None, now=now)
    with pytest.raises(NoControlGroup, match="any more"):
        end_control_group(pool=pool, user=None, now=now)
    Pool.objects.update(strategy=Strategy.ROUND_ROBIN.value)
    publish(note="", user=None, now=now)
    with pytest.raises(NoControlGroup, match="does not go by results"):
        end_control_group(pool=pool, user=None, now=now)


# --- counted once -------------------------------------------------------------------------------------------------


def test_what_is_old_enough_is_counted_once_and_nothing_changes_it_later(pool: Pool, now: datetime) -> None:
    pour(now, 20)
    win(Lead.objects.values("pk"), after=DAY)
    later = now + COUNTS_AFTER + 2 * DAY
    before = uplift_of(pool, now=later)

    assert count_control_groups(now=later) == 2, "of both groups"
    assert uplift_of(pool, now=later) == before
    Lead.objects.all().delete()

    assert uplift_of(pool, now=later) == before
    assert count_control_groups(now=later) == 0
    assert sum(row.wins for row in ControlDay.objects.all()) == before.arms.wins == 20


def test_only_days_whose_leads_are_all_old_enough_are_counted(pool: Pool, now: datetime) -> None:
    pour(now, 4)

    assert count_control_groups(now=now + COUNTS_AFTER) == 0
    assert uplift_of(pool, now=now + COUNTS_AFTER).routed.young == 0, "but the lead counts"


def test_leads_after_those_that_were_counted_are_added(pool: Pool, now: datetime) -> None:
    pour(now, 6)
    later = now + 20 * DAY
    pour_others(later, 5)

    while count_control_groups(now=now + COUNTS_AFTER + 10 * DAY):
        pass
    found = uplift_of(pool, now=later + COUNTS_AFTER)

    assert found.routed.leads + found.control.leads == 11
    assert ControlDay.objects.values("day").distinct().count() == 1


def test_two_who_count_at_once_store_it_once(pool: Pool, now: datetime) -> None:
    pour(now, 6)
    later = now + COUNTS_AFTER + 2 * DAY
    count_control_groups(now=later)
    rows = list(ControlDay.objects.order_by("pk").values())
    days = ControlDay.objects.all()
    kept = [ControlDay(**row) for row in rows]
    days.delete()
    ControlDay.objects.bulk_create(kept[:1])

    count_control_groups(now=later)

    assert ControlDay.objects.count() == 1, "the day is one that was counted"


# --- won ----------------------------------------------------------------------------------------------------------


def test_a_lead_whose_amount_is_put_right_later_was_won_when_it_was(pool: Pool, now: datetime) -> None:
    pour(now, 1)
    for amount, at in ((Decimal(5), now + DAY), (Decimal(7), now + COUNTS_AFTER + DAY)):
        set_outcome(lead=Lead.objects.get(), stage="won", amount=amount, reason="", now=at, actor="Ana")

    assert uplift_of(pool, now=now + COUNTS_AFTER + 2 * DAY).arms.wins == 1


def test_whoever_hands_leads_over_has_won_those_that_came_there(pool: Pool, now: datetime) -> None:
    pour(now, 2)
    first = Assignment.objects.order_by("pk")[0]
    Assignment.objects.filter(pk=first.pk).update(ended_at=now + DAY, end_reason=EndReason.HANDED_OVER)

    assert uplift_of(pool, now=now + COUNTS_AFTER + DAY).arms.wins == 1


def test_leads_that_went_by_turn_all_the_same_are_told(pool: Pool, now: datetime) -> None:
    pour(now, 12)
    Assignment.objects.filter(pk__in=Assignment.objects.filter(posting__control=False)[:1]).update(method="performance")

    found = uplift_of(pool, now=now + COUNTS_AFTER + DAY)

    assert found.routed.by_turn == found.routed.leads - 1
