"""Rules that never get a lead, or only what an earlier rule leaves over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from routing.engine.types import Need, OverflowTo, PoolId, Rule, ToPark, ToPool, ToRep
from routing.rulebook.lint.admitted import Admitted, admit_group
from routing.rulebook.lint.findings import Finding, note, warning
from routing.rulebook.lint.readings import SOME_OF, Reading, options_of, read
from routing.rulebook.lint.subject import Membership, Subject

MOST_CHOICES = 50
"""A condition with more values than this is not taken apart."""


@dataclass(frozen=True, slots=True)
class Read:
    """A rule with its conditions read. `groups` without rows are left out; `possible` are those that can hold."""

    rule: Rule
    groups: tuple[tuple[Reading, ...], ...]
    possible: tuple[Mapping[str, Admitted], ...]

    @property
    def takes_all(self) -> bool:
        return not self.groups


@dataclass(slots=True)
class Earlier:
    """Groups of rules looked at before, found by the fields and values that they ask for."""

    by_value: defaultdict[tuple[str, str], list[tuple[Rule, tuple[Reading, ...]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    by_field: defaultdict[str, list[tuple[Rule, tuple[Reading, ...]]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, read_rule: Read) -> None:
        for rows in read_rule.groups:
            named = [row for row in rows if row.operator in SOME_OF and row.values]
            if not named:
                self.by_field[rows[0].field].append((read_rule.rule, rows))
                continue
            key = min(named, key=self._crowd)
            # the row by which it is found says least about it, so it is asked last
            entry = read_rule.rule, (*(row for row in rows if row is not key), key)
            for value in key.values:
                self.by_value[key.field, value].append(entry)

    def _crowd(self, row: Reading) -> int:
        """How many groups are found by the values of a row already."""
        return sum(len(self.by_value.get((row.field, value), ())) for value in row.values)

    def covering(self, group: Mapping[str, Admitted]) -> tuple[Rule, ...]:
        """Rules that together match every lead of `group`; none if that cannot be told."""
        if rule := self._one_covering(group):
            return (rule,)
        for name, admitted in group.items():
            values = sorted(admitted.choices[0]) if len(admitted.choices) == 1 else []
            if 1 < len(values) <= MOST_CHOICES and (rules := self._each_covering(group, name, values)):
                return rules
        return ()

    def _each_covering(self, group: Mapping[str, Admitted], name: str, values: Sequence[str]) -> tuple[Rule, ...]:
        found: dict[int, Rule] = {}
        for value in values:
            rule = self._one_covering({**group, name: group[name].only(value)})
            if rule is None:
                return ()
            found[rule.id] = rule
        return tuple(found.values())

    def _one_covering(self, group: Mapping[str, Admitted]) -> Rule | None:
        for rule, rows in self._candidates(group):
            if all(row.field in group and group[row.field].implies(row) for row in rows):
                return rule
        return None

    def _candidates(self, group: Mapping[str, Admitted]) -> Iterator[tuple[Rule, tuple[Reading, ...]]]:
        for name, admitted in group.items():
            for choice in admitted.choices:
                yield from self.by_value.get((name, next(iter(choice))), ())
            yield from self.by_field.get(name, ())


def order(subject: Subject) -> Iterator[Finding]:
    """Dead and shadowed rules, and those that get only what others leave over."""
    served, tried = Earlier(), Earlier()
    first: Read | None = None
    for rule in subject.rules:
        found = _read(rule, subject)
        if rule.id not in subject.catch_alls:
            yield from _dead(found, subject)
            yield from _late(found, first) if first else _shadowed(found, served, tried)
        if rule.active is not None:
            continue
        if found.takes_all and first is None and rule.id not in subject.catch_alls:
            first = found if always_serves(rule, subject) else None
            yield from () if first else _takes_everything(found, subject)
        if always_serves(rule, subject):
            served.add(found)
        elif _is_fallback_worthy(rule):
            tried.add(found)


def _read(rule: Rule, subject: Subject) -> Read:
    options = options_of(subject.rulebook.territories)
    groups = tuple(
        tuple(read(row, options=options, zone=subject.zone) for row in group) for group in rule.conditions if group
    )
    admitted = tuple(admit_group(group) for group in groups)
    possible = tuple(group for group in admitted if not any(one.impossible() for one in group.values()))
    return Read(rule, groups, possible)


def _dead(found: Read, subject: Subject) -> Iterator[Finding]:
    window = found.rule.active
    if window is not None and window.end is not None and window.end <= subject.now:
        message = f"its active window ended on {window.end:%Y-%m-%d}, so it matches nothing. Extend or disable it."
        yield warning("dead_rule", "rules", found.rule.name, message, "active.to")
    sound = [group for group in found.groups if not any(row.broken for row in group)]
    if found.groups and not found.possible and sound:
        rows = " and ".join(f"“{row.words}”" for row in _clashing(sound[0]))
        message = f"it never matches: {rows} cannot hold together. Change one of these conditions."
        yield warning("dead_rule", "rules", found.rule.name, message, "when")


def _clashing(group: Sequence[Reading]) -> list[Reading]:
    """The rows of the field that no lead can meet."""
    impossible = [name for name, admitted in admit_group(group).items() if admitted.impossible()]
    return [row for row in group if row.field == impossible[0]]


def _late(found: Read, first: Read) -> Iterator[Finding]:
    message = f"it is never reached: the rule “{first.rule.name}” before it takes every lead. Move it further up."
    yield warning("dead_rule", "rules", found.rule.name, message)


def _takes_everything(found: Read, subject: Subject) -> Iterator[Finding]:
    after = [rule for rule in subject.rules if rule.position > found.rule.position]
    others = [rule.name for rule in after if rule.id not in subject.catch_alls]
    if others and _is_fallback_worthy(found.rule):
        message = (
            f"it matches every lead, so that {_those_after(len(others))} only what nobody here can take. "
            "Move it to the end, or give it conditions."
        )
        yield warning("matches_everything", "rules", found.rule.name, message, "when")


def _those_after(number: int) -> str:
    return "the rule after it gets" if number == 1 else f"the {number:,} rules after it get"


def _shadowed(found: Read, served: Earlier, tried: Earlier) -> Iterator[Finding]:
    if not found.possible:
        return
    if rules := _covering(found, served):
        message = (
            f"it is never reached: every lead that it matches goes to {_rules(rules)} before. "
            "Move it further up, or remove it."
        )
        yield warning("shadowed_rule", "rules", found.rule.name, message, "when")
    elif rules := _covering(found, tried):
        message = f"it gets only what nobody can take at {_rules(rules)}, which matches all its leads before."
        yield note("fallback_only", "rules", found.rule.name, message, "when")


def _covering(found: Read, earlier: Earlier) -> list[Rule]:
    """Earlier rules that together match every lead of this one; none if that cannot be told."""
    covering: dict[int, Rule] = {}
    for group in found.possible:
        rules = earlier.covering(group)
        if not rules:
            return []
        covering.update((rule.id, rule) for rule in rules)
    return list(covering.values())


def _rules(rules: Sequence[Rule]) -> str:
    names = [f"“{rule.name}”" for rule in rules]
    return f"the rule {names[0]}" if len(names) == 1 else f"the rules {', '.join(names[:-1])} and {names[-1]}"


def _is_fallback_worthy(rule: Rule) -> bool:
    """Whether a rule usually serves what it matches: territories, accounts and tables often have nobody for a lead."""
    return isinstance(rule.destination, ToPool | ToRep)


def always_serves(rule: Rule, subject: Subject) -> bool:
    """Whether a lead that this rule matches never goes on to the next."""
    if isinstance(rule.destination, ToPark):
        return True
    if not isinstance(rule.destination, ToPool) or rule.needs:
        return False
    pools = {rule.destination.pool}
    if isinstance(rule.when_nobody, OverflowTo):
        pools.add(rule.when_nobody.pool)
    return any(_somebody_always_on(pool, subject) for pool in pools)


def _somebody_always_on(pool: PoolId, subject: Subject) -> bool:
    """Whether a member without hours, holidays and caps is there at all times, leave and pauses aside."""
    settings = subject.rulebook.pools.get(pool)
    needs: tuple[Need, ...] = settings.needs if settings else ()
    return settings is not None and not needs and any(_unlimited(one, subject) for one in subject.able(pool))


def _unlimited(member: Membership, subject: Subject) -> bool:
    person = subject.live.reps[member.rep]
    return person.schedule.blocks is None and not person.holidays and not person.caps and not member.caps
