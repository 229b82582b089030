"""A published version that was damaged afterwards: routing goes on, the trace warns, and the linter says so."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.engine.types import Assigned, Held, HeldReason
from routing.models import Decision, Lead, Rule, RulebookVersion
from routing.rulebook.config.documents import Names, territory_document
from routing.rulebook.content import draft_content
from routing.rulebook.describe import differences, load_names
from routing.rulebook.lint import Severity
from routing.rulebook.mend import mend
from routing.services.dry_run import DryRun, dry_run
from routing.services.importing.run import import_config
from routing.services.importing.shown import version_document
from routing.services.lint import DAMAGED, lint
from routing.services.publish import CannotPublish, frozen, publish
from routing.services.route_pending import route_pending
from routing.services.schedule import schedule_publication
from routing.services.simulate import simulate
from routing.services.which_version import NoSuchVersion
from routing.services.work_progress import CannotRun
from routing.snapshots.rulebook import compile_rulebook, rows_there
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_rule
from tests.routing.config_sample import FULL

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what is damaged never comes to the database")]
BROKEN: list[Any] = [
    None, "x", "", 5, -1, 0, 1e300, 10**400, float("nan"), float("inf"), True, [], [5], ["x", None], {}, {"x": 1},
    "2026-03-01T00:00", "9999-12-31T23:59:59+00:00", "\x00", "\ud800", [[[]]], [{}],
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    if path:
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield from places(entry, (*path, key))


def damaged(content: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with `value` at the place, or without it."""
    changed = copy.deepcopy(content)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    if value is GONE:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return changed


GONE = object()


def decided(content: Any, leads: list[Lead], now: datetime) -> list[DryRun]:
    return dry_run(leads, published=compile_rulebook(1, content, rows=rows_there()), now=now)


def survives(content: Any, leads: list[Lead], now: datetime) -> None:
    """Everything that reads a version copes with it, and every lead gets an outcome."""
    assert len(decided(content, leads, now)) == len(leads)
    lint(content, now=now)
    version_document(content)
    differences(content, frozen(draft_content()), load_names())


def company(now: datetime) -> tuple[dict[str, Any], list[Lead]]:
    import_config(text=FULL, now=now)
    facts = {"email": "x@globex.de", "country": "US", "region": "US-CA", "postal_code": "94105", "kind": "demo"}
    leads = [
        Lead(pk=-1, submitted_at=now, route_after=now, **facts),
        Lead(pk=-2, submitted_at=now, route_after=now, email="mia@initech.example", source="website", language="es"),
    ]
    return frozen(draft_content()), leads


def check_any_damage(now: datetime, examples: int) -> None:
    content, leads = company(now)
    everywhere = list(places(content))

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.lists(st.tuples(st.sampled_from(everywhere), st.sampled_from([GONE, *BROKEN])), min_size=1, max_size=3))
    def check(damage: list[tuple[tuple[Any, ...], Any]]) -> None:
        broken = content
        for path, value in damage:
            try:
                broken = damaged(broken, path, value)
            except (KeyError, IndexError, TypeError):
                continue  # what another damage took away
        survives(broken, leads, now)

    check()


def test_whatever_is_damaged_every_lead_gets_an_outcome_and_lint_goes_on(now: datetime) -> None:
    check_any_damage(now, examples=40)


@pytest.mark.long
def test_whatever_is_damaged_at_length(now: datetime) -> None:
    check_any_damage(now, examples=3_000)


@pytest.mark.parametrize("content", [None, 5, [], {}, {"format": 2}, {"format": 99}, {"format": "x"}, {"rules": 5}])
def test_anything_at_all_can_be_read_as_a_version(content: Any, now: datetime) -> None:
    survives(content, [Lead(pk=-1, submitted_at=now, route_after=now, email="x@y.example")], now)


# --- what damaged parts mean -------------------------------------------------------------------------------------


def two_rules(**damage: Any) -> dict[str, Any]:
    """A rule for all leads, damaged, before the catch-all of another pool."""
    make_rule(name="First", pool=make_pool(make_rep("Ana")))
    make_catch_all(make_pool(make_rep("Bob")))
    content = frozen(draft_content())
    content["rules"][0] |= damage
    return content


def one_lead(content: Any, now: datetime) -> Any:
    return decided(content, [Lead(pk=-1, submitted_at=now, route_after=now, email="x@y.example")], now)[0]


BROKEN: list[dict[str, Any]] = [
    {"when": 5}, {"when": [5]}, {"to": "x"}, {"to": {"pool": "SMB"}}, {"enabled": "yes"},
    {"requires": 5}, {"requires": {"languages": "fr"}}, {"requires": {"languages": [5]}},
    {"active": 5}, {"active": {"from": "soon", "to": None, "weekdays": None}},
    {"active": {"from": "2030-01-01T00:00", "to": None, "weekdays": None}},
    {"active": {"from": None, "to": None, "weekdays": [99]}},
]  # fmt: skip


@pytest.mark.parametrize("damage", BROKEN)
def test_a_broken_rule_never_matches_and_says_so(damage: Any, now: datetime) -> None:
    run = one_lead(two_rules(**damage), now)

    assert run.people.reps[run.decision.rep].name == "Bob"
    assert "never matches" in run.decision.trace.rules[0].warnings[0]


def test_a_rule_to_a_pool_that_is_nowhere_goes_on_to_the_next(now: datetime) -> None:
    run = one_lead(two_rules(to={"pool": 999_999}), now)

    assert run.people.reps[run.decision.rep].name == "Bob"
    assert run.decision.trace.rules[0].detail


def test_a_broken_catch_all_takes_every_lead_all_the_same(now: datetime) -> None:
    content = two_rules(enabled=False)
    content["rules"][1] |= {
        "when": "x",
        "enabled": None,
        "active": {"from": "2030-01-01T00:00:00+00:00", "to": 5},
        "requires": 5,
    }

    assert isinstance(one_lead(content, now).decision, Assigned)


def test_an_unknown_strategy_goes_by_turn_and_every_trace_says_so(now: datetime) -> None:
    content = two_rules()
    content["pools"][0] |= {"strategy": "astrology", "minimum_fit": None, "band": "3"}

    run = one_lead(content, now)

    assert run.decision.method == "round_robin"
    assert "round_robin counts" in run.decision.trace.steps[0]


def test_an_unknown_sla_clock_is_the_reps_hours() -> None:
    policy = {"id": 1, "name": "fast", "first_response_minutes": "5", "clock": "moon"}
    published = compile_rulebook(1, {"sla_policies": [policy]})

    assert (published.sla_policies["fast"].clock, published.sla_policies["fast"].first_response_minutes) == (
        "rep_hours",
        5,
    )


def test_numbers_beyond_their_bounds_move_to_the_nearest() -> None:
    content = {"settings": {"duplicate_minutes": 1e300, "returning_days": -1, "match_threshold": float("nan")}}
    read = compile_rulebook(1, content).rulebook.settings

    assert (read.duplicate_minutes, read.returning_days, read.match_threshold) == (5_256_000, 0, 0.75)


def test_no_lead_lies_in_a_broken_territory_or_inside_it() -> None:
    rows = [
        {"id": 1, "name": "Broken", "countries": "US", "owner": {"rep": 1}},
        {"id": 2, "name": "Child", "parent": 1, "countries": ["US"], "owner": {"rep": 1}},
    ]
    now = datetime.fromisoformat("2026-03-03T16:00:00+00:00")

    assert compile_rulebook(1, {"territories": rows}).atlas.locate({"country": "US"}.get, now) is None


def test_a_version_of_which_nothing_is_left_holds_every_lead_for_the_last_resort(now: datetime) -> None:
    held = one_lead("x", now).decision

    assert isinstance(held, Held)
    assert held.held_reason is HeldReason.NO_RULE


def test_a_second_row_with_the_same_key_is_left_out_and_said() -> None:
    row = {"id": 1, "name": "Sales", "ledger": 7}

    read = mend({"pools": [row, row | {"name": "Second"}]})

    assert [pool["name"] for pool in read.content["pools"]] == ["Sales"]
    assert [(problem.name, problem.path) for problem in read.problems] == [("Second", "id")]


def test_a_broken_territory_is_shown_without_what_mending_adds() -> None:
    territory = mend({"territories": [{"id": 1, "name": "Broken", "countries": "US"}]}).content["territories"][0]

    assert territory["nowhere"]
    assert "nowhere" not in territory_document(territory, Names({}, {}, {}, {}))


@pytest.mark.parametrize("damage", [{"rules": 5}, {"format": 99}])
def test_what_to_do_about_damage_is_said_once(damage: dict[str, Any], now: datetime) -> None:
    two_rules()
    version = publish(note="", user=None, now=now)
    RulebookVersion.objects.update(content=version.content | damage)

    texts = [finding.message for finding in lint(now=now) if finding.code == DAMAGED]

    assert texts and all(text.count("Publish again.") == 1 for text in texts)


def test_what_an_old_version_lacks_is_no_damage() -> None:
    assert mend({"pools": [{"id": 1, "name": "SMB", "ledger": 7}], "settings": {}}).problems == ()


# --- on the database ---------------------------------------------------------------------------------------------


def test_what_the_format_before_did_not_have_yet_is_no_damage(now: datetime) -> None:
    content = {**company(now)[0], "format": 2}
    del content["settings"]["score_from"], content["pools"][0]["expertise"], content["topics"][0]["about"]

    assert not mend(content).problems
    assert [problem.path for problem in mend({**content, "format": 3}).problems] == [
        "score_from",
        "about",
        "expertise",
    ]


def published_with(now: datetime, section: str, **damage: Any) -> None:
    """The published version, its first row of the section damaged by hand."""
    content = two_rules()
    publish(note="", user=None, now=now)
    content[section][0] |= damage
    RulebookVersion.objects.update(content=content)


@pytest.mark.parametrize(
    ("section", "damage"),
    [
        ("pools", {"strategy": "x"}),
        ("pools", {"ledger": 999_999}),
        ("pools", {"id": 999_999}),
        ("rules", {"id": 999_999}),
        ("rules", {"to": {"rep": 999_999}}),
        ("rules", {"position": 2**40}),
    ],
)
def test_leads_are_routed_by_a_damaged_version(section: str, damage: Any, now: datetime) -> None:
    published_with(now, section, **damage)
    leads = [make_lead(now) for _ in range(3)]

    for _ in range(3):  # who needs somebody that the batch does not know is put back
        route_pending(now=now)

    assert {Lead.objects.get(pk=lead.pk).status for lead in leads} == {"assigned"}
    assert Decision.objects.count() == 3


def test_lint_says_what_of_the_published_version_is_damaged_and_publishing_mends_it(now: datetime) -> None:
    published_with(now, "pools", strategy="astrology")

    errors = [finding for finding in lint(now=now) if finding.severity is Severity.ERROR]

    assert [(finding.code, finding.section, finding.path) for finding in errors] == [(DAMAGED, "pools", "strategy")]
    publish(note="", user=None, now=now)
    assert DAMAGED not in [finding.code for finding in lint(now=now)]


def test_a_damaged_version_is_not_published_again(now: datetime) -> None:
    content = two_rules(when=5)

    with pytest.raises(CannotPublish, match="conditions are a list"):
        publish(note="", user=None, now=now, content=content)


# --- what is asked of a rulebook ---------------------------------------------------------------------------------


def test_a_draft_that_cannot_be_followed_is_not_simulated(now: datetime) -> None:
    make_catch_all(make_pool(make_rep()))
    Rule.objects.update(conditions=5)

    with pytest.raises(NoSuchVersion, match="The draft cannot be followed as it is. Rule “Catch-all”: when"):
        simulate(lead={"email": "x@y.example"}, at=None, version="draft", now=now)


@pytest.mark.parametrize("year", [1, 9999])
def test_a_moment_without_days_around_it_is_refused_with_the_range(year: int, now: datetime) -> None:
    with pytest.raises(CannotRun) as refusal:
        simulate(lead={"email": "x@y.example"}, at=now.replace(year=year), version="draft", now=now)

    assert "1900 to 2999" in refusal.value.errors["at"][0]
    with pytest.raises(CannotPublish, match="1900 to 2999"):
        schedule_publication(note="", at=now.replace(year=year), user=None, now=now)
