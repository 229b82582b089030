"""Once a night, a score is learned from outcomes and judged on leads that it was not learned from.

It runs where the published settings ask for it; anybody who may start work can have it done at any time to see what it
would be worth. What is learned is stored whether it is used or not, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from routing.engine.learned.figures import Drift, Judged, counts_of, drift_of
from routing.engine.learned.model import read_model, write_model
from routing.engine.learned.train import CODE_VERSION, Example, Trained, chance_for, train
from routing.insights.learned_score import arrived_since, day_of, examples_until
from routing.models import LearnedScore, Work
from routing.services.work_progress import CannotRun, Progress
from routing.services.work_queue import put_in_line
from routing.snapshots.rulebook import current_rulebook

NIGHT = time(2)
"""By the clocks of the company."""
SEED = 1
RECENT = timedelta(days=28)
"""The weeks in which drift is looked for."""
SETTLES = timedelta(seconds=10)
"""A version scores from so long after it is stored: no decision of that instant was made without it."""


def learn_nightly(*, now: datetime) -> int:
    """Have it learned if it was not begun this night yet; 1 if that was so. One look-up at most if not."""
    published = current_rulebook()
    if published is None or not published.rulebook.settings.score_is_learned:
        return 0
    zone = ZoneInfo(published.rulebook.settings.timezone)
    due = datetime.combine(now.astimezone(zone).date(), NIGHT, zone).astimezone(UTC)
    if now < due or Work.objects.filter(kind=Work.Kind.LEARN, created_at__gte=due).exists():
        return 0
    put_in_line(kind=Work.Kind.LEARN, params={}, user=None, now=now)
    return 1


def read_asked(params: Mapping[str, Any], now: datetime) -> None:
    """There is nothing to ask. Raises CannotRun if something is asked all the same."""
    if params:
        raise CannotRun({name: ["Unknown field. Learning takes none."] for name in params})


def run_learning(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    """Learning as work in the background: what Work.report keeps."""
    row = learn_score(now=now, progress=progress)
    return {"version": row.pk, "used": not row.refused, "refused": row.refused, **row.report}


def learn_score(*, now: datetime, seed: int = SEED, progress: Progress | None = None) -> LearnedScore:
    """A new version, from all outcomes known by `now`; a version of this very instant is given back as it is.

    Of a run in the background it scores from its end on, so what was decided meanwhile is never told by it.
    """
    alive = progress.alive if progress else _nobody
    examples = _heard(examples_until(now), alive)
    learned = train(examples, seed=seed, alive=alive)
    drift = _drift(examples, now)
    refused = learned.refused or (_worse(drift) if drift and drift.worse else "")
    with transaction.atomic():
        row, _ = LearnedScore.objects.get_or_create(
            trained_at=progress.clock() + SETTLES if progress else now,
            defaults={
                "seed": seed,
                "code": CODE_VERSION,
                "content": write_model(learned.model) if learned.model else None,
                "report": _report(learned, drift, examples),
                "refused": refused[:500],
            },
        )
    return row


def _nobody() -> None:
    """Nobody waits to hear that it goes on."""


def _heard(examples: Iterable[Example], alive: Any) -> list[Example]:
    found = []
    for number, example in enumerate(examples):
        if number % 500 == 0:
            alive()
        found.append(example)
    return found


# --- drift --------------------------------------------------------------------------------------------------------


def _drift(examples: Sequence[Example], now: datetime) -> Drift | None:
    """The outcomes of recent weeks against the newest model from before them that was good; None if there is none.

    Good when it was judged: one that is not used only since an older one turned worse takes that one's place, or
    nothing would ever be used again.
    """
    since = now - RECENT
    good = LearnedScore.objects.filter(trained_at__lte=since, content__isnull=False, report__judged="")
    row = good.order_by("-trained_at").first()
    model = read_model(row.content) if row else None
    if model is None:
        return None
    start = day_of(since)
    earlier = [one for one in examples if one.at < start]
    judged = [Judged(chance_for(model, one.features), one.won) for one in examples if one.at >= start]
    rate = sum(one.won for one in earlier) / max(len(earlier), 1)
    before = counts_of(one.features for one in earlier)
    return drift_of(judged, rate, before, counts_of(arrived_since(since, until=now)))


def _worse(drift: Drift) -> str:
    return (
        f"on the {drift.leads:,} outcomes of the last {RECENT.days} days the model from before them is worse than the "
        "plain rate beyond chance"
    )


# --- the report ---------------------------------------------------------------------------------------------------


def _report(learned: Trained, drift: Drift | None, examples: Sequence[Example]) -> dict[str, Any]:
    days = [one.at for one in examples]
    return {
        "outcomes": learned.outcomes,
        "wins": learned.wins,
        "from": _date(min(days)) if days else None,
        "to": _date(max(days)) if days else None,
        "penalty": learned.penalty,
        "judged": learned.refused,
        "figures": _figures(learned),
        "counts_most": [list(one) for one in learned.counts_most],
        "drift": drift._asdict() | {"alarm": drift.alarm, "worse": drift.worse} if drift else None,
    }


def _figures(learned: Trained) -> dict[str, Any] | None:
    found = learned.figures
    return found._asdict() | {"bins": [list(one) for one in found.bins]} if found else None


def _date(day: float) -> str:
    return (datetime(2000, 1, 1, tzinfo=UTC) + day * timedelta(days=1)).date().isoformat()
