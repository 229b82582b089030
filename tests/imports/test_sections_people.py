"""Reps, members of pools and time off as rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reps.models import Rep, TimeOff
from routing.models import PoolMember
from tests.factories import make_pool, make_rep, make_team
from tests.imports.tables import errors, imported, looked_at, states

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database("what a sheet says is decided by readers; the round trip runs on both"),
]


@pytest.fixture
def ana():
    return make_rep("Ana", email="ana@acme.example")


def test_a_rep_is_known_by_their_address(ana):
    imported("reps", {"email": "ANA@acme.example", "name": "Ana Diaz"}, {"email": "bob@acme.example", "name": "Bob"})

    assert list(Rep.objects.order_by("email").values_list("name", flat=True)) == ["Ana Diaz", "Bob"]


def test_reps_may_stand_in_for_each_other_in_one_file(ana):
    imported(
        "reps",
        {"email": "ana@acme.example", "backup": "bob@acme.example", "name": "Ana"},
        {"email": "bob@acme.example", "backup": "ana@acme.example", "name": "Bob"},
    )

    assert Rep.objects.get(email="bob@acme.example").backup == ana


def test_a_new_rep_without_a_name_is_refused_at_that_column(db):
    outcome = looked_at("reps", {"email": "bob@acme.example", "name": ""})[("bob@acme.example",)]

    assert errors(outcome) == {"name": "this is missing."}


def test_limits_hours_and_a_pause_are_written_as_people_write_them(ana):
    imported(
        "reps",
        {
            "email": "ana@acme.example",
            "caps_day": "1,200",
            "caps_open": "40 all",
            "working_hours": "mon-fri: 09:00-12:00, 13:00-17:00; sat 22:00-02:00",
            "paused": "yes",
            "paused_reason": "training",
        },
    )

    ana.refresh_from_db()
    assert ana.caps == {"day": 1200, "open": {"limit": 40, "all": True}}
    assert (ana.paused, ana.paused_reason, ana.working_hours.count()) == (True, "training", 11)


def test_a_pause_ends_with_a_no(ana):
    Rep.objects.update(paused=True, paused_reason="training")

    imported("reps", {"email": "ana@acme.example", "paused": "no"})

    ana.refresh_from_db()
    assert (ana.paused, ana.paused_reason) == (False, "")


@pytest.mark.one_database("what is said is the same everywhere")
@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("caps_day", "many", "not a whole number"),
        ("caps_day", "5 some", "not a limit"),
        ("caps_day", "-1", "cannot be negative"),
        ("working_hours", "mon-fri 9-25", "not a range"),
        ("languages", "klingon", "language"),
        ("team", "Wset", 'Did you mean "West"'),
        ("active", "perhaps", "neither yes nor no"),
        ("expertise", "kubernetes", "level"),
        ("paused_until", "2026-12-01 09:00", "time zone"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_cell(ana, column, cell, said):
    make_team(name="West")
    given = {"email": "ana@acme.example", column: cell} | ({"paused": "yes"} if column == "paused_until" else {})

    found = errors(looked_at("reps", given)[("ana@acme.example",)])

    assert said in found[column]


def test_somebody_whom_leads_depend_on_stays_active(ana):
    found = errors(looked_at("reps", {"email": "ana@acme.example", "active": "no"})[("ana@acme.example",)])

    assert "the only one" in found["active"]


def test_who_is_not_in_the_whole_list_becomes_inactive(ana):
    make_rep("Bob", email="bob@acme.example")

    outcomes = looked_at("reps", {"email": "ana@acme.example"}, whole=True)
    imported("reps", {"email": "ana@acme.example"}, gone=[("bob@acme.example",)])

    assert states(outcomes)["bob@acme.example"] == "removed"
    assert not Rep.objects.get(email="bob@acme.example").active


def test_members_that_the_file_does_not_name_stay(ana):
    bob = make_rep("Bob", email="bob@acme.example")
    make_pool(bob, name="SMB")

    imported("members", {"pool": "SMB", "rep": "ana@acme.example", "weight": "2.5", "caps_day": "10"})

    members = PoolMember.objects.order_by("rep__email")
    assert [(m.rep, float(m.weight), m.caps) for m in members] == [(ana, 2.5, {"day": 10}), (bob, 1.0, {})]


def test_a_whole_list_of_members_takes_others_out_of_its_pools_alone(ana):
    bob = make_rep("Bob", email="bob@acme.example")
    make_pool(bob, name="SMB")
    make_pool(bob, name="Enterprise")

    outcomes = looked_at("members", {"pool": "SMB", "rep": "ana@acme.example"}, whole=True)

    assert states(outcomes) == {"SMB / ana@acme.example": "new", "SMB / bob@acme.example": "removed"}


def test_a_pool_or_rep_that_is_not_there_is_said(ana):
    outcomes = looked_at("members", {"pool": "SMB", "rep": "eve@acme.example"})

    assert set(errors(outcomes["SMB", "eve@acme.example"])) == {"pool", "rep"}


@pytest.mark.parametrize("day", ["2026-12-20", "20.12.2026", datetime.fromisoformat("2026-12-20")])
def test_leave_is_written_in_days(ana, day):
    imported("time_off", {"rep": "ana@acme.example", "from": day, "to": "2026-12-21", "reason": "holiday"})

    leave = TimeOff.objects.get()
    assert leave.whole_days
    assert leave.starts_at < datetime(2026, 12, 20, 12, tzinfo=UTC) < leave.ends_at


def test_the_same_leave_is_found_by_its_beginning(ana):
    cells = {"rep": "ana@acme.example", "from": "2026-12-20", "to": "2026-12-21"}
    imported("time_off", cells)

    outcomes = looked_at("time_off", cells | {"from": "20.12.2026", "to": "2026-12-24"})

    assert list(states(outcomes).values()) == ["changed"]
