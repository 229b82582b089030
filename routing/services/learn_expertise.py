"""Once a day, what won deals teach of the expertise of the reps of each pool that goes by intent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from reps.schedules import midnight
from routing.engine import expertise
from routing.engine.types import Pool, PoolId, Strategy
from routing.insights.outcomes import Question
from routing.insights.topic_outcomes import count_by_topic
from routing.models import LearnedExpertise, PoolMember
from routing.models import Pool as PoolRow
from routing.snapshots.expertise import newest_expertise, pack_expertise
from routing.snapshots.rulebook import Published, current_rulebook


def learn_expertise(*, now: datetime) -> int:
    """Freeze what today's decisions go by, of every pool that goes by intent; how many tables were written.

    Pools that go by what is declared alone learn, too, so that one can see what it would be before it counts. What is
    there already stays as it is: it can be called at any time, and costs one query where nothing is due.
    """
    published = current_rulebook()
    if published is None or not published.rulebook.topics:
        return 0
    pools = [pool for pool in published.rulebook.pools.values() if pool.strategy is Strategy.INTENT]
    zone = ZoneInfo(published.rulebook.settings.timezone)
    today = now.astimezone(zone).date()
    due = _due(pools, today) if pools else []
    for pool in due:
        _learn(pool, published, today, until=midnight(today, zone), now=now)
    return len(due)


def _due(pools: Sequence[Pool], today: date) -> list[Pool]:
    """Those without a table of today, and not archived or deleted since the rulebook was published."""
    keys = [pool.id for pool in pools]
    done = set(LearnedExpertise.objects.filter(pool__in=keys, day=today).order_by().values_list("pool", flat=True))
    left = [pool for pool in pools if pool.id not in done]
    if not left:
        return []
    current = set(PoolRow.objects.current().filter(pk__in=[pool.id for pool in left]).values_list("pk", flat=True))
    return [pool for pool in left if pool.id in current]


def _learn(pool: Pool, published: Published, today: date, *, until: datetime, now: datetime) -> None:
    """From the outcomes of everybody in the pool up to last midnight, wherever their leads came from."""
    terms = published.terms_of(pool.id)
    counts = count_by_topic(
        Question(_members(pool.id), (), until, terms.half_life_days),
        [topic.name for topic in published.rulebook.topics],
    )
    before = newest_expertise([pool.id], day=today).values_list("content__differ", flat=True).first()
    table = expertise.learn_expertise(
        day=today, k=terms.shrinkage_k, faded=counts.faded, whole=counts.whole, before=bool(before)
    )
    LearnedExpertise.objects.get_or_create(
        pool_id=pool.id, day=today, defaults={"content": pack_expertise(table), "computed_at": now}
    )


def _members(pool: PoolId) -> list[int]:
    return list(PoolMember.objects.filter(pool=pool).order_by("rep_id").values_list("rep_id", flat=True))
