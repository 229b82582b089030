"""People come, hand over and leave, by API."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from reps.models import Channel, Rep
from routing.clock import current_time
from routing.models import Departure, Lead, PoolMember, Territory
from routing.services.publish import publish
from tests.api.conftest import API, patch, post
from tests.factories import make_catch_all, make_owned_lead, make_pool, make_rep, make_settings

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"


@pytest.fixture
def now(db) -> datetime:
    """By the clock that the API asks: on PostgreSQL the database's."""
    return current_time()


@pytest.fixture(autouse=True)
def company(now):
    """Ana owns a lead and a territory; Bob is her backup."""
    make_settings()
    bob = make_rep("Bob Ray", email="bob@acme.example")
    ana = make_rep("Ana Diaz", email="ana@acme.example", backup=bob)
    pool = make_pool(ana, bob, name="SMB")
    make_catch_all(pool)
    Territory.objects.create(name="West", countries=["US"], owner_rep=ana)
    publish(note="", user=None, now=now)
    lead = make_owned_lead(now, ana)
    lead.assignments.create(rep=ana, pool=pool, method="round_robin", assigned_at=now)
    return {"ana": ana, "bob": bob}


def of(rep: Rep, what: str = "") -> str:
    return f"{API}/reps/{rep.uuid}{what}"


def test_what_somebody_has_is_listed_with_where_it_goes(api, company) -> None:
    answer = api.get(of(company["ana"], "/leaving")).json()

    assert answer["departure"] is None
    assert answer["has"]["leads"]["count"] == 1
    assert [thing["name"] for thing in answer["has"]["territories"]["things"]] == ["West"]
    assert answer["has"]["territories"]["to"] == {"rep": "bob@acme.example"}
    assert answer["has"]["pools"]["to"] is None


def test_somebody_leaves_at_once(api, company) -> None:
    answer = post(api, of(company["ana"], "/leaving"))

    assert answer.status_code == 200, answer.json()
    assert answer.json()["report"] == {"leads": 1, "pools": 1, "territories": 1, "version": 2}
    assert Lead.objects.get().owner == company["bob"]
    assert not Rep.objects.get(pk=company["ana"].pk).active


def test_somebody_leaves_on_a_day_and_stays_after_all(api, company, now) -> None:
    day = (now + timedelta(days=3)).isoformat()
    planned = post(api, of(company["ana"], "/leaving"), at=day).json()

    assert api.get(of(company["ana"], "/leaving")).json()["departure"]["id"] == planned["id"]
    assert api.delete(of(company["ana"], "/leaving")).status_code == 204
    assert api.delete(of(company["ana"], "/leaving")).status_code == 409
    assert Departure.objects.get().cancelled_at >= now


def test_each_thing_can_go_elsewhere(api, company) -> None:
    west = Territory.objects.get()
    plan = {"leads": None, "territories": {"rep": "bob@acme.example", "items": {str(west.uuid): {"pool": "SMB"}}}}

    assert post(api, of(company["ana"], "/leaving"), plan=plan).status_code == 200

    west.refresh_from_db()
    assert (west.owner_pool.name, Lead.objects.get().status) == ("SMB", "pending")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"plan": 7}, "plan"),
        ({"plan": {"shoes": None}}, "plan.shoes"),
        ({"plan": {"leads": "bob"}}, "plan.leads"),
        ({"plan": {"leads": {"rep": 7}}}, "plan.leads"),
        ({"plan": {"leads": {"rep": "nobody@acme.example"}}}, "plan.leads"),
        ({"plan": {"leads": {"rep": "ana@acme.example"}}}, "plan.leads"),
        ({"plan": {"pools": {"pool": "SMB"}}}, "plan.pools"),
        ({"plan": {"territories": {"items": {"x": None}}}}, "plan.territories.items"),
        ({"at": "tomorrow"}, "at"),
        ({"at": "2020-01-01T00:00:00Z"}, "at"),
        ({"when": None}, "when"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_field(api, company, body, field) -> None:
    answer = post(api, of(company["ana"], "/leaving"), **body)

    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Departure.objects.exists()


def test_leads_are_handed_over(api, company) -> None:
    answer = post(api, of(company["ana"], "/hand-over"), to="bob@acme.example", leads="unanswered", reason="training")

    assert answer.json() == {"moved": 1, "routed": 0, "offers": 0}
    assert Lead.objects.get().owner == company["bob"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": "nobody@acme.example"}, "to"),
        ({"to": "ana@acme.example"}, "to"),
        ({"pool": "Nowhere"}, "pool"),
        ({"to": "bob@acme.example", "pool": "SMB"}, "pool"),
        ({"leads": "some"}, "leads"),
    ],
)
def test_a_hand_over_that_cannot_be_is_refused_by_field(api, company, body, field) -> None:
    answer = post(api, of(company["ana"], "/hand-over"), **body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_somebody_new_is_like_somebody_else(api, company, now) -> None:
    answer = post(api, f"{API}/reps", like="ana@acme.example", email="new@acme.example", name="Nora New", ramp_weeks=2)

    assert (answer.status_code, answer.json()["backup"]) == (201, "bob@acme.example")
    place = PoolMember.objects.get(rep__email="new@acme.example")
    assert place.ramp_weeks == 2
    assert place.ramp_from >= now


@pytest.mark.parametrize(
    ("body", "field"),
    [({"like": "x@y.example"}, "like"), ({"like": 7}, "like"), ({"ramp_weeks": "4"}, "ramp_weeks"),
     ({"ramp_weeks": 60}, "ramp_weeks"), ({"shoes": 1}, "shoes")],
)  # fmt: skip
def test_somebody_new_who_cannot_be_is_refused_by_field(api, body, field) -> None:
    given = {"like": "ana@acme.example", "email": "new@acme.example", "name": "Nora New"} | body

    answer = post(api, f"{API}/reps", **given)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Rep.objects.filter(name="Nora New").exists()


def test_who_is_deactivated_leaves_a_warning(api, company) -> None:
    [warning] = patch(api, of(company["ana"]), active=False).json()["warnings"]

    assert warning.startswith("Ana Diaz is inactive and still has: open leads (1), places in pools (1)")
    assert "warnings" not in patch(api, of(company["ana"]), about="gone").json()


def test_the_address_of_a_channel_is_written_and_never_read(api, company) -> None:
    answer = patch(api, of(company["ana"]), channels=[{"kind": "slack", "address": SLACK}, {"kind": "email"}])

    assert answer.json()["channels"] == [{"kind": "slack", "active": True}, {"kind": "email", "active": True}]
    patch(api, of(company["ana"]), channels=[{"kind": "email"}, {"kind": "slack"}], about="x")
    assert Channel.objects.get(kind="slack").address == SLACK


def test_quiet_hours_and_calendar(api, company) -> None:
    given = {"quiet_hours": {"from": "22:00", "until": "07:00"}, "calendar": "https://calendar.example/ana.ics"}
    given["booking_url"] = "https://cal.example/ana"

    answer = patch(api, of(company["ana"]), **given).json()

    assert {key: answer[key] for key in given} == given


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channels", [{"kind": "slack"}]),
        ("channels", [{"kind": "slack", "address": "http://169.254.169.254/"}]),
        ("channels", [{"kind": "email"}] * 11),
        ("channels", "slack"),
        ("quiet_hours", {"from": "22:00"}),
        ("quiet_hours", {"from": "25:00", "until": "07:00"}),
        ("quiet_hours", {"from": "07:00", "until": "07:00"}),
        ("calendar", "file:///etc/passwd"),
    ],
)
def test_ways_that_cannot_be_are_refused(api, company, field, value) -> None:
    answer = patch(api, of(company["ana"]), **{field: value})

    assert answer.status_code == 400
    assert next(iter(answer.json()["errors"])).startswith(field)


def test_the_ramp_of_a_member(api, company, now) -> None:
    pool = PoolMember.objects.first().pool
    member = f"{API}/pools/{pool.uuid}/members/ana@acme.example"

    ramp = patch(api, member, ramp={"weeks": 4}).json()["ramp"]

    assert ramp["weeks"] == 4
    assert datetime.fromisoformat(ramp["from"]) >= now
    lines = api.get(f"{API}/pools/{pool.uuid}/ledger").json()["ledgers"][0]["members"]
    assert {line["rep"]: line["ramping"] for line in lines} == {"ana@acme.example": 0.2, "bob@acme.example": None}
    assert patch(api, member, ramp=None).json()["ramp"] is None
