"""Put others in somebody's place: in a version's content, and likewise in the draft. Nothing else of either changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reps.models import Rep
from routing.models import Example, LookupRow, Rule, Territory
from routing.services.importing.rows import Import, sync
from routing.services.people.belongings import table_rows
from routing.services.people.plans import Choice, Kind, Place, Plan, To, heirs

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replacing:
    """Who goes, who comes, and where the others are reached."""

    rep: int
    email: str
    plan: Plan
    emails: Mapping[int, str]

    def place(self, kind: Kind, key: int) -> Place:
        return self.plan.get(kind, Choice(Place())).place(key)

    def told(self, addresses: Iterable[Any], key: int) -> list[Any]:
        """Addresses with the new one in the place of the old one; each once."""
        new = self.emails.get(self.place(Kind.RULES_TOLD, key).rep or 0)
        kept = [new if self.is_theirs(address) else address for address in addresses]
        return list(dict.fromkeys(address for address in kept if address is not None))

    def is_theirs(self, address: Any) -> bool:
        return isinstance(address, str) and address.strip().lower() == self.email


def replacing(rep: Rep, plan: Plan) -> Replacing:
    """One query."""
    return Replacing(rep.pk, rep.email, plan, dict(Rep.objects.filter(pk__in=heirs(plan)).values_list("pk", "email")))


# --- versions ----------------------------------------------------------------------------------------------------


def replaced(content: Mapping[str, Any], change: Replacing) -> dict[str, Any]:
    """A copy of a version's content with others in their place."""
    copy: dict[str, Any] = json.loads(json.dumps(content))
    for section, replace in SECTIONS.items():
        rows = copy.get(section)
        if isinstance(rows, list):
            copy[section] = [row for row in rows if not isinstance(row, dict) or replace(row, change)]
    return copy


def _rule(row: Row, change: Replacing) -> bool:
    to, key = row.get("to"), row.get("id", 0)
    if isinstance(to, dict) and to.get("rep") == change.rep:
        place = change.place(Kind.RULES, key)
        row["to"] = {**to, "rep": place.rep} if place.to is To.REP else {"pool": place.pool}
    if row.get("owner") == change.rep:
        row["owner"] = change.place(Kind.RULES_KEPT, key).rep
    notify = row.get("notify")
    if isinstance(notify, list) and any(map(change.is_theirs, notify)):
        row["notify"] = change.told(notify, key)
    return True


def _territory(row: Row, change: Replacing) -> bool:
    if _leads_to(row.get("owner"), change):
        row["owner"] = _as_content(change.place(Kind.TERRITORIES, row.get("id", 0)))
    return True


def _table(row: Row, change: Replacing) -> bool:
    place = change.place(Kind.TABLES, row.get("id", 0))
    lines = row.get("rows")
    if isinstance(lines, list) and any(_leads_to(line, change) for line in lines):
        row["rows"] = [
            {**line, "rep": place.rep, "pool": place.pool} if _leads_to(line, change) else line
            for line in lines
            if place.to is not To.NOBODY or not _leads_to(line, change)
        ]
    return True


def _example(row: Row, change: Replacing) -> bool:
    """Whether the example stays."""
    if not _leads_to(row.get("expect"), change):
        return True
    expect = _as_content(change.place(Kind.EXAMPLES, row.get("id", 0)))
    row["expect"] = expect
    return expect is not None


def _leads_to(value: Any, change: Replacing) -> bool:
    return isinstance(value, dict) and value.get("rep") == change.rep


def _as_content(place: Place) -> dict[str, int | None] | None:
    if place.to is To.NOBODY:
        return None
    return {"rep": place.rep} if place.rep else {"pool": place.pool}


SECTIONS: Mapping[str, Callable[[Row, Replacing], bool]] = {
    "rules": _rule,
    "territories": _territory,
    "tables": _table,
    "examples": _example,
}
"""What changes a row of each section; False takes the row out."""


# --- the draft ---------------------------------------------------------------------------------------------------


def replace_in_draft(run: Import, rep: Rep, change: Replacing) -> None:
    """The rows of the draft as `replaced` changes a version; with their history."""
    _sync_rules(run, rep, change)
    territories = Territory.objects.current().filter(owner_rep=rep)
    _sync(run, Territory, territories, lambda row: _columns(change.place(Kind.TERRITORIES, row.pk), "owner_"))
    examples = Example.objects.current().filter(expected_rep=rep)
    _sync(run, Example, examples, lambda row: _example_columns(change.place(Kind.EXAMPLES, row.pk), run))
    _replace_table_rows(rep, change)


def _sync_rules(run: Import, rep: Rep, change: Replacing) -> None:
    """Those that lead to them, that they keep, or that tell them too."""
    wanted: dict[Rule, dict[str, Any]] = {}
    for rule in Rule.objects.current():
        columns: dict[str, Any] = {}
        if rule.destination == Rule.DestinationKind.REP and rule.rep_id == rep.pk:
            columns |= _rule_columns(change.place(Kind.RULES, rule.pk))
        if rule.owner_id == rep.pk:
            columns["owner_id"] = change.place(Kind.RULES_KEPT, rule.pk).rep
        if isinstance(rule.notify, list) and any(map(change.is_theirs, rule.notify)):
            columns["notify"] = change.told(rule.notify, rule.pk)
        if columns:
            wanted[rule] = columns
    _sync(run, Rule, wanted, wanted.__getitem__)


def _rule_columns(place: Place) -> dict[str, Any]:
    if place.to is To.REP:
        return {"rep_id": place.rep}
    return {"destination": Rule.DestinationKind.POOL.value, "rep_id": None, "pool_id": place.pool}


def _columns(place: Place, prefix: str) -> dict[str, Any]:
    return {f"{prefix}rep_id": place.rep, f"{prefix}pool_id": place.pool}


def _example_columns(place: Place, run: Import) -> dict[str, Any]:
    """One that expects nobody is archived: earlier versions name it."""
    return {"archived_at": run.now} if place.to is To.NOBODY else _columns(place, "expected_")


def _sync(run: Import, model: Any, rows: Iterable[Any], columns: Callable[[Any], dict[str, Any]]) -> None:
    existing = {str(row.pk): row for row in rows}
    sync(run, "", existing, {key: columns(row) for key, row in existing.items()}, model, quiet=True)


def _replace_table_rows(rep: Rep, change: Replacing) -> None:
    lines = list(table_rows(rep))
    for line in lines:
        place = change.place(Kind.TABLES, line.table_id)
        line.rep_id, line.pool_id = place.rep, place.pool
    gone = [line for line in lines if line.rep_id is None and line.pool_id is None]
    LookupRow.objects.filter(pk__in=[line.pk for line in gone]).delete()
    LookupRow.objects.bulk_update([line for line in lines if line not in gone], ["rep", "pool"], batch_size=500)
