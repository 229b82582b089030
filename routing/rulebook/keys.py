"""The plain keys of settings, SLA policies and pools: where each stands in a file, a version and a row, and its values.

Everything that reads, writes, freezes or checks them goes by these lists, so that a new key is one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db import models

from routing.engine.types import Fairness, OfferMode, PerformanceMode, Strategy, TurnsBy
from routing.models import Pool, RoutingSettings, SlaClock, SlaPolicy
from routing.models.bounds import (
    LARGEST_BAND,
    LARGEST_CONTROL,
    LONGEST_DAYS,
    LONGEST_MINUTES,
    MOST_ATTEMPTS,
    MOST_FIT,
    MOST_PRIOR_LEADS,
    MOST_UNANSWERED,
)
from routing.rulebook import values
from routing.rulebook.requirements import Finding
from routing.rulebook.values import Check, Choice, Named, Number, flag


@dataclass(frozen=True, slots=True)
class Key:
    """`path` in the file (a dot leads into a mapping), `column` of the row, and `frozen`, its path in a version.

    Versions of a format before `since` (rulebook.mend) do not have it, and then it means what is usual.
    """

    path: str
    check: Check
    column: str = ""
    frozen: str = ""
    since: int = 1

    @property
    def field(self) -> str:
        return self.column or self.path

    @property
    def place(self) -> str:
        return self.frozen or self.path


Keys: TypeAlias = tuple[Key, ...]

SETTINGS: Keys = (
    Key("duplicate_minutes", Number(0, LONGEST_MINUTES)),
    Key("returning_days", Number(0, LONGEST_DAYS)),
    Key("company_days", Number(0, LONGEST_DAYS)),
    Key("same_company", flag),
    Key("hold_deadline_hours", Number(0, LONGEST_DAYS * 24, above=True)),
    Key("release_burst", Number(1, MOST_UNANSWERED, whole=True)),
    Key("taper_days", Number(0, LONGEST_DAYS)),
    Key("match_threshold", Number(0, 1)),
    Key("account_hierarchy", Choice(tuple(RoutingSettings.Hierarchy.values))),
    Key("score", values.score),
    Key("grades", values.grades),
    Key("score_from", Choice(tuple(RoutingSettings.ScoreFrom.values)), since=3),
    Key("intent.extractor", Choice(tuple(RoutingSettings.Extractor.values)), column="extractor", frozen="extractor"),
    Key(
        "signals.half_life_days",
        Number(0, LONGEST_DAYS, above=True),
        column="signal_half_life_days",
        frozen="signal_half_life_days",
    ),
)
STAGES: Keys = (Key("stages", values.stages),)
"""Beside the settings in a file, among them in a version and in the row."""

SLA: Keys = (
    Key("first_response_minutes", Number(0, LONGEST_MINUTES, above=True)),
    Key("clock", Choice(tuple(SlaClock.values))),
    Key("accept_minutes", Number(0, LONGEST_MINUTES)),
    Key("accept_counts", flag),
    Key("take_away", flag),
    Key("max_attempts", Number(1, MOST_ATTEMPTS, whole=True)),
    Key("steps", values.steps),
)

POOL: Keys = (
    Key("strategy", Choice(tuple(Strategy))),
    Key("fairness", Choice(tuple(Fairness))),
    Key("turns_by", Choice(("", *TurnsBy))),
    Key("totals_days", Number(0, LONGEST_DAYS, above=True)),
    Key("band", Number(0, LARGEST_BAND, optional=True)),
    Key("minimum_fit", Number(0, MOST_FIT)),
    Key("expertise", Choice(tuple(name for name, _ in Pool.EXPERTISE)), since=3),
    Key("control_share", Number(0, LARGEST_CONTROL)),
    Key("performance.mode", Choice(tuple(PerformanceMode)), column="performance_mode"),
    Key("performance.segments", values.segments, column="segments"),
    Key("performance.k", Number(0, MOST_PRIOR_LEADS, above=True), column="shrinkage_k"),
    Key("performance.half_life_days", Number(0, LONGEST_DAYS, above=True), column="half_life_days"),
    Key("creditable_reasons", values.reasons),
    Key("offer", Choice(tuple(OfferMode))),
    Key("offer_minutes", Number(0, LONGEST_MINUTES, above=True)),
    Key("hide_details", flag),
    Key("working_hours", values.hours),
    Key("requires", values.requirements),
)

BY_MODEL: Mapping[type[models.Model], Keys] = {RoutingSettings: SETTINGS + STAGES, SlaPolicy: SLA, Pool: POOL}


def default(model: type[models.Model], key: Key) -> Any:
    """What a key means that is left out."""
    return model._meta.get_field(key.field).get_default()  # type: ignore[union-attr]


def frozen_values(row: models.Model, keys: Keys) -> dict[str, Any]:
    """The values as a version keeps them: what is empty and may be is null."""
    content: dict[str, Any] = {}
    for key in keys:
        put(content, key.place, None if (value := getattr(row, key.field)) == "" else value)
    return content


def file_values(row: models.Model, keys: Keys) -> dict[str, Any]:
    """The values as a file writes them, without those that are the default."""
    written: dict[str, Any] = {}
    for key in keys:
        value = getattr(row, key.field)
        if value != default(type(row), key):
            put(written, key.path, int(value) if isinstance(value, float) and value.is_integer() else value)
    return written


def value_problems(content: Mapping[str, Any], keys: Keys, named: Named) -> Iterator[Finding]:
    """What is wrong with the values of a row of a version; what an older version lacks is its default."""
    for key in keys:
        value = at(content, key.place, MISSING)
        if value is not MISSING:
            yield from ((joined(key.path, sub), text) for sub, text in key.check(value, named))


def at(content: Mapping[str, Any], path: str, missing: Any = None) -> Any:
    """The value at a path such as performance.mode."""
    value: Any = content
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return missing
        value = value[part]
    return value


def joined(path: str, sub: str) -> str:
    """steps + [0].do; performance + k."""
    return path + sub if not sub or not path or sub.startswith(("[", ".")) else f"{path}.{sub}"


MISSING: Any = object()


def put(target: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path such as performance.mode."""
    *above, last = path.split(".")
    for part in above:
        target = target.setdefault(part, {})
    target[last] = value
