"""Which way a message takes to its rep: the first of their channels that is not silent now, e-mail at the latest."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q

from reps.models import Channel, Rep
from routing.models import Lead, OutboxMessage, RulebookVersion
from routing.notifications.briefs import TELLS_THE_OWNER
from routing.notifications.deadlines import zone_of

Way = Channel | None
"""A rep's channel; None is their e-mail address."""

BY_MAIL_ALONE = frozenset(
    {
        OutboxMessage.Kind.MANAGER_DIGEST, OutboxMessage.Kind.INVITATION, OutboxMessage.Kind.PASSWORD_RESET,
        OutboxMessage.Kind.IMPORT_UNDONE,
    }
)  # fmt: skip
"""Too long for a chat, or nobody's business there."""
MOST_OF_A_KIND = 5
"""Of so many channels of one kind each gets a key of its own."""
FOLLOWS = re.compile(rf":({'|'.join(OutboxMessage.Channel)})[2-{MOST_OF_A_KIND}]?$")


@dataclass(frozen=True, slots=True)
class Ways:
    """How the reps who are not simply sent a mail are reached: agents, and people with channels, in their order."""

    reps: Mapping[int, Rep]
    tests: Collection[int]
    timezone: str

    def goes_by_mail(self, message: OutboxMessage) -> bool:
        """Whether nothing has to be chosen: no rep's message, sent on its way already, or for a tester."""
        return (
            message.channel != OutboxMessage.Channel.EMAIL
            or message.way_id is not None
            or FOLLOWS.search(message.key) is not None
            or bool(message.address)
            or message.kind in BY_MAIL_ALONE
            or message.rep_id not in self.reps
            or message.lead_id in self.tests
        )

    def of(self, rep: Rep, when: datetime) -> list[Way]:
        """All ways to somebody, in the order in which they are tried. E-mail is never silent; not named, it is last."""
        channels = list(rep.channels.all())
        quiet = is_quiet(rep, when, timezone=self.timezone)
        ways = [_way(channel) for channel in channels if channel.kind == Channel.Kind.EMAIL or not quiet]
        return ways if None in ways else [*ways, None]


def _way(channel: Channel) -> Way:
    return None if channel.kind == Channel.Kind.EMAIL else channel


def load_ways(messages: Iterable[OutboxMessage]) -> Ways:
    """One query; two more where somebody has channels or is an agent."""
    named = [message for message in messages if message.rep_id is not None and not message.address]
    reps = _special(named) if named else {}
    theirs = {message.lead_id for message in named if message.rep_id in reps and message.lead_id}
    tests = Lead.objects.filter(pk__in=theirs, test=True).values_list("pk", flat=True) if theirs else ()
    return Ways(reps, frozenset(tests), _company_zone() if any(rep.quiet_from for rep in reps.values()) else "")


def _company_zone() -> str:
    """As published; read without the rest, so that a version that cannot be compiled stops no message."""
    zones = RulebookVersion.objects.order_by("-number").values_list("content__settings__timezone", flat=True)
    return str(zones.first() or settings.TIME_ZONE)


def _special(messages: Sequence[OutboxMessage]) -> dict[int, Rep]:
    """Also those whose channel is gone by now: their e-mail is a way of its own then."""
    rep_ids = {message.rep_id for message in messages}
    by_channel = {message.rep_id for message in messages if message.channel != OutboxMessage.Channel.EMAIL}
    active = Channel.objects.filter(active=True).order_by("position", "pk")
    reps = Rep.objects.filter(pk__in=rep_ids).select_related("team")
    special = Q(kind=Rep.Kind.AGENT) | Q(pk__in=by_channel) | Exists(active.filter(rep=OuterRef("pk")))
    return {rep.pk: rep for rep in reps.filter(special).prefetch_related(Prefetch("channels", queryset=active))}


def sent_their_way(messages: Sequence[OutboxMessage]) -> list[OutboxMessage]:
    """The messages with channel and way chosen; an agent hears of nothing but what makes a lead theirs."""
    ways = load_ways(messages)
    return [message for message in messages if ways.goes_by_mail(message) or _choose(message, ways)]


def _choose(message: OutboxMessage, ways: Ways) -> bool:
    """Set channel and way; whether the message is to be sent at all."""
    rep = ways.reps[message.rep_id or 0]
    if rep.kind == Rep.Kind.AGENT:
        message.channel = OutboxMessage.Channel.AGENT
        return message.kind in TELLS_THE_OWNER
    _set_way(message, ways.of(rep, message.available_at)[0])
    return True


def _set_way(message: OutboxMessage, way: Way) -> None:
    message.way = way
    message.channel = OutboxMessage.Channel(way.kind) if way else OutboxMessage.Channel.EMAIL


@dataclass(frozen=True, slots=True)
class Following:
    """What follows messages that failed. `copies`: message → the same on the next way, to be published.

    `settled`: those of which the same was sent, or waits to be, on another way. Nothing follows them.
    """

    copies: Mapping[int, OutboxMessage]
    settled: Collection[int]


def next_ways(messages: Sequence[OutboxMessage], *, now: datetime, lock: bool = False) -> Following:
    """The same on the next way to its rep that has not been tried, due now; none if there is none.

    For a message that failed for good, or that should not wait for a server that is out. Publishing a copy again is its
    own twin. Agents, testers and addresses that are no rep's have one way only. `lock`: all that was written of the
    same is locked, so that of two that fail at once the second knows of the first.
    """
    ways = load_ways(messages)
    to_people = [message for message in messages if _has_ways(message, ways)]
    tried = _tried(to_people, lock=lock)
    these = {message.pk for message in messages}
    copies: dict[int, OutboxMessage] = {}
    settled: set[int] = set()
    for message in to_people:
        before = tried[first_key(message.key)]
        if any(_is_settled(one) for one in before if one.pk not in these):
            settled.add(message.pk)
            continue
        used = {one.way_id for one in before if one.way_id or one.channel == OutboxMessage.Channel.EMAIL}
        left = [way for way in ways.of(ways.reps[message.rep_id or 0], now) if _key_of(way) not in used]
        if left:
            copies[message.pk] = _copy(message, left[0], before, now=now)
    return Following(copies, settled)


def _is_settled(message: OutboxMessage) -> bool:
    return message.result in (OutboxMessage.Result.SENT, OutboxMessage.Result.WAITING)


def _has_ways(message: OutboxMessage, ways: Ways) -> bool:
    rep = ways.reps.get(message.rep_id or 0)
    only_one = BY_MAIL_ALONE | {OutboxMessage.Kind.TEST_ALERT}
    return bool(
        rep
        and rep.kind == Rep.Kind.HUMAN
        and not message.address
        and message.kind not in only_one
        and message.lead_id not in ways.tests
    )


def _key_of(way: Way) -> int | None:
    return way.pk if way else None


def first_key(key: str) -> str:
    """The key of the message on the first way, which has no ending for its channel."""
    return FOLLOWS.sub("", key)


def _tried(messages: Sequence[OutboxMessage], *, lock: bool) -> Mapping[str, list[OutboxMessage]]:
    """First key → all that was written of the same message, first to last; one query."""
    found: defaultdict[str, list[OutboxMessage]] = defaultdict(list)
    numbers = ("", *range(2, MOST_OF_A_KIND + 1))
    keys = {first_key(message.key) for message in messages}
    keys |= {f"{key}:{channel}{number}" for key in keys for channel in OutboxMessage.Channel for number in numbers}
    written = OutboxMessage.objects.filter(key__in=keys).order_by("pk")
    written = written.select_for_update(no_key=True, of=("self",)) if lock else written
    for message in written if messages else ():
        found[first_key(message.key)].append(message)
    return found


def _copy(message: OutboxMessage, way: Way, before: Sequence[OutboxMessage], *, now: datetime) -> OutboxMessage:
    copy = OutboxMessage(
        kind=message.kind, lead_id=message.lead_id, assignment_id=message.assignment_id, rep_id=message.rep_id,
        offer_id=message.offer_id, payload=message.payload, priority=message.priority, created_at=now, available_at=now,
    )  # fmt: skip
    _set_way(copy, way)
    alike = sum(one.channel == copy.channel for one in before)
    copy.key = f"{first_key(message.key)}:{copy.channel}{alike + 1 if alike else ''}"
    return copy


def way_text(message: OutboxMessage) -> str:
    """To whom, and by what: ana@acme.example, Slack of Ana Diaz."""
    if message.address or message.rep is None:
        return message.address or "nobody"
    if message.channel == OutboxMessage.Channel.EMAIL:
        return message.rep.email
    return f"{OutboxMessage.Channel(message.channel).label} of {message.rep.name}"


def is_quiet(rep: Rep, when: datetime, *, timezone: str) -> bool:
    """Whether chat and SMS are to stay silent at that instant, in the rep's zone, else the company's `timezone`."""
    if rep.quiet_from is None or rep.quiet_until is None or rep.quiet_from == rep.quiet_until:  # alike: never
        return False
    zone = rep.timezone or (rep.team.timezone if rep.team else "") or timezone
    return _lies_in(when.astimezone(zone_of(zone)).time(), rep.quiet_from, rep.quiet_until)


def _lies_in(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start < end else clock >= start or clock < end
