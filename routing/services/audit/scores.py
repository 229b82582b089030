"""Whether the learned score still holds: an alarm when leads or outcomes are no longer what it was learned from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from routing.engine.learned.figures import OFF
from routing.models import Incident, LearnedScore
from routing.services.audit.findings import Finding
from routing.snapshots.rulebook import current_rulebook
from routing.snapshots.scores import CORRUPT, version_of

OLD = timedelta(days=3)
"""It is learned every night; so old, several nights failed."""


def drifted_scores(now: datetime) -> Iterator[Finding]:
    """Only where the published score is learned. Two queries at most."""
    published = current_rulebook()
    if published is None or not published.rulebook.settings.score_is_learned:
        return
    row = LearnedScore.objects.filter(trained_at__lte=now).order_by("-trained_at").first()
    if row is None:
        return
    if row.trained_at < now - OLD:
        days = (now - row.trained_at).days
        text = f"The score was learned {days} days ago for the last time. See Jobs for the runs that failed."
        yield Finding(Incident.Kind.SCORE, text, "old")
    if version_of(row).refused == CORRUPT:
        text = "The learned score cannot be read, so the points that were set count. Have it learned again."
        yield Finding(Incident.Kind.SCORE, text, "unreadable")
    drift = row.report.get("drift")
    if drift and drift["alarm"]:
        yield Finding(Incident.Kind.SCORE, f"{drift_in_words(drift)} The page Score shows it.", "drift")


def drift_in_words(drift: dict[str, Any]) -> str:
    """What changed, as sentences."""
    said = f"It said {drift['said']:.1%}, and {drift['won']:.1%} of {drift['leads']:,} leads were won"
    texts = []
    if drift["worse"]:
        texts.append(f"The learned score is worse than the plain rate. {said}. Points that were set count instead.")
    elif drift["off"] is not None and abs(drift["off"]) > OFF:
        texts.append(f"The learned score is off beyond chance. {said}.")
    if drift["shifted"]:
        names = ", ".join(f"{name} ({index:.2f})" for name, index in drift["shifted"])
        texts.append(f"Leads of late differ from those it was learned from, by {names}.")
    return " ".join(texts)
