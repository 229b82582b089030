"""What things are called on the screens, and in which colour."""

from __future__ import annotations

from routing.engine.types import HeldReason, Method, Outcome, RuleResult
from routing.models import EndReason, Lead, Offer, OutboxMessage

METHODS: dict[str, str] = {
    "": "",
    Method.ROUND_ROBIN: "Round robin",
    Method.LOAD_BALANCED: "Load balanced",
    Method.PERFORMANCE: "Performance",
    Method.INTENT: "Intent",
    Method.TERRITORY: "Territory",
    Method.ACCOUNT: "Account owner",
    Method.RETURNING: "Returning",
    Method.SAME_COMPANY: "Same company",
    Method.TABLE: "Table",
    Method.DIRECT: "Direct",
    Method.OVERFLOW: "Overflow",
    Method.LAST_RESORT: "Last resort",
    Method.CLAIM: "Claim",
    Method.MANAGER: "Manager",
    Method.MANUAL: "Manual",
}
HELD_REASONS: dict[str, str] = {
    "": "",
    HeldReason.NOBODY_AVAILABLE: "Nobody available",
    HeldReason.WAITING: "Waiting for somebody",
    HeldReason.EMPTY_POOL: "Pool without members",
    HeldReason.NO_RULE: "No rule took it",
    HeldReason.PAUSED: "Paused",
    HeldReason.OFFERED: "Offered",
    HeldReason.UNDECIDABLE: "Could not be decided",
}
OUTCOMES: dict[str, str] = {
    Outcome.ASSIGNED: "Assigned",
    Outcome.HELD: "Waiting",
    Outcome.PARKED: "Nurture",
    Outcome.DUPLICATE: "Duplicate",
    Outcome.QUARANTINED: "Review",
}
SETTINGS: dict[str, str] = {
    "duplicate_minutes": "Duplicate within (minutes)",
    "returning_days": "Returning within (days)",
    "company_days": "Same company within (days)",
    "same_company": "Leads of one company go to one person",
    "hold_deadline_hours": "Last resort after (working hours)",
    "taper_days": "No new leads before a long leave (days)",
    "sla": "SLA policy",
}
STATUS_TONES: dict[str, str] = {
    Lead.Status.PENDING: "blue",
    Lead.Status.HELD: "amber",
    Lead.Status.ASSIGNED: "green",
    Lead.Status.PARKED: "violet",
    Lead.Status.DUPLICATE: "neutral",
    Lead.Status.QUARANTINED: "red",
    Lead.Status.CLOSED: "neutral",
}
RULE_RESULTS: dict[str, tuple[str, str]] = {
    RuleResult.DISABLED: ("Switched off", "neutral"),
    RuleResult.NOT_NOW: ("Not active now", "neutral"),
    RuleResult.NO_MATCH: ("Did not match", "neutral"),
    RuleResult.SERVED: ("Took the lead", "green"),
    RuleResult.EMPTY_POOL: ("Matched, pool without members", "amber"),
    RuleResult.NOBODY_AVAILABLE: ("Matched, nobody available", "amber"),
    RuleResult.NO_ACCOUNT: ("Matched, no known account", "neutral"),
    RuleResult.NO_OWNER: ("Matched, no owner", "amber"),
    RuleResult.OWNER_AWAY: ("Matched, owner away", "amber"),
    RuleResult.NO_TERRITORY: ("Matched, in no territory", "neutral"),
    RuleResult.UNKNOWN_DESTINATION: ("Destination is gone", "red"),
    RuleResult.NO_ROW: ("Matched, not in the table", "neutral"),
    RuleResult.POOL_PAUSED: ("Matched, pool is paused", "amber"),
    RuleResult.OFFERED: ("Offered the lead", "blue"),
    RuleResult.WAITING: ("Matched, waiting", "amber"),
    RuleResult.WAIT_OVER: ("Waited long enough", "neutral"),
    RuleResult.PARKED_BEFORE: ("Matched, was in nurture before", "neutral"),
}
SEVERITIES: dict[str, tuple[str, str]] = {
    "error": ("Error", "red"),
    "warning": ("Warning", "amber"),
    "note": ("Note", "neutral"),
}
UNTOUCHED: dict[str, str] = {
    "answered": "Answered already",
    "given_by_hand": "Given by hand",
    "stays": "Same owner again",
    "would_wait": "Would only wait",
}
OFFER_TONES: dict[str, str] = {
    Offer.Result.STANDING: "blue",
    Offer.Result.TAKEN: "green",
    Offer.Result.DECLINED: "amber",
    Offer.Result.EXPIRED: "neutral",
    Offer.Result.WITHDRAWN: "neutral",
}
END_TONES: dict[str, str] = {"": "green", EndReason.DECLINED: "amber", EndReason.TOO_SLOW: "red"}
MESSAGE_TONES: dict[str, str] = {
    OutboxMessage.Result.WAITING: "blue",
    OutboxMessage.Result.SENT: "green",
    OutboxMessage.Result.SUPPRESSED: "neutral",
    OutboxMessage.Result.FAILED: "red",
}


def label_of(labels: dict[str, str], value: str) -> str:
    """The label, or the value made readable where there is none yet."""
    return labels.get(value) or value.replace("_", " ").capitalize()
