"""What a run found: one line a fault, as text, as Markdown and as JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

HEADINGS = ("row", "fault", "trials", "acked", "lost", "doubled", "late p99 / max", "alerts missing / extra", "verdict")
BEGIN, END = "<!-- chaos table: begin -->", "<!-- chaos table: end -->"


@dataclass
class Result:
    """One fault. `late` are seconds of what `measured` says; None: it does not concern this fault."""

    row: str
    fault: str
    trials: int = 0
    acked: int | None = None
    lost: int | None = None
    doubled: int | None = None
    measured: str = ""
    late: list[float] = field(default_factory=list)
    missing: int | None = None
    extra: int | None = None
    kills: int = 0
    mails: int = 0
    calls: int = 0
    repeats: int = 0
    breaches: list[str] = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        if self.skipped:
            return "not shown"
        return "BREACH" if self.breaches else "held"

    def add(self, other: Result) -> None:
        """What was found about further leads of the same fault."""
        for name in ("acked", "lost", "doubled", "missing", "extra", "mails", "calls", "repeats"):
            setattr(self, name, (getattr(self, name) or 0) + (getattr(other, name) or 0))
        self.breaches += other.breaches

    def cells(self) -> list[str]:
        late = f"{percentile(self.late, 0.99):.2f} / {max(self.late):.2f} s {self.measured}" if self.late else "–"
        alerts = f"{_shown(self.missing)} / {_shown(self.extra)}" if self.missing is not None else "–"
        numbers = [_shown(number) for number in (self.acked, self.lost, self.doubled)]
        return [self.row, self.fault, f"{self.trials:,}", *numbers, late, alerts, self.verdict]

    def as_json(self) -> dict[str, Any]:
        late = {"p99": percentile(self.late, 0.99), "max": max(self.late)} if self.late else None
        return asdict(self) | {"late": late, "verdict": self.verdict}


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def as_text(results: Sequence[Result]) -> str:
    """For a terminal; what was breached stands below."""
    rows = [list(HEADINGS), *(result.cells() for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, *(line for result in results for line in _notes(result)), "", totals(results), ""])


def verdict(result: Result) -> str:
    """One row as soon as it is known."""
    late = f", {result.measured} {percentile(result.late, 0.99):.2f} / {max(result.late):.2f} s" if result.late else ""
    line = f"        {result.row}: {result.verdict}, {result.trials:,} trials{late}, after {result.seconds:.0f} s"
    return "\n".join([line, *(f"        {note}" for note in _notes(result))])


def _notes(result: Result) -> list[str]:
    skipped = [f"  {result.row}: not shown here: {result.skipped}"] if result.skipped else []
    return [*(f"! {result.row}: {breach}" for breach in result.breaches), *skipped]


def as_markdown(results: Sequence[Result], *, note: str) -> str:
    rows = [HEADINGS, ["---"] * len(HEADINGS), *(result.cells() for result in results)]
    return "\n".join([note, "", *(f"| {' | '.join(row)} |" for row in rows), "", totals(results)])


def totals(results: Sequence[Result]) -> str:
    def total(name: str) -> int:
        return sum(getattr(result, name) or 0 for result in results)

    breached = [result.row for result in results if result.breaches]
    end = f"breached: {', '.join(breached)}" if breached else "every promise held"
    return (
        f"{total('kills'):,} processes killed; {total('acked'):,} leads acknowledged, {total('lost')} lost, "
        f"{total('doubled')} doubled; {total('mails'):,} mails, {total('missing')} missing, {total('extra')} extra; "
        f"{total('calls'):,} webhook deliveries, {total('repeats')} of them twice; {end}."
    )


def write_into(page: Path, text: str) -> None:
    """Put the table between its two marks."""
    old = page.read_text(encoding="utf-8")
    between = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not between.search(old):
        raise ValueError(f"{page} has no “{BEGIN}” … “{END}” to write between.")
    page.write_text(between.sub(lambda _: f"{BEGIN}\n{text}\n{END}", old), encoding="utf-8")


def _shown(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
