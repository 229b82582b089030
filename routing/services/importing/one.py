"""Save one row of the configuration, given as the file would write it: read, refused and written as an import does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model

from reps.models import Rep, Skill, Team, TimeOff
from routing.engine.folding import fold
from routing.models import (
    Account,
    Example,
    LookupTable,
    Pool,
    PoolMember,
    RoutingSettings,
    Rule,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.rulebook.check import Problem, problems
from routing.rulebook.config.accounts import read_account
from routing.rulebook.config.documents import zulu
from routing.rulebook.config.errors import ConfigError, Errors, InvalidConfig, shown
from routing.rulebook.config.file import always_there, takes_every_lead
from routing.rulebook.config.known import Known, known_to
from routing.rulebook.config.people import read_rep, read_team, read_time_off
from routing.rulebook.config.pools import read_members, read_pool
from routing.rulebook.config.reader import Reader
from routing.rulebook.config.rules import read_rule
from routing.rulebook.config.samples import read_example, read_source, read_table, read_topic
from routing.rulebook.config.settings import read_settings, read_sla, read_stages
from routing.rulebook.config.source import not_storable
from routing.rulebook.config.territories import read_territory
from routing.rulebook.content import draft_content
from routing.rulebook.loops import looping
from routing.services.batches.lock import lock_ledgers, lock_reps
from routing.services.edit_conflicts import PAUSE, as_it_is_now, check_revision
from routing.services.importing.accounts import import_accounts
from routing.services.importing.draft import Places, import_policies, import_settings, import_territories, rule_fields
from routing.services.importing.people import import_last_resort, import_leave, import_rep, import_team
from routing.services.importing.pools import import_pools, ramp_columns
from routing.services.importing.rows import Import, sync
from routing.services.importing.samples import import_examples, import_sources, import_tables, import_topics
from routing.services.importing.shown import document_of, settings_of
from routing.services.manage import (
    SECTIONS,
    StillUsed,
    errors_of,
    lock_last_resort,
    move_rule,
    save_member,
    topic_uses,
)
from routing.services.people.deactivation import why_not_deactivate
from routing.services.publish import frozen, one_at_a_time
from routing.services.waiting import look_at_waiting_leads_again


@dataclass(frozen=True, slots=True)
class Section:
    """How a row is read, and written; `key` is the field that no other row of the section shares."""

    model: type[Model]
    read: Callable[[Reader, Known], Any]
    write: Callable[[Import, Any], Any]
    key: str | None = "name"


@transaction.atomic
def save_row(
    *,
    section: str,
    row: Any | None,
    changes: Mapping[str, Any],
    now: datetime,
    user: User | None = None,
    reason: str = "",
    revision: str = "",
) -> Any:
    """Make a new row of `changes`, or change these keys of `row`. Returns it as it is now.

    Raises InvalidConfig with every error by its path in the row, EditedMeanwhile if `revision` is another one's, and
    RemovedMeanwhile. `reason` is kept in the history. A rule also takes its `position`: 1 is first.
    """
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    row = as_it_is_now(row) if row is not None else None
    kind, given = WRITERS[section], dict(changes)
    position = _position(given.pop("position", None)) if kind.model is Rule else None
    before = _lacking() if kind.model is Rule else set()
    _lock(row, given)
    if row is not None and revision:
        check_revision(row, revision)
    spec = _read(kind.read, (_writable(section, row) | given) if row is not None else given)
    if kind.model in (Account, Territory):
        _refuse_loop(kind.model, row, spec)
    if kind.model is Rule:
        _refuse_catch_all(row, spec)
    if isinstance(row, Rep) and row.active and not spec.active and (why := why_not_deactivate(row)):
        raise InvalidConfig([ConfigError("active", why)])
    run = Import(user, now, reason=reason)
    _take_name(kind, row, spec, run)
    saved = _write(kind, run, row, spec)
    if position is not None and not saved.catch_all:
        move_rule(rule=saved, index=position - 1)
    _refuse_problems(section, saved, before)
    return kind.model._default_manager.get(pk=saved.pk)


@transaction.atomic
def change_settings(
    *, changes: Mapping[str, Any], now: datetime, user: User | None = None, revision: str = ""
) -> RoutingSettings:
    """Change these keys of the settings, `stages` among them. Raises InvalidConfig and EditedMeanwhile."""
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    if revision:
        check_revision(RoutingSettings.objects.get(pk=1), revision, ignoring=PAUSE)
    given = dict(changes)
    settings, stages = settings_of()
    read = _read(read_stages, {"stages": given.pop("stages", stages)})
    spec = _read(read_settings, settings | given)
    reps = _reps()
    lock_last_resort(*(reps[email] for email in spec.last_resort), now=now)
    run = Import(user, now)
    import_settings(run, spec, read, _by_name(SlaPolicy))
    import_last_resort(run, spec.last_resort, reps)
    if found := [p for p in problems(frozen(draft_content())) if p.section in ("settings", "stages")]:
        raise InvalidConfig([_as_error(problem) for problem in found])
    return RoutingSettings.objects.get(pk=1)


@transaction.atomic
def save_member_as(
    *, pool: Pool, values: Mapping[str, Any], now: datetime, member: PoolMember | None = None
) -> PoolMember:
    """Put somebody in a pool, or change what `values` give of a member: live at once.

    Raises InvalidConfig and RemovedMeanwhile.
    """
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    pool = as_it_is_now(pool)
    if member is not None:
        lock_reps(pool_ids=(), rep_ids={member.rep_id})
        as_now = as_it_is_now(member)
        ramp = {"weeks": as_now.ramp_weeks, "from": zulu(as_now.ramp_from)} if as_now.ramp_weeks else None
        have = {"weight": float(as_now.weight), "caps": as_now.caps, "ramp": ramp}
        values = have | dict(values) | {"rep": as_now.rep.email}
    if found := list(not_storable(values)):
        raise InvalidConfig(found)
    errors = Errors()
    specs = read_members(Reader({"members": [values]}, "", errors), known_to({}))
    if errors.found:
        raise InvalidConfig(
            [ConfigError(e.path.removeprefix("members[0]").lstrip("."), e.message) for e in errors.found]
        )
    rep = Rep.objects.get(email=specs[0].rep)
    known = PoolMember.objects.filter(pool=pool, rep=rep).first()
    ramp = ramp_columns(specs[0].ramp, known, now=now)
    return save_member(pool=pool, rep=rep, weight=specs[0].weight, caps=specs[0].caps, ramp=ramp, now=now)


@transaction.atomic
def add_skill(*, name: Any) -> Skill:
    """A skill that reps can have and rules can require. Raises InvalidConfig."""
    one_at_a_time()
    text = _read(lambda reader, known: reader.text("name", limit=100, required=True), {"name": name})
    if Skill.objects.filter(name=text).exists():
        raise InvalidConfig([ConfigError("name", f"{shown(text)} is there already. Choose another name.")])
    return Skill.objects.create(name=text)


# --- reading -----------------------------------------------------------------------------------------------------


def _read(read: Callable[[Reader, Known], Any], values: Mapping[str, Any]) -> Any:
    if found := list(not_storable(values)):
        raise InvalidConfig(found)
    errors = Errors()
    reader = Reader(values, "", errors)
    spec = read(reader, known_to({}))
    reader.close()
    if errors.found:
        raise InvalidConfig(errors.found)
    return spec


def _writable(section: str, row: Any) -> dict[str, Any]:
    """The document of the row without what only the API shows."""
    return {key: value for key, value in document_of(section, row).items() if key not in ("position", "catch_all")}


def _position(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise InvalidConfig([ConfigError("position", f"{shown(value)} is no place among the rules: 1 is first.")])


def _take_name(kind: Section, row: Any | None, spec: Any, run: Import) -> None:
    """Rename the row, so that it is found by the name it is to have; nobody else may have that name."""
    if kind.key is None:
        return
    name = getattr(spec, kind.key)
    rows: Any = kind.model._default_manager
    others = rows.current() if kind.model in SECTIONS else rows.all()
    if others.filter(**{kind.key: name}).exclude(pk=row.pk if row else None).exists():
        raise InvalidConfig([ConfigError(kind.key, f"{shown(name)} is there already. Choose another {kind.key}.")])
    if row is None or getattr(row, kind.key) == name:
        return
    if isinstance(row, Topic) and fold(row.name) != fold(name) and (uses := topic_uses(row)):
        raise StillUsed(uses)
    sync(run, "", {"": row}, {"": {kind.key: name}}, kind.model, quiet=True)


# --- writing -----------------------------------------------------------------------------------------------------


def _write(kind: Section, run: Import, row: Any | None, spec: Any) -> Any:
    if kind.model is TimeOff:
        return import_leave(run, spec, row, _reps())
    if kind.model is Rule:
        return _write_rule(run, row, spec)
    written = kind.write(run, spec)
    return written[getattr(spec, str(kind.key))]


def _write_rule(run: Import, row: Rule | None, spec: Any) -> Rule:
    """A new one comes last, before the catch-all; it is the catch-all if there is none and it takes every lead."""
    rules = Rule.objects.current()
    catch_all = rules.filter(catch_all=True).first()
    fields = rule_fields(spec, _places())
    if row is None:
        alone = catch_all is None and not any(spec.when)
        fields |= {"catch_all": alone, "position": _last_place(catch_all)}
    written = sync(run, "", {"": row} if row else {}, {"": fields}, Rule, quiet=True)[""]
    if row is None and catch_all:
        sync(run, "", {"": catch_all}, {"": {"position": written.position + 1}}, Rule, quiet=True)
    return written


def _last_place(catch_all: Rule | None) -> int:
    if catch_all:
        return catch_all.position
    last = Rule.objects.current().order_by("-position").values_list("position", flat=True).first()
    return (last or 0) + 1


def _territories(run: Import, spec: Any) -> Mapping[str, Any]:
    return import_territories(run, [spec], _reps(), _by_name(Pool))


def _reps() -> dict[str, Rep]:
    return {rep.email: rep for rep in Rep.objects.select_related("team")}


def _by_name(model: Any) -> dict[str, Any]:
    return {row.name: row for row in model.objects.current()}


def _places() -> Places:
    return Places(_reps(), _by_name(Pool), _by_name(LookupTable), _by_name(SlaPolicy))


WRITERS: Mapping[str, Section] = {
    "teams": Section(Team, read_team, lambda run, spec: import_team(run, spec, _reps())),
    "reps": Section(Rep, read_rep, import_rep, key="email"),
    "time_off": Section(TimeOff, read_time_off, lambda run, spec: {}, key=None),
    "topics": Section(Topic, read_topic, lambda run, spec: import_topics(run, [spec])),
    "sources": Section(Source, read_source, lambda run, spec: import_sources(run, [spec])),
    "tables": Section(LookupTable, read_table, lambda run, spec: import_tables(run, [spec], _reps(), _by_name(Pool))),
    "examples": Section(Example, read_example, lambda run, spec: import_examples(run, [spec], _reps(), _by_name(Pool))),
    "territories": Section(Territory, read_territory, _territories),
    "accounts": Section(Account, read_account, lambda run, spec: import_accounts(run, [spec], _reps())),
    "pools": Section(Pool, read_pool, lambda run, spec: import_pools(run, [spec], _reps())),
    "sla_policies": Section(SlaPolicy, read_sla, lambda run, spec: import_policies(run, [spec])),
    "rules": Section(Rule, read_rule, lambda run, spec: {}),
}
"""Skills are a list of names, the settings one row: they have no entry."""


# --- locks and refusals ------------------------------------------------------------------------------------------


def _lock(row: Any | None, given: Mapping[str, Any]) -> None:
    """Who is written, and whose gates read what is written: accounts, ledgers, reps."""
    if isinstance(row, Account):
        Account.objects.select_for_update(no_key=True).get(pk=row.pk)
    if isinstance(row, Pool):
        lock_ledgers({row.ledger_id, *({row.fairness_group_id} if row.fairness_group_id else ())})
    named = [given.get("rep"), *(m.get("rep") for m in _list(given.get("members")) if isinstance(m, dict))]
    concerned = {*_concerned(row), *_keys_of(address for address in named if isinstance(address, str))}
    list(Rep.objects.filter(pk__in=concerned).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _concerned(row: Any | None) -> list[int]:
    match row:
        case Rep():
            return [row.pk]
        case Team():
            return list(row.reps.values_list("pk", flat=True))
        case TimeOff():
            return [row.rep_id]
        case Pool():
            return list(PoolMember.objects.filter(pool=row).values_list("rep_id", flat=True))
    return []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _keys_of(addresses: Iterable[str]) -> list[int]:
    folded = [address.strip().lower() for address in addresses]
    return list(Rep.objects.filter(email__in=folded).values_list("pk", flat=True)) if folded else []


def _refuse_loop(model: Any, row: Any | None, spec: Any) -> None:
    rows = model.objects.exclude(pk=row.pk if row else None)
    others = rows.filter(archived_at=None) if model is Territory else rows
    parents = dict(others.values_list("name", "parent__name"))
    if spec.parent == spec.name or (row is not None and spec.parent == row.name):
        parents[spec.name] = spec.name
    else:
        parents[spec.name] = spec.parent
    renamed = {name: spec.name if row and parent == row.name else parent for name, parent in parents.items()}
    if spec.name in looping(renamed):
        message = f"{shown(spec.name)} lies in itself, by way of its parents."
        raise InvalidConfig([ConfigError("parent", message)])


def _refuse_catch_all(row: Rule | None, spec: Any) -> None:
    """The catch-all takes every lead at all times, and it is the only one to its place."""
    if row is not None and row.catch_all:
        if any(spec.when):
            raise InvalidConfig([ConfigError("when", "the catch-all takes every lead: write when: [].")])
        if errors := [ConfigError(*found) for found in always_there(spec)]:
            raise InvalidConfig(errors)
        return
    last = Rule.objects.current().filter(catch_all=True).select_related("pool").first()
    same = last is not None and last.pool is not None and spec.to.pool == last.pool.name
    if same and takes_every_lead(spec):
        message = "this is a second catch-all: it takes every lead, and to the same place. Give it conditions."
        raise InvalidConfig([ConfigError("when", message)])


def _refuse_problems(section: str, row: Any, before: set[str]) -> None:
    """What would block publishing and lies in this row; of rules also what they lack all together, if that is new."""
    if section not in SECTIONS.values():
        if errors := errors_of(row):
            raise InvalidConfig([ConfigError(field, text) for field, texts in errors.items() for text in texts])
        return
    found = problems(frozen(draft_content()))
    refused = [_as_error(p) for p in found if (p.section, p.name) == (section, row.name)]
    if section == "rules":
        refused += [ConfigError("when", text) for text in sorted(_general(found) - before)]
    if refused:
        raise InvalidConfig(refused)


def _lacking() -> set[str]:
    """What the rules lack all together before the change."""
    return _general(problems(frozen(draft_content())))


def _general(found: Iterable[Problem]) -> set[str]:
    return {problem.message for problem in found if problem.section == "rules" and not problem.name}


def _as_error(problem: Problem) -> ConfigError:
    return ConfigError(problem.path or "body", problem.message)
