"""What somebody who leaves has, and who gets it, as the API writes it: people by e-mail address, pools by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from reps.models import Rep
from routing.api.fields import Instant, StrictSerializer, Text
from routing.models import Departure, Pool
from routing.services.people.belongings import Holding
from routing.services.people.handing_over import Which
from routing.services.people.plans import NOBODY, Choice, Kind, Place, Plan

PLACE = {
    "type": ["object", "null"],
    "properties": {"rep": {"type": "string", "maxLength": 254}, "pool": {"type": "string", "maxLength": 100}},
    "additionalProperties": False,
    "description": "A rep by e-mail address, or a pool by name; null: nobody, of leads: routed anew by the rules.",
}
CHOICE = PLACE | {
    "properties": {
        **PLACE["properties"],  # type: ignore[dict-item]
        "items": {"type": "object", "additionalProperties": PLACE, "description": "Id of a thing → its own place."},
    }
}
PLAN = {
    "type": ["object", "null"],
    "properties": {kind.value: CHOICE for kind in Kind},
    "additionalProperties": False,
    "description": "What is left out goes to the backup, else to the manager; places in pools to nobody.",
}
THING = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "name", "detail")},
    "required": ["id", "name", "detail"],
}
HAS = {
    "type": "object",
    "properties": {
        kind.value: {
            "type": "object",
            "properties": {"count": {"type": "integer"}, "things": {"type": "array", "items": THING}, "to": CHOICE},
            "required": ["count", "things", "to"],
        }
        for kind in Kind
    },
    "required": [kind.value for kind in Kind],
}
DEPARTURE = {
    "type": ["object", "null"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "at": {"type": "string", "format": "date-time"},
        "done_at": {"type": ["string", "null"], "format": "date-time"},
        "cancelled_at": {"type": ["string", "null"], "format": "date-time"},
        "error": {"type": "string", "description": "Why it could not be carried out, if it could not."},
        "report": {"type": ["object", "null"], "description": "How much of each kind was handed over."},
    },
    "required": ["id", "at", "done_at", "cancelled_at", "error", "report"],
}
LEAVING = {
    "type": "object",
    "properties": {"departure": DEPARTURE, "has": HAS},
    "required": ["departure", "has"],
}


class HandOverSerializer(StrictSerializer):
    to = Text(max_length=254, required=False, help_text="E-mail address of who gets them.")
    pool = Text(max_length=100, required=False, help_text="Name of a pool whose members get them by turn.")
    leads = serializers.ChoiceField(
        [which.value for which in Which],
        required=False,
        default=Which.OPEN.value,
        help_text="Those without an answer; all open ones; with all also what is offered to them.",
    )
    reason = Text(required=False, allow_blank=True, default="", max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "to" in attrs and "pool" in attrs:
            raise ValidationError({"pool": ["Give either a rep or a pool."]})
        return attrs


class HandedOverSerializer(serializers.Serializer[Any]):
    moved = serializers.IntegerField(help_text="Leads that have another owner.")
    routed = serializers.IntegerField(help_text="Leads that the rules decide about anew.")
    offers = serializers.IntegerField(help_text="Offers that ended.")


class LeavingSerializer(StrictSerializer):
    at = Instant(required=False, allow_null=True, default=None, help_text="Null: now.")
    plan = serializers.JSONField(required=False, default=dict)


def read_choices(value: Any, has: Mapping[Kind, Holding]) -> dict[Kind, Choice]:
    """What a plan says of which kinds. Raises ValidationError."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValidationError({"plan": ["This is not a mapping of kinds and places."]})
    if unknown := [str(name) for name in value if name not in set(Kind)]:
        known = ", ".join(kind.value for kind in Kind)
        raise ValidationError({f"plan.{name}": [f"There is no such kind. The kinds are: {known}."] for name in unknown})
    return {Kind(kind): _choice(row, has[Kind(kind)], f"plan.{kind}") for kind, row in value.items()}


def _choice(row: Any, holding: Holding, path: str) -> Choice:
    if row is None:
        return Choice(NOBODY)
    if not isinstance(row, Mapping):
        raise ValidationError({path: ['Write {"rep": …}, {"pool": …} or null.']})
    keys = {thing.id: thing.key for thing in holding.things}
    items = row.get("items") or {}
    if not isinstance(items, Mapping) or (strange := [str(name) for name in items if name not in keys]):
        named = f" {strange[0][:80]}" if isinstance(items, Mapping) else ""
        raise ValidationError({f"{path}.items": [f"There is no such thing of theirs:{named}."]})
    places = {keys[name]: _place(place, f"{path}.items.{name}") for name, place in items.items()}
    return Choice(_place({key: row[key] for key in row if key != "items"}, path), places)


def _place(value: Any, path: str) -> Place:
    if value is None or value == {}:
        return NOBODY
    if not isinstance(value, Mapping) or len(value) != 1 or not isinstance(next(iter(value.values())), str):
        raise ValidationError({path: ['Write {"rep": …}, {"pool": …} or null.']})
    [(kind, name)] = value.items()
    if kind == "rep":
        return Place(rep=rep_called(name, path).pk)
    if kind == "pool":
        return Place(pool=pool_called(name, path).pk)
    raise ValidationError({path: ['Write {"rep": …}, {"pool": …} or null.']})


def rep_called(address: str, path: str) -> Rep:
    found = Rep.objects.filter(email=address.replace("\0", "").strip().lower()).first()
    if found is None:
        raise ValidationError({path: [f"There is no rep “{address[:80]}”."]})
    return found


def pool_called(name: str, path: str) -> Pool:
    found = Pool.objects.current().filter(name=name.replace("\0", "")).first()
    if found is None:
        raise ValidationError({path: [f"There is no pool “{name[:80]}”."]})
    return found


def leaving_view(has: Mapping[Kind, Holding], plan: Plan, departure: Departure | None) -> dict[str, Any]:
    """Everything they have with the place where it goes, and the departure that is planned."""
    reps, pools = dict(Rep.objects.values_list("pk", "email")), dict(Pool.objects.values_list("pk", "name"))

    def place(value: Place) -> dict[str, str] | None:
        if value.rep:
            return {"rep": reps.get(value.rep, "")}
        return {"pool": pools.get(value.pool, "")} if value.pool else None

    def choice(kind: Kind, holding: Holding) -> dict[str, Any] | None:
        chosen = plan.get(kind, Choice(NOBODY))
        ids = {thing.key: thing.id for thing in holding.things}
        items = {ids[key]: place(own) for key, own in chosen.items.items() if key in ids}
        return {**(place(chosen.to) or {}), "items": items} if items else place(chosen.to)

    return {
        "departure": departure_view(departure),
        "has": {
            kind.value: {
                "count": holding.count,
                "things": [{"id": one.id, "name": one.name, "detail": one.detail} for one in holding.things],
                "to": choice(kind, holding),
            }
            for kind, holding in has.items()
        },
    }


def departure_view(departure: Departure | None) -> dict[str, Any] | None:
    if departure is None:
        return None
    return {
        "id": str(departure.uuid),
        "at": _instant(departure.leaves_at),
        "done_at": _instant(departure.done_at),
        "cancelled_at": _instant(departure.cancelled_at),
        "error": departure.error,
        "report": departure.report,
    }


def _instant(when: datetime | None) -> Any:
    return serializers.DateTimeField().to_representation(when) if when else None
