"""What a lead may be sent in with, for the OpenAPI document. Intake reads and checks it (routing.intake.facts)."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField

from routing.intake.clean import LONGEST_ENTRY, LONGEST_KEY, MOST_ENTRIES
from routing.intake.facts import LONGEST_MESSAGE, LONGEST_RAW, READERS
from routing.models import Lead

EXAMPLE = {
    "email": "mia.chen@globex.com",
    "first_name": "Mia",
    "last_name": "Chen",
    "company": "Globex",
    "country": "US",
    "region": "US-CA",
    "employees": 120,
    "kind": "demo",
    "message": "We would like to see the product.",
    "source": "website",
    "attributes": {"plan": "team", "seats": 40},
}
_NUMBER = {"type": ["number", "string", "null"], "description": "A number; text such as “125,000” is read too."}
_SCALAR = {"type": ["string", "number", "boolean", "null"], "maxLength": LONGEST_ENTRY}
_ENTRIES = {
    "type": ["object", "null"],
    "maxProperties": MOST_ENTRIES,
    "propertyNames": {"minLength": 1, "maxLength": LONGEST_KEY},
}
_SPECIAL: dict[str, dict[str, Any]] = {
    "email": {"description": "E-mail address. Required unless there is a phone number.", "maxLength": 254},
    "phone": {"description": "With country code, such as +13105550100, or one of `country`."},
    "country": {"description": "ISO 3166-1 code or a name: US, Germany."},
    "region": {"description": "ISO 3166-2 code or a name: US-CA, California."},
    "language": {"description": "A code or a name: en, pt-BR, German."},
    "kind": {"description": f"One of: {', '.join(Lead.Kind.values)}."},
    "message": {"maxLength": LONGEST_MESSAGE},
    "external_id": {"description": "Your own id of this lead."},
    "employees": _NUMBER | {"description": "A head count, or a band: 120, “51-200”."},
    "annual_revenue": _NUMBER,
    "expected_amount": _NUMBER,
    "consent": {"type": ["boolean", "null"]},
    "test": {"type": ["boolean", "null"], "description": "A test lead: takes no turn, alerts only the key's tester."},
    "utm": _ENTRIES | {"additionalProperties": {"type": ["string", "integer", "null"], "maxLength": LONGEST_ENTRY}},
    "attributes": _ENTRIES
    | {
        "description": "Facts of your own: texts, numbers, booleans and lists of them.",
        "additionalProperties": {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "maxItems": MOST_ENTRIES}]},
    },
}


def new_lead_schema() -> dict[str, Any]:
    """The JSON Schema of the body of POST /leads, from the fields that intake reads."""
    return lead_changes_schema() | {
        "anyOf": [{"required": ["email"]}, {"required": ["phone"]}],
        "examples": [EXAMPLE],
    }


def lead_changes_schema() -> dict[str, Any]:
    """The same without what is required: the body of PATCH /leads/{id}."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _property(name) for name in READERS},
    }


def _property(name: str) -> dict[str, Any]:
    special = _SPECIAL.get(name, {})
    if "type" in special:
        return special
    column = Lead._meta.get_field(name)
    longest = column.max_length if isinstance(column, CharField) else LONGEST_RAW
    return {"type": ["string", "integer", "null"], "maxLength": longest} | special
