"""The figures of a month as a workbook: a sheet each, numbers as numbers, two charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import IO, Any, NamedTuple

from django.utils.dateparse import parse_datetime
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from reps.models import Rep
from routing.models import LedgerAccount
from routing.services.exports.ledgers import STATEMENT_HEADER, statement_rows
from routing.services.statement import statement
from routing.spreadsheets.write import neutral, saved

MOST_LINES = 100_000
LEFT_OUT = f"Only the first {MOST_LINES:,} lines are here. The page of each rep has their whole statement."
WHOLE, SHARE, SECONDS, LEADS, MONEY = "#,##0", "0.0%", "#,##0.0", "+#,##0.00;-#,##0.00;0.00", "#,##0.00"
INSTANT, DAY = "yyyy-mm-dd hh:mm", "yyyy-mm-dd"
HEAD = PatternFill("solid", start_color="E8EEF9")
BOLD = Font(bold=True)
TITLE = Font(bold=True, size=16)


class Column(NamedTuple):
    """`read` takes its value from a row of figures; `format` is how spreadsheets show it."""

    label: str
    read: Callable[[Mapping[str, Any]], Any]
    format: str = ""
    width: int = 14


def _of(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: row[name]


def _ratio(part: str, whole: str) -> Callable[[Mapping[str, Any]], float | None]:
    return lambda row: row[part] / row[whole] if row[whole] else None


NAME = Column("Name", _of("name"), width=30)
OWNED = (
    Column("Leads got", _of("got"), WHOLE),
    Column("Answered", _of("answered"), WHOLE),
    Column("Answers due", _of("due"), WHOLE),
    Column("In time", _of("in_time"), WHOLE),
    Column("Share in time", _ratio("in_time", "due"), SHARE),
    Column("Breaches", _of("breached"), WHOLE),
)
RECEIVED = (
    Column("Received", _of("received"), WHOLE),
    Column("Had an owner", _of("owned"), WHOLE),
    Column("Answered", _of("answered"), WHOLE),
    Column("Average to the first answer (seconds)", _of("seconds"), SECONDS, 22),
    Column("Won so far", _of("won"), WHOLE),
    Column("Amount won", _of("amount"), MONEY),
)
SHEETS: tuple[tuple[str, str, tuple[Column, ...]], ...] = (
    (
        "By rep", "reps",
        (
            NAME, Column("E-mail", _of("email"), width=30), *OWNED,
            Column("By turn", _of("turns"), WHOLE),
            Column("Entitled to (leads)", _of("entitled"), SECONDS, 18),
            Column("Balance now (leads)", _of("balance"), LEADS, 18),
            Column("Won", _of("won"), WHOLE), Column("Lost", _of("lost"), WHOLE),
            Column("Amount won", _of("amount"), MONEY),
        ),
    ),
    (
        "By pool", "pools",
        (
            NAME, *OWNED, Column("By turn", _of("by_turn"), WHOLE),
            Column("Farthest from fair (leads)", _of("largest_difference"), MONEY, 22),
        ),
    ),
    ("By source", "sources", (NAME, *RECEIVED)),
    ("By rule", "rules", (NAME, *OWNED)),
    ("By territory", "territories", (NAME, *RECEIVED)),
    ("SLA", "sla", (NAME, *OWNED)),
    (
        "By day", "days",
        (
            Column("Day", lambda row: date.fromisoformat(row["day"]), DAY),
            Column("Received", _of("received"), WHOLE),
            Column("Answers due", _of("due"), WHOLE),
            Column("In time", _of("in_time"), WHOLE),
            Column("Share in time", _ratio("in_time", "due"), SHARE),
        ),
    ),
)  # fmt: skip
STATUSES = (
    ("assigned", "Owned now"), ("held", "Waiting now"), ("pending", "Being routed"), ("parked", "Nurture"),
    ("duplicate", "Duplicates"), ("quarantined", "In review"), ("closed", "Closed"),
)  # fmt: skip


def write_workbook(figures: Mapping[str, Any]) -> IO[bytes]:
    """A temporary file, at its beginning, that is gone once it is closed. The lines of statements are read now."""
    book = Workbook(write_only=True)
    _summary(book, figures)
    for title, key, columns in SHEETS:
        _sheet(book, title, columns, figures[key])
    _statements(book, figures)
    return saved(book)


# --- sheets ------------------------------------------------------------------------------------------------------


def _summary(book: Any, figures: Mapping[str, Any]) -> None:
    page = book.create_sheet("Summary")
    for letter, width in zip("ABCDEFG", (46, 14, 14, 14, 14, 20, 20), strict=True):
        page.column_dimensions[letter].width = width
    page.append([_cell(page, figures["title"], font=TITLE)])
    page.append([_about(figures)])
    page.append([])
    for label, value, format in _totals(figures):
        page.append([_cell(page, label), _cell(page, value, format=format)])
    page.append([])
    header = ("Speed", "Leads", "Half within (s)", "90 % within (s)", "Target (s)", "Share within target")
    page.append([_head(page, name) for name in header])
    for speed in figures["speeds"]:
        cells = [(speed["title"], ""), (speed["count"], WHOLE), (speed["p50"], SECONDS), (speed["p90"], SECONDS)]
        cells += [(speed["target"], SECONDS), (speed["within"], SHARE)]
        page.append([_cell(page, value, format=format) for value, format in cells])


def _about(figures: Mapping[str, Any]) -> str:
    made = parse_datetime(figures["made_at"])
    until = "" if figures["over"] else " The month is not over yet: these are the figures until then."
    return f"Made {made:%Y-%m-%d %H:%M} UTC. Days are those of {figures['zone']}. Test leads are not counted.{until}"


def _totals(figures: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    counts = figures["counts"]
    yield "Leads received", counts["received"], WHOLE
    for status, label in STATUSES:
        if count := counts["by_status"].get(status):
            yield f"    {label}", count, WHOLE
    yield "First answers due", counts["due"], WHOLE
    yield "    in time", counts["in_time"], WHOLE
    yield "    share in time", counts["in_time"] / counts["due"] if counts["due"] else None, SHARE
    yield "Breaches noticed", counts["breaches"], WHOLE
    yield "Won", counts["won"], WHOLE
    yield "Lost", counts["lost"], WHOLE
    yield "Amount won", counts["amount"], MONEY


def _sheet(book: Any, title: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> None:
    page = book.create_sheet(title)
    _frame(page, [column.label for column in columns], [column.width for column in columns])
    for row in rows:
        page.append([_cell(page, column.read(row), format=column.format) for column in columns])
    if rows and (chart := CHARTS.get(title)):
        page.add_chart(chart(page, len(rows) + 1), f"{get_column_letter(len(columns) + 2)}2")


def _statements(book: Any, figures: Mapping[str, Any]) -> None:
    page = book.create_sheet("Statement lines")
    _frame(page, ["Rep", *STATEMENT_HEADER], [24, 18, *[16] * (len(STATEMENT_HEADER) - 1)])
    lines = statement_lines(figures)
    for line in islice(lines, MOST_LINES):
        page.append([_cell(page, value, format=_format_of(value)) for value in line])
    if next(lines, None):
        page.append([_cell(page, LEFT_OUT)])


def statement_lines(figures: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Of everybody who has a balance: each ledger with its opening, its lines and its closing balance."""
    since, until = datetime.fromisoformat(figures["start"]), datetime.fromisoformat(figures["end"])
    until = min(until, datetime.fromisoformat(figures["made_at"]))
    keeping = LedgerAccount.objects.order_by().values("rep")
    for rep in Rep.objects.filter(pk__in=keeping).order_by("name", "pk"):
        for row in statement_rows(statement(rep=rep, since=since, until=until)):
            yield [rep.name, *row]


def _format_of(value: Any) -> str:
    if isinstance(value, datetime):
        return INSTANT
    return LEADS if isinstance(value, float) else ""


# --- cells -------------------------------------------------------------------------------------------------------


def _frame(page: Any, labels: Sequence[str], widths: Iterable[int]) -> None:
    """A header that stays in sight."""
    page.freeze_panes = "B2"
    for place, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(place)].width = width
    page.append([_head(page, label) for label in labels])


def _head(page: Any, label: str) -> Any:
    cell = _cell(page, label, font=BOLD)
    cell.fill, cell.alignment = HEAD, Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(page: Any, value: Any, *, format: str = "", font: Font | None = None) -> Any:
    if isinstance(value, str):
        value = neutral(ILLEGAL_CHARACTERS_RE.sub("", value))
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    cell = WriteOnlyCell(page, value=value)
    if format:
        cell.number_format = format
    if font:
        cell.font = font
    return cell


# --- charts ------------------------------------------------------------------------------------------------------


def _by_rep(page: Any, last: int) -> Any:
    chart = BarChart()
    chart.title, chart.y_axis.title = "Leads got, and entitled to by turn", "Leads"
    for column in (9, 10):
        chart.add_data(Reference(page, min_col=column, min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(page, min_col=1, min_row=2, max_row=last))
    return _sized(chart)


def _by_day(page: Any, last: int) -> Any:
    chart = LineChart()
    chart.title, chart.y_axis.title = "Leads received, and answers in time", "Leads"
    for column in (2, 4):
        chart.add_data(Reference(page, min_col=column, min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(page, min_col=1, min_row=2, max_row=last))
    return _sized(chart)


def _sized(chart: Any) -> Any:
    chart.width, chart.height = 28, 12
    chart.x_axis.delete = chart.y_axis.delete = False
    return chart


CHARTS: Mapping[str, Callable[[Any, int], Any]] = {"By rep": _by_rep, "By day": _by_day}
