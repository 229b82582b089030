"""What is wrong with the criteria of a territory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from routing.engine.territories import parse_postal
from routing.rulebook.codes import country_problem, region_problem
from routing.rulebook.requirements import Finding
from routing.rulebook.words import Json

LISTS = ("countries", "regions", "cities", "postal_codes", "industries", "sources", "languages")
BANDS = ("employees", "annual_revenue")


def criteria_problems(row: Json) -> Iterator[Finding]:
    """What is wrong with the criteria of a territory, whatever JSON they are."""
    crooked = [
        *filter(None, (list_problem(row, key) for key in LISTS)),
        *filter(None, map(partial(_band_problem, row), BANDS)),
    ]
    if crooked:
        yield from crooked
        return
    yield from (found for key in ("countries", "regions") for found in _code_problems(row, key))
    yield from _postal_problems(row)


def list_problem(row: Json, key: str) -> Finding | None:
    """What is wrong with a criterion that is a list."""
    if not isinstance(row[key], list) or not all(isinstance(text, str) for text in row[key]):
        return key, 'it is not a list of texts. Write it as ["one", "two"].'
    return None


def shape_problem(row: Json, key: str) -> Finding | None:
    """Why a criterion is no range at all."""
    band = row[key]
    if not isinstance(band, Mapping) or not all(
        end in ("min", "max") and isinstance(limit, int | float | None) and not isinstance(limit, bool)
        for end, limit in band.items()
    ):
        return key, 'it is not a range. Write it as {"min": 1, "max": 500}, or one of the two.'
    return None


def _band_problem(row: Json, key: str) -> Finding | None:
    if crooked := shape_problem(row, key):
        return crooked
    band = row[key]
    low, high = band.get("min"), band.get("max")
    if any(limit is not None and limit < 0 for limit in (low, high)):
        return key, "a range cannot be negative. Write 0 or more."
    if low is not None and high is not None and low > high:
        return key, f"min {low} is more than max {high}. Swap them."
    return None


def _code_problems(row: Json, key: str) -> Iterator[Finding]:
    check = country_problem if key == "countries" else region_problem
    countries = {code.upper() for code in row["countries"]}
    for index, code in enumerate(row[key]):
        if message := check(code):
            yield f"{key}[{index}]", message
        elif key == "regions" and countries and code.upper().partition("-")[0] not in countries:
            yield f"{key}[{index}]", f"{code} does not lie in {', '.join(row['countries'])}. Add its country."


def _postal_problems(row: Json) -> Iterator[Finding]:
    if row["postal_codes"] and len(row["countries"]) != 1:
        yield "postal_codes", "postal codes need exactly one country. Name it under countries."
    for index, text in enumerate(row["postal_codes"]):
        try:
            parse_postal(text)
        except ValueError as error:
            yield f"postal_codes[{index}]", str(error)
