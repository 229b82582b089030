"""A submission in, the values of a lead out: cleaned, normalised, completed. Raises nothing but InvalidLead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from routing.intake import clean, derive, normalise, places
from routing.intake.clean import Errors, Unusable
from routing.intake.screen import screen_reason
from routing.models import Lead

LONGEST_MESSAGE = 50_000
LONGEST_RAW = 300
"""Of a text that is normalised before it is measured against its column."""
WEB_ADDRESS = re.compile(r"(?i)https?://")
OTHER_SCHEME = re.compile(r"(?i)[a-z][a-z0-9+.-]*:(?!\d)")


class InvalidLead(Exception):
    """The submission cannot become a lead; `errors` holds what is wrong by field."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(texts)}" for field, texts in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class CleanFacts:
    """`values` are fields of Lead; `stripped` names what lost characters that cannot be kept."""

    values: Mapping[str, Any]
    stripped: tuple[str, ...] = ()


def prepare(facts: Mapping[str, Any], *, honeypot: str = "") -> CleanFacts:
    """What was sent, as the values of a lead, or InvalidLead with everything that is wrong with it."""
    cleaned, stripped = clean.strip_unstorable(facts)
    values, derived, errors = _read(cleaned)
    derive.locate(values, derived, errors)
    if not ({"email", "phone"} & errors.keys() or values.get("email") or values.get("phone")):
        errors["email"] = ["Send an e-mail address or a phone number."]
    if errors:
        raise InvalidLead(errors)
    derive.complete(values, derived)
    values["derived"] = derived
    values["name_key"] = normalise.person_key(values.get("first_name", ""), values.get("last_name", ""))
    values["screen_reason"] = screen_reason(email=values.get("email", ""), honeypot=honeypot)
    return CleanFacts(values, tuple(stripped))


def external_id_of(facts: Mapping[str, Any]) -> str:
    """As it would be stored; empty if there is none, or none that could be."""
    cleaned, _ = clean.strip_unstorable({"external_id": facts.get("external_id")})
    values, _, _ = _read(cleaned)
    return str(values.get("external_id") or "")


def _read(facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str], Errors]:
    """Each field by itself; a field without value is one that was not sent."""
    values: dict[str, Any] = {}
    errors: Errors = {}
    for name, value in facts.items():
        if name not in READERS:
            errors[name[: clean.LONGEST_KEY]] = ["Unknown field. Fields of your own go into “attributes”."]
        elif _is_given(value):
            try:
                values[name] = READERS[name](value)
            except Unusable as error:
                errors[name] = [str(error)]
    for name in values.keys() & {"utm", "attributes"}:
        values[name], wrong = values[name]
        errors.update({f"{name}.{key}" if key else name: texts for key, texts in wrong.items()})
    count, how = values.get("employees", (None, ""))
    return values | {"employees": count}, {"employees": how} if how else {}, errors


def _is_given(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _column(name: str) -> Callable[[Any], str]:
    """One line that fits the column of this name."""
    return partial(clean.text, limit=getattr(Lead._meta.get_field(name), "max_length", 0))


def _coded(read: Callable[[str], str]) -> Callable[[Any], str]:
    """Text that is read as something."""
    return lambda value: read(clean.text(value, limit=LONGEST_RAW))


def _as_written(text: str) -> str:
    """Read later, together with other fields."""
    return text


def _website(value: Any) -> str:
    address = _column("website")(value)
    if OTHER_SCHEME.match(address) and not WEB_ADDRESS.match(address):
        raise Unusable("Send a web address such as https://www.globex.com.")
    return address


def _postal_code(text: str) -> str:
    return _column("postal_code")(places.postal_code(text))


def _employees(value: Any) -> tuple[int, str]:
    return normalise.employees(clean.text(value, limit=LONGEST_RAW) if isinstance(value, str) else value)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "email": _coded(normalise.email_address),
    "first_name": _column("first_name"),
    "last_name": _column("last_name"),
    "phone": _coded(_as_written),
    "website": _website,
    "company": _column("company"),
    "kind": _coded(normalise.kind),
    "form": _column("form"),
    "campaign": _column("campaign"),
    "country": _coded(_as_written),
    "region": _coded(_as_written),
    "postal_code": _coded(_postal_code),
    "city": _column("city"),
    "industry": _column("industry"),
    "employees": _employees,
    "annual_revenue": normalise.amount,
    "expected_amount": normalise.amount,
    "job_title": _column("job_title"),
    "source": _column("source"),
    "language": _coded(normalise.language_code),
    "product_interest": _column("product_interest"),
    "message": partial(clean.lines, limit=LONGEST_MESSAGE),
    "utm": partial(clean.entries, texts_only=True),
    "attributes": clean.entries,
    "external_id": _column("external_id"),
    "consent": clean.yes_or_no,
    "test": clean.yes_or_no,
}
"""The fields of a submission (POST /leads), and how each is read."""
