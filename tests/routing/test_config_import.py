"""Importing a configuration file: what it writes, what it publishes, and that a second run changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
import yaml

from reps.models import Rep, Team, TimeOff
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
    RulebookVersion,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.services.importing.run import Imported, import_config
from tests.factories import make_lead, make_pool, make_rep, make_rule
from tests.routing.config_sample import FULL, SMALL

pytestmark = pytest.mark.django_db
WITHOUT_EXAMPLES = "examples: []\n"
"""Those of the full sample fit its rules alone."""


def run(text: str, now: datetime, **options: bool) -> Imported:
    return import_config(text=text, now=now, **options)


def test_the_sample_is_imported_and_published(now: datetime) -> None:
    imported = run(FULL, now)

    assert imported.version == 1
    assert RulebookVersion.objects.get().content["settings"]["timezone"] == "Europe/Berlin"


def test_a_rep_gets_every_key(now: datetime) -> None:
    run(FULL, now)

    ana = Rep.objects.get(email="ana@acme.example")
    assert (ana.name, ana.team.name, ana.holidays, ana.languages) == ("Ana Diaz", "West", "US-CA", ["en", "es"])
    assert ana.caps["open"] == {"limit": 40, "all": True}
    assert (ana.paused, ana.paused_until, ana.paused_reason) == (True, datetime(2026, 12, 1, 8, tzinfo=UTC), "training")
    assert ana.backup.email == "bob@acme.example"
    assert [skill.name for skill in ana.skills.all()] == ["security"]
    assert {row.topic: row.level for row in ana.expertise.all()} == {"kubernetes": 3, "fintech": 2}


def test_hours_of_their_own_the_teams_or_always(now: datetime) -> None:
    run(FULL, now)

    ana, bob, boss, _ = Rep.objects.order_by("email")
    assert (ana.hours, bob.hours, boss.hours) == (Rep.Hours.OWN, Rep.Hours.ALWAYS, Rep.Hours.TEAM)
    saturday = ana.working_hours.get(weekday=5)
    assert (saturday.start, saturday.end) == (time(22), time(2))
    assert Team.objects.get().working_hours.count() == 10


def test_a_leave_in_dates_lasts_through_its_last_day_in_the_reps_zone(now: datetime) -> None:
    run(FULL, now)

    leave = TimeOff.objects.get(rep__email="ana@acme.example")
    assert leave.whole_days
    assert (leave.starts_at, leave.ends_at) == (
        datetime(2026, 12, 20, 8, tzinfo=UTC),
        datetime(2027, 1, 4, 8, tzinfo=UTC),
    )


def test_an_account_gets_every_key(now: datetime) -> None:
    run(FULL, now)

    globex = Account.objects.get(name="Globex")
    assert (globex.name_key, globex.phone, globex.stage, globex.target) == ("globex", "+17135550100", "customer", True)
    assert (globex.parent.name, globex.owner.name) == ("Energy Holding", "Ana Diaz")
    assert set(globex.domains.values_list("domain", "excluded")) == {
        ("globex.com", False),
        ("globex.de", False),
        ("globex.org", True),
    }
    assert globex.people.get().role == "csm"
    assert globex.aliases.get().name_key == "globex"


def test_a_pool_gets_its_ledger_and_members(now: datetime) -> None:
    run(FULL, now)

    pool = Pool.objects.get(name="SMB")
    assert Ledger.objects.filter(pools=pool).exists()
    assert pool.members.get(rep__email="bob@acme.example").weight == Decimal("2.5")
    assert pool.members.get(rep__email="ana@acme.example").caps == {"day": 10}


def test_rules_keep_the_order_of_the_file_and_the_last_is_the_catch_all(now: datetime) -> None:
    run(FULL, now)

    names = list(Rule.objects.in_order().values_list("name", flat=True))
    assert names == ["Known account", "Partner codes", "Home turf", "Partners", "Students", "Demos", "Catch-all"]
    assert Rule.objects.get(catch_all=True).name == "Catch-all"


def test_a_rule_gets_every_key(now: datetime) -> None:
    run(FULL, now)

    rule = Rule.objects.get(name="Known account")
    assert (rule.destination, rule.account_role, rule.away) == ("account_owner", "csm", "next")
    assert (rule.when_nobody, rule.wait_minutes, rule.sla.name, rule.alert) == ("wait", 0.5, "five-minutes", "none")
    assert (rule.answer_now, rule.same_company, rule.notify) == (True, False, ["sales@acme.example"])
    assert (rule.weekdays, rule.active_from) == ([0, 1, 2, 3, 4], datetime(2026, 1, 1, tzinfo=UTC))
    assert rule.conditions[1] == [{"field": "country", "op": "any_of", "value": ["US", "NO"]}]


def test_a_pool_gets_every_key(now: datetime) -> None:
    run(FULL, now)

    smb, other = Pool.objects.get(name="SMB"), Pool.objects.get(name="Any")
    assert (smb.strategy, smb.fairness, smb.turns_by, smb.totals_days, smb.band) == (
        "performance",
        "totals",
        "grade",
        14,
        0,
    )
    assert (smb.performance_mode, smb.segments, smb.shrinkage_k, smb.half_life_days) == (
        "more_leads",
        ["kind", "size"],
        20,
        60,
    )
    assert (smb.minimum_fit, smb.control_share, smb.creditable_reasons) == (0.3, 0.2, ["spam", "duplicate"])
    assert smb.requires["topics"] == [{"topic": "kubernetes", "level": 2, "patience_minutes": 10}]
    assert smb.working_hours == {"mon-fri": ["08:00-20:00"]}
    assert (other.paused, other.hide_details, other.offer, other.offer_minutes) == (True, True, "exclusive", 2.5)
    assert (other.segments, other.creditable_reasons) == ([], [])


def test_pools_of_a_fairness_group_share_a_ledger_and_keep_their_own(now: datetime) -> None:
    run(FULL, now)

    smb, spare = Pool.objects.get(name="SMB"), Pool.objects.get(name="Spare")
    assert smb.fairness_group == spare.fairness_group == Ledger.objects.get(shared=True)
    assert smb.ledger != spare.ledger
    content = RulebookVersion.objects.get().content["pools"]
    assert {row["ledger"] for row in content if row["fairness_group"]} == {smb.fairness_group_id}


def test_an_agent_gets_every_key(now: datetime) -> None:
    run(FULL, now)

    robo = Rep.objects.get(name="Robo")
    assert (robo.kind, robo.webhook, robo.ack_seconds) == ("agent", "https://agent.example/leads", 20)
    assert Rep.objects.get(name="Ana Diaz").catch_up == {"share": 0.5, "cap": 5, "max_rate": 1.5}


def test_an_sla_policy_gets_every_key(now: datetime) -> None:
    run(FULL, now)

    policy = SlaPolicy.objects.get(name="five-minutes")
    assert (policy.accept_minutes, policy.accept_counts, policy.take_away, policy.max_attempts) == (20, True, True, 2)
    assert policy.steps[0] == {"after_minutes": 3, "do": "remind", "unless": "accepted"}


def test_topics_tables_sources_stages_and_examples_are_imported(now: datetime) -> None:
    run(FULL, now)

    assert Topic.objects.get(name="kubernetes").keywords == ["k8s", "kubernetes", "helm"]
    assert [str(row.rep or row.pool) for row in LookupTable.objects.get().rows.all()] == ["Bob Ray", "SMB"]
    assert Source.objects.get(name="website").wait_for == ["country", "attributes.plan"]
    assert RoutingSettings.objects.get().stages == {"qualified": "route"}
    assert Example.objects.get(name="a customer").at == datetime(2026, 3, 3, 18, tzinfo=UTC)


def test_points_and_grades_are_imported(now: datetime) -> None:
    run(FULL, now)

    settings = RoutingSettings.objects.get()
    assert [row["points"] for row in settings.score] == [20, -2.5]
    assert settings.grades == {"A": 75, "B": 50, "C": 30}
    assert (settings.release_burst, settings.signal_half_life_days) == (5, 14)


def test_a_rule_may_look_up_in_a_table_and_tell_in_a_digest(now: datetime) -> None:
    run(FULL, now)

    rule = Rule.objects.get(name="Partner codes")
    assert (rule.destination, rule.table.name, rule.table_field, rule.away, rule.alert) == (
        "table",
        "Partners",
        "attributes.partner",
        "wait",
        "digest",
    )


def test_pausing_a_pool_is_live_and_told(now: datetime) -> None:
    run(SMALL, now)

    imported = run(SMALL.replace("name: SMB,", "name: SMB, paused: true,"), now)

    assert imported == Imported(changes=["Pool “SMB”: paused: no → yes."], version=None)
    assert Pool.objects.get().paused


def test_a_row_of_a_table_that_changes_is_told_on_its_own(now: datetime) -> None:
    table = "tables: [{name: P, rows: {a: {pool: SMB}, b: {pool: SMB}}}]\n"
    run(SMALL + table, now)

    imported = run(SMALL + table.replace("b: {pool: SMB}", "b: {rep: bob@acme.example}"), now)

    assert imported.changes == ["Table “P”: b: pool SMB → Bob Ray."]


def test_a_value_where_the_operator_takes_none_is_left_out(now: datetime) -> None:
    written = SMALL.replace("op: is, value: demo", "op: not_empty, value: null")
    run(written, now)

    again = run(written.replace(", value: null", ""), now)

    assert again.changes == []


def test_settings_and_last_resort_are_set(now: datetime) -> None:
    run(FULL, now)

    settings = RoutingSettings.objects.get()
    assert (settings.hold_deadline_hours, settings.account_hierarchy, settings.sla.name) == (
        48,
        "parent",
        "five-minutes",
    )
    assert LastResort.objects.get().rep.email == "boss@acme.example"


def test_a_second_run_changes_nothing_and_says_so(now: datetime) -> None:
    run(FULL, now)

    again = run(FULL, now + timedelta(days=1))

    assert again == Imported(changes=[], version=None)
    assert RulebookVersion.objects.count() == 1
    assert Rep.history.count() == 4 + 1  # four made, and one given a backup


def test_json_says_the_same_as_yaml(now: datetime) -> None:
    run(SMALL, now)

    again = run(json.dumps(yaml.safe_load(SMALL)), now, is_json=True)

    assert again.changes == []


def test_a_dry_run_says_what_would_change_and_writes_nothing(now: datetime) -> None:
    run(SMALL, now)

    would = run(SMALL.replace("Ana Diaz", "Ana Diaz-Roe"), now, dry_run=True)

    assert would.changes == ["Rep “Ana Diaz”: name: Ana Diaz → Ana Diaz-Roe."]
    assert Rep.objects.filter(name="Ana Diaz").exists()


def test_a_dry_run_of_a_new_company_leaves_the_database_empty(now: datetime) -> None:
    would = run(FULL, now, dry_run=True)

    assert would.version == 1
    assert not Rep.objects.exists() and not Pool.objects.exists() and not RulebookVersion.objects.exists()


def test_a_draft_is_not_published(now: datetime) -> None:
    imported = run(SMALL, now, draft=True)

    assert imported.version is None
    assert Rule.objects.count() == 2 and not RulebookVersion.objects.exists()


def test_a_draft_import_is_published_by_the_next_one(now: datetime) -> None:
    run(SMALL, now, draft=True)

    assert run(SMALL, now).version == 1


def test_live_changes_need_no_new_version(now: datetime) -> None:
    run(SMALL, now)

    imported = run(SMALL.replace("name: Bob Ray", "name: Bob Ray, caps: {day: 3}"), now)

    assert imported == Imported(changes=["Rep “Bob Ray”: caps: nothing → day 3."], version=None)


def test_a_key_that_is_left_out_goes_back_to_its_default(now: datetime) -> None:
    run(SMALL.replace("name: Bob Ray", "name: Bob Ray, caps: {day: 3}"), now)

    run(SMALL, now)

    assert Rep.objects.get(email="bob@acme.example").caps == {}


def test_reps_that_the_file_does_not_name_stay(now: datetime) -> None:
    other = make_rep("Cleo")

    run(SMALL, now)

    assert Rep.objects.filter(pk=other.pk, active=True).exists()


def test_rules_and_pools_that_the_file_does_not_name_are_removed(now: datetime) -> None:
    make_rule(name="Old", pool=make_pool(name="Old pool"))

    imported = run(SMALL, now)

    assert not Rule.objects.filter(name="Old").exists() and not Pool.objects.filter(name="Old pool").exists()
    assert {"Rule “Old” is removed.", "Pool “Old pool” is removed."} <= set(imported.changes)


def test_what_a_version_names_is_archived_not_deleted(now: datetime) -> None:
    run(FULL, now)

    run(SMALL + WITHOUT_EXAMPLES, now)

    assert Rule.objects.get(name="Students").archived_at == now
    assert Pool.objects.get(name="Spare").archived_at == now


def test_sections_that_are_not_in_the_file_stay(now: datetime) -> None:
    run(FULL, now)

    run(SMALL + WITHOUT_EXAMPLES, now)

    assert Territory.objects.current().count() == 2 and SlaPolicy.objects.current().count() == 2


def test_an_empty_section_removes_its_rows(now: datetime) -> None:
    run(FULL, now)

    run(SMALL + WITHOUT_EXAMPLES + "territories: []\n", now)

    assert not Territory.objects.current().exists()


def test_members_that_the_file_does_not_name_leave_the_pool(now: datetime) -> None:
    run(SMALL, now)

    imported = run(SMALL.replace(", {rep: bob@acme.example}", ""), now)

    assert PoolMember.objects.get().rep.email == "ana@acme.example"
    assert imported.changes == ["Member “Bob Ray in SMB” leaves the pool."]


def test_another_rule_can_become_the_catch_all(now: datetime) -> None:
    run(SMALL, now)

    run(SMALL.replace("Catch-all", "Everything else"), now)

    assert Rule.objects.current().get(catch_all=True).name == "Everything else"


def test_rules_can_change_places_with_the_catch_all(now: datetime) -> None:
    run(SMALL, now)
    swapped = (
        SMALL.replace("name: Demos", "name: X").replace("name: Catch-all", "name: Demos").replace("X", "Catch-all")
    )

    run(swapped, now)

    assert Rule.objects.current().get(catch_all=True).name == "Demos"


def test_a_leave_whose_end_moves_is_the_same_leave(now: datetime) -> None:
    text = SMALL + "time_off: [{rep: ana@acme.example, from: 2026-12-20, to: 2026-12-24}]\n"
    run(text, now)

    imported = run(text.replace("12-24", "12-23"), now)

    assert imported.changes == ["Time off of “Ana Diaz”: 2026-12-20 to 2026-12-24 → 2026-12-20 to 2026-12-23."]
    assert TimeOff.objects.get().ends_at == datetime(2026, 12, 24, tzinfo=UTC)


def test_leads_that_wait_are_looked_at_again(now: datetime) -> None:
    later = now + timedelta(days=1)
    held = {"held_reason": "nobody_available", "held_since": now, "hold_deadline_at": later, "route_after": later}
    lead = make_lead(now, status=Lead.Status.HELD, **held)

    run(SMALL, now)

    lead.refresh_from_db()
    assert lead.route_after == now


def test_hundreds_of_reps_and_rules_are_written_in_bulk(now: datetime, django_assert_max_num_queries) -> None:
    reps = [{"email": f"rep{n}@acme.example", "name": f"Rep {n}", "caps": {"day": 5}} for n in range(300)]
    rules = [
        {"name": f"Rule {n}", "when": [[{"field": "employees", "op": "gt", "value": n}]], "to": {"pool": "All"}}
        for n in range(300)
    ]
    rules.append({"name": "Catch-all", "when": [], "to": {"pool": "All"}})
    pools = [{"name": "All", "members": [{"rep": rep["email"]} for rep in reps]}]
    text = json.dumps({"reps": reps, "pools": pools, "rules": rules})

    with django_assert_max_num_queries(150):
        run(text, now, is_json=True)
