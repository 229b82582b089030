"""The fields that the form of conditions offers: what each is called, of which kind it is, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routing.engine.fields import FIELDS, OPERATORS_BY_KIND, PREFIXES, FieldKind, kind_of
from routing.engine.types import Operator

OTHER = "other"
"""In the list of fields: one whose name is typed."""
ACCOUNT_OWNER = "account.owner"
UTM = ("utm.source", "utm.medium", "utm.campaign", "utm.term", "utm.content")
OFFERED = (*FIELDS, ACCOUNT_OWNER, *UTM)
CHOSEN_AS: Mapping[str, str] = {
    "account.country": "country",
    "account.region": "region",
    "account.industry": "industry",
}
"""Fields with the same values as another one."""
UNITS: Mapping[str, str] = {
    "employees": "people",
    "account.employees": "people",
    "annual_revenue": "a year, as leads say it",
    "expected_amount": "as leads say it",
    "score": "points",
}


def field_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """All of them, as a select shows them."""
    own = [name for name in FIELDS if not name.startswith("account.")]
    account = [name for name in OFFERED if name.startswith("account.")]
    return [
        ("The lead", [(name, label_of_field(name)) for name in own]),
        ("The account it matched", [(name, label_of_field(name)) for name in account]),
        ("Where it came from", [(name, label_of_field(name)) for name in UTM]),
        ("Anything else", [(OTHER, "Another field …")]),
    ]


def label_of_field(name: str) -> str:
    words = name.replace("utm.", "UTM ").replace(".", " ").replace("_", " ")
    return words[0].upper() + words[1:]


def operators_of(field: str) -> list[str]:
    """Those that fit a field; of one that is not known, those that fit what forms send besides."""
    return _operators(kind_of(field) or FieldKind.ANY)


def _operators(kind: FieldKind) -> list[str]:
    return [operator.value for operator in Operator if operator in OPERATORS_BY_KIND[kind]]


def kinds_for_script() -> dict[str, Any]:
    """Which comparisons fit which field, for the script: by field, by what a name begins with, and by kind."""
    return {
        "fields": {
            name: {"kind": kind_of(name), "unit": UNITS.get(name, ""), "choices": CHOSEN_AS.get(name, name)}
            for name in OFFERED
        },
        "families": dict(PREFIXES),
        "operators": {kind.value: _operators(kind) for kind in FieldKind},
    }
