"""Make what a preset plans, through the services that pages and imports use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model

from routing.models import Pool, PoolMember, Rule, SlaPolicy, Topic
from routing.rulebook.content import current_settings
from routing.services import manage
from routing.services.presets.options import Asked
from routing.services.presets.recipes import (
    BY_TURN,
    HOT_SLA,
    ORDER,
    SALES,
    STARTER_GRADES,
    STARTER_SCORE,
    STARTER_TOPICS,
    PoolPlan,
    Recipe,
    RulePlan,
)
from routing.services.waiting import look_at_waiting_leads_again

WORDS_OF_A_TOPIC = 40
"""So many words of each topic go into the pattern of a rule."""
RETURNING_DAYS = 90
HISTORY_USER = "_history_user"
"""Where simple-history looks for who it was."""
Row = TypeVar("Row", bound=Model)


@dataclass(slots=True)
class Draft:
    """What a preset has to do with: the pools and rules of its plan, and what of that it made, in words."""

    asked: Asked
    user: User | None
    pools: dict[str, Pool] = field(default_factory=dict)
    """By the name in the plan."""
    rules: list[Rule] = field(default_factory=list)
    created: list[str] = field(default_factory=list)


def make(recipe: Recipe, asked: Asked, *, user: User | None, now: datetime) -> Draft:
    """Everything of the recipe that is not there yet. Raises ValidationError."""
    look_at_waiting_leads_again(now=now)
    draft = Draft(asked, user)
    if recipe.score:
        _settings(draft, now)
    if recipe.topics:
        _topics(draft)
    catch_all = Rule.objects.current().filter(catch_all=True).select_related("pool").first()
    for plan in _pools(recipe, catch_all):
        _pool(draft, plan, main=plan.name == _main(recipe))
    _members(draft, now)
    catch_all = catch_all or _catch_all(draft, recipe)
    for rule in recipe.rules:
        if rule is BY_TURN and catch_all.pool_id == draft.pools[SALES].pk:
            draft.rules.append(catch_all)  # it shares all leads by turn already
        else:
            _rule(draft, rule)
    return draft


# --- pools and who is in them -------------------------------------------------------------------------------------


def _main(recipe: Recipe) -> str:
    return recipe.pools[0].name if recipe.pools else SALES


def _pools(recipe: Recipe, catch_all: Rule | None) -> list[PoolPlan]:
    """Those of the recipe, and what a catch-all needs where there is none."""
    plans = {plan.name: plan for plan in recipe.pools}
    if catch_all is None or BY_TURN in recipe.rules:
        plans.setdefault(SALES, PoolPlan(SALES))
    if catch_all is None and recipe.overflow:
        plans.setdefault(recipe.overflow, PoolPlan(recipe.overflow))
    return list(plans.values())


def _pool(draft: Draft, plan: PoolPlan, *, main: bool) -> None:
    name = draft.asked.pool if main and draft.asked.pool else plan.name
    pool = Pool.objects.current().filter(name=name).first()
    if pool is None:
        pool = manage.save_pool(pool=_by(draft.user, Pool(name=name, strategy=plan.strategy.value)))
        draft.created.append(f"Pool “{name}”: {pool.get_strategy_display()}.")
    draft.pools[plan.name] = pool


def _members(draft: Draft, now: datetime) -> None:
    """People who were named join; without names all active people join a pool that is empty."""
    joining: list[PoolMember] = []
    for pool in draft.pools.values():
        there = set(pool.members.values_list("rep_id", flat=True))
        if there and not draft.asked.named:
            continue
        new = [rep for rep in draft.asked.members if rep.pk not in there]
        joining += [_by(draft.user, PoolMember(pool=pool, rep=rep)) for rep in new]
        if new:
            draft.created.append(f"In the pool “{pool}”: {', '.join(rep.name for rep in new)}.")
    if joining:
        manage.change_members(saved=joining, removed=[], now=now)


# --- rules --------------------------------------------------------------------------------------------------------


def _catch_all(draft: Draft, recipe: Recipe) -> Rule:
    rule = manage.ensure_catch_all(pool=draft.pools[SALES])
    told = f"Rule “{rule}”: all leads that no other rule takes go to the pool “{rule.pool}”."
    if recipe.overflow:
        rule.when_nobody, rule.overflow_pool = Rule.WhenNobodyKind.OVERFLOW, draft.pools[recipe.overflow]
        manage.save_draft(row=_by(draft.user, rule))
        told += f" What nobody there may take, because caps are reached, goes to “{rule.overflow_pool}”."
    draft.created.append(told)
    return rule


def _rule(draft: Draft, plan: RulePlan) -> None:
    rule = Rule.objects.current().filter(name=plan.name).first()
    if rule is None:
        rule = Rule(
            name=plan.name,
            note=plan.note,
            conditions=_conditions(plan),
            destination=plan.destination,
            pool=draft.pools.get(plan.pool),
            same_company=plan.same_company,
            sla=_sla(draft, plan.sla) if plan.sla else None,
        )
        index = _place(plan.name)
        rule.position = index + 1
        manage.save_draft(row=_by(draft.user, rule))
        manage.move_rule(rule=rule, index=index)
        draft.created.append(f"Rule “{rule}”: {rule.note}")
    draft.rules.append(rule)


def _place(name: str) -> int:
    """Behind the rules that are there, but before those of presets that are less specific."""
    names = list(Rule.objects.current().filter(catch_all=False).in_order().values_list("name", flat=True))
    later = set(ORDER[ORDER.index(name) + 1 :])
    return next((index for index, other in enumerate(names) if other in later), len(names))


def _conditions(plan: RulePlan) -> list[list[dict[str, Any]]]:
    groups = [[dict(row) for row in group] for group in plan.conditions]
    if plan.by_topics:
        groups += [
            [{"field": "message", "op": "matches", "value": _pattern(keywords)}]
            for keywords in Topic.objects.current().order_by("name").values_list("keywords", flat=True)
            if keywords
        ]
    return groups


def _pattern(keywords: Iterable[str]) -> str:
    """Any of the words, in the singular or plural, whatever their case."""
    words = "|".join(re.escape(word).replace("\\ ", " ") for word in list(keywords)[:WORDS_OF_A_TOPIC])
    return rf"(?i)\b({words})s?\b"


def _sla(draft: Draft, name: str) -> SlaPolicy:
    policy = SlaPolicy.objects.current().filter(name=name).first()
    if policy is None:
        policy = manage.save_draft(row=_by(draft.user, SlaPolicy(name=name, **HOT_SLA)))
        draft.created.append(f"SLA policy “{name}”: an answer within {policy.first_response_minutes:g} minutes.")
    return policy


# --- topics and settings ------------------------------------------------------------------------------------------


def _topics(draft: Draft) -> None:
    if Topic.objects.current().exists():
        return
    for name, keywords in STARTER_TOPICS.items():
        manage.save_draft(row=_by(draft.user, Topic(name=name, keywords=keywords)))
    draft.created.append(f"Topics to start with: {', '.join(STARTER_TOPICS)}. Replace them by your own.")


def _settings(draft: Draft, now: datetime) -> None:
    """Score, grades, returning people and colleagues, where they are not set."""
    settings = current_settings()
    lacking = {name: value for name, value in _RECOMMENDED.items() if not getattr(settings, name)}
    if not lacking:
        return
    for name, value in lacking.items():
        setattr(settings, name, value)
    manage.save_settings(settings=_by(draft.user, settings), now=now)
    draft.created.append(f"Settings: {', '.join(name.replace('_', ' ') for name in lacking)}.")


_RECOMMENDED: Mapping[str, Any] = {
    "score": STARTER_SCORE,
    "grades": STARTER_GRADES,
    "same_company": True,
    "returning_days": RETURNING_DAYS,
    "company_days": RETURNING_DAYS,
}


def _by(user: User | None, row: Row) -> Row:
    """The row's history says who made it, also where no page did."""
    if user is not None:
        setattr(row, HISTORY_USER, user)
    return row
