"""One fact of the lead or its account, as a rule, territory, table or requirement would have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from routing.engine.counterfactual.changes import Change, ChangeKind, Inputs, Plain
from routing.engine.fields import FieldKind, kind_of
from routing.engine.folding import fold, quoted
from routing.engine.postal import parse_postal
from routing.engine.seen import number_of, text_of, yes_or_no
from routing.engine.territories import chain_of, owner_of
from routing.engine.types import (
    LEADS_OWN,
    Band,
    Condition,
    FactValue,
    MatchedAccount,
    NeedKind,
    Operator,
    RepId,
    Rule,
    Rulebook,
    Territory,
    ToAccountOwner,
    ToRep,
    ToTable,
    ToTerritory,
)

ACCOUNT = "account."
MOST_VALUES = 100
"""Of one field so many values are tried."""


def fact_changes(inputs: Inputs, rep: RepId) -> Iterator[Change]:
    """Field by field, in the order in which the rules look at them; numbers by the least change."""
    wanted: defaultdict[str, list[FactValue]] = defaultdict(list)
    for field, value in _values(inputs, rep):
        wanted[field].append(value)
    for field, values in wanted.items():
        if not field.startswith(ACCOUNT) or inputs.lead.match is not None:
            yield from _changes(inputs, field, values)
    yield from _owner_changes(inputs, rep)


def _changes(inputs: Inputs, field: str, values: Iterable[FactValue]) -> Iterator[Change]:
    current = inputs.case().fact(field)
    different = {_same(value): value for value in values if _same(value) != _same(current)}
    number = number_of(current)

    def distance(value: FactValue) -> tuple[bool, float]:
        other = number_of(value)
        return value is None, abs(other - (number or 0)) if other is not None else 0

    for value in sorted(different.values(), key=distance)[:MOST_VALUES]:
        yield Change(
            ChangeKind.FACT, field, _plain(current), _plain(value), _words(field, current, value),
            partial(_with, field=field, value=value),
        )  # fmt: skip


def _same(value: object) -> str:
    return "" if value is None or value == "" else fold(_text(value))


def _text(value: object) -> str:
    return ", ".join(map(text_of, value)) if isinstance(value, tuple | list) else text_of(value)


def _plain(value: object) -> Plain:
    return value if value is None or isinstance(value, bool | int | float | str) else _text(value)


def _words(field: str, current: object, value: FactValue) -> str:
    whose = "its account's" if field.startswith(ACCOUNT) else "its"
    name = field.removeprefix(ACCOUNT).removeprefix("attributes.").replace("_", " ")
    known = _same(current) != ""
    if _same(value) == "":
        return f"if {whose} {name} were not known, rather than {quoted(_text(current))}"
    was = f" instead of {quoted(_text(current))}" if known else ", which is not known"
    return f"if {whose} {name} were {quoted(_text(value))}{was}"


def _with(inputs: Inputs, field: str, value: FactValue) -> Inputs:
    lead = inputs.lead
    if field.startswith(ACCOUNT) and lead.match is not None:
        return _matched(inputs, replace(lead.match, facts={**lead.match.facts, field: value}))
    return replace(inputs, lead=replace(lead, facts={**lead.facts, field: value}))


def _matched(inputs: Inputs, match: MatchedAccount) -> Inputs:
    return replace(inputs, lead=replace(inputs.lead, match=match))


def _owner_changes(inputs: Inputs, rep: RepId) -> Iterator[Change]:
    """As the one who holds the role on the account that some rule gives leads to."""
    match = inputs.lead.match
    if match is None:
        return
    roles = [rule.destination.role for rule in inputs.rulebook.rules if isinstance(rule.destination, ToAccountOwner)]
    state = inputs.people.reps.get(rep)
    for role in dict.fromkeys(roles):
        if match.held_by(role) == rep or state is None:
            continue
        holder = inputs.people.reps.get(match.held_by(role) or 0)
        given = replace(match, owner=rep) if role == "owner" else replace(match, people={**match.people, role: rep})
        yield Change(
            ChangeKind.FACT, f"{ACCOUNT}{role}", holder.name if holder else None, state.name,
            f"if they were the {role} of the account {match.name}",
            partial(_matched, match=given),
        )  # fmt: skip


# --- which values could matter -----------------------------------------------------------------------------------


def _values(inputs: Inputs, rep: RepId) -> Iterator[tuple[str, FactValue]]:
    """Field and value of everything that the rules look at."""
    rulebook = inputs.rulebook
    for rule in rulebook.rules:
        for row in _rows(rule):
            yield from _row_values(row)
        if isinstance(rule.destination, ToTable):
            yield from _table_values(inputs, rep, rule.destination)
    if any(map(_asks_for_territory, rulebook.rules)):
        for territory in _leading_to(inputs, rep):
            yield from _territory_values(chain_of(rulebook.territories, territory))
    if _asks_for_language(rulebook):
        yield from _languages_of(inputs, rep)


def _rows(rule: Rule) -> Iterator[Condition]:
    return (row for group in rule.conditions for row in group)


def _asks_for_territory(rule: Rule) -> bool:
    """Whether it depends on the territory that a lead lies in."""
    return isinstance(rule.destination, ToTerritory) or any(
        row.operator == Operator.IN_TERRITORY.value or row.field == "territory" for row in _rows(rule)
    )


def _asks_for_language(rulebook: Rulebook) -> bool:
    """Whether somebody has to speak the lead's own language."""
    asked = [*(rule.needs for rule in rulebook.rules), *(pool.needs for pool in rulebook.pools.values())]
    return any(need.kind is NeedKind.LANGUAGE and need.name == LEADS_OWN for needs in asked for need in needs)


def _languages_of(inputs: Inputs, rep: RepId) -> Iterator[tuple[str, FactValue]]:
    state = inputs.people.reps.get(rep)
    if state is not None:
        yield from (("language", language) for language in (*sorted(state.languages), None))


def _row_values(row: Condition) -> Iterator[tuple[str, FactValue]]:
    kind = kind_of(row.field)
    if kind in (None, FieldKind.SIGNAL, FieldKind.INSTANT, FieldKind.TERRITORY):
        return
    for values in (_BY_OPERATOR.get(row.operator), _MISSING.get(row.operator)):
        if values is not None:
            yield from ((row.field, value) for value in values(row, kind))


def _listed(row: Condition, kind: FieldKind | None) -> Iterator[FactValue]:
    for value in row.value if isinstance(row.value, tuple | list) else (row.value,):
        if value is not None and not isinstance(value, Mapping):
            yield yes_or_no(value) if kind is FieldKind.YES_NO else value


def _anything_else(row: Condition, kind: FieldKind | None) -> Iterator[FactValue]:
    if kind is FieldKind.YES_NO:
        yield from (not value for value in _listed(row, kind))
    yield None


def _unknown(row: Condition, kind: FieldKind | None) -> Iterator[FactValue]:
    yield None


def _beside(step: int) -> Callable[[Condition, FieldKind | None], Iterator[FactValue]]:
    """The number itself, or the next one."""

    def values(row: Condition, kind: FieldKind | None) -> Iterator[FactValue]:
        number = number_of(row.value)
        if number is not None:
            yield number + step

    return values


def _ends(row: Condition, kind: FieldKind | None) -> Iterator[FactValue]:
    given = row.value
    ends = given.values() if isinstance(given, Mapping) else given if isinstance(given, tuple | list) else ()
    yield from (number for end in ends if (number := number_of(end)) is not None)


def _outside(row: Condition, kind: FieldKind | None) -> Iterator[FactValue]:
    ends = [number for end in _ends(row, kind) if (number := number_of(end)) is not None]
    if ends:
        yield from (min(ends) - 1, max(ends) + 1)


def _codes(row: Condition, kind: FieldKind | None) -> Iterator[FactValue]:
    for text in _listed(row, kind):
        try:
            yield parse_postal(text_of(text)).low
        except ValueError:
            continue


_BY_OPERATOR: Mapping[str, Callable[[Condition, FieldKind | None], Iterator[FactValue]]] = MappingProxyType(
    {
        Operator.IS.value: _listed,
        Operator.ANY_OF.value: _listed,
        Operator.CONTAINS.value: _listed,
        Operator.STARTS_WITH.value: _listed,
        Operator.ENDS_WITH.value: _listed,
        Operator.IS_NOT.value: _anything_else,
        Operator.NONE_OF.value: _anything_else,
        Operator.EMPTY.value: _unknown,
        Operator.LT.value: _beside(-1),
        Operator.LTE.value: _beside(0),
        Operator.GT.value: _beside(1),
        Operator.GTE.value: _beside(0),
        Operator.BETWEEN.value: _ends,
        Operator.IN_POSTAL.value: _codes,
    }
)
"""Values that a row would take. A pattern, a date or a signal says none."""
_MISSING: Mapping[str, Callable[[Condition, FieldKind | None], Iterator[FactValue]]] = MappingProxyType(
    {
        Operator.IS.value: _anything_else,
        Operator.ANY_OF.value: _anything_else,
        Operator.IS_NOT.value: _listed,
        Operator.NONE_OF.value: _listed,
        Operator.NOT_EMPTY.value: _unknown,
        Operator.CONTAINS.value: _unknown,
        Operator.STARTS_WITH.value: _unknown,
        Operator.ENDS_WITH.value: _unknown,
        Operator.IN_POSTAL.value: _unknown,
        Operator.LT.value: _beside(0),
        Operator.LTE.value: _beside(1),
        Operator.GT.value: _beside(0),
        Operator.GTE.value: _beside(-1),
        Operator.BETWEEN.value: _outside,
    }
)
"""Values that it would not take, so that a lead goes past its rule."""


def _leads_to(inputs: Inputs, rep: RepId, owner: RepId | None, pool: int | None) -> bool:
    """Whether leads of this owner or pool can come to somebody."""
    return owner == rep or any(member.rep == rep for member in inputs.people.members.get(pool or 0, ()))


def _leading_to(inputs: Inputs, rep: RepId) -> Iterator[Territory]:
    territories = inputs.rulebook.territories
    for territory in territories.values():
        owner, pool, _ = owner_of(territories, territory)
        if _leads_to(inputs, rep, owner, pool):
            yield territory


def _table_values(inputs: Inputs, rep: RepId, to: ToTable) -> Iterator[tuple[str, FactValue]]:
    table = inputs.rulebook.tables.get(to.table)
    for key, row in table.rows.items() if table else ():
        owner, pool = (row.rep, None) if isinstance(row, ToRep) else (None, row.pool)
        if _leads_to(inputs, rep, owner, pool):
            yield to.by, key
    yield to.by, None


def _territory_values(chain: Iterable[Territory]) -> Iterator[tuple[str, FactValue]]:
    for territory in chain:
        yield from (("country", code) for code in sorted(territory.countries))
        yield from (("region", code) for code in sorted(territory.regions))
        yield from (("city", city) for city in sorted(territory.cities))
        yield from (("postal_code", codes.low) for codes in territory.postal_codes)
        yield from (("industry", name) for name in sorted(territory.industries))
        yield from (("source", name) for name in sorted(territory.sources))
        yield from (("language", name) for name in sorted(territory.languages))
        yield from (("employees", number) for number in _band(territory.employees))
        yield from (("annual_revenue", number) for number in _band(territory.annual_revenue))


def _band(band: Band | None) -> Iterator[float]:
    yield from (end for end in (band.low, band.high) if end is not None) if band else ()
