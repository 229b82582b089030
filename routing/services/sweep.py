"""What time alone brings: steps of SLA policies, publications, ends of offers, parked leads, merges, daily work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError

from routing.models import Lead
from routing.services.count_control_groups import count_control_groups
from routing.services.count_days import count_days_over
from routing.services.digests import publish_digests
from routing.services.expire_offers import expire_offers
from routing.services.lead_actions.park import today, wake
from routing.services.learn_expertise import learn_expertise
from routing.services.learn_score import learn_nightly
from routing.services.measure_performance import measure_performance
from routing.services.merge_duplicates import merge_duplicates
from routing.services.nightly_lint import lint_nightly
from routing.services.people.handing_over import hand_over_due
from routing.services.people.leaving import carry_out_due
from routing.services.privacy.retention import let_go_of_the_old
from routing.services.schedule import publish_due
from routing.services.sla.steps import take_sla_steps
from routing.services.submissions.drain import drain
from routing.services.submissions.unfinished import finish_begun
from routing.services.throttling import forget_old_hits
from routing.services.webhooks.prune import prune_deliveries

logger = logging.getLogger(__name__)
LATE = timedelta(seconds=2)
"""What the doorbell should have done is done by the clock after this long."""


def sweep(*, now: datetime) -> int:
    """Everything that is due by the clock, except routing and alerts themselves; how much was done."""
    return do_all(TASKS, now=now)


def do_all(tasks: Iterable[Callable[..., int]], *, now: datetime) -> int:
    """Each of the tasks. One that fails is logged and tried again the next time; it stops no other.

    Raises OperationalError, once all had their turn, if the database was away or too busy for one.
    """
    done, outage = 0, None
    for task in tasks:
        try:
            done += task(now=now)
        except (OperationalError, InterfaceError) as error:
            outage = error
        except Exception:
            logger.exception("sweep_failed", extra={"task": task.__name__})
    if outage is not None:
        raise outage
    return done


def routing_is_late(*, now: datetime) -> bool:
    """Whether leads are due that nobody has begun on for two seconds."""
    late = now - LATE
    return Lead.objects.pending(late).exists() or Lead.objects.to_look_at_again(late).exists()


def review_parked(*, now: datetime) -> int:
    """Parked leads whose review date has come are routed."""
    return wake(Lead.objects.filter(review_date__lte=today(now)), now=now)


TASKS: Sequence[Callable[..., int]] = (
    drain,
    finish_begun,
    take_sla_steps,
    publish_due,
    expire_offers,
    review_parked,
    carry_out_due,
    hand_over_due,
    merge_duplicates,
    measure_performance,
    learn_expertise,
    count_days_over,
    count_control_groups,
    lint_nightly,
    learn_nightly,
    publish_digests,
    prune_deliveries,
    let_go_of_the_old,
    forget_old_hits,
)
"""Each finds out by itself, with a look-up, whether anything is due."""
