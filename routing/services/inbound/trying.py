"""What an inbound address would make of a body, or change by it, without writing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from routing.intake import InvalidLead, external_id_of, prepare
from routing.intake.bodies import Body
from routing.intake.clean import Errors
from routing.intake.mapping import End, Kind, Mapped
from routing.models import InboundAddress, Lead
from routing.services.inbound.receive import defaults_of, explained, map_body, with_own_id
from routing.services.submissions.left_out import REACHABLE, as_far_as_read

HIDDEN = ("derived", "name_key", "screen_reason", "employees_how")
LENT = (*REACHABLE, "country", "region")
"""By these of a known lead its news are read."""


@dataclass(frozen=True, slots=True)
class Tried:
    """`lead`: its facts, if there would be one; else `errors` say why not. `ends`: where each value ended.

    `known`: these facts would change of a lead that is known by its id.
    """

    mapped: Mapped
    lead: Mapping[str, Any] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    left_out: Errors = field(default_factory=dict)
    ends: tuple[End, ...] = ()
    known: bool = False


def would_make(address: InboundAddress, body: Body) -> Tried:
    """As of a new lead, where it could be one; else as news of the lead that is known by its id."""
    mapped = map_body(address.mapping, body)
    facts = with_own_id(mapped.facts, address)
    known = None
    try:
        values, unread = as_far_as_read(facts, partial(_new, address))
    except InvalidLead as error:
        known = _known(facts)
        if known is None:
            errors = explained(error.errors, mapped)
            return Tried(mapped, errors=errors, ends=_ends(mapped, _flat(facts), errors))
        values, unread = as_far_as_read(facts, partial(_news, known))
    lead, left_out = _facts(values), explained(unread, mapped)
    ends = _ends(mapped, lead, left_out)
    return Tried(mapped, lead, left_out=left_out, ends=ends, known=known is not None)


def _known(facts: Mapping[str, Any]) -> Lead | None:
    own_id = external_id_of(facts)
    return Lead.objects.filter(external_id=own_id).first() if own_id else None


def _new(address: InboundAddress, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return prepare({**defaults_of(address), **facts}).values


def _news(known: Lead, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Only what is said: what the lead has beside it stays."""
    lent = {name: getattr(known, name) for name in LENT}
    return {name: value for name, value in prepare({**lent, **facts}).values.items() if name in facts}


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
