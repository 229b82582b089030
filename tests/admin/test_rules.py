"""Rules in the admin: the list that reads like a text, the form of conditions, order, and the catch-all."""

from __future__ import annotations

import pytest
from django.urls import reverse

from routing.models import Rule
from routing.models.bounds import LONGEST_NOTE
from routing.rulebook.check import problems
from routing.rulebook.content import draft_content
from routing.services.publish import frozen
from tests.factories import make_catch_all, make_pool, make_rep, make_rule


def row(field, op, value=""):
    return {"field": field, "op": op, "value": value}


@pytest.fixture
def pool(db):
    return make_pool(make_rep(), name="Enterprise")


def form_of(to, *rows, **fields):
    """What a browser posts: rows are (group, field, operator, value)."""
    posted = {
        "name": "Big",
        "enabled": "on",
        "position": "1",
        "destination": "pool",
        "pool": to.pk,
        "account_role": "owner",
        "away": "backup",
        "review_days": "30",
        "units": "1",
        "when_nobody": "next",
        "alert": "now",
        "same_company": "on",
    }
    for place, (group, field, op, value) in enumerate(rows):
        prefix = f"conditions-{group}-{place}"
        posted |= {f"{prefix}-field": field, f"{prefix}-op": op, f"{prefix}-value": value, f"{prefix}-other": ""}
    return posted | fields


def save(client, posted):
    return client.post(reverse("admin:routing_rule_add"), posted)


def test_rows_are_anded_in_a_group_and_groups_are_ored(boss, pool):
    save(boss, form_of(pool, (0, "employees", "gt", "100"), (0, "country", "is", "US"), (1, "kind", "is", "demo")))

    assert Rule.objects.get().conditions == [
        [row("employees", "gt", 100), row("country", "is", "US")],
        [row("kind", "is", "demo")],
    ]


def test_empty_rows_and_groups_are_left_out(boss, pool):
    save(boss, form_of(pool, (0, "", "is", ""), (1, "kind", "is", "demo"), (2, "", "is", "")))

    assert Rule.objects.get().conditions == [[row("kind", "is", "demo")]]


def test_a_field_of_ones_own_can_be_named(boss, pool):
    posted = form_of(pool, (0, "other", "is", "large")) | {"conditions-0-0-other": "attributes.size"}

    save(boss, posted)

    assert Rule.objects.get().conditions == [[row("attributes.size", "is", "large")]]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ((0, "employees", "gt", "many"), "not a number"),
        ((0, "country", "is", "Narnia"), "not a country"),
        ((0, "company", "matches", "(unclosed"), "pattern is refused"),
        ((0, "country", "gt", "5"), "does not fit"),
        ((0, "territory", "in_territory", "Atlantis"), "no territory"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1],
)
def test_a_broken_row_is_refused_beside_it(bad, says, boss, pool):
    page = save(boss, form_of(pool, bad))

    assert not Rule.objects.exists()
    assert "lr-row__error" in page.content.decode()
    assert says in page.content.decode()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"pool": ""}, "pool"),
        ({"destination": "rep"}, "rep"),
        ({"when_nobody": "wait"}, "wait_minutes"),
        ({"when_nobody": "overflow"}, "overflow_pool"),
    ],
)
def test_what_a_choice_needs_is_asked_for_beside_its_field(fields, name, boss, pool):
    page = save(boss, form_of(pool, **fields))

    assert name in page.context["adminform"].form.errors


def test_the_list_reads_like_a_text(boss, pool):
    make_rule(name="Big", pool=pool, conditions=[[row("employees", "gt", 100), row("country", "is", "US")]])

    page = boss.get(reverse("admin:routing_rule_changelist")).content.decode()

    assert "employees is more than 100 and country is US" in page
    assert "pool Enterprise" in page


def test_a_rule_that_differs_from_the_published_one_is_marked(boss, company):
    company["rule"].name = "Another name"
    company["rule"].save()

    page = boss.get(reverse("admin:routing_rule_changelist")).content.decode()

    assert page.count("Changed in draft") == 1
    assert "1 unpublished change" in page


def test_dragging_changes_the_order(boss, pool):
    first, second = make_rule(pool=pool), make_rule(pool=pool)
    posted = {
        "form-TOTAL_FORMS": 2,
        "form-INITIAL_FORMS": 2,
        "form-0-id": first.pk,
        "form-0-position": 2,
        "form-1-id": second.pk,
        "form-1-position": 1,
        "_save": "Save",
    }

    boss.post(reverse("admin:routing_rule_changelist"), posted)

    assert list(Rule.objects.in_order()) == [second, first]


def test_the_catch_all_cannot_be_removed(boss, pool):
    catch_all = make_catch_all(pool)

    assert boss.post(reverse("admin:routing_rule_delete", args=[catch_all.pk]), {"post": "yes"}).status_code == 403
    assert Rule.objects.current().filter(catch_all=True).exists()


def test_the_catch_all_has_no_switch_and_no_conditions(boss, pool):
    catch_all = make_catch_all(pool)

    form = boss.get(reverse("admin:routing_rule_change", args=[catch_all.pk])).context["adminform"].form

    assert not {"enabled", "conditions", "position"} & form.fields.keys()


def test_a_rule_that_a_version_names_is_archived_not_deleted(boss, company):
    rule = company["rule"]

    boss.post(reverse("admin:routing_rule_delete", args=[rule.pk]), {"post": "yes"})

    rule.refresh_from_db()
    assert rule.archived_at is not None


def test_a_note_that_is_too_long_to_publish_is_refused(boss, pool):
    page = save(boss, form_of(pool, note="x" * (LONGEST_NOTE + 1)))

    assert "note" in page.context["adminform"].form.errors


def test_the_longest_note_of_a_form_can_be_published(boss, pool):
    make_catch_all(pool)
    save(boss, form_of(pool, note="x" * LONGEST_NOTE))

    assert problems(frozen(draft_content())) == []
