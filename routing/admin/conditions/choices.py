"""What fields of conditions can be: lists to choose from, and values that leads have brought, to be suggested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pycountry
from django.db.models import QuerySet

from reps.models import Rep
from routing.admin.conditions.fields import ACCOUNT_OWNER, CHOSEN_AS, UTM
from routing.engine.folding import fold
from routing.intake.normalise import language_name
from routing.models import Account, Lead, Signal, Territory
from routing.rulebook.content import current_settings

LATEST = 500
"""How many of the newest leads and signals values and names are suggested from."""
MOST = 1_000
"""Of people and territories no more are listed: the others are typed."""
MOST_NAMES = 50
MOST_VALUES = 20
"""A field with more different values than that is free text."""
LONGEST = 40
SUGGESTED = ("source", "form", "campaign", "industry", "product_interest")
COLUMNS = (*SUGGESTED, "country", "utm", "attributes")
Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a field can be, as value and label. `closed`: it can be nothing else; not so, they are suggestions."""

    options: tuple[Option, ...]
    closed: bool = False


def fixed_choices() -> dict[str, Choices]:
    """Of fields whose values are the same everywhere."""
    stages = [option for option in Lead.Outcome.choices if option[0]]
    return {
        "kind": Choices(tuple(Lead.Kind.choices), closed=True),
        "stage": Choices(tuple(stages), closed=True),
        "country": Choices(_countries(), closed=True),
        "language": Choices(_languages()),
        "account.stage": Choices(tuple(Account.Stage.choices), closed=True),
    }


def all_choices(*, with_leads: bool) -> dict[str, Choices]:
    """By field. `with_leads`: suggest what the newest leads brought. Six queries, whatever there is."""
    territories = list(Territory.objects.current().order_by("name")[:MOST])
    reps = Rep.objects.active().order_by("name").values_list("email", "name")[:MOST]
    brought = _brought(Lead.objects.real().values(*COLUMNS)[:LATEST]) if with_leads else {}
    countries = {code for territory in territories for code in _codes(territory.countries)} | brought.pop(
        "country", set()
    )
    return {
        **{field: Choices(tuple((value, value) for value in sorted(values))) for field, values in brought.items()},
        **fixed_choices(),
        "territory": Choices(tuple((row.name, row.name) for row in territories), len(territories) < MOST),
        ACCOUNT_OWNER: Choices(tuple((email, f"{name} ({email})") for email, name in reps)),
        "grade": Choices(tuple((grade, grade) for grade in _codes(current_settings().grades))),
        "region": Choices(_regions(countries)),
    }


def field_names(choices: Mapping[str, Choices]) -> list[str]:
    """Names of further fields that leads have brought, for whoever types one. One query."""
    kinds = Signal.objects.order_by("-pk").values_list("kind", flat=True)[:LATEST]
    attributes = {field for field in choices if field.startswith("attributes.")}
    return sorted(attributes | {f"signal.{kind}" for kind in kinds if kind})


def value_of(field: str, text: str) -> str:
    """The value that a text stands for: DE for “Germany”; any other text is itself."""
    return _by_label(CHOSEN_AS.get(field, field)).get(fold(text), text)


@cache
def _by_label(field: str) -> Mapping[str, str]:
    choices = fixed_choices().get(field)
    return {fold(text): value for value, label in choices.options for text in (label, value)} if choices else {}


@cache
def _countries() -> tuple[Option, ...]:
    return tuple(sorted(((one.alpha_2, one.name) for one in pycountry.countries), key=lambda one: fold(one[1])))


@cache
def _languages() -> tuple[Option, ...]:
    codes = [code for one in pycountry.languages if (code := getattr(one, "alpha_2", ""))]
    return tuple(sorted(((code, language_name(code)) for code in codes), key=lambda one: fold(one[1])))


def _regions(countries: Iterable[str]) -> tuple[Option, ...]:
    """Of the countries that leads come from and territories name: those of the whole world are thousands."""
    found = [one for code in sorted(countries) for one in pycountry.subdivisions.get(country_code=code) or ()]
    return tuple(sorted(((one.code, one.name) for one in found), key=lambda one: (one[0][:2], fold(one[1]))))


def _brought(rows: QuerySet[Lead, dict[str, Any]]) -> dict[str, set[str]]:
    """Field → the values that leads have of it, without those that differ from lead to lead."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for field in (*SUGGESTED, "country"):
            found[field].add(row[field])
        for field in UTM:
            found[field].add(str((row["utm"] or {}).get(field.removeprefix("utm."), "")))
        for name, value in list((row["attributes"] or {}).items())[:MOST_NAMES]:
            found[f"attributes.{name[:LONGEST]}"].update(map(str, value if isinstance(value, list) else [value]))
    return {
        field: values - {""} if field == "country" or _is_short(values) else set() for field, values in found.items()
    }


def _is_short(values: set[str]) -> bool:
    return len(values) <= MOST_VALUES and all(len(value) <= LONGEST for value in values)


def _codes(value: Any) -> list[str]:
    """The texts of a column that may have been written by hand."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | dict) else []
