"""Pools that nobody or only one person serves, caps that cannot be met, and needs that nobody can meet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from reps.caps import Cap
from routing.engine.counting import counted
from routing.engine.types import LEADS_OWN, CapKind, Need, NeedKind, PoolId, ToPool
from routing.rulebook.lint.findings import Finding, listed, note, warning
from routing.rulebook.lint.subject import Membership, Person, Subject

STUCK = timedelta(days=7)
"""Somebody whose open leads fill their cap for so long does not close them."""
A_DAY = {CapKind.HOUR: 24.0, CapKind.DAY: 1.0, CapKind.WEEK: 1 / 7}
"""How often a cap of this kind is granted on a day."""


def pools(subject: Subject) -> Iterator[Finding]:
    for key, pool in sorted(subject.rulebook.pools.items()):
        able = subject.able(key)
        say = warning if key in subject.pools_in_use else note
        if not able:
            message = "it has no active member, so nobody there can take a lead. Add somebody, or stop sending leads."
            yield say("empty_pool", "pools", pool.name, message, "members")
        elif len(able) == 1:
            name = subject.name_of(able[0].rep)
            message = f"only {name} is in it: leads wait or go on whenever {name} is away. Add a second person."
            yield note("pool_of_one", "pools", pool.name, message, "members")
        yield from _too_small(subject, key)


# --- caps --------------------------------------------------------------------------------------------------------


def caps(subject: Subject) -> Iterator[Finding]:
    """Limits of 0, and open leads that fill a cap and are not closed."""
    for person in subject.live.reps.values():
        if not person.active:
            continue
        for cap in person.caps:
            if cap.limit == 0:
                message = f"the cap of 0 per {cap.kind} lets no lead through. Pause {person.name}, or raise it."
                yield warning("cap_of_zero", "reps", person.name, message, f"caps.{cap.kind}")
            elif cap.kind == CapKind.OPEN:
                yield from _stuck(subject, person, cap)
    for key, members in subject.live.members.items():
        if pool := subject.rulebook.pools.get(key):
            for member in members:
                yield from _kept_out(pool.name, subject.name_of(member.rep), member)


def _kept_out(pool: str, name: str, member: Membership) -> Iterator[Finding]:
    for cap in member.caps:
        if cap.limit == 0:
            message = f"the cap of 0 per {cap.kind} keeps {name} from every lead. Take {name} out, or raise it."
            yield warning("cap_of_zero", "pools", pool, message, f"members.caps.{cap.kind}")


def _stuck(subject: Subject, person: Person, cap: Cap) -> Iterator[Finding]:
    found = subject.live.open.get(person.id)
    if found and found.number >= cap.limit and found.newest_at <= subject.now - STUCK:
        days = (subject.now - found.newest_at).days
        message = (
            f"{counted(found.number, 'open lead')} {'fills' if found.number == 1 else 'fill'} the cap of {cap.limit}, "
            f"and none was closed for {counted(days, 'day')}, so no new lead comes. Record what became of them, or "
            "raise the cap."
        )
        yield warning("cap_stays_full", "reps", person.name, message, f"caps.{cap.kind}")


def _too_small(subject: Subject, key: PoolId) -> Iterator[Finding]:
    """All members together may take less than comes on a day."""
    came = subject.live.per_day.get(key, 0)
    limits = [_per_day(member, subject) for member in subject.able(key)]
    if limits and came and sum(limits) <= came:
        message = (
            f"the caps of its members let {sum(limits):.3g} a day through, and {came:.3g} came on an ordinary "
            "day. Raise the caps, or add people."
        )
        yield warning("caps_below_arrivals", "pools", subject.rulebook.pools[key].name, message, "members.caps")


def _per_day(member: Membership, subject: Subject) -> float:
    both = (*member.caps, *subject.live.reps[member.rep].caps)
    return min((cap.limit * A_DAY[CapKind(cap.kind)] for cap in both if cap.kind in A_DAY), default=float("inf"))


# --- requirements ------------------------------------------------------------------------------------------------


def needs(subject: Subject) -> Iterator[Finding]:
    """Languages, skills and topics that are required where nobody, or only one person, has them."""
    for key, pool in subject.rulebook.pools.items():
        if key in subject.pools_in_use:
            yield from _unmet(subject, key, pool.needs, "pools", pool.name)
    for rule in subject.rules:
        if isinstance(rule.destination, ToPool) and rule.destination.pool in subject.rulebook.pools:
            yield from _unmet(subject, rule.destination.pool, rule.needs, "rules", rule.name)


def _unmet(subject: Subject, key: PoolId, wanted: tuple[Need, ...], section: str, name: str) -> Iterator[Finding]:
    people = [subject.live.reps[member.rep] for member in subject.able(key)]
    pool = subject.rulebook.pools[key].name
    for need in wanted if people else ():
        if need.kind is NeedKind.LANGUAGE and need.name == LEADS_OWN:
            yield from _unspoken(subject, people, pool, section, name)
            continue
        having = [person.name for person in people if has(person, need)]
        if not having:
            yield _nobody_has(need, pool, section, name)
        elif len(having) == 1 and len(people) > 1:
            message = f"it requires {_in_words(need)}, which only {having[0]} has in the pool “{pool}”."
            yield note("only_one_has_it", section, name, message, "requires")


def _nobody_has(need: Need, pool: str, section: str, name: str) -> Finding:
    patient = need.patience_minutes is not None
    until = f" in the first {need.patience_minutes:g} minutes" if patient else ""
    message = f"it requires {_in_words(need)}, which nobody in the pool “{pool}” has: no lead gets through{until}."
    return (note if patient else warning)("nobody_has_it", section, name, message, "requires")


def _unspoken(subject: Subject, people: list[Person], pool: str, section: str, name: str) -> Iterator[Finding]:
    spoken = {base for person in people for code in person.languages for base in (code, code.partition("-")[0])}
    came = {code.lower(): number for code, number in subject.live.languages.items() if code}
    missing = sorted(code for code in came if code not in spoken and code.partition("-")[0] not in spoken)
    if missing:
        leads = sum(came[code] for code in missing)
        message = (
            f"it requires the lead's language, and nobody in the pool “{pool}” speaks {listed(missing)}, the language "
            f"of {counted(leads, 'lead')} of the last 90 days."
        )
        yield warning("language_nobody_speaks", section, name, message, "requires.languages")


def has(person: Person, need: Need) -> bool:
    match need.kind:
        case NeedKind.LANGUAGE:
            return need.name in person.languages
        case NeedKind.SKILL:
            return need.name in person.skills
        case _:
            return person.expertise.get(need.name, 0) >= need.level


def _in_words(need: Need) -> str:
    level = f" (level {need.level})" if need.kind is NeedKind.TOPIC and need.level > 1 else ""
    return f"the {need.kind.value} “{need.name}”{level}"
