"""Who may see, add and delete which rows (tests/security asks every address), and a rep's own leads only."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from routing.models import Decision, Lead, RulebookVersion
from routing.services.access import Role, ensure_groups
from routing.snapshots.traces import pack_json
from tests.admin.conftest import without_menu
from tests.factories import make_catch_all, make_lead, make_owned_lead, make_pool, make_rep

admin.autodiscover()
DRAFT = {
    "routing.Rule",
    "routing.Pool",
    "routing.Territory",
    "routing.SlaPolicy",
    "routing.RoutingSettings",
    "routing.Topic",
    "routing.LookupTable",
    "routing.Source",
    "routing.Example",
    "routing.Ledger",
}
PEOPLE = {"reps.Rep", "reps.Team", "reps.TimeOff", "reps.Skill", "routing.LastResort"}
RECORDS = {
    "routing.Lead",
    "routing.RulebookVersion",
    "routing.ScheduledVersion",
    "routing.Signal",
    "routing.Work",
    "routing.MailboxMessage",
    "routing.OutboxMessage",
    "routing.Heartbeat",
    "routing.WebhookDelivery",
    "routing.Incident",
    "routing.Submission",
    "routing.Departure",
    "routing.AuditEntry",
}
PERSONS = {"routing.Suppression"}
SECRET = {"routing.ApiKey", "auth.User", "auth.Group"}
ACCOUNTS = {"routing.Account"}
CONNECTIONS = {"routing.Webhook", "routing.Form", "routing.InboundAddress"}
FILES = {"routing.Import"}
EVERYTHING = DRAFT | PEOPLE | RECORDS | SECRET | ACCOUNTS | CONNECTIONS | FILES | PERSONS
SEES = {
    Role.ADMIN: EVERYTHING,
    Role.SALES_OPS: EVERYTHING - SECRET,
    Role.MANAGER: EVERYTHING - SECRET - PERSONS,
    Role.READ_ONLY: EVERYTHING - SECRET - FILES - PERSONS,
    Role.REP: {"routing.Lead"},
}
ADDS = {
    Role.ADMIN: EVERYTHING - RECORDS - FILES - PERSONS - {"routing.RoutingSettings"},
    Role.SALES_OPS: (DRAFT | PEOPLE | ACCOUNTS | CONNECTIONS) - {"routing.RoutingSettings"},
    Role.MANAGER: PEOPLE | ACCOUNTS,
    Role.READ_ONLY: set(),
    Role.REP: set(),
}
DELETES = {
    Role.ADMIN: EVERYTHING - RECORDS - FILES - PERSONS - {"routing.RoutingSettings"},
    Role.SALES_OPS: (DRAFT | PEOPLE | ACCOUNTS | CONNECTIONS) - {"routing.RoutingSettings"},
    Role.MANAGER: {"reps.TimeOff"} | ACCOUNTS,
    Role.READ_ONLY: set(),
    Role.REP: set(),
}


def test_the_matrix_names_every_model():
    assert {model._meta.label for model in admin.site._registry} == EVERYTHING


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
class TestMatrix:
    def test_the_menu_holds_only_what_opens(self, role, sign_in, same_company):
        client = sign_in(role, rep=same_company["rep"])

        groups = client.get(reverse("admin:index")).context["sidebar_navigation"]

        links = [item["link"] for group in groups for item in group["items"]]
        with without_menu():
            assert {client.get(link, follow=True).status_code for link in links} == {200}

    def test_publishing_is_for_those_who_may(self, role, sign_in, same_company):
        client = sign_in(role, rep=same_company["rep"])
        same_company["rule"].name = "Another name"
        same_company["rule"].save()

        client.post(reverse("admin:routing_rulebookversion_publish"), {"note": ""})

        assert RulebookVersion.objects.count() == (2 if role in (Role.ADMIN, Role.SALES_OPS) else 1)


class TestRep:
    @pytest.fixture
    def ana(self, db):
        return make_rep("Ana Diaz")

    @pytest.fixture
    def client(self, sign_in, ana):
        return sign_in(Role.REP, rep=ana)

    @pytest.fixture
    def others(self, now):
        return make_owned_lead(now, make_rep("Bob Ray"), company="Hidden Ltd")

    def test_the_list_shows_a_rep_only_their_own_leads(self, client, ana, others, now):
        own = make_owned_lead(now, ana)

        page = client.get(reverse("admin:routing_lead_changelist"))

        assert list(page.context["cl"].result_list) == [own]

    def test_searching_finds_a_rep_only_their_own_leads(self, client, others):
        page = client.get(reverse("admin:routing_lead_changelist"), {"q": "Hidden"})

        assert list(page.context["cl"].result_list) == []

    @pytest.mark.parametrize("page", ["change", "history"])
    def test_the_pages_of_somebody_elses_lead_are_not_found(self, page, client, others):
        assert client.get(reverse(f"admin:routing_lead_{page}", args=[others.pk])).status_code == 404

    def test_a_lead_that_waits_is_nobodys_and_not_found(self, client, now):
        lead = make_lead(now)

        assert client.get(reverse("admin:routing_lead_change", args=[lead.pk])).status_code == 404

    def test_a_rep_cannot_route_again(self, client, ana, now):
        lead = make_owned_lead(now, ana)

        assert client.post(reverse("admin:routing_lead_route", args=[lead.pk])).status_code == 404

    def test_autocomplete_gives_a_rep_nothing(self, client, others):
        response = client.get(
            reverse("admin:autocomplete"),
            {"app_label": "routing", "model_name": "account", "field_name": "owner", "term": "Bob"},
        )

        assert response.status_code == 403

    def test_the_command_search_finds_a_rep_only_their_own_leads(self, client, others):
        response = client.post(reverse("admin:search"), {"s": "hidden", "part": "1"})

        assert "Hidden" not in response.content.decode()

    def test_the_first_page_of_a_rep_names_nobody_else(self, client, ana, others, now):
        own = make_owned_lead(now, ana)

        page = client.get(reverse("admin:index")).content.decode()

        assert own.label in page
        assert "Bob Ray" not in page

    def test_a_rep_sees_of_the_candidates_only_themselves(self, client, ana, now):
        pool = make_pool(ana, make_rep("Bob Ray"))
        make_catch_all(pool)
        lead = make_owned_lead(now, ana)

        page = client.get(reverse("admin:routing_lead_change", args=[lead.pk])).content.decode()

        assert "Bob Ray" not in page


def test_somebody_without_a_role_sees_nothing(sign_in, company, now):
    client = sign_in(Role.READ_ONLY)
    client.get("/")
    Group.objects.get(name=Role.READ_ONLY.value).permissions.clear()

    assert client.get(reverse("admin:routing_lead_changelist")).status_code == 403


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert client.get(reverse("admin:index")).status_code == 302


def test_making_the_groups_twice_changes_nothing(db):
    before = {group.name: group.permissions.count() for group in Group.objects.all()}

    ensure_groups()

    assert {group.name: group.permissions.count() for group in Group.objects.all()} == before
    assert before.keys() == {role.value for role in Role}


def test_a_lead_has_a_page_for_its_owner(sign_in, now):
    ana = make_rep("Ana Diaz")
    lead = make_owned_lead(now, ana)

    response = sign_in(Role.REP, rep=ana).get(reverse("admin:routing_lead_change", args=[lead.pk]))

    assert response.status_code == 200
    assert Lead.objects.count() == 1


def test_a_rep_reads_on_the_page_of_their_lead_nothing_of_why_others_could_not(sign_in, now):
    ana, why = make_rep("Ana Diaz"), "none of the 2 can take it (Bob: on leave)"
    lead = make_owned_lead(now, ana)
    trace = pack_json({"steps": [why], "rules": [[1, 1, "Sales", "nobody_available", None, why, []]]})
    Decision.objects.create(lead=lead, outcome="held", reason=why, trace=trace, decided_at=now)

    page = sign_in(Role.REP, rep=ana).get(reverse("admin:routing_lead_change", args=[lead.pk])).content.decode()

    assert "none of the 2 can take it" in page.lower()
    assert "on leave" not in page


@pytest.mark.parametrize("name", ["rule", "pool"])
def test_who_may_only_look_sees_every_field_whatever_it_depends_on_in_the_form(name, sign_in, company):
    """What fields show or hide by is in the form alone; a page without it would only fail to find it."""
    row = company[name]
    conditions = admin.site._registry[type(row)].conditional_fields.values()

    def depends_on(client):
        page = unescape(client.get(reverse(f"admin:routing_{name}_change", args=[row.pk])).content.decode())
        return {condition for condition in conditions if f'x-show="{condition}"' in page}

    assert depends_on(sign_in()) != set()
    assert depends_on(sign_in(Role.READ_ONLY)) == set()
