"""The fields that conditions can ask about, what kind each is, and which operators fit which kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from routing.engine.types import Operator


class FieldKind(StrEnum):
    TEXT = "text"
    POSTAL_CODE = "postal_code"
    NUMBER = "number"
    INSTANT = "instant"
    YES_NO = "yes_no"
    OPTION = "option"
    TERRITORY = "territory"
    SIGNAL = "signal"
    ANY = "any"


FIELDS: Mapping[str, FieldKind] = MappingProxyType(
    {
        "email": FieldKind.TEXT,
        "domain": FieldKind.TEXT,
        "kind": FieldKind.OPTION,
        "form": FieldKind.TEXT,
        "campaign": FieldKind.TEXT,
        "country": FieldKind.TEXT,
        "region": FieldKind.TEXT,
        "postal_code": FieldKind.POSTAL_CODE,
        "city": FieldKind.TEXT,
        "company": FieldKind.TEXT,
        "industry": FieldKind.TEXT,
        "employees": FieldKind.NUMBER,
        "annual_revenue": FieldKind.NUMBER,
        "expected_amount": FieldKind.NUMBER,
        "job_title": FieldKind.TEXT,
        "source": FieldKind.TEXT,
        "language": FieldKind.TEXT,
        "product_interest": FieldKind.TEXT,
        "message": FieldKind.TEXT,
        "score": FieldKind.NUMBER,
        "grade": FieldKind.TEXT,
        "stage": FieldKind.TEXT,
        "returning": FieldKind.YES_NO,
        "submitted_at": FieldKind.INSTANT,
        "territory": FieldKind.TERRITORY,
        "account.name": FieldKind.TEXT,
        "account.stage": FieldKind.OPTION,
        "account.target": FieldKind.YES_NO,
        "account.country": FieldKind.TEXT,
        "account.region": FieldKind.TEXT,
        "account.postal_code": FieldKind.POSTAL_CODE,
        "account.industry": FieldKind.TEXT,
        "account.employees": FieldKind.NUMBER,
    }
)

PREFIXES: Mapping[str, FieldKind] = MappingProxyType(
    {
        "utm.": FieldKind.TEXT,
        "attributes.": FieldKind.ANY,
        "account.": FieldKind.ANY,
        "signal.": FieldKind.SIGNAL,
    }
)
"""Families of fields whose names are free after the prefix."""

OPTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "kind": frozenset({"demo", "pricing", "contact", "trial", "webinar", "content", "partner", "support", "other"}),
        "account.stage": frozenset({"prospect", "customer", "former"}),
    }
)
"""What can be chosen for a field of kind OPTION; anything else is an option that no longer exists."""

_KNOWN = frozenset({Operator.EMPTY, Operator.NOT_EMPTY})
_CHOICE = _KNOWN | {Operator.IS, Operator.IS_NOT, Operator.ANY_OF, Operator.NONE_OF}
_TEXT = _CHOICE | {Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.MATCHES}
_NUMBER = _CHOICE | {Operator.LT, Operator.LTE, Operator.GT, Operator.GTE, Operator.BETWEEN}
_INSTANT = _KNOWN | {Operator.IS, Operator.BEFORE, Operator.AFTER, Operator.BETWEEN, Operator.IN_LAST_DAYS}

OPERATORS_BY_KIND: Mapping[FieldKind, frozenset[Operator]] = MappingProxyType(
    {
        FieldKind.TEXT: _TEXT,
        FieldKind.POSTAL_CODE: _TEXT | {Operator.IN_POSTAL},
        FieldKind.NUMBER: _NUMBER,
        FieldKind.INSTANT: _INSTANT,
        FieldKind.YES_NO: _KNOWN | {Operator.IS, Operator.IS_NOT},
        FieldKind.OPTION: _CHOICE,
        FieldKind.TERRITORY: _CHOICE | {Operator.IN_TERRITORY},
        FieldKind.SIGNAL: _KNOWN | {Operator.HAS_SIGNAL},
        FieldKind.ANY: frozenset(Operator) - {Operator.IN_TERRITORY, Operator.HAS_SIGNAL},
    }
)


def kind_of(field: str) -> FieldKind | None:
    """The kind of a field, or None if there is no such field."""
    known = FIELDS.get(field)
    if known is not None:
        return known
    prefix, dot, rest = field.partition(".")
    return PREFIXES.get(prefix + dot) if rest else None
