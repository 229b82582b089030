"""An outcome that was wrong is corrected, whichever it was: state, caps and statistics follow."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from reps.models import Rep
from routing.insights.outcomes import Question, count_outcomes
from routing.models import Lead
from routing.services.lead_actions import Invalid, set_outcome
from routing.services.route_pending import route_all
from tests.routing.lead_acts import current, events, fresh, open_company, routed, sums

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STAGES = ("qualified", "won", "lost")


def set_to(lead: Lead, stage: str, now: datetime) -> Lead:
    return set_outcome(lead=lead, stage=stage, amount=None, reason="", now=now, actor="Ana")


def owners_of_a_waiting_lead(now: datetime) -> Collection[str | None]:
    """Who has the second lead, once routing has looked at it again."""
    Lead.objects.held().update(route_after=now)
    route_all(now=now)
    return list(Lead.objects.order_by("-pk").values_list("owner__name", flat=True)[:1])


@pytest.mark.parametrize(("before", "after"), list(permutations(STAGES, 2)))
def test_every_outcome_can_be_corrected_to_every_other(now: datetime, before: str, after: str) -> None:
    open_company(now)
    lead = routed(now)
    owner, posted = lead.owner, sums()
    set_to(lead, before, now)

    set_to(lead, after, now + MINUTE)

    row, closed = fresh(lead), after != "qualified"
    assert (row.outcome, row.outcome_at, row.owner) == (after, now + MINUTE, owner)
    assert (row.status, row.closed_at is not None) == ("closed" if closed else "assigned", closed)
    assert current(lead).ended_at is None
    assert ([text.lower() for text, _ in events(lead, "outcome")], sums()) == ([before, after], posted)


@pytest.mark.parametrize(("before", "after"), [("won", "lost"), ("lost", "won")])
def test_a_lead_that_stays_closed_was_closed_when_it_was(now: datetime, before: str, after: str) -> None:
    open_company(now)
    lead = routed(now)
    set_to(lead, before, now)

    set_to(lead, after, now + DAY)

    assert fresh(lead).closed_at == now


def test_an_outcome_cannot_be_taken_back_to_none(now: datetime) -> None:
    open_company(now)
    lead = routed(now)
    set_to(lead, "won", now)

    with pytest.raises(Invalid):
        set_to(lead, "", now)


@pytest.mark.parametrize(("after", "second"), [("qualified", None), ("lost", "Ana")])
def test_a_lead_that_is_open_again_counts_for_the_cap_again(now: datetime, after: str, second: str | None) -> None:
    open_company(now, "Ana")
    Rep.objects.update(caps={"open": 1})
    lead = routed(now)
    set_to(lead, "won", now)

    set_to(lead, after, now)
    routed(now + MINUTE, email="bo@firm.example")

    assert owners_of_a_waiting_lead(now + MINUTE) == [second]


def test_a_qualified_lead_that_is_lost_after_all_makes_room(now: datetime) -> None:
    open_company(now, "Ana")
    Rep.objects.update(caps={"open": 1})
    lead = routed(now)
    for stage in ("won", "qualified"):
        set_to(lead, stage, now)
    routed(now + MINUTE, email="bo@firm.example")
    waited = owners_of_a_waiting_lead(now + MINUTE)

    set_to(lead, "lost", now + MINUTE)

    assert (waited, owners_of_a_waiting_lead(now + 2 * MINUTE)) == ([None], ["Ana"])


@pytest.mark.parametrize(
    ("stages", "counted"),
    [
        (("won", "lost"), [(0, 1)]),
        (("lost", "won"), [(1, 1)]),
        (("won", "qualified"), []),
        (("qualified", "won"), [(1, 1)]),
        (("won", "qualified", "lost"), [(0, 1)]),
    ],
)
def test_statistics_count_what_an_outcome_was_corrected_to(
    now: datetime, stages: tuple[str, ...], counted: list[tuple[int, int]]
) -> None:
    _, (ana,) = open_company(now, "Ana")
    lead = routed(now)

    for stage in stages:
        set_to(lead, stage, now)

    found = count_outcomes(Question([ana.pk], (), now + DAY, half_life_days=1000))
    assert [(round(one.wins), round(one.leads)) for one in found] == counted


def test_a_correction_brings_its_own_amount_and_reason(now: datetime) -> None:
    open_company(now)
    lead = routed(now)
    set_outcome(lead=lead, stage="won", amount=Decimal(5000), reason="", now=now, actor="Ana")

    set_outcome(lead=lead, stage="lost", amount=None, reason="no budget", now=now, actor="Ana")

    assert (fresh(lead).amount, fresh(lead).outcome_reason) == (None, "no budget")
