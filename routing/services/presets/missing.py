"""What is still missing before a preset does what it promises, each with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reps.models import Expertise
from routing.engine.folding import fold
from routing.engine.types import Strategy
from routing.models import Account, Lead, Pool, Territory, Topic
from routing.rulebook.check import problems
from routing.rulebook.content import draft_content
from routing.services.presets.make import Draft
from routing.services.presets.recipes import (
    ACCOUNT_OWNERS,
    BEST_RESULTS,
    TERRITORIES,
    TOPICS,
    PoolPlan,
    Recipe,
)
from routing.services.publish import frozen, published
from routing.services.simulate import Simulation

ENOUGH_PEOPLE = 2


def what_is_missing(recipe: Recipe, draft: Draft, *, preview: Simulation) -> list[str]:
    """In the order in which it is best done; publishing comes last."""
    return [
        *_about_pools(recipe, draft),
        *(text for plan in recipe.rules if plan.name in _CHECKS for text in _CHECKS[plan.name](draft)),
        *_about_test_lead(draft, preview.decision),
        *_before_publishing(),
    ]


def _about_pools(recipe: Recipe, draft: Draft) -> Iterator[str]:
    strategies: Mapping[str, Strategy] = {plan.name: plan.strategy for plan in recipe.pools}
    for name, pool in draft.pools.items():
        if pool.strategy != (wanted := strategies.get(name, PoolPlan(name).strategy).value):
            yield (
                f"The pool “{pool}” was there already and shares otherwise: {pool.get_strategy_display()}. "
                f"Set its method to {dict(Pool.STRATEGIES)[wanted]}, or give the preset another name for its pool."
            )
        if pool.members.filter(rep__active=True).count() < ENOUGH_PEOPLE:
            yield f"Put at least two active people in the pool “{pool}”: with fewer there is nothing to share."


def _about_accounts(draft: Draft) -> Iterator[str]:
    total, without = Account.objects.count(), Account.objects.filter(owner=None).count()
    if not total:
        yield "Add your accounts: a name, a domain and an owner each. There is none yet."
    elif without:
        yield f"Name the owner of each account: {without} of {total} have none."


def _about_territories(draft: Draft) -> Iterator[str]:
    territories = list(Territory.objects.current().select_related("parent"))
    owned = [row for row in territories if row.owner_rep_id or row.owner_pool_id]
    if not territories:
        yield "Add your territories: a name, what they cover and an owner each. There is none yet."
    elif not owned:
        yield "Name the owner of each territory: no territory has an owner yet."
    elif orphans := [row.name for row in territories if row.parent is None and row not in owned]:
        yield f"Name an owner of {', '.join(orphans)}: these territories have neither an owner nor a parent."


def _about_expertise(draft: Draft) -> Iterator[str]:
    topics = {fold(name) for name in Topic.objects.current().values_list("name", flat=True)}
    pool = draft.pools[TOPICS.pool]
    rows = Expertise.objects.filter(rep__memberships__pool=pool, rep__active=True).values_list("rep", "topic")
    experts = {rep for rep, topic in rows if fold(topic) in topics}
    if len(experts) < ENOUGH_PEOPLE:
        yield (
            f"Give at least two people of the pool “{pool}” an expertise in one of your topics: {len(experts)} have "
            "one. Until then its leads go by turn."
        )


def _about_results(draft: Draft) -> Iterator[str]:
    needed = round(draft.pools[BEST_RESULTS.pool].shrinkage_k)
    known = Lead.objects.filter(outcome__in=[Lead.Outcome.WON, Lead.Outcome.LOST], test=False).count()
    if known < needed:
        yield (
            f"Record what becomes of your leads, won or lost: {known} have an outcome. Below about {needed} of a kind, "
            "results of single people say little, and most leads go by turn."
        )


_CHECKS: Mapping[str, Callable[[Draft], Iterator[str]]] = {
    ACCOUNT_OWNERS.name: _about_accounts,
    TERRITORIES.name: _about_territories,
    TOPICS.name: _about_expertise,
    BEST_RESULTS.name: _about_results,
}
"""By the name of a rule: what it needs."""


def _about_test_lead(draft: Draft, decision: Mapping[str, Any]) -> Iterator[str]:
    """Whether it came where the preset wants it; if not, what was in the way."""
    takes = decision["rule"]
    names = [rule.name for rule in draft.rules]
    if takes is None or takes in names:
        return
    looked_at = [rule["name"] for rule in decision["trace"]["rules"]]
    if not set(names) & set(looked_at):
        yield f"Move “{names[0]}” up: the rule “{takes}” comes before it and takes the test lead."


def _before_publishing() -> Iterator[str]:
    content, newest = frozen(draft_content()), published()
    for problem in problems(content):
        yield f"Correct the draft: {problem}"
    if newest is None or newest.content != content:
        yield "Publish the draft. Until then nothing of this routes a lead."
