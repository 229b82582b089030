"""Past deals from a table: which columns say what, what is wrong with them, and how leads fall into kinds.

Whatever cannot be judged honestly is refused in a sentence that says what, where, and what to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from routing.engine.counting import counted
from routing.engine.folding import fold, quoted
from routing.engine.types import RepId, Segment
from routing.evaluation.dates import YEARS, ambiguity, read_dates
from routing.evaluation.doubts import BY_OPTIONS, Words, look_at_kinds, look_at_reps
from routing.evaluation.kinds import kinds_of
from routing.evaluation.leaks import by_content, by_name
from routing.evaluation.refusals import CannotEvaluate, TooFewDeals

LEAST_ROWS = 200
LEAST_OF_REP = 10
"""Whoever had fewer leads cannot be judged, and is left out."""
NOTHING = frozenset({"", "nan", "null", "none", "n/a", "#n/a", "nat"})
"""What stands in cells of which nothing is known."""
OPEN = frozenset({"open", "pending", "in progress", "new", "working", "ongoing", "offen", "in arbeit"})
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column says what. `won`: what stands in `outcome` for deals that were won. `words`: how they were given."""

    rep: str
    outcome: str
    won: str
    date: str
    segments: tuple[str, ...] = ()
    words: Words = BY_OPTIONS


class Deal(NamedTuple):
    """A lead with its outcome. `day`: an ordinal. `row`: its row of the file, the header's being 1.

    `known`: the day on which its outcome was; None where that stands nowhere, and it counts as known with the lead.
    """

    row: int
    day: int
    rep: RepId
    segment: Segment
    won: bool
    known: int | None = None


@dataclass(frozen=True, slots=True)
class Deals:
    """Deals in order of time; reps' names by id; kinds by these columns; what should be known about them."""

    deals: Sequence[Deal]
    names: Mapping[RepId, str]
    dimensions: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Cells:
    """What stands in the rows that can be used, column by column."""

    rows: list[int] = field(default_factory=list)
    reps: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    segments: list[list[str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)


def read_deals(header: Sequence[str], rows: Iterable[tuple[int, Mapping[str, object]]], columns: Columns) -> Deals:
    """The deals of a table: numbered rows by the header's names. Raises CannotEvaluate."""
    columns = _found(header, columns)
    cells = _collected(rows, columns)
    warnings = _said(cells, columns)
    won = _outcomes(cells, columns, warnings)
    days = _days(cells, columns, warnings)
    _refuse_leaks(cells, columns, won, days)
    warnings += look_at_reps(cells.reps, won, columns.words)
    names, keep = _known_reps(cells, warnings)
    dimensions, segments = kinds_of(columns.segments, cells.segments, len(cells.rows), warnings)
    warnings += look_at_kinds(dimensions, segments, won, columns.words)
    if not dimensions:
        warnings.append(
            "All leads count as of one kind, so whoever was given good leads cannot be told from who is good. "
            "Name columns that were known when the lead came, such as source or size, with "
            f"{columns.words.segments}."
        )
    ids = {name: rep for rep, name in names.items()}
    deals = sorted(
        (
            Deal(cells.rows[place], days[place], ids[cells.reps[place]], segments[place], won[place])
            for place in keep
        ),
        key=lambda deal: deal.day,
    )  # fmt: skip
    return Deals(deals, names, dimensions, tuple(warnings))


def _found(header: Sequence[str], columns: Columns) -> Columns:
    """The columns as the header writes them."""
    by_fold = {fold(name): name for name in header}

    def find(name: str, option: str) -> str:
        if fold(name) in by_fold:
            return by_fold[fold(name)]
        near = get_close_matches(fold(name), by_fold, n=1)
        meant = f" Did you mean {quoted(by_fold[near[0]])}?" if near else ""
        raise CannotEvaluate(
            f"The file has no column {quoted(name)} ({option}).{meant} Its columns are: "
            f"{', '.join(map(quoted, header))}."
        )

    chosen = Columns(
        rep=find(columns.rep, "--rep"),
        outcome=find(columns.outcome, "--outcome"),
        won=columns.won,
        date=find(columns.date, "--date"),
        segments=tuple(dict.fromkeys(find(name, "--segments") for name in columns.segments)),
        words=columns.words,
    )
    given: dict[str, str] = {}
    for option, name in (("--rep", chosen.rep), ("--outcome", chosen.outcome), ("--date", chosen.date)):
        if (other := given.setdefault(name, option)) != option:
            raise CannotEvaluate(f"{other} and {option} are the same column, {quoted(name)}. Each needs its own.")
        if name in chosen.segments:
            raise CannotEvaluate(f"The column {quoted(name)} is given by {option}: take it out of --segments.")
    return chosen


def _collected(rows: Iterable[tuple[int, Mapping[str, object]]], columns: Columns) -> _Cells:
    cells = _Cells(segments=[[] for _ in columns.segments])
    same: dict[str, str] = {}

    def text(values: Mapping[str, object], column: str) -> str:
        given = visible(str(values.get(column, "")))
        if fold(given) in NOTHING:
            cells.empty[column] += 1
            return ""
        return same.setdefault(given, given)

    for row, values in rows:
        rep, outcome, date = (text(values, name) for name in (columns.rep, columns.outcome, columns.date))
        needed = ((columns.rep, rep), (columns.outcome, outcome), (columns.date, date))
        missing = next((name for name, given in needed if not given), "")
        if missing:
            cells.left_out[missing] += 1
            continue
        cells.rows.append(row)
        cells.reps.append(rep)
        cells.outcomes.append(outcome)
        cells.dates.append(date)
        for column, name in zip(cells.segments, columns.segments, strict=True):
            column.append(text(values, name))
    return cells


def visible(text: str) -> str:
    """As a cell is read: without what would act on a terminal, and blanks at the ends."""
    shown = text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)
    return shown.strip()


def _said(cells: _Cells, columns: Columns) -> list[str]:
    warnings = []
    for name, number in cells.left_out.items():
        warnings.append(f"{counted(number, 'row')} left out: nothing stands in the column {quoted(name)}.")
    for name in columns.segments:
        if (number := cells.empty[name]) and not columns.words.empty_is_usual:
            warnings.append(f"{counted(number, 'cell')} of {quoted(name)} are empty or NaN; they count as a value.")
    if len(cells.rows) < LEAST_ROWS:
        raise TooFewDeals(
            f"Only {counted(len(cells.rows), 'row')} of the file have a rep, an outcome and a date; at least "
            f"{LEAST_ROWS} are needed to say anything. Export a longer time.",
            len(cells.rows),
        )
    return warnings


def _outcomes(cells: _Cells, columns: Columns, warnings: list[str]) -> list[bool]:
    meant, found = fold(columns.won), Counter(cells.outcomes)
    won = [fold(outcome) == meant for outcome in cells.outcomes]
    shown = ", ".join(f"{quoted(value)} ({number:,})" for value, number in found.most_common(SHOWN))
    if not any(won):
        raise CannotEvaluate(
            f"No row has {quoted(columns.won)} (--won) in the column {quoted(columns.outcome)}. There stand: {shown}."
        )
    if all(won):
        raise CannotEvaluate(
            f"Every row of the column {quoted(columns.outcome)} says {quoted(columns.won)}. Lost deals are needed too: "
            "export them as well."
        )
    for value, number in found.items():
        if fold(value) in OPEN:
            warnings.append(
                f"{counted(number, 'row')} say {quoted(value)} and count as not won. Leave them out if they are "
                "not final."
            )
    return won


def _days(cells: _Cells, columns: Columns, warnings: list[str]) -> list[int]:
    dates = read_dates(set(cells.dates))
    wrong = [(row, text) for row, text in zip(cells.rows, cells.dates, strict=True) if text in dates.unreadable]
    if wrong:
        some = ", ".join(f"row {row} ({quoted(text, 30)})" for row, text in wrong[:SHOWN])
        raise CannotEvaluate(
            f"The column {quoted(columns.date)} has {counted(len(wrong), 'cell')} that cannot be read as a date: {some}"
            f"{' and more' if len(wrong) > SHOWN else ''}. Write dates as 2026-12-31, of the years {YEARS[0]} to "
            f"{YEARS[-1]}."
        )
    if dates.ambiguous:
        warnings.append(ambiguity(columns.date))
    if by_name(columns.date):
        warnings.append(
            f"{quoted(columns.date)} (--date) is called like the end of a deal. Give the day on which the lead came: "
            "else what is judged was known before."
        )
    return [dates.days[text] for text in cells.dates]


def _refuse_leaks(cells: _Cells, columns: Columns, won: Sequence[bool], days: Sequence[int]) -> None:
    found = {
        name: reason
        for name, values in zip(columns.segments, cells.segments, strict=True)
        if (reason := by_name(name) or by_content(values, won, days))
    }
    if found:
        named = "; ".join(f"{quoted(name)} ({reason})" for name, reason in found.items())
        raise CannotEvaluate(
            f"Known only after the outcome, so nothing to route by: {named}. Take it out of "
            f"{columns.words.segments}, which are for what is known when a lead comes."
        )


def _known_reps(cells: _Cells, warnings: list[str]) -> tuple[dict[RepId, str], list[int]]:
    """Reps with enough leads, by id, and the places of their rows."""
    leads = Counter(cells.reps)
    few = sorted(rep for rep, number in leads.items() if number < LEAST_OF_REP)
    known = sorted(rep for rep, number in leads.items() if number >= LEAST_OF_REP)
    if len(known) < 2:
        raise CannotEvaluate(
            f"Only {counted(len(known), 'rep')} had {LEAST_OF_REP} leads or more. Two are needed to compare anybody."
        )
    if few:
        some = ", ".join(f"{quoted(rep, 30)} ({counted(leads[rep], 'lead')})" for rep in few[:SHOWN])
        warnings.append(
            f"{counted(len(few), 'rep')} with fewer than {LEAST_OF_REP} leads left out, with "
            f"{sum(leads[r] for r in few):,} leads: {some}{' and more' if len(few) > SHOWN else ''}."
        )
    keep = [place for place, rep in enumerate(cells.reps) if leads[rep] >= LEAST_OF_REP]
    return dict(enumerate(known, start=1)), keep
