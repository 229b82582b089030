"""Leads, and the decisions about them, as rows of a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Prefetch

from routing.models import Assignment, Decision, Lead
from routing.models.leads import LeadQuerySet
from routing.models.reading import rows_as_listed

AT_ONCE = 500
Columns = tuple[tuple[str, Callable[[Any], Any]], ...]


def utc(when: datetime | None) -> datetime | None:
    return when.astimezone(UTC) if when else None


def words(value: str) -> str:
    """round_robin as people read it."""
    return value.replace("_", " ").capitalize()


def _current(lead: Any) -> Assignment | None:
    return lead.open_assignments[0] if lead.open_assignments else None


def _of(name: str) -> Callable[[Any], Any]:
    """Something of the assignment that has not ended."""
    return lambda lead: getattr(_current(lead), name, None)


def _named(name: str) -> Callable[[Any], Any]:
    def read(lead: Any) -> str:
        row = getattr(_current(lead), name, None)
        return row.name if row else ""

    return read


def _seconds(name: str) -> Callable[[Any], Any]:
    def read(lead: Any) -> float | None:
        value = getattr(lead, name)
        return None if value is None else round(value, 1)

    return read


def _pairs(name: str) -> Callable[[Any], Any]:
    def read(lead: Any) -> str:
        value = getattr(lead, name)
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""

    return read


LEADS: Columns = (
    ("Received (UTC)", lambda lead: utc(lead.submitted_at)),
    ("Id", lambda lead: str(lead.uuid)),
    ("Status", lambda lead: lead.get_status_display()),
    ("First name", lambda lead: lead.first_name),
    ("Last name", lambda lead: lead.last_name),
    ("E-mail", lambda lead: lead.email),
    ("Phone", lambda lead: lead.phone),
    ("Company", lambda lead: lead.company),
    ("Website", lambda lead: lead.website),
    ("Job title", lambda lead: lead.job_title),
    ("Industry", lambda lead: lead.industry),
    ("Employees", lambda lead: lead.employees),
    ("Annual revenue", lambda lead: lead.annual_revenue),
    ("Expected amount", lambda lead: lead.expected_amount),
    ("Country", lambda lead: lead.country),
    ("Region", lambda lead: lead.region),
    ("Postal code", lambda lead: lead.postal_code),
    ("City", lambda lead: lead.city),
    ("Language", lambda lead: lead.language),
    ("Kind", lambda lead: lead.get_kind_display()),
    ("Source", lambda lead: lead.source),
    ("Form", lambda lead: lead.form),
    ("Campaign", lambda lead: lead.campaign),
    ("Product interest", lambda lead: lead.product_interest),
    ("Message", lambda lead: lead.message),
    ("UTM", _pairs("utm")),
    ("Attributes", _pairs("attributes")),
    ("Consent", lambda lead: lead.consent),
    ("Score", lambda lead: lead.score),
    ("Grade", lambda lead: lead.grade),
    ("Account", lambda lead: lead.account.name if lead.account else ""),
    ("Territory", lambda lead: lead.territory.name if lead.territory else ""),
    ("Owner", lambda lead: lead.owner.name if lead.owner else ""),
    ("Owner's e-mail", lambda lead: lead.owner.email if lead.owner else ""),
    ("Owned since (UTC)", lambda lead: utc(lead.owned_at)),
    ("Pool", _named("pool")),
    ("Rule", _named("rule")),
    ("How", lambda lead: words(lead.method)),
    ("Owners so far", lambda lead: lead.attempt),
    ("Answer due (UTC)", lambda lead: utc(_of("due_at")(lead))),
    ("First answer (UTC)", lambda lead: utc(lead.first_response_at)),
    ("System (seconds)", _seconds("system_seconds")),
    ("Nobody available (seconds)", _seconds("nobody_seconds")),
    ("Outside hours (seconds)", _seconds("outside_seconds")),
    ("Rep (seconds)", _seconds("rep_seconds")),
    ("Outcome", lambda lead: lead.get_outcome_display() if lead.outcome else ""),
    ("Amount", lambda lead: lead.amount),
    ("Outcome reason", lambda lead: lead.outcome_reason),
    ("Outcome (UTC)", lambda lead: utc(lead.outcome_at)),
    ("Your id", lambda lead: lead.external_id),
    ("Test", lambda lead: lead.test),
)
DECISIONS: Columns = (
    ("Decided (UTC)", lambda row: utc(row.decided_at)),
    ("Lead", lambda row: str(row.lead.uuid)),
    ("Lead's e-mail", lambda row: row.lead.email),
    ("Company", lambda row: row.lead.company),
    ("Outcome", lambda row: words(row.outcome)),
    ("How", lambda row: words(row.method)),
    ("Rep", lambda row: row.rep.name if row.rep else ""),
    ("Rep's e-mail", lambda row: row.rep.email if row.rep else ""),
    ("Pool", lambda row: row.pool.name if row.pool else ""),
    ("Rule", lambda row: row.rule_name),
    ("Version of the rulebook", lambda row: row.rulebook_version),
    ("Reason", lambda row: row.reason),
)


def lead_rows(leads: LeadQuerySet) -> Iterator[list[Any]]:
    """In the order of the list."""
    current = Assignment.objects.current().select_related("rule", "pool")
    related = Lead.objects.select_related("owner", "account", "territory")
    rows = related.prefetch_related(Prefetch("assignments", queryset=current, to_attr="open_assignments"))
    for lead in rows_as_listed(leads, rows, AT_ONCE):
        yield [read(lead) for _, read in LEADS]


def decision_rows(leads: LeadQuerySet) -> Iterator[list[Any]]:
    """Every decision about these leads, newest first."""
    keys = Lead.objects.filter(pk__in=leads.order_by().values("pk")).values("pk")
    listed = Decision.objects.filter(lead__in=keys).order_by("-pk")
    rows = Decision.objects.defer("trace").select_related("lead", "rep", "pool")
    for row in rows_as_listed(listed, rows, AT_ONCE):
        yield [read(row) for _, read in DECISIONS]
