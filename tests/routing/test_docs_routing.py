"""docs/routing.md says what routing does: each of its examples is carried out, and each cell compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import yaml

from reps.caps import CAP_KINDS
from reps.models import Rep
from routing.engine.sla import StepKind
from routing.engine.types import (
    ONE_LEAD,
    Away,
    Fairness,
    Method,
    OfferMode,
    PerformanceMode,
    Refusal,
    Strategy,
    TurnsBy,
)
from routing.models import Assignment, Lead, LeadEvent, LedgerAccount, Offer, Pool, Posting, WeightTilt, Work
from routing.rulebook.config.source import load
from routing.services.change_lead import change_lead
from routing.services.explain import explain
from routing.services.importing.run import import_config
from routing.services.lead_actions import accept, claim, decline, quarantine, reassign, respond, set_outcome
from routing.services.lint import lint
from routing.services.measure_performance import measure_performance
from routing.services.pause_pool import pause_pool
from routing.services.receive_lead import receive_lead
from routing.services.receive_signal import receive_signal
from routing.services.route_pending import route_all
from routing.services.simulate import simulate
from routing.services.sla.clock import start_clocks, start_offers
from routing.services.statement import statement
from routing.services.sweep import sweep
from routing.services.work import run_now
from routing.snapshots.performance import _table
from routing.snapshots.traces import expand
from tests.factories import make_owned_lead
from tests.routing.routing_doc import Example, Table, company, examples

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("whether a page is true does not depend on the database")]
MONDAY = date(2026, 3, 2)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTE = timedelta(minutes=1)
GATES = {
    Refusal.INACTIVE: "inactive",
    Refusal.NOT_MEMBER: "not a member",
    Refusal.PAUSED: "paused",
    Refusal.ON_LEAVE: "before the leave",
    Refusal.HOLIDAY: "public holiday",
    Refusal.OFF_SHIFT: "off shift",
    Refusal.LANGUAGE: "does not speak",
    Refusal.SKILL: "lacks the skill",
    Refusal.TOPIC: "has level",
    Refusal.OWNED_BEFORE: "had this lead before",
    Refusal.CAP: "cap of",
    Refusal.PACE: "that had waited",
}
WAYS = ("pool", "rep", "territory", "account_owner", "table", "park", "wait_minutes", "overflow", "assign_anyway")
NEEDS = ("languages", "skills", "topics", "level", "patience_minutes", "answer_now", "units", "all")
USUAL = {
    Strategy.ROUND_ROBIN,
    Fairness.SHARE,
    OfferMode.ASSIGN,
    PerformanceMode.BEST_LEADS,
    TurnsBy.GRADE,
    TurnsBy.SOURCE,
}
"""What holds where nothing is said, and the fields that work as `kind` does."""


@dataclass(slots=True)
class Story:
    """An example as it goes on: the time, and its leads by their numbers on the page."""

    zone: ZoneInfo
    now: datetime
    committed: Callable[[], AbstractContextManager[object]]
    alerts: bool = False
    leads: list[Lead] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def lead(self, number: str | int) -> Lead:
        return Lead.objects.select_related("owner").get(pk=self.leads[int(number) - 1].pk)

    def go_to(self, text: str) -> None:
        """“Tue 14:30”, the week after as “next Tue 14:30”, or “28 Mar 14:30”; a minute later if nothing is said."""
        if not text:
            self.now += MINUTE
            return
        if text[0].isdigit():
            self.now = datetime.strptime(f"{MONDAY.year} {text}", "%Y %d %b %H:%M").replace(tzinfo=self.zone)
            return
        found = re.fullmatch(r"(next )?(\w{3}) (\d\d):(\d\d)", text)
        assert found is not None, text
        day = MONDAY + timedelta(days=DAYS.index(found[2]) + (7 if found[1] else 0))
        self.now = datetime.combine(day, time(int(found[3]), int(found[4])), tzinfo=self.zone)

    def settle(self, *, due: bool) -> None:
        """What is due is done, and whoever gets something is told; of leads only where the example has SLA policies."""
        if due:
            sweep(now=self.now)
        route_all(now=self.now)
        start_offers(dict.fromkeys(Offer.objects.standing().values_list("pk", flat=True), self.now), now=self.now)
        if self.alerts:
            start_clocks(
                dict.fromkeys(Assignment.objects.current().values_list("pk", flat=True), self.now), now=self.now
            )


def rep(name: str) -> Rep:
    return Rep.objects.get(name__startswith=name)


# --- what may happen ----------------------------------------------------------------------------------------------


def comes_in(story: Story, facts: dict[str, Any]) -> Lead:
    n = next(story.numbers)
    lead = receive_lead(facts={"email": f"lead{n}@company{n}.example"} | facts, now=story.now).lead
    Lead.objects.filter(pk=lead.pk).update(uuid=UUID(int=n))  # the control group hangs on it
    story.leads.append(lead)
    return lead


def _declines(story: Story, who: str, lead: str, reason: str) -> None:
    decline(lead=story.lead(lead), rep=rep(who), reason=reason.replace(" ", "_"), note="", now=story.now, actor=who)


def _gives(story: Story, lead: str, who: str, without: str | None) -> None:
    reassign(lead=story.lead(lead), rep=rep(who), reason="", counts=not without, now=story.now, actor="Dana")


def _outcome(story: Story, lead: str, stage: str) -> None:
    set_outcome(lead=story.lead(lead), stage=stage, amount=Decimal(0), reason="", now=story.now, actor="Dana")


def _brings(story: Story, who: str, leads: str, source: str, won: str) -> None:
    ended = story.now - timedelta(days=1)
    for number in range(int(leads)):
        outcome = Lead.Outcome.WON if number < int(won) else Lead.Outcome.LOST
        make_owned_lead(ended, rep(who), source=source, outcome=outcome, outcome_at=ended)


def _pause(story: Story, pool: str, verb: str) -> None:
    pause_pool(pool=Pool.objects.get(name=pool), paused=verb == "is paused", now=story.now)


ACTIONS: dict[str, Callable[..., object]] = {
    r"(\w+) declines (\d+): ([\w ]+)": _declines,
    r"(\w+) accepts (\d+)": lambda story, who, lead: accept(
        lead=story.lead(lead), rep=rep(who), now=story.now, actor=who
    ),
    r"(\w+) answers (\d+)": lambda story, who, lead: respond(
        lead=story.lead(lead), rep=rep(who), channel="call", note="", now=story.now, actor=who
    ),
    r"(\w+) claims (\d+)": lambda story, who, lead: claim(
        lead=story.lead(lead), rep=rep(who), now=story.now, actor=who
    ),
    r"a manager gives (\d+) to (\w+)( without a turn)?": _gives,
    r"(\d+) turns out to be spam": lambda story, lead: quarantine(
        lead=story.lead(lead), reason="spam", now=story.now, actor="Dana"
    ),
    r"(\d+) is (qualified|won|lost)": _outcome,
    r"(\w+) had (\d+) leads from (\w+) before, and won (\d+)": _brings,
    r"(\d+) changes: `(.+)`": lambda story, lead, facts: change_lead(
        lead=story.lead(lead), facts=load(facts), now=story.now, actor="Dana"
    ),
    r"the pool ([\w ]+) (is paused|goes on)": _pause,
    r"a signal: `(.+)`": lambda story, facts: receive_signal(
        facts={"observed_at": story.now.isoformat()} | load(facts), now=story.now
    ),
    r"the night passes": lambda story: measure_performance(now=story.now),
    r"time passes(?: for \d+)?": lambda story: None,
}


def happens(story: Story, text: str) -> None:
    for pattern, action in ACTIONS.items():
        if found := re.fullmatch(pattern, text):
            action(story, *found.groups())
            return
    pytest.fail(f"The page says what no test knows: {text}")


# --- what should have become of it -----------------------------------------------------------------------------------


def whereabouts(lead: Lead) -> str:
    if lead.owner:
        return lead.owner.name.split()[0]
    if lead.held_reason == "offered" and lead.status == "held":
        reps = Offer.objects.standing().filter(lead=lead).order_by("rep__name").values_list("rep__name", flat=True)
        return "offered to " + ", ".join(name.split()[0] for name in reps)
    return {"held": "waits", "parked": "nurture", "quarantined": "review", "pending": "pending"}.get(
        lead.status, lead.status
    )


def newest(lead: Lead) -> dict[str, Any]:
    decision = lead.decisions.order_by("-pk")[0]
    (trace,) = expand([decision])
    return {"reason": decision.reason, **trace}


def refused(trace: dict[str, Any]) -> str:
    out = [candidate for candidate in trace["candidates"] if not candidate["eligible"]]
    return "; ".join(f"{candidate['name'].split()[0]}: {candidate['detail']}" for candidate in out)


def balance(name: str) -> str:
    accounts = LedgerAccount.objects.filter(rep=rep(name))
    return in_leads(sum(accounts.values_list("balance", flat=True)))


def in_leads(billionths: int) -> str:
    return f"{round(billionths, -5) / ONE_LEAD:+.3f}"


TEXTS: dict[str, Callable[[Story, Lead, dict[str, Any]], list[str]]] = {
    "because": lambda story, lead, trace: [trace["reason"]],
    "note": lambda story, lead, trace: [
        *trace["notes"],
        *trace["steps"],
        *(look["detail"] for look in trace["rules"]),
    ],
    "noted": lambda story, lead, trace: list(
        LeadEvent.objects.filter(lead=lead, happened_at=story.now).values_list("text", flat=True)
    ),
}
"""Columns of which a cell quotes a part."""


def seen(story: Story, lead: Lead | None, column: str, wanted: str) -> str:
    """What the cell should say; the wanted text itself where it is part of a longer one."""
    if Rep.objects.filter(name__startswith=column + " ").exists():
        return balance(column)
    assert lead is not None, "a row that speaks of no lead shows balances only"
    if column == "goes to":
        return whereabouts(lead)
    if column == "how":
        return lead.method.replace("_", " ")
    if column == "turn":
        return "control group" if Posting.objects.filter(lead=lead).latest("pk").control else "pool"
    trace = newest(lead)
    if column == "refused":
        return refused(trace)
    if column in TEXTS:
        texts = TEXTS[column](story, lead, trace)
        return wanted if any(wanted in text for text in texts) else "; ".join(texts)
    if column == "match":
        return f"{trace['match']['evidence']} ({trace['match']['confidence']:.2f})" if trace["match"] else "none"
    if column == "grade":
        return f"{trace['grade']} ({trace['score']:g})"
    pytest.fail(f"The page has a column that no test knows: {column}")


def carry_out(story: Story, row: dict[str, str]) -> None:
    last = story.now
    story.go_to(row.get("when", ""))
    text, lead = row["what happens"], None
    if text.startswith("`"):
        lead = comes_in(story, load(text.strip("`")))
    else:
        with story.committed():
            happens(story, text)
    story.settle(due=lead is None or story.now - last > MINUTE)
    asked = {
        column: wanted for column, wanted in row.items() if wanted and column not in ("when", "lead", "what happens")
    }
    if lead is None and asked and (number := re.search(r"\b(\d+)\b", row.get("lead", "") or text)):
        lead = story.lead(number[1])
    elif lead is not None:
        lead = story.lead(len(story.leads))
        assert row.get("lead", "") in ("", str(len(story.leads)))
    for column, wanted in asked.items():
        assert seen(story, lead, column, wanted) == wanted, row


def simulated(story: Story, row: dict[str, str]) -> None:
    """Nothing is written: the decision alone is compared."""
    before = story.now
    story.go_to(row.get("when", ""))
    moment, story.now = story.now, before
    facts = {"email": "somebody@somewhere.example"} | load(row["what if"].strip("`"))
    found = simulate(lead=facts, at=moment, version=row.get("version", "published"), now=story.now).decision
    winner = Rep.objects.filter(email=found["rep"]).first() if found["rep"] else None
    assert (winner.name.split()[0] if winner else found["outcome"]) == row["goes to"], found["reason"]
    assert row["because"] in found["reason"]


def findings(story: Story, table: Table) -> None:
    found = {(finding.severity.value, finding.name): finding.message for finding in lint(now=story.now)}
    for row in table.rows:
        assert row["says"] in found.get((row["finding"], row["about"]), "nothing"), found


def replayed(story: Story, table: Table) -> None:
    report = run_now(kind=Work.Kind.REPLAY, params={"days": 7}, clock=lambda: story.now).report
    assert report is not None
    lines = {line["name"].split()[0]: line for line in report["reps"]}
    for row in table.rows:
        for column in ("history", "published", "draft"):
            assert str(lines[row["replay"]][column]) == row[column], (row, column, report["changes"])


def repaired(story: Story, table: Table) -> None:
    params = {"from": 1, "to": 2, "apply": True}
    work = run_now(kind=Work.Kind.REPAIR, params=params, clock=lambda: story.now)
    assert work.error == ""
    for row in table.rows:
        assert whereabouts(story.lead(row["repair"])) == row["goes to"]


def asked(story: Story, table: Table) -> None:
    for row in table.rows:
        decision = story.lead(row["lead"]).decisions.order_by("-pk")[0]
        found = explain(decision=decision, rep=rep(row["why not"]), now=story.now)
        assert row["says"] in (found.why_not or ""), found
        assert row.get("it would take", "") in (found.counterfactual or {}).get("text", ""), found


def tilted(story: Story, table: Table) -> None:
    tilt = WeightTilt.objects.get()
    for row in table.rows:
        assert f"{tilt.month:%B %Y}" == row["month"]
        assert f"{tilt.factors[str(rep(row['factor']).pk)]:.2f}" == row["is"]


def stated(story: Story, table: Table) -> None:
    who = rep(table.rows[0]["statement"])
    lines = statement(rep=who, since=story.now - timedelta(days=7), until=story.now).lines
    told = [
        {
            "statement": who.name.split()[0],
            "kind": line.kind,
            "earned": in_leads(line.earned),
            "paid": in_leads(line.paid),
            "balance": in_leads(line.balance),
        }
        for line in lines
    ]
    assert told == table.rows


WHOLE_TABLES: dict[str, Callable[[Story, Table], None]] = {
    "finding": findings,
    "replay": replayed,
    "repair": repaired,
    "statement": stated,
    "why not": asked,
    "factor": tilted,
}


def configure(story: Story, config: dict[str, Any]) -> None:
    """The first configuration is published, a further one the next version, or with `draft: true` the draft."""
    draft = config.pop("draft", False)
    story.alerts = "sla_policies" in config
    import_config(text=yaml.safe_dump(config, sort_keys=False), now=story.now, draft=draft)


def cells(column: str) -> str:
    """What stands in a column of any table of the page."""
    tables = [part for example in examples() for part in example.parts if isinstance(part, Table)]
    return "\n".join(row.get(column, "") for table in tables for row in table.rows)


def keys_and_values(value: object) -> Iterator[str]:
    """Every word of a configuration."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from keys_and_values(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys_and_values(part)
    else:
        yield str(value)


def test_every_method_and_every_gate_has_an_example() -> None:
    methods = [method.replace("_", " ") for method in Method]

    assert [method for method in methods if method not in cells("how").splitlines()] == []
    assert [gate for gate, says in GATES.items() if says not in cells("refused") + cells("says")] == []
    assert GATES.keys() == set(Refusal)


def test_every_word_of_the_configuration_that_decides_has_an_example() -> None:
    words = {word for example in examples() for part in example.parts for word in keys_and_values(part)}
    kinds: list[type[StrEnum]] = [Strategy, Fairness, TurnsBy, PerformanceMode, OfferMode, Away, StepKind]

    assert [word for word in (*CAP_KINDS, *WAYS, *NEEDS) if word not in words] == []
    assert [one for kind in kinds for one in kind if one not in words | USUAL] == []


@pytest.fixture(autouse=True)
def no_numbers_of_another_example() -> None:
    """Keys of rows come again in the next test."""
    _table.cache_clear()


@pytest.mark.parametrize("example", examples(), ids=str)
def test_an_example_of_the_page_is_true(
    example: Example, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    config: dict[str, Any] = company()
    zone = ZoneInfo(config["settings"]["timezone"])
    committed = partial(django_capture_on_commit_callbacks, execute=True)
    story = Story(zone, datetime.combine(MONDAY, time(9), tzinfo=zone), committed)
    for part in example.parts:
        if isinstance(part, dict):
            config = config | part
            configure(story, dict(config))
        elif part.first in WHOLE_TABLES:
            story.go_to("")
            WHOLE_TABLES[part.first](story, part)
        else:
            for row in part.rows:
                (simulated if part.first == "what if" or "what if" in row else carry_out)(story, row)
