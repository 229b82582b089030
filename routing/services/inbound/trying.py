"""What an inbound address would make of a body, without writing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from routing.intake import InvalidLead, prepare
from routing.intake.bodies import Body
from routing.intake.clean import Errors
from routing.intake.mapping import Mapped
from routing.models import InboundAddress
from routing.services.inbound.receive import REACHABLE, explained, map_body, with_defaults, without

HIDDEN = ("derived", "name_key", "screen_reason", "employees_how")
MOST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Tried:
    """`lead`: its facts, if there would be one; else `errors` say why not."""

    mapped: Mapped
    lead: Mapping[str, Any] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    left_out: Errors = field(default_factory=dict)


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
            return Tried(mapped, _facts(values), left_out=explained(unread, mapped))
    return Tried(mapped, errors=explained(unread, mapped))


def _facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that have a value, nested ones by their dotted names."""
    facts: dict[str, Any] = {}
    for name, value in values.items():
        if name in HIDDEN or value in (None, "", {}):
            continue
        nested = {f"{name}.{key}": part for key, part in value.items()} if isinstance(value, Mapping) else {name: value}
        facts |= nested
    return facts
