"""Two people end a control group at the same moment, and somebody publishes meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from routing.models import Pool, RulebookVersion
from routing.services.control_group import NoControlGroup, end_control_group
from routing.services.publish import publish
from tests.chaos.at_once import at_once
from tests.routing.lead_acts import open_company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]


def ends(pool: Pool, now: datetime) -> Callable[[], str]:
    def end() -> str:
        try:
            return f"version {end_control_group(pool=pool, user=None, now=now).number}"
        except NoControlGroup as refused:
            return str(refused)

    return end


def test_of_two_who_end_it_at_once_one_does_and_the_other_is_told(now: datetime) -> None:
    pool, _ = open_company(now - timedelta(days=1), strategy="performance", control_share=0.5)

    answers = at_once(ends(pool, now), ends(pool, now))

    assert sorted(answers) == ["The pool SMB has no control group any more.", "version 2"]
    assert RulebookVersion.objects.count() == 2


def test_whoever_publishes_meanwhile_does_not_bring_it_back(now: datetime) -> None:
    pool, _ = open_company(now - timedelta(days=1), strategy="performance", control_share=0.5)
    Pool.objects.update(band=3)

    at_once(ends(pool, now), lambda: publish(note="", user=None, now=now))

    newest = RulebookVersion.objects.order_by("-number")[0]
    assert (newest.number, newest.content["pools"][0]["control_share"], Pool.objects.get().control_share) == (3, 0, 0)
