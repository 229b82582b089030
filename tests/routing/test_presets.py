"""“How do you share leads?”: each preset as a new user meets it, beside rules of their own, and twice."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from reps.models import Rep
from routing.models import Lead, Pool, Rule, RulebookVersion, SlaPolicy, Territory, Topic
from routing.rulebook.content import current_settings, draft_content
from routing.services.presets import Applied, CannotApply, NoSuchPreset, apply_preset, list_presets, preview_preset
from routing.services.publish import CannotPublish, publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_pending
from tests.factories import make_account, make_catch_all, make_pool, make_rep, make_rule

NOW = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
DOCS = (Path(__file__).parents[2] / "docs" / "presets.md").read_text(encoding="utf-8")
NAMES = [preset.name for preset in list_presets()]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database("presets save rows as people do; publishing and routing them is repeated elsewhere"),
]


@pytest.fixture
def people() -> list[Rep]:
    return [make_rep("Ana"), make_rep("Ben"), make_rep("Cleo")]


def apply(name: str, **options: Any) -> Applied:
    return apply_preset(name=name, options=options, user=None, now=NOW)


def rules() -> list[str]:
    return list(Rule.objects.current().in_order().values_list("name", flat=True))


def publishable() -> None:
    publish(note="", user=None, now=NOW)


def everything() -> dict[str, list[dict[str, Any]]]:
    kept = [model for model in apps.get_models() if model._meta.managed]
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in kept}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_only_looked_at_leaves_nothing_and_rings_nobody(
    name: str, people: list[Rep], django_capture_on_commit_callbacks: Any
) -> None:
    before = everything()

    with django_capture_on_commit_callbacks() as rings:
        looked = preview_preset(name=name, options={}, user=None, now=NOW)

    assert looked.created
    assert everything() == before
    assert rings == []
    assert apply(name).created == looked.created


# --- on an empty installation ------------------------------------------------------------------------------------


def test_there_is_one_for_each_method_and_a_recommended_one() -> None:
    assert NAMES == ["round_robin", "territory", "account", "performance", "intent", "recommended"]


@pytest.mark.parametrize("name", NAMES)
def test_without_people_it_says_to_add_them(name: str) -> None:
    with pytest.raises(CannotApply, match="Add people first"):
        apply(name)

    assert not Pool.objects.exists()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("people")
def test_what_it_makes_can_be_published_and_routes_the_test_lead(name: str) -> None:
    applied = apply(name)

    publishable()
    assert applied.preview.decision["outcome"] == "assigned"
    assert applied.missing[-1] == "Publish the draft. Until then nothing of this routes a lead."


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("people")
def test_applied_twice_it_changes_nothing(name: str) -> None:
    apply(name)
    before = draft_content()

    again = apply(name)

    assert not again.changed
    assert draft_content() == before


@pytest.mark.usefixtures("people")
def test_all_of_them_together_stand_in_a_sensible_order() -> None:
    for name in reversed(NAMES):
        apply(name)

    assert rules() == ["Account owners", "Hot leads", "Experts", "Territories", "Best results", "Catch-all"]
    publishable()


# --- what each of them shows -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("people")
def test_round_robin_shares_all_leads_by_turn() -> None:
    applied = apply("round_robin")

    assert rules() == ["Catch-all"]
    assert applied.preview.decision["method"] == "round_robin"


def test_territory_shows_a_lead_in_one_that_has_an_owner(people: list[Rep]) -> None:
    west = Territory.objects.create(name="USA", countries=["US"], owner_rep=people[1])
    Territory.objects.create(
        name="California", parent=west, countries=["US"], postal_codes=["90000-96199"], employees={"min": 10}
    )

    applied = apply("territory")

    assert applied.test_lead["postal_code"] == "90000"
    assert applied.preview.decision["rep"] == people[1].email
    assert applied.missing == ["Publish the draft. Until then nothing of this routes a lead."]


@pytest.mark.usefixtures("people")
def test_territory_misses_owners() -> None:
    Territory.objects.create(name="USA", countries=["US"])

    assert "Name the owner of each territory: no territory has an owner yet." in apply("territory").missing


def test_account_shows_a_lead_of_one_that_has_an_owner(people: list[Rep]) -> None:
    make_account("Acme", domains=("acme-corp.example",))
    make_account("Globex", domains=("globex.example",), owner=people[2])

    applied = apply("account")

    assert applied.preview.decision["rep"] == people[2].email
    assert applied.missing[0] == "Name the owner of each account: 1 of 2 have none."


@pytest.mark.usefixtures("people")
def test_performance_says_how_many_results_it_lacks() -> None:
    applied = apply("performance")

    assert applied.pools[0].strategy == "performance"
    assert any("0 have an outcome" in text for text in applied.missing)


def test_intent_shows_a_lead_about_what_somebody_knows(people: list[Rep]) -> None:
    Topic.objects.create(name="Kubernetes", keywords=["k8s"])
    people[1].expertise.create(topic="kubernetes", level=3)

    applied = apply("intent")

    assert applied.preview.decision["rep"] == people[1].email
    assert applied.preview.decision["method"] == "intent"
    assert any("1 have one" in text for text in applied.missing)


@pytest.mark.usefixtures("people")
def test_recommended_sends_hot_leads_to_people_who_answer_soon() -> None:
    applied = apply("recommended")

    assert applied.preview.decision["rule"] == "Hot leads"
    assert SlaPolicy.objects.get().first_response_minutes == 5
    assert current_settings().same_company and current_settings().grades["A"] == 70
    assert Rule.objects.get(catch_all=True).overflow_pool == Pool.objects.get(name="Overflow")


@pytest.mark.parametrize(("name", "method"), [("round_robin", "round_robin"), ("account", "account")])
def test_later_test_leads_still_show_the_way_chosen(people: list[Rep], name: str, method: str) -> None:
    make_account("Globex", domains=("globex.example",), owner=people[2])
    previews = []
    for minutes, way in enumerate(["intent", "account", name, name]):
        now = NOW + timedelta(minutes=minutes)
        applied = apply_preset(name=way, options={}, user=None, now=now)
        with suppress(CannotPublish):
            publish(note="", user=None, now=now)
        receive_lead(facts=applied.test_lead, now=now)
        route_pending(now=now)
        previews.append(applied.preview.decision["method"])

    assert previews[2:] == [method, method]
    assert list(Lead.objects.order_by("pk").values_list("method", flat=True))[2:] == [method, method]


def test_leads_of_an_account_without_owner_still_join_their_colleague(people: list[Rep]) -> None:
    make_account("Globex", domains=("globex.example",))
    apply("account")
    publishable()

    for name in ("ada", "bob"):
        receive_lead(facts={"email": f"{name}@globex.example"}, now=NOW)
        route_pending(now=NOW)

    assert Lead.objects.order_by("pk")[1].method == "same_company"


# --- beside what is there ----------------------------------------------------------------------------------------


def test_existing_rules_keep_their_places(people: list[Rep]) -> None:
    mine = make_pool(*people, name="Mine")
    make_rule(name="First", position=1, conditions=[[{"field": "kind", "op": "is", "value": "partner"}]], pool=mine)
    make_catch_all(mine, name="My catch-all")

    apply("round_robin")
    apply("account")

    assert rules() == ["First", "Account owners", "By turn", "My catch-all"]
    publishable()


def test_a_rule_that_takes_the_test_lead_first_is_named(people: list[Rep]) -> None:
    mine = make_pool(*people, name="Mine")
    make_rule(name="Demos", conditions=[[{"field": "kind", "op": "is", "value": "demo"}]], pool=mine)
    make_catch_all(mine)

    assert (
        "Move “By turn” up: the rule “Demos” comes before it and takes the test lead." in apply("round_robin").missing
    )


@pytest.mark.usefixtures("people")
def test_a_pool_of_that_name_that_shares_otherwise_is_told() -> None:
    make_pool(name="Experts")

    assert "shares otherwise: Round robin" in apply("intent").missing[0]


def test_settings_and_topics_of_the_users_own_stay(people: list[Rep]) -> None:
    Topic.objects.create(name="Mine", keywords=["mine"])
    settings = current_settings()
    settings.grades = {"A": 90}
    settings.save()

    apply("recommended")

    assert [topic.name for topic in Topic.objects.all()] == ["Mine"]
    assert current_settings().grades == {"A": 90}


# --- options -----------------------------------------------------------------------------------------------------


def test_members_and_the_name_of_the_pool_can_be_chosen(people: list[Rep]) -> None:
    applied = apply("performance", members=[people[0].email, people[2].email.upper()], pool="Closers")

    closers = next(pool for pool in applied.pools if pool.name == "Closers")
    assert {member.rep for member in closers.members.all()} == {people[0], people[2]}


def test_people_who_are_named_later_join(people: list[Rep]) -> None:
    apply("round_robin", members=[people[0].email])

    again = apply("round_robin", members=[people[1].email])

    assert again.created == ["In the pool “Sales”: Ben."]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("options", "field", "text"),
    [
        ({"members": ["nobody@acme.example"]}, "members", "no active person"),
        ({"members": "ana@acme.example"}, "members", "a list"),
        ({"pool": 5}, "pool", "a text"),
        ({"pool": "x" * 101}, "pool", "at most 100"),
        ({"color": "red"}, "color", "Unknown option"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, Any], field: str, text: str) -> None:
    with pytest.raises(CannotApply) as caught:
        apply("round_robin", **options)

    assert text in caught.value.errors[field][0]


def test_an_unknown_preset_is_refused_with_those_there_are() -> None:
    with pytest.raises(NoSuchPreset, match="There are round_robin, territory"):
        apply("coin_toss")


@pytest.mark.usefixtures("people")
def test_the_history_names_who_applied_it() -> None:
    boss = User.objects.create_user("boss")

    apply_preset(name="intent", options={}, user=boss, now=NOW)

    assert Pool.history.filter(name="Experts").get().history_user == boss
    assert set(Topic.history.values_list("history_user", flat=True)) == {boss.pk}


# --- the command -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("people")
def test_the_command_tells_what_was_made_and_what_a_test_lead_would_do(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("preset", "round_robin", "--publish")

    said = capsys.readouterr().out
    assert "Pool “Sales”" in said and "It would go to ana" in said
    assert "Publish the draft" not in said
    assert RulebookVersion.objects.count() == 1


def test_the_command_lists_the_presets(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("preset")

    said = capsys.readouterr().out
    assert [name for name in NAMES if name not in said] == []


def test_the_command_refuses_in_words() -> None:
    with pytest.raises(CommandError, match="Add people first"):
        call_command("preset", "intent")
    with pytest.raises(CommandError, match="There is no preset “coin”"):
        call_command("preset", "coin")


@pytest.mark.usefixtures("people")
def test_the_command_takes_members_and_says_when_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = Rep.objects.order_by("pk").values_list("email", flat=True)[:2]
    for _ in range(2):
        call_command("preset", "round_robin", "--members", f"{first},{second}")

    assert "Nothing changed: everything is there already." in capsys.readouterr().out
    assert Pool.objects.get().members.count() == 2


# --- docs/presets.md ---------------------------------------------------------------------------------------------


def test_the_steps_of_the_docs_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (sample,) = re.findall(r" *```yaml\n(.*?) *```", DOCS, re.DOTALL)
    (tmp_path / "company.yaml").write_text(dedent(sample), encoding="utf-8")

    for line in re.findall(r"manage\.py ((?:import_config|preset|lint|publish).*)", DOCS):
        command, _, promised = line.partition("#")
        call_command(*command.split())
        assert promised.strip() in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_in_the_docs(name: str) -> None:
    assert f"| `{name}` |" in DOCS
