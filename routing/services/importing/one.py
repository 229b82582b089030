"""Save one row of the configuration, given as the file would write it: read, refused and written as an import does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
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
from routing.rulebook.config.errors import ConfigError, Errors, InvalidConfig, shown
from routing.rulebook.config.known import Known, known_to
from routing.rulebook.config.people import read_rep, read_team, read_time_off
from routing.rulebook.config.pools import read_members, read_pool
from routing.rulebook.config.reader import Reader
from routing.rulebook.config.rules import read_rule
from routing.rulebook.config.samples import read_example, read_source, read_table, read_topic
from routing.rulebook.config.settings import read_settings, read_sla, read_stages
from routing.rulebook.config.territories import read_territory
from routing.rulebook.content import draft_content
from routing.services.batches.lock import lock_ledgers
from routing.services.edit_conflicts import check_revision
from routing.services.importing import accounts, draft, people, pools, samples
from routing.services.importing.rows import Import, sync
from routing.services.manage.archive import SECTIONS, StillUsed, topic_uses
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
    values: Mapping[str, Any],
    now: datetime,
    user: User | None = None,
    reason: str = "",
    revision: str = "",
) -> Any:
    """Make a row, or make `row` what `values` say: all its keys. Returns it as it is now.

    Raises InvalidConfig with every error by its path in the row, and EditedMeanwhile if `revision` is another one's.
    """
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    kind = WRITERS[section]
    spec = _read(kind.read, values)
    _lock(row, spec)
    if row is not None and revision:
        check_revision(row, revision)
    known = _general(problems(draft_content())) if section == "rules" else set()
    run = Import(user, now, reason=reason)
    _take_name(kind, row, spec, run)
    saved = _write(kind, run, row, spec)
    _refuse_problems(section, saved, known)
    return kind.model._default_manager.get(pk=saved.pk)


@transaction.atomic
def save_settings_document(
    *,
    values: Mapping[str, Any],
    stages: Mapping[str, Any],
    now: datetime,
    user: User | None = None,
    revision: str = "",
) -> RoutingSettings:
    """Make the settings and stages what the two mappings say. Raises InvalidConfig and EditedMeanwhile."""
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    row = RoutingSettings.objects.get(pk=1)
    if revision:
        check_revision(row, revision)
    spec = _read(read_settings, values)
    read = _read(read_stages, {"stages": stages})
    reps = {rep.email: rep for rep in Rep.objects.all()}
    lock_reps(reps[email].pk for email in spec.last_resort)
    run = Import(user, now)
    draft.import_settings(run, spec, read, _by_name(SlaPolicy))
    people.import_last_resort(run, spec.last_resort, reps)
    found = [p for p in problems(frozen(draft_content())) if p.section in ("settings", "stages")]
    if found:
        raise InvalidConfig([ConfigError(p.path or "body", p.message) for p in found])
    return RoutingSettings.objects.get(pk=1)


@transaction.atomic
def save_members(*, pool: Pool, values: Iterable[Any], now: datetime, user: User | None = None) -> None:
    """Make the members of a pool exactly these: live at once. Raises InvalidConfig."""
    look_at_waiting_leads_again(now=now)
    specs = _read(read_members, {"members": list(values)})
    lock_reps([*pool.members.values_list("rep_id", flat=True), *_reps_of(spec.rep for spec in specs)])
    pools.import_members(Import(user, now), {pool.name: specs}, {pool.name: pool}, _reps())


# --- reading -----------------------------------------------------------------------------------------------------


def _read(read: Callable[[Reader, Known], Any], values: Mapping[str, Any]) -> Any:
    errors = Errors()
    reader = Reader(values, "", errors)
    spec = read(reader, known_to({}))
    reader.close()
    if errors.found:
        raise InvalidConfig(errors.found)
    return spec


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
        return people.import_leave(run, spec, row, _reps())
    if kind.model is Rule:
        return _write_rule(run, row, spec)
    written = kind.write(run, spec)
    return written[getattr(spec, str(kind.key))]


def _write_rule(run: Import, row: Rule | None, spec: Any) -> Rule:
    """A new one comes last, before the catch-all; it is the catch-all if there is none and it takes every lead."""
    rules = Rule.objects.current()
    catch_all = rules.filter(catch_all=True).first()
    fields = draft.rule_fields(spec, _places())
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
    return draft.import_territories(run, [spec], _reps(), _by_name(Pool))


def _reps() -> dict[str, Rep]:
    return {rep.email: rep for rep in Rep.objects.select_related("team")}


def _reps_of(addresses: Iterable[str]) -> list[int]:
    return list(Rep.objects.filter(email__in=list(addresses)).values_list("pk", flat=True))


def _by_name(model: Any) -> dict[str, Any]:
    return {row.name: row for row in model.objects.current()}


def _places() -> draft.Places:
    return draft.Places(_reps(), _by_name(Pool), _by_name(LookupTable), _by_name(SlaPolicy))


WRITERS: Mapping[str, Section] = {
    "teams": Section(Team, read_team, lambda run, spec: people.import_team(run, spec, _reps())),
    "reps": Section(Rep, read_rep, people.import_rep, key="email"),
    "time_off": Section(TimeOff, read_time_off, lambda run, spec: {}, key=None),
    "topics": Section(Topic, read_topic, lambda run, spec: samples.import_topics(run, [spec])),
    "sources": Section(Source, read_source, lambda run, spec: samples.import_sources(run, [spec])),
    "tables": Section(
        LookupTable, read_table, lambda run, spec: samples.import_tables(run, [spec], _reps(), _by_name(Pool))
    ),
    "examples": Section(
        Example, read_example, lambda run, spec: samples.import_examples(run, [spec], _reps(), _by_name(Pool))
    ),
    "territories": Section(Territory, read_territory, _territories),
    "accounts": Section(Account, read_account, lambda run, spec: accounts.import_accounts(run, [spec], _reps())),
    "pools": Section(Pool, read_pool, lambda run, spec: pools.import_pools(run, [spec], _reps())),
    "sla_policies": Section(SlaPolicy, read_sla, lambda run, spec: draft.import_policies(run, [spec])),
    "rules": Section(Rule, read_rule, lambda run, spec: {}),
}
"""Skills are a list of names, the settings one row: they have no entry."""


# --- locks and refusals ------------------------------------------------------------------------------------------


def _lock(row: Any | None, spec: Any) -> None:
    """Who is written, and whose gates read what is written: accounts, ledgers, reps."""
    if isinstance(row, Account):
        Account.objects.select_for_update(no_key=True).get(pk=row.pk)
    if isinstance(row, Pool):
        lock_ledgers({row.ledger_id, *({row.fairness_group_id} if row.fairness_group_id else ())})
    concerned: set[int] = {row.pk} if isinstance(row, Rep) else set()
    if isinstance(row, Team):
        concerned |= set(row.reps.values_list("pk", flat=True))
    if isinstance(row, TimeOff):
        concerned.add(row.rep_id)
    if isinstance(row, Pool):
        concerned |= set(PoolMember.objects.filter(pool=row).values_list("rep_id", flat=True))
    members = [member.rep for member in getattr(spec, "members", ())]
    lock_reps([*concerned, *_reps_of([*members, getattr(spec, "rep", "")])])


def lock_reps(keys: Iterable[int]) -> None:
    """In the order of their keys."""
    rows = Rep.objects.filter(pk__in=list(keys)).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk"))


def _refuse_problems(section: str, row: Any, before: set[str]) -> None:
    """What would block publishing and lies in this row; of rules also what they lack all together, if that is new."""
    if section not in SECTIONS.values():
        row.full_clean(exclude=[field.name for field in row._meta.fields if field.name == "name_key"])
        return
    found = problems(frozen(draft_content()))
    errors = [_as_error(p) for p in found if (p.section, p.name) == (section, row.name)]
    if section == "rules":
        errors += [ConfigError("when", text) for text in sorted(_general(found) - before)]
    if errors:
        raise InvalidConfig(errors)


def _general(found: Iterable[Problem]) -> set[str]:
    return {problem.message for problem in found if problem.section == "rules" and not problem.name}


def _as_error(problem: Problem) -> ConfigError:
    return ConfigError(problem.path or "body", problem.message)


@transaction.atomic
def add_skill(*, name: Any) -> Skill:
    """A skill that reps can have and rules can require. Raises InvalidConfig."""
    spec = _read(lambda reader, known: reader.text("name", limit=100, required=True), {"name": name})
    if Skill.objects.filter(name=spec).exists():
        raise InvalidConfig([ConfigError("name", f"{shown(spec)} is there already. Choose another name.")])
    return Skill.objects.create(name=spec)
