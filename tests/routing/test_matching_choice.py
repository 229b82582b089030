"""Which of several accounts a lead belongs to; no database."""

from __future__ import annotations

import pytest

from routing.matching.accounts import Owner, owner_of_group
from routing.matching.choice import MOST_SUGGESTIONS, Candidate, Evidence, Ground, choose, suggested

DOMAIN, NAME = Evidence(0.95, "domain", Ground.DOMAIN), Evidence(0.8, "name", Ground.NAME)
TOLD, UNSURE = Evidence(1.0, "told by Ana", Ground.TOLD), Evidence(0.7, "similar name", Ground.NAME)


def candidate(account: int, *evidence: Evidence, **flags: bool) -> Candidate:
    return Candidate(account, evidence or (DOMAIN,), **flags)


@pytest.mark.parametrize(
    ("winner", "other"),
    [
        (candidate(9, TOLD), candidate(1, DOMAIN, customer=True, target=True, active_owner=True)),
        (candidate(9, NAME, customer=True), candidate(1, DOMAIN, target=True, active_owner=True)),
        (candidate(9, NAME, target=True), candidate(1, DOMAIN, active_owner=True)),
        (candidate(9, customer=True, target=True), candidate(1, customer=True, active_owner=True)),
        (candidate(9, DOMAIN), candidate(1, NAME, active_owner=True)),
        (candidate(9, DOMAIN, NAME), candidate(1, DOMAIN, active_owner=True)),
        (candidate(9, active_owner=True), candidate(1)),
        (candidate(1), candidate(9)),
    ],
    ids=["told", "customer", "target", "customer and target", "surer", "more evidence", "active owner", "oldest"],
)
def test_the_first_difference_decides(winner: Candidate, other: Candidate) -> None:
    assert choose([winner, other], threshold=0.75) == choose([other, winner], threshold=0.75) == winner


def test_below_the_threshold_nothing_matches() -> None:
    assert choose([candidate(1, NAME)], threshold=0.81) is None
    assert choose([candidate(1, NAME)], threshold=0.8)


def test_a_customer_below_the_threshold_does_not_push_in() -> None:
    sure = candidate(1, DOMAIN)

    assert choose([sure, candidate(2, NAME, customer=True)], threshold=0.9) == sure


def test_no_candidates_are_no_match() -> None:
    assert choose([], threshold=0.75) is None


def test_what_somebody_said_holds_at_any_threshold() -> None:
    assert choose([candidate(1, TOLD)], threshold=1.5)


def test_too_little_for_a_match_is_a_suggestion_from_a_half_on() -> None:
    slight = candidate(3, Evidence(0.4, "hardly", Ground.NAME))

    assert suggested([candidate(1, UNSURE), candidate(2, NAME), slight], threshold=0.75) == (candidate(1, UNSURE),)
    assert suggested([candidate(2, NAME)], threshold=0.85) == (candidate(2, NAME),)


def test_the_likeliest_few_are_suggested_first() -> None:
    many = [candidate(number, UNSURE) for number in range(9)]

    found = suggested([*many, candidate(10, NAME)], threshold=0.9)

    assert [one.account for one in found] == [10, 0, 1][:MOST_SUGGESTIONS]


def test_the_strongest_evidence_is_named_first() -> None:
    assert candidate(1, NAME, DOMAIN).reason == "domain; name"


ANA, BOB = Owner(1, "ana@acme.example"), Owner(2, "bob@acme.example")


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        ({1: (None, ANA)}, ANA),
        ({1: (2, ANA), 2: (None, BOB)}, BOB),
        ({1: (2, ANA), 2: (3, ANA), 3: (None, BOB)}, BOB),
        ({1: (2, ANA), 2: (3, BOB), 3: (None, None)}, BOB),
        ({1: (2, ANA), 2: (None, None)}, ANA),
        ({1: (2, None), 2: (None, None)}, None),
        ({1: (2, ANA), 2: (1, BOB)}, ANA),
        ({1: (2, ANA), 2: (3, BOB), 3: (2, BOB)}, ANA),
        ({1: (2, ANA)}, ANA),
    ],
    ids=["alone", "parent", "topmost", "unowned top", "unowned parent", "nobody", "loop", "loop above", "parent gone"],
)
def test_the_topmost_parent_answers_for_the_group(
    line: dict[int, tuple[int | None, Owner | None]], owner: Owner
) -> None:
    assert owner_of_group(1, line) == owner
