"""Explanations: a stored decision in sentences, and why somebody else did not get the lead."""

from __future__ import annotations

from typing import Any

import pytest

from routing.engine.explain import IN_WORDS, discreet, sentences, why_not
from routing.engine.strategies import ABOVE_USUAL
from routing.engine.types import Assigned, Operator, Rule, ToPool
from tests.engine.builders import SMB, decide_one, lead, row, rule, rulebook

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


def chosen(deciding: str, *candidates: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Ana was chosen in the pool SMB."""
    told = decision(reason="Something technical", candidates=list(candidates), deciding=deciding)
    return told | {"pool": "SMB", "outcome": "assigned"} | fields


def test_a_decision_is_told_with_its_reason_first() -> None:
    told = sentences(POOL, NAMES)

    assert told == [
        "Highest balance in SMB (+1.000 leads with this one's share) of 2 who could take it.",
        "3 of 4 in the pool could take it.",
        "Cat Stone could not: on leave until 9 Mar.",
    ]


@pytest.mark.parametrize(
    ("told", "first"),
    [
        (
            chosen("highest balance", candidate(ANA, 0.1), candidate(BOB, -0.1)),
            "It was Ana Diaz's turn: counting this lead, Ana Diaz was 0.60 leads behind their fair share, the furthest "
            "behind of the 2 in SMB who could take it.",
        ),
        (
            chosen("longest without a lead", candidate(ANA), candidate(BOB), candidate(CAT, -1)),
            "It was Ana Diaz's turn: 2 of the 3 who could take it in SMB were level, and Ana Diaz had been longest "
            "without a lead.",
        ),
        (
            chosen("the only one who could take it", candidate(ANA), AWAY),
            "Ana Diaz was the only one of 2 in SMB who could take it.",
        ),
        (
            chosen("fewest open units", candidate(ANA, score=2.0), candidate(BOB, score=3.0)),
            "Ana Diaz had the least open work (2 by weight) of the 2 in SMB who could take it.",
        ),
        (
            chosen("fewest open units, then highest balance", candidate(ANA, 1, score=2.0), candidate(BOB, score=2.0)),
            "Ana Diaz had the least open work (2 by weight) of the 2 in SMB who could take it. Others had the same: of "
            "those it was Ana Diaz's turn (highest balance).",
        ),
        (
            chosen("best expected result", candidate(ANA, score=0.31), candidate(BOB, -5, score=0.4)),
            "Ana Diaz does best with such leads (31% expected to be won) of the 2 in SMB who could take it and whose "
            "turn was near enough.",
        ),
        (
            chosen(ABOVE_USUAL, candidate(ANA, score=0.044), candidate(BOB, score=-0.01)),
            "Ana Diaz does most above their own usual result with such leads (+4.4 points) of the 2 in SMB who could "
            "take it.",
        ),
        (
            chosen("best fit", candidate(ANA, score=0.8), candidate(BOB, score=0.1, share=0.0)),
            "Ana Diaz knows most of what the lead is about (fit 0.80) of the 2 in SMB who could take it.",
        ),
        (
            chosen("lowest total", candidate(ANA, score=3.5), candidate(BOB, score=4.0)),
            "Ana Diaz had the fewest leads of late (3.50 by weight) of the 2 in SMB who could take it.",
        ),
        ({"outcome": "parked", **decision(reason="no budget")}, "It went to nurture and to nobody for now: no budget."),
        ({"outcome": "quarantined", **decision(reason="honeypot")}, "It went to review: honeypot."),
    ],
)
def test_the_reason_is_told_in_plain_words(told: dict[str, Any], first: str) -> None:
    assert sentences(told, NAMES)[0] == first


def test_an_owner_who_is_followed_was_not_chosen_by_the_rule() -> None:
    told = decision(reason="Ana Diaz owns the earlier request of Mia Chen, who is back")

    assert sentences(told | {"method": "returning", "rule": "Big"})[1] == (
        "The rule “Big” did not choose: it only lent its alert and response time."
    )


@pytest.mark.parametrize(
    ("reason", "method", "sentence"),
    [
        ("Territory West (by USA): highest balance", "territory", "It came to SMB by the territory West (by USA)."),
        ("Table Partners (ACME-1): highest", "table", "It came to SMB by the table Partners (ACME-1)."),
        ("Overflow: x", "overflow", "Nobody at the rule's own destination could take it, so it overflowed to SMB."),
        ("Nobody is on shift, so x", "round_robin", "Nobody was on shift, and the rule gives leads out all the same."),
    ],
)
def test_the_way_in_is_told(reason: str, method: str, sentence: str) -> None:
    told = chosen("highest balance", candidate(ANA, 1), candidate(BOB), reason=reason, method=method)

    assert sentence in sentences(told, NAMES)


def test_notes_are_told() -> None:
    told = chosen("highest balance", candidate(ANA, 1), candidate(BOB))
    told["trace"]["notes"] = ["There are no results to go by yet, so it went by turn"]

    assert sentences(told)[1] == "There are no results to go by yet, so it went by turn."


def test_a_rep_is_told_nothing_of_why_others_could_not() -> None:
    told = decision(
        reason="Waiting, as none of the 2 can take it (Cat: on leave) (rule “All”)",
        steps=["Cat Stone owns the request, but cannot take it (on leave): routed anew"],
        rules=[look("All", "nobody_available", detail="none can take it (Cat: on leave)")],
        candidates=[AWAY, candidate(BOB, eligible=False, detail="off shift")],
    )

    text = " ".join(sentences(told, NAMES, only=BOB))

    assert "leave" not in text
    assert "Bob Ray could not: off shift." in text


def test_a_discreet_decision_keeps_who_got_the_lead_and_what_a_rule_wanted() -> None:
    told = discreet(decision(reason="Ana is next (Cat: on leave)", rules=[look("All", "no_match", detail="too small")]))

    assert (told["reason"], told["trace"]["winner"]) == ("Ana is next", ANA)
    assert told["trace"]["rules"][0]["detail"] == "too small"


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


BETTER = chosen(
    "best fit", candidate(ANA, score=0.4), candidate(BOB, -6, score=0.9), candidate(DAN, score=0.1, share=0)
)
LOADS = chosen("fewest open units", candidate(ANA, score=2.0), candidate(BOB, score=3.0))


@pytest.mark.parametrize(
    ("rep", "told", "sentence"),
    [
        (
            ANA,
            POOL,
            "Ana Diaz got the lead. "
            "Highest balance in SMB (+1.000 leads with this one's share) of 2 who could take it.",
        ),
        (
            BOB,
            POOL,
            "Bob Ray could take it, but it was Ana Diaz's turn, who was 1.00 leads behind their fair share, and Bob "
            "Ray 0.25 leads behind their fair share.",
        ),
        (DAN, POOL, "dan@acme.example could take it, but Ana Diaz, who was level, had been longer without a lead."),
        (CAT, POOL, "Cat Stone could not take it: on leave until 9 Mar."),
        ("x@y.example", POOL, "x@y.example is not a member of the pool, the pool that the lead went to."),
        (
            BOB,
            decision(reason="Paused"),
            "It was not shared out in a pool, so Bob Ray was not compared with anybody. Paused.",
        ),
        (
            BOB,
            {"outcome": "duplicate", **decision(reason="The same")},
            "Nobody got the lead. The same, so it was joined to that lead.",
        ),
        (BOB, LOADS, "Bob Ray could take it, but Ana Diaz had less open work: 2 against 3 by weight."),
        (
            BOB,
            BETTER,
            "Bob Ray could take it, but it was too far from Bob Ray's turn: Bob Ray was 5.50 leads ahead of their fair "
            "share, Ana Diaz 0.50 leads behind their fair share, and the pool goes by the best only among those whose "
            "turn is near.",
        ),
        (
            DAN,
            BETTER,
            "dan@acme.example could take it, but they know too little of what the lead is about (fit "
            "0.10): only those who know enough took part.",
        ),
    ],
)
def test_why_somebody_did_not_get_the_lead(rep: str, told: dict[str, Any], sentence: str) -> None:
    assert why_not(rep, told, NAMES) == sentence


def test_every_gate_that_refused_somebody_is_told() -> None:
    told = why_not(CAT, POOL, NAMES, also=["on leave until 9 Mar", "day cap of 3 reached"])

    assert told == "Cat Stone could not take it: on leave until 9 Mar; nor without that: day cap of 3 reached."


def test_somebody_to_whom_a_lead_is_offered_is_told_so() -> None:
    told = chosen("highest balance", candidate(ANA, 1), candidate(BOB), outcome="held")
    told["trace"] |= {"winner": None, "offers": [{"rep": ANA}]}

    assert why_not(ANA, told, NAMES).startswith("Ana Diaz was offered the lead. It was Ana Diaz's turn")
    assert "it was Ana Diaz's turn" in why_not(BOB, told, NAMES)


def test_of_several_groups_the_closest_is_told_and_that_none_holds() -> None:
    groups = (
        (row("country", "is", "DE"), row("city", "is", "Bonn")),
        (row("country", "is", "US"), row("kind", "is", "demo")),
    )
    book = rulebook(Rule(1, 1, "Either", groups, ToPool(SMB)), rule(2))
    decided = decide_one(lead(facts={"country": "US", "kind": "trial"}), book)
    assert isinstance(decided, Assigned)

    seen = decided.trace.rules[0]

    assert seen.failed is not None
    assert (seen.failed.field, seen.detail) == (
        "kind",
        "none of its 2 groups of conditions holds; the closest is shown",
    )


def test_every_operator_has_words() -> None:
    assert set(IN_WORDS) == {operator.value for operator in Operator}
