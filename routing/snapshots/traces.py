"""Decisions ↔ stored traces. What a batch shares is stored once; balances follow from the snapshot and the postings.

A decision's own part: the ladder's steps, the rules looked at, facts, match, and where it differs from the snapshot.
Balances before a decision = balances at the start of the batch + the postings of the batch before it.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from reps.models import Rep
from routing.engine.ledger import unpack
from routing.engine.types import (
    ONE_LEAD,
    FactValue,
    MatchedAccount,
    Member,
    People,
    Pool,
    PoolId,
    Refusal,
    RepId,
    Selection,
    Trace,
)
from routing.engine.types import Lead as LeadFacts
from routing.models import Decision, DecisionSnapshot, Posting
from routing.snapshots.progress import write_look

LONGEST_FACT = 120
"""Longer texts, such as the message, stand cut short in the trace; the lead itself keeps them whole."""


def pack_json(value: Any) -> bytes:
    """JSON, compressed."""
    return zlib.compress(json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str).encode(), 1)


def unpack_json(packed: bytes | memoryview) -> Any:
    """The inverse of pack_json; nothing packed is an empty object."""
    return json.loads(zlib.decompress(packed)) if packed else {}


# --- writing ----------------------------------------------------------------------------------------------------


def pack_snapshot(people: People, pools: Mapping[PoolId, Pool]) -> bytes:
    """What all decisions of a batch saw: members with weights, who was refused whatever the lead, balances."""
    return pack_json(
        {
            "pools": {
                pool: {
                    "ledger": pools[pool].ledger,
                    "members": [[member.rep, member.weight] for member in members],
                }
                for pool, members in people.members.items()
                if pool in pools
            },
            "standing": {
                rep.id: [rep.standing.value, rep.standing_detail] for rep in people.reps.values() if rep.standing
            },
            "balances": {
                ledger: {rep: account.balance for rep, account in accounts.items() if account.balance}
                for ledger, accounts in people.ledgers.items()
            },
        }
    )


def pack_trace(
    trace: Trace, lead: LeadFacts, *, people: People, first_posting: int | None, postings_before: int
) -> bytes:
    """A decision's own part of the trace.

    `first_posting` is the key of the batch's first posting, `postings_before` how many of the batch's postings in
    this selection's ledger came before this decision: together they give the balances it saw.
    """
    own: dict[str, Any] = {
        "steps": trace.steps,
        "rules": [write_look(look) for look in trace.rules],
        "facts": {name: _short(value) for name, value in lead.facts.items() if value not in (None, "", ())},
    }
    if lead.derived:
        own["derived"] = lead.derived
    if lead.match:
        own["match"] = _match(lead.match)
    if trace.selection:
        own["selection"] = _own_selection(trace.selection, people) | {"postings": [first_posting, postings_before]}
    return pack_json(own)


def _own_selection(selection: Selection, people: People) -> dict[str, Any]:
    """The refusals that this lead alone met, and those of the batch that did not hold for it."""
    own, waived = {}, []
    for member in selection.members:
        refusal = selection.refusals.get(member.rep)
        state = people.reps.get(member.rep)
        standing = state.standing if state else None
        if refusal is None and standing is not None:
            waived.append(member.rep)
        elif refusal is not None and refusal[0] is not standing:
            own[member.rep] = [refusal[0].value, refusal[1]]
    return {"pool": selection.pool, "own": own, "waived": waived, "deciding": selection.deciding}


def _match(match: MatchedAccount) -> dict[str, Any]:
    return {"account": match.name, "evidence": match.evidence, "confidence": match.confidence}


def _short(value: FactValue) -> FactValue:
    return value[:LONGEST_FACT] + "…" if isinstance(value, str) and len(value) > LONGEST_FACT else value


# --- reading ----------------------------------------------------------------------------------------------------


def expand(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """Each decision's whole trace, for people and programs: names instead of keys, balances in leads.

    `{steps, rules: [{name, result, failed, detail, warnings}], candidates: [{rep, name, eligible, reasons, detail,
    balance, score, share}], match, winner, facts, derived, deciding}`; reps by e-mail address.
    Queries do not grow with rules or candidates.
    """
    snapshots = _read_snapshots(decisions)
    traces = [unpack_json(decision.trace) for decision in decisions]
    members = [
        _members(trace, snapshots.get(decision.snapshot_id)) for decision, trace in zip(decisions, traces, strict=True)
    ]
    reps = _names({member.rep for some in members for member in some} | {d.rep_id for d in decisions if d.rep_id})
    postings = _read_postings(decisions, traces, snapshots)
    return [
        _expanded(decision, trace, some, snapshots.get(decision.snapshot_id), postings, reps)
        for decision, trace, some in zip(decisions, traces, members, strict=True)
    ]


def _read_snapshots(decisions: Sequence[Decision]) -> dict[int | None, Any]:
    wanted = {decision.snapshot_id for decision in decisions if decision.snapshot_id}
    rows = DecisionSnapshot.objects.filter(pk__in=wanted).values_list("pk", "content") if wanted else ()
    return {pk: unpack_json(content) for pk, content in rows}


def _members(trace: Mapping[str, Any], snapshot: Any) -> list[Member]:
    if "selection" not in trace or snapshot is None:
        return []
    pool = snapshot["pools"].get(str(trace["selection"]["pool"]))
    return [Member(rep, weight) for rep, weight in pool["members"]] if pool else []


def _names(reps: Iterable[RepId]) -> dict[RepId, tuple[str, str]]:
    return {pk: (email, name) for pk, email, name in Rep.objects.filter(pk__in=reps).values_list("pk", "email", "name")}


def _expanded(
    decision: Decision,
    trace: dict[str, Any],
    members: list[Member],
    snapshot: Any,
    postings: Mapping[tuple[int | None, int], list[bytes]],
    reps: dict[RepId, tuple[str, str]],
) -> dict[str, Any]:
    looks = [_look(row) for row in trace.get("rules", [])]
    return {
        "steps": trace.get("steps", []),
        "rules": looks,
        "candidates": _candidates(trace, members, snapshot, _posted(trace, decision, snapshot, postings), reps),
        "match": trace.get("match"),
        "winner": reps.get(decision.rep_id, ("", ""))[0] or None if decision.rep_id else None,
        "facts": trace.get("facts", {}),
        "derived": trace.get("derived", {}),
        "deciding": trace.get("selection", {}).get("deciding", ""),
    }


def _posted(
    trace: Mapping[str, Any],
    decision: Decision,
    snapshot: Any,
    postings: Mapping[tuple[int | None, int], list[bytes]],
) -> Sequence[bytes]:
    pool = snapshot["pools"].get(str(trace["selection"]["pool"])) if snapshot and "selection" in trace else None
    return postings.get((decision.snapshot_id, pool["ledger"]), ()) if pool else ()


def _look(row: list[Any]) -> dict[str, Any]:
    _, position, name, result, failed, detail, warnings = row + [None] * (7 - len(row))
    keys = ("field", "operator", "expected", "seen")
    return {
        "position": position,
        "name": name,
        "result": result,
        "failed": dict(zip(keys, failed, strict=True)) if failed else None,
        "detail": detail or "",
        "warnings": warnings or [],
    }


def _candidates(
    trace: Mapping[str, Any],
    members: list[Member],
    snapshot: Any,
    posted: Sequence[bytes],
    reps: Mapping[RepId, tuple[str, str]],
) -> list[dict[str, Any]]:
    if not members:
        return []
    selection = trace["selection"]
    refusals = _refusals(selection, snapshot)
    balances = _balances(selection, snapshot, posted)
    eligible = sum(member.weight for member in members if member.rep not in refusals)
    rows = []
    for member in members:
        refusal = refusals.get(member.rep)
        email, name = reps.get(member.rep, ("", "?"))
        share = 0 if refusal else member.weight * ONE_LEAD // eligible
        rows.append(
            {
                "rep": email,
                "name": name,
                "eligible": refusal is None,
                "reasons": [refusal[0]] if refusal else [],
                "detail": (refusal[1] or _words(refusal[0])) if refusal else "",
                "balance": balances[member.rep] / ONE_LEAD,
                "score": None,
                "share": share / ONE_LEAD,
            }
        )
    return rows


def _refusals(selection: Mapping[str, Any], snapshot: Any) -> dict[RepId, list[str]]:
    refusals = {int(rep): refusal for rep, refusal in snapshot["standing"].items()}
    refusals |= {int(rep): refusal for rep, refusal in selection["own"].items()}
    for rep in selection["waived"]:
        refusals.pop(rep, None)
    return refusals


def _balances(selection: Mapping[str, Any], snapshot: Any, posted: Sequence[bytes]) -> defaultdict[RepId, int]:
    """Balances at the start of the batch, and what the batch's earlier decisions moved."""
    ledger = snapshot["pools"][str(selection["pool"])]["ledger"]
    start = snapshot["balances"].get(str(ledger), {})
    balances: defaultdict[RepId, int] = defaultdict(int, {int(rep): amount for rep, amount in start.items()})
    for entries in posted[: selection["postings"][1]]:
        for rep, amount in unpack(entries):
            balances[rep] += amount
    return balances


def _read_postings(
    decisions: Sequence[Decision], traces: Sequence[Mapping[str, Any]], snapshots: Mapping[int | None, Any]
) -> defaultdict[tuple[int | None, int], list[bytes]]:
    """The postings of each decision's batch in the ledger of its pool, in order: (snapshot, ledger) → entries."""
    wanted = Q()
    for decision, trace in zip(decisions, traces, strict=True):
        first, before = trace.get("selection", {}).get("postings", (None, 0))
        if before:
            pool = snapshots[decision.snapshot_id]["pools"][str(trace["selection"]["pool"])]
            wanted |= Q(snapshot=decision.snapshot_id, ledger=pool["ledger"], pk__gte=first)
    found: defaultdict[tuple[int | None, int], list[bytes]] = defaultdict(list)
    if wanted:
        rows = Posting.objects.filter(wanted).order_by("pk").values_list("snapshot_id", "ledger_id", "entries")
        for snapshot, ledger, entries in rows:
            found[snapshot, ledger].append(bytes(entries))
    return found


def _words(code: str) -> str:
    return Refusal(code).value.replace("_", " ")
