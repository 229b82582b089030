"""What the page Score shows: the newest version, and those before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reps.admin_display import badge, moment
from routing.admin.lab.pictures import bar
from routing.admin.score.picture import curve
from routing.engine.learned.figures import LEAST_JUDGED
from routing.engine.learned.train import LEAST_OUTCOMES, LEAST_WINS
from routing.models import LearnedScore
from routing.services.audit.scores import drift_in_words
from routing.snapshots.rulebook import current_rulebook
from routing.snapshots.scores import version_of

VERSIONS_SHOWN = 30
REASONS_SHOWN = 8


def score_page(*, now: datetime) -> dict[str, Any]:
    """Everything for the template. Writes nothing; two queries."""
    published = current_rulebook()
    chosen = published is not None and published.rulebook.settings.score_is_learned
    rows = list(LearnedScore.objects.filter(trained_at__lte=now).order_by("-trained_at")[:VERSIONS_SHOWN])
    shared = {"chosen": chosen, "needs": (LEAST_OUTCOMES, LEAST_WINS), "version": None}
    if not rows:
        return shared
    return shared | _newest(rows[0], chosen, now) | {"history": [_line(row, now) for row in rows]}


def _newest(row: LearnedScore, chosen: bool, now: datetime) -> dict[str, Any]:
    refused = version_of(row).refused
    report = row.report
    figures = report.get("figures")
    return {
        "version": row,
        "trained": moment(row.trained_at, now),
        "refused": refused,
        "answer": _answer(chosen, refused),
        "state": badge("Counts", "green") if chosen and not refused else badge("Does not count", "neutral"),
        "report": report,
        "losses": report["outcomes"] - report["wins"],
        "figures": _figures(figures) if figures else None,
        "curve": curve([(leads, said, won) for leads, said, won in figures["bins"]]) if figures else None,
        "counts_most": _counts_most(report.get("counts_most") or []),
        "drift": _drift(report.get("drift")),
    }


def _answer(chosen: bool, refused: str) -> str:
    if refused:
        return "Leads are scored by the points that you set"
    return "Leads are scored by what was learned" if chosen else "A learned score is ready; points that you set count"


def _figures(figures: Mapping[str, Any]) -> dict[str, str]:
    better = 1 - figures["brier"] / figures["plain"] if figures["plain"] else 0.0
    return {
        "leads": f"{figures['leads']:,}",
        "wins": f"{figures['wins']:,}",
        "brier": f"{figures['brier']:.4f}",
        "plain": f"{figures['plain']:.4f}",
        "better": f"{better:+.1%}".replace("-", "−"),
        "gain": f"{figures['gain']:.1f}".replace("-", "−"),
        "ece": f"{100 * figures['ece']:.1f} points",
        "auc": f"{100 * figures['auc']:.0f} of 100",
    }


def _counts_most(found: list[Any]) -> list[tuple[str, str, str]]:
    """Fact, log odds, and the length of its bar."""
    longest = max((spread for _, spread in found), default=0.0)
    shown = [(name, spread) for name, spread in found if spread > 0][:REASONS_SHOWN]
    return [(name[:1].upper() + name[1:], f"{spread:.2f}", bar(spread, longest)) for name, spread in shown]


def _drift(drift: Mapping[str, Any] | None) -> dict[str, Any]:
    if drift is None:
        return {"badge": badge("Not yet", "neutral"), "text": "There is no version from before the last 28 days yet."}
    if drift["alarm"]:
        return {"badge": badge("Drift", "red"), "text": drift_in_words(dict(drift))}
    said = f"It said {drift['said']:.1%}; {drift['won']:.1%} of {drift['leads']:,} leads were won."
    if drift["off"] is None:
        return {"badge": badge("Few leads", "neutral"), "text": f"{said} It takes {LEAST_JUDGED} to tell."}
    return {"badge": badge("None", "green"), "text": f"{said} That is what chance explains."}


def _line(row: LearnedScore, now: datetime) -> dict[str, Any]:
    figures = row.report.get("figures")
    drift = row.report.get("drift")
    refused = version_of(row).refused
    return {
        "number": row.pk,
        "trained": moment(row.trained_at, now),
        "outcomes": f"{row.report['outcomes']:,}",
        "brier": f"{figures['brier']:.4f}" if figures else "–",
        "plain": f"{figures['plain']:.4f}" if figures else "–",
        "drift": "–" if drift is None else "yes" if drift["alarm"] else "no",
        "said": refused or "Could be used",
    }
