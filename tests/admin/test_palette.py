"""Find: what each role finds of rows, pages and acts, by what, how much of it, and in how many queries."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reps.models import Rep, Team
from routing.admin.lead_search import list_of_leads
from routing.admin.palette import leads
from routing.models import Account, Lead, Pool, Rule, RulebookVersion, Territory, Topic
from routing.services.access import Role
from routing.services.identities import set_identities
from tests.admin.conftest import fill, without_menu
from tests.factories import make_account, make_lead, make_owned_lead, make_pool, make_rep

admin.autodiscover()
FIND = reverse("admin:search")
OTHERS = {Account, Rep, Team, Rule, Pool, Territory, Topic, RulebookVersion}
BEGINS = {
    Role.ADMIN: {"New rule", "New API key", "Import leads", "Check the draft", "Monthly report", "Publish"},
    Role.SALES_OPS: {"New rule", "Import leads", "Check the draft", "Monthly report", "Publish"},
    Role.MANAGER: {"Import leads", "Monthly report", "Publish"},
    Role.READ_ONLY: {"Monthly report", "Publish"},
    Role.REP: set(),
}


def parts_of(client, term):
    """What is found, as address, title and remark."""
    page = client.post(FIND, {"s": term, "part": "1"}).content.decode()
    options = re.findall(r'href="([^"]+)".*?__title">(.*?)</span>.*?__remark">(.*?)</span>', page, re.DOTALL)
    return [(unescape(address), unescape(title), unescape(remark)) for address, title, remark in options]


def titles(client, term):
    return [title for _, title, _ in parts_of(client, term)]


def page_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
class TestRoles:
    def test_rows_are_found_by_whoever_sees_their_list(self, role, sign_in, same_company):
        client = sign_in(role, rep=same_company["rep"])
        rows = [model._default_manager.order_by("pk").first() for model in sorted(OTHERS, key=str)]

        found = {row for row in rows if page_of(row) in {link for link, _, _ in parts_of(client, str(row))}}

        assert {type(row) for row in found} == (set() if role is Role.REP else OTHERS)

    def test_everything_that_is_found_opens(self, role, sign_in, same_company):
        client = sign_in(role, rep=same_company["rep"])
        terms = ["re", "import", same_company["lead"].email]

        links = {link for term in terms for link, _, _ in parts_of(client, term)}

        with without_menu():
            assert {link: client.get(link, follow=True).status_code for link in links} == dict.fromkeys(links, 200)

    def test_what_may_not_be_begun_is_not_found(self, role, sign_in, same_company):
        client = sign_in(role, rep=same_company["rep"])
        everything = set.union(*BEGINS.values())

        assert {title for title in everything if title in titles(client, title)} == BEGINS[role]


class TestRep:
    @pytest.fixture
    def ana(self, db):
        return make_rep("Ana Diaz")

    @pytest.fixture
    def client(self, sign_in, ana):
        return sign_in(Role.REP, rep=ana)

    def test_only_own_leads_are_found_by_whatever(self, client, ana, now):
        own = make_owned_lead(now, ana, email="mia@globex.com", company="Globex", phone="+493012345678")
        make_owned_lead(now, make_rep("Bob Ray"), email="tom@globex.com", company="Globex", phone="+493012345679")
        make_lead(now, email="eva@globex.com", company="Globex")

        for term in ("globex", "tom@globex.com", "eva@globex.com", "+493012345679", "Bob", "+4930"):
            assert {link for link, _, _ in parts_of(client, term)} <= {page_of(own)}, term
        assert titles(client, "mia@globex.com") != []

    def test_the_sentence_promises_no_more_than_that(self, client):
        page = client.post(FIND, {"s": "", "part": "1"}).content.decode()

        assert "Finds your leads by" in page
        assert "accounts" not in page
        assert titles(client, "") == ["Dashboard", "Leads", "My inbox"]


class TestLeads:
    @pytest.mark.parametrize(
        "term", ["MIA@Globex.com", "mia@", "Chen", "mia chen", "globex", "+49 30 12345678", "12345678"]
    )
    def test_a_lead_is_found_by_what_the_list_looks_in(self, term, boss, now):
        lead = make_lead(
            now, email="mia@globex.com", first_name="Mia", last_name="Chen", company="Globex", phone="+493012345678"
        )

        assert page_of(lead) in {link for link, _, _ in parts_of(boss, term)}

    def test_leads_of_one_name_are_told_apart(self, boss, now):
        make_lead(now, email="mia@globex.com", first_name="Mia", company="Globex", kind="demo")
        make_owned_lead(now, make_rep("Ana Diaz"), email="mia@initech.com", first_name="Mia", company="", kind="trial")

        assert {remark for _, _, remark in parts_of(boss, "mia")} == {
            "mia@globex.com · Globex · Demo request · Being routed",
            "mia@initech.com · Trial · Ana Diaz",
        }

    def test_the_newest_come_first_and_the_list_has_the_others(self, boss, now):
        for hours in range(7):
            make_lead(now - timedelta(hours=hours), email=f"mia{hours}@globex.com")

        links = [link for link, _, _ in parts_of(boss, "globex")]

        assert links[:5] == [page_of(lead) for lead in Lead.objects.all()[:5]]
        assert links[5:] == [reverse("admin:routing_lead_changelist") + "?q=globex&search=all"]

    def test_among_more_leads_than_are_looked_through_an_old_one_is_found_by_its_whole_address(
        self, boss, now, monkeypatch
    ):
        monkeypatch.setattr(leads, "NEWEST", 1)
        old = make_lead(now - timedelta(days=900), email="mia@globex.com", phone="+493012345678")
        set_identities([old])
        old.save()
        make_lead(now - timedelta(hours=1))
        make_lead(now)

        assert [link for link, _, _ in parts_of(boss, "globex")] == [list_of_leads("globex")]
        assert page_of(old) in {link for link, _, _ in parts_of(boss, "mia@globex.com")}
        assert page_of(old) in {link for link, _, _ in parts_of(boss, "+49 30 12345678")}


def test_an_account_of_several_domains_is_found_once_by_any_of_them(boss, db):
    account = make_account(name="Globex Corporation", domains=("globex.com", "globex.de"))

    assert [link for link, _, _ in parts_of(boss, "globex")] == [page_of(account)]
    assert parts_of(boss, "globex.de") == [(page_of(account), "Globex Corporation", "globex.com, globex.de · Prospect")]


def test_a_version_is_found_by_its_number(boss, same_company):
    newest = RulebookVersion.objects.get()

    for term in (f"{newest.number:02}", f"version {newest.number}", f"v{newest.number}", "Version", "First"):
        assert page_of(newest) in {link for link, _, _ in parts_of(boss, term)}, term
    assert page_of(newest) not in {link for link, _, _ in parts_of(boss, "9" * 90)}


def test_what_is_archived_is_not_found(boss, now):
    pool = make_pool(name="Old hands")
    assert "Old hands" in titles(boss, "old hands")

    Pool.objects.filter(pk=pool.pk).update(archived_at=now)

    assert "Old hands" not in titles(boss, "old hands")


def test_of_a_kind_five_are_shown_and_the_list_offered(boss, db):
    for n in range(7):
        make_pool(name=f"Sales {n}")

    assert titles(boss, "sales") == [*(f"Sales {n}" for n in range(5)), "More pools"]


@pytest.mark.parametrize(("term", "title"), [("rul", "Rules"), ("vacation", "Time off"), ("new ru", "New rule")])
def test_pages_are_found_by_how_words_begin_and_by_other_words(term, title, boss):
    assert title in titles(boss, term)


def test_twelve_of_everything_take_as_many_queries_as_three(boss, db, now):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            boss.post(FIND, {"s": "re", "part": "1"})
        return len(asked)

    fill(now, 3)
    queries()  # what is kept in memory after a first look is not counted
    of_three = queries()
    fill(now, 9)

    assert queries() == of_three <= 20


def test_nothing_found_says_so_and_what_can_be_found(boss):
    page = boss.post(FIND, {"s": "zzyzx", "part": "1"}).content.decode()

    assert "Nothing found for <strong>“zzyzx”</strong>" in page
    assert "Finds leads by e-mail address, name, company or phone number; accounts by name or domain" in page


@pytest.mark.parametrize("term", ["x" * 101, "a\x00b"])
def test_what_cannot_be_looked_for_is_said(term, boss):
    answer = boss.post(FIND, {"s": term, "part": "1"})

    assert answer.status_code == 200
    assert parts_of(boss, term) == []
    assert 'class="lr-found__none"' in answer.content.decode()


def test_without_a_script_it_is_a_page_with_the_same_links(boss, same_company):
    page = boss.post(FIND, {"s": str(same_company["pool"])}).content.decode()

    assert f'href="{page_of(same_company["pool"])}"' in page
    assert "<title" in page


def test_whom_somebody_looks_for_is_taken_from_no_address(boss, now):
    lead = make_lead(now, email="mia@globex.com")

    assert page_of(lead) not in boss.get(FIND, {"s": "mia@globex.com"}).content.decode()


def test_every_page_has_the_box_but_none_for_somebody_who_is_not_signed_in(boss, client):
    assert 'id="find-term"' in boss.get(reverse("admin:index")).content.decode()
    assert 'id="find-term"' not in client.get(reverse("admin:login")).content.decode()
