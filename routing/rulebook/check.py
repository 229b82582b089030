"""What blocks publishing: every finding says where it is and what to do.

The checks of one rule's conditions and of one territory's criteria are also the import's: a file writes them alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeAlias

import pycountry
import re2

from reps.models import Rep
from routing.engine.conditions import check_condition
from routing.engine.territories import parse_postal
from routing.engine.types import Operator
from routing.models.rulebook import LONGEST_DAYS, LONGEST_MINUTES
from routing.rulebook.words import KINDS, Json, condition_in_words

Finding: TypeAlias = tuple[str, str]
"""Where inside a row (when[0][1].value), and what is wrong there."""
LISTS = ("countries", "regions", "cities", "postal_codes", "industries", "sources", "languages")
BANDS = ("employees", "annual_revenue")
EXACT = (Operator.IS, Operator.IS_NOT, Operator.ANY_OF, Operator.NONE_OF)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that blocks publishing. `path` leads to it inside the row, in the words of the configuration file."""

    section: str
    name: str
    path: str
    message: str

    def __str__(self) -> str:
        return f"{KINDS.get(self.section, 'Settings')} “{self.name}”: {self.message}" if self.name else self.message


@dataclass(frozen=True, slots=True)
class Known:
    """What a rulebook may refer to."""

    pools: Mapping[int, str]
    territories: Mapping[int, str]
    reps: Mapping[int, tuple[str, bool]]


def problems(content: Json) -> list[Problem]:
    """Everything that blocks publishing `content`. One query."""
    known = Known(
        pools={pool["id"]: pool["name"] for pool in content["pools"]},
        territories={territory["id"]: territory["name"] for territory in content["territories"]},
        reps={key: (name, active) for key, name, active in Rep.objects.values_list("pk", "name", "active")},
    )
    loops = looping({row["id"]: row["parent"] for row in content["territories"]})
    found = [Problem("settings", "", name, message) for name, message in _span_problems(content["settings"])]
    for policy in content["sla_policies"]:
        found += [Problem("sla_policies", policy["name"], *finding) for finding in _sla_problems(policy)]
    found += [Problem("rules", "", "", message) for message in _catch_all_problems(content["rules"])]
    for rule in content["rules"]:
        found += [Problem("rules", rule["name"], *finding) for finding in _rule_problems(rule, known)]
    for row in content["territories"]:
        found += [Problem("territories", row["name"], *finding) for finding in criteria_problems(row)]
        found += [Problem("territories", row["name"], *finding) for finding in _territory_problems(row, known, loops)]
    return found


# --- settings and SLA policies -----------------------------------------------------------------------------------

SPANS = {
    "duplicate_minutes": LONGEST_MINUTES,
    "returning_days": LONGEST_DAYS,
    "company_days": LONGEST_DAYS,
    "hold_deadline_hours": LONGEST_DAYS * 24,
    "taper_days": LONGEST_DAYS,
}


def _span_problems(settings: Json) -> Iterator[tuple[str, str]]:
    for name, longest in SPANS.items():
        if not 0 <= settings[name] <= longest:
            yield name, f"{name.replace('_', ' ')} lie between 0 and {longest:,.0f} (ten years)."


def _sla_problems(row: Json) -> Iterator[tuple[str, str]]:
    if not 0 < row["first_response_minutes"] <= LONGEST_MINUTES:
        yield "first_response_minutes", "The time to the first response lies between 0 minutes and ten years."


# --- rules -------------------------------------------------------------------------------------------------------


def _catch_all_problems(rules: Sequence[Json]) -> Iterator[str]:
    last = rules[-1] if rules else None
    if last is None or not last["catch_all"]:
        yield "There is no catch-all. Add a last rule without conditions, so that every lead finds somebody."
        return
    if any(group for group in last["when"]):
        yield f"The catch-all “{last['name']}” has conditions. Remove them, so that it takes every lead."
    if not last["enabled"]:
        yield f"The catch-all “{last['name']}” is disabled. Enable it."
    if any(last["active"].values()):
        yield f"The catch-all “{last['name']}” is active only at times. Remove its active window."


def _rule_problems(rule: Json, known: Known) -> Iterator[Finding]:
    yield from condition_problems(rule["when"], set(known.territories.values()))
    yield from _destination_problems(rule["to"], known)
    overflow = rule["when_nobody"].get("overflow") if isinstance(rule["when_nobody"], Mapping) else None
    if overflow is not None:
        yield from _pool_problems("when_nobody.overflow", overflow, known)
        if overflow == rule["to"].get("pool"):
            yield "when_nobody.overflow", "it overflows to the pool that it comes from. Choose another pool."
    window = rule["active"]
    if window["from"] and window["to"] and window["to"] <= window["from"]:
        yield "active.to", "its active window ends before it begins. Change one of the two."


def _destination_problems(to: Json, known: Known) -> Iterator[Finding]:
    if "pool" in to:
        yield from _pool_problems("to.pool", to["pool"], known)
    elif "rep" in to:
        yield from _person_problems("to.rep", to["rep"], known)
    elif "park" in to:
        if not to["park"]:
            yield "to.park", "say why leads go to nurture."
        if to["review_days"] < 1:
            yield "to.review_days", "leads would come back from nurture on the day they go. Write 1 day or more."


def _pool_problems(path: str, key: int, known: Known) -> Iterator[Finding]:
    if key not in known.pools:
        yield path, "the pool it names is archived. Choose another pool."


def _person_problems(path: str, key: int, known: Known) -> Iterator[Finding]:
    name, active = known.reps.get(key, ("the person", False))
    if not active:
        yield path, f"{name} is not active. Choose somebody else, or make them active."


def condition_problems(groups: Any, territories: Collection[str]) -> Iterator[Finding]:
    """What is wrong with the conditions of a rule. `territories` are the names that a condition may use."""
    if not isinstance(groups, list):
        yield "when", "conditions are a list of groups, each a list of rows. Write them again."
        return
    for g, group in enumerate(groups):
        if not isinstance(group, list):
            yield f"when[{g}]", "a group of conditions is a list of rows. Write [{field: …, op: …, value: …}]."
            continue
        for r, row in enumerate(group):
            if message := row_problem(row, territories):
                yield f"when[{g}][{r}]", message


def row_problem(row: Any, territories: Collection[str]) -> str | None:
    """What is wrong with one row of conditions."""
    if not isinstance(row, Mapping):
        return "a condition is written {field: …, op: …, value: …}."
    if unknown := sorted(set(map(str, row)) - {"field", "op", "value"}):
        return f"“{unknown[0]}” is unknown in a condition. Use field, op and value."
    field, operator, value = row.get("field"), row.get("op"), row.get("value")
    if not isinstance(field, str) or not isinstance(operator, str):
        return "a condition needs a field and an op, both texts."
    message = check_condition(field, operator, value) or _value_problem(field, operator, value, territories)
    return f"the condition “{condition_in_words(row)}” does not work: {message}" if message else None


def _value_problem(field: str, operator: str, value: Any, territories: Collection[str]) -> str | None:
    """What only somebody who knows patterns, codes and territories can tell."""
    texts = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
    if operator == Operator.MATCHES:
        return next(filter(None, map(pattern_problem, texts)), None)
    if operator == Operator.IN_TERRITORY or (field == "territory" and operator in EXACT):
        gone = [text for text in texts if text.casefold() not in {name.casefold() for name in territories}]
        return f"there is no territory “{gone[0]}”." if gone else None
    if operator in EXACT and field in ("country", "account.country"):
        return next(filter(None, map(country_problem, texts)), None)
    if operator in EXACT and field in ("region", "account.region"):
        return next(filter(None, map(region_problem, texts)), None)
    return None


def pattern_problem(pattern: str) -> str | None:
    """Why a regular expression is refused, in the words of RE2."""
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        reason = error.args[0]
        return f"the pattern is refused: {reason.decode() if isinstance(reason, bytes) else reason}."
    return None


# --- territories -------------------------------------------------------------------------------------------------


def _territory_problems(row: Json, known: Known, loops: Collection[int]) -> Iterator[Finding]:
    if row["id"] in loops:
        yield "parent", "it lies in itself, by way of its parents. Change one of the parents."
    elif row["parent"] is not None and row["parent"] not in known.territories:
        yield "parent", "the territory it lies in is archived. Choose another parent, or none."
    owner = row["owner"] or {}
    if "pool" in owner:
        yield from _pool_problems("owner.pool", owner["pool"], known)
    elif "rep" in owner:
        yield from _person_problems("owner.rep", owner["rep"], known)
    if row["from"] and row["to"] and row["to"] < row["from"]:
        yield "to", "it ends before it begins. Change one of the two dates."


def criteria_problems(row: Json) -> Iterator[Finding]:
    """What is wrong with the criteria of a territory, whatever JSON they are."""
    crooked = [
        *filter(None, (_list_problem(row, key) for key in LISTS)),
        *filter(None, map(partial(_band_problem, row), BANDS)),
    ]
    if crooked:
        yield from crooked
        return
    yield from (found for key in ("countries", "regions") for found in _code_problems(row, key))
    yield from _postal_problems(row)


def _list_problem(row: Json, key: str) -> Finding | None:
    if not isinstance(row[key], list) or not all(isinstance(text, str) for text in row[key]):
        return key, 'it is not a list of texts. Write it as ["one", "two"].'
    return None


def _band_problem(row: Json, key: str) -> Finding | None:
    band = row[key]
    if not isinstance(band, Mapping) or not all(
        end in ("min", "max") and isinstance(limit, int | float | None) for end, limit in band.items()
    ):
        return key, 'it is not a range. Write it as {"min": 1, "max": 500}, or one of the two.'
    low, high = band.get("min"), band.get("max")
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


def looping(parents: Mapping[Any, Any]) -> set[Any]:
    """Those who are their own ancestor, child → parent."""
    return {start for start in parents if start in _ancestors(start, parents)}


def _ancestors(start: Any, parents: Mapping[Any, Any]) -> set[Any]:
    seen: set[Any] = set()
    at = parents.get(start)
    while at is not None and at not in seen:
        seen.add(at)
        at = parents.get(at)
    return seen


# --- codes -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def country_problem(code: str) -> str | None:
    """Why this is no country."""
    if pycountry.countries.get(alpha_2=code.upper()):
        return None
    meant = pycountry.countries.get(alpha_3=code.upper()) or pycountry.countries.get(name=code)
    hint = f"Did you mean {meant.alpha_2}?" if meant else "Use an ISO 3166-1 code such as US."
    return f"“{code}” is not a country. {hint}"


@lru_cache(maxsize=4_096)
def region_problem(code: str) -> str | None:
    """Why this is no region."""
    if pycountry.subdivisions.get(code=code.upper()):
        return None
    return f"“{code}” is not a region. Use an ISO 3166-2 code such as US-CA."
