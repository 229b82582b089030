"""Who can take leads at an instant, why not, and when again; and what else a batch knows of its people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reps.models import Expertise, Rep, Skill, Team, TimeOff, WorkingHours
from reps.schedules import parse_hours
from routing.engine.types import CatchUp, LedgerAccount, LedgerKey, Member, Refusal, RepState
from routing.models import Assignment, LastResort, Lead, Ledger, WeightTilt
from routing.models import LedgerAccount as AccountRow
from routing.snapshots.people import HoursSettings, last_resort_ids, load_people, load_windows, load_windows_of
from tests.factories import make_owned_lead, make_pool, make_rep, make_settings, make_team, terms_of

pytestmark = pytest.mark.django_db
SETTINGS = HoursSettings(timezone="Europe/Berlin", taper_days=2)
DAY = timedelta(days=1)


def state(rep: Rep, now: datetime) -> RepState:
    return load_people(pools={}, rep_ids=[rep.pk], now=now, settings=SETTINGS).reps[rep.pk]


def give_hours(owner: Rep | Team, **days: str) -> None:
    field = "rep" if isinstance(owner, Rep) else "team"
    blocks = parse_hours({day.replace("_", "-"): [text] for day, text in days.items()})
    WorkingHours.objects.bulk_create(
        WorkingHours(**{field: owner}, weekday=b.weekday, start=b.start, end=b.end) for b in blocks
    )


def office_rep(zone: str = "America/Los_Angeles", **fields: Any) -> Rep:
    """Mon-Fri 9 to 5, in Los Angeles; at `now` it is Tuesday 08:00 there."""
    rep = make_rep(hours=Rep.Hours.OWN, timezone=zone, **fields)
    give_hours(rep, mon_fri="09:00-17:00")
    return rep


def away(rep: Rep, start: str, end: str, *, whole_days: bool = False) -> TimeOff:
    starts_at, ends_at = (datetime.fromisoformat(edge).astimezone(UTC) for edge in (start, end))
    return TimeOff.objects.create(rep=rep, starts_at=starts_at, ends_at=ends_at, whole_days=whole_days)


def test_somebody_on_shift_can_take_leads(now: datetime) -> None:
    rep = make_rep("Ana Diaz")

    assert state(rep, now) == RepState(rep.pk, "Ana Diaz")


def test_somebody_inactive_never_comes_back_by_the_clock(now: datetime) -> None:
    found = state(make_rep(active=False), now)

    assert (found.standing, found.standing_detail, found.available_at) == (Refusal.INACTIVE, "inactive", None)


def test_a_pause_with_an_end_is_over_then(now: datetime) -> None:
    until = datetime(2026, 3, 5, 8, tzinfo=UTC)

    found = state(make_rep(paused=True, paused_until=until, paused_reason="training"), now)

    assert (found.standing, found.available_at) == (Refusal.PAUSED, until)
    assert found.standing_detail == "paused until Thu 09:00 (Europe/Berlin): training"


def test_a_pause_without_an_end_has_no_known_end(now: datetime) -> None:
    found = state(make_rep(paused=True), now)

    assert (found.standing, found.standing_detail, found.available_at) == (Refusal.PAUSED, "paused", None)


def test_a_pause_that_is_over_is_no_pause(now: datetime) -> None:
    assert state(make_rep(paused=True, paused_until=now), now).standing is None


def test_whole_days_of_leave_end_with_the_last_day(now: datetime) -> None:
    rep = make_rep(timezone="Europe/Berlin")
    away(rep, "2026-03-02T00:00+01:00", "2026-03-05T00:00+01:00", whole_days=True)

    found = state(rep, now)

    assert (found.standing, found.standing_detail) == (Refusal.ON_LEAVE, "on leave until 4 Mar")
    assert found.available_at == datetime(2026, 3, 4, 23, tzinfo=UTC)


def test_a_leave_of_hours_says_the_hour(now: datetime) -> None:
    rep = make_rep(timezone="Europe/Berlin")
    away(rep, "2026-03-03T16:00+01:00", "2026-03-03T18:30+01:00")

    assert state(rep, now).standing_detail == "on leave until Tue 18:30 (Europe/Berlin)"


def test_leaves_that_touch_are_one(now: datetime) -> None:
    rep = make_rep()
    away(rep, "2026-03-03T00:00+01:00", "2026-03-04T00:00+01:00")
    away(rep, "2026-03-04T00:00+01:00", "2026-03-06T00:00+01:00")

    assert state(rep, now).available_at == datetime(2026, 3, 5, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "starts_in", "refusal"),
    [(6, 1.9, Refusal.ON_LEAVE), (6, 2.1, None), (5, 1.9, None), (5.1, 1.9, Refusal.ON_LEAVE)],
)
def test_before_a_long_leave_nobody_gets_new_leads(
    now: datetime, days: float, starts_in: float, refusal: Refusal | None
) -> None:
    rep = make_rep()
    start = now + starts_in * DAY
    TimeOff.objects.create(rep=rep, starts_at=start, ends_at=start + days * DAY)

    assert state(rep, now).standing is refusal


def test_before_a_long_leave_it_is_said_why(now: datetime) -> None:
    rep = make_rep(timezone="Europe/Berlin")
    leave = away(rep, "2026-03-05T00:00+01:00", "2026-03-16T00:00+01:00", whole_days=True)

    found = state(rep, now)

    assert found.standing_detail == "no new leads before the leave from 5 Mar until 15 Mar"
    assert found.available_at == leave.ends_at


def test_five_days_of_leave_are_five_days_when_the_clocks_go_back() -> None:
    rep = make_rep(timezone="Europe/Berlin")
    away(rep, "2026-10-23T00:00+02:00", "2026-10-28T00:00+01:00", whole_days=True)

    assert state(rep, datetime(2026, 10, 22, 12, tzinfo=UTC)).standing is None


def test_an_endless_leave_has_no_known_end(now: datetime) -> None:
    rep = office_rep()
    TimeOff.objects.create(rep=rep, starts_at=now, ends_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))

    found = state(rep, now)

    assert (found.standing, found.standing_detail, found.available_at) == (Refusal.ON_LEAVE, "on leave", None)


def test_off_shift_says_when_the_next_shift_begins(now: datetime) -> None:
    found = state(office_rep(), now)

    assert (found.standing, found.available_at) == (Refusal.OFF_SHIFT, now + timedelta(hours=1))
    assert found.standing_detail == "off shift until Tue 09:00 (America/Los_Angeles)"


def test_a_shift_more_than_a_week_away_is_named_by_its_date(now: datetime) -> None:
    rep = make_rep(hours=Rep.Hours.OWN, timezone="Europe/Berlin")
    give_hours(rep, tue="09:00-10:00")

    assert state(rep, now).standing_detail == "off shift until 10 Mar 09:00 (Europe/Berlin)"


def test_a_public_holiday_is_named(now: datetime) -> None:
    labor_day = datetime(2026, 9, 7, 18, tzinfo=UTC)

    found = state(office_rep(holidays="US-CA"), labor_day)

    assert (found.standing, found.available_at) == (Refusal.HOLIDAY, datetime(2026, 9, 8, 16, tzinfo=UTC))
    assert found.standing_detail == "public holiday (Labor Day) until Tue 09:00 (America/Los_Angeles)"


def test_a_night_shift_lost_to_a_holiday_is_the_holidays_even_after_midnight() -> None:
    rep = make_rep(hours=Rep.Hours.OWN, timezone="America/New_York", holidays="US")
    give_hours(rep, mon="22:00-02:00")

    assert state(rep, datetime(2026, 9, 8, 5, tzinfo=UTC)).standing is Refusal.HOLIDAY


def test_holidays_of_a_region_count_only_there() -> None:
    epiphany = datetime(2027, 1, 6, 10, tzinfo=UTC)

    bavarian, hessian = (office_rep("Europe/Berlin", holidays=code) for code in ("DE-BY", "DE-HE"))

    assert (state(bavarian, epiphany).standing, state(hessian, epiphany).standing) == (Refusal.HOLIDAY, None)


@pytest.mark.parametrize(
    ("refused_by", "fields"),
    [
        (Refusal.INACTIVE, {"active": False, "paused": True}),
        (Refusal.PAUSED, {"paused": True}),
        (Refusal.ON_LEAVE, {}),
    ],
)
def test_the_first_gate_that_refuses_is_named(now: datetime, refused_by: Refusal, fields: dict[str, bool]) -> None:
    rep = office_rep(**fields)
    TimeOff.objects.create(rep=rep, starts_at=now, ends_at=now + DAY)

    assert state(rep, now).standing is refused_by


def test_pause_leave_and_shift_together_say_when_somebody_is_back(now: datetime) -> None:
    rep = office_rep(paused=True, paused_until=now + DAY)
    away(rep, "2026-03-04T00:00-08:00", "2026-03-07T00:00-08:00")  # until Saturday

    assert state(rep, now).available_at == datetime(2026, 3, 9, 16, tzinfo=UTC)


def test_the_next_shift_may_fall_into_a_leave(now: datetime) -> None:
    rep = office_rep()
    away(rep, "2026-03-03T08:30-08:00", "2026-03-03T12:00-08:00")

    found = state(rep, now)

    assert (found.standing, found.available_at) == (Refusal.OFF_SHIFT, datetime(2026, 3, 3, 20, tzinfo=UTC))


def test_somebody_without_any_shift_is_never_available(now: datetime) -> None:
    rep = office_rep(holidays="US")
    WorkingHours.objects.filter(rep=rep).delete()
    rep.team = make_team()
    rep.save()
    give_hours(rep.team, sun="09:00-10:00")

    assert state(rep, now).available_at == datetime(2026, 3, 8, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "own", "team", "expected"),
    [
        ("own", True, True, None),
        ("own", False, True, Refusal.OFF_SHIFT),  # without own blocks: the team's
        ("team", True, True, Refusal.OFF_SHIFT),
        ("team", True, False, None),  # a team without blocks is always on shift
        ("always", False, True, None),
    ],
)
def test_hours_are_ones_own_or_the_teams(
    now: datetime, hours: str, own: bool, team: bool, expected: Refusal | None
) -> None:
    rep = make_rep(hours=hours, team=make_team(), timezone="UTC")
    if own:
        give_hours(rep, mon_fri="16:00-17:00")
    if team:
        give_hours(rep.team, mon_fri="09:00-10:00")

    assert state(rep, now).standing is expected


@pytest.mark.parametrize(
    ("own", "team", "on_shift"),
    [
        ("Europe/Berlin", "UTC", True),
        ("", "Europe/Berlin", True),
        ("", "UTC", False),
        ("", "", True),
        ("Mars", "UTC", False),
    ],
)
def test_the_zone_is_ones_own_else_the_teams_else_the_companys(
    now: datetime, own: str, team: str, on_shift: bool
) -> None:
    rep = make_rep(hours=Rep.Hours.OWN, timezone=own, team=make_team(timezone=team))
    give_hours(rep, mon_fri="17:00-18:00")  # it is 17:00 in Berlin, 16:00 in UTC

    assert (state(rep, now).standing is None) is on_shift


def test_members_come_with_their_weights_in_thousandths(now: datetime) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    pool, empty = make_pool(ana, bob, weights=[1, 2.5]), make_pool()

    people = load_people(pools=terms_of(pool, empty), rep_ids=[], now=now, settings=SETTINGS)

    assert people.members == {pool.pk: (Member(ana.pk, 1000), Member(bob.pk, 2500)), empty.pk: ()}


def test_backups_come_along(now: datetime) -> None:
    backup = make_rep()
    ana, bob = make_rep(backup=backup), make_rep()

    people = load_people(pools=terms_of(make_pool(ana)), rep_ids=[bob.pk], now=now, settings=SETTINGS)

    assert people.reps.keys() >= {ana.pk, bob.pk, backup.pk}
    assert people.reps[ana.pk].backup == backup.pk


def test_former_members_keep_their_account(now: datetime) -> None:
    ana, gone = make_rep(), make_rep()
    pool = make_pool(ana)
    AccountRow.objects.create(ledger=pool.ledger, rep=ana, balance=5, last_at=now)
    AccountRow.objects.create(ledger=pool.ledger, rep=gone, balance=-5)
    AccountRow.objects.create(ledger=make_pool(ana).ledger, rep=ana, balance=7)

    people = load_people(pools=terms_of(pool), rep_ids=[], now=now, settings=SETTINGS)

    assert people.ledgers == {LedgerKey(pool.ledger_id): {ana.pk: LedgerAccount(5, now), gone.pk: LedgerAccount(-5)}}


def test_the_last_resort_is_the_list_in_its_order(now: datetime) -> None:
    other, second, first = make_rep(), make_rep(), make_rep()
    LastResort.objects.create(rep=second, position=2)
    LastResort.objects.create(rep=first, position=1)

    people = load_people(pools={}, rep_ids=[], now=now, settings=SETTINGS)

    assert people.last_resort == (first.pk, second.pk, other.pk)
    assert people.reps.keys() == {first.pk, second.pk, other.pk}


def test_a_list_of_people_who_left_is_followed_by_those_who_are_there() -> None:
    LastResort.objects.create(rep=(gone := make_rep(active=False)))
    ana = make_rep()

    assert last_resort_ids() == [gone.pk, ana.pk]


def test_without_a_list_the_last_resort_are_managers_then_reps_by_email() -> None:
    zoe, ana = make_rep("Zoe", email="zoe@acme.example"), make_rep("Ana", email="ana@acme.example")
    boss = make_rep("Boss", email="boss@acme.example")
    make_rep("Al", email="al@acme.example", active=False)
    make_team(manager=boss)

    assert last_resort_ids() == [boss.pk, ana.pk, zoe.pk]


@pytest.mark.parametrize("paused", [True, False])
def test_a_batch_knows_whether_everything_is_paused(now: datetime, paused: bool) -> None:
    make_settings(paused=paused, paused_since=now if paused else None)

    assert load_people(pools={}, rep_ids=[], now=now, settings=SETTINGS).paused is paused


def test_working_windows_leave_out_leave(now: datetime) -> None:
    rep = office_rep("Europe/Berlin")
    away(rep, "2026-03-04T12:00+01:00", "2026-03-04T14:00+01:00")

    found = load_windows(rep_id=rep.pk, start=now, end=now + DAY, settings=SETTINGS)

    assert found == [
        (datetime(2026, 3, 4, 8, tzinfo=UTC), datetime(2026, 3, 4, 11, tzinfo=UTC)),
        (datetime(2026, 3, 4, 13, tzinfo=UTC), datetime(2026, 3, 4, 16, tzinfo=UTC)),
    ]


def test_somebody_who_is_always_there_works_around_the_clock(now: datetime) -> None:
    assert load_windows(rep_id=make_rep().pk, start=now, end=now + DAY, settings=SETTINGS) is None


def test_windows_of_many_cost_as_many_queries_as_of_one(now: datetime, django_assert_num_queries: Any) -> None:
    reps = [office_rep().pk for _ in range(10)]

    with django_assert_num_queries(3):
        load_windows_of(rep_ids=reps, start=now, end=now + DAY, settings=SETTINGS)


# --- what strategies and requirements ask for --------------------------------------------------------------------


def test_what_somebody_speaks_can_do_and_knows(now: datetime) -> None:
    rep = make_rep(languages=["de", "pt-BR"])
    rep.skills.add(Skill.objects.create(name="Sécurité"))
    Expertise.objects.create(rep=rep, topic="Kubernetes", level=2)

    found = state(rep, now)

    assert (found.languages, found.skills, found.expertise) == ({"de", "pt-br"}, {"securite"}, {"kubernetes": 2.0})


def test_what_somebody_earns_on_leave(now: datetime) -> None:
    assert state(make_rep(catch_up={"share": 0.5}), now).catch_up == CatchUp(0.5, 5, 1.5)


def open_lead(now: datetime, rep: Rep, lead: Any = None, **fields: Any) -> None:
    owned = make_owned_lead(now, rep)
    Lead.objects.filter(pk=owned.pk).update(**lead or {"test": False})
    Assignment.objects.create(lead=owned, rep=rep, method="round_robin", assigned_at=now, **fields)


@pytest.mark.parametrize(("strategy", "units"), [("load_balanced", 4), ("round_robin", 0)])
def test_open_units_count_where_a_pool_goes_by_load(now: datetime, strategy: str, units: int) -> None:
    rep = make_rep()
    open_lead(now, rep, units=3)
    open_lead(now, rep)

    people = load_people(pools=terms_of(make_pool(rep, strategy=strategy)), rep_ids=[], now=now, settings=SETTINGS)

    assert people.reps[rep.pk].open_units == units


@pytest.mark.parametrize(
    ("lead", "units"),
    [
        ({"test": False}, 7),
        ({"test": True}, 4),
        ({"status": "closed", "closed_at": datetime(2026, 3, 1, tzinfo=UTC)}, 4),
        ({"owned_at": datetime(2026, 1, 1, tzinfo=UTC)}, 4),
    ],
)
def test_open_units_are_those_of_real_leads_that_are_open_and_young(
    now: datetime, lead: dict[str, Any], units: int
) -> None:
    rep = make_rep()
    open_lead(now, rep, units=4)
    open_lead(now, rep, lead=lead, units=3)

    people = load_people(
        pools=terms_of(make_pool(rep, strategy="load_balanced")), rep_ids=[], now=now, settings=SETTINGS
    )

    assert people.reps[rep.pk].open_units == units


def test_the_units_of_everybody_add_up(now: datetime) -> None:
    reps = [make_rep() for _ in range(3)]
    for number in range(20):
        open_lead(now, reps[number % 3], units=1 + number % 4)

    pool = make_pool(*reps, strategy="load_balanced")
    people = load_people(pools=terms_of(pool), rep_ids=[], now=now, settings=SETTINGS)

    assert sum(state.open_units for state in people.reps.values()) == sum(1 + number % 4 for number in range(20))


@pytest.mark.parametrize(("pace", "expected"), [(True, 1), (False, 0)])
def test_unanswered_leads_that_had_waited_count_for_the_pace(now: datetime, pace: bool, expected: int) -> None:
    rep = make_rep()
    for fields in ({"released": True}, {"released": True, "responded_at": now}, {}):
        open_lead(now, rep, **fields)

    people = load_people(pools=terms_of(make_pool(rep)), rep_ids=[], now=now, settings=SETTINGS, pace=pace)

    assert people.reps[rep.pk].released == expected


def test_pools_of_a_fairness_group_share_its_accounts(now: datetime) -> None:
    rep, group = make_rep(), Ledger.objects.create(name="Group", shared=True)
    pools = [make_pool(rep, fairness_group=group) for _ in range(2)]
    AccountRow.objects.create(ledger=group, turns_by="demo", control=True, rep=rep, balance=7, saved=2)

    people = load_people(pools=terms_of(*pools), rep_ids=[], now=now, settings=SETTINGS)

    assert people.ledgers == {
        LedgerKey(group.pk): {},
        LedgerKey(group.pk, "demo", True): {rep.pk: LedgerAccount(7, None, 2)},
    }


def test_a_pool_that_is_paused_is_known(now: datetime) -> None:
    pool, other = make_pool(paused=True), make_pool()

    assert load_people(pools=terms_of(pool, other), rep_ids=[], now=now, settings=SETTINGS).paused_pools == {pool.pk}


def test_results_tilt_weights_only_where_they_give_more_leads(now: datetime) -> None:
    ana = make_rep()
    pools = [make_pool(ana, strategy="performance", performance_mode=mode) for mode in ("more_leads", "best_leads")]
    for pool in pools:
        WeightTilt.objects.create(pool=pool, month=now.date().replace(day=1), factors={ana.pk: 1.5}, computed_at=now)

    people = load_people(pools=terms_of(*pools), rep_ids=[], now=now, settings=SETTINGS)

    assert [people.members[pool.pk][0].weight for pool in pools] == [1500, 1000]


def test_totals_and_joining_are_known_of_pools_that_share_totals(now: datetime) -> None:
    rep = make_rep()
    pool, other = make_pool(rep, fairness="totals"), make_pool(rep)

    people = load_people(pools=terms_of(pool, other), rep_ids=[], now=now, settings=SETTINGS)

    assert people.joined.keys() == {(pool.pk, rep.pk)}
