"""The company that the state machine drives: every way to a rep, people who work at odd hours, all kinds of pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from reps.models import Expertise, Rep, WorkingHours
from routing.models import LastResort, Ledger, LookupRow, LookupTable, Pool, Rule, Territory, Topic
from routing.services.publish import publish
from tests.factories import make_account, make_catch_all, make_pool, make_rep, make_rule, make_settings, make_sla

START = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
"""A Tuesday, 17:00 in Berlin, 08:00 in Los Angeles."""
BERLIN, LOS_ANGELES = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles")
DAY_SHIFT, NIGHT_SHIFT = (time(8), time(18)), (time(20), time(4))
KINDS = ("demo", "pricing", "contact", "trial", "webinar", "content", "partner", "support")
PEOPLE = (
    "mia@globex.com", "tom@globex.com", "eve@initech.com", "sam@umbrella.com", "kim@gmail.com", "lee@hooli.com",
    "ann@acme.io", "bot@mailinator.com", "ida@stark.io", "joe@wayne.com", "pia@tyrell.com", "rob@cyberdyne.com",
    "uma@soylent.com", "vic@wonka.com", "zoe@vandelay.com", "max@gmail.com",
)  # fmt: skip
"""Two of one company that is an account, some of companies of their own, one of free mail, one disposable."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What differs from one example to the next."""

    strategy: str
    offer: str
    fairness: str
    turns_by: str
    shared: bool
    caught_up: bool


@dataclass(frozen=True, slots=True)
class Company:
    reps: Sequence[Rep]
    pools: Sequence[Pool]
    rules: Sequence[Rule]
    boss: Rep


LADDER = [
    {"after_minutes": 1, "do": "offer"},
    {"after_minutes": 3, "do": "remind", "unless": "accepted"},
    {"after_minutes": 5, "do": "pause_rep"},
    {"after_minutes": 5, "do": "reassign"},
    {"after_minutes": 30, "do": "alert_manager"},
]
"""What happens to a lead that nobody answers, once its owner was told."""


def found_company(shape: Shape) -> Company:
    """Published and at work."""
    sla = make_sla(name="Ladder", steps=LADDER, max_attempts=2)
    make_settings(timezone="Europe/Berlin", hold_deadline_hours=4, stages={"qualified": "route"}, sla=sla)
    Topic.objects.create(name="kubernetes", keywords=["k8s"])
    reps, boss = _people(shape)
    pools = _pools(reps, shape)
    rules = _rules(reps, pools)
    publish(note="", user=None, now=START)
    return Company(reps, pools, rules, boss)


def on_shift(rep: Rep, now: datetime) -> bool:
    """By the clocks on the wall, without the product's schedules."""
    if rep.hours == Rep.Hours.ALWAYS:
        return True
    local = now.astimezone(ZoneInfo(rep.timezone))
    if local.tzinfo == BERLIN:
        return local.weekday() < 5 and DAY_SHIFT[0] <= local.time() < DAY_SHIFT[1]
    return local.time() >= NIGHT_SHIFT[0] or local.time() < NIGHT_SHIFT[1]


def _people(shape: Shape) -> tuple[list[Rep], Rep]:
    boss = make_rep("Bo Ossa")
    ana = make_rep("Ana", languages=["en", "de"], catch_up={"share": 0.5} if shape.caught_up else {})
    bob = make_rep("Bob", hours=Rep.Hours.OWN, timezone="Europe/Berlin", backup=ana)
    cat = make_rep("Cat", caps={"hour": 1, "day": 6, "unanswered": {"limit": 4, "all": True}}, languages=["fr"])
    dan = make_rep("Dan", hours=Rep.Hours.OWN, timezone="America/Los_Angeles", backup=bob)
    LastResort.objects.create(position=1, rep=boss)
    LastResort.objects.create(position=2, rep=ana)
    _hours(bob, range(5), DAY_SHIFT)
    _hours(dan, range(7), NIGHT_SHIFT)
    for rep, level in ((ana, 1), (bob, 3), (cat, 2)):
        Expertise.objects.create(rep=rep, topic="kubernetes", level=level)
    return [ana, bob, cat, dan], boss


def _hours(rep: Rep, days: range, shift: tuple[time, time]) -> None:
    blocks = (WorkingHours(rep=rep, weekday=day, start=shift[0], end=shift[1]) for day in days)
    WorkingHours.objects.bulk_create(blocks)


def _pools(reps: Sequence[Rep], shape: Shape) -> list[Pool]:
    group = Ledger.objects.create(name="Group", shared=True) if shape.shared else None
    ana, bob, cat, dan = reps
    return [
        make_pool(ana, bob, cat, weights=[1, 2, 1], name="SMB", turns_by=shape.turns_by, fairness_group=group),
        make_pool(
            ana, cat, dan, name="Enterprise", strategy=shape.strategy, fairness=shape.fairness,
            turns_by=shape.turns_by, control_share=0.3, fairness_group=group,
        ),
        make_pool(ana, bob, dan, name="Offers", offer=shape.offer, offer_minutes=15),
    ]  # fmt: skip


def _rules(reps: Sequence[Rep], pools: Sequence[Pool]) -> list[Rule]:
    smb, enterprise, offers = pools
    make_account("Globex", domains=("globex.com",), owner=reps[3], stage="customer")
    Territory.objects.create(name="Germany", countries=["DE"], owner_rep=reps[1])
    Territory.objects.create(name="France", countries=["FR"], owner_pool=enterprise)
    table = LookupTable.objects.create(name="Partners")
    LookupRow.objects.create(table=table, key="one", rep=reps[2])
    LookupRow.objects.create(table=table, key="two", pool=smb)
    given: list[Mapping[str, Any]] = [
        {"conditions": when("account.stage", "customer"), "destination": "account_owner", "away": "next"},
        {"conditions": when("country", "DE", "FR"), "destination": "territory"},
        {"conditions": when("kind", "partner"), "destination": "table", "table": table, "table_field": "source"},
        {"conditions": when("kind", "pricing"), "pool": enterprise, "when_nobody": "overflow", "overflow_pool": smb},
        {"conditions": when("kind", "trial"), "pool": offers, "requires": {"languages": ["en"]}},
        {"conditions": when("kind", "support"), "destination": "rep", "rep": reps[1], "answer_now": True},
        {"conditions": when("kind", "webinar"), "destination": "park", "park_reason": "webinar", "review_days": 1},
        {"conditions": when("kind", "contact"), "pool": enterprise, "when_nobody": "wait", "wait_minutes": 30},
        {
            "conditions": when("kind", "content"), "pool": smb, "when_nobody": "assign_anyway", "units": 2,
            "requires": {"topics": [{"topic": "kubernetes", "level": 3, "patience_minutes": 10}]},
        },
        {"conditions": when("language", "fr"), "pool": enterprise, "requires": {"languages": "lead"}},
    ]  # fmt: skip
    rules = [
        make_rule(name=f"Rule {position}", position=position, **fields) for position, fields in enumerate(given, 1)
    ]
    return [*rules, make_catch_all(smb)]


def when(field: str, *values: str) -> list[list[dict[str, Any]]]:
    return [[{"field": field, "op": "any_of", "value": list(values)}]]
