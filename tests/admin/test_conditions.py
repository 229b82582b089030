"""The form of conditions: what is typed and what is stored, and what it offers."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from routing.admin.conditions.form import ConditionsField, ConditionsWidget
from routing.admin.conditions.reading import as_text, read_row
from routing.engine.fields import FIELDS
from routing.models import Rule, Signal, Territory
from routing.services.access import Role
from tests.admin.test_rules import form_of, row, save
from tests.conftest import NOW
from tests.factories import make_lead, make_pool, make_rep, make_rule

ADD = reverse("admin:routing_rule_add")
EXPLAINED = reverse("admin:routing_rule_conditions")


def posted(*rows):
    """What a browser posts of the form of conditions alone: (group, field, operator, value)."""
    return {
        f"conditions-{group}-{place}-{part}": text
        for place, (group, *texts) in enumerate(rows)
        for part, text in zip(("field", "op", "value"), texts, strict=True)
    }


@pytest.fixture
def pool(db):
    return make_pool(make_rep(), name="Enterprise")


def someone_who(*permissions):
    user = User.objects.create_user("kim", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


# --- typed and stored -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (row("employees", "gt", "1,000"), row("employees", "gt", 1000)),
        (row("employees", "between", "10 to 500"), row("employees", "between", [10, 500])),
        (row("employees", "between", "10-500"), row("employees", "between", [10, 500])),
        (row("country", "any_of", "US, CA"), row("country", "any_of", ["US", "CA"])),
        (row("returning", "is", "yes"), row("returning", "is", True)),
        (row("submitted_at", "in_last_days", "7"), row("submitted_at", "in_last_days", 7)),
        (row("company", "is", "3M"), row("company", "is", "3M")),
        (row("city", "empty", "ignored"), {"field": "city", "op": "empty"}),
        (row("employees", "between", "1,000 to 5,000"), row("employees", "between", [1000, 5000])),
        (row("employees", "between", "10 to"), row("employees", "between", [10, None])),
        (row("employees", "between", "to 500"), row("employees", "between", [None, 500])),
        (row("city", "any_of", '"Washington, D.C.", Boston'), row("city", "any_of", ["Washington, D.C.", "Boston"])),
        (row("city", "any_of", "Bonn\nUlm"), row("city", "any_of", ["Bonn", "Ulm"])),
        (row("country", "any_of", "Germany, us"), row("country", "any_of", ["DE", "US"])),
        (row("kind", "is", "Demo request"), row("kind", "is", "demo")),
        (row("language", "is", "German"), row("language", "is", "de")),
        (row("account.country", "is", "Germany"), row("account.country", "is", "DE")),
        (row("company", "contains", "Germany"), row("company", "contains", "Germany")),
        (row("signal.funding", "has_signal", "0.5"), row("signal.funding", "has_signal", 0.5)),
    ],
    ids=lambda value: str(value.get("op")),
)
def test_a_typed_row_is_stored_in_the_kind_of_its_field(typed, stored):
    assert read_row(typed) == stored


@pytest.mark.parametrize(
    ("value", "op", "text"),
    [
        (["US", "CA"], "any_of", "US, CA"),
        ([10, 500], "between", "10 to 500"),
        ({"min": 10}, "between", "10 to "),
        (True, "is", "yes"),
        (None, "is", ""),
        (["Washington, D.C.", '3" pipes'], "any_of", '"Washington, D.C.", 3" pipes'),
    ],
)
def test_a_stored_value_is_shown_as_people_type_it(value, op, text):
    assert as_text(value, op) == text


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("employees", "between", [None, 500]),
        ("city", "any_of", ["Washington, D.C.", "Boston", 'He said "hi", then left']),
        ("postal_code", "in_postal", ["94*", "90000-96199"]),
        ("territory", "in_territory", ["Berlin, Germany"]),
    ],
)
def test_what_is_stored_is_shown_and_read_back_as_it_was(field, op, value):
    assert read_row(row(field, op, as_text(value, op)))["value"] == value


def test_a_list_that_is_longer_than_any_file_would_have_is_one_value():
    assert len(read_row(row("city", "any_of", "x" * 200_000 + ",y"))["value"]) == 1


# --- nothing typed is lost ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"field": "", "op": "is", "value": "US"}, "Choose a field."),
        ({"field": "other", "op": "is", "value": "large", "other": ""}, "Name the field, such as attributes.size."),
    ],
)
def test_a_line_without_its_field_is_kept_and_asked_about(parts, says, boss, pool):
    sent = form_of(pool) | {f"conditions-0-0-{part}": text for part, text in parts.items()}

    page = save(boss, sent).content.decode()

    assert not Rule.objects.exists()
    assert says in page and f'value="{parts["value"]}"' in page


def test_an_error_elsewhere_on_the_form_loses_no_condition(boss, pool):
    page = save(boss, form_of(pool, (0, "employees", "between", "10 to many"), name="")).content.decode()

    assert 'value="10 to many"' in page


def test_an_error_stands_beside_its_line_and_is_told_to_screen_readers(boss, pool):
    page = save(boss, form_of(pool, (0, "kind", "is", "demo"), (0, "employees", "gt", "many"))).content.decode()

    assert page.count('aria-describedby="conditions-0-1-error"') == 2
    assert 'id="conditions-0-1-error"' in page and 'id="conditions-0-0-error"' not in page


def test_bytes_that_no_database_takes_are_left_out(boss, pool):
    save(boss, form_of(pool, (0, "company", "is", "Ac\0me")))

    assert Rule.objects.get().conditions == [[row("company", "is", "Acme")]]


# --- what is offered ------------------------------------------------------------------------------------------------


def test_without_javascript_there_are_empty_lines_and_an_empty_group():
    shown = ConditionsWidget().get_context("conditions", [[row("kind", "is", "demo")]], {})["widget"]["groups"]

    assert [[line["field"] for line in group] for group in shown] == [["kind", "", ""], ["", "", ""]]
    nothing = ConditionsWidget().get_context("conditions", [], {})["widget"]["groups"]
    assert [len(group) for group in nothing] == [3, 3]


def test_without_javascript_pools_and_people_can_be_chosen(boss, pool):
    former = make_pool(make_rep("Bob Ray", active=False), name="Former", archived_at=NOW)

    form = boss.get(ADD).context["adminform"].form

    assert f'value="{pool.pk}"' in str(form["pool"]) and f'value="{former.pk}"' not in str(form["pool"])
    assert "Bob Ray" not in str(form["rep"])


def test_a_row_that_was_chosen_stands_in_the_list_once(boss, pool):
    rule = make_rule(pool=pool)

    form = boss.get(reverse("admin:routing_rule_change", args=[rule.pk])).context["adminform"].form

    assert str(form["pool"]).count(f'value="{pool.pk}"') == 1


def test_a_signal_by_its_name_keeps_its_comparison(boss, pool):
    rule = make_rule(pool=pool, conditions=[[row("signal.funding", "has_signal")]])

    [[line, *_], _] = (
        boss.get(reverse("admin:routing_rule_change", args=[rule.pk]))
        .context["adminform"]
        .form["conditions"]
        .subwidgets[0]
        .data["groups"]
    )

    assert (line["field"], line["other"], line["op"]) == ("other", "signal.funding", "has_signal")


def widget_of(client):
    return client.get(ADD).context["adminform"].form.fields["conditions"].widget


def test_values_and_names_that_leads_have_brought_are_suggested(boss, db):
    Territory.objects.create(name="Nordics", countries=["NO"], owner_rep=make_rep())
    make_lead(NOW, source="webinar", country="AT", attributes={"plan": "gold", "note": "x" * 99}, utm={"medium": "cpc"})
    Signal.objects.create(kind="funding", domain="acme.example", observed_at=NOW, received_at=NOW)

    widget = widget_of(boss)

    values = {field: [value for value, _ in choices.options] for field, choices in widget.choices.items()}
    assert values["source"] == ["webinar"] and values["utm.medium"] == ["cpc"]
    assert values["attributes.plan"] == ["gold"] and values["attributes.note"] == []
    assert values["territory"] == ["Nordics"]
    assert {"NO-03", "AT-9"} <= set(values["region"]) and "US-CA" not in values["region"]
    assert widget.names == ["attributes.note", "attributes.plan", "signal.funding"]


def test_who_does_not_see_everybodys_leads_is_told_nothing_of_them(db):
    make_lead(NOW, source="webinar", attributes={"plan": "gold"})

    widget = widget_of(someone_who("view_rule", "add_rule"))

    assert "source" not in widget.choices and not widget.names and not widget.count_url


def test_the_form_takes_as_many_queries_whatever_there_is(boss, pool):
    counts = []
    for copies in (1, 9):
        for number in range(copies):
            Territory.objects.create(name=f"T{copies}-{number}", countries=["DE"], owner_rep=make_rep())
            make_lead(NOW, source=f"source {number}", attributes={f"a{number}": "x"})
        with CaptureQueriesContext(connection) as queries:
            boss.get(ADD)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_who_may_not_change_a_rule_reads_its_conditions_in_words(sign_in, pool):
    rule = make_rule(pool=pool, conditions=[[row("employees", "gt", 100), row("country", "is", "US")]])

    page = sign_in(Role.READ_ONLY).get(reverse("admin:routing_rule_change", args=[rule.pk])).content.decode()

    assert "employees is more than 100 and country is US" in page


def test_every_field_and_comparison_is_explained(boss):
    page = boss.get(EXPLAINED).content.decode()

    assert [name for name in FIELDS if f"<code>{name}</code>" not in page] == []
    assert "lies in" in page and "94105, 94*, 90000-96199" in page


def test_a_field_alone_reads_what_its_widget_gives():
    typed = ConditionsWidget().value_from_datadict(posted((0, "returning", "is", "yes")), {}, "conditions")

    assert ConditionsField().has_changed([[row("returning", "is", True)]], typed) is False
