"""The draft as content, its differences in words, what blocks publishing, and publishing itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from routing.engine.types import Need, NeedKind, ToPark
from routing.models import Lead, RulebookVersion, Territory
from routing.rulebook.check import problems
from routing.rulebook.content import draft_content, rule_content, territory_content
from routing.rulebook.describe import differences, load_names
from routing.rulebook.requirements import read_needs
from routing.rulebook.words import Names, condition_in_words, conditions_in_words, rule_in_words, territory_in_words
from routing.services.publish import CannotPublish, draft_changes, publish, publish_again, published
from routing.snapshots.rulebook import compile_rulebook
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_rule, make_settings, make_sla

pytestmark = pytest.mark.django_db


def row(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def messages() -> list[str]:
    return [str(problem) for problem in problems(draft_content())]


# --- content -----------------------------------------------------------------------------------------------------


def test_the_content_lists_rules_as_they_are_looked_at_and_numbers_them() -> None:
    pool = make_pool()
    make_catch_all(pool, position=0)
    make_rule(name="Second", position=70, pool=pool)
    make_rule(name="First", position=60, pool=pool)

    rules = draft_content()["rules"]

    assert [(rule["name"], rule["position"]) for rule in rules] == [("First", 1), ("Second", 2), ("Catch-all", 3)]


def test_archived_rows_are_not_in_the_content(now: datetime) -> None:
    pool = make_pool(archived_at=now)
    make_rule(pool=pool, archived_at=now)
    Territory.objects.create(name="Old", archived_at=now)
    make_sla(archived_at=now)

    content = draft_content()

    assert [content[section] for section in ("rules", "pools", "territories", "sla_policies")] == [[], [], [], []]


@pytest.mark.parametrize(
    ("fields", "to"),
    [
        ({"destination": "territory", "away": "next"}, {"territory": True, "away": "next"}),
        ({"destination": "account_owner", "account_role": "csm"}, {"account_owner": "csm", "away": "backup"}),
        ({"destination": "park", "park_reason": "Student"}, {"park": "Student", "review_days": 30}),
    ],
)
def test_a_destination_becomes_the_contracts_words(fields: dict[str, Any], to: dict[str, Any]) -> None:
    assert rule_content(make_rule(**fields))["to"] == to


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "next"),
        ({"when_nobody": "wait", "wait_minutes": 5}, {"wait_minutes": 5}),
        ({"when_nobody": "assign_anyway"}, "assign_anyway"),
    ],
)
def test_when_nobody_becomes_the_contracts_words(fields: dict[str, Any], expected: Any) -> None:
    assert rule_content(make_rule(pool=make_pool(), **fields))["when_nobody"] == expected


def test_the_router_can_read_every_content(now: datetime) -> None:
    pool = make_pool(make_rep())
    make_settings(sla=make_sla(name="Fast"))
    make_rule(pool=pool, conditions=[[row("country", "is", "US")]], weekdays=[0, 1], active_from=now)
    make_catch_all(pool)

    compiled = compile_rulebook(1, publish(note="", user=None, now=now).content)

    assert len(compiled.rulebook.rules) == 2


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        make_rule(pool=make_pool(), sla=make_sla())

    with django_assert_num_queries(9):
        draft_content()


# --- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (row("country", "is", "US"), "country is US"),
        (row("employees", "gt", 100.0), "employees is more than 100"),
        (row("country", "any_of", ["US", "CA"]), "country is one of US, CA"),
        (row("employees", "between", [1, 50]), "employees is between 1 and 50"),
        (row("utm.source", "empty"), "utm source is not known"),
        (row("account.target", "is", True), "account target is yes"),
        (row("company", "frobnicates", "x"), "company frobnicates x"),
        ("nonsense", "(cannot be read)"),
    ],
)
def test_a_condition_in_words(condition: Any, text: str) -> None:
    assert condition_in_words(condition) == text


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        ([], "any lead"),
        ([[]], "any lead"),
        ([[row("a", "is", 1), row("b", "is", 2)]], "a is 1 and b is 2"),
        ([[row("a", "is", 1), row("b", "is", 2)], [], [row("c", "is", 3)]], "(a is 1 and b is 2) or c is 3"),
        ("x", "(cannot be read)"),
    ],
)
def test_conditions_in_words(groups: Any, text: str) -> None:
    assert conditions_in_words(groups) == text


def test_a_rule_in_words() -> None:
    pool = make_pool(name="Enterprise")
    rule = make_rule(pool=pool, conditions=[[row("country", "is", "US"), row("employees", "gt", 100)]])

    text = rule_in_words(rule_content(rule), load_names())

    assert text == "IF country is US and employees is more than 100 THEN pool Enterprise, ELSE the next rule"


def test_a_rule_to_something_that_is_gone_says_so() -> None:
    rule = rule_content(make_rule(pool=make_pool()))

    assert rule_in_words(rule, Names()) == "IF any lead THEN pool (gone), ELSE the next rule"


def test_a_territory_in_words() -> None:
    west = Territory.objects.create(name="West")
    part = Territory(name="Bay", parent=west, regions=["US-CA"], employees={"min": 1, "max": 500})

    text = territory_in_words(territory_content(part), load_names())

    assert text == ("inside West: region is US-CA and employees from 1 to 500 → the owner of the territory around it")


def test_the_differences_are_sentences() -> None:
    pool = make_pool(name="SMB")
    rules = [make_rule(name=name, pool=pool) for name in ("A", "B", "C", "D")]
    old = draft_content()
    rules[0].delete()
    rules[1].conditions = [[row("country", "is", "US")]]
    rules[1].save()
    rules[3].position = 0
    rules[3].save()
    make_rule(name="E", pool=pool)
    make_settings(taper_days=3)

    assert differences(old, draft_content(), load_names()) == [
        "Settings: days without new leads before a leave: 2 → 3.",
        "Rule “A” is removed.",
        "Rule “B”: if: any lead → country is US.",
        "Rule “E” is new: IF any lead THEN pool SMB, ELSE the next rule.",
        "Rule “D” is now looked at first.",
    ]


def test_changes_of_a_pool_are_sentences_of_a_sales_manager() -> None:
    pool = make_pool(name="SMB")
    old = draft_content()
    pool.strategy, pool.turns_by, pool.offer = "performance", "grade", "claim"
    pool.requires = {"languages": "lead", "topics": [{"topic": "k8s", "level": 2, "patience_minutes": 10}]}
    pool.save()

    assert differences(old, draft_content(), load_names()) == [
        "Pool “SMB” goes by results instead of by turn.",
        "Pool “SMB” now counts turns separately by grade.",
        "Pool “SMB” hands leads to whoever claims them first instead of assigning them.",
        "Pool “SMB” now requires the lead's language and k8s (level 2, for 10 minutes).",
    ]


def test_what_an_older_version_lacks_is_no_change() -> None:
    make_rule(name="A", pool=make_pool())
    new, old = draft_content(), draft_content() | {"format": 1}
    for row in (*old["pools"], *old["rules"]):
        for key in ("fairness", "performance", "requires", "units", "band"):
            row.pop(key, None)
    del old["topics"], old["settings"]["score"]

    assert differences(old, new, load_names()) == []


def test_needs_are_read_as_the_engine_knows_them() -> None:
    needs = read_needs({"languages": "lead", "skills": ["Security"], "topics": [{"topic": "K8s", "level": 2}]})

    assert needs == (Need(NeedKind.LANGUAGE, "lead"), Need(NeedKind.SKILL, "security"), Need(NeedKind.TOPIC, "k8s", 2))


def test_the_same_content_has_no_differences() -> None:
    make_catch_all(make_pool())

    assert differences(draft_content(), draft_content(), load_names()) == []


# --- what blocks publishing --------------------------------------------------------------------------------------


def test_a_rulebook_needs_a_catch_all() -> None:
    make_rule(pool=make_pool())

    assert messages() == [
        "There is no catch-all. Add a last rule without conditions, so that every lead finds somebody."
    ]


def test_a_catch_all_takes_every_lead_at_all_times(now: datetime) -> None:
    make_catch_all(make_pool(), conditions=[[row("country", "is", "US")]], active_from=now)

    assert [message.partition(". ")[0] for message in messages()] == [
        "The catch-all “Catch-all” has conditions",
        "The catch-all “Catch-all” is active only at times",
    ]


@pytest.mark.parametrize(
    "condition",
    [
        row("knid", "is", "demo"),
        row("kind", "equals", "demo"),
        row("domain", "matches", "(unclosed"),
        row("domain", "matches", r"(a)\1"),
        row("country", "is", "USA"),
        row("region", "any_of", ["US-CA", "California"]),
        row("territory", "is", "Nowhere"),
        row("employees", "gt", "many"),
        {"field": "kind", "op": "is", "value": "demo", "colour": "red"},
        "kind is demo",
    ],
    ids=str,
)
def test_a_broken_condition_blocks_publishing(condition: Any) -> None:
    pool = make_pool()
    make_catch_all(pool)
    make_rule(name="Bad", pool=pool, conditions=[[row("country", "is", "us"), condition]])

    found = problems(draft_content())

    assert [(problem.section, problem.name, problem.path) for problem in found] == [("rules", "Bad", "when[0][1]")]


def test_a_nurture_of_no_days_blocks_publishing_and_takes_the_usual_days_where_it_is_published() -> None:
    make_catch_all(make_pool())
    make_rule(name="Students", destination="park", park_reason="student")
    content = draft_content()
    content["rules"][0]["to"]["review_days"] = 0

    assert [problem.path for problem in problems(content)] == ["to.review_days"]
    assert compile_rulebook(1, content).rulebook.rules[0].destination == ToPark("student", 30)


def test_the_refusal_of_a_pattern_is_re2s() -> None:
    make_catch_all(make_pool())
    make_rule(pool=make_pool(), conditions=[[row("domain", "matches", "(unclosed")]])

    assert "missing )" in messages()[0]


def test_destinations_must_be_there(now: datetime) -> None:
    make_catch_all(make_pool())
    make_rule(name="To a person", destination="rep", rep=make_rep("Ana", active=False))
    make_rule(name="To a pool", pool=make_pool(archived_at=now))

    assert messages() == [
        "Rule “To a person”: Ana is not active. Choose somebody else, or make them active.",
        "Rule “To a pool”: the pool it names is archived. Choose another pool.",
    ]


def test_a_pool_cannot_overflow_to_itself() -> None:
    pool = make_pool()
    make_catch_all(pool, when_nobody="overflow", overflow_pool=pool)

    assert "it overflows to the pool that it comes from" in messages()[0]


def test_territories_must_not_lie_in_themselves() -> None:
    make_catch_all(make_pool())
    east = Territory.objects.create(name="East")
    west = Territory.objects.create(name="West", parent=east)
    Territory.objects.filter(pk=east.pk).update(parent=west)

    assert [message.partition(",")[0] for message in messages()] == [
        "Territory “East”: it lies in itself",
        "Territory “West”: it lies in itself",
    ]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"countries": ["ZZ"]}, "countries[0]"),
        ({"regions": ["US-ZZ"]}, "regions[0]"),
        ({"countries": ["DE"], "regions": ["US-CA"]}, "regions[0]"),
        ({"postal_codes": ["94*"]}, "postal_codes"),
        ({"countries": ["US"], "postal_codes": ["94105", "99-90"]}, "postal_codes[1]"),
        ({"employees": {"min": 500, "max": 1}}, "employees"),
    ],
)
def test_criteria_that_cannot_work_block_publishing(fields: dict[str, Any], path: str) -> None:
    make_catch_all(make_pool())
    Territory.objects.create(name="T", **fields)

    assert [problem.path for problem in problems(draft_content())] == [path]


# --- publishing --------------------------------------------------------------------------------------------------


def test_publishing_freezes_the_draft(now: datetime) -> None:
    catch_all = make_catch_all(make_pool())
    version = publish(note="First", user=None, now=now)

    catch_all.name = "Everybody else"
    catch_all.save()

    version.refresh_from_db()
    assert (version.number, version.note, version.published_at) == (1, "First", now)
    assert version.content["rules"][0]["name"] == "Catch-all"


def test_an_unchanged_draft_is_not_published_twice(now: datetime) -> None:
    make_catch_all(make_pool())
    publish(note="", user=None, now=now)

    with pytest.raises(CannotPublish, match="Nothing changed"):
        publish(note="", user=None, now=now)


def test_numbering_rules_anew_is_no_change(now: datetime) -> None:
    catch_all = make_catch_all(make_pool())
    publish(note="", user=None, now=now)

    catch_all.position = 5
    catch_all.save()

    assert draft_changes() == []


def test_a_draft_with_errors_is_not_published(now: datetime) -> None:
    with pytest.raises(CannotPublish) as caught:
        publish(note="", user=None, now=now)

    assert caught.value.errors[0].startswith("There is no catch-all.")
    assert published() is None


def test_rolling_back_publishes_an_earlier_version_again(now: datetime) -> None:
    catch_all = make_catch_all(make_pool())
    publish(note="", user=None, now=now)
    catch_all.note = "changed"
    catch_all.save()
    publish(note="", user=None, now=now)

    again = publish_again(1, user=None, now=now)

    assert again.number == 3
    assert again.content == RulebookVersion.objects.get(number=1).content
    assert draft_changes() == ["Rule “Catch-all”: note: nothing → changed."]


def test_an_earlier_version_that_names_what_is_gone_is_not_published_again(now: datetime) -> None:
    ana = make_rep("Ana")
    rule = make_rule(destination="rep", rep=ana)
    make_catch_all(make_pool())
    publish(note="", user=None, now=now)
    rule.delete()
    ana.active = False
    ana.save()
    publish(note="", user=None, now=now)

    with pytest.raises(CannotPublish, match="Ana is not active"):
        publish_again(1, user=None, now=now)


def test_publishing_lets_waiting_leads_be_looked_at_again(now: datetime) -> None:
    later = now + timedelta(hours=5)
    make_catch_all(make_pool())
    held = {"held_reason": "nobody_available", "held_since": now, "hold_deadline_at": later, "route_after": later}
    lead = make_lead(now, status=Lead.Status.HELD, **held)

    publish(note="", user=None, now=now)

    lead.refresh_from_db()
    assert lead.route_after == now


@pytest.mark.parametrize(
    "name", ["duplicate_minutes", "returning_days", "company_days", "hold_deadline_hours", "taper_days"]
)
def test_a_span_no_calendar_holds_blocks_publishing_and_is_cut_in_old_versions(name: str, now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(make_rep()))
    content = draft_content()
    content["settings"][name] = 1e300

    compiled = compile_rulebook(1, content)

    assert any("ten years" in str(problem) for problem in problems(content))
    assert now + timedelta(days=compiled.taper_days, hours=compiled.hold_hours) > now


def test_an_endless_answer_time_blocks_publishing_and_is_cut_in_an_old_version(now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(make_rep()))
    make_sla(name="Slow")
    content = draft_content()
    content["sla_policies"][0]["first_response_minutes"] = 1e20

    compiled = compile_rulebook(1, content)

    assert any("Slow" in str(problem) for problem in problems(content))
    assert now + timedelta(minutes=compiled.sla_policies["Slow"].first_response_minutes) > now
