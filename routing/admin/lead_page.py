"""What the page of one lead says: the story in a paragraph, what we know, what happened, and why this rep."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pycountry
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reps.admin_display import badge, countdown, exact, moment, person, span
from reps.models import Rep
from routing.admin.labels import HELD_REASONS, METHODS, OUTCOMES, RULE_RESULTS, STATUS_TONES, label_of
from routing.admin.lead_questions import match_url, offers
from routing.admin.shares import share_bar
from routing.engine.explain import LENT, sentences
from routing.models import Assignment, Decision, Lead
from routing.rulebook.words import OPERATOR_WORDS
from routing.services.timeline import timeline
from routing.snapshots.traces import expand

DECISIONS_SHOWN = 20
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
    current: Assignment | None = lead.open_assignments[0] if lead.open_assignments else None  # type: ignore[attr-defined]
    return {
        "lead": lead,
        "status_badge": badge(lead.get_status_display(), STATUS_TONES.get(lead.status, "neutral")),
        "owner_shown": person(lead.owner.name, lead.owner.email) if lead.owner else "",
        "story": story(lead, current, now),
        "figures": figures(lead, current),
        "facts": facts(lead, linked=sees_all),
        "timeline": [
            {
                "when": moment(entry.at, now),
                "exact": exact(entry.at),
                "text": entry.text,
                "actor": "" if entry.actor in entry.text else entry.actor,
            }
            for entry in timeline(lead)
        ],
        "latest": latest,
        "decided": moment(latest.decided_at, now) if latest else "",
        "why": why(latest, trace) if latest else [],
        "candidates": candidates(trace, viewer=viewer, sees_all=sees_all),
        "has_scores": any(row["score"] is not None for row in trace.get("candidates", [])),
        "deciding": [f"Decided by: {trace['deciding']}.", *trace["notes"]]
        if trace.get("deciding")
        else list(trace.get("notes", ())),
        "topics": trace.get("topics", []) if sees_all else [],
        "offers": offers(lead, now) if sees_all else [],
        "rules": rule_rows(trace),
        "earlier": [
            (moment(decision.decided_at, now), label_of(OUTCOMES, decision.outcome), decision.reason)
            for decision in decisions[1:]
        ],
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
            return [format_html("It is in nurture: {}. It comes back on {}.", lead.park_reason, lead.review_date)]
        case Lead.Status.QUARANTINED:
            return [format_html("It needs a review: {}.", lead.screen_reason or "it looks like spam")]
        case Lead.Status.DUPLICATE:
            return [format_html("It joined {}.", link_to(lead.duplicate_of) if lead.duplicate_of else "another lead")]
    return _owned(lead, current, now) if lead.owner else [format_html("It is closed{}.", "")]


def _held(lead: Lead, now: datetime) -> list[SafeString]:
    sentences = [
        format_html(
            "It has been waiting since {}: {}.",
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
    sentences = [
        format_html(
            "<b>{}</b> has owned it since {} ({}{}{}).", lead.owner.name, moment(lead.owned_at, now), how, pool, rule
        )
    ]
    if current is None:
        return sentences
    if current.alerted_at:
        delay = (current.alerted_at - current.assigned_at).total_seconds()
        sentences.append(format_html("The alert was sent {} later.", span(delay)))
    elif current.alert != "none":
        sentences.append(format_html("The alert is not sent yet{}.", ""))
    if current.responded_at:
        sentences.append(format_html("{} answered {}.", lead.owner.name, moment(current.responded_at, now)))
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
    return shown


def facts(lead: Lead, *, linked: bool) -> list[tuple[str, list[dict[str, Any]]]]:
    """What we know, with how each derived fact was derived."""
    groups = [(title, [_fact(lead, name) for name in names if _known(lead, name)]) for title, names in FACTS]
    extra = [*((f"UTM {key}", value) for key, value in lead.utm.items()), *lead.attributes.items()]
    if extra:
        groups.append(("Further facts", [{"label": _label(key), "value": _plain(value)} for key, value in extra]))
    matched = [_account(lead, linked=linked)] if lead.account else []
    matched += [{"label": "Score", "value": f"{lead.score:g}"}] if lead.score is not None else []
    matched += [{"label": "Grade", "value": lead.grade}] if lead.grade else []
    matched += [{"label": "Outcome", "value": outcome_text(lead)}] if lead.outcome else []
    matched += [{"label": "Territory", "value": lead.territory.name}] if lead.territory else []
    groups.append(("Matched", matched))
    return [(title, rows) for title, rows in groups if rows]


def outcome_text(lead: Lead) -> str:
    """Won, 12,000: signed today."""
    amount = f", {lead.amount:,.0f}" if lead.amount else ""
    return f"{lead.get_outcome_display()}{amount}" + (f": {lead.outcome_reason}" if lead.outcome_reason else "")


def _known(lead: Lead, name: str) -> bool:
    return getattr(lead, name) not in (None, "")


def _fact(lead: Lead, name: str) -> dict[str, Any]:
    display = getattr(lead, f"get_{name}_display", None)
    value = display() if display else _plain(getattr(lead, name))
    if name == "email":
        value = format_html('<a class="lr-link" href="mailto:{}">{}</a>', value, value)
    if name == "phone":
        value = format_html('<a class="lr-link" href="tel:{}">{}</a>', value, value)
    if name == "country":
        value = place_name(pycountry.countries.get(alpha_2=value), value)
    if name == "region":
        value = place_name(pycountry.subdivisions.get(code=value), value)
    label = str(Lead._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return {"label": _label(label), "value": value, "derived": lead.derived.get(name, "")}


def place_name(found: Any, code: str) -> str:
    """Germany (DE); the code alone where it is unknown."""
    return f"{found.name} ({code})" if found else code


def _label(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value == int(value) else f"{value:,}"


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


def why(decision: Decision, trace: dict[str, Any]) -> list[str]:
    return why_in_short(decision.reason, trace)


def why_in_short(reason: str, trace: dict[str, Any]) -> list[str]:
    """Why this rep, or why nobody, as sentences; rules and candidates have tables of their own."""
    story = {name: trace.get(name) for name in ("steps", "match") if trace.get(name)}
    return sentences({"reason": reason, "trace": story})


def candidates(trace: dict[str, Any], *, viewer: Rep | None, sees_all: bool) -> list[dict[str, Any]]:
    """Everybody in the pool: the winner first, then by balance, then those whom a gate refused."""
    rows = [row for row in trace.get("candidates", []) if sees_all or (viewer and row["rep"] == viewer.email)]
    winner = trace.get("winner")
    rows.sort(key=lambda row: (row["rep"] != winner, not row["eligible"], -row["balance"], row["name"]))
    return [
        {
            "person": person(row["name"]),
            "won": row["rep"] == winner,
            "gate": badge("Could take it", "green")
            if row["eligible"]
            else badge(row["detail"] or "Refused", "neutral"),
            "balance": f"{row['balance']:+.2f}".replace("-", "−"),
            "share": share_bar(row["share"] * 100) if row["eligible"] else "",
            "score": f"{row['score']:.2f}" if row["score"] is not None else "",
        }
        for row in rows
    ]


def rule_rows(trace: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules that were looked at, each with what became of it."""
    return [
        {
            "position": look["position"],
            "name": look["name"],
            "result": badge(*RULE_RESULTS.get(look["result"], (label_of({}, look["result"]), "neutral"))),
            "because": _because(look),
            "warnings": look["warnings"],
        }
        for look in trace.get("rules", [])
    ]


def _because(look: dict[str, Any]) -> str:
    failed = look["failed"]
    if not failed:
        return str(look["detail"])
    field = failed["field"].replace(".", " ").replace("_", " ")
    wanted = f"{field} {OPERATOR_WORDS.get(failed['operator'], failed['operator'])} {failed['expected']}".strip()
    return f"needs: {wanted}; it is {failed['seen'] or 'not known'}"
