"""What the builder of a form wrote for its visitors, as choices or hidden: read as a lead will have it, or Unusable.

Nobody who fills the form in can put it right. So it is refused when the form is saved, not when it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import pycountry

from routing.intake.asked import ALL_OTHERS, MONEY, longest, widget_of
from routing.intake.clean import Unusable
from routing.intake.facts import READERS
from routing.intake.normalise import amount, phone_number
from routing.intake.places import country_code, iso_region, region_code
from routing.intake.typed_numbers import NoNumber, TwoNumbers, read_typed_number
from routing.models import FormField

MOST_NAMED = 4
AS_CODES = "Write the region's ISO 3166-2 code, such as DE-BY; words of your own stand beside it."
LIMITED = "Or let the form offer only the countries that are meant."
Widget = FormField.Widget


@dataclass(frozen=True, slots=True)
class Around:
    """What a form says besides. `countries`: those it is limited to, by code; none if it has all, or asks for none.

    `certain`: no lead comes without one of them.
    """

    language: str = ""
    countries: tuple[str, ...] = ()
    certain: bool = False


def value_of(choice: Any) -> str:
    """What is sent of a choice: itself, or the first of value and words."""
    pair = isinstance(choice, Collection) and not isinstance(choice, str) and len(choice) == 2
    return str(next(iter(choice)) if pair else choice).strip()


def around(language: str, country: Mapping[str, Any] | None) -> Around:
    """`country`: widget, choices, default and required of the question for it, if there is one."""
    if country is None:
        return Around(language)
    widget = widget_of("country", country["widget"])
    offered = [value_of(choice) for choice in country["choices"]]
    if widget == Widget.HIDDEN:
        codes = _codes([country["default"]])
        return Around(language, codes, certain=bool(codes))
    if widget != Widget.SELECT or ALL_OTHERS in offered:
        return Around(language)
    return Around(language, _codes(offered), certain=bool(country["required"]))


def check_offered(name: str, text: str, form: Around) -> None:
    """Raises Unusable, with what to write instead, if no lead could have it."""
    if len(text) > longest(name):
        raise Unusable(f"Too long: {len(text)} characters, at most {longest(name)}.")
    if name in READ_WITH_OTHERS:
        READ_WITH_OTHERS[name](text, form)
    elif name in READERS:
        READERS[name](text)


def only_region(text: str, form: Around) -> str:
    """The one region that it is in the countries of the form; empty if there is none, or more than one."""
    if code := iso_region(text):
        return code
    found = _regions_called(text, form.countries)
    return found[0] if len(found) == 1 else ""


def _money(text: str, form: Around) -> Decimal:
    try:
        return amount(read_typed_number(text, form.language))
    except TwoNumbers as two:
        raise Unusable(f"It could be two numbers. Write {two.wholly} or {two.partly}.") from two
    except NoNumber as none:
        raise Unusable("Write a number without words, such as 10000; words of your own stand beside it.") from none


def _country(text: str, form: Around) -> str:
    return country_code(text)


def _phone(text: str, form: Around) -> str:
    return phone_number(text, form.countries[0] if form.certain and len(form.countries) == 1 else "").number


def _region(text: str, form: Around) -> str:
    """A name needs its country: “West” is a region of Cameroon, and certainly not what a form about sales means."""
    if code := iso_region(text):
        if form.countries and code[:2] not in form.countries:
            raise Unusable(f"{code} lies in none of the countries that the form offers: {', '.join(form.countries)}.")
        return code
    found = _regions_called(text, form.countries or _all_countries())
    if not found:
        raise Unusable(
            f"There is no such region{f' in {_listed(form.countries)}' if form.countries else ''}. {AS_CODES}"
        )
    if not form.countries:
        raise Unusable(f"The form does not say of which country: {_listed(found)}? {AS_CODES} {LIMITED}")
    if len(found) > 1 and not form.certain:
        raise Unusable(f"Which of {_listed(found)}? {AS_CODES}")
    return text


READ_WITH_OTHERS: Mapping[str, Callable[[str, Around], Any]] = {
    **dict.fromkeys(MONEY, _money),
    "country": _country,
    "phone": _phone,
    "region": _region,
}
"""What is understood by what the form says besides."""


def _codes(names: Collection[str]) -> tuple[str, ...]:
    """Of the countries that are known: of the others it is said beside them."""
    codes = []
    for name in names:
        try:
            codes.append(country_code(name))
        except Unusable:
            continue
    return tuple(dict.fromkeys(codes))


def _regions_called(text: str, countries: Collection[str]) -> tuple[str, ...]:
    found = []
    for country in countries:
        try:
            found.append(region_code(text, country))
        except Unusable:
            continue
    return tuple(found)


def _listed(codes: Collection[str]) -> str:
    named = sorted(codes)
    return ", ".join(named[:MOST_NAMED] + ["…"] * (len(named) > MOST_NAMED))


@cache
def _all_countries() -> tuple[str, ...]:
    return tuple(country.alpha_2 for country in pycountry.countries)
