"""Rows → what scores leads: the weights of a rulebook, or what was learned from outcomes until then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from routing.engine.batch import Batch
from routing.engine.case import Case
from routing.engine.learned.features import features_of, kinds_before
from routing.engine.learned.model import ScoreModel, read_model, score_features
from routing.engine.scoring import grade_of, score_of
from routing.engine.types import Lead, People, Rulebook
from routing.models import LearnedScore

MODELS_KEPT = 64
SCORE = "score"
"""The field whose derivation tells the reasons."""
NEVER = "nothing was learned yet"
CORRUPT = "the stored model cannot be read"


class Version(NamedTuple):
    """A model as it was stored, or why it is not used."""

    number: int
    model: ScoreModel | None
    refused: str


@dataclass(frozen=True, slots=True)
class Versions:
    """What was learned, in order of time: each scores from its instant on."""

    instants: Sequence[datetime] = ()
    keys: Sequence[tuple[int, datetime]] = ()

    def at(self, instant: datetime) -> Version | None:
        """The version by which leads were scored at an instant."""
        place = bisect_right(self.instants, instant)
        return _version(*self.keys[place - 1]) if place else None


def load_versions(rulebook: Rulebook, *, since: datetime, until: datetime) -> Versions:
    """What scores leads between two instants. One query if the rulebook's score is learned, else none."""
    if not rulebook.settings.score_is_learned:
        return Versions()
    before = LearnedScore.objects.filter(trained_at__lte=since).order_by("-trained_at")
    between = LearnedScore.objects.filter(trained_at__gt=since, trained_at__lte=until).order_by("trained_at")
    columns = ("pk", "trained_at")
    keys = [*before.values_list(*columns)[:1], *(between.values_list(*columns) if until > since else ())]
    return Versions([trained_at for _, trained_at in keys], keys)


@lru_cache(maxsize=MODELS_KEPT)
def _version(pk: int, trained_at: datetime) -> Version:
    """A row never changes; `trained_at` is part of the key for a database that was emptied and filled anew."""
    return version_of(LearnedScore.objects.get(pk=pk))


def version_of(row: LearnedScore) -> Version:
    """A row as the engine's model."""
    if row.refused or row.content is None:
        return Version(row.pk, None, row.refused or CORRUPT)
    model = read_model(row.content)
    return Version(row.pk, model, "" if model else CORRUPT)


def scored(lead: Lead, rulebook: Rulebook, versions: Versions, now: datetime) -> Lead:
    """The lead with its score and grade; without them where nothing gives any.

    Where the score is learned, how it came about is told as the derivation of the field: version, chance, reasons; or
    why the weights count instead.
    """
    if not rulebook.settings.score_is_learned:
        return _by_weights(lead, rulebook, now)
    version = versions.at(now)
    if version is None or version.model is None:
        why = version.refused if version else NEVER
        number = f" (version {version.number})" if version else ""
        told = f"points that were set, not learned{number}: {why}"
        return _by_weights(replace(lead, derived={**lead.derived, SCORE: told}), rulebook, now)
    kinds = kinds_before(((one.kind, one.observed_at) for one in lead.signals), lead.submitted_at)
    found = score_features(version.model, features_of(lead.facts.get, kinds))
    told = f"learned, version {version.number}: {found.chance:.1%} of such leads are won"
    reasons = "; ".join(f"{'+' if points > 0 else '−'}{abs(points)} {words}" for points, words in found.reasons)
    facts = {**lead.facts, "score": float(found.score), "grade": grade_of(rulebook, found.score)}
    return replace(lead, facts=facts, derived={**lead.derived, SCORE: f"{told}; {reasons}" if reasons else told})


def _by_weights(lead: Lead, rulebook: Rulebook, now: datetime) -> Lead:
    if not rulebook.settings.score:
        return lead
    case = Case(lead, rulebook, Batch(People({}, {}, {}), now))
    score, grade = score_of(rulebook, case.fact, case.facts.view)
    return replace(lead, facts={**lead.facts, "score": score, "grade": grade})
