"""One gate that refused somebody, opened by the least amount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from routing.engine.counterfactual.changes import Change, ChangeKind, Inputs
from routing.engine.counterfactual.times import Timetable
from routing.engine.needs import asked_now, lacking
from routing.engine.types import (
    CapUse,
    Member,
    Need,
    NeedKind,
    PoolId,
    Refusal,
    RepId,
    RepState,
)

OTHERWISE: Mapping[Refusal, str] = {
    Refusal.INACTIVE: "if they had been active",
    Refusal.PAUSED: "if they had not been paused",
    Refusal.ON_LEAVE: "if they had not been on leave",
    Refusal.HOLIDAY: "if it had been no public holiday for them",
    Refusal.OFF_SHIFT: "if they had been on shift",
}


def gate_changes(inputs: Inputs, rep: RepId, timetable: Timetable) -> Iterator[Change]:
    """In the order in which the gates are asked. Whether one suffices is not known here."""
    state = inputs.people.reps.get(rep)
    if state is None:
        return
    if state.standing is not None and state.standing is Refusal.INACTIVE:
        yield _standing(state, timetable)
    yield from _membership(inputs, rep)
    if state.standing is not None and state.standing is not Refusal.INACTIVE:
        yield _standing(state, timetable)
    for need in _unmet(inputs, state):
        yield _taught(state, need)
    if rep in inputs.lead.owned_before | inputs.lead.declined_offer:
        yield _first_time(rep)
    for place, cap in enumerate(state.caps):
        yield from _raised(inputs, state, place, cap)
    yield from _answered(inputs, state)


def _standing(state: RepState, timetable: Timetable) -> Change:
    """As if what refused first were not so; what else was so then still is."""
    refusal = state.standing
    assert refusal is not None
    beneath = timetable.beneath(state.id) or replace(state, standing=None, standing_detail="", available_at=None)
    words = OTHERWISE.get(refusal, "if they could have taken leads")
    return Change(
        ChangeKind.GATE, refusal.value, state.standing_detail or refusal.value, None, words,
        lambda inputs: inputs.with_rep(beneath),
    )  # fmt: skip


def _membership(inputs: Inputs, rep: RepId) -> Iterator[Change]:
    """In one of the pools that were asked, or in one that leads could have gone to."""
    for pool, members in inputs.people.members.items():
        weight = next((member.weight for member in members if member.rep == rep), None)
        terms = inputs.rulebook.pools.get(pool)
        if terms is None or (weight is not None and weight > 0):
            continue
        words = f"if they were a member of {terms.name}" + (" with a weight" if weight is not None else "")
        yield Change(ChangeKind.GATE, "not_member", terms.name, None, words, partial(_joined, pool=pool, rep=rep))


def _joined(inputs: Inputs, pool: PoolId, rep: RepId) -> Inputs:
    """A new member with a whole weight; where totals are shared, one who has joined just now."""
    people = inputs.people
    members = tuple(member for member in people.members.get(pool, ()) if member.rep != rep) + (Member(rep),)
    joined = {(pool, rep): inputs.now, **people.joined}
    return inputs.with_people(replace(people, members={**people.members, pool: members}, joined=joined))


def _unmet(inputs: Inputs, state: RepState) -> Iterator[Need]:
    """What any rule or pool asks of whoever takes the lead and they do not have: languages, skills, topics."""
    case = inputs.case()
    languages = case.facts.see("language").folded
    rules = [(rule.needs, inputs.lead.first_reached.get(rule.id, inputs.now)) for rule in inputs.rulebook.rules]
    pools = [(pool.needs, inputs.now) for pool in inputs.rulebook.pools.values()]
    asked = {
        need
        for needs, first in [*rules, *pools]
        for need in asked_now(needs, language=languages[0] if languages else "", first=first, now=inputs.now).needs
    }
    order = list(NeedKind)
    unmet = [need for need in asked if lacking(state, (need,))]
    yield from sorted(unmet, key=lambda need: (order.index(need.kind), need.name, need.level))


def _taught(state: RepState, need: Need) -> Change:
    if need.kind is NeedKind.LANGUAGE:
        able, words = replace(state, languages=state.languages | {need.name}), f"if they spoke {need.name}"
    elif need.kind is NeedKind.SKILL:
        able, words = replace(state, skills=state.skills | {need.name}), f"if they had the skill {need.name}"
    else:
        able = replace(state, expertise={**state.expertise, need.name: need.level})
        words = f"if they had level {need.level} in {need.name} instead of {state.expertise.get(need.name, 0):g}"
    before = state.expertise.get(need.name, 0) if need.kind is NeedKind.TOPIC else None
    after = need.level if need.kind is NeedKind.TOPIC else need.name
    return Change(ChangeKind.GATE, need.kind.value, before, after, words, lambda inputs: inputs.with_rep(able))


def _first_time(rep: RepId) -> Change:
    def make(inputs: Inputs) -> Inputs:
        lead = inputs.lead
        had, let_go = lead.owned_before - {rep}, lead.declined_offer - {rep}
        return replace(inputs, lead=replace(lead, owned_before=had, declined_offer=let_go))

    return Change(ChangeKind.GATE, Refusal.OWNED_BEFORE.value, None, None, "if they had not had this lead before", make)


def _raised(inputs: Inputs, state: RepState, place: int, cap: CapUse) -> Iterator[Change]:
    """The least limits that leave room for the lead, by what the rules let it count."""
    used = cap.used + inputs.batch.given.units[state.id, cap.pool, cap.every_kind]
    units = {max(1, rule.units) for rule in inputs.rulebook.rules}
    limits = {used + some for some in units} | ({1} if used <= 0 else set())
    for limit in sorted(limit for limit in limits if limit > cap.limit):
        caps = (*state.caps[:place], replace(cap, limit=limit), *state.caps[place + 1 :])
        pool = inputs.rulebook.pools.get(cap.pool or 0)
        where = f" in {pool.name}" if pool else ""
        yield Change(
            ChangeKind.GATE,
            f"{cap.kind.value}_cap",
            cap.limit,
            limit,
            f"if their {_CAP_WORDS[cap.kind.value]}{where} were {limit} instead of {cap.limit}",
            partial(Inputs.with_rep, state=replace(state, caps=caps)),
        )


_CAP_WORDS: Mapping[str, str] = {
    "hour": "cap of an hour",
    "day": "day cap",
    "week": "week cap",
    "open": "cap of open leads",
    "unanswered": "cap of unanswered leads",
}


def _answered(inputs: Inputs, state: RepState) -> Iterator[Change]:
    """Fewer leads to answer that had waited: just as many that there is room for one more."""
    if not inputs.lead.released:
        return
    given = inputs.batch.given.released[state.id]
    most = max(1, inputs.rulebook.settings.release_burst) - 1
    if state.released + given <= most or given > most:
        return
    fewer = replace(state, released=most - given)
    words = f"if they had had only {most} leads to answer that had waited, instead of {state.released + given}"
    yield Change(
        ChangeKind.GATE, Refusal.PACE.value, state.released + given, most, words, lambda inputs: inputs.with_rep(fewer)
    )
