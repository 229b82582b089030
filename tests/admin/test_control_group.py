"""Ending a control group and beginning one again: the page that asks, the button, and who sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from routing.admin.lab.worth import worth
from routing.engine.control import Won, ratio_of
from routing.insights.uplift import Arm, Lasted, Uplift
from routing.models import AuditEntry, Pool, RulebookVersion
from routing.services.access import Role
from tests.routing.lead_acts import open_company

DAY = timedelta(days=1)


@pytest.fixture
def pool(db, now):
    return open_company(now - DAY, "Ana", "Bob", strategy="performance", control_share=0.2)[0]


def address(pool):
    return reverse("admin:routing_pool_control", args=[pool.pk])


def lab(client, pool):
    return client.get(reverse("admin:routing_pool_lab"), {"pool": pool.pk}).content.decode()


def test_a_look_at_the_page_ends_nothing_and_says_what_the_button_does(boss, pool):
    words = boss.get(address(pool)).content.decode()

    assert "All new leads of the pool go by results, at once" in words
    assert "Now 20% of the leads of SMB go by turn" in words
    assert RulebookVersion.objects.count() == 1


def test_one_click_ends_it_and_another_begins_it_again_with_its_share(boss, pool):
    ended = boss.post(address(pool), {"do": "end"}, follow=True).content.decode()

    assert "All leads of SMB go by results from now on. Version 2 is live." in ended
    assert Pool.objects.get().control_share == 0
    assert "20% of its new leads go by turn" in boss.get(address(pool)).content.decode()

    boss.post(address(pool), {"do": "begin"})

    assert Pool.objects.get().control_share == 0.2
    deeds = AuditEntry.objects.filter(action__startswith="control_group.").order_by("pk")
    assert list(deeds.values_list("action", flat=True)) == ["control_group.ended", "control_group.begun"]


def test_who_was_slower_is_told(boss, pool):
    boss.post(address(pool), {"do": "end"})

    told = boss.post(address(pool), {"do": "end"}, follow=True).content.decode()

    assert "has no control group any more" in told
    assert RulebookVersion.objects.count() == 2


@pytest.mark.parametrize(("role", "sees"), [(Role.SALES_OPS, True), (Role.MANAGER, False), (Role.READ_ONLY, False)])
def test_only_who_may_publish_is_shown_the_way_there(sign_in, pool, role, sees):
    client = sign_in(role)
    form = client.get(reverse("admin:routing_pool_change", args=[pool.pk])).content.decode()

    assert (address(pool) in lab(client, pool)) is sees
    assert (address(pool) in form) is sees


def test_the_results_of_the_pool_show_the_comparison_too(boss, pool):
    words = boss.get(reverse("admin:routing_pool_results", args=[pool.pk])).content.decode()

    assert "has shared out no lead since its control group began" in words
    assert address(pool) in words


def test_a_pool_that_goes_by_turn_has_nothing_to_end(boss, db, now):
    by_turn, _ = open_company(now, "Ana", "Bob")

    assert "does not go by results" in boss.get(address(by_turn)).content.decode()
    assert address(by_turn) not in lab(boss, by_turn)


# --- what the lab says --------------------------------------------------------------------------------------------


def found(now, *, control, routed, ended=None, needed=None, half=None):
    ratio = ratio_of([Won(0.1, control.wins, routed.wins)])
    return Uplift(Lasted({1: 0.1}, now, ended), routed, control, ratio, needed, half)


def test_until_the_interval_leaves_out_0_it_says_not_enough_data_and_how_many_it_takes(now):
    told = worth(found(now, control=Arm(100, 10), routed=Arm(900, 95), needed=51_234, half=17_890))

    assert (told["clear"], told["answer"], told["likely"]) == (False, "Not enough data", "")
    assert "about 51,000 leads that count" in told["needed"]
    assert "With half of the leads in the control group it would take about 18,000." in told["needed"]
    assert "now there are 1,000 leads" in told["needed"]
    assert told["within"].startswith("−")


def test_then_it_says_how_much_more_in_percent_and_in_points_with_intervals(now):
    told = worth(found(now, control=Arm(1_000, 100), routed=Arm(9_000, 1_800)))

    assert told["answer"] == "More leads are won by results"
    assert told["likely"] == "+100%"
    assert told["within"] == "+45% to +185%, or +6.1 to +13.2 points of all leads"
    assert told["needed"] == ""


def test_fewer_is_said_as_plainly(now):
    told = worth(found(now, control=Arm(1_000, 300), routed=Arm(9_000, 900)))

    assert (told["clear"], told["answer"]) == (True, "Fewer leads are won by results")


def test_as_long_as_no_lead_counts_it_says_from_when_on(now):
    told = worth(found(now, control=Arm(young=3), routed=Arm(young=9)))

    assert told["needed"].startswith("The first leads count 90 days after they were shared out, from ")
    assert (told["any"], told["within"], told["ticks"]) == (True, "", [])


def test_as_long_as_the_control_group_won_nothing_there_is_no_upper_end(now):
    told = worth(found(now, control=Arm(20), routed=Arm(180, 9)))

    assert " to any number, or " in told["within"]


def test_after_its_end_it_says_whether_the_result_can_still_change(now):
    groups = {"control": Arm(100, 10), "routed": Arm(900, 95, by_turn=300)}
    over = worth(found(now, ended=now + DAY, **groups))
    going = worth(found(now, ended=now + DAY, **groups | {"control": Arm(100, 10, young=1)}))

    assert over["needed"] == "It ended before it could be told from chance."
    assert over["final"] == "All its leads count, so this is its result."
    assert going["final"].startswith("1 of its leads is still too young to count: the result is final on ")
    assert over["by_turn"].startswith("At least 300 of the 900 leads by results went by turn all the same")
