"""What we know of a lead, each derived fact with how it was derived."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from reps.admin_display import day
from routing.admin.lead_questions import match_url
from routing.intake.normalise import country_name, region_name
from routing.models import Consent, Lead
from routing.services.lead_cards import plain_text

FACTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Request", ("kind", "message", "product_interest", "expected_amount", "job_title")),
    ("Contact", ("email", "phone", "language", "consent")),
    ("Company", ("company", "domain", "website", "industry", "employees", "annual_revenue")),
    ("Place", ("country", "region", "city", "postal_code")),
    ("Where it came from", ("source", "form", "campaign", "external_id")),
)


def facts(
    lead: Lead, *, linked: bool, derived: Mapping[str, str] = MappingProxyType({})
) -> list[tuple[str, list[dict[str, Any]]]]:
    """What we know, with how each derived fact was derived; `derived`: as the latest decision says it of the score."""
    groups = [(title, [_fact(lead, name) for name in names if _known(lead, name)]) for title, names in FACTS]
    extra = [*((f"UTM {key}", value) for key, value in lead.utm.items()), *lead.attributes.items()]
    if extra:
        groups.append(("Further facts", [{"label": _label(key), "value": plain_text(value)} for key, value in extra]))
    groups.append(("Consent", [_consent(row) for row in lead.consents.all()]))
    groups.append(("Matched", _matched(lead, linked=linked, derived=derived)))
    return [(title, rows) for title, rows in groups if rows]


def _consent(row: Consent) -> dict[str, Any]:
    """When, where, and what they read."""
    where = " · ".join(filter(None, [row.origin, row.page]))
    said = "given" if row.given else "not given"
    return {"label": day(row.given_at), "value": f"{said}: {where}" if where else said, "derived": row.wording}


def _matched(lead: Lead, *, linked: bool, derived: Mapping[str, str]) -> list[dict[str, Any]]:
    matched = [_account(lead, linked=linked)] if lead.account else []
    if lead.score is not None:
        told = derived.get("score", "").replace("; ", "\n")
        matched.append({"label": "Score", "value": f"{lead.score:g}", "derived": told})
    matched += [{"label": "Grade", "value": lead.grade}] if lead.grade else []
    matched += [{"label": "Outcome", "value": outcome_text(lead)}] if lead.outcome else []
    matched += [{"label": "Territory", "value": lead.territory.name}] if lead.territory else []
    return matched


def outcome_text(lead: Lead) -> str:
    """Won, 12,000: signed today."""
    amount = f", {lead.amount:,.0f}" if lead.amount else ""
    return f"{lead.get_outcome_display()}{amount}" + (f": {lead.outcome_reason}" if lead.outcome_reason else "")


def _known(lead: Lead, name: str) -> bool:
    return getattr(lead, name) not in (None, "")


def _fact(lead: Lead, name: str) -> dict[str, Any]:
    display = getattr(lead, f"get_{name}_display", None)
    value = display() if display else plain_text(getattr(lead, name))
    if name == "email":
        value = format_html('<a class="lr-link" href="mailto:{}">{}</a>', value, value)
    if name == "phone":
        value = format_html('<a class="lr-link" href="tel:{}">{}</a>', value, value)
    if name == "country":
        value = place_name(country_name(value), value)
    if name == "region":
        value = place_name(region_name(value), value)
    label = str(Lead._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return {"label": _label(label), "value": value, "derived": lead.derived.get(name, "")}


def place_name(name: str, code: str) -> str:
    """Germany (DE); the code alone where it is unknown."""
    return code if name == code else f"{name} ({code})"


def _label(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _account(lead: Lead, *, linked: bool) -> dict[str, Any]:
    sure = f"{lead.account_confidence:.0%} sure" if lead.account_confidence is not None else ""
    account = lead.account
    assert account is not None
    address = reverse("admin:routing_account_change", args=[account.pk])
    link = format_html(
        '<a class="lr-link" href="{}">{}</a>&emsp;<a class="lr-link lr-nowrap" href="{}">Wrong company?</a>',
        address,
        account.name,
        match_url(lead, account.pk, "no"),
    )
    return {
        "label": "Account",
        "value": link if linked else account.name,
        "derived": ", ".join(filter(None, [lead.account_evidence, sure])),
    }
