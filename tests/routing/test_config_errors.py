"""A configuration file with errors: every one is reported with its path, and nothing is written."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reps.models import Rep, Team
from routing.models import Pool, Rule, RulebookVersion
from routing.rulebook.config import source
from routing.rulebook.config.errors import InvalidConfig
from routing.services.importing.run import import_config
from tests.examples import examples
from tests.routing.config_sample import FULL, SMALL

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("readers refuse before anything is written")]


def errors_of(text: str, now: datetime, *, is_json: bool = False) -> list[str]:
    with pytest.raises(InvalidConfig) as caught:
        import_config(text=text, now=now, is_json=is_json)
    assert not RulebookVersion.objects.exists()
    return [str(error) for error in caught.value.errors]


ANA = "{email: ana@acme.example, name: Ana Diaz}"
DEMOS = "{name: Demos, when: [[{field: kind, op: is, value: demo}]], to: {pool: SMB}}"
TO = "to: {pool: SMB}}"
TABLE = [
    # --- people
    (ANA, "{name: Ana Diaz}", "reps[0].email: this is missing."),
    (ANA, "{email: ana, name: Ana Diaz}", 'reps[0].email: "ana" is not an e-mail address.'),
    (ANA, "{email: ana@acme.example}", "reps[0].name: this is missing."),
    (ANA, "{email: bob@acme.example, name: B}", 'reps[1].email: "bob@acme.example" is at reps[0] already.'),
    (ANA, "ana@acme.example", 'reps[0]: "ana@acme.example" is not a mapping of keys and values.'),
    ("name: Ana Diaz", "name: Ana Diaz, nmae: x", 'reps[0].nmae: this key is unknown. Did you mean "name"?'),
    (
        "name: Ana Diaz",
        "name: A, timezone: Europe/Berln",
        'reps[0].timezone: "Europe/Berln" is not a time zone. Did you',
    ),
    ("name: Ana Diaz", "name: A, working_hours: {mo: []}", "reps[0].working_hours: “mo” is not a day."),
    ("name: Ana Diaz", "name: A, working_hours: {mon: [9-5]}", "reps[0].working_hours: mon: “9-5” is not a range"),
    ("name: Ana Diaz", "name: A, holidays: XX", 'reps[0].holidays: no public holidays are known for "XX".'),
    ("name: Ana Diaz", "name: A, languages: english", "reps[0].languages: Languages are written as a list"),
    ("name: Ana Diaz", "name: A, team: West", 'reps[0].team: there is no team "West".'),
    ("name: Ana Diaz", "name: A, skills: [security]", 'reps[0].skills[0]: there is no skill "security".'),
    ("name: Ana Diaz", "name: A, expertise: {k8s: 4}", 'reps[0].expertise.k8s: "4" is not a whole number from 1 to 3.'),
    ("name: Ana Diaz", "name: A, expertise: {k8s: 2}", 'reps[0].expertise.k8s: there is no topic "k8s".'),
    ("name: Ana Diaz", "name: A, caps: {day: -1}", "reps[0].caps: day: a cap cannot be negative."),
    ("name: Ana Diaz", "name: A, active: maybe", 'reps[0].active: "maybe" is neither true nor false.'),
    ("name: Ana Diaz", "name: A, paused: {until: 2026-12-01T09:00:00}", "reps[0].paused.until: "),
    ("name: Ana Diaz", "name: A, paused: {until: 9999-12-31T23:00:00-12:00}", "reps[0].paused.until: "),
    ("name: Ana Diaz", f"name: A, ack_seconds: 1{400 * '0'}", "reps[0].ack_seconds: this number is too large."),
    (
        "name: Ana Diaz",
        "name: A, backup: bop@acme.example",
        'reps[0].backup: there is no rep "bop@acme.example". Did you',
    ),
    ("name: Ana Diaz", "name: A, backup: ana@acme.example", "reps[0].backup: nobody can be their own backup."),
    ("name: Ana Diaz", "name: A, kind: robot", 'reps[0].kind: "robot" is unknown. Use human, agent.'),
    ("name: Ana Diaz", "name: A, kind: agent", "reps[0].webhook: an agent needs a webhook"),
    ("name: Ana Diaz", "name: A, webhook: ftp://x", 'reps[0].webhook: "ftp://x" is not a web address.'),
    ("name: Ana Diaz", "name: A, ack_seconds: 0", 'reps[0].ack_seconds: "0" is not a whole number from 1'),
    ("name: Ana Diaz", "name: A, catch_up: {share: 2}", "reps[0].catch_up: share: “2” is not a number from 0 to 1."),
    # --- pools
    ("rep: ana@", "rep: anna@", 'pools[0].members[0].rep: there is no rep "anna@acme.example". Did you mean "ana@'),
    ("{rep: ana@acme.example}", "{weight: 2}", "pools[0].members[0].rep: this is missing."),
    ("rep: ana@", "rep: bob@", 'pools[0].members[1].rep: "bob@acme.example" is a member twice.'),
    ("{rep: ana@acme.example}", "{rep: ana@acme.example, weight: 0}", "pools[0].members[0].weight: 0 must be at least"),
    (
        "{rep: ana@acme.example}",
        "{rep: ana@acme.example, weight: x}",
        'pools[0].members[0].weight: "x" is not a number.',
    ),
    (
        "name: SMB,",
        "name: SMB, strategy: dice,",
        'pools[0].strategy: "dice" is unknown. Use round_robin, load_balanced',
    ),
    ("name: SMB,", "name: SMB, fairness: fair,", 'pools[0].fairness: "fair" is unknown. Use share, totals.'),
    ("name: SMB,", "name: SMB, turns_by: form,", 'pools[0].turns_by: "form" is unknown. Use kind, grade, source.'),
    ("name: SMB,", "name: SMB, totals_days: 0,", "pools[0].totals_days: 0 must be more than 0"),
    ("name: SMB,", "name: SMB, band: -1,", "pools[0].band: -1 must be at least 0"),
    ("name: SMB,", "name: SMB, control_share: 0.6,", "pools[0].control_share: 0.6 must be at least 0 and at most 0.5."),
    ("name: SMB,", "name: SMB, minimum_fit: x,", 'pools[0].minimum_fit: "x" is not a number.'),
    ("name: SMB,", "name: SMB, performance: {mode: x},", 'pools[0].performance.mode: "x" is unknown.'),
    ("name: SMB,", "name: SMB, performance: {segments: [x]},", 'pools[0].performance.segments[0]: "x" is unknown.'),
    ("name: SMB,", "name: SMB, performance: {l: 1},", "pools[0].performance.l: this key is unknown."),
    ("name: SMB,", "name: SMB, creditable_reasons: [rain],", 'pools[0].creditable_reasons[0]: "rain" is unknown.'),
    ("name: SMB,", "name: SMB, offer: later,", 'pools[0].offer: "later" is unknown. Use assign, exclusive, claim.'),
    ("name: SMB,", "name: SMB, offer_minutes: 0,", "pools[0].offer_minutes: 0 must be more than 0"),
    ("name: SMB,", "name: SMB, working_hours: {mo: []},", "pools[0].working_hours: “mo” is not a day."),
    (
        "name: SMB,",
        "name: SMB, requires: {skills: [security]},",
        "pools[0].requires.skills[0]: there is no skill “security”.",
    ),
    (
        "name: SMB,",
        "name: SMB, requires: {topics: [{topic: k8s}]},",
        "pools[0].requires.topics[0].topic: there is no topic",
    ),
    # --- rules
    (DEMOS, DEMOS.replace("SMB", "SBM"), 'rules[0].to.pool: there is no pool "SBM". Did you mean "SMB"?'),
    (DEMOS, "{name: Demos}", "rules[0].to: this is missing."),
    (DEMOS, "{name: Demos, to: {pool: SMB, rep: ana@acme.example}}", "rules[0].to: write exactly one of"),
    (DEMOS, "{name: Demos, to: {table: P, by: source}}", 'rules[0].to.table: there is no table "P".'),
    (DEMOS, "{name: Demos, to: {table: P, by: code}}", "rules[0].to.by: there is no field “code”."),
    (DEMOS, "{name: Demos, to: {table: P}}", "rules[0].to.by: this is missing."),
    (DEMOS, "{name: Demos, to: {account_owner: ''}}", "rules[0].to.account_owner: a role is owner, csm, sdr"),
    (DEMOS, "{name: Demos, to: {park: ''}}", "rules[0].to.park: this is missing."),
    (DEMOS, "{name: Demos, to: {pool: SMB, away: next}}", "rules[0].to.away: this key is unknown."),
    (DEMOS, "{name: Demos, to: {account_owner: owner, away: soon}}", 'rules[0].to.away: "soon" is unknown.'),
    (DEMOS, "{name: Demos, when: x, to: {pool: SMB}}", "rules[0].when: conditions are a list of groups"),
    ("op: is,", "op: iss,", "rules[0].when[0][0]: "),
    ("field: kind", "field: knid", "rules[0].when[0][0]: "),
    ("value: demo", "value: demmo", "rules[0].when[0][0]: "),
    ("op: is, value: demo", "op: matches, value: '(x'", "rules[0].when[0][0]: "),
    ("kind, op: is, value: demo", "country, op: is, value: UK", "rules[0].when[0][0]: "),
    ("kind, op: is, value: demo", "domain, op: matches, value: '(x'", "rules[0].when[0][0]: "),
    ("kind, op: is, value: demo", "territory, op: is, value: Nowhere", "rules[0].when[0][0]: "),
    (DEMOS, DEMOS[:-1] + ", when_nobody: later}", "rules[0].when_nobody: write next, assign_anyway"),
    (DEMOS, DEMOS[:-1] + ", when_nobody: {wait_minutes: 0}}", "rules[0].when_nobody.wait_minutes: 0 must be more than"),
    (DEMOS, DEMOS[:-1] + ", when_nobody: {overflow: SMB}}", "rules[0].when_nobody.overflow: it overflows to the pool"),
    (DEMOS, DEMOS[:-1] + ", sla: gold}", 'rules[0].sla: there is no SLA policy "gold".'),
    (DEMOS, DEMOS[:-1] + ", alert: loud}", 'rules[0].alert: "loud" is unknown. Use now, digest, none.'),
    (DEMOS, DEMOS[:-1] + ", units: 0}", "rules[0].units: 0 must be at least 1"),
    (DEMOS, DEMOS[:-1] + ", requires: {language: de}}", "rules[0].requires.language: this is unknown."),
    (DEMOS, DEMOS[:-1] + ", requires: {languages: [german]}}", "rules[0].requires.languages[0]: “german” is not a"),
    (DEMOS, "{name: Demos, to: {pool: SMB}}", 'rules[0].when: "Demos" is a second catch-all'),
    (DEMOS, DEMOS[:-1] + ", notify: [x]}", 'rules[0].notify[0]: "x" is not an e-mail address.'),
    (DEMOS, DEMOS[:-1] + ", review_date: soon}", 'rules[0].review_date: "soon" is not a date. Write 2026-12-20.'),
    (DEMOS, DEMOS[:-1] + ", active: {weekdays: [xmas]}}", 'rules[0].active.weekdays[0]: "xmas" is not a day.'),
    ("name: Catch-all", "name: Demos", 'rules[1].name: "Demos" is at rules[0] already.'),
    (
        "Catch-all, when: []",
        "Catch-all, when: [[{field: kind, op: is, value: demo}]]",
        "rules[1].when: the last rule must",
    ),
    ("Catch-all, when: []", "Catch-all, enabled: false", "rules[1].enabled: the catch-all cannot be disabled."),
    ("Catch-all, when: []", "Catch-all, active: {weekdays: mon}", "rules[1].active: the catch-all is always active."),
    ("reps:", "version: 2\nreps:", 'version: "2" is not a version that can be read. Write 1.'),
]


@pytest.mark.parametrize(("old", "new", "expected"), TABLE, ids=[row[2][:60] for row in TABLE])
def test_an_error_is_reported_with_its_path(old: str, new: str, expected: str, now: datetime) -> None:
    assert old in SMALL

    found = errors_of(SMALL.replace(old, new, 1), now)

    assert any(error.startswith(expected) for error in found), found


SECTIONS = [
    ("time_off: [{rep: ana@acme.example, from: 2026-12-20}]", "time_off[0].to: this is missing."),
    ("time_off: [{rep: ana@acme.example, from: 2026-12-20, to: 2026-12-19}]", "time_off[0].to: the leave ends before"),
    ("time_off: [{rep: ana@acme.example, from: 2026-12-20T08:00:00, to: 2026-12-21}]", "time_off[0].from: "),
    ("time_off: [{rep: ana@acme.example, from: 2026-12-20T08:00:00Z, to: 2026-12-21}]", "time_off[0].to: write either"),
    ("skills: [a, a]", 'skills[1]: "a" is there twice.'),
    ("teams: [{name: West, manager: x@y.example}]", 'teams[0].manager: there is no rep "x@y.example".'),
    ("settings: {timezone: Mars}", 'settings.timezone: "Mars" is not a time zone.'),
    ("settings: {working_hours: always}", "settings.working_hours: write the hours of the company"),
    ("settings: {match_threshold: 2}", "settings.match_threshold: 2 must be at least 0 and at most 1."),
    ("settings: {hold_deadline_hours: 0}", "settings.hold_deadline_hours: 0 must be more than 0"),
    ("settings: {last_resort: [x@y.example]}", 'settings.last_resort[0]: there is no rep "x@y.example".'),
    ("settings: {release_burst: 0}", "settings.release_burst: 0 must be at least 1"),
    ("settings: {grades: {A: 50, B: 50}}", "settings.grades.B: grade B must need fewer points than grade A."),
    ("settings: {grades: {hot: x}}", 'settings.grades.hot: "x" is not a number.'),
    ("settings: {score: [{points: 5}]}", "settings.score[0]: points are written {when:"),
    ("settings: {score: [{when: [[{field: x, op: is, value: 1}]], points: 5}]}", "settings.score[0].when[0][0]: the"),
    ("settings: {score: [{when: [[{field: domain, op: matches, value: '(x'}]], points: 5}]}", "settings.score[0].when"),
    ("settings: {score: [{when: [], points: many}]}", 'settings.score[0].points: "many" is not a number.'),
    (
        "settings: {intent: {extractor: magic}}",
        'settings.intent.extractor: "magic" is unknown. Use keywords, embeddings, language_model.',
    ),
    ("settings: {signals: {half_life_days: 0}}", "settings.signals.half_life_days: 0 must be more than 0"),
    ("sla_policies: [{name: a, clock: sun}]", 'sla_policies[0].clock: "sun" is unknown. Use rep_hours, always, pool'),
    ("sla_policies: [{name: a, max_attempts: 0}]", "sla_policies[0].max_attempts: 0 must be at least 1"),
    (
        "sla_policies: [{name: a, steps: [{after_minutes: -1, do: remind}]}]",
        "sla_policies[0].steps[0].after_minutes: -1",
    ),
    ("sla_policies: [{name: a, steps: [{after_minutes: 1, do: shout}]}]", 'sla_policies[0].steps[0].do: "shout" is'),
    (
        "sla_policies: [{name: a, steps: [{after_minutes: 1, do: remind, unless: rain}]}]",
        'sla_policies[0].steps[0].unless: "rain" is unknown. Use accepted, responded.',
    ),
    ("topics: [{name: k8s, keywords: ['!']}]", "topics[0].keywords[0]: a keyword is a word or a phrase."),
    ("topics: [{name: k8s}, {name: K8S}]", 'topics[0].name: another one is called "k8s" but for case'),
    ("tables: [{name: P, rows: {a: {rep: x@y.example}}}]", 'tables[0].rows.a.rep: there is no rep "x@y.example".'),
    ("tables: [{name: P, rows: {a: {pool: X}}}]", 'tables[0].rows.a.pool: there is no pool "X".'),
    ("tables: [{name: P, rows: {a: {}}}]", "tables[0].rows.a: write either {rep: EMAIL} or {pool: NAME}."),
    ("tables: [{name: P, rows: {a: {pool: SMB}, Á: {pool: SMB}}}]", "tables[0].rows.a: another row has the same key"),
    ("sources: [{name: s, wait_for: [colour]}]", 'sources[0].wait_for[0]: "colour" is unknown.'),
    ("sources: [{name: s, wait_for: [account.stage]}]", 'sources[0].wait_for[0]: "account.stage" is unknown.'),
    ("sources: [{name: s, wait_seconds: -1}]", "sources[0].wait_seconds: -1 must be at least 0 and at most 3,600."),
    ("stages: {sold: route}", 'stages.sold: "sold" is no stage at which a lead is handed over. Use qualified.'),
    ("stages: {qualified: maybe}", 'stages.qualified: "maybe" is unknown. Use route or none.'),
    (
        "examples: [{name: e, lead: {email: a@b.example}, expect: {rep: x@y.example}}]",
        "examples[0].expect.rep: there is",
    ),
    (
        "examples: [{name: e, lead: {email: a@b.example}, expect: {pool: X}}]",
        "examples[0].expect.pool: there is no pool",
    ),
    ("examples: [{name: e, lead: {email: a@b.example}}]", "examples[0].expect: write either"),
    ("examples: [{name: e, lead: {colour: red}, expect: {pool: SMB}}]", "examples[0].lead.colour: "),
    ("examples: [{name: e, expect: {pool: SMB}}]", "examples[0].lead: this is missing."),
    (
        "examples: [{name: e, at: '2026-03-03T09:00:00', lead: {email: a@b.example}, expect: {pool: SMB}}]",
        "examples[0].at: ",
    ),
    ("forms: [{name: f}]", "forms[0].fields: ask for email or phone"),
    ("forms: [{name: f, fields: [{field: emial}]}]", "forms[0].fields[0].field: "),
    ("inbound: [{name: a, mapping: {emial: x}}]", "inbound[0].mapping.emial: A lead has no such field."),
    ("accounts: [{name: A, people: {' ': ana@acme.example}}]", "accounts[0].people. : a role is owner, csm, sdr"),
    ("webhoks: []", "webhoks: this key is unknown."),
    (
        "territories: [{name: T, countries: [USA]}]",
        "territories[0].countries[0]: “USA” is not a country. Did you mean US?",
    ),
    ("territories: [{name: T, regions: [CA]}]", "territories[0].regions[0]: “CA” is not a region."),
    (
        "territories: [{name: T, countries: [DE], regions: [US-CA]}]",
        "territories[0].regions[0]: US-CA does not lie in DE.",
    ),
    ("territories: [{name: T, postal_codes: ['94*']}]", "territories[0].postal_codes: postal codes need exactly one"),
    ("territories: [{name: T, countries: [US], postal_codes: ['*']}]", "territories[0].postal_codes[0]: "),
    ("territories: [{name: T, employees: {min: 5, max: 1}}]", "territories[0].employees: min 5 is more than max 1."),
    ("territories: [{name: T, parent: U}, {name: U, parent: T}]", 'territories[0].parent: "T" lies in itself'),
    ("territories: [{name: T, owner: {pool: SMB, rep: ana@acme.example}}]", "territories[0].owner: write either"),
    ("territories: [{name: T, from: 2026-02-01, to: 2026-01-01}]", "territories[0].to: it ends before it begins."),
    ("accounts: [{name: A, domains: [gmail.com]}]", 'accounts[0].domains[0]: "gmail.com" is used by people of many'),
    ("accounts: [{name: A, domains: [nonsense]}]", 'accounts[0].domains[0]: "nonsense" is not a domain.'),
    ("accounts: [{name: A, parent: A}]", 'accounts[0].parent: "A" lies in itself'),
    (
        "accounts: [{name: A, people: {owner: ana@acme.example}}]",
        "accounts[0].people.owner: the owner has a key of its",
    ),
    ("accounts: [{name: A, phone: '12'}]", 'accounts[0].phone: "12" is not a phone number.'),
    ("accounts: [{name: A, stage: friend}]", 'accounts[0].stage: "friend" is unknown.'),
    ("accounts: [{name: A, domains: [a.example], excluded_domains: [a.example]}]", "accounts[0].excluded_domains: "),
    ("accounts: {name: A}", "accounts: "),
]


@pytest.mark.parametrize(("section", "expected"), SECTIONS, ids=[row[1][:60] for row in SECTIONS])
def test_an_error_in_a_further_section_is_reported(section: str, expected: str, now: datetime) -> None:
    found = errors_of(f"{SMALL}{section}\n", now)

    assert any(error.startswith(expected) for error in found), found


def test_all_errors_are_reported_at_once_and_nothing_is_written(now: datetime) -> None:
    broken = SMALL.replace("name: Ana Diaz", "name: Ana Diaz, team: East").replace("to: {pool: SMB}", "to: {pool: SBM}")

    found = errors_of(broken, now)

    assert [error.partition(":")[0] for error in found] == ["reps[0].team", "rules[0].to.pool", "rules[1].to.pool"]
    assert not (Rep.objects.exists() or Team.objects.exists() or Pool.objects.exists() or Rule.objects.exists())


@pytest.mark.parametrize("section", ["reps", "pools", "rules"])
def test_a_missing_section_is_named(section: str, now: datetime) -> None:
    found = errors_of(SMALL.replace(f"{section}:", f"other_{section}:"), now)

    assert f"{section}: this section is missing. A file needs reps, pools and rules." in found


@pytest.mark.parametrize("text", ["", "[]", "text", "42", "null", "reps: {}", "rules: 5", "? [a]\n: b\n"])
def test_a_file_that_is_something_else_is_refused(text: str, now: datetime) -> None:
    assert errors_of(text, now)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("reps:\n  - {email: x", "line 3"),
        ("reps: [\n\n}", "line 3"),
        ("a: 1\na: 2\n", "line 2"),
        ("a: !!python/object:x y", "line 1"),
    ],
)
def test_a_syntax_error_names_its_line(text: str, line: str, now: datetime) -> None:
    assert errors_of(text, now)[0].startswith(line)


def test_json_errors_name_their_line_too(now: datetime) -> None:
    assert errors_of('{"reps": [\n{]}', now, is_json=True)[0].startswith("line 2, column 2")
    assert "given twice" in errors_of('{"reps": [], "reps": []}', now, is_json=True)[0]
    assert "NaN is not a number" in errors_of('{"reps": NaN}', now, is_json=True)[0]


def test_a_billion_laughs_are_refused(now: datetime) -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))

    assert "anchors and aliases" in errors_of(f"l0: &l0 lol\n{levels}\n", now)[0]


def test_an_alias_of_itself_is_refused(now: datetime) -> None:
    assert "contains itself" in errors_of("a: &a [*a]", now)[0]


def test_anchors_may_save_writing(now: datetime) -> None:
    shared = SMALL.replace("name: Ana Diaz", "name: A, caps: &caps {day: 3}").replace(
        "name: Bob Ray", "name: B, caps: *caps"
    )

    import_config(text=shared, now=now)

    assert [rep.caps for rep in Rep.objects.all()] == [{"day": 3}, {"day": 3}]


@pytest.mark.parametrize("is_json", [True, False])
def test_a_file_nested_too_deeply_is_refused(is_json: bool, now: datetime) -> None:
    assert "too deeply" in errors_of("[" * 50_000 + "]" * 50_000, now, is_json=is_json)[0]


def test_a_file_that_is_too_large_is_refused(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 100)

    assert "larger than" in errors_of(SMALL, now)[0]


def two_pools(first: str, second: str) -> str:
    """SMALL with a second pool, and further keys of both."""
    return SMALL.replace("name: SMB,", f"name: SMB, {first}").replace(
        "\nrules:", f"\n  - {{name: B, {second}}}\nrules:"
    )


def test_pools_of_one_fairness_group_count_turns_alike(now: datetime) -> None:
    broken = two_pools("fairness_group: All,", "fairness_group: All, turns_by: kind")

    assert errors_of(broken, now) == [
        "pools[1].turns_by: the pool SMB of the same fairness group All counts turns by something else. "
        "Use the same for both."
    ]


def test_pools_that_overflow_to_each_other_are_refused(now: datetime) -> None:
    back = "to: {pool: B}, when_nobody: {overflow: SMB}"
    rules = SMALL.replace(DEMOS, DEMOS[:-1] + ", when_nobody: {overflow: B}}").replace(
        "when: [], to: {pool: SMB}", f"when: [], {back}"
    )
    broken = rules.replace("\nrules:", "\n  - {name: B}\nrules:")

    assert [error.partition(",")[0] for error in errors_of(broken, now)] == [
        f"rules[{n}].when_nobody.overflow: its overflow comes back to where it began" for n in (0, 1)
    ]


def test_a_table_that_overflows_to_a_pool_of_its_own_is_refused(now: datetime) -> None:
    to = "to: {table: P, by: source}, when_nobody: {overflow: SMB}"
    broken = (
        SMALL.replace("name: Demos, when", f"name: T, {to}}}\n  - {{name: Demos, when")
        + "tables: [{name: P, rows: {a: {pool: SMB}}}]\n"
    )

    assert errors_of(broken, now) == [
        "rules[0].when_nobody.overflow: it overflows to the pool that it comes from. Choose another pool."
    ]


def test_an_account_cannot_lie_in_itself_by_way_of_one_that_the_file_does_not_name(now: datetime) -> None:
    import_config(text=SMALL + "accounts: [{name: A}, {name: B, parent: A}]\n", now=now, draft=True)

    assert errors_of(SMALL + "accounts: [{name: A, parent: B}]\n", now) == [
        'accounts[0].parent: "A" lies in itself, by way of its parents.'
    ]


def test_a_topic_that_somebody_knows_cannot_be_taken_away(now: datetime) -> None:
    topics = "topics: [{name: k8s}]\n"
    import_config(text=SMALL.replace("name: Ana Diaz", "name: Ana, expertise: {k8s: 2}") + topics, now=now, draft=True)
    without_ana = SMALL.replace(f"  - {ANA}\n", "").replace("{rep: ana@acme.example}, ", "")

    assert errors_of(without_ana + "topics: []\n", now) == [
        "reps “Ana”.expertise.k8s: there is no topic “k8s” any more. Keep the topic, or take it from them."
    ]


def test_an_example_that_fails_blocks_the_import_at_its_place(now: datetime) -> None:
    examples = "examples: [{name: e, lead: {email: mia@globex.example}, expect: {rep: bob@acme.example}}]\n"
    only_ana = SMALL.replace(", {rep: bob@acme.example}", "")

    [error] = errors_of(only_ana + examples, now)

    assert error.startswith("examples[0].expect: ")


def test_a_draft_is_refused_for_what_the_file_itself_says(now: datetime) -> None:
    broken = SMALL + "territories: [{name: T, parent: T}]\n"

    with pytest.raises(InvalidConfig):
        import_config(text=broken, now=now, draft=True)


def test_a_destination_who_is_not_active_is_an_error(now: datetime) -> None:
    broken = SMALL.replace("name: Bob Ray", "name: Bob Ray, active: false").replace(
        "to: {pool: SMB}}\n  - {name: C", "to: {rep: bob@acme.example}}\n  - {name: C"
    )

    assert errors_of(broken, now) == [
        "rules[0].to.rep: bob@acme.example is not active. Choose somebody else, or make them active."
    ]


def test_what_blocks_publishing_outside_the_file_is_named_too(now: datetime) -> None:
    territories = f"{SMALL}territories: [{{name: East, owner: {{rep: bob@acme.example}}}}]\n"
    import_config(text=territories, now=now, draft=True)

    found = errors_of(SMALL.replace("name: Bob Ray", "name: Bob Ray, active: false"), now)

    assert found == ["territories “East”.owner.rep: Bob Ray is not active. Choose somebody else, or make them active."]
    assert Rep.objects.get(name="Bob Ray").active


def test_the_command_lists_all_errors(tmp_path: Path) -> None:
    file = tmp_path / "company.yaml"
    file.write_text(SMALL.replace("SMB", "SBM", 1).replace("Ana Diaz", ""))

    with pytest.raises(CommandError) as caught:
        call_command("import_config", str(file))

    assert str(caught.value).startswith(f"3 errors in {file}; nothing was written.\n  reps[0].name: this is missing.")


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    file = tmp_path / "company.yaml"
    file.write_text(SMALL)
    said = [StringIO() for _ in range(3)]

    call_command("import_config", str(file), "--dry-run", stdout=said[0], no_color=True)
    call_command("import_config", str(file), stdout=said[1], no_color=True)
    call_command("import_config", str(file), stdout=said[2], no_color=True)

    assert "7 changes would be made; nothing was written. Version 1 would be published." in said[0].getvalue()
    assert "7 changes. Version 1 is published." in said[1].getvalue()
    assert said[2].getvalue() == "Nothing changed.\n"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_the_command_refuses_a_file_that_it_cannot_read(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "company.yaml"
    if content:
        file.write_bytes(content)

    with pytest.raises(CommandError, match="not UTF-8|cannot be read"):
        call_command("import_config", str(file))


# --- whatever a file holds ---------------------------------------------------------------------------------------

ODD_VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, "", " ", "x", "2026-12-20", "\ud800", "a\0b", "9" * 400,
    [], {}, [[]], [{}], [None], ["x", 5], {"x": None}, {"x": {"y": []}}, {"pool": 5}, {"rep": []}, {"min": "a"},
    [[{"field": [], "op": {}, "value": None}]], [[{"field": "country", "op": "any_of", "value": [[]]}]],
    {"mon": "x"}, {"mon": [5]}, {"until": 5}, {"limit": "x"}, {"wait_minutes": "x"}, {"overflow": None},
]  # fmt: skip


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in the file there is a value, outermost first."""
    yield place
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _places(part, (*place, key))


SAMPLE = json.loads(json.dumps(source.load(FULL)))
PLACES = list(_places(SAMPLE))[1:]


@settings(
    max_examples=examples(80),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(place=st.sampled_from(PLACES), odd=st.sampled_from(ODD_VALUES))
def test_an_odd_value_anywhere_is_an_error_or_harmless(place: tuple[Any, ...], odd: Any) -> None:
    file = copy.deepcopy(SAMPLE)
    parent = file
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = odd

    try:
        import_config(text=json.dumps(file), is_json=True, now=datetime(2026, 3, 3, tzinfo=UTC), dry_run=True)
    except InvalidConfig as error:
        assert error.errors


@settings(max_examples=examples(50))
@given(text=st.text(st.sampled_from("ab:-[]{}&*!?|>'\"#%@ \n\t01~<,.\x00é"), max_size=40))
def test_any_text_is_refused_with_a_reason(text: str) -> None:
    with contextlib.suppress(InvalidConfig):
        source.load(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: !!binary aGVsbG8=",
        "a: !!timestamp 2026-01-01",
        "a: !!set {x}",
        f"a: {'9' * 5000}",
        "a: 1e999",
        '"\\ud800": 1',
    ],
)
def test_values_that_no_database_takes_are_refused(text: str) -> None:
    with pytest.raises(InvalidConfig):
        source.load(text)
