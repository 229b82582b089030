"""What is wrong with conditions, as rules and points write them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from routing.engine.conditions import check_condition
from routing.engine.types import Operator
from routing.rulebook.codes import country_problem, pattern_problem, region_problem
from routing.rulebook.requirements import Finding
from routing.rulebook.words import condition_in_words

EXACT = (Operator.IS, Operator.IS_NOT, Operator.ANY_OF, Operator.NONE_OF)
WITHOUT_VALUE = (Operator.EMPTY, Operator.NOT_EMPTY)


def condition_problems(groups: Any, territories: Collection[str] | None) -> Iterator[Finding]:
    """What is wrong with the conditions of a rule. `territories`: names that a condition may use; None: any will do."""
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


def row_problem(row: Any, territories: Collection[str] | None) -> str | None:
    """What is wrong with one row of conditions."""
    if not isinstance(row, Mapping):
        return "a condition is written {field: …, op: …, value: …}."
    if unknown := sorted(set(map(str, row)) - {"field", "op", "value"}):
        return f"“{unknown[0]}” is unknown in a condition. Use field, op and value."
    field, operator, value = row.get("field"), row.get("op"), row.get("value")
    if not isinstance(field, str) or not isinstance(operator, str):
        return "a condition needs a field and an op, both texts."
    message = fault_of(field, operator, value, territories)
    return f"the condition “{condition_in_words(row)}” does not work: {message}" if message else None


def fault_of(field: str, operator: str, value: Any, territories: Collection[str] | None) -> str | None:
    """The same of the three parts of a row, without saying which row it is."""
    return check_condition(field, operator, value) or _value_problem(field, operator, value, territories)


def _value_problem(field: str, operator: str, value: Any, territories: Collection[str] | None) -> str | None:
    """What only somebody who knows patterns, codes and territories can tell."""
    check = _check_of_values(field, operator, territories)
    if check is None:
        return None
    texts = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
    return next(filter(None, map(check, texts)), None)


def _check_of_values(
    field: str, operator: str, territories: Collection[str] | None
) -> Callable[[str], str | None] | None:
    """What tells why a text cannot be the value of a row; None if any can."""
    if operator == Operator.MATCHES:
        return pattern_problem
    if operator == Operator.IN_TERRITORY:
        return _territory_check(territories)
    if operator not in EXACT:
        return None
    if field == "territory":
        return _territory_check(territories)
    return _CODES.get(field.removeprefix("account."))


def _territory_check(territories: Collection[str] | None) -> Callable[[str], str | None] | None:
    if territories is None:
        return None
    known = {name.casefold() for name in territories}
    return lambda text: None if text.casefold() in known else f"there is no territory “{text}”."


_CODES: Mapping[str, Callable[[str], str | None]] = {"country": country_problem, "region": region_problem}


def without_idle_values(groups: list[list[Mapping[str, Any]]]) -> list[list[Mapping[str, Any]]]:
    """Sound conditions in the one form in which they are kept: no value where the operator takes none."""
    return [[_kept(row) for row in group] for group in groups]


def _kept(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in row.items() if key != "value" or row["op"] not in WITHOUT_VALUE}
