"""What the pages of an import show: the preview of what would change, the result, and the rows that cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import capfirst

from reps.admin_display import badge, person
from routing.admin.import_access import ACCESS
from routing.admin.import_forms import short
from routing.admin.labels import OUTCOMES, label_of
from routing.models import Import, ImportRow, Lead
from routing.services.imports.sections.all import KINDS
from routing.services.imports.sections.table_section import ADDS, differences
from routing.services.imports.state import settled

Status, State = Import.Status, ImportRow.State
EXAMPLES = 20
FIELDS_SHOWN = 4
TONES: Mapping[str, str] = {
    Status.MAPPING: "blue",
    Status.CHECKING: "blue",
    Status.READY: "amber",
    Status.RUNNING: "blue",
    Status.DONE: "green",
    Status.CANCELLED: "neutral",
    Status.FAILED: "red",
    Status.UNDOING: "blue",
    Status.UNDONE: "neutral",
}
STATES: Mapping[str, tuple[str, str]] = {
    State.NEW: ("New", "green"),
    State.CHANGED: ("Changed", "blue"),
    State.REMOVED: ("Removed", "amber"),
    State.UNCHANGED: ("Unchanged", "neutral"),
    State.REJECTED: ("Rejected", "red"),
}
DONE: Mapping[str, str] = {State.NEW: "Added", State.CHANGED: "Changed", State.REMOVED: "Removed"}
STEPS = ("Upload", "Columns", "Preview", "Import")


def step_of(imported: Import) -> int:
    """Where on the way an import is; 4: it is over."""
    return {Status.MAPPING: 1, Status.CHECKING: 2, Status.READY: 2}.get(Status(imported.status), 3)


def steps(imported: Import | None) -> list[dict[str, Any]]:
    at = 0 if imported is None else step_of(imported)
    over = imported is not None and imported.status in (Status.DONE, Status.UNDONE)
    return [
        {"name": name, "state": "done" if place < at or over else "here" if place == at else ""}
        for place, name in enumerate(STEPS)
    ]


def state_badge(imported: Import) -> SafeString:
    return badge(imported.get_status_display(), TONES[imported.status])


def counts(imported: Import) -> dict[str, int]:
    """Rows by state, as the check found them."""
    found = imported.report.get("states") or {}
    return {state: int(found.get(state, 0)) for state in STATES}


def preview(imported: Import, *, linked: bool) -> list[dict[str, Any]]:
    """Each state with its count and its first rows."""
    return [
        {
            "state": state,
            "badge": badge(label, tone),
            "count": count,
            "label": label,
            "rows": rows_of(imported, state),
            "more": max(0, count - EXAMPLES),
            "open": state == State.REJECTED and linked,
        }
        for state, (label, tone) in STATES.items()
        if (count := counts(imported)[state])
    ]


def rows_of(imported: Import, state: str) -> list[dict[str, Any]]:
    rows = list(imported.rows.filter(state=state).select_related("lead").order_by("number")[:EXAMPLES])
    leads = _leads(rows) if state == State.CHANGED else {}
    return [_row(imported, row, leads) for row in rows]


def _leads(rows: Sequence[ImportRow]) -> Mapping[int, Lead]:
    """The leads that rows change, by key."""
    return Lead.objects.in_bulk([row.before["lead"] for row in rows if row.before and "lead" in row.before])


def _column(imported: Import, field: str) -> str:
    return next((column for column, name in imported.mapping.items() if name == field), "")


def _row(imported: Import, row: ImportRow, leads: Mapping[int, Lead]) -> dict[str, Any]:
    told = row.before or {}
    return {
        "place": "—" if row.state == State.REMOVED else f"{row.number + 1:,}",
        "shown": _shown(row.values),
        "errors": _errors(row),
        "adds": told.get(ADDS, 0) + 1 if ADDS in told else 0,
        "differences": _differences(imported, row, leads) if row.state == State.CHANGED else [],
        "undo": " ".join(row.errors.get("undo", [])),
    }


def _differences(imported: Import, row: ImportRow, leads: Mapping[int, Lead]) -> list[tuple[str, Any, Any]]:
    """What a row changes: label, before, after."""
    kind, told = KINDS.get(imported.section), row.before or {}
    if kind:
        return differences(kind, told) if "state" in told else []
    if "was" in told:
        return [(words(name), told["was"].get(name), value) for name, value in (told.get("became") or {}).items()]
    lead = leads.get(told.get("lead", 0))
    return [
        (words(name), getattr(lead, name, ""), row.values.get(_column(imported, name), ""))
        for name in told.get("changes") or ()
    ]


def words(field: str) -> str:
    return field.replace("_", " ").capitalize()


def _shown(values: Mapping[str, Any]) -> str:
    return " · ".join(short(value) for value in list(values.values())[:FIELDS_SHOWN])


def _errors(row: ImportRow) -> list[dict[str, str]]:
    """Column, what stands there, and what is wrong and to be done."""
    return [
        {"column": column, "value": short(row.values.get(column, "")), "text": capfirst(" ".join(texts))}
        for column, texts in row.errors.items()
        if column != "undo"
    ]


def notes(imported: Import) -> list[str]:
    return [f"{count:,} {sentence}." for sentence, count in (imported.report.get("notes") or {}).items()]


def by_rep(imported: Import) -> dict[str, Any] | None:
    """Of leads: how many each rep would get now, most first, and what becomes of the others."""
    found = imported.report.get("preview")
    if not found:
        return None
    lines: list[tuple[str, int]] = [(person(line["name"]), line["leads"]) for line in found["reps"]]
    others = {outcome: count for outcome, count in found["outcomes"].items() if outcome != "assigned" and count}
    lines += [(label_of(OUTCOMES, outcome), count) for outcome, count in others.items()]
    most = max((count for _, count in lines), default=0)
    return {
        "lines": [
            {"person": who, "count": count, "percent": 100 * count / most if most else 0} for who, count in lines
        ],
        "note": found.get("problem") or _looked_at(found),
    }


def _looked_at(found: Mapping[str, Any]) -> str:
    if found["looked_at"] >= found["leads"]:
        return "By the published rules, with turns, hours and limits as they are now."
    return (
        f"By the published rules over the first {found['looked_at']:,} leads, and in proportion for all "
        f"{found['leads']:,}. Turns, hours and limits are as they are now."
    )


def as_it_is(imported: Import) -> Import:
    """With the fate of a run that ended without saying so."""
    return settled(imported)


def things(imported: Import) -> str:
    """What the rows are together, where several rows can be one thing."""
    found = imported.report.get("things")
    if not found:
        return ""
    said = counts_in_words(found["counts"])
    return f"Of {found['many']}: {said}." if said else ""


def counts_in_words(found: Mapping[str, int]) -> str:
    """3 new, 1 rejected."""
    return ", ".join(f"{found[state]:,} {label.lower()}" for state, (label, _) in STATES.items() if found.get(state))


def button(imported: Import) -> str:
    """What the one button says that makes it true."""
    number = to_write(imported)
    if imported.section == Import.Section.LEADS:
        return f"Route {number:,} {'lead' if number == 1 else 'leads'}"
    return f"Import {_rows(number)}"


def to_write(imported: Import) -> int:
    return sum(counts(imported)[state] for state in DONE)


def result(imported: Import) -> list[str]:
    """What was done, as sentences."""
    applied = imported.report.get("applied") or {}
    sentences = [f"{word}: {_rows(applied[state])}." for state, word in DONE.items() if applied.get(state)]
    if rejected := applied.get("rejected", counts(imported)[State.REJECTED]):
        sentences.append(f"Rejected: {_rows(rejected)}. Take them as a file, mend them, and upload that file.")
    if undone := imported.report.get("undone"):
        stays = f" Stayed as they are: {_rows(undone['stays'])}." if undone["stays"] else ""
        sentences.append(f"Taken back: {_rows(undone['undone'])}.{stays}")
    return sentences or ["Nothing was changed."]


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def stays(imported: Import) -> list[dict[str, Any]]:
    """Rows that could not be taken back, with the reason."""
    kept = imported.rows.filter(applied=True, undone=False).exclude(errors={}).order_by("number")[:EXAMPLES]
    return [row for row in (_row(imported, one, {}) for one in kept) if row["undo"]]


def when_it_counts(section: str) -> str:
    if section == Import.Section.LEADS:
        return "Leads are stored and routed at once."
    if ACCESS[section].draft:
        return "In draft: nothing changes for leads before you publish."
    return "Live at once."
