"""What other ways of sharing its leads would have been worth to a pool: its past deals, evaluated in the background.

The same evaluation as `manage.py evaluate --csv`, fed from the database, which it only reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from routing.engine.types import ONE_LEAD
from routing.evaluation.deals import LEAST_ROWS
from routing.evaluation.past import evaluate_past
from routing.evaluation.refusals import CannotEvaluate, TooFewDeals
from routing.evaluation.report import of_past
from routing.insights.past_deals import past_deals_of
from routing.models import Pool
from routing.rulebook.content import current_settings, pool_content
from routing.services.work_progress import CannotRun, Progress
from routing.snapshots.pools import compile_pool
from routing.snapshots.rulebook import current_rulebook

NO_SUCH_POOL = "Choose a pool that there is."


def read_asked(params: Mapping[str, Any], now: datetime) -> Pool:
    """The pool whose deals are meant. Raises CannotRun."""
    if unknown := [name for name in params if name != "pool"]:
        raise CannotRun({name: ["Unknown field. An evaluation takes a pool."] for name in unknown})
    key = params.get("pool")
    pool = Pool.objects.current().filter(pk=key).first() if type(key) is int and 0 < key < 2**63 else None
    if pool is None:
        raise CannotRun({"pool": [NO_SUCH_POOL]})
    return pool


def run_evaluation(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    """As work in the background: what Work.report keeps. What cannot be judged is a report that says why."""
    pool = read_asked(params, now)
    published = current_rulebook()
    terms = (published.rulebook.pools.get(pool.pk) if published else None) or compile_pool(pool_content(pool))
    band = terms.band / ONE_LEAD
    about = {"pool": pool.pk, "name": pool.name, "band": band, "refused": "", "missing": 0}
    zone = ZoneInfo(current_settings().timezone)
    try:
        found = past_deals_of(pool, terms.segments, now=now, zone=zone, alive=progress.alive)
        past = evaluate_past(found.deals, band=band, progress=progress.report)
    except TooFewDeals as few:
        return about | {"refused": str(few), "missing": LEAST_ROWS - few.known}
    except CannotEvaluate as refused:
        return about | {"refused": str(refused)}
    days = [deal.day for deal in found.deals.deals]
    return about | {
        "open": found.open,
        "from": date.fromordinal(days[0]).isoformat(),
        "to": date.fromordinal(days[-1]).isoformat(),
        "kinds_by": list(found.deals.dimensions),
        **of_past(past, found.deals.warnings),
        "source": "pool",
    }
