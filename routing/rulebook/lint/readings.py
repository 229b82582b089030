"""A row of conditions as what it asks of a field: values, a piece of text, a stretch of numbers or of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo

from routing.engine.conditions import OPTIONS, check_condition
from routing.engine.fields import FIELDS, OPERATORS_BY_KIND, FieldKind, kind_of
from routing.engine.folding import fold
from routing.engine.postal import parse_postal
from routing.engine.seen import Moment, moment_of, number_of, text_of, yes_or_no
from routing.engine.types import Condition, Operator, PostalRange
from routing.rulebook.words import condition_in_words

CHOICES = (FieldKind.OPTION, FieldKind.TERRITORY)
SOME_OF = frozenset({Operator.IS, Operator.ANY_OF})
NONE_OF = frozenset({Operator.IS_NOT, Operator.NONE_OF})
NUMBERS = frozenset({Operator.LT, Operator.LTE, Operator.GT, Operator.GTE, Operator.BETWEEN})
MOMENTS = frozenset({Operator.BEFORE, Operator.AFTER})
SILENT = NONE_OF | {Operator.EMPTY, Operator.IN_TERRITORY, Operator.HAS_SIGNAL}
"""Operators that can hold although the field is not known."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high`; a missing end is open, and an end may be excluded."""

    low: float = float("-inf")
    high: float = float("inf")
    low_out: bool = False
    high_out: bool = False

    def __contains__(self, number: float) -> bool:
        above = number > self.low or (number == self.low and not self.low_out)
        return above and (number < self.high or (number == self.high and not self.high_out))

    def within(self, other: Span) -> bool:
        return self.cut(other) == self

    def cut(self, other: Span) -> Span:
        """What lies in both."""
        low, low_out = max((self.low, self.low_out), (other.low, other.low_out))
        high, inside = min((self.high, not self.high_out), (other.high, not other.high_out))
        return Span(low, high, low_out, not inside)

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.low_out or self.high_out))


@dataclass(frozen=True, slots=True)
class Reading:
    """One row, read. `literal` is its operator and value as they are written; `measure` tells numbers from moments.

    `single`: the field has one value at most, where others may hold a list.
    `broken`: the row never holds, whatever the lead.
    """

    field: str
    operator: str
    words: str
    literal: str
    single: bool = True
    numeric: bool = False
    values: frozenset[str] = frozenset()
    text: str = ""
    measure: str = ""
    span: Span | None = None
    days: float | None = None
    ranges: tuple[PostalRange, ...] = ()
    broken: bool = False

    @property
    def positive(self) -> bool:
        """Whether the field must be known for the row to hold."""
        return self.operator not in SILENT


def read(condition: Condition, *, options: Mapping[str, frozenset[str]], zone: tzinfo) -> Reading:
    """What a row asks. `options`: field → what can be chosen, folded; `zone`: where days begin."""
    field, operator, value = condition.field, condition.operator, condition.value
    kind = kind_of(field)
    words = condition_in_words({"field": field, "op": operator, "value": _plain(value)})
    basis = Reading(field, operator, words, f"{operator} {value!r}", single=field in FIELDS)
    if kind is None or _is_broken(condition, kind, options):
        return replace(basis, broken=True)
    return _READ_BY_KIND.get(kind, _read_any)(basis, kind, condition, zone)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _values(value: object) -> tuple[object, ...]:
    given = value if isinstance(value, tuple | list) else (value,)
    return tuple(one for one in given if one is not None and one != "")


def _folded(value: object) -> frozenset[str]:
    return frozenset(fold(text_of(one)) for one in _values(value))


def _is_broken(condition: Condition, kind: FieldKind, options: Mapping[str, frozenset[str]]) -> bool:
    if condition.operator not in OPERATORS_BY_KIND[kind]:
        return True
    if condition.operator == Operator.MATCHES and condition.pattern is None:
        return True
    if check_condition(condition.field, condition.operator, condition.value, options=options) is None:
        return False
    # of several options some may be gone: the row still holds for the others
    return kind not in CHOICES or _folded(condition.value).isdisjoint(options.get(condition.field, frozenset()))


def _read_any(basis: Reading, kind: FieldKind, condition: Condition, zone: tzinfo) -> Reading:
    operator, value = Operator(condition.operator), condition.value
    if operator in NUMBERS:
        return replace(basis, measure="number", span=_number_span(operator, value))
    if operator in MOMENTS:
        return replace(basis, measure="moment", span=_moment_span(operator, value, zone))
    if operator is Operator.IN_LAST_DAYS:
        return replace(basis, days=float(number_of(_values(value)[0]) or 0))
    if operator is Operator.IN_POSTAL:
        parts = [part for one in _values(value) for part in text_of(one).split(",") if part.strip()]
        return replace(basis, ranges=tuple(parse_postal(part) for part in parts))
    if operator in SOME_OF | NONE_OF | {Operator.IN_TERRITORY}:
        return replace(basis, values=_folded(value))
    if operator in (Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH):
        return replace(basis, text=next(iter(_folded(value))))
    return basis


def _read_number(basis: Reading, kind: FieldKind, condition: Condition, zone: tzinfo) -> Reading:
    if condition.operator in SOME_OF | NONE_OF:
        numbers = frozenset(text_of(number_of(one)) for one in _values(condition.value))
        return replace(basis, numeric=True, values=numbers)
    return replace(_read_any(basis, kind, condition, zone), numeric=True)


def _read_yes_no(basis: Reading, kind: FieldKind, condition: Condition, zone: tzinfo) -> Reading:
    if condition.operator in SOME_OF | NONE_OF:
        return replace(basis, values=frozenset(text_of(yes_or_no(one)) for one in _values(condition.value)))
    return basis


def _read_instant(basis: Reading, kind: FieldKind, condition: Condition, zone: tzinfo) -> Reading:
    operator = Operator(condition.operator)
    if operator in MOMENTS | {Operator.IS, Operator.BETWEEN}:
        return replace(basis, measure="moment", span=_moment_span(operator, condition.value, zone))
    return _read_any(basis, kind, condition, zone)


_READ_BY_KIND = {
    FieldKind.NUMBER: _read_number,
    FieldKind.YES_NO: _read_yes_no,
    FieldKind.INSTANT: _read_instant,
}


def _number_span(operator: Operator, value: object) -> Span:
    if operator is Operator.BETWEEN:
        low, high = (number_of(end) for end in _ends(value))
        return Span(float("-inf") if low is None else low, float("inf") if high is None else high)
    number = number_of(_values(value)[0]) or 0
    match operator:
        case Operator.LT:
            return Span(high=number, high_out=True)
        case Operator.LTE:
            return Span(high=number)
        case Operator.GT:
            return Span(low=number, low_out=True)
        case _:
            return Span(low=number)


def _moment_span(operator: Operator, value: object, zone: tzinfo) -> Span:
    low, high = _ends(value) if operator is Operator.BETWEEN else (_values(value)[0],) * 2
    opens, closes = moment_of(low, zone), moment_of(high, zone)
    match operator:
        case Operator.BEFORE:
            return Span(high=_first(opens), high_out=True)
        case Operator.AFTER:
            return Span(low=_last(closes), low_out=True)
        case _:
            return Span(_first(opens) if opens else float("-inf"), _last(closes) if closes else float("inf"))


def _first(moment: Moment | None) -> float:
    return moment.first.timestamp() if moment else float("-inf")


def _last(moment: Moment | None) -> float:
    return moment.last.timestamp() if moment else float("inf")


def _ends(value: object) -> tuple[object, object]:
    """The two ends of a range, None or "" where open."""
    if isinstance(value, Mapping):
        return value.get("min", value.get("from")), value.get("max", value.get("to"))
    if isinstance(value, tuple | list) and len(value) == 2:
        return value[0], value[1]
    return None, None


def options_of(territories: Mapping[int, object]) -> Mapping[str, frozenset[str]]:
    """What can be chosen, territories by name included."""
    names = frozenset(fold(str(getattr(one, "name", ""))) for one in territories.values())
    return {**OPTIONS, "territory": names}
