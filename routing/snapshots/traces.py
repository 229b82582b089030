"""Decisions → whole traces for people and programs: names instead of keys, balances in leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from reps.models import Rep
from routing.engine.expertise import known_of, taught
from routing.engine.folding import fold
from routing.engine.types import (
    ONE_LEAD,
    Candidate,
    Lead,
    LedgerKey,
    Member,
    People,
    Posting,
    Refusal,
    RepId,
    Rulebook,
    Selection,
    Strategy,
)
from routing.engine.types import Decision as DecisionTaken
from routing.models import Decision
from routing.snapshots.columns import instant, pack_json, unpack_json
from routing.snapshots.frozen_batches import Frozen, read_frozen, read_postings
from routing.snapshots.frozen_decisions import pack_trace, read_numbers, read_written_posting, shared_by
from routing.snapshots.frozen_lead import read_facts
from routing.snapshots.postings import read_posting

__all__ = ["expand", "expand_unsaved", "offered_posting", "pack_json"]

LONGEST_FACT = 120
"""Longer texts, such as the message, are shown cut short."""
Names = Mapping[RepId, tuple[str, str]]
"""Rep → e-mail address and name."""


class Topic(NamedTuple):
    """What a lead is about, and the words that show it."""

    topic: str
    confidence: float
    quote: str
    origin: str
    decay: float


class Known(NamedTuple):
    """The level that somebody had in a topic of the lead: what was declared, and what won deals had taught."""

    topic: str
    declared: float
    learned: float


class Required(NamedTuple):
    """What somebody needed to take a lead."""

    kind: str
    name: str
    level: int
    patience_minutes: float | None


def expand(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """Each decision's whole trace.

    `{steps, rules: [{name, result, failed, detail, warnings}], candidates: [{rep, name, eligible, reasons, detail,
    balance, score, share, expertise}], match, winner, facts, derived, strategy, deciding, notes, topics, score, grade,
    needs, ledger, offers}`; reps by e-mail address. Queries do not grow with rules or candidates.
    """
    stored = read_frozen(decisions)
    selections = [selection_of(frozen, postings) for postings in [read_postings(stored)] for frozen in stored]
    names = _names(_named(stored, selections))
    return [_expanded(frozen, selection, names) for frozen, selection in zip(stored, selections, strict=True)]


def expand_unsaved(
    row: Decision, decision: DecisionTaken, lead: Lead, *, people: People, rulebook: Rulebook
) -> dict[str, Any]:
    """The whole trace of a decision that was only tried out: what `expand` would say had it been stored as `row`."""
    own = unpack_json(pack_trace(decision, lead, shared=shared_by(people, rulebook), earlier=lead.earlier))
    selection = decision.trace.selection
    frozen = Frozen(row, own, people, selection.ledger if selection else None, whole=True)
    return _expanded(frozen, selection, _names(_named([frozen], [selection])))


def offered_posting(decision: Decision) -> Posting | None:
    """What is posted if the first in line takes a lead that was only offered; None where nothing would be."""
    written = unpack_json(decision.trace).get("selection", {}).get("would")
    return read_written_posting(written) if written else None


# --- putting a selection together again -------------------------------------------------------------------------


def selection_of(
    frozen: Frozen, postings: Mapping[tuple[int | None, LedgerKey], Sequence[Posting]]
) -> Selection | None:
    """How the pool chose, as it was before this lead; None where no pool was asked."""
    selected, people = frozen.selected, frozen.people
    if selected is None or people is None or frozen.ledger is None:
        return None
    members = tuple(sorted(people.members[selected["pool"]], key=lambda member: member.rep))
    return Selection(
        pool=selected["pool"],
        ledger=frozen.ledger,
        members=members,
        refusals=_refusals(frozen, selected, members),
        balances=_balances(frozen, selected, members, postings.get((frozen.row.snapshot_id, frozen.ledger), ())),
        deciding=selected.get("deciding", ""),
        posting=_posting(frozen, selected),
        scores=read_numbers(selected.get("scores", ())),
        notes=tuple(selected.get("notes", ())),
    )


def _refusals(
    frozen: Frozen, selected: Mapping[str, Any], members: Iterable[Member]
) -> dict[RepId, tuple[Refusal, str]]:
    states = frozen.people.reps if frozen.people else {}
    own, waived = selected.get("own", {}), set(selected.get("waived", ()))
    refusals = {}
    for member in members:
        state = states.get(member.rep)
        if str(member.rep) in own:
            code, detail = own[str(member.rep)]
            refusals[member.rep] = (Refusal(code), detail)
        elif state and state.standing and member.rep not in waived:
            refusals[member.rep] = (state.standing, state.standing_detail)
    return refusals


def _balances(
    frozen: Frozen, selected: Mapping[str, Any], members: Sequence[Member], posted: Sequence[Posting]
) -> tuple[int, ...]:
    """Those at the start of the batch, and what the batch's earlier decisions moved; or as they were written down."""
    if "balances" in selected:
        return tuple(selected["balances"])
    accounts = frozen.people.ledgers.get(frozen.ledger, {}) if frozen.people and frozen.ledger else {}
    balances = {rep: account.balance for rep, account in accounts.items()}
    for posting in posted[: frozen.place[1]]:
        for rep, amount in posting.lines:
            balances[rep] = balances.get(rep, 0) + amount
    return tuple(balances.get(member.rep, 0) for member in members)


def _posting(frozen: Frozen, selected: Mapping[str, Any]) -> Posting | None:
    if "would" in selected:
        return read_written_posting(selected["would"])
    return read_posting(frozen.row.posting) if frozen.row.posting else None


# --- telling it --------------------------------------------------------------------------------------------------


def _named(stored: Iterable[Frozen], selections: Iterable[Selection | None]) -> Iterator[RepId]:
    for selection in selections:
        if selection:
            yield from (member.rep for member in selection.members)
    for frozen in stored:
        if frozen.row.rep_id:
            yield frozen.row.rep_id
        yield from (rep for rep, _, _ in frozen.own.get("offers", ()))


def _names(reps: Iterable[RepId]) -> Names:
    rows = Rep.objects.filter(pk__in=set(reps)).values_list("pk", "email", "name")
    return {pk: (email, name) for pk, email, name in rows}


def _expanded(frozen: Frozen, selection: Selection | None, names: Names) -> dict[str, Any]:
    own, winner = frozen.own, frozen.row.rep_id
    facts = read_facts(own)
    match = own.get("match")
    return {
        "steps": own.get("steps", []),
        "rules": [_look(row) for row in own.get("rules", [])],
        "candidates": _candidates(selection, names, _expertise(frozen, selection)) if selection else [],
        "match": {key: match.get(key) for key in ("account", "evidence", "confidence")} if match else None,
        "winner": names.get(winner, ("", ""))[0] or None if winner else None,
        "facts": {name: _shown(value) for name, value in facts.items()},
        "derived": own.get("derived", {}),
        "strategy": own.get("selection", {}).get("strategy", Strategy.ROUND_ROBIN.value) if selection else None,
        "deciding": own.get("selection", {}).get("deciding", ""),
        "notes": [*own.get("selection", {}).get("notes", ()), *filter(None, [own.get("lead", {}).get("topics_note")])],
        "topics": [Topic(*row)._asdict() for row in own.get("topics", ())],
        "score": facts.get("score"),
        "grade": facts.get("grade"),
        "needs": [Required(*row)._asdict() for row in own.get("needs", ())],
        "ledger": {"turns_by": frozen.ledger.turns_by, "control": frozen.ledger.control} if frozen.ledger else None,
        "offers": [
            {"rep": names.get(rep, ("", ""))[0], "kind": kind, "until": instant(until)}
            for rep, kind, until in own.get("offers", ())
        ],
    }


def _shown(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return str(value)
    if isinstance(value, tuple):
        return [_shown(part) for part in value]
    return value[:LONGEST_FACT] + "…" if isinstance(value, str) and len(value) > LONGEST_FACT + 1 else value


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


def _expertise(frozen: Frozen, selection: Selection) -> Mapping[RepId, Sequence[Known]]:
    """What each candidate knew of the lead's topics, where a pool that goes by intent compared them."""
    people, by_intent = frozen.people, frozen.own.get("selection", {}).get("strategy") == Strategy.INTENT
    if people is None or not by_intent:
        return {}
    topics = dict.fromkeys(row[0] for row in frozen.own.get("topics", ()))
    table = people.expertise.get(selection.pool)
    states = [state for member in selection.members if (state := people.reps.get(member.rep))]
    known = {state.id: [Known(one, *known_of(state, fold(one), taught(table, state.id))) for one in topics]
             for state in states}  # fmt: skip
    return {rep: [one for one in rows if one.declared or one.learned] for rep, rows in known.items()}


def _candidates(selection: Selection, names: Names, expertise: Mapping[RepId, Sequence[Known]]) -> list[dict[str, Any]]:
    return [
        _candidate(one, selection.scores.get(one.rep), names)
        | {"expertise": [known._asdict() for known in expertise.get(one.rep, ())]}
        for one in selection.candidates()
    ]


def _candidate(one: Candidate, score: float | None, names: Names) -> dict[str, Any]:
    email, name = names.get(one.rep, ("", "?"))
    return {
        "rep": email,
        "name": name,
        "eligible": one.refusal is None,
        "reasons": [one.refusal.value] if one.refusal else [],
        "detail": (one.detail or one.refusal.value.replace("_", " ")) if one.refusal else "",
        "balance": one.balance / ONE_LEAD,
        "score": score,
        "share": one.share / ONE_LEAD,
    }
