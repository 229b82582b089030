"""The section about rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from reps.schedules import DAYS
from routing.engine.types import Alert
from routing.models import Rule
from routing.models.bounds import LONGEST_MINUTES, LONGEST_NOTE
from routing.rulebook.check import field_problem
from routing.rulebook.codes import role_problem
from routing.rulebook.conditions import condition_problems, without_idle_values
from routing.rulebook.config.errors import shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader
from routing.rulebook.shapes import review_days, units
from routing.rulebook.values import requirements

Kind = Rule.DestinationKind
Nobody = Rule.WhenNobodyKind
WAYS = (
    "{pool: NAME}, {rep: EMAIL}, {territory: true}, {account_owner: ROLE}, {table: NAME, by: FIELD} or {park: REASON}"
)


@dataclass(frozen=True, slots=True)
class Destination:
    kind: str = Kind.POOL
    pool: str | None = None
    rep: str | None = None
    table: str | None = None
    by: str = ""
    role: str = "owner"
    away: str = "backup"
    park_reason: str = ""
    review_days: int = 30


@dataclass(frozen=True, slots=True)
class WhenNobody:
    kind: str = Nobody.NEXT
    minutes: float | None = None
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class RuleSpec:
    name: str
    to: Destination
    enabled: bool = True
    when: list[list[Mapping[str, Any]]] = field(default_factory=list)
    when_nobody: WhenNobody = WhenNobody()
    requires: Mapping[str, Any] = field(default_factory=dict)
    units: int = 1
    sla: str | None = None
    alert: str = "now"
    answer_now: bool = False
    same_company: bool = True
    note: str = ""
    owner: str | None = None
    review_date: date | None = None
    notify: list[str] = field(default_factory=list)
    active_from: datetime | None = None
    active_to: datetime | None = None
    weekdays: list[int] = field(default_factory=list)


def read_rule(row: Reader, known: Known) -> RuleSpec:
    active = row.child("active")
    spec = RuleSpec(
        name=row.text("name", limit=150, required=True),
        enabled=row.flag("enabled", True),
        when=_conditions(row, known),
        to=_destination(row, known),
        when_nobody=_when_nobody(row, known),
        requires=row.value("requires", {}, partial(requirements, named=known.named)),
        units=row.value("units", 1, partial(units, named=known.named)),
        sla=row.reference("sla", known.sla_policies, "SLA policy"),
        alert=row.choice("alert", "now", [alert.value for alert in Alert]),
        answer_now=row.flag("answer_now", False),
        same_company=row.flag("same_company", True),
        note=row.text("note", limit=LONGEST_NOTE),
        owner=row.reference("owner", known.reps, "rep", email=True),
        review_date=row.day("review_date"),
        notify=_addresses(row),
        active_from=active.instant("from"),
        active_to=active.instant("to"),
        weekdays=_weekdays(active),
    )
    active.close()
    if spec.active_from and spec.active_to and spec.active_to <= spec.active_from:
        active.error("to", "it ends before it begins. Change one of the two.")
    return spec


def _conditions(row: Reader, known: Known) -> list[list[Mapping[str, Any]]]:
    groups = row.raw("when")
    if groups is None:
        return []
    found = list(condition_problems(groups, known.territories))
    for path, message in found:
        row.error(path, message)
    return [] if found else without_idle_values(groups)


def _destination(row: Reader, known: Known) -> Destination:
    if not row.has("to"):
        row.raw("to")
        row.error("to", f"this is missing. Write {WAYS}.")
        return Destination()
    to = row.child("to")
    kinds = [kind.value for kind in Kind if to.has(kind.value)]
    if len(kinds) != 1:
        row.error("to", f"write exactly one of {WAYS}.")
        return Destination()
    destination = _READERS[kinds[0]](to, known)
    to.close()
    return destination


def _to_pool(to: Reader, known: Known) -> Destination:
    return Destination(Kind.POOL, pool=to.reference("pool", known.pools, "pool"))


def _to_rep(to: Reader, known: Known) -> Destination:
    rep = to.reference("rep", known.reps, "rep", email=True)
    if rep in known.inactive:
        to.error("rep", f"{rep} is not active. Choose somebody else, or make them active.")
    return Destination(Kind.REP, rep=rep, away=_away(to))


def _to_territory(to: Reader, known: Known) -> Destination:
    if not to.flag("territory", True):
        to.error("territory", "write true, or another destination.")
    return Destination(Kind.TERRITORY, away=_away(to))


def _to_account(to: Reader, known: Known) -> Destination:
    role = to.raw("account_owner")
    if not isinstance(role, str) or role_problem(role):
        to.error("account_owner", role_problem("") or "")
        role = ""
    return Destination(Kind.ACCOUNT_OWNER, role=role.strip(), away=_away(to))


def _to_table(to: Reader, known: Known) -> Destination:
    table, by = to.reference("table", known.tables, "table"), to.text("by", limit=100, required=True)
    if by and (message := field_problem(by)):
        to.error("by", message)
    return Destination(Kind.TABLE, table=table, by=by, away=_away(to))


def _to_park(to: Reader, known: Known) -> Destination:
    days = to.value("review_days", 30, partial(review_days, named=known.named))
    return Destination(Kind.PARK, park_reason=to.text("park", required=True), review_days=days)


_READERS = {
    Kind.POOL.value: _to_pool,
    Kind.REP.value: _to_rep,
    Kind.TERRITORY.value: _to_territory,
    Kind.ACCOUNT_OWNER.value: _to_account,
    Kind.TABLE.value: _to_table,
    Kind.PARK.value: _to_park,
}


def _away(to: Reader) -> str:
    return to.choice("away", "backup", ["backup", "next", "wait"])


def _when_nobody(row: Reader, known: Known) -> WhenNobody:
    value = row.raw("when_nobody")
    if value is None or value in (Nobody.NEXT.value, Nobody.ASSIGN_ANYWAY.value):
        return WhenNobody(Nobody.NEXT if value is None else Nobody(value))
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= {"wait_minutes", "overflow"}:
        row.error("when_nobody", "write next, assign_anyway, {wait_minutes: N} or {overflow: POOL}.")
        return WhenNobody()
    child = row.child("when_nobody")
    if None in value.values():
        row.error("when_nobody", "say how many minutes to wait, or the pool to overflow to.")
        return WhenNobody()
    if "wait_minutes" in value:
        return WhenNobody(Nobody.WAIT, minutes=child.number("wait_minutes", 1, above=True, high=LONGEST_MINUTES))
    return WhenNobody(Nobody.OVERFLOW, pool=child.reference("overflow", known.pools, "pool"))


def _addresses(row: Reader) -> list[str]:
    addresses = row.texts("notify", limit=254)
    for index, address in enumerate(addresses):
        try:
            validate_email(address)
        except ValidationError:
            row.error(f"notify[{index}]", f"{shown(address)} is not an e-mail address.")
    return addresses


def _weekdays(active: Reader) -> list[int]:
    """Days by name (mon, or a range such as mon-fri) or number (0 is Monday)."""
    value = active.raw("weekdays")
    if isinstance(value, str | int) and not isinstance(value, bool):
        return sorted(set(_days(active, value, active.at("weekdays"))))
    return sorted({day for item, path in active.items("weekdays") for day in _days(active, item, path)})


def _days(active: Reader, value: Any, path: str) -> list[int]:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 6:
        return [value]
    first, dash, last = str(value).strip().lower().partition("-")
    if first in DAYS and (last in DAYS or not dash):
        start = DAYS.index(first)
        return [(start + n) % 7 for n in range((DAYS.index(last or first) - start) % 7 + 1)]
    active.errors.add(path, f"{shown(value)} is not a day. Use {', '.join(DAYS)}, or a range such as mon-fri.")
    return []
