"""The pages around the rulebook: publish later, simulate, replay, repair, check, presets, statements, ledgers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from routing.models import Ledger, OutboxMessage, Pool, Rule, RulebookVersion, ScheduledVersion, Work
from routing.notifications.briefs import load_briefs
from routing.services import work
from routing.services.access import Role
from routing.services.publish import publish
from tests.factories import make_catch_all, make_pool, make_rep


def test_the_draft_can_be_published_at_a_chosen_time_and_called_off(boss, company, now):
    Rule.objects.filter(pk=company["rule"].pk).update(name="Another name")
    day = now + timedelta(days=2)

    boss.post(
        reverse("admin:routing_rulebookversion_publish"), {"note": "", "at_0": f"{day:%Y-%m-%d}", "at_1": "09:00"}
    )
    standing = ScheduledVersion.objects.get(ended_at=None)
    boss.post(reverse("admin:routing_scheduledversion_cancel", args=[standing.pk]))

    assert RulebookVersion.objects.count() == 1
    assert not ScheduledVersion.objects.filter(ended_at=None).exists()


def test_a_typed_lead_is_simulated(boss, company):
    asked = {"facts": "email: mia@globex.de\ncountry: US", "version": "draft"}

    tables = boss.get(reverse("admin:routing_rule_simulate"), asked).context["result"]["tables"]

    assert company["rule"].name in [look["name"] for look in tables["rules"]]


def test_what_is_wrong_with_a_typed_lead_is_said(boss, company):
    page = boss.get(reverse("admin:routing_rule_simulate"), {"facts": "employees: many", "version": "draft"})

    assert page.context["form"].errors["facts"]


@pytest.mark.parametrize(("kind", "asked"), [("replay", {"days": 7, "version": "draft"}), ("lint", {})])
def test_a_run_is_started_and_its_report_shown(kind, asked, boss, company, now):
    boss.post(reverse("admin:routing_work_start", args=[kind]), asked)
    row = Work.objects.get(kind=kind, status="queued")
    work.run_next(clock=lambda: now)

    page = boss.get(reverse("admin:routing_work_change", args=[row.pk]))

    assert page.context["report_shown"] is not None


def test_a_repair_needs_two_versions(boss, company):
    page = boss.post(reverse("admin:routing_work_start", args=["repair"]), {"wrong": 1, "right": 1})

    assert page.context["form"].errors


def test_a_run_is_cancelled(boss, company):
    row = Work.objects.create(kind="replay", created_at=company["lead"].submitted_at)

    boss.post(reverse("admin:routing_work_cancel", args=[row.pk]))

    row.refresh_from_db()
    assert row.cancel_asked


def test_a_manager_starts_no_run(sign_in, company):
    assert sign_in(Role.MANAGER).get(reverse("admin:routing_work_start", args=["replay"])).status_code == 403


def test_nobody_sends_a_test_lead_before_a_way_is_chosen(boss, company):
    assert boss.post(reverse("admin:routing_rule_send_test_lead")).status_code == 403


def test_the_test_lead_of_a_way_is_sent_and_routed(boss, company):
    boss.post(reverse("admin:routing_rule_presets"), {"name": "round_robin"})

    page = boss.post(reverse("admin:routing_rule_send_test_lead"), follow=True)

    assert page.context["lead"].test
    assert page.context["latest"] is not None


def test_only_whoever_sends_the_test_lead_gets_its_alert(boss, now):
    make_catch_all(make_pool(make_rep()))
    publish(note="", user=None, now=now)
    User.objects.update(email="boss@acme.example")
    boss.post(reverse("admin:routing_rule_presets"), {"name": "round_robin"})
    lead = boss.post(reverse("admin:routing_rule_send_test_lead"), follow=True).context["lead"]

    [brief] = load_briefs(OutboxMessage.objects.filter(lead=lead, kind="alert"))

    assert (brief.recipient, brief.address) == (None, "boss@acme.example")


def test_a_test_lead_is_offered_until_it_is_sent(boss, company):
    offered = []
    boss.post(reverse("admin:routing_rule_presets"), {"name": "round_robin"})
    for _ in range(2):
        offered.append(boss.get(reverse("admin:routing_rulebookversion_publish")).context["test_lead"])
        boss.post(reverse("admin:routing_rule_send_test_lead"))

    assert offered == ["Round robin (by turn)", ""]


def test_a_preset_is_set_up_in_the_draft(boss, company):
    page = boss.post(reverse("admin:routing_rule_presets"), {"name": "round_robin"})

    assert page.context["applied"]["missing"] or page.context["applied"]["created"]


def test_a_manager_sets_nothing_up(sign_in, company):
    page = sign_in(Role.MANAGER).post(reverse("admin:routing_rule_presets"), {"name": "round_robin"})

    assert page.status_code == 403


@pytest.mark.parametrize("page", ["routing_pool_ledger", "routing_pool_results"])
def test_the_pages_of_a_pool_answer(page, boss, company):
    assert boss.get(reverse(f"admin:{page}", args=[company["pool"].pk])).status_code == 200


def test_a_statement_answers(boss, company):
    assert boss.get(reverse("admin:reps_rep_statement", args=[company["rep"].pk])).status_code == 200


def test_a_pool_is_paused_and_resumed(boss, company):
    for paused in ("yes", "no"):
        boss.post(reverse("admin:routing_pool_pause", args=[company["pool"].pk]), {"paused": paused})
        assert Pool.objects.get(pk=company["pool"].pk).paused is (paused == "yes")


def test_a_fairness_group_is_made_renamed_and_removed(boss, db):
    boss.post(reverse("admin:routing_ledger_add"), {"name": "Europe"})
    group = Ledger.objects.get()
    none = {"accounts-TOTAL_FORMS": 0, "accounts-INITIAL_FORMS": 0}
    boss.post(reverse("admin:routing_ledger_change", args=[group.pk]), {"name": "EMEA"} | none)
    assert Ledger.objects.get().name == "EMEA"

    boss.post(reverse("admin:routing_ledger_delete", args=[group.pk]), {"post": "yes"})

    assert not Ledger.objects.exists()


@pytest.mark.parametrize("key", ["9" * 25])
@pytest.mark.parametrize("page", ["routing/pool/{}/ledger", "reps/rep/{}/statement", "routing/pool/{}/change"])
def test_what_is_no_key_is_not_found(page, key, boss, company):
    assert boss.get(f"/admin/{page.format(key)}/").status_code == 404
