"""A decision as pages show it: why, everybody in the pool, and what became of each rule."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from reps.admin_display import badge, person, quiet
from reps.models import Rep
from routing.admin.lab.words import points
from routing.admin.labels import RULE_RESULTS, label_of
from routing.admin.shares import balance_in_leads, share_bar
from routing.engine.explain import sentences
from routing.engine.strategies import ABOVE_USUAL, BARE_RESULT
from routing.engine.types import RuleResult, Strategy
from routing.rulebook.words import OPERATOR_WORDS

SCORES: dict[str, str] = {
    Strategy.PERFORMANCE: "Expected",
    Strategy.INTENT: "Fit",
    Strategy.LOAD_BALANCED: "Open units",
    ABOVE_USUAL: "Against usual",
}
"""What the score of a pool's strategy is called, whatever way led to the pool."""
NO_KEYS: Mapping[str, int] = MappingProxyType({})
PASSED_BY = (RuleResult.NO_MATCH, RuleResult.NOT_NOW, RuleResult.DISABLED)
"""Rules that had nothing to say about the lead."""


def why_in_short(reason: str, trace: dict[str, Any]) -> list[str]:
    """Why this rep, or why nobody, as sentences; rules and candidates have tables of their own."""
    story = {name: trace.get(name) for name in ("steps", "match") if trace.get(name)}
    return sentences({"reason": reason, "trace": story})


def decision_tables(
    trace: dict[str, Any], *, viewer: Rep | None = None, sees_all: bool = True, keys: Mapping[str, int] = NO_KEYS
) -> dict[str, Any]:
    """Everybody in the pool, and every rule: those that were passed over are folded away.

    `keys`: of the reps, by e-mail address, of whom one may ask why it was not them.
    """
    rules = rule_rows(trace)
    rows = candidates(trace, viewer=viewer, sees_all=sees_all, keys=keys)
    return {
        "candidates": rows,
        "shared": any(row["share"] for row in rows),
        "score_title": SCORES.get(_measure(trace), "Score") if any(row["score"] for row in rows) else "",
        "rules": [rule for rule in rules if not rule["passed_by"]],
        "rules_passed_by": [rule for rule in rules if rule["passed_by"]],
    }


def winner_of(trace: dict[str, Any]) -> str:
    """The name of whoever got it; of a named owner the trace knows only the address."""
    email = trace.get("winner")
    named = next((str(row["name"]) for row in trace.get("candidates", ()) if row["rep"] == email), "")
    return named or (Rep.objects.filter(email=email).values_list("name", flat=True).first() if email else "") or ""


def candidates(
    trace: dict[str, Any], *, viewer: Rep | None, sees_all: bool, keys: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Everybody in the pool: the winner first, then by balance, then those whom a gate refused."""
    rows = [row for row in trace.get("candidates", []) if sees_all or (viewer and row["rep"] == viewer.email)]
    winner = trace.get("winner")
    rows.sort(key=lambda row: (row["rep"] != winner, not row["eligible"], -row["balance"], row["name"]))
    return [
        {
            "person": person(row["name"]),
            "name": row["name"],
            "key": keys.get(row["rep"]) if row["rep"] != winner else None,
            "won": row["rep"] == winner,
            "gate": badge("Could take it", "green") if row["eligible"] else quiet(row["detail"] or "Refused"),
            "balance": balance_in_leads(row["balance"]),
            "share": share_bar(row["share"] * 100) if row["eligible"] else "",
            "score": score_text(row["score"], _measure(trace)),
        }
        for row in rows
    ]


def _measure(trace: dict[str, Any]) -> str:
    """What the scores are. Results are compared bare, or as points above one's own usual one: it says what decided.

    Where there was nobody to compare with they are left out.
    """
    strategy, deciding = trace.get("strategy") or "", trace.get("deciding") or ""
    if strategy != Strategy.PERFORMANCE:
        return strategy
    if deciding.startswith(ABOVE_USUAL):
        return ABOVE_USUAL
    return strategy if deciding.startswith(BARE_RESULT) else ""


def score_text(score: float | None, strategy: str) -> str:
    """17.0% of such leads won; +4.4 points against their usual; 12 open units; a fit of 0.40."""
    if score is None or not strategy:
        return ""
    if strategy == ABOVE_USUAL:
        return points(score)
    if strategy == Strategy.PERFORMANCE:
        return f"{score:.1%}"
    return f"{score:.4g}" if strategy == Strategy.LOAD_BALANCED else f"{score:.2f}"


def rule_rows(trace: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules that were looked at, each with what became of it."""
    return [
        {
            "position": look["position"],
            "name": look["name"],
            "result": badge(*RULE_RESULTS.get(look["result"], (label_of({}, look["result"]), "neutral"))),
            "because": _because(look),
            "warnings": look["warnings"],
            "passed_by": look["result"] in PASSED_BY and not look["warnings"],
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
