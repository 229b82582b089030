"""A lead as the engine saw it ↔ a decision's own part of the trace, without what can be told from the lead's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from routing.engine.types import (
    EarlierLead,
    FactValue,
    Lead,
    MatchedAccount,
    Resume,
    RuleLook,
    SignalFact,
    TopicTag,
)
from routing.snapshots.columns import filled, instant, micros, trimmed
from routing.snapshots.progress import read_moved, read_progress, write_progress

LONGEST_KEPT = 2_000
"""Longer texts are cut: the lead itself keeps them whole."""
KEPT_FLAGS = ("role_mailbox", "undecidable", "test", "released", "parked_before")
KEPT = (
    "label",
    "name_key",
    "email_identity",
    "phone_identity",
    "company_identity",
    "screen_reason",
    "topics_note",
    *KEPT_FLAGS,
)
EARLIER = (
    "id", "label", "submitted_at", "form", "email", "phone", "name_key", "email_identity", "phone_identity",
    "company_identity", "account", "undecided", "owner", "owned_at", "open", "kind",
)  # fmt: skip
EARLIER_INSTANTS = ("submitted_at", "owned_at")


# --- writing -----------------------------------------------------------------------------------------------------


def freeze_lead(lead: Lead, *, earlier: Sequence[EarlierLead], looks: Sequence[RuleLook]) -> dict[str, Any]:
    """Everything that a decision about the lead depends on. `earlier`: those leads as the batch had changed them.

    `looks` are the rules that the trace lists anyway: what a resumed lead brought along begins them.
    """
    account = lead.match.facts if lead.match else {}
    own: dict[str, Any] = {
        "facts": {
            name: _write_fact(value)
            for name, value in lead.facts.items()
            if value not in (None, "", ()) and (name not in account or account[name] != value)
        },
        "derived": dict(lead.derived),
        "match": _write_match(lead.match) if lead.match else None,
        "lead": {name: value for name in KEPT if (value := getattr(lead, name))},
        "earlier": [_write_earlier(other) for other in earlier],
        "owned_before": sorted(lead.owned_before),
        "declined": sorted(lead.declined_offer),
        "deadline": micros(lead.hold_deadline_at),
        "signals": [[*signal[:4], micros(signal.observed_at), signal.half_life_days] for signal in lead.signals],
        "topics": [list(tag) for tag in lead.topics],
        "progress": _write_resume(lead, looks),
    }
    return {key: part for key, part in own.items() if part not in (None, [], {})}


def _write_fact(value: FactValue) -> Any:
    if isinstance(value, tuple):
        return [_write_fact(part) for part in value]
    if isinstance(value, datetime):
        return {"at": micros(value)}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value[:LONGEST_KEPT] + "…" if isinstance(value, str) and len(value) > LONGEST_KEPT else value


def _write_match(match: MatchedAccount) -> dict[str, Any]:
    people, facts = dict(match.people), {name: _write_fact(value) for name, value in match.facts.items()}
    owned = {"id": match.id, "owner": match.owner, "people": people, "facts": facts}
    told = {"account": match.name, "evidence": match.evidence, "confidence": match.confidence}
    return told | {key: part for key, part in owned.items() if part not in (None, {})}


def _write_earlier(other: EarlierLead) -> list[Any]:
    row = [getattr(other, name) for name in EARLIER]
    return trimmed([micros(value) if isinstance(value, datetime) else value for value in row])


def _write_resume(lead: Lead, looks: Sequence[RuleLook]) -> dict[str, Any] | None:
    """How far the lead had come; of the rules it had looked at only how many, if the trace begins with them."""
    progress = write_progress(lead.resume, lead.first_reached, lead.moved)
    brought = lead.resume.rules if lead.resume else ()
    if progress and brought and tuple(looks[: len(brought)]) == brought:
        progress["resume"] = progress["resume"] | {"rules": len(brought)}
    return progress


# --- reading -----------------------------------------------------------------------------------------------------


def thaw_lead(
    own: Mapping[str, Any], *, pk: int, key: str, whole: Mapping[str, str], looks: Sequence[Sequence[Any]]
) -> Lead:
    """The inverse of freeze_lead. `whole` are texts that may have been cut, as the lead's row has them today."""
    match = _read_match(own.get("match"))
    facts = _read_facts(own.get("facts", {}), match, whole)
    resume, first_reached = _read_resume(own.get("progress"), looks)
    kept = own.get("lead", {})
    return Lead(
        id=pk,
        key=key,
        submitted_at=_as_instant(facts["submitted_at"]),
        facts=facts,
        derived=own.get("derived", {}),
        match=match,
        earlier=tuple([_read_earlier(row) for row in own.get("earlier", ())]),
        first_reached=first_reached,
        resume=resume,
        moved=read_moved(own.get("progress")),
        owned_before=frozenset(own.get("owned_before", ())),
        declined_offer=frozenset(own.get("declined", ())),
        hold_deadline_at=instant(own.get("deadline")),
        signals=tuple([_read_signal(row) for row in own.get("signals", ())]),
        topics=tuple([TopicTag(*row) for row in own.get("topics", ())]),
        form=str(facts.get("form") or ""),
        email=str(facts.get("email") or ""),
        phone=str(facts.get("phone") or ""),
        **{"label": "", **kept},
    )


def read_facts(own: Mapping[str, Any]) -> dict[str, FactValue]:
    """The facts that a decision saw, those of the account included."""
    return _read_facts(own.get("facts", {}), _read_match(own.get("match")), {})


def _read_facts(
    written: Mapping[str, Any], match: MatchedAccount | None, whole: Mapping[str, str]
) -> dict[str, FactValue]:
    facts = {name: _read_fact(value) for name, value in written.items()}
    for name, text in whole.items():
        kept = facts.get(name)
        if isinstance(kept, str) and len(kept) > LONGEST_KEPT and text.startswith(kept[:LONGEST_KEPT]):
            facts[name] = text
    return (dict(match.facts) if match else {}) | facts


def _read_fact(value: Any) -> Any:
    if isinstance(value, list):
        return tuple([_read_fact(part) for part in value])
    if isinstance(value, dict):
        return instant(value["at"]) if "at" in value else date.fromisoformat(value["day"])
    return value


def _read_match(row: Mapping[str, Any] | None) -> MatchedAccount | None:
    if row is None or "id" not in row:  # the oldest traces say what the account was called, not which it was
        return None
    return MatchedAccount(
        id=row["id"],
        name=row["account"],
        evidence=row["evidence"],
        confidence=row["confidence"],
        owner=row.get("owner"),
        people=row.get("people", {}),
        facts={name: _read_fact(value) for name, value in row.get("facts", {}).items()},
    )


def _read_earlier(row: Sequence[Any]) -> EarlierLead:
    values = dict(zip(EARLIER, filled(row, len(EARLIER)), strict=True))
    values |= {name: instant(values[name]) for name in EARLIER_INSTANTS}
    return EarlierLead(**values | {name: values[name] or "" for name in ("form", "email", "phone", "name_key", "kind")})


def _read_signal(row: Sequence[Any]) -> SignalFact:
    kind, title, text, strength, observed_at, half_life_days = row
    return SignalFact(kind, title, text, strength, _as_instant(instant(observed_at)), half_life_days)


def _read_resume(
    progress: Mapping[str, Any] | None, looks: Sequence[Sequence[Any]]
) -> tuple[Resume | None, dict[int, datetime]]:
    resume = (progress or {}).get("resume")
    if progress and resume and isinstance(resume["rules"], int):
        progress = {**progress, "resume": resume | {"rules": looks[: resume["rules"]]}}
    return read_progress(progress)


def _as_instant(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise ValueError(f"“{value}” is no instant.")
    return value
