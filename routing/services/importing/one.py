"""Save one row of the configuration, given as the file would write it: read, refused and written as an import does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model

from reps.models import Rep, Skill, Team, TimeOff
from routing.engine.folding import fold
from routing.models import (
    Account,
    Example,
    Form,
    InboundAddress,
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
from routing.rulebook.config.accounts import read_account
from routing.rulebook.config.documents import zulu
from routing.rulebook.config.errors import ConfigError, Errors, InvalidConfig, shown
from routing.rulebook.config.forms import read_form
from routing.rulebook.config.inbound import read_inbound
from routing.rulebook.config.known import Known, known_to
from routing.rulebook.config.people import read_rep, read_team, read_time_off
from routing.rulebook.config.pools import read_members, read_pool
from routing.rulebook.config.reader import Reader
from routing.rulebook.config.rules import read_rule
from routing.rulebook.config.samples import read_example, read_source, read_table, read_topic
from routing.rulebook.config.settings import read_settings, read_sla, read_stages
from routing.rulebook.config.source import not_storable
from routing.rulebook.config.territories import read_territory
from routing.services.batches.lock import lock_ledgers, lock_reps
from routing.services.edit_conflicts import PAUSE, as_it_is_now, check_revision
from routing.services.importing.accounts import import_accounts
from routing.services.importing.doors import import_forms, import_inbound
from routing.services.importing.draft import Places, import_policies, import_settings, import_territories, rule_fields
from routing.services.importing.people import import_last_resort, import_leave, import_rep, import_team
from routing.services.importing.pools import import_pools, ramp_columns
from routing.services.importing.refusals import (
    lacking,
    refuse_catch_all,
    refuse_deactivation,
    refuse_ended_pause,
    refuse_loop,
    refuse_problems,
    refuse_problems_of_settings,
)
from routing.services.importing.rows import Import, pools_by_name, reps_by_email, sync
from routing.services.importing.samples import import_examples, import_sources, import_tables, import_topics
from routing.services.importing.shown import document_of, settings_of
from routing.services.manage import (
    SECTIONS,
    StillUsed,
    lock_last_resort,
    move_rule,
    save_member,
    topic_uses,
)
from routing.services.publish import one_at_a_time
from routing.services.waiting import look_at_waiting_leads_again


@dataclass(frozen=True, slots=True)
class Section:
    """How a row is read, refused and written: `write` makes a row, or the one there is, what was read.

    `key` is the field that no other row of the section shares.
    """

    model: type[Model]
    read: Callable[[Reader, Known], Any]
    write: Callable[[Import, Any | None, Any], Any]
    refuse: Callable[[Any | None, Any], None] = lambda row, spec: None
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
    before = lacking() if kind.model is Rule else set()
    _lock(row, given)
    if row is not None and revision:
        check_revision(row, revision)
    spec = _read(kind.read, (_writable(section, row) | given) if row is not None else given)
    kind.refuse(row, spec)
    if row is not None and kind.model is Rep:
        refuse_ended_pause(row, spec, now)
    run = Import(user, now, reason=reason)
    _take_name(kind, row, spec, run)
    saved = kind.write(run, row, spec)
    if position is not None and not saved.catch_all:
        move_rule(rule=saved, index=position - 1)
    refuse_problems(section, saved, before)
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
    reps = reps_by_email()
    lock_last_resort(*(reps[email] for email in spec.last_resort), now=now)
    run = Import(user, now)
    import_settings(run, spec, read, _by_name(SlaPolicy))
    import_last_resort(run, spec.last_resort, reps)
    refuse_problems_of_settings()
    return RoutingSettings.objects.get(pk=1)


class AlreadyMember(Exception):
    """Somebody who is in the pool was to be put in it."""


@transaction.atomic
def save_member_as(
    *,
    pool: Pool,
    values: Mapping[str, Any],
    now: datetime,
    member: PoolMember | None = None,
    revision: str = "",
) -> PoolMember:
    """Put somebody in a pool, or change what `values` give of a member: live at once.

    Raises InvalidConfig, RemovedMeanwhile, EditedMeanwhile if `revision` is not the member's, and AlreadyMember:
    whoever is in the pool keeps weight, caps and ramp unless they are changed by name.
    """
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    pool, errors = as_it_is_now(pool), Errors()
    if member is not None:
        lock_reps(pool_ids=(), rep_ids={member.rep_id})
        as_now = as_it_is_now(member)
        if revision:
            check_revision(as_now, revision)
        if "rep" in values:
            errors.add("rep", "A member stays who it is. Take them out, and put somebody else in.")
        values = _kept(as_now) | dict(values) | {"rep": as_now.rep.email}
    if found := list(not_storable(values)):
        raise InvalidConfig(found)
    specs = read_members(Reader({"members": [values]}, "", errors), known_to({}))
    if errors.found:
        raise InvalidConfig(
            [ConfigError(e.path.removeprefix("members[0]").lstrip("."), e.message) for e in errors.found]
        )
    rep = Rep.objects.get(email=specs[0].rep)
    known = PoolMember.objects.filter(pool=pool, rep=rep).first()
    if known is not None and member is None:
        raise AlreadyMember(f"{rep.email} is in this pool already. Change their weight, caps or ramp with PATCH.")
    ramp = ramp_columns(specs[0].ramp, known, now=now)
    return save_member(pool=pool, rep=rep, weight=specs[0].weight, caps=specs[0].caps, ramp=ramp, now=now)


def _kept(member: PoolMember) -> dict[str, Any]:
    """What stays of a member unless it is named."""
    ramp = {"weeks": member.ramp_weeks, "from": zulu(member.ramp_from)} if member.ramp_weeks else None
    return {"weight": float(member.weight), "caps": member.caps, "ramp": ramp}


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


def _write_table(run: Import, row: LookupTable | None, spec: Any) -> LookupTable:
    return import_tables(run, [spec], reps_by_email(), pools_by_name())[spec.name]


def _write_example(run: Import, row: Example | None, spec: Any) -> Example:
    return import_examples(run, [spec], reps_by_email(), pools_by_name())[spec.name]


def _write_territory(run: Import, row: Territory | None, spec: Any) -> Territory:
    return import_territories(run, [spec], reps_by_email(), pools_by_name())[spec.name]


def _by_name(model: Any) -> dict[str, Any]:
    return {row.name: row for row in model.objects.current()}


def _places() -> Places:
    return Places(reps_by_email(), pools_by_name(), _by_name(LookupTable), _by_name(SlaPolicy))


WRITERS: Mapping[str, Section] = {
    "teams": Section(Team, read_team, lambda run, row, spec: import_team(run, spec, reps_by_email())[spec.name]),
    "reps": Section(
        Rep,
        read_rep,
        lambda run, row, spec: import_rep(run, spec)[spec.email],
        refuse=refuse_deactivation,
        key="email",
    ),
    "time_off": Section(
        TimeOff, read_time_off, lambda run, row, spec: import_leave(run, spec, row, reps_by_email()), key=None
    ),
    "topics": Section(Topic, read_topic, lambda run, row, spec: import_topics(run, [spec])[spec.name]),
    "sources": Section(Source, read_source, lambda run, row, spec: import_sources(run, [spec])[spec.name]),
    "tables": Section(LookupTable, read_table, _write_table),
    "examples": Section(Example, read_example, _write_example),
    "territories": Section(Territory, read_territory, _write_territory, refuse=partial(refuse_loop, Territory)),
    "accounts": Section(
        Account,
        read_account,
        lambda run, row, spec: import_accounts(run, [spec], reps_by_email())[spec.name],
        refuse=partial(refuse_loop, Account),
    ),
    "pools": Section(Pool, read_pool, lambda run, row, spec: import_pools(run, [spec], reps_by_email())[spec.name]),
    "sla_policies": Section(SlaPolicy, read_sla, lambda run, row, spec: import_policies(run, [spec])[spec.name]),
    "rules": Section(Rule, read_rule, _write_rule, refuse=refuse_catch_all),
    "forms": Section(Form, read_form, lambda run, row, spec: import_forms(run, [spec])[spec.name]),
    "inbound": Section(InboundAddress, read_inbound, lambda run, row, spec: import_inbound(run, [spec])[spec.name]),
}
"""Skills are a list of names, the settings one row: they have no entry."""


# --- locks -------------------------------------------------------------------------------------------------------


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
