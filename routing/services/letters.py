"""Which of the messages that are due make one: summaries, digests, and more than somebody can read one by one.

By mail, and likewise by chat and SMS.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max

from routing import outbox
from routing.engine.types import Alert
from routing.models import Assignment, OutboxMessage
from routing.notifications.briefs import WITHOUT_LEAD, Brief

Kind = OutboxMessage.Kind
SUMMARIES = {
    Kind.LAST_RESORT: "last resort",
    Kind.MOVED_HERE: "moved",
    Kind.MOVED_AWAY: "moved",
    Kind.HANDED_OVER: "handed over",
}
"""Kinds of which somebody gets one mail about all that are due; those of one name share it."""
CROWD = "crowd"
ONE_BY_ONE = frozenset(Kind) - SUMMARIES.keys() - WITHOUT_LEAD - {Kind.NOTIFY}
"""Kinds that are mails of their own, unless there are too many at once."""
MOST_TOGETHER = 1_000
"""One mail tells of no more than about so many leads."""
MINUTE = timedelta(minutes=1)
BETWEEN_CROWDS = timedelta(seconds=10)
"""Somebody who gets too many alerts gets one mail about those of so many seconds."""
RECENT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Letters:
    """Messages that were claimed, and for whom they are too many to be sent one by one. `claimed`: so many were due."""

    messages: Sequence[OutboxMessage]
    crowded: Collection[int]
    claimed: int

    def of(self, briefs: Sequence[Brief]) -> list[list[Brief]]:
        """Those that are to be sent, as mails: each a list of briefs to one person."""
        alone, shared = [], defaultdict(list)
        for brief in briefs:
            if brief.not_sent:
                continue
            if name := self._shares(brief):
                shared[name, brief.address, brief.message.way_id].append(brief)
            else:
                alone.append([brief])
        return [*alone, *shared.values()]

    def _shares(self, brief: Brief) -> str:
        """With which others a brief is one mail; empty: with none."""
        message = brief.message
        if brief.recipient is None or outbox.was_interrupted(message):
            return ""
        digest = message.kind == Kind.ALERT and brief.assignment and brief.assignment.alert == Alert.DIGEST.value
        if digest or (brief.recipient.pk in self.crowded and message.kind in ONE_BY_ONE):
            return CROWD
        return SUMMARIES.get(Kind(message.kind), "")


@dataclass(frozen=True, slots=True)
class Post:
    """Which messages leave together: by these channels, held for so long, at most so many in one."""

    channels: Collection[str] = outbox.BY_MAIL
    lease: timedelta = outbox.LEASE
    most: int = MOST_TOGETHER

    def alike(self, some: Sequence[OutboxMessage], kinds: Collection[str], *, now: datetime) -> list[OutboxMessage]:
        """What else is due of these kinds for the people who get one of them."""
        return outbox.claim_alike(some, kinds=kinds, now=now, limit=self.most, channels=self.channels, lease=self.lease)


def claim_letters(*, limit: int, now: datetime, post: Post = Post(), not_by: Collection[int] = ()) -> Letters:
    """Take at most `limit` messages that are due, and what belongs into the same mails.

    What ended whoever sent it is taken one at a time, so that it takes nothing else with it again.
    """
    due = outbox.claim(now=now, limit=limit, channels=post.channels, lease=post.lease, not_by=not_by)
    if not due:
        return Letters((), frozenset(), 0)
    claimed = _one_suspect(due)
    claimed += post.alike(claimed, SUMMARIES, now=now)
    crowded, waits = _crowded(claimed, now=now)
    digests = _with_digests(claimed)
    if not crowded and not digests:
        return Letters(claimed, frozenset(), len(due))
    claimed += post.alike(_alerts_of(crowded | digests, claimed), ONE_BY_ONE, now=now)
    early = _alerts_of(waits, claimed)
    for rep, wait in waits.items():
        outbox.postpone([one for one in early if one.rep_id == rep], now=now, pause=wait)
    return Letters([one for one in claimed if one not in early], crowded, len(due))


def _alerts_of(reps: Container[int | None], claimed: Sequence[OutboxMessage]) -> list[OutboxMessage]:
    """What would otherwise be a mail each."""
    return [one for one in claimed if one.rep_id in reps and one.kind in ONE_BY_ONE and not one.address]


def _one_suspect(claimed: list[OutboxMessage]) -> list[OutboxMessage]:
    suspects = [message for message in claimed if outbox.was_interrupted(message)]
    outbox.release(suspects[1:])
    return [message for message in claimed if message not in suspects[1:]]


def _crowded(claimed: Sequence[OutboxMessage], *, now: datetime) -> tuple[frozenset[int], dict[int, timedelta]]:
    """Who gets more than ALERTS_PER_MINUTE, with those of the last minute; and who got the last one only just now."""
    due = Counter(one.rep_id for one in claimed if one.rep_id and one.kind in ONE_BY_ONE and not one.address)
    if not due:
        return frozenset(), {}
    told = Assignment.objects.filter(rep__in=due, assigned_at__gt=now - RECENT, alerted_at__gt=now - MINUTE)
    recent = {
        rep: (number, last)
        for rep, number, last in told.order_by().values_list("rep").annotate(Count("pk"), Max("alerted_at"))
    }
    crowded = {rep for rep, number in due.items() if number + recent.get(rep, (0,))[0] > settings.ALERTS_PER_MINUTE}
    waits = {rep: recent[rep][1] + BETWEEN_CROWDS - now for rep in crowded if rep in recent}
    return frozenset(crowded), {rep: wait for rep, wait in waits.items() if wait > timedelta(0)}


def _with_digests(claimed: Sequence[OutboxMessage]) -> frozenset[int]:
    """Who gets an alert that a rule wants in a digest."""
    alerts = {one.assignment_id for one in claimed if one.kind == Kind.ALERT and one.assignment_id}
    digests = Assignment.objects.filter(pk__in=alerts, alert=Alert.DIGEST.value).order_by()
    return frozenset(digests.values_list("rep_id", flat=True)) if alerts else frozenset()
