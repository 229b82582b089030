"""A version's JSON becomes the engine's rulebook; versions from before a setting was there have its default."""

from __future__ import annotations

from typing import Any

import pytest

from routing.engine.types import (
    ONE_LEAD,
    Need,
    NeedKind,
    OfferMode,
    PerformanceMode,
    Pool,
    Strategy,
    ToPool,
    ToRep,
    ToTable,
)
from routing.snapshots.pools import compile_pool, compile_table
from routing.snapshots.rulebook import compile_rulebook
from routing.snapshots.terms import BUILT_IN_SLA, PoolTerms, SlaStep, SlaTerms, compile_pool_terms, compile_sla

OLD_POOL = {"id": 1, "uuid": "…", "name": "SMB", "ledger": 7, "strategy": "round_robin"}
OLD_SLA = {"id": 1, "name": "fast", "first_response_minutes": 5, "clock": "always"}
SETTINGS = {
    "timezone": "UTC", "duplicate_minutes": 10, "returning_days": 90, "company_days": 90, "same_company": True,
    "hold_deadline_hours": 72, "taper_days": 2, "match_threshold": 0.75, "account_hierarchy": "child",
}  # fmt: skip


def content(**sections: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"settings": SETTINGS, "pools": [], "territories": [], "sla_policies": [], "rules": []}
    return empty | sections


def rule(**fields: Any) -> dict[str, Any]:
    return {
        "id": 1, "position": 1, "name": "R", "enabled": True, "when": [], "to": {"pool": 1}, "when_nobody": "next",
        "sla": None, "alert": "now", "answer_now": False, "same_company": True, "notify": [],
    } | fields  # fmt: skip


def test_an_old_pool_goes_by_turn_with_all_defaults() -> None:
    assert compile_pool(OLD_POOL) == Pool(1, "SMB", 7)
    assert compile_pool_terms(OLD_POOL) == PoolTerms()


@pytest.mark.parametrize(
    ("strategy", "band", "billionths"),
    [
        ("performance", None, ONE_LEAD),
        ("intent", None, 5 * ONE_LEAD),
        ("intent", 0, 0),
        ("performance", 0.5, 500_000_000),
    ],
)
def test_the_band_is_the_pools_own_or_its_strategys(strategy: str, band: float | None, billionths: int) -> None:
    assert compile_pool(OLD_POOL | {"strategy": strategy, "band": band}).band == billionths


def test_a_pool_has_what_was_published() -> None:
    pool = compile_pool(
        OLD_POOL
        | {
            "strategy": "performance",
            "turns_by": "kind",
            "control_share": 0.2,
            "performance": {"mode": "more_leads", "segments": ["source"]},
            "offer": "claim",
            "requires": {"languages": "lead"},
        }
    )

    assert (pool.strategy, pool.turns_by, pool.control_share) == (Strategy.PERFORMANCE, "kind", 0.2)
    assert (pool.mode, pool.segments, pool.offer) == (PerformanceMode.MORE_LEADS, ("source",), OfferMode.CLAIM)
    assert pool.needs == (Need(NeedKind.LANGUAGE, "lead"),)


def test_terms_of_a_pool_lie_outside_the_engine() -> None:
    terms = compile_pool_terms(
        OLD_POOL
        | {
            "creditable_reasons": ["spam"],
            "hide_details": True,
            "working_hours": {"mon": ["09:00-10:00"]},
            "performance": {"k": 5, "half_life_days": 60},
        }
    )

    assert (terms.creditable_reasons, terms.hide_details, terms.shrinkage_k) == ({"spam"}, True, 5)
    assert terms.hours is not None


def test_an_old_sla_policy_has_no_steps() -> None:
    assert compile_sla(OLD_SLA) == SlaTerms("fast", 5.0, "always")  # type: ignore[arg-type]


def test_a_policys_steps_and_the_built_in_ones() -> None:
    policy = compile_sla(OLD_SLA | {"steps": [{"after_minutes": 2, "do": "remind", "unless": "accepted"}]})

    assert policy.steps == (SlaStep(2.0, "remind", "accepted"),)
    assert BUILT_IN_SLA.steps == (SlaStep(3.0, "remind"), SlaStep(5.0, "reassign"))


def test_a_table_leads_to_reps_and_pools_by_folded_key() -> None:
    rows = [{"key": "ACME-Ü", "rep": 3, "pool": None}, {"key": "b", "rep": None, "pool": 4}, {"key": "c"}]

    assert compile_table({"id": 1, "name": "T", "rows": rows}).rows == {"acme-u": ToRep(3), "b": ToPool(4)}


def test_a_rule_has_needs_units_and_looks_up_tables() -> None:
    row = rule(to={"table": 9, "by": "attributes.partner"}, units=3, requires={"skills": ["Security"]})

    (compiled,) = compile_rulebook(1, content(rules=[row])).rulebook.rules

    assert compiled.destination == ToTable(9, "attributes.partner")
    assert (compiled.units, compiled.needs) == (3, (Need(NeedKind.SKILL, "security"),))


def test_settings_of_an_old_version_are_the_defaults() -> None:
    settings = compile_rulebook(1, content()).rulebook.settings

    assert (settings.release_burst, settings.score, settings.grades, settings.extractor) == (3, (), (), "keywords")


def test_grades_are_tried_from_the_highest() -> None:
    row = SETTINGS | {"grades": {"C": 30, "A": 75, "B": 50}, "score": [{"when": [], "points": 5}]}

    settings = compile_rulebook(1, content(settings=row)).rulebook.settings

    assert settings.grades == (("A", 75.0), ("B", 50.0), ("C", 30.0))
    assert settings.score[0].points == 5


def test_sources_topics_and_stages() -> None:
    published = compile_rulebook(
        1,
        content(
            settings=SETTINGS | {"stages": {"qualified": "route", "won": "none"}},
            sources=[{"id": 1, "name": "Website", "wait_for": ["country"], "wait_seconds": 9}],
            topics=[{"id": 1, "name": "Kubernetes", "keywords": ["K8s"]}],
        ),
    )

    assert published.sources["website"].wait_for == ("country",)
    assert published.hand_over_stages == {"qualified"}
    assert published.rulebook.topics[0].keywords == ("k8s",)
