"""The demo company: as large as promised, believable, and gone without a trace."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.test import Client

from reps.models import Rep, Team
from routing.engine.types import HeldReason, Strategy
from routing.models import (
    Account,
    AccountSuggestion,
    Assignment,
    AuditEntry,
    Decision,
    Example,
    Lead,
    LeadEvent,
    LedgerAccount,
    LookupRow,
    LookupTable,
    Offer,
    OutboxMessage,
    PerformanceTable,
    Pool,
    Posting,
    Rule,
    RulebookVersion,
    ScheduledVersion,
    Territory,
)
from routing.rulebook.lint import Severity
from routing.services.audit.neglected import mend, neglected
from routing.services.audit.sources import silent_sources
from routing.services.audit.stuck import overdue, unrouted, unsent
from routing.services.demo import NotEmpty, create_demo_company, example_lead, remove_demo_company
from routing.services.importing.run import import_config
from routing.services.lint import lint
from routing.services.manage import StillUsed
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all, route_pending
from routing.services.run_examples import run_examples
from routing.services.schedule import schedule_publication
from routing.services.sweep import sweep
from tests.factories import make_account, make_catch_all, make_lead, make_owned_lead, make_pool, make_rep, make_rule

NOW = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
SUNDAY_NIGHT = datetime(2026, 3, 8, 11, 0, tzinfo=UTC)  # 3 in the morning in Los Angeles
WAYS_IN = {
    "round_robin", "load_balanced", "performance", "intent", "territory", "account", "returning", "same_company",
    "table", "direct", "overflow",
}  # fmt: skip
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
KUBERNETES = {"email": "kim@copperlane.example", "kind": "contact", "message": "Does it run on Kubernetes?"}
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo"),
    pytest.mark.one_database("the demo is for trials, which run on SQLite; its rows are written by the same services"),
]


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Made once for this module, since it takes seconds; each test's own changes are rolled back."""
    with django_db_blocker.unblock():
        create_demo_company(now=NOW)
    yield
    with django_db_blocker.unblock():
        remove_demo_company(now=NOW)
        call_command("flush", verbosity=0, interactive=False)  # the audit log, of which nothing else is ever removed


def rows_left() -> dict[str, int]:
    """Besides the audit log, of which nothing is ever removed."""
    models = {*apps.get_app_config("reps").get_models(), *apps.get_app_config("routing").get_models()} - {AuditEntry}
    return {model.__name__: count for model in models if (count := model._default_manager.count())}


# --- as promised -------------------------------------------------------------------------------------------------


def test_it_is_as_large_as_promised() -> None:
    counts = [model.objects.count() for model in (Rep, Team, Territory, Account, Pool, Rule)]

    assert counts == [12, 3, 5, 60, 6, 14]
    assert 400 <= Lead.objects.count() <= 600
    assert {rep.timezone or rep.team.timezone for rep in Rep.objects.select_related("team")} == {
        "America/Los_Angeles",
        "America/New_York",
        "Europe/Berlin",
    }


def test_its_rulebook_is_published_and_ends_with_a_catch_all() -> None:
    assert RulebookVersion.objects.get().content["rules"][-1]["catch_all"]


def test_its_history_covers_sixty_days() -> None:
    days = {lead.submitted_at.date() for lead in Lead.objects.all()}

    assert len(days) > 50
    assert min(days) == (NOW - timedelta(days=60)).date()


def test_it_shows_every_fate_of_a_lead() -> None:
    status = set(Lead.objects.values_list("status", flat=True))
    method = set(Lead.objects.exclude(method="").values_list("method", flat=True))

    assert status == {"assigned", "closed", "duplicate", "quarantined", "parked", "held"}
    assert method >= WAYS_IN
    assert set(Lead.objects.values_list("outcome", flat=True)) == {"", "qualified", "won", "lost"}


def test_some_leads_waited_overnight() -> None:
    waited = Lead.objects.filter(held_since__isnull=False, owned_at__gt=F("held_since") + timedelta(hours=2))

    assert waited.count() >= 3


def test_most_are_answered_in_minutes_and_some_slowly() -> None:
    answered = Assignment.objects.exclude(responded_at=None)
    delays = sorted(row.responded_at - row.alerted_at for row in answered if row.responded_at and row.alerted_at)

    assert delays[len(delays) // 2] < timedelta(minutes=10)
    assert delays[-1] > timedelta(hours=1)
    assert Assignment.objects.filter(responded_at=None).exists()


def test_every_instant_is_in_order_and_past() -> None:
    for row in Assignment.objects.select_related("lead"):
        assert row.alerted_at is not None
        assert row.lead.submitted_at < row.assigned_at < row.alerted_at < NOW
        assert row.responded_at is None or row.alerted_at < row.responded_at < NOW


def test_a_lead_finds_its_owner_within_a_second_unless_it_waited() -> None:
    at_once = Lead.objects.filter(held_since=None, owner__isnull=False)

    assert not at_once.filter(owned_at__gt=F("submitted_at") + timedelta(seconds=1)).exists()


def test_no_mail_of_the_history_is_left_to_send() -> None:
    assert OutboxMessage.objects.exists()
    assert not OutboxMessage.objects.waiting().exists()


def test_whoever_starts_with_it_hears_of_nothing_that_is_long_past() -> None:
    later = NOW + timedelta(seconds=90)

    sweep(now=later)
    route_all(now=later)
    found = [*mend(later), *neglected(later), *unrouted(later), *overdue(later), *unsent(later), *silent_sources(later)]

    written = OutboxMessage.objects.filter(created_at__gte=NOW).values_list("kind", flat=True)
    assert set(written) == {OutboxMessage.Kind.MANAGER_DIGEST}  # it is a Tuesday morning
    assert not found and not LeadEvent.objects.filter(happened_at__gte=NOW).exists()


def test_the_clock_of_every_owner_ran() -> None:
    unanswered = Assignment.objects.filter(responded_at=None)

    assert not Assignment.objects.filter(clock_started_at=None).exists()
    assert not unanswered.filter(due_at__lt=NOW, breached_at=None).exists()
    assert not unanswered.filter(step_at__lt=NOW).exists()


def test_whose_time_it_took_is_known_of_each_answer() -> None:
    answered = Lead.objects.filter(assignments__responded_at__isnull=False)
    took = F("system_seconds") + F("nobody_seconds") + F("outside_seconds") + F("rep_seconds")

    assert {abs((row.first_response_at - row.submitted_at).total_seconds() - row.took) < 0.01
            for row in answered.annotate(took=took) if row.first_response_at} == {True}  # fmt: skip
    assert not answered.filter(first_response_at=None).exists()


def test_its_form_speaks_one_language_whatever_the_browser_asks_for(client: Client) -> None:
    page = client.get("/f/talk-to-sales/", headers={"Accept-Language": "de"}).content.decode()

    assert "First name" in page
    assert "Vorname" not in page


def test_every_ledger_sums_to_zero() -> None:
    sums = LedgerAccount.objects.values("ledger").annotate(sum=Sum("balance")).values_list("sum", flat=True)

    assert set(sums) == {0}


def test_its_pools_show_every_strategy() -> None:
    assert set(Pool.objects.values_list("strategy", flat=True)) == {strategy.value for strategy in Strategy}


def test_results_are_known_and_a_control_group_goes_by_turn() -> None:
    assert PerformanceTable.objects.count() == 2
    assert PerformanceTable.objects.latest("day").content["skill"]["differ"]
    assert Posting.objects.filter(control=True).exists()


def test_a_lead_waits_for_a_skill_and_a_match_for_a_confirmation() -> None:
    assert Lead.objects.get(status="held").held_reason == HeldReason.WAITING
    assert AccountSuggestion.objects.filter(dismissed_at=None).exists()


def test_the_linter_finds_nothing_worse_than_notes() -> None:
    found = lint(now=NOW)

    assert {finding.severity for finding in found} <= {Severity.NOTE}
    assert len(found) <= 6


def test_its_examples_pass() -> None:
    results = run_examples(RulebookVersion.objects.get().content, now=NOW)

    assert len(results) == 5
    assert [str(result) for result in results if not result.passed] == []


def test_a_lead_about_kubernetes_goes_to_an_expert() -> None:
    lead = receive_lead(facts=KUBERNETES, now=NOW).lead

    route_all(now=NOW)

    lead.refresh_from_db()
    assert lead.method == "intent"
    assert lead.owner is not None and lead.owner.expertise.filter(topic="Kubernetes").exists()


@pytest.mark.parametrize(("facts", "promised"), re.findall(r"^send '(.*)' +# (.*)$", README, re.MULTILINE))
def test_each_lead_of_the_readme_goes_the_way_it_says(facts: str, promised: str) -> None:
    lead = receive_lead(facts=json.loads(facts), now=NOW).lead

    route_all(now=NOW)

    lead.refresh_from_db()
    assert lead.method and lead.method in promised


def test_everything_is_marked_and_no_address_leads_anywhere() -> None:
    for model in (Team, Rep, Account, Pool, Territory, Rule, Lead):
        assert not model.objects.filter(demo=False).exists()
    assert all(rep.email.endswith(".example") for rep in Rep.objects.all())


@pytest.mark.parametrize(
    "when", [NOW, SUNDAY_NIGHT, SUNDAY_NIGHT + timedelta(hours=13)], ids=["day", "3 a.m.", "night"]
)
def test_the_example_finds_somebody_at_any_hour(when: datetime) -> None:
    lead = receive_lead(facts=example_lead(), now=when).lead

    route_all(now=when)

    lead.refresh_from_db()
    assert lead.status == Lead.Status.ASSIGNED


def test_a_second_demo_company_is_refused() -> None:
    with pytest.raises(NotEmpty, match="needs an empty installation"):
        create_demo_company(now=NOW)
    with pytest.raises(CommandError, match="needs an empty installation"):
        call_command("demo_company", "create")


# --- gone without a trace ----------------------------------------------------------------------------------------


def test_removing_leaves_an_empty_database() -> None:
    removed = remove_demo_company(now=NOW)

    assert removed.reps == 12
    assert rows_left() == {}


def test_removing_twice_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    remove_demo_company(now=NOW)

    call_command("demo_company", "remove")

    assert "There is no demo company." in capsys.readouterr().out


def test_the_users_own_rows_stay() -> None:
    zoe = make_rep("Zoe")
    make_pool(zoe, Rep.objects.get(name="Ana Diaz"), name="Mine")
    make_account("Mine Ltd", owner=Rep.objects.get(name="Ana Diaz"))
    make_lead(NOW)

    remove_demo_company(now=NOW)

    assert [rep.name for rep in Rep.objects.all()] == ["Zoe"]
    assert [member.rep for member in Pool.objects.get().members.all()] == [zoe]
    assert Account.objects.get().owner is None
    assert Lead.objects.count() == 1


def test_own_leads_of_demo_people_are_routed_anew() -> None:
    lead = receive_lead(facts=example_lead(), now=NOW).lead
    route_pending(now=NOW)

    removed = remove_demo_company(now=NOW)

    lead.refresh_from_db()
    assert (removed.routed_anew, lead.status, lead.owner, lead.route_after) == (1, Lead.Status.PENDING, None, NOW)
    assert not Assignment.objects.exists() and not Decision.objects.exists()


def test_the_sign_ins_of_demo_people_go_and_others_stay() -> None:
    ana, ben = Rep.objects.filter(name__in=["Ana Diaz", "Ben Carter"]).order_by("name")
    ana.user, ben.user = User.objects.create_user(ana.email), User.objects.create_user("the-users-own")
    Rep.objects.bulk_update([ana, ben], ["user"])

    remove_demo_company(now=NOW)

    assert [user.username for user in User.objects.all()] == ["the-users-own"]


def test_the_passwords_of_demo_people_are_forgotten(settings: Any, tmp_path: Path) -> None:
    settings.PASSWORDS_FILE = tmp_path / "passwords"
    settings.PASSWORDS_FILE.write_text("admin\tsecret\nana.diaz@harborline.example\tsecret\n")
    User.objects.create_superuser("admin")

    call_command("demo_company", "remove")

    assert settings.PASSWORDS_FILE.read_text() == "admin\tsecret\n"


def test_an_own_lead_that_is_closed_stays_closed() -> None:
    lead = make_owned_lead(NOW, Rep.objects.get(name="Ana Diaz"))
    Lead.objects.filter(pk=lead.pk).update(status=Lead.Status.CLOSED, closed_at=NOW)

    remove_demo_company(now=NOW)

    lead.refresh_from_db()
    assert (lead.status, lead.owner) == (Lead.Status.CLOSED, None)


def test_own_rules_that_name_the_demo_stand_in_the_way() -> None:
    make_rule(name="Mine", pool=Pool.objects.get(name="Enterprise"))

    with pytest.raises(StillUsed, match="Rule “Mine” names somebody or something of the demo company"):
        remove_demo_company(now=NOW)

    assert Rep.objects.count() == 12


@pytest.mark.parametrize("kind", ["Table", "Example", "Territory", "Pool", "The expertise of"])
def test_whatever_else_names_the_demo_stands_in_the_way(kind: str) -> None:
    pool, ana = Pool.objects.get(name="Enterprise"), Rep.objects.get(name="Ana Diaz")
    if kind == "Table":
        LookupRow.objects.create(table=LookupTable.objects.create(name="Mine"), key="A", pool=pool)
    elif kind == "Example":
        Example.objects.create(name="Mine", lead={}, expected_pool=pool)
    elif kind == "Territory":
        Territory.objects.create(name="Mine", countries=["US"], owner_rep=ana)
    elif kind == "Pool":
        make_pool(name="Mine", requires={"topics": ["Kubernetes"]})
    else:
        make_rep("Mine").expertise.create(topic="kubernetes", level=1)

    with pytest.raises(StillUsed, match=f"{kind} “?Mine”? names somebody or something of the demo company"):
        remove_demo_company(now=NOW)


def test_an_own_lead_that_is_offered_to_demo_people_is_routed_anew() -> None:
    deadline = NOW + timedelta(days=3)
    lead = make_lead(
        NOW, status=Lead.Status.HELD, held_since=NOW, held_reason=HeldReason.OFFERED, hold_deadline_at=deadline
    )
    ana, pool = Rep.objects.get(name="Ana Diaz"), Pool.objects.get(name="Enterprise")
    Offer.objects.create(lead=lead, rep=ana, pool=pool, kind="claim", offered_at=NOW, until=NOW + timedelta(hours=1))

    remove_demo_company(now=NOW)

    lead.refresh_from_db()
    assert (lead.status, lead.held_reason) == (Lead.Status.PENDING, "")
    assert not Offer.objects.exists()


def test_a_publication_that_names_the_demo_is_called_off() -> None:
    Rule.objects.filter(name="Partners").update(enabled=False)
    schedule_publication(note="", at=NOW + timedelta(days=1), user=None, now=NOW)

    remove_demo_company(now=NOW)

    assert not ScheduledVersion.objects.exists()


def test_an_own_rulebook_goes_on_without_the_demo() -> None:
    own = make_pool(make_rep("Zoe"), name="Mine")
    Rule.objects.filter(catch_all=True).update(archived_at=NOW)
    make_catch_all(own, name="My catch-all")

    remove_demo_company(now=NOW)

    version = RulebookVersion.objects.get()
    assert [rule["name"] for rule in version.content["rules"]] == ["My catch-all"]


def test_an_import_over_the_demo_can_be_followed_by_its_removal() -> None:
    own = "reps: [{email: zoe@own.example, name: Zoe}]\npools: [{name: Mine, members: [{rep: zoe@own.example}]}]\n"
    import_config(
        text=f"{own}rules: [{{name: All, when: [], to: {{pool: Mine}}}}]\nterritories: []\ntables: []\nexamples: []\n",
        now=NOW,
    )

    remove_demo_company(now=NOW)

    assert [rep.name for rep in Rep.objects.all()] == ["Zoe"]
    assert RulebookVersion.objects.get().content["pools"][0]["name"] == "Mine"
