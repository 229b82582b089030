"""Rows → the buying signals of leads, and the topics that they and the leads' messages are about."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from routing.engine.performance import decay
from routing.engine.types import Condition, Rulebook, SignalFact, Strategy, TopicTag
from routing.intent import Tag
from routing.models import Lead, Signal
from routing.snapshots.readings import Readings, load_readings
from routing.snapshots.rulebook import Published


class Intent(NamedTuple):
    """The signals of a lead, the newest first, and the topics that they and its own words are about, the surest first.

    `note` says why keywords found some of them where something else should have.
    """

    signals: tuple[SignalFact, ...] = ()
    topics: tuple[TopicTag, ...] = ()
    note: str = ""


MOST_SIGNALS = 50
"""The newest of a lead; what came before them is old news."""
HALF_LIVES = 5
"""A signal older than this is forgotten: less than a thirtieth of it is left."""
FORGOTTEN = 0.5**HALF_LIVES
LONGEST_SIGNAL = 4_000
"""Characters of a signal's text that topics are looked for in: there may be many of them to a lead."""
FROM_THE_LEAD = "message"
"""The origin of what the lead itself said."""
DAY = timedelta(days=1)
COLUMNS = ("id", "kind", "title", "text", "strength", "half_life_days", "observed_at")
PER_SUBJECT = {
    "sqlite": "SELECT k.value AS subject, {columns} FROM json_each(%s) k CROSS JOIN {table} s"
    " WHERE s.id IN (SELECT id FROM {table} WHERE {filter} ORDER BY observed_at DESC LIMIT {most})",
    "postgresql": "SELECT k.value AS subject, {columns} FROM jsonb_array_elements_text(%s::jsonb) k"
    " CROSS JOIN LATERAL (SELECT * FROM {table} WHERE {filter} ORDER BY observed_at DESC LIMIT {most}) s",
}
"""The newest signals of each subject, one subject after the other: how many older ones there are costs nothing."""
SUBJECTS: dict[str, tuple[str, Callable[[Lead], str]]] = {
    "lead": ("lead_id = CAST(k.value AS bigint)", lambda lead: str(lead.pk or "")),
    "email": ("email = k.value AND NOT (email = '')", lambda lead: lead.email),
    "domain": ("domain = k.value AND NOT (domain = '')", lambda lead: lead.domain),
}
"""What a signal can be about: how it is found (in the words of the partial indexes), and how a lead is called there."""


def load_signals(rows: Sequence[Lead], *, published: Published, now: datetime) -> dict[int, Intent]:
    """Lead → its signals and topics. Only what was known at `now`.

    At most four queries; none where the rulebook asks for nothing of it.
    """
    rulebook = published.rulebook
    if not _asks_for_signals(rulebook):
        return {row.pk: Intent() for row in rows}
    alive = _alive_of(rows, rulebook, now)
    shown = {one.pk: one for signals in alive.values() for one, _ in signals}
    readings = load_readings(_texts(rows, shown.values()), rulebook)
    tags = {pk: topics_of_signal(one, readings) for pk, one in shown.items()}
    return {row.pk: _intent(row, alive[row.pk], tags, readings) for row in rows}


def texts_of(rows: Sequence[Lead], *, rulebook: Rulebook, now: datetime) -> list[str]:
    """What load_signals looks for topics in, the leads' own words first. At most three queries."""
    shown = {one.pk: one for signals in _alive_of(rows, rulebook, now).values() for one, _ in signals}
    return list(dict.fromkeys(filter(None, _texts(rows, shown.values()))))


def _texts(rows: Iterable[Lead], signals: Iterable[Signal]) -> Iterator[str]:
    for row in rows:
        yield from words_of_lead(row)
    for one in signals:
        yield from words_of_signal(one)


def words_of_lead(row: Lead) -> tuple[str, str]:
    """What a lead itself says that it is about."""
    return row.product_interest, row.message


def words_of_signal(one: Signal) -> tuple[str, str]:
    """What topics of a signal are looked for in."""
    return one.title, one.text[:LONGEST_SIGNAL]


def _alive_of(rows: Sequence[Lead], rulebook: Rulebook, now: datetime) -> dict[int, list[tuple[Signal, float]]]:
    found = {subject: _newest(rows, subject, now) for subject in SUBJECTS}
    return {row.pk: _alive(_about(row, found), rulebook, now) for row in rows}


def _about(row: Lead, found: Mapping[str, Mapping[str, list[Signal]]]) -> list[Signal]:
    """The newest signals of the lead, its address or its company."""
    every = {one.pk: one for subject, (_, name) in SUBJECTS.items() for one in found[subject].get(name(row), ())}
    return sorted(every.values(), key=lambda one: (one.observed_at, one.pk), reverse=True)[:MOST_SIGNALS]


def _alive(signals: Iterable[Signal], rulebook: Rulebook, now: datetime) -> list[tuple[Signal, float]]:
    """Those that are not forgotten yet, with what is left of each."""
    return [(one, left) for one in signals if (left := left_of(one, rulebook, now)) > FORGOTTEN]


def _intent(
    row: Lead, alive: Sequence[tuple[Signal, float]], tags: Mapping[int, tuple[list[Tag], str]], readings: Readings
) -> Intent:
    said, why = readings.topics_of(words_of_lead(row), f"lead {row.pk}")
    every_tag = [
        *(TopicTag(tag.topic, tag.confidence, tag.quote, FROM_THE_LEAD) for tag in said),
        *(_tag_of(tag, one, left) for one, left in alive for tag in tags[one.pk][0]),
    ]
    why = why or next((reason for one, _ in alive if (reason := tags[one.pk][1])), "")
    facts = tuple(_fact(one, readings.rulebook) for one, _ in alive)
    return Intent(facts, strongest(every_tag), by_keywords(why))


def by_keywords(why: str) -> str:
    """The note of a decision whose topics were found by keywords for this reason; empty without one."""
    return f"Topics were found by keywords: {why}" if why else ""


@lru_cache(maxsize=8)
def _asks_for_signals(rulebook: Rulebook) -> bool:
    """Whether anything in this version depends on signals or topics."""
    by_intent = any(pool.strategy is Strategy.INTENT for pool in rulebook.pools.values())
    learned = rulebook.settings.score_is_learned
    return (
        by_intent
        or learned
        or bool(rulebook.topics)
        or any(row.field.startswith("signal") for row in _conditions(rulebook))
    )


def _conditions(rulebook: Rulebook) -> Iterator[Condition]:
    of_rules = (rule.conditions for rule in rulebook.rules)
    of_score = (row.conditions for row in rulebook.settings.score)
    for groups in (*of_rules, *of_score):
        for group in groups:
            yield from group


def _newest(rows: Iterable[Lead], subject: str, now: datetime) -> dict[str, list[Signal]]:
    """The newest signals by the name of their subject."""
    condition, name = SUBJECTS[subject]
    names = sorted({name(row) for row in rows} - {""})
    found: defaultdict[str, list[Signal]] = defaultdict(list)
    if names:
        sql = PER_SUBJECT[connection.vendor].format(
            columns=", ".join(f"s.{column}" for column in COLUMNS),
            table=connection.ops.quote_name(Signal._meta.db_table),
            filter=f"{condition} AND observed_at <= %s AND received_at <= %s",
            most=MOST_SIGNALS,
        )
        instant = connection.ops.adapt_datetimefield_value(now)
        newest: Iterable[Any] = Signal.objects.raw(sql, [json.dumps(names), instant, instant])
        for one in newest:
            found[one.subject].append(one)
    return found


def left_of(one: Signal, rulebook: Rulebook, now: datetime) -> float:
    """What is left of a signal by now, 0 to 1."""
    return decay((now - one.observed_at) / DAY, half_life_of(one, rulebook))


def half_life_of(one: Signal, rulebook: Rulebook) -> float:
    """Its own in days, else the company's."""
    return one.half_life_days or rulebook.settings.signal_half_life_days


def _fact(one: Signal, rulebook: Rulebook) -> SignalFact:
    return SignalFact(one.kind, one.title, one.text, one.strength, one.observed_at, half_life_of(one, rulebook))


def _tag_of(tag: Tag, one: Signal, left: float) -> TopicTag:
    return TopicTag(tag.topic, round(tag.confidence * one.strength, 3), tag.quote, one.kind, round(left, 4))


def topics_of_signal(one: Signal, readings: Readings) -> tuple[list[Tag], str]:
    """What a signal is about, the surest first, as leads of its subject are routed by it; and why by keywords."""
    return readings.topics_of(words_of_signal(one), f"signal {one.pk}")


def topics_of_signals(signals: Sequence[Signal], rulebook: Rulebook) -> dict[int, list[Tag]]:
    """Signal → what it is about. One query, or none."""
    readings = load_readings(_texts((), signals), rulebook)
    return {one.pk: topics_of_signal(one, readings)[0] for one in signals}


def strongest(tags: Iterable[TopicTag]) -> tuple[TopicTag, ...]:
    """Of one topic from one origin only the strongest: forty page views are not forty times the interest."""
    best: dict[tuple[str, str], TopicTag] = {}
    for tag in tags:
        key = tag.topic, tag.origin
        if tag.confidence > 0 and (key not in best or _strength(tag) > _strength(best[key])):
            best[key] = tag
    return tuple(sorted(best.values(), key=lambda tag: (-_strength(tag), tag.topic, tag.origin)))


def _strength(tag: TopicTag) -> float:
    return tag.confidence * tag.decay
