"""The operators of conditions: a table of name → function that makes the test of one row.

A test answers True, False, or None if the fact is of a kind that it cannot compare. A maker raises Unfit, with a
text for people, if the row's own value is nothing to compare with. Adding an operator: a name in the vocabulary, its
kinds in fields.py, one function and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from routing.engine.fields import FieldKind
from routing.engine.folding import fold, quoted
from routing.engine.postal import in_range, normal_code, parse_postal
from routing.engine.seen import Moment, Seen, moment_of, number_of, text_of, yes_or_no
from routing.engine.types import Operator

T = TypeVar("T")


class Unfit(ValueError):
    """The value of a row is nothing that its operator can compare with."""


@dataclass(frozen=True, slots=True)
class View:
    """What a test may know besides the fact: the instant, the zone of days, and where the lead lies."""

    now: datetime
    zone: tzinfo = UTC
    in_territory: Callable[[str], bool] = lambda name: False


Test: TypeAlias = Callable[[Seen, View], bool | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose test is being made. `options` are what can be chosen, folded; None if anything can be."""

    kind: FieldKind
    value: object
    pattern: Callable[[str], bool] | None = None
    zone: tzinfo = UTC
    options: frozenset[str] | None = None
    warnings: list[str] = field(default_factory=list)

    def values(self) -> tuple[object, ...]:
        given = self.value if isinstance(self.value, tuple | list | set | frozenset) else (self.value,)
        known = tuple(value for value in given if value is not None and value != "")
        if not known:
            raise Unfit("needs a value to compare with")
        if any(isinstance(value, Mapping | tuple | list | set | frozenset) for value in known):
            raise Unfit("cannot be compared with a list inside a list")
        return known

    def value_alone(self) -> object:
        values = self.values()
        if len(values) > 1:
            raise Unfit("takes one value, not a list")
        return values[0]

    def text(self) -> str:
        return fold(text_of(self.value_alone()))

    def number(self) -> int | float:
        return _needed(number_of(self.value_alone()), self.value, "is not a number")

    def moment(self) -> Moment:
        return _needed(moment_of(self.value_alone(), self.zone), self.value, "is not a date")

    def ends(self) -> tuple[object, object]:
        """The two ends of a range: {"min", "max"}, {"from", "to"} or a list of two; None is open."""
        value = self.value
        if isinstance(value, Mapping):
            low, high = value.get("min", value.get("from")), value.get("max", value.get("to"))
        elif isinstance(value, tuple | list) and len(value) == 2:
            low, high = value
        else:
            raise Unfit("needs a range such as [1, 500]")
        low, high = (None if end == "" else end for end in (low, high))
        if low is None and high is None:
            raise Unfit("needs a range with at least one end")
        return low, high


def _needed(found: T | None, value: object, problem: str) -> T:
    if found is None:
        raise Unfit(f"{quoted(text_of(value))} {problem}")
    return found


def _any_of(row: Row) -> Test:
    return _ANY_OF_BY_KIND.get(row.kind, _any_text_of)(row)


def _any_text_of(row: Row) -> Test:
    expected = frozenset(fold(text_of(value)) for value in row.values())
    if row.options is not None:
        gone = expected - row.options
        if gone == expected:
            raise Unfit(f"{_listed(gone)} does not exist (any more)")
        row.warnings.extend(f"{quoted(option)} does not exist (any more)" for option in sorted(gone))
    return lambda seen, view: not expected.isdisjoint(seen.folded)


def _any_number_of(row: Row) -> Test:
    expected = frozenset(_needed(number_of(value), value, "is not a number") for value in row.values())

    def test(seen: Seen, view: View) -> bool | None:
        numbers = seen.numbers()
        return None if numbers is None else not expected.isdisjoint(numbers)

    return test


def _any_moment_of(row: Row) -> Test:
    days = [_needed(moment_of(value, row.zone), value, "is not a date") for value in row.values()]
    return _on_moments(lambda instant: any(day.first <= instant <= day.last for day in days))


def _yes_or_no(row: Row) -> Test:
    expected = _needed(yes_or_no(row.value_alone()), row.value, "is neither yes nor no")

    def test(seen: Seen, view: View) -> bool | None:
        answers = [yes_or_no(value) for value in seen.values]
        return None if None in answers else expected in answers

    return test


_ANY_OF_BY_KIND: Mapping[FieldKind, Callable[[Row], Test]] = {
    FieldKind.NUMBER: _any_number_of,
    FieldKind.INSTANT: _any_moment_of,
    FieldKind.YES_NO: _yes_or_no,
}


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(quoted(text) for text in sorted(texts))


def _negated(test: Test) -> Test:
    def negated(seen: Seen, view: View) -> bool | None:
        result = test(seen, view)
        return None if result is None else not result

    return negated


def _is(row: Row) -> Test:
    row.value_alone()
    return _any_of(row)


def _is_not(row: Row) -> Test:
    return _negated(_is(row))


def _none_of(row: Row) -> Test:
    return _negated(_any_of(row))


def _contains(row: Row) -> Test:
    expected = row.text()
    return lambda seen, view: any(expected in text for text in seen.folded)


def _starts_with(row: Row) -> Test:
    expected = row.text()
    return lambda seen, view: any(text.startswith(expected) for text in seen.folded)


def _ends_with(row: Row) -> Test:
    expected = row.text()
    return lambda seen, view: any(text.endswith(expected) for text in seen.folded)


def _matches(row: Row) -> Test:
    pattern = row.pattern
    if pattern is None:
        raise Unfit(f"{quoted(text_of(row.value))} is not a valid pattern")

    def test(seen: Seen, view: View) -> bool | None:
        try:
            return any(pattern(text) for text in seen.texts)
        except Exception:  # the pattern is foreign code, and the engine never raises
            return None

    return test


def _empty(row: Row) -> Test:
    return lambda seen, view: not seen.values


def _not_empty(row: Row) -> Test:
    return lambda seen, view: bool(seen.values)


def _on_numbers(holds: Callable[[int | float], bool]) -> Test:
    def test(seen: Seen, view: View) -> bool | None:
        numbers = seen.numbers()
        return None if numbers is None else any(map(holds, numbers))

    return test


def _on_moments(holds: Callable[[datetime], bool]) -> Test:
    def test(seen: Seen, view: View) -> bool | None:
        moments = seen.moments(view.zone)
        return None if moments is None else any(holds(moment.first) for moment in moments)

    return test


def _lt(row: Row) -> Test:
    limit = row.number()
    return _on_numbers(lambda number: number < limit)


def _lte(row: Row) -> Test:
    limit = row.number()
    return _on_numbers(lambda number: number <= limit)


def _gt(row: Row) -> Test:
    limit = row.number()
    return _on_numbers(lambda number: number > limit)


def _gte(row: Row) -> Test:
    limit = row.number()
    return _on_numbers(lambda number: number >= limit)


def _between(row: Row) -> Test:
    low, high = row.ends()
    if row.kind is FieldKind.INSTANT:
        return _between_moments(row, low, high)
    least = None if low is None else _needed(number_of(low), low, "is not a number")
    most = None if high is None else _needed(number_of(high), high, "is not a number")
    return _on_numbers(lambda number: (least is None or number >= least) and (most is None or number <= most))


def _between_moments(row: Row, low: object, high: object) -> Test:
    opens = None if low is None else _needed(moment_of(low, row.zone), low, "is not a date")
    closes = None if high is None else _needed(moment_of(high, row.zone), high, "is not a date")
    return _on_moments(
        lambda instant: (opens is None or instant >= opens.first) and (closes is None or instant <= closes.last)
    )


def _before(row: Row) -> Test:
    limit = row.moment().first
    return _on_moments(lambda instant: instant < limit)


def _after(row: Row) -> Test:
    limit = row.moment().last
    return _on_moments(lambda instant: instant > limit)


def _in_last_days(row: Row) -> Test:
    days = row.number()
    try:
        span = timedelta(days=days)
    except OverflowError:
        raise Unfit(f"{quoted(text_of(row.value))} days are too many") from None

    def test(seen: Seen, view: View) -> bool | None:
        moments = seen.moments(view.zone)
        if moments is None:
            return None
        return any(moment.first <= view.now and view.now - moment.first <= span for moment in moments)

    return test


def _in_postal(row: Row) -> Test:
    try:
        ranges = [parse_postal(part) for value in row.values() for part in text_of(value).split(",") if part.strip()]
    except ValueError as problem:
        raise Unfit(str(problem)) from None
    return lambda seen, view: any(in_range(normal_code(code), postal) for code in seen.texts for postal in ranges)


def _in_territory(row: Row) -> Test:
    names = [text_of(value) for value in row.values()]
    if row.options is not None:
        _any_text_of(row)  # warns of territories that are gone

    def test(seen: Seen, view: View) -> bool | None:
        try:
            return any(view.in_territory(name) for name in names)
        except Exception:  # handed in from outside, and the engine never raises
            return None

    return test


def _has_signal(row: Row) -> Test:
    """Any signal of the kind that has not faded; with a number from 0 to 1: one that is still that strong."""
    if row.value is None or row.value == "":
        return lambda seen, view: bool(seen.values)
    least = row.number()
    if not 0 <= least <= 1:
        raise Unfit(f"{quoted(text_of(row.value))} is no strength: it goes from 0 to 1")
    return _on_numbers(lambda strength: strength >= least)


OPERATORS: Mapping[Operator, Callable[[Row], Test]] = MappingProxyType(
    {
        Operator.IS: _is,
        Operator.IS_NOT: _is_not,
        Operator.ANY_OF: _any_of,
        Operator.NONE_OF: _none_of,
        Operator.CONTAINS: _contains,
        Operator.STARTS_WITH: _starts_with,
        Operator.ENDS_WITH: _ends_with,
        Operator.MATCHES: _matches,
        Operator.EMPTY: _empty,
        Operator.NOT_EMPTY: _not_empty,
        Operator.LT: _lt,
        Operator.LTE: _lte,
        Operator.GT: _gt,
        Operator.GTE: _gte,
        Operator.BETWEEN: _between,
        Operator.BEFORE: _before,
        Operator.AFTER: _after,
        Operator.IN_LAST_DAYS: _in_last_days,
        Operator.IN_POSTAL: _in_postal,
        Operator.IN_TERRITORY: _in_territory,
        Operator.HAS_SIGNAL: _has_signal,
    }
)
