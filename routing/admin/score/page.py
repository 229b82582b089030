"""What the page Score shows: the newest version, and those before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from reps.admin_display import badge, day, moment
from routing.admin.lab.pictures import bar
from routing.admin.score.picture import curve
from routing.engine.learned.figures import LEAST_JUDGED
from routing.engine.learned.train import LEAST_OUTCOMES, LEAST_WINS
from routing.insights.learned_score import RECENTLY, Known, known_by
from routing.models import LearnedScore
from routing.services.audit.scores import drift_in_words
from routing.snapshots.rulebook import current_rulebook
from routing.snapshots.scores import version_of

VERSIONS_SHOWN = 30
REASONS_SHOWN = 8


def score_page(*, now: datetime) -> dict[str, Any]:
    """Everything for the template. Writes nothing; three queries."""
    published = current_rulebook()
    chosen = published is not None and published.rulebook.settings.score_is_learned
    rows = list(LearnedScore.objects.order_by("-trained_at")[:VERSIONS_SHOWN])
    shared = {"chosen": chosen, "lacks": _lacks(known_by(now)), "version": None}
    if not rows:
        return shared
    return shared | _newest(rows[0], chosen, now) | {"history": [_line(row, now) for row in rows]}


class Need(NamedTuple):
    """Of what so many are needed, and how many there are."""

    name: str
    there: str
    needed: str
    percent: int

    @property
    def met(self) -> bool:
        return self.percent >= 100


def _lacks(known: Known) -> dict[str, Any] | None:
    """What there is of what it takes, and when there will be enough; None once there is."""
    found = {
        "leads with an outcome": (known.won + known.lost, LEAST_OUTCOMES),
        "of them won": (known.won, LEAST_WINS),
        "of them not won": (known.lost, LEAST_WINS),
    }
    needs = [Need(name, f"{there:,}", f"{of:,}", min(100 * there // of, 100)) for name, (there, of) in found.items()]
    if all(need.met for need in needs):
        return None
    return {"needs": needs, "when": _when(known)}


def _when(known: Known) -> str:
    """How long it takes at the pace of the last weeks."""
    missing = LEAST_OUTCOMES - known.won - known.lost
    weeks = RECENTLY // timedelta(days=7)
    if not known.recent:
        return f"No outcome became known in the last {weeks} weeks. Outcomes of past leads can be imported with them."
    pace = f"{known.recent:,} outcomes became known in the last {weeks} weeks"
    if missing <= 0:
        return f"{pace}."
    more = ceil(missing * weeks / known.recent)
    return f"{pace}. At this pace there are enough in about {more:,} week{'' if more == 1 else 's'}."


def _newest(row: LearnedScore, chosen: bool, now: datetime) -> dict[str, Any]:
    refused = version_of(row).refused
    report = row.report
    figures = report.get("figures")
    return {
        "version": row,
        "trained": _learned_at(row, now),
        "refused": refused,
        "answer": _answer(chosen, refused),
        "state": badge("Counts", "green") if chosen and not refused else badge("Does not count", "neutral"),
        "learned_from": {
            "leads": f"{report['outcomes']:,}",
            "won": f"{report['wins']:,}",
            "lost": f"{report['outcomes'] - report['wins']:,}",
            "known": _known_from_to(report),
        },
        "figures": _figures(figures) if figures else None,
        "curve": curve([(leads, said, won) for leads, said, won in figures["bins"]]) if figures else None,
        "counts_most": _counts_most(report.get("counts_most") or []),
        "drift": _drift(report.get("drift")),
    }


def _learned_at(row: LearnedScore, now: datetime) -> str:
    """When; one that begins to count in a moment was learned just now."""
    return moment(min(row.trained_at, now), now)


def _known_from_to(report: Mapping[str, Any]) -> str:
    """8 Jul 2025 to 24 Nov 2026; empty without any outcome."""
    days = [day(date.fromisoformat(report[end])) for end in ("from", "to") if report.get(end)]
    return " to ".join(days)


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
        "better": f"{abs(better):.1%} {'smaller' if better >= 0 else 'larger'}",
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
        "trained": _learned_at(row, now),
        "outcomes": f"{row.report['outcomes']:,}",
        "brier": f"{figures['brier']:.4f}" if figures else "–",
        "plain": f"{figures['plain']:.4f}" if figures else "–",
        "drift": "–" if drift is None else "yes" if drift["alarm"] else "no",
        "said": refused or "Good enough to be used",
    }
