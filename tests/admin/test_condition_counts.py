"""How many leads the conditions of a form match: while they are typed, or by a button; never anything is saved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from routing.models import Lead, Rule
from tests.admin.test_conditions import ADD, posted, someone_who
from tests.admin.test_rules import form_of
from tests.conftest import NOW
from tests.factories import make_lead, make_pool, make_rep, make_rule

COUNT = reverse("admin:routing_rule_count")


@pytest.fixture
def pool(db):
    return make_pool(make_rep(), name="Enterprise")


def test_leads_that_the_typed_conditions_match_are_counted_with_examples(boss, db):
    for minutes, country in enumerate(["DE", "FR", "DE", "AT", "DE", "DE"]):
        make_lead(NOW - timedelta(minutes=minutes), country=country, last_name=f"No{minutes}")

    page = boss.post(COUNT, posted((0, "country", "is", "DE"), (1, "country", "is", "AT"))).content.decode()

    assert "Matches 5 of the last 6 leads" in page
    assert [name for name in ("No0", "No2", "No3", "No4", "No5") if name in page] == ["No0", "No2", "No3"]
    assert reverse("admin:routing_lead_change", args=[Lead.objects.first().pk]) in page


def test_names_of_leads_are_text_among_the_examples(boss, db):
    make_lead(NOW, first_name="<script>", last_name="x")

    assert b"<script>" not in boss.post(COUNT, posted()).content


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([(0, "employees", "gt", "")], "Group 1, line 1: Give a value."),
        ([(0, "", "is", "DE")], "Group 1, line 1: Choose a field."),
        ([(0, "kind", "is", "demo"), (0, "employees", "gt", "many")], "Group 1, line 2: “many” is not a number."),
        ([(0, "employees", "between", "1 to 2 to 3")], "Give a range such as 10 to 500"),
        ([(0, "city", "any_of", " , ")], "Give a value."),
        ([(0, "nonsense", "is", "x")], "There is no such field."),
        ([(0, "country", "explode", "DE")], "There is no operator"),
        ([(0, "company", "matches", "(")], "The pattern is refused"),
    ],
)
def test_what_cannot_be_counted_yet_is_said(rows, says, boss, db):
    make_lead(NOW)

    answer = boss.post(COUNT, posted(*rows))

    assert answer.status_code == 200
    assert "Not counted yet" in answer.content.decode() and says in answer.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"conditions-0-0-field": ["country", "kind"], "conditions-x-0-op": "is"},
        {"conditions-999-999-value": "\0"},
        {"conditions-0-0-field": "a" * 20_000, "conditions-0-0-value": "\ufffe"},
    ],
)
def test_whatever_is_sent_is_answered(sent, boss, db):
    assert boss.post(COUNT, sent).status_code == 200


def test_a_count_without_leads_says_so(boss, db):
    assert "No lead has arrived yet" in boss.post(COUNT, posted()).content.decode()


@pytest.mark.parametrize("permissions", [("view_rule", "view_lead"), ("see_all_leads", "view_lead"), ()])
def test_counting_needs_both_rules_and_everybodys_leads(permissions, db):
    assert someone_who(*permissions).post(COUNT, posted()).status_code == 403


def test_counting_is_refused_without_the_token_of_a_form(db):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("owner"))

    assert client.post(COUNT, posted()).status_code == 403
    assert client.get(COUNT).status_code == 405


def test_without_javascript_a_button_counts_and_saves_nothing(boss, pool):
    make_lead(NOW, country="DE")
    sent = form_of(pool, (0, "country", "is", "DE"), name="", units="") | {"_count": "1"}

    page = boss.post(ADD, sent)

    form = page.context["adminform"].form
    assert not Rule.objects.exists() and not form.errors
    assert "Matches 1 of the last 1 lead<" in page.content.decode()
    assert [len(group) for group in form["conditions"].subwidgets[0].data["groups"]] == [3, 3]


def test_without_javascript_the_button_says_what_must_be_mended_first(boss, pool):
    page = boss.post(ADD, form_of(pool, (0, "employees", "gt", "many"), name="") | {"_count": "1"})

    assert list(page.context["adminform"].form.errors) == ["conditions"]
    assert "lr-row__error" in page.content.decode()


def test_a_rule_that_exists_is_counted_and_not_changed(boss, pool):
    rule = make_rule(name="Big", pool=pool)
    make_lead(NOW)
    address = reverse("admin:routing_rule_change", args=[rule.pk])

    page = boss.post(address, form_of(pool, (0, "kind", "is", "demo"), name="Other") | {"_count": "1"})

    rule.refresh_from_db()
    assert (rule.name, rule.conditions) == ("Big", [])
    assert "Matches 0 of the last 1 lead<" in page.content.decode()
