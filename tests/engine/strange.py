"""Random leads, rulebooks and people, many of them broken, from a seed: what the engine must survive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from routing.engine.types import (
    ActiveWindow,
    AssignAnyway,
    Away,
    Band,
    CapKind,
    CapUse,
    Condition,
    GoNext,
    Lead,
    LedgerAccount,
    MatchedAccount,
    Member,
    Operator,
    OverflowTo,
    People,
    Pool,
    PostalRange,
    Refusal,
    RepState,
    Resume,
    Rule,
    Rulebook,
    Settings,
    Territory,
    ToAccountOwner,
    ToPark,
    ToPool,
    ToRep,
    ToTerritory,
    WaitThenNext,
)
from tests.engine.builders import NOW, earlier

FIELDS = (
    "country", "region", "postal_code", "employees", "kind", "submitted_at", "returning", "territory", "account.stage",
    "attributes.x", "signal.x", "x", "", None,
)  # fmt: skip
FAR = datetime.max.replace(tzinfo=UTC)
SCALARS: tuple[Any, ...] = (
    None, "", "US", "demo", "94105", "GA", "2026-03-03", "\0\ud800", "ß" * 300, 0, -1, 10**400, 1.5, float("nan"),
    float("inf"), True, Decimal("sNaN"), Decimal("1.10"), NOW, NOW.replace(year=1, tzinfo=None), FAR, date.max,
    date.min, b"x", object(), {"min": 1, "max": "x"}, {"from": None}, {}, {1},
)  # fmt: skip
NUMBERS = (0, -5, 30, 1e300, float("nan"), float("inf"))
ZONES = ("UTC", "Europe/Berlin", "", "../etc/passwd", "\0", "Nowhere")
STANDINGS = (Refusal.INACTIVE, Refusal.PAUSED, Refusal.ON_LEAVE, Refusal.HOLIDAY, Refusal.OFF_SHIFT)
REPS, POOLS, GONE = range(1, 7), range(1, 4), 99


def _explode(text: str) -> bool:
    raise RuntimeError(text)


class Strange:
    """One world of random values; the same seed makes the same one."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def one(self, *choices: Any) -> Any:
        return self.chance.choice(choices)

    def some(self, make: Callable[[], Any], most: int) -> list[Any]:
        return [make() for _ in range(self.chance.randint(0, most))]

    def rep(self) -> int:
        return self.chance.choice(REPS)

    def pool(self) -> int:
        return self.one(*POOLS, GONE)

    def instant(self) -> datetime:
        return NOW + timedelta(minutes=self.chance.randint(-200_000, 2_000))

    def value(self) -> Any:
        return self.one(self.one(*SCALARS), tuple(self.chance.choices(SCALARS, k=2)), self.chance.choices(SCALARS, k=2))

    def condition(self) -> Condition:
        operator = self.one(*Operator, "equals", None)
        return Condition(self.one(*FIELDS), operator, self.value(), self.one(None, bool, _explode))

    def conditions(self) -> Any:
        return tuple(tuple(self.some(self.condition, 2)) for _ in range(self.chance.randint(0, 2)))

    def destination(self) -> Any:
        away = self.one(*Away)
        return self.one(
            ToPool(self.pool()), ToPool(self.pool()), ToRep(self.one(*REPS, GONE), away), ToTerritory(away),
            ToAccountOwner(self.one("owner", "csm", "sdr"), away), ToPark("", 3), None,
        )  # fmt: skip

    def rule(self, id: int) -> Rule:
        window = ActiveWindow(self.instant(), self.one(None, NOW + timedelta(1)), self.one(None, frozenset({1, 9})))
        return Rule(
            id, id, self.one("Rule", "\0"), self.conditions(), self.destination(),
            self.one(GoNext(), AssignAnyway(), OverflowTo(self.pool()), WaitThenNext(self.one(*NUMBERS)), None),
            enabled=self.one(True, True, False), answer_now=self.one(True, False), active=self.one(None, None, window),
        )  # fmt: skip

    def territory(self, id: int) -> Territory:
        return Territory(
            id, f"T{id}", self.one(None, *POOLS, GONE), start=self.one(None, date.max, date.min),
            countries=self.one(frozenset(), frozenset({"US", ""})),
            regions=self.one(frozenset(), frozenset({"US-GA", "x"})),
            postal_codes=self.one((), (PostalRange("94", "94"),), (PostalRange("", "Ü"),)),
            employees=self.one(None, Band(), Band(1, 2)), owner_rep=self.one(None, *REPS), owner_pool=self.one(None, 2),
        )  # fmt: skip

    def rulebook(self) -> Rulebook:
        rules = tuple(self.rule(n) for n in range(1, self.chance.randint(1, 6)))
        territories = {n: self.territory(n) for n in range(1, self.chance.randint(1, 5))}
        pools = {n: Pool(n, f"Pool {n}", ledger=self.one(n, 1)) for n in POOLS}
        return Rulebook(1, Settings(timezone=self.one(*ZONES)), rules, pools, territories)

    def cap(self) -> CapUse:
        chance = self.chance
        return CapUse(
            self.one(*CapKind), chance.randint(-1, 3), chance.randint(0, 3), self.one(None, *POOLS),
            self.one(True, False), self.one(None, self.instant()),
        )  # fmt: skip

    def state(self, rep: int) -> RepState:
        return RepState(
            rep, f"Rep {rep}", self.one(None, None, *STANDINGS), "", self.one(None, self.instant()),
            self.one(None, *REPS, GONE), tuple(self.some(self.cap, 2)),
        )  # fmt: skip

    def member(self) -> Member:
        return Member(self.one(*REPS, GONE), self.one(1000, 2500, 1, 0, -3))

    def people(self) -> People:
        members = {pool: tuple(self.some(self.member, 6)) for pool in POOLS if self.chance.random() < 0.8}
        ledgers = {n: {self.rep(): LedgerAccount(self.chance.randint(-(10**10), 10**10))} for n in POOLS}
        last_resort = tuple(self.some(self.rep, 2))
        states = {rep: self.state(rep) for rep in REPS}
        return People(states, members, ledgers, last_resort, paused=self.chance.random() < 0.1)

    def earlier(self, id: int) -> Any:
        return earlier(
            id, owner=self.one(None, *REPS, GONE), days_ago=self.chance.uniform(-1, 120), form=self.one("demo", ""),
            company_identity=self.one(None, 7), email=self.one("", "mia@globex.com"),
        )  # fmt: skip

    def lead(self, id: int) -> Lead:
        match = MatchedAccount(1, "Globex", "domain", 0.95, self.one(None, *REPS), {"csm": self.rep()})
        resume = Resume(self.one(1, 2), self.chance.randint(0, 6), self.one(True, False), rep=self.one(None, GONE))
        return Lead(
            id, "k", "Mia Chen", self.one(NOW, self.instant()), {self.one(*FIELDS): self.value() for _ in range(4)},
            form=self.one("demo", ""), email=self.one("mia@globex.com", "zoe@globex.com", ""),
            match=self.one(None, match),
            company_identity=self.one(None, 7), screen_reason=self.one(*[""] * 9, "spam"),
            earlier=tuple(self.earlier(n) for n in range(100, 100 + self.chance.randint(0, 2))),
            first_reached={self.rep(): self.instant()}, resume=self.one(None, None, resume),
            owned_before=frozenset(self.some(self.rep, 2)), hold_deadline_at=self.one(None, None, self.instant()),
            undecidable=self.chance.random() < 0.1, test=self.chance.random() < 0.1,
        )  # fmt: skip
