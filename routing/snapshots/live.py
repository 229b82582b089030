"""Rows → the live data that the linter holds against a rulebook, in a constant number of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncDate

from reps.caps import read_caps
from reps.models import Expertise, Rep, Team
from reps.schedules import Schedule
from routing.engine.folding import fold
from routing.engine.types import PoolId, RepId
from routing.models import Account, AccountPerson, Assignment, LastResort, Lead, PoolMember
from routing.rulebook.check import looping
from routing.rulebook.lint.subject import Live, Membership, Open, Person, TeamFacts
from routing.snapshots.cap_use import OPEN_FOR
from routing.snapshots.hours import Calendar, HoursSettings, RepRow, load_calendars, rep_rows

ARRIVALS = timedelta(days=90)
ORDINARY = timedelta(days=28)
"""What comes to a pool on a day is counted over these days."""
FEWEST_DAYS = 5
"""A pool that got leads on fewer days has no ordinary day yet."""
MOST_LOOPS = 10


def load_live(*, now: datetime, timezone: str, arrivals: bool = True) -> Live:
    """Everybody, and what came in lately; as it is at `now`. `arrivals`: whether anything asks from where."""
    rows = rep_rows(Rep.objects.all())
    calendars = load_calendars(rows, start=now, end=now, settings=HoursSettings(timezone=timezone))
    places, languages = _arrivals(now) if arrivals else (Counter(), Counter())
    inactive, account_reps = _accounts()
    return Live(
        reps=_people(rows, calendars),
        members=_members(),
        teams=_teams(rows, calendars),
        last_resort=tuple(LastResort.objects.values_list("rep_id", flat=True)),
        accounts=inactive,
        account_reps=account_reps,
        account_loops=_account_loops(),
        arrivals=places,
        languages=languages,
        per_day=_per_day(now, ZoneInfo(timezone)),
        open=_open(now),
    )


def _people(rows: list[RepRow], calendars: Mapping[RepId, Calendar]) -> dict[RepId, Person]:
    skills: defaultdict[RepId, set[str]] = defaultdict(set)
    for rep, skill in Rep.skills.through.objects.values_list("rep_id", "skill__name"):
        skills[rep].add(fold(skill))
    expertise: defaultdict[RepId, dict[str, int]] = defaultdict(dict)
    for rep, topic, level in Expertise.objects.values_list("rep_id", "topic", "level"):
        expertise[rep][fold(topic)] = level
    return {
        row.id: Person(
            id=row.id,
            name=row.name,
            active=row.active,
            schedule=Schedule(calendars[row.id].schedule.zone, calendars[row.id].schedule.blocks),
            backup=row.backup,
            caps=tuple(read_caps(row.caps)),
            holidays=bool(row.holidays),
            languages=frozenset(fold(str(code)) for code in row.languages or ()),
            skills=frozenset(skills[row.id]),
            expertise=expertise[row.id],
        )
        for row in rows
    }


def _members() -> dict[PoolId, tuple[Membership, ...]]:
    members: defaultdict[PoolId, list[Membership]] = defaultdict(list)
    rows = PoolMember.objects.order_by("pool_id", "rep_id").values_list("pool_id", "rep_id", "weight", "caps")
    for pool, rep, weight, caps in rows:
        members[pool].append(Membership(rep, float(weight), tuple(read_caps(caps))))
    return {pool: tuple(those) for pool, those in members.items()}


def _teams(rows: list[RepRow], calendars: Mapping[RepId, Calendar]) -> tuple[TeamFacts, ...]:
    always_on: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows:
        relies = row.active and row.team is not None and row.hours != Rep.Hours.ALWAYS
        if row.team is not None and relies and calendars[row.id].schedule.blocks is None:
            always_on[row.team].append(row.name)
    teams = Team.objects.order_by("name").values_list("pk", "name", "manager_id")
    return tuple(TeamFacts(name, manager, tuple(always_on[key])) for key, name, manager in teams)


def _accounts() -> tuple[dict[RepId, tuple[str, ...]], frozenset[RepId]]:
    """The accounts of each inactive owner and role, by name; and everybody whom an account leads to."""
    named: defaultdict[RepId, list[str]] = defaultdict(list)
    owned = Account.objects.filter(owner__active=False).order_by("name").values_list("owner_id", "name")
    roles = AccountPerson.objects.filter(rep__active=False).order_by("account__name")
    for rep, name in [*owned, *roles.values_list("rep_id", "account__name")]:
        named[rep].append(name)
    everybody = {
        *Account.objects.filter(owner__isnull=False).order_by().values_list("owner_id", flat=True).distinct(),
        *AccountPerson.objects.order_by().values_list("rep_id", flat=True).distinct(),
    }
    return {rep: tuple(dict.fromkeys(names)) for rep, names in named.items()}, frozenset(everybody)


def _account_loops() -> tuple[str, ...]:
    parents = dict(Account.objects.filter(parent__isnull=False).order_by().values_list("pk", "parent_id"))
    looped = sorted(looping(parents))[:MOST_LOOPS]
    return tuple(Account.objects.filter(pk__in=looped).order_by("name").values_list("name", flat=True))


def _arrivals(now: datetime) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """How many leads came from which country and region, and in which language."""
    recent = Lead.objects.real().filter(submitted_at__gt=now - ARRIVALS, submitted_at__lte=now)
    recent = recent.exclude(status=Lead.Status.QUARANTINED)
    counted = recent.order_by().values_list("country", "region", "language").annotate(number=Count("pk"))
    places: Counter[tuple[str, str]] = Counter()
    languages: Counter[str] = Counter()
    for country, region, language, number in counted:
        places[country, region] += number
        languages[language] += number
    return places, languages


def _per_day(now: datetime, zone: ZoneInfo) -> dict[PoolId, float]:
    """Leads that a pool got on a day on which it got any, of the last four weeks."""
    recent = Assignment.objects.filter(assigned_at__gt=now - ORDINARY, assigned_at__lte=now, pool__isnull=False)
    days = recent.order_by().annotate(day=TruncDate("assigned_at", tzinfo=zone)).values("pool_id")
    counted = days.annotate(number=Count("pk"), days=Count("day", distinct=True))
    return {row["pool_id"]: row["number"] / row["days"] for row in counted if row["days"] >= FEWEST_DAYS}


def _open(now: datetime) -> dict[RepId, Open]:
    """What caps on open leads count."""
    recent = Lead.objects.open().filter(Q(owned_at__gt=now - OPEN_FOR), test=False)
    counted = recent.order_by().values_list("owner_id").annotate(number=Count("pk"), newest=Max("owned_at"))
    return {rep: Open(number, newest) for rep, number, newest in counted}
