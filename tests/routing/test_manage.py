"""Changing the configuration: what is written together, what is archived, who is locked and who is woken."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import TimeOff
from routing.models import Account, LastResort, Lead, Ledger, Pool, PoolMember, Rule, SlaPolicy, Territory
from routing.services import manage
from routing.services.publish import publish
from tests.factories import (
    make_catch_all,
    make_lead,
    make_pool,
    make_rep,
    make_rule,
    make_settings,
    make_sla,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(now: datetime) -> Lead:
    later = now + timedelta(hours=5)
    held = {"held_reason": "nobody_available", "held_since": now, "hold_deadline_at": later, "route_after": later}
    return make_lead(now, status=Lead.Status.HELD, **held)


def test_a_new_pool_gets_its_ledger() -> None:
    pool = manage.create_pool(name="SMB")

    assert pool.ledger == Ledger.objects.get()


def test_a_pool_may_take_the_name_of_an_archived_one(now: datetime) -> None:
    make_pool(name="SMB", archived_at=now)

    assert manage.create_pool(name="SMB").ledger != manage.create_pool(name="SMB 2").ledger


def test_saving_a_pool_again_keeps_its_ledger() -> None:
    pool = manage.create_pool(name="SMB")
    pool.name = "Small"

    assert manage.save_pool(pool=pool).ledger == Ledger.objects.get()


def test_what_no_version_names_is_deleted_ledger_included(now: datetime) -> None:
    manage.archive_pool(pool=manage.create_pool(name="SMB"), now=now)

    assert not Pool.objects.exists() and not Ledger.objects.exists()


def test_what_a_version_names_is_archived(now: datetime) -> None:
    pool, policy = make_pool(name="Spare"), make_sla()
    rule = make_rule(pool=pool, sla=policy)
    territory = Territory.objects.create(name="West", countries=["US"])
    make_catch_all(make_pool())
    publish(note="", user=None, now=now)

    manage.archive_rule(rule=rule, now=now)
    manage.archive_territory(territory=territory, now=now)
    manage.archive_sla(policy=policy, now=now)
    manage.archive_pool(pool=pool, now=now)

    for model, key in ((Rule, rule.pk), (Territory, territory.pk), (SlaPolicy, policy.pk), (Pool, pool.pk)):
        assert model.objects.get(pk=key).archived_at == now  # type: ignore[attr-defined]


def test_the_catch_all_cannot_be_removed(now: datetime) -> None:
    with pytest.raises(manage.StillUsed, match="The catch-all cannot be removed."):
        manage.archive_rule(rule=make_catch_all(make_pool()), now=now)


def test_what_is_still_used_cannot_be_removed(now: datetime) -> None:
    pool, other, policy = make_pool(name="SMB"), make_pool(), make_sla()
    make_settings(sla=policy)
    make_rule(name="Demos", pool=pool, sla=policy)
    make_rule(name="Busy", pool=other, when_nobody="overflow", overflow_pool=pool)
    west = Territory.objects.create(name="West", owner_pool=pool)
    Territory.objects.create(name="Bay", parent=west)

    for archive, uses in (
        (lambda: manage.archive_pool(pool=pool, now=now), 3),
        (lambda: manage.archive_sla(policy=policy, now=now), 2),
        (lambda: manage.archive_territory(territory=west, now=now), 1),
    ):
        with pytest.raises(manage.StillUsed) as caught:
            archive()  # type: ignore[no-untyped-call]
        assert len(caught.value.uses) == uses


def test_a_rule_is_moved_and_all_are_numbered_anew() -> None:
    pool = make_pool()
    first, second, third = (make_rule(name=name, pool=pool) for name in "ABC")
    make_catch_all(pool)

    manage.move_rule(rule=third, index=0)

    assert list(Rule.objects.in_order().values_list("name", flat=True)) == ["C", "A", "B", "Catch-all"]
    assert [Rule.objects.get(pk=rule.pk).position for rule in (third, first, second)] == [1, 2, 3]


def test_there_is_one_catch_all() -> None:
    pool = make_pool()

    assert manage.ensure_catch_all(pool=pool) == manage.ensure_catch_all(pool=make_pool())


def test_a_reps_address_is_kept_in_lower_case(now: datetime) -> None:
    ana = make_rep("Ana")
    ana.email = " Ana@Acme.Example "

    assert manage.save_rep(rep=ana, now=now).email == "ana@acme.example"


def test_a_changed_rep_lets_waiting_leads_be_looked_at_again(now: datetime, waiting: Lead) -> None:
    manage.save_rep(rep=make_rep("Ana"), now=now)

    waiting.refresh_from_db()
    assert waiting.route_after == now


def test_so_does_every_other_change_that_may_free_somebody(now: datetime, waiting: Lead) -> None:
    ana, pool = make_rep("Ana"), make_pool()
    leave = TimeOff(rep=ana, starts_at=now, ends_at=now + timedelta(days=1))
    changes: list[Any] = [
        lambda: manage.save_time_off(time_off=leave, now=now),
        lambda: manage.remove_time_off(leaves=[leave], now=now),
        lambda: manage.save_member(pool=pool, rep=ana, now=now),
        lambda: manage.remove_member(member=PoolMember.objects.get(), now=now),
        lambda: manage.set_last_resort(reps=[ana], now=now),
        lambda: manage.remove_last_resort(entries=list(LastResort.objects.all()), now=now),
        lambda: manage.save_last_resort(entry=LastResort(rep=ana), now=now),
        lambda: manage.remove_teams(teams=[make_team()], now=now),
        lambda: manage.remove_rep(rep=make_rep("Bob"), now=now),
        lambda: manage.save_settings(settings=make_settings(), now=now),
    ]
    for change in changes:
        Lead.objects.update(route_after=now + timedelta(hours=5))
        change()
        assert Lead.objects.get().route_after == now


def test_a_lead_held_while_the_change_was_under_way_is_woken_after_the_commit(
    now: datetime, waiting: Lead, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        manage.save_rep(rep=make_rep("Ana"), now=now)
        Lead.objects.update(route_after=now + timedelta(hours=5))  # as a batch would that read the old state

    waiting.refresh_from_db()
    assert waiting.route_after == now


def test_a_member_is_added_once_and_then_changed(now: datetime) -> None:
    ana, pool = make_rep("Ana"), make_pool()

    manage.save_member(pool=pool, rep=ana, now=now)
    manage.save_member(pool=pool, rep=ana, now=now, weight=0.5, caps={"day": 3})

    member = PoolMember.objects.get()
    assert (float(member.weight), member.caps) == (0.5, {"day": 3})


def test_an_account_is_found_by_the_key_of_its_name() -> None:
    account = manage.save_account(account=Account(name="Acme Labs, Inc."), aliases=["ACME Laboratories GmbH"])

    assert account.name_key == "acme labs"
    assert account.aliases.get().name_key == "acme laboratories"
