"""What a group of conditions lets through of one field; whether that is nothing, and which other rows it implies.

Every answer is certain: where it cannot be told, a row is not implied, and a group is not impossible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from routing.engine.postal import in_range, normal_code
from routing.engine.types import Operator, PostalRange
from routing.rulebook.lint.readings import NONE_OF, SOME_OF, Reading, Span


@dataclass(frozen=True, slots=True)
class Admitted:
    """All rows of a group on one field, put together.

    `choices`: of each set one value is there. A field with one value has at most one set, without those that its
    other rows rule out; the same holds for `spans` (by measure).
    """

    rows: tuple[Reading, ...]
    literals: frozenset[str]
    single: bool
    choices: tuple[frozenset[str], ...]
    excluded: frozenset[str]
    spans: Mapping[str, tuple[Span, ...]]

    @property
    def known(self) -> bool:
        return any(row.positive for row in self.rows)

    @property
    def unknown(self) -> bool:
        return any(row.operator == Operator.EMPTY for row in self.rows)

    def impossible(self) -> bool:
        """Whether no lead at all can meet these rows."""
        return (
            any(row.broken for row in self.rows)
            or (self.known and self.unknown)
            or any(not choice for choice in self.choices)
            or any(span.empty for spans in self.spans.values() for span in spans)
            or (self.single and _texts_clash(self.rows))
        )

    def implies(self, row: Reading) -> bool:
        """Whether `row` holds for every lead that meets these rows."""
        if row.broken:
            return False
        if row.literal in self.literals:
            return True
        test = _IMPLIES.get(row.operator)
        return test is not None and test(self, row)

    def only(self, value: str) -> Admitted:
        """The same where the one value is `value`."""
        return replace(self, choices=(frozenset({value}),))

    def lets_in(self, value: str) -> bool:
        """Whether a field of one value may have this one."""
        return (
            value not in self.excluded
            and all(value in choice for choice in self.choices)
            and _meets_all(self.rows, value)
        )


def admit(rows: Sequence[Reading]) -> Admitted:
    """The rows of one group on one field, put together."""
    single = all(row.single for row in rows)
    excluded = frozenset(value for row in rows if row.operator in NONE_OF for value in row.values)
    return Admitted(
        rows=tuple(rows),
        literals=frozenset(row.literal for row in rows),
        single=single,
        choices=tuple(choice - excluded for choice in _choices(rows, single=single)),
        excluded=excluded,
        spans=_spans(rows, single=single),
    )


def _choices(rows: Sequence[Reading], *, single: bool) -> list[frozenset[str]]:
    choices = [row.values for row in rows if row.operator in SOME_OF and row.values]
    if not single or not choices:
        return choices
    return [frozenset(value for value in frozenset.intersection(*choices) if _meets_all(rows, value))]


def _spans(rows: Sequence[Reading], *, single: bool) -> dict[str, tuple[Span, ...]]:
    spans: dict[str, tuple[Span, ...]] = {}
    for row in rows:
        if row.span is not None:
            spans[row.measure] = (*spans.get(row.measure, ()), row.span)
    return {measure: (reduce(Span.cut, some),) for measure, some in spans.items()} if single else spans


def admit_group(rows: Iterable[Reading]) -> dict[str, Admitted]:
    """A group, by field."""
    by_field: dict[str, list[Reading]] = {}
    for row in rows:
        by_field.setdefault(row.field, []).append(row)
    return {field: admit(some) for field, some in by_field.items()}


def _meets(row: Reading, value: str) -> bool:
    """Whether a single value can meet a row, as far as that can be told from its text."""
    match row.operator:
        case Operator.CONTAINS:
            return row.text in value
        case Operator.STARTS_WITH:
            return value.startswith(row.text)
        case Operator.ENDS_WITH:
            return value.endswith(row.text)
    if row.numeric and row.span is not None:
        return float(value) in row.span
    return True


def _meets_all(rows: Sequence[Reading], value: str) -> bool:
    return all(_meets(row, value) for row in rows)


def _texts_clash(rows: Sequence[Reading]) -> bool:
    """Two beginnings or two endings of one text that cannot both be."""
    begins = sorted((row.text for row in rows if row.operator == Operator.STARTS_WITH), key=len)
    ends = sorted((row.text for row in rows if row.operator == Operator.ENDS_WITH), key=len)
    return any(not begins[-1].startswith(text) for text in begins) or any(not ends[-1].endswith(text) for text in ends)


# --- which rows are implied, by operator -------------------------------------------------------------------------


def _some_of(own: Admitted, row: Reading) -> bool:
    if row.span is not None:
        return _within(own, row)
    return any(choice and choice <= row.values for choice in own.choices)


def _none_of(own: Admitted, row: Reading) -> bool:
    if row.values <= own.excluded or own.unknown:
        return True
    return own.single and not any(own.lets_in(value) for value in row.values)


def _contains(own: Admitted, row: Reading) -> bool:
    pieces = (Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH)
    return _all_meet(own, row) or any(other.operator in pieces and row.text in other.text for other in own.rows)


def _starts_with(own: Admitted, row: Reading) -> bool:
    return _all_meet(own, row) or any(
        other.operator == Operator.STARTS_WITH and other.text.startswith(row.text) for other in own.rows
    )


def _ends_with(own: Admitted, row: Reading) -> bool:
    return _all_meet(own, row) or any(
        other.operator == Operator.ENDS_WITH and other.text.endswith(row.text) for other in own.rows
    )


def _all_meet(own: Admitted, row: Reading) -> bool:
    return any(choice and all(_meets(row, value) for value in choice) for choice in own.choices)


def _within(own: Admitted, row: Reading) -> bool:
    if row.span is None:
        return False
    if row.numeric and _all_meet(own, row):
        return True
    return any(span.within(row.span) for span in own.spans.get(row.measure, ()))


def _in_last_days(own: Admitted, row: Reading) -> bool:
    return any(other.days is not None and row.days is not None and other.days <= row.days for other in own.rows)


def _in_postal(own: Admitted, row: Reading) -> bool:
    if any(other.ranges and all(_covered(one, row.ranges) for one in other.ranges) for other in own.rows):
        return True
    return any(choice and all(_lies_in(code, row.ranges) for code in choice) for choice in own.choices)


def _covered(one: PostalRange, ranges: Iterable[PostalRange]) -> bool:
    return any(
        len(wide.low) <= len(one.low)
        and wide.low <= one.low[: len(wide.low)]
        and one.high[: len(wide.low)] <= wide.high
        for wide in ranges
    )


def _lies_in(code: str, ranges: Iterable[PostalRange]) -> bool:
    return any(in_range(normal_code(code), one) for one in ranges)


def _in_territory(own: Admitted, row: Reading) -> bool:
    return any(other.operator == Operator.IN_TERRITORY and other.values <= row.values for other in own.rows)


_IMPLIES: Mapping[str, Callable[[Admitted, Reading], bool]] = {
    Operator.IS: _some_of,
    Operator.ANY_OF: _some_of,
    Operator.IS_NOT: _none_of,
    Operator.NONE_OF: _none_of,
    Operator.CONTAINS: _contains,
    Operator.STARTS_WITH: _starts_with,
    Operator.ENDS_WITH: _ends_with,
    Operator.EMPTY: lambda own, row: own.unknown,
    Operator.NOT_EMPTY: lambda own, row: own.known,
    Operator.LT: _within,
    Operator.LTE: _within,
    Operator.GT: _within,
    Operator.GTE: _within,
    Operator.BETWEEN: _within,
    Operator.BEFORE: _within,
    Operator.AFTER: _within,
    Operator.IN_LAST_DAYS: _in_last_days,
    Operator.IN_POSTAL: _in_postal,
    Operator.IN_TERRITORY: _in_territory,
}
