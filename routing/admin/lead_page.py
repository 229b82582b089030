"""What the page of one lead says: the story in a paragraph, its time as a bar, what we know, what happened, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reps.admin_display import after, badge, moment, person
from reps.models import Rep
from routing.admin.decision_tables import decision_tables, why_in_short
from routing.admin.labels import OUTCOMES, STATUS_TONES, label_of
from routing.admin.lead_delays import bar_of, waited
from routing.admin.lead_facts import facts
from routing.admin.lead_questions import askable, offers
from routing.admin.lead_story import Tale, story
from routing.engine.explain import discreet, discreet_text
from routing.engine.types import Outcome
from routing.models import Assignment, Decision, Lead
from routing.services.timeline import TimelineEntry, timeline
from routing.snapshots.traces import expand

DECISIONS_SHOWN = 20


def lead_context(
    lead: Lead, *, now: datetime, viewer: Rep | None, sees_all: bool, decision: str = ""
) -> dict[str, Any]:
    """Everything for the template. A rep sees of the others only who won. `decision`: the key of an earlier one."""
    decisions = list(Decision.objects.filter(lead=lead).select_related("rep", "pool").order_by("-pk")[:DECISIONS_SHOWN])
    latest = decisions[0] if decisions else None
    chosen = next((one for one in decisions if str(one.pk) == decision), latest)
    trace = expand([chosen])[0] if chosen else {}
    if not sees_all:
        trace = discreet({"reason": "", "trace": trace})["trace"]
        for one in decisions:
            one.reason = discreet_text(one.reason)
    ask = askable(viewer, sees_all=sees_all, trace=trace, winner=chosen.rep_id if chosen else None)
    return {
        "lead": lead,
        "status_badge": badge(lead.get_status_display(), STATUS_TONES.get(lead.status, "neutral")),
        "owner_shown": person(lead.owner.name, lead.owner.email) if lead.owner else "",
        **told(lead, decisions, now),
        "facts": facts(lead, linked=sees_all, derived=trace.get("derived", {}) if sees_all else {}),
        "timeline": happened(lead, now, for_rep=not sees_all),
        **decided(chosen, trace, now),
        "latest": latest,
        "tables": decision_tables(trace, viewer=viewer, sees_all=sees_all, keys=ask.keys),
        "askable": ask.groups if chosen else [],
        "topics": trace.get("topics", []) if sees_all else [],
        "offers": offers(lead, now) if sees_all else [],
        "others": [
            (one.pk, moment(one.decided_at, now), label_of(OUTCOMES, one.outcome), one.reason, one is latest)
            for one in decisions
            if one is not chosen
        ],
    }


def told(lead: Lead, decisions: Sequence[Decision], now: datetime, *, inside: bool = True) -> dict[str, Any]:
    """The paragraph and the bar. `decisions`: the newest first; `inside`: for somebody who signed in."""
    rows = Assignment.objects.filter(lead=lead).select_related("rep", "pool", "rule").order_by("attempt")
    time = waited(lead, now)
    tale = Tale(lead, list(rows), time, _reason(lead, decisions), now, inside)
    return {"story": story(tale), "bar": bar_of(time)}


def _reason(lead: Lead, decisions: Sequence[Decision]) -> str:
    """Of the decision that gave the lead to its owner; of the latest one, where it has none."""
    giving = (one.reason for one in decisions if one.outcome == Outcome.ASSIGNED and one.rep_id == lead.owner_id)
    if lead.owner_id is not None:
        return next(giving, "")
    return decisions[0].reason if decisions else ""


def happened(lead: Lead, now: datetime, *, for_rep: bool) -> list[dict[str, Any]]:
    """The timeline: when it began, then how much later each was; who did something, where the text does not say it."""
    entries = timeline(lead, for_rep=for_rep)
    return [
        {
            "when": _later(entry, before, now),
            "text": entry.text,
            "actor": "" if entry.actor in entry.text else entry.actor,
        }
        for before, entry in zip([None, *entries], entries, strict=False)
    ]


def _later(entry: TimelineEntry, before: TimelineEntry | None, now: datetime) -> Any:
    if before is None:
        return moment(entry.at, now)
    return after(entry.at, before.at, "later")


def decided(chosen: Decision | None, trace: dict[str, Any], now: datetime) -> dict[str, Any]:
    """When and why a decision fell as it did."""
    if chosen is None:
        return {"chosen": None, "decided": "", "why": [], "deciding": []}
    by = [f"Decided by: {trace['deciding']}."] if trace.get("deciding") and trace.get("winner") else []
    return {
        "chosen": chosen,
        "decided": moment(chosen.decided_at, now),
        "why": why_in_short(chosen.reason, trace),
        "deciding": [*by, *trace.get("notes", ())],
    }
