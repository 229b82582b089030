"""What an inbound address would make of a body, without writing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from routing.intake import InvalidLead, prepare
from routing.intake.bodies import Body
from routing.intake.clean import Errors
from routing.intake.mapping import End, Kind, Mapped
from routing.models import InboundAddress
from routing.services.inbound.receive import explained, map_body, with_defaults
from routing.services.submissions.left_out import REACHABLE, without

HIDDEN = ("derived", "name_key", "screen_reason", "employees_how")
MOST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Tried:
    """`lead`: its facts, if there would be one; else `errors` say why not. `ends`: where each value ended."""

    mapped: Mapped
    lead: Mapping[str, Any] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    left_out: Errors = field(default_factory=dict)
    ends: tuple[End, ...] = ()


def would_make(address: InboundAddress, body: Body) -> Tried:
    mapped = map_body(address.mapping, body)
    facts = with_defaults(mapped.facts, address)
    unread: Errors = {}
    for _ in range(MOST_TRIES):
        try:
            values = prepare(facts).values
        except InvalidLead as error:
            unread |= error.errors
            rest = without(facts, error.errors)
            if rest == facts or not any(rest.get(name) for name in REACHABLE):
                break
            facts = rest
        else:
            lead, left_out = _facts(values), explained(unread, mapped)
            return Tried(mapped, lead, left_out=left_out, ends=_ends(mapped, lead, left_out))
    errors = explained(unread, mapped)
    return Tried(mapped, errors=errors, ends=_ends(mapped, _flat(facts), errors))


def _ends(mapped: Mapped, lead: Mapping[str, Any], left_out: Errors) -> tuple[End, ...]:
    """What a field could not take is left out."""
    return tuple(end if _is_there(end, lead) else _left_out(end, left_out) for end in mapped.ends)


def _is_there(end: End, lead: Mapping[str, Any]) -> bool:
    return not end.kept or any(name in lead for name in end.names)


def _left_out(end: End, left_out: Errors) -> End:
    said = next((left_out[name] for name in end.names if name in left_out), ["nothing is left of it"])
    return replace(end, kind=Kind.LEFT_OUT, reason=" ".join(said))


def _facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that have a value, nested ones by their dotted names."""
    return _flat({name: value for name, value in values.items() if name not in HIDDEN and value not in (None, "", {})})


def _flat(facts: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in facts.items():
        flat |= {f"{name}.{key}": part for key, part in value.items()} if isinstance(value, Mapping) else {name: value}
    return flat
