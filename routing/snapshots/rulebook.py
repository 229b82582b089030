"""A published version's JSON → the engine's rulebook, compiled once a version and process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from reps.schedules import Block, parse_hours
from routing.engine.counting import counted
from routing.engine.folding import fold
from routing.engine.sla import SlaStep
from routing.engine.territories import Atlas
from routing.engine.types import PoolId, Rule, Rulebook, Settings
from routing.models import Ledger, Pool, RulebookVersion
from routing.models import Rule as RuleRow
from routing.models import Territory as TerritoryRow
from routing.models.bounds import LONGEST_DAYS, LONGEST_MINUTES
from routing.rulebook.mend import Mended, Problem, Rows, mend
from routing.snapshots.pools import compile_grades, compile_pool, compile_score, compile_table, compile_topic
from routing.snapshots.rules import compile_conditions, compile_pattern, compile_rule
from routing.snapshots.spans import span
from routing.snapshots.terms import (
    BUILT_IN_SLA,
    PoolTerms,
    SlaTerms,
    SourceTerms,
    compile_pool_terms,
    compile_sla,
    compile_source,
)
from routing.snapshots.territories import compile_territory

__all__ = [
    "BUILT_IN_SLA",
    "PoolTerms",
    "Published",
    "SlaStep",
    "SlaTerms",
    "SourceTerms",
    "compile_conditions",
    "compile_pattern",
    "compile_rulebook",
    "current_rulebook",
    "rulebook_version",
]

DEFAULT_HOURS = {"mon-fri": ["09:00-18:00"]}
MOST_WARNINGS = 3
"""Of a damaged version a trace says no more."""
ROUTE = "route"
"""What a stage does that hands leads over."""


@dataclass(frozen=True, slots=True)
class Published:
    """A version, ready for use: the engine's rulebook, and what lies outside the engine.

    `taper_days` before a long leave count as leave; `hold_hours` of `company_blocks` make the hold deadline.
    `sources` are by folded name; at `hand_over_stages` a lead is routed again.
    """

    rulebook: Rulebook
    sla_policies: Mapping[str, SlaTerms]
    taper_days: float
    hold_hours: float
    company_blocks: tuple[Block, ...]
    atlas: Atlas
    pool_terms: Mapping[PoolId, PoolTerms] = field(default_factory=dict)
    sources: Mapping[str, SourceTerms] = field(default_factory=dict)
    hand_over_stages: frozenset[str] = frozenset()

    @property
    def number(self) -> int:
        return self.rulebook.version

    def sla_of(self, rule: Rule | None) -> SlaTerms:
        """The rule's SLA policy, else the company's, else the built-in one."""
        name = (rule.sla if rule else None) or self.rulebook.settings.sla or ""
        return self.sla_policies.get(name, BUILT_IN_SLA)

    def terms_of(self, pool: PoolId | None) -> PoolTerms:
        """The terms of a pool; the defaults for one that this version does not know."""
        return self.pool_terms.get(pool or 0, PoolTerms())


def current_rulebook() -> Published | None:
    """The published version; None before the first one. One small query once the version is compiled."""
    newest = RulebookVersion.objects.order_by("-number").values_list("number", "uuid").first()
    return None if newest is None else _compiled(*newest)


def rulebook_version(number: int) -> Published:
    """One version, whether published now or long ago. Raises RulebookVersion.DoesNotExist."""
    return _compiled(number, RulebookVersion.objects.values_list("uuid", flat=True).get(number=number))


@lru_cache(maxsize=8)
def _compiled(number: int, version: UUID) -> Published:
    """`version` is part of the key for a database that was emptied and filled anew."""
    return compile_rulebook(number, RulebookVersion.objects.get(number=number).content, rows=rows_there())


def rows_there() -> Rows:
    """The rows that a version can be about."""
    pools = dict(Pool.objects.values_list("pk", "ledger"))
    return Rows(
        pools=pools.keys(),
        ledgers=frozenset(Ledger.objects.values_list("pk", flat=True)),
        rules=frozenset(RuleRow.objects.values_list("pk", flat=True)),
        territories=frozenset(TerritoryRow.objects.values_list("pk", flat=True)),
    )


def compile_rulebook(number: int, content: Any, *, rows: Rows | None = None) -> Published:
    """The JSON of a version (rulebook/content.py) as values. Never raises: what cannot be read is mended, and warns."""
    mended = mend(content, rows=rows)
    content, settings = mended.content, mended.content["settings"]
    about_rules = {problem for problems in mended.of_rules.values() for problem in problems}
    charted = {row["id"]: compile_territory(row) for row in content["territories"]}
    return Published(
        rulebook=Rulebook(
            version=number,
            settings=_settings(settings),
            rules=_rules(mended),
            pools={row["id"]: compile_pool(row) for row in content["pools"]},
            territories=charted,
            tables={row["id"]: compile_table(row) for row in content["tables"]},
            topics=tuple(compile_topic(row) for row in content["topics"]),
            warnings=_warnings([problem for problem in mended.problems if problem not in about_rules]),
        ),
        sla_policies={row["name"]: compile_sla(row) for row in content["sla_policies"]},
        taper_days=span(settings["taper_days"], LONGEST_DAYS),
        hold_hours=span(settings["hold_deadline_hours"], LONGEST_DAYS * 24),
        company_blocks=parse_hours(settings.get("working_hours") or DEFAULT_HOURS),
        atlas=Atlas(charted, ZoneInfo(settings["timezone"])),
        pool_terms={row["id"]: compile_pool_terms(row) for row in content["pools"]},
        sources={fold(row["name"]): compile_source(row) for row in content["sources"]},
        hand_over_stages=frozenset(stage for stage, do in (settings.get("stages") or {}).items() if do == ROUTE),
    )


def _rules(mended: Mended) -> tuple[Rule, ...]:
    rows = mended.content["rules"]
    return tuple(
        compile_rule(
            row,
            warnings=_warnings(mended.of_rules.get(row["id"], ())),
            catch_all=row is rows[-1] and row["catch_all"],
        )
        for row in rows
    )


def _warnings(problems: Sequence[Problem]) -> tuple[str, ...]:
    """What a trace says of them, the first of many."""
    texts = tuple(f"{problem} Until that is mended, {problem.until}." for problem in problems[:MOST_WARNINGS])
    more = len(problems) - len(texts)
    return (*texts, f"{counted(more, 'further part')} of the rulebook cannot be read: check it.") if more else texts


def _settings(row: Mapping[str, Any]) -> Settings:
    return Settings(
        timezone=row["timezone"],
        duplicate_minutes=span(row["duplicate_minutes"], LONGEST_MINUTES),
        returning_days=span(row["returning_days"], LONGEST_DAYS),
        company_days=span(row["company_days"], LONGEST_DAYS),
        same_company=bool(row["same_company"]),
        match_threshold=float(row["match_threshold"]),
        account_hierarchy=row["account_hierarchy"],
        sla=row.get("sla"),
        release_burst=max(int(row.get("release_burst", 3)), 1),
        score=compile_score(row.get("score") or ()),
        grades=compile_grades(row.get("grades") or {}),
        score_is_learned=row.get("score_from") == "learned",
        extractor=row.get("extractor") or "keywords",
        signal_half_life_days=span(row.get("signal_half_life_days", 30), LONGEST_DAYS),
    )
