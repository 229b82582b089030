"""The pools, topics, tables and scores of a version's JSON → the engine's; a version of format 1 has the defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from routing.engine.folding import fold
from routing.engine.types import (
    ONE_LEAD,
    Fairness,
    OfferMode,
    PerformanceMode,
    Pool,
    ScoreRule,
    Strategy,
    Table,
    Topic,
    ToPool,
    ToRep,
    TurnsBy,
)
from routing.models.bounds import LONGEST_DAYS, LONGEST_MINUTES
from routing.rulebook.requirements import read_needs
from routing.snapshots.rules import compile_conditions
from routing.snapshots.spans import span

USUAL_BAND = 1.0
BANDS: Mapping[Strategy, float] = {Strategy.INTENT: 5.0}
"""By how many leads the order of turns may be left where the pool does not say, of the methods that differ."""
WIDEST_BAND = 1_000.0
MOST_CONTROL = 0.5


def usual_band(strategy: Strategy) -> float:
    """By how many leads the order of turns may be left where the pool does not say."""
    return BANDS.get(strategy, USUAL_BAND)


def compile_pool(row: Mapping[str, Any]) -> Pool:
    """A pool's versioned settings."""
    strategy, results = Strategy(row["strategy"]), row.get("performance") or {}
    band = row.get("band")
    return Pool(
        id=row["id"],
        name=row["name"],
        ledger=row["ledger"],
        strategy=strategy,
        fairness=Fairness(row.get("fairness") or Fairness.SHARE),
        turns_by=TurnsBy(row["turns_by"]) if row.get("turns_by") else None,
        totals_days=span(row.get("totals_days", 30), LONGEST_DAYS),
        band=int(span(usual_band(strategy) if band is None else band, WIDEST_BAND) * ONE_LEAD),
        minimum_fit=float(row.get("minimum_fit", 0.2)),
        learns=row.get("expertise") == "learned",
        control_share=_control_share(row),
        mode=PerformanceMode(results.get("mode") or PerformanceMode.BEST_LEADS),
        segments=tuple(results.get("segments", ("source", "size", "region"))),
        offer=OfferMode(row.get("offer") or OfferMode.ASSIGN),
        offer_minutes=span(row.get("offer_minutes", 5), LONGEST_MINUTES),
        needs=read_needs(row.get("requires")),
    )


def control_share_of(row: Mapping[str, Any]) -> float:
    """What a version gives to a pool's control group; 0 where the pool does not go by results, and so has none."""
    return _control_share(row) if row.get("strategy") == Strategy.PERFORMANCE.value else 0.0


def _control_share(row: Mapping[str, Any]) -> float:
    return span(row.get("control_share", 0.1), MOST_CONTROL)


def compile_table(row: Mapping[str, Any]) -> Table:
    """A look-up table; a row that leads to nobody is left out, so that its key is not found."""
    return Table(row["id"], row["name"], {fold(str(line["key"])): to for line in row["rows"] if (to := _to(line))})


def _to(line: Mapping[str, Any]) -> ToRep | ToPool | None:
    if line.get("rep"):
        return ToRep(line["rep"])
    return ToPool(line["pool"]) if line.get("pool") else None


def compile_topic(row: Mapping[str, Any]) -> Topic:
    return Topic(row["name"], tuple(fold(str(word)) for word in row.get("keywords") or ()), row.get("about") or "")


def compile_score(rows: Iterable[Mapping[str, Any]]) -> tuple[ScoreRule, ...]:
    return tuple(ScoreRule(compile_conditions(row.get("when")), float(row.get("points", 0))) for row in rows)


def compile_grades(row: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """Grades with the least score of each, the highest first."""
    return tuple(sorted(((str(grade), float(least)) for grade, least in row.items()), key=lambda one: -one[1]))
