"""Random leads, rulebooks and people, many of them broken, from a seed: what the engine must survive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from routing.engine.performance import Counted
from routing.engine.skill import fit_skill
from routing.engine.types import (
    ActiveWindow,
    AssignAnyway,
    Away,
    Band,
    CapKind,
    CapUse,
    CatchUp,
    Condition,
    Fairness,
    GoNext,
    Lead,
    LedgerAccount,
    LedgerKey,
    MatchedAccount,
    Member,
    Need,
    NeedKind,
    OfferMode,
    Operator,
    OverflowTo,
    People,
    PerformanceTable,
    Pool,
    PostalRange,
    Record,
    Refusal,
    RepState,
    Resume,
    Rule,
    Rulebook,
    ScoreRule,
    Settings,
    SignalFact,
    SkillTable,
    Strategy,
    Table,
    Territory,
    ToAccountOwner,
    ToPark,
    TopicTag,
    ToPool,
    ToRep,
    ToTable,
    ToTerritory,
    TurnsBy,
    WaitThenNext,
)
from tests.engine.builders import NOW, earlier

FIELDS = (
    "country", "region", "postal_code", "employees", "kind", "submitted_at", "returning", "territory", "account.stage",
    "attributes.x", "signal.x", "signal.de", "language", "grade", "x", "", None,
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
WORDS = ("de", "de-at", "lead", "security", "kubernetes", "Ümlaut", "", "\0")


def _explode(text: str) -> bool:
    raise RuntimeError(text)


class Strange:
    """One world of random values; the same seed makes the same one. In every other world more leads reach a pool."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.calm = self.chance.random() < 0.5

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
        if self.calm:
            return ()
        return tuple(tuple(self.some(self.condition, 2)) for _ in range(self.chance.randint(0, 2)))

    def destination(self) -> Any:
        away = self.one(*Away)
        if self.calm:
            return ToPool(self.pool())
        return self.one(
            ToPool(self.pool()), ToPool(self.pool()), ToRep(self.one(*REPS, GONE), away), ToTerritory(away),
            ToAccountOwner(self.one("owner", "csm", "sdr"), away), ToPark("", 3), None,
            ToTable(self.one(1, 1, GONE), self.one("country", "kind", "x", ""), away),
        )  # fmt: skip

    def rule(self, id: int) -> Rule:
        window = ActiveWindow(self.instant(), self.one(None, NOW + timedelta(1)), self.one(None, frozenset({1, 9})))
        return Rule(
            id, id, self.one("Rule", "\0"), self.conditions(), self.destination(),
            self.one(GoNext(), AssignAnyway(), OverflowTo(self.pool()), WaitThenNext(self.one(*NUMBERS)), None),
            enabled=self.one(True, True, False), answer_now=self.one(True, False), active=self.one(None, None, window),
            needs=self.needs(), units=self.one(1, 1, 3, 0, -1),
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
        rows = {self.one("us", "demo", "", "94105"): self.one(ToRep(self.one(*REPS, GONE)), ToPool(self.pool()))}
        tables = {1: Table(1, "T", rows)}
        return Rulebook(1, self.settings(), rules, {n: self.pool_settings(n) for n in POOLS}, territories, tables)

    def number(self) -> Any:
        return self.one(self.chance.uniform(-1, 4), *NUMBERS)

    def needs(self) -> Any:
        return tuple(
            Need(self.one(*NeedKind), self.one(*WORDS), self.chance.randint(0, 4), self.one(None, self.number()))
            for _ in range(self.one(0, 0, 0, 1, 2))
        )

    def settings(self) -> Settings:
        score = tuple(self.some(lambda: ScoreRule(self.conditions(), self.number()), 2))
        grades = (("A", self.number()), ("B", 0))
        return Settings(timezone=self.one(*ZONES), release_burst=self.one(3, 1, 0, -1), score=score, grades=grades)

    def pool_settings(self, id: int) -> Pool:
        return Pool(
            id, f"Pool {id}", self.one(id, 1), self.one(*Strategy, *Strategy, "other"), self.one(*Fairness),
            self.one(None, *TurnsBy), totals_days=self.number(), band=self.one(0, -1, 10**9, 10**30),
            minimum_fit=self.number(), control_share=self.number(), segments=self.one((), ("source", "size", "x")),
            offer=self.one(*[OfferMode.ASSIGN] * 4, *OfferMode), offer_minutes=self.number(), needs=self.needs(),
        )  # fmt: skip

    def cap(self) -> CapUse:
        chance = self.chance
        return CapUse(
            self.one(*CapKind), chance.randint(-1, 3), chance.randint(0, 3), self.one(None, *POOLS),
            self.one(True, False), self.one(None, self.instant()),
        )  # fmt: skip

    def standing(self) -> Refusal | None:
        return None if self.calm and self.chance.random() < 0.6 else self.one(None, None, *STANDINGS)

    def state(self, rep: int) -> RepState:
        return RepState(
            rep, f"Rep {rep}", self.standing(), "", self.one(None, self.instant()),
            self.one(None, *REPS, GONE), tuple(self.some(self.cap, 2)),
            languages=frozenset(self.some(lambda: self.one(*WORDS), 3)),
            skills=frozenset(self.some(lambda: self.one(*WORDS), 3)), expertise=self.expertise(),
            open_units=self.one(0, 3, -2), released=self.one(0, 3, -2), catch_up=self.one(None, self.catch_up()),
        )  # fmt: skip

    def expertise(self) -> dict[str, float]:
        return {self.one(*WORDS): self.number() for _ in range(2)}

    def catch_up(self) -> CatchUp:
        return CatchUp(self.number(), self.number(), self.number())

    def table(self) -> PerformanceTable:
        segment = self.one((), ("web",), ("web", "", "x"))
        record = Record(self.number(), self.number())
        return PerformanceTable(
            date(2026, 3, 2), ("source", "size"), {(): Record(10.0, 50.0), segment: record},
            {self.rep(): {segment: record, (): record}}, self.number(), self.one(None, self.skill()),
        )  # fmt: skip

    def skill(self) -> SkillTable:
        rows = [Counted(self.rep(), self.one(("web", ""), ("web",), ()), self.number(), self.number()) for _ in "abc"]
        return fit_skill(rows, dimensions=("source", "size"), differ=self.one(True, False))

    def account(self) -> LedgerAccount:
        saved = self.one(0, 0, 10**9, -5)
        return LedgerAccount(self.chance.randint(-(10**10), 10**10), self.one(None, self.instant()), saved)

    def member(self) -> Member:
        return Member(self.one(*REPS, GONE), self.one(1000, 2500, 1, 0, -3))

    def people(self) -> People:
        members = {pool: tuple(self.some(self.member, 6)) for pool in POOLS if self.chance.random() < 0.8}
        ledgers = {LedgerKey(n): {self.rep(): self.account() for _ in range(2)} for n in POOLS}
        last_resort = tuple(self.some(self.rep, 2))
        states = {rep: self.state(rep) for rep in REPS}
        return People(
            states, members, ledgers, last_resort, paused=self.chance.random() < 0.1 and not self.calm,
            paused_pools=frozenset(self.one((), (), (self.pool(),))),
            totals={LedgerKey(n): {self.rep(): self.one(0, 7, -3)} for n in POOLS},
            joined={(n, self.rep()): self.instant() for n in POOLS},
            performance={n: self.table() for n in POOLS if self.chance.random() < 0.8},
        )  # fmt: skip

    def signal(self) -> SignalFact:
        return SignalFact(self.one(*WORDS, "x"), "", "", self.number(), self.instant(), self.number())

    def topic(self) -> TopicTag:
        return TopicTag(self.one(*WORDS), self.number(), "", "message", self.number())

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
            form=self.one("demo", ""), email="" if self.calm else self.one("mia@globex.com", "zoe@globex.com", ""),
            match=None if self.calm else self.one(None, match),
            company_identity=None if self.calm else self.one(None, 7),
            screen_reason="" if self.calm else self.one(*[""] * 9, "spam"),
            earlier=tuple(self.earlier(n) for n in range(100, 100 + self.chance.randint(0, 0 if self.calm else 2))),
            first_reached={self.rep(): self.instant()}, resume=self.one(None, None, resume),
            owned_before=frozenset(self.some(self.rep, 2)),
            hold_deadline_at=None if self.calm else self.one(None, None, self.instant()),
            undecidable=self.chance.random() < 0.1 and not self.calm, test=self.chance.random() < 0.1,
            released=self.one(True, False), parked_before=self.one(True, False),
            signals=tuple(self.some(self.signal, 3)), topics=tuple(self.some(self.topic, 3)),
            declined_offer=frozenset(self.some(self.rep, 1)),
        )  # fmt: skip
