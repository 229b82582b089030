"""What the facts given say about those that are missing. A given fact always wins; each derived one says how."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias, TypeVar

from routing.intake import domains, normalise, places
from routing.intake.clean import Errors, Unusable

Values: TypeAlias = dict[str, Any]
Derived: TypeAlias = dict[str, str]
T = TypeVar("T")


def locate(values: Values, derived: Derived, errors: Errors) -> None:
    """Country, region and phone, which explain each other, in their final form.

    The country is the one given, else the region's, else the phone number's, else that of the top-level domain.
    """
    values["country"] = _read("country", values, errors, places.country_code) or ""
    if code := places.iso_region(values.get("region", "")):
        _guess_country(code[:2], f"from the region {code}", values, derived, errors)
    if phone := _read("phone", values, errors, partial(normalise.phone_number, country=values["country"])):
        values["phone"] = phone.number
        if phone.extension:
            values.setdefault("attributes", {}).setdefault("phone_extension", phone.extension)
        _guess_country(phone.country, f"from the phone number {phone.number}", values, derived, errors)
    if region := _read("region", values, errors, partial(places.region_code, country=values["country"])):
        values["region"] = region
        _guess_country(region[:2], f"from the region {region}", values, derived, errors)
    elif "country" in errors:
        errors.pop("region", None)  # of an unknown country: one mistake, not two


def _read(field: str, values: Values, errors: Errors, read: Callable[[str], T]) -> T | None:
    """The field in its final form; None if it was not given, or cannot be used and so is among the errors."""
    try:
        return read(values[field]) if values.get(field) else None
    except Unusable as error:
        errors[field] = [str(error)]
        return None


def _guess_country(country: str, how: str, values: Values, derived: Derived, errors: Errors) -> None:
    if country and not values["country"] and "country" not in errors:
        values["country"], derived["country"] = country, how


def complete(values: Values, derived: Derived) -> None:
    """The company's domain, and what domain and postal code tell of the place."""
    email, website = values.get("email", ""), values.get("website", "")
    values["domain"], how = domains.company_domain(email=email, website=website)
    if how:
        derived["domain"] = how
    if not values.get("country"):
        host = values["domain"] or domains.registrable_domain(email.rpartition("@")[2])
        if country := places.country_of_top_level(host):
            values["country"], derived["country"] = country, f"from the domain {host}"
    if values.get("country") == "US":
        _complete_from_zip(values, derived)


def _complete_from_zip(values: Values, derived: Derived) -> None:
    code = values.get("postal_code", "")
    region, city = places.place_of_zip(code) if code else ("", "")
    if region and not values.get("region"):
        values["region"], derived["region"] = region, f"from postal code {code}"
    if city and not values.get("city") and values["region"] == region:
        values["city"], derived["city"] = city, f"from postal code {code}"
