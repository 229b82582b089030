"""Changing the configuration: what is written together, what is archived, who is locked and who is woken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from reps.models import TimeOff
from routing.models import (
    Account,
    Example,
    LastResort,
    Lead,
    Ledger,
    LookupTable,
    Pool,
    PoolMember,
    RoutingSettings,
    Rule,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.services import manage
from routing.services.publish import publish
from tests.factories import (
    make_account,
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


# --- what import and publishing refuse is refused here, by field ----------------------------------------------------


def refused(save: Callable[[], Any]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        save()
    return caught.value.message_dict


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"band": -1}, "band"),
        ({"control_share": 0.6}, "control_share"),
        ({"strategy": "dice"}, "strategy"),
        ({"segments": ["colour"]}, "segments"),
        ({"requires": {"skills": ["juggling"]}}, "requires"),
        ({"requires": {"topics": ["k8s"]}}, "requires"),
        ({"working_hours": {"mo": []}}, "working_hours"),
        ({"creditable_reasons": ["rain"]}, "creditable_reasons"),
    ],
)
def test_a_pool_is_refused_by_field(fields: dict[str, Any], field: str) -> None:
    errors = refused(lambda: manage.create_pool(name="SMB", **fields))

    assert field in errors or "__all__" in errors
    assert not Pool.objects.exists() and not Ledger.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"conditions": [[{"field": "domain", "op": "matches", "value": "(x"}]]}, "conditions"),
        ({"requires": {"topics": [{"topic": "k8s"}]}}, "requires"),
        ({"weekdays": [9]}, "weekdays"),
        ({"destination": "account_owner", "account_role": " "}, "account_role"),
        ({"units": 0}, "units"),
    ],
)
def test_a_rule_is_refused_by_field(fields: dict[str, Any], field: str) -> None:
    rule = Rule(name="Demos", **{"pool": make_pool(), **fields})

    assert field in refused(lambda: manage.save_draft(row=rule))


def test_a_rule_whose_overflow_comes_back_is_refused() -> None:
    first, second = make_pool(), make_pool()
    make_rule(pool=first, when_nobody="overflow", overflow_pool=second)
    back = Rule(name="Back", pool=second, when_nobody="overflow", overflow_pool=first)

    assert list(refused(lambda: manage.save_draft(row=back))) == ["overflow_pool"]


def test_a_territory_that_would_lie_in_itself_is_refused() -> None:
    east = Territory.objects.create(name="East")
    east.parent = Territory.objects.create(name="West", parent=east)

    assert list(refused(lambda: manage.save_draft(row=east))) == ["parent"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (Topic(name="k8s", keywords=["!"]), "keywords"),
        (Source(name="fair", wait_for=["colour"]), "wait_for"),
        (SlaPolicy(name="fast", steps=[{"after_minutes": -1, "do": "remind"}]), "steps"),
        (SlaPolicy(name="fast", max_attempts=0), "max_attempts"),
        (Territory(name="T", countries=["ZZ"]), "countries"),
    ],
    ids=str,
)
def test_a_row_of_the_draft_is_refused_by_field(row: Any, field: str) -> None:
    assert list(refused(lambda: manage.save_draft(row=row))) == [field]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"grades": {"A": 1, "B": 2}}, "grades"),
        ({"score": [{"when": [], "points": "many"}]}, "score"),
        ({"stages": {"sold": "route"}}, "stages"),
        ({"working_hours": {"mo": []}}, "working_hours"),
    ],
)
def test_settings_are_refused_by_field(fields: dict[str, Any], field: str, now: datetime) -> None:
    settings = RoutingSettings(pk=1, **fields)

    assert list(refused(lambda: manage.save_settings(settings=settings, now=now))) == [field]


def test_an_example_of_a_lead_that_no_form_could_send_is_refused() -> None:
    example = Example(name="e", lead={"colour": "red"}, expected_pool=make_pool())

    assert list(refused(lambda: manage.save_draft(row=example))) == ["lead"]


def test_weights_caps_and_unknown_topics_are_refused(now: datetime) -> None:
    ana, pool = make_rep("Ana"), make_pool()
    ana.caps = {"day": -1}

    assert list(refused(lambda: manage.save_member(pool=pool, rep=ana, now=now, weight=0))) == ["weight"]
    assert list(refused(lambda: manage.save_rep(rep=ana, now=now))) == ["caps"]
    assert list(refused(lambda: manage.set_expertise(rep=ana, levels={"k8s": 2}, now=now))) == ["topic"]


def test_an_account_that_would_lie_in_itself_is_refused() -> None:
    parent = make_account("A")
    parent.parent = make_account("B", parent=parent)

    assert list(refused(lambda: manage.save_account(account=parent))) == ["parent"]


# --- topics, tables, fairness groups --------------------------------------------------------------------------------


def test_a_table_gets_its_rows_and_keys_alike_are_refused() -> None:
    pool = make_pool()

    table = manage.save_table(table=LookupTable(name="P"), rows={"ACME": pool, "Globex": make_rep("Ana")})

    assert [row.key for row in table.rows.all()] == ["ACME", "Globex"]
    assert refused(lambda: manage.save_table(table=table, rows={"acme": pool, "ACME ": pool}))


def test_topics_and_tables_that_are_used_cannot_be_removed(now: datetime) -> None:
    topic, table = Topic.objects.create(name="k8s"), LookupTable.objects.create(name="P")
    manage.set_expertise(rep=make_rep("Ana"), levels={"k8s": 2}, now=now)
    make_rule(name="R", destination="table", table=table, table_field="source", requires={"topics": ["K8S"]})

    with pytest.raises(manage.StillUsed) as of_topic:
        manage.archive_topic(topic=topic, now=now)
    with pytest.raises(manage.StillUsed, match="Rule “R” looks up in it."):
        manage.archive_table(table=table, now=now)
    assert of_topic.value.uses == ["Rule “R” requires it.", "Ana knows it (expertise)."]


def test_a_pool_that_a_table_or_an_example_names_cannot_be_removed(now: datetime) -> None:
    pool = make_pool()
    manage.save_table(table=LookupTable(name="P"), rows={"ACME": pool})
    Example.objects.create(name="e", lead={"email": "a@b.example"}, expected_pool=pool)

    with pytest.raises(manage.StillUsed) as caught:
        manage.archive_pool(pool=pool, now=now)

    assert caught.value.uses == ["Table “P” names it for ACME.", "Example “e” expects it."]


def test_topics_tables_sources_and_examples_that_a_version_names_are_archived(now: datetime) -> None:
    pool = make_pool(make_rep("Ana"))
    make_catch_all(pool)
    rows = [
        Topic.objects.create(name="k8s"),
        LookupTable.objects.create(name="P"),
        Source.objects.create(name="fair"),
        Example.objects.create(name="e", lead={"email": "a@b.example"}, expected_pool=pool),
    ]
    publish(note="", user=None, now=now)

    for row in rows:
        manage.retire(rows=[row], now=now)

    assert {type(row).objects.get(pk=row.pk).archived_at for row in rows} == {now}


def test_a_fairness_group_is_made_renamed_and_removed_unless_it_is_used() -> None:
    group = manage.create_fairness_group(name="All")
    manage.rename_fairness_group(group=group, name="Everybody")
    pool = make_pool(name="SMB", fairness_group=group)

    with pytest.raises(manage.StillUsed, match="Pool “SMB” is in it."):
        manage.remove_fairness_group(group=group)
    Pool.objects.filter(pk=pool.pk).update(fairness_group=None)
    manage.remove_fairness_group(group=group)

    assert not Ledger.objects.filter(shared=True).exists()
