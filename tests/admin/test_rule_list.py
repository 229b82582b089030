"""The list of rules: how many leads each took in 30 days, and the way to exactly those."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from routing.models import Assignment, Decision, Lead
from routing.services.access import Role
from tests.conftest import NOW
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep, make_rule

LIST = reverse("admin:routing_rule_changelist")
LEADS = reverse("admin:routing_lead_changelist")


class Links(HTMLParser):
    """The addresses of links in a page that lead to the list of leads, by their text."""

    def __init__(self, text):
        super().__init__()
        self.found, self._open = {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._open = dict(attrs).get("href") if tag == "a" else None

    def handle_data(self, data):
        if self._open and self._open.startswith(f"{LEADS}?"):
            self.found[data.strip()] = self._open


@pytest.fixture
def rules(db):
    """One that assigns with two leads, one of them by hand since, and one that sends to nurture with one."""
    ana = make_rep("Ana Diaz")
    big = make_rule(name="Big", pool=make_pool(ana))
    students = make_rule(name="Students", destination="park", park_reason="Student")
    for days, test in ((1, False), (2, False), (40, False), (3, True)):
        at = NOW - timedelta(days=days)
        lead = make_owned_lead(at, ana, test=test)
        Assignment.objects.create(lead=lead, rep=ana, rule=big, method="round_robin", assigned_at=at)
    parked = make_lead(NOW, status=Lead.Status.PARKED, review_date=NOW.date())
    Decision.objects.create(lead=parked, outcome="parked", rule_name="Students", reason="Student", decided_at=NOW)
    make_lead(NOW)
    return {"big": big, "students": students}


def test_the_number_beside_a_rule_leads_to_exactly_the_leads_that_it_took(boss, rules):
    page = boss.get(LIST)

    links = Links(page.content.decode()).found
    for text, count in (("2 leads", 2), ("1 lead", 1), ("4 leads", 4)):
        assert boss.get(links[text]).context["cl"].result_count == count


def test_above_the_list_stands_what_became_of_all_leads(boss, rules):
    taken = boss.get(LIST).context["cl"].taken_in_words()

    assert (taken["leads"], taken["by_rules"], taken["without_rule"], taken["unowned"]) == (
        "4 leads",
        "3 (75%)",
        "",
        "1",
    )


def test_a_rule_that_was_never_published_says_so_instead_of_a_number(boss, company):
    make_rule(name="Brand-new", pool=company["pool"])

    assert "Not published yet" in boss.get(LIST).content.decode()


def test_a_rule_keeps_its_number_where_the_list_is_narrowed(boss, rules):
    page = boss.get(LIST, {"q": "Students"}).content.decode()

    assert "Number 2" in page


def test_who_does_not_see_everybodys_leads_sees_no_numbers_of_them(rules):
    user = User.objects.create_user("kim", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_rule"))
    client = Client()
    client.force_login(user)

    page = client.get(LIST).content.decode()

    assert "Big" in page
    assert "2 leads" not in page and LEADS not in page


@pytest.mark.parametrize(("asked", "count"), [("no", 5), ("only", 1), ("anything", 6)])
def test_test_leads_are_left_out_or_asked_for(asked, count, boss, rules):
    assert boss.get(LEADS, {"test": asked}).context["cl"].result_count == count


def test_leads_are_found_by_a_rule_by_everybody_who_sees_rules(sign_in, rules):
    page = sign_in(Role.READ_ONLY).get(LEADS, {"rule": rules["students"].pk})

    assert page.context["cl"].result_count == 1
