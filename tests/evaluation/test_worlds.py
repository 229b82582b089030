"""Simulated worlds: the same seed gives the same world, and they are as their terms say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from operator import mul

import pytest

from routing.evaluation.world import Terms, World, draw_world, factors

SMALL = Terms(reps=8, kinds=4, leads=1_200)


@cache
def world(terms: Terms = SMALL) -> World:
    return draw_world(terms, 7)


def test_the_same_seed_gives_the_same_world() -> None:
    again = draw_world(SMALL, 7)

    assert (again.leads, again.skills, again.base) == (world().leads, world().skills, world().base)


def test_another_seed_gives_another_world() -> None:
    assert draw_world(SMALL, 8).base != world().base


@pytest.mark.parametrize(("kinds", "sizes"), [(1, (1,)), (4, (2, 2)), (5, (5,)), (8, (2, 2, 2)), (12, (3, 2, 2))])
def test_kinds_of_lead_are_told_apart_by_several_facts(kinds: int, sizes: tuple[int, ...]) -> None:
    assert factors(kinds) == sizes


def test_where_reps_are_alike_everybody_has_the_same_chance() -> None:
    same = draw_world(replace(SMALL, differ=False, expertise=0.5), 7)

    assert all(len(set(same.chances(lead).values())) == 1 for lead in same.leads)


def test_before_the_policies_good_leads_went_out_unevenly() -> None:
    past = [lead for lead in world().leads if lead.rep is not None]
    best = max(range(4), key=lambda kind: world().base[kind])
    good = Counter(lead.rep for lead in past if lead.kind == best)

    assert max(good.values()) > 3 * min(good[rep] for rep in world().reps if rep not in world().joins)


def test_an_outcome_is_known_only_after_the_lead_came() -> None:
    assert all(lead.known_on(won) >= lead.day for lead in world().leads for won in (True, False))


def test_who_joins_midway_has_no_lead_of_before() -> None:
    late = set(world().joins)

    assert late
    assert late.isdisjoint(lead.rep for lead in world().leads)


def test_how_far_reps_differ_is_told_as_they_were_drawn() -> None:
    drawn = [draw_world(Terms(reps=40, kinds=4, leads=200, joining=0, moving=0, drift=0.0), seed) for seed in range(10)]
    skills = [one for each in drawn for mine in each.skills[0].values() for one in mine]
    spread = sum(one * one for one in skills) / len(skills)
    told = [sum(each.spreads(0.0)) * (1 - sum(map(mul, each.base, each.shares))) ** 2 for each in drawn]

    assert told == pytest.approx([0.3**2] * 10)
    assert spread == pytest.approx(0.3**2, rel=0.2)
    assert draw_world(Terms(differ=False, leads=200), 1).spreads(0.0) == ()


def test_skills_drift_and_who_changes_team_has_others() -> None:
    first, last = world().skills[0], world().skills[-1]
    changes = sorted(max(abs(a - b) for a, b in zip(first[rep], last[rep], strict=True)) for rep in world().reps)

    assert changes[0] > 0
    assert changes[-1] > 0.25
