"""What the page of one lead says: the story in a paragraph, what we know, what happened, and why this rep."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reps.admin_display import badge, countdown, day, moment, person, span
from reps.models import Rep
from routing.admin.decision_tables import decision_tables, why_in_short
from routing.admin.labels import HELD_REASONS, METHODS, OUTCOMES, STATUS_TONES, label_of
from routing.admin.lead_questions import match_url, offers
from routing.engine.explain import LENT, discreet, discreet_text
from routing.insights.speed import Part
from routing.intake.normalise import country_name, region_name
from routing.models import Assignment, Consent, Decision, Lead
from routing.services.lead_cards import plain_text
from routing.services.timeline import timeline
from routing.snapshots.traces import expand

DECISIONS_SHOWN = 20
PARTS = (
    ("of it the system's", Part.SYSTEM),
    ("nobody available", Part.NOBODY),
    ("outside the hours", Part.OUTSIDE),
    ("the owners' own", Part.REP),
)
"""Whose time it was until the first response."""
FACTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Request", ("kind", "message", "product_interest", "expected_amount", "job_title")),
    ("Contact", ("email", "phone", "language", "consent")),
    ("Company", ("company", "domain", "website", "industry", "employees", "annual_revenue")),
    ("Place", ("country", "region", "city", "postal_code")),
    ("Where it came from", ("source", "form", "campaign", "external_id")),
)


def lead_context(lead: Lead, *, now: datetime, viewer: Rep | None, sees_all: bool) -> dict[str, Any]:
    """Everything for the template. A rep sees of the others only who won."""
    decisions = list(Decision.objects.filter(lead=lead).select_related("rep", "pool").order_by("-pk")[:DECISIONS_SHOWN])
    latest = decisions[0] if decisions else None
    trace = expand([latest])[0] if latest else {}
    if not sees_all:
        trace = discreet({"reason": "", "trace": trace})["trace"]
        for decision in decisions:
            decision.reason = discreet_text(decision.reason)
    current: Assignment | None = lead.open_assignments[0] if lead.open_assignments else None  # type: ignore[attr-defined]
    return {
        "lead": lead,
        "status_badge": badge(lead.get_status_display(), STATUS_TONES.get(lead.status, "neutral")),
        "owner_shown": person(lead.owner.name, lead.owner.email) if lead.owner else "",
        "story": story(lead, current, now),
        "figures": figures(lead, current),
        "facts": facts(lead, linked=sees_all),
        "timeline": happened(lead, now, for_rep=not sees_all),
        **decided(latest, trace, now),
        "tables": decision_tables(trace, viewer=viewer, sees_all=sees_all),
        "topics": trace.get("topics", []) if sees_all else [],
        "offers": offers(lead, now) if sees_all else [],
        "earlier": [
            (moment(decision.decided_at, now), label_of(OUTCOMES, decision.outcome), decision.reason)
            for decision in decisions[1:]
        ],
    }


def happened(lead: Lead, now: datetime, *, for_rep: bool) -> list[dict[str, Any]]:
    """The timeline; who did something is left out where the text says it."""
    return [
        {
            "when": moment(entry.at, now),
            "text": entry.text,
            "actor": "" if entry.actor in entry.text else entry.actor,
        }
        for entry in timeline(lead, for_rep=for_rep)
    ]


def decided(latest: Decision | None, trace: dict[str, Any], now: datetime) -> dict[str, Any]:
    """When and why the latest decision fell as it did."""
    if latest is None:
        return {"latest": None, "decided": "", "why": [], "deciding": []}
    by = [f"Decided by: {trace['deciding']}."] if trace.get("deciding") and trace.get("winner") else []
    return {
        "latest": latest,
        "decided": moment(latest.decided_at, now),
        "why": why_in_short(latest.reason, trace),
        "deciding": [*by, *trace.get("notes", ())],
    }


def story(lead: Lead, current: Assignment | None, now: datetime) -> list[SafeString]:
    """Received, owned by, why, alerted, waited: one paragraph."""
    who = lead.name or lead.email or lead.phone or "Somebody"
    company = f" of {lead.company}" if lead.company else ""
    source = f" through {lead.source}" if lead.source else ""
    came = format_html(
        "<b>{}</b>{} came in {}{} ({}).",
        who,
        company,
        moment(lead.submitted_at, now),
        source,
        lead.get_kind_display().lower(),
    )
    return [came, *_state_sentences(lead, current, now)]


def _state_sentences(lead: Lead, current: Assignment | None, now: datetime) -> list[SafeString]:
    match lead.status:
        case Lead.Status.PENDING:
            return [format_html("It is being routed{}.", "")]
        case Lead.Status.HELD:
            return _held(lead, now)
        case Lead.Status.PARKED:
            return [format_html("It is in nurture: {}. It comes back on {}.", lead.park_reason, day(lead.review_date))]
        case Lead.Status.QUARANTINED:
            reason = (lead.screen_reason or "it looks like spam").removesuffix(".")
            return [format_html("It needs a review: {}.", reason)]
        case Lead.Status.DUPLICATE:
            return [format_html("It joined {}.", link_to(lead.duplicate_of) if lead.duplicate_of else "another lead")]
    return _owned(lead, current, now) if lead.owner else [format_html("It is closed{}.", "")]


def _held(lead: Lead, now: datetime) -> list[SafeString]:
    sentences = [
        format_html(
            "It began to wait {}: {}.",
            moment(lead.held_since, now),
            label_of(HELD_REASONS, lead.held_reason).lower(),
        )
    ]
    if lead.hold_deadline_at:
        sentences.append(
            format_html("If nobody takes it, the last resort gets it {}.", moment(lead.hold_deadline_at, now))
        )
    return sentences


def _owned(lead: Lead, current: Assignment | None, now: datetime) -> list[SafeString]:
    assert lead.owner is not None
    how = label_of(METHODS, lead.method).lower()
    lent = lead.method in LENT  # the rule only lent its alert and response time
    rule = f", by the rule “{current.rule.name}”" if current and current.rule and not lent else ""
    pool = f" in the pool {current.pool.name}" if current and current.pool else ""
    got = format_html("<b>{}</b> got it {} ({}{}{}).", lead.owner.name, moment(lead.owned_at, now), how, pool, rule)
    return [got, *_told_and_answered(lead.owner.name, current, now)] if current else [got]


def _told_and_answered(owner: str, current: Assignment, now: datetime) -> list[SafeString]:
    sentences = []
    if current.alerted_at:
        delay = (current.alerted_at - current.assigned_at).total_seconds()
        sentences.append(format_html("The alert was sent {} later.", span(delay)))
    elif current.alert != "none":
        sentences.append(format_html("The alert is not sent yet{}.", ""))
    if current.responded_at:
        sentences.append(format_html("{} answered {}.", owner, moment(current.responded_at, now)))
    elif current.due_at:
        sentences.append(format_html("The answer is due: {}.", countdown(current.due_at, now)))
    return sentences


def figures(lead: Lead, current: Assignment | None) -> list[tuple[str, str]]:
    """How long each step took."""
    shown = []
    if lead.first_owned_at:
        shown.append(("to an owner", span((lead.first_owned_at - lead.submitted_at).total_seconds())))
    if current and current.alerted_at:
        shown.append(("to the alert", span((current.alerted_at - current.assigned_at).total_seconds())))
    if current and current.responded_at:
        start = current.alerted_at or current.assigned_at
        shown.append(("to the answer", span((current.responded_at - start).total_seconds())))
    if lead.attempt > 1:
        shown.append(("owners so far", str(lead.attempt)))
    if lead.first_response_at:
        shown += [(label, span(getattr(lead, part) or 0)) for label, part in PARTS]
    return shown


def facts(lead: Lead, *, linked: bool) -> list[tuple[str, list[dict[str, Any]]]]:
    """What we know, with how each derived fact was derived."""
    groups = [(title, [_fact(lead, name) for name in names if _known(lead, name)]) for title, names in FACTS]
    extra = [*((f"UTM {key}", value) for key, value in lead.utm.items()), *lead.attributes.items()]
    if extra:
        groups.append(("Further facts", [{"label": _label(key), "value": plain_text(value)} for key, value in extra]))
    groups.append(("Consent", [_consent(row) for row in lead.consents.all()]))
    groups.append(("Matched", _matched(lead, linked=linked)))
    return [(title, rows) for title, rows in groups if rows]


def _consent(row: Consent) -> dict[str, Any]:
    """When, where, and what they read."""
    where = " · ".join(filter(None, [row.origin, row.page]))
    said = "given" if row.given else "not given"
    return {"label": day(row.given_at), "value": f"{said}: {where}" if where else said, "derived": row.wording}


def _matched(lead: Lead, *, linked: bool) -> list[dict[str, Any]]:
    matched = [_account(lead, linked=linked)] if lead.account else []
    matched += [{"label": "Score", "value": f"{lead.score:g}"}] if lead.score is not None else []
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
        '<a class="lr-link" href="{}">{}</a> <a class="lr-link lr-quiet" href="{}">Wrong company?</a>',
        address,
        account.name,
        match_url(lead, account.pk, "no"),
    )
    return {
        "label": "Account",
        "value": link if linked else account.name,
        "derived": ", ".join(filter(None, [lead.account_evidence, sure])),
    }


def link_to(lead: Lead) -> SafeString:
    return format_html(
        '<a class="lr-link" href="{}">{}</a>', reverse("admin:routing_lead_change", args=[lead.pk]), lead.label
    )
