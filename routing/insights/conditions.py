"""How many of the newest leads conditions match, as the engine would decide about them now. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.engine.batch import Batch
from routing.engine.case import Case
from routing.engine.types import People, Rule, ToPool
from routing.matching import match_accounts
from routing.models import Lead
from routing.rulebook.content import current_settings, draft_section, settings_content
from routing.rulebook.mend import FORMAT
from routing.snapshots.leads import load_leads
from routing.snapshots.rulebook import Published, compile_conditions, compile_rulebook

DRAFT_NUMBER = 0
NOWHERE = ToPool(0)
MOST_DOUBTS = 3


@dataclass(frozen=True, slots=True)
class Matches:
    """Of the newest `leads`, so many match; `newest` are the latest of them.

    `doubts` are what could not be compared, in words, such as a text with a number; the first few.
    """

    leads: int
    count: int
    newest: tuple[Lead, ...]
    doubts: tuple[str, ...] = ()


def matches_of(groups: Sequence[Sequence[dict[str, Any]]], *, now: datetime, last: int, shown: int) -> Matches:
    """What sound conditions, as the rulebook stores them, match of the `last` leads that arrived, test leads left out.

    Leads are taken as they are known now, with the draft's territories and weights. Whatever rules stand before, and
    who could take the leads, does not matter. A constant number of queries.
    """
    published = _with_one_rule(groups)
    rows = list(Lead.objects.real().order_by("-submitted_at", "-pk")[:last])
    accounts = match_accounts(rows, published.rulebook.settings)
    loaded = load_leads(rows, published=published, matches=accounts, now=now)
    batch = Batch(People({}, {}, {}), now)
    matching: list[Lead] = []
    doubts: dict[str, None] = {}
    for row, (facts, _) in zip(rows, loaded, strict=True):
        case = Case(facts, published.rulebook, batch)
        [rule] = case.plan.rules
        look, warnings = rule.mismatch(case.facts)
        doubts |= dict.fromkeys(warnings)
        if look is None:
            matching.append(row)
    return Matches(len(rows), len(matching), tuple(matching[:shown]), tuple(doubts)[:MOST_DOUBTS])


def _with_one_rule(groups: Sequence[Sequence[dict[str, Any]]]) -> Published:
    """The draft with these conditions as its only rule, and nothing that they cannot ask about."""
    settings = settings_content(current_settings())
    content = {"format": FORMAT, "settings": settings, "territories": draft_section("territories")}
    published = compile_rulebook(DRAFT_NUMBER, content)
    rule = Rule(0, 1, "", compile_conditions([list(group) for group in groups]), NOWHERE)
    return replace(published, rulebook=replace(published.rulebook, rules=(rule,)))
