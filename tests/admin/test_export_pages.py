"""Lists as files from their pages: what the list shows, for whoever may see it, and noted in the audit log."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib import admin
from django.urls import reverse
from openpyxl import load_workbook

from reps.models import Rep
from routing.admin.exports import Exported
from routing.models import AuditEntry, Lead
from routing.services.access import Role
from tests.factories import make_owned_lead, make_rep

admin.autodiscover()


@pytest.fixture
def ana(db):
    return make_rep("Ana", email="ana@acme.example")


def address(model, what, kind="csv"):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_export", args=[what, kind])


def lines(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"), newline="")))


def test_the_file_holds_what_the_list_shows(boss, ana, now):
    make_owned_lead(now, ana, company="Globex", source="web")
    make_owned_lead(now, ana, company="Initech", source="fair")

    found = lines(boss.get(address(Lead, "leads"), {"source": "fair", "q": "Ini"}))

    assert [row["Company"] for row in found] == ["Initech"]


def test_a_rep_takes_their_own_leads_alone(sign_in, ana, now):
    make_owned_lead(now, ana, company="Globex")
    make_owned_lead(now, make_rep("Bob"), company="Initech")

    client = sign_in(Role.REP, rep=ana)

    assert [row["Company"] for row in lines(client.get(address(Lead, "leads")))] == ["Globex"]
    assert client.get(address(Rep, "reps")).status_code == 403


def test_decisions_which_say_why_others_were_passed_over_are_not_for_a_rep(sign_in, ana, now):
    make_owned_lead(now, ana)

    client = sign_in(Role.REP, rep=ana)

    assert client.get(address(Lead, "decisions")).status_code == 404
    assert b"export/decisions" not in client.get(reverse("admin:routing_lead_changelist")).content


def test_a_workbook_opens(boss, ana, now):
    make_owned_lead(now, ana, company="Globex")

    response = boss.get(address(Lead, "leads", "xlsx"))

    page = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert "Globex" in [cell.value for cell in page[2]]
    assert response["Content-Disposition"].startswith('attachment; filename="leads-2026-')


def test_taking_a_file_is_noted_without_what_was_searched_for(boss, ana, now):
    boss.get(address(Lead, "leads"), {"q": "mia@globex.com"})

    entry = AuditEntry.objects.get(action="leads.exported")
    assert entry.detail == {"format": "csv", "query": ["q"]}


@pytest.mark.parametrize("bad", ["leads.pdf", "reps.csv", "x.csv"])
def test_what_is_no_export_of_the_list_is_not_found(boss, bad):
    what, kind = bad.split(".")

    assert boss.get(address(Lead, what, kind)).status_code == 404


def test_a_statement_is_taken_from_its_page(boss, ana):
    response = boss.get(reverse("admin:reps_rep_statement", args=[ana.pk]), {"file": "csv", "days": "30"})

    assert response["Content-Type"].startswith("text/csv")


PAGES = [page for page in admin.site._registry.values() if isinstance(page, Exported)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.opts.model_name)
def test_every_list_offers_what_it_exports(boss, same_company, page):
    html = boss.get(reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")).content.decode()

    for what in page.exports:
        assert f"export/{what}.csv" in html
        assert lines(boss.get(address(page.model, what))) or what == "decisions"
