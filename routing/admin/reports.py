"""What the reports of repairs, checks and months look like on their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reps.admin_display import badge, exact, person, span
from routing.admin.labels import METHODS, SEVERITIES, UNTOUCHED, label_of
from routing.models import Lead
from routing.rulebook.lint import Finding

SHOWN = 100


def names_of(report: Mapping[str, Any]) -> dict[str, str]:
    """E-mail address → name of everybody whom the report counts."""
    return {line["rep"]: line["name"] or line["rep"] for line in report["reps"]}


def repair_report(report: Mapping[str, Any]) -> dict[str, Any]:
    """Which leads move, from whom to whom, and why others stay."""
    moves = report["moves"]
    shown = moves["listed"][:SHOWN]
    leads, names = leads_of(move["lead"] for move in shown), names_of(report)
    return {
        "count": moves["count"],
        "applied": report["applied"],
        "looked_at": report["looked_at"],
        "from": report["from"],
        "to": report["to"],
        "since": _instant(report["since"]),
        "until": _instant(report["until"]),
        "untouched": [(label_of(UNTOUCHED, reason), count) for reason, count in report["untouched"].items() if count],
        "reps": [{**line, "person": person(line["name"] or line["rep"])} for line in report["reps"]],
        "moves": [
            {
                **move,
                "lead": lead_link(move["lead"], leads),
                "from": names.get(move["from"], move["from"]),
                "to": names.get(move["to"], move["to"]),
                "how": label_of(METHODS, move["method"]),
            }
            for move in shown
        ],
        "more": max(0, moves["count"] - len(shown)),
    }


def month_report(report: Mapping[str, Any]) -> dict[str, Any]:
    """The first figures of a month; all of them are in the workbook."""
    counts = report["counts"]
    return {
        "title": report["title"],
        "over": report["over"],
        "zone": report["zone"],
        "facts": [
            ("Leads received", f"{counts['received']:,}"),
            ("First answers due", f"{counts['due']:,}"),
            ("In time", f"{counts['in_time'] / counts['due']:.1%}" if counts["due"] else "—"),
            ("Breaches", f"{counts['breaches']:,}"),
            ("Won", f"{counts['won']:,}"),
            ("Amount won", f"{counts['amount']:,.0f}"),
        ],
        "speeds": [
            (speed["title"], f"{speed['count']:,}", _span(speed["p50"]), _span(speed["p90"]))
            for speed in report["speeds"]
        ],
    }


def _span(seconds: float | None) -> SafeString | str:
    return "—" if seconds is None else span(seconds)


ONE_OF = {"territorie": "Territory", "sla_policie": "SLA policy"}
"""What one row of a section is called, where cutting off the s of the section does not say it."""


def lint_report(report: Mapping[str, Any]) -> dict[str, Any]:
    return {"count": len(report["findings"]), "findings": [finding_row(finding) for finding in report["findings"]]}


def finding_row(finding: Finding | Mapping[str, Any]) -> dict[str, Any]:
    """A finding of the linter, with a badge and the words for where it is."""
    get = finding.get if isinstance(finding, Mapping) else lambda key, missing="": getattr(finding, key, missing)
    severity = str(get("severity"))
    label, tone = SEVERITIES.get(severity, (severity, "neutral"))
    section = str(get("section") or "")
    name = get("name") or ""
    return {
        "badge": badge(label, tone),
        "where": f"{label_of(ONE_OF, section.removesuffix('s'))} “{name}”" if name else label_of({}, section),
        "text": get("message"),
        "severity": severity,
    }


def leads_of(uuids: Iterable[str]) -> dict[str, Lead]:
    """By id, those that are still there."""
    rows = Lead.objects.filter(uuid__in=list(uuids)).only(
        "pk", "uuid", "first_name", "last_name", "company", "email", "phone"
    )
    return {str(row.uuid): row for row in rows}


def lead_link(uuid: str, leads: Mapping[str, Lead]) -> SafeString | str:
    """A lead by its name; a lead that was erased by what is left."""
    lead = leads.get(uuid)
    if lead is None:
        return "A lead that is gone"
    address = reverse("admin:routing_lead_change", args=[lead.pk])
    return format_html('<a class="lr-link" href="{}">{}</a>', address, lead.label)


def _instant(text: str) -> str:
    instant = parse_datetime(text)
    return exact(instant) if instant else text
