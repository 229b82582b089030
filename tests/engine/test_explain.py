"""Explanations: a stored decision in sentences, and why somebody else did not get the lead."""

from __future__ import annotations

from typing import Any

import pytest

from routing.engine.explain import IN_WORDS, sentences, why_not
from routing.engine.types import Operator

ANA, BOB, CAT, DAN = "ana@acme.example", "bob@acme.example", "cat@acme.example", "dan@acme.example"
NAMES = {ANA: "Ana Diaz", BOB: "Bob Ray"}


def candidate(rep: str, balance: float = 0.0, **fields: Any) -> dict[str, Any]:
    return {"rep": rep, "eligible": True, "reasons": [], "detail": "", "balance": balance, "share": 0.5} | fields


def look(name: str, result: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "result": result, "failed": None, "detail": "", "warnings": []} | fields


def decision(winner: str | None = ANA, reason: str = "", **trace: Any) -> dict[str, Any]:
    reason = reason or "Highest balance in SMB (+1.000 leads with this one's share) of 2 who could take it"
    return {"reason": reason, "trace": {"winner": winner} | trace}


AWAY = candidate(CAT, eligible=False, reasons=["on_leave"], detail="on leave until 9 Mar", share=0, name="Cat Stone")
POOL = decision(candidates=[candidate(ANA, 0.5), candidate(BOB, -0.25), candidate(DAN, 0.5), AWAY])


def test_a_decision_is_told_with_its_reason_first() -> None:
    told = sentences(POOL, NAMES)

    assert told == [
        "Highest balance in SMB (+1.000 leads with this one's share) of 2 who could take it.",
        "3 of 4 in the pool could take it.",
        "Cat Stone could not: on leave until 9 Mar.",
    ]


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (look("Big", "disabled"), "The rule “Big” is switched off."),
        (look("Big", "not_now"), "The rule “Big” does not apply at this time."),
        (look("Big", "served"), "The rule “Big” matches."),
        (look("Big", "empty_pool", detail="SMB has no members"), "The rule “Big” matches, but SMB has no members."),
        (look("Big", "waiting", detail="2 are off"), "The rule “Big” matches, and the lead waits: 2 are off."),
        (
            look("Big", "no_match", failed={"field": "employees", "operator": "gt", "expected": "100", "seen": "80"}),
            "The rule “Big” does not match: it wants employees to be more than 100, which is “80”.",
        ),
        (
            look("Big", "no_match", failed={"field": "company", "operator": "not_empty", "expected": "", "seen": ""}),
            "The rule “Big” does not match: it wants company to be known, which is not known.",
        ),
    ],
)
def test_every_look_at_a_rule_is_a_sentence(seen: dict[str, Any], sentence: str) -> None:
    assert sentences(decision(rules=[seen]))[1:] == [sentence]


def test_account_steps_and_warnings_are_told() -> None:
    told = sentences(
        decision(
            match={"account": "Globex", "evidence": "exact domain globex.com", "confidence": 0.95},
            steps=["Ana Diaz is away: routed anew"],
            rules=[look("Fax", "no_match", warnings=["kind: “fax” does not exist (any more)"])],
        )
    )

    assert told[1:] == [
        "The lead belongs to the account Globex: exact domain globex.com (95% sure).",
        "Ana Diaz is away: routed anew.",
        "The rule “Fax” does not match.",
        "Mind the rule “Fax”: kind: “fax” does not exist (any more).",
    ]


@pytest.mark.parametrize(
    ("rep", "told", "sentence"),
    [
        (
            ANA,
            POOL,
            "Ana Diaz got the lead: "
            "Highest balance in SMB (+1.000 leads with this one's share) of 2 who could take it.",
        ),
        (BOB, POOL, "Bob Ray could take it, but Ana Diaz had the higher balance: +1.000 against +0.250 leads."),
        (DAN, POOL, "dan@acme.example had the same balance as Ana Diaz, who had been longer without a lead."),
        (CAT, POOL, "Cat Stone could not take it: on leave until 9 Mar."),
        ("x@y.example", POOL, "x@y.example is not a member of the pool that the lead went to."),
        (BOB, decision(reason="Paused"), "No pool was asked, so Bob Ray was not looked at: Paused."),
    ],
)
def test_why_somebody_did_not_get_the_lead(rep: str, told: dict[str, Any], sentence: str) -> None:
    assert why_not(rep, told, NAMES) == sentence


def test_every_operator_has_words() -> None:
    assert set(IN_WORDS) == {operator.value for operator in Operator}
