"""Somebody leaves: everything they have goes where the plan says, or nothing happens at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep
from routing.models import (
    AccountPerson,
    Assignment,
    Departure,
    Example,
    Incident,
    LastResort,
    Lead,
    LookupRow,
    LookupTable,
    Offer,
    OutboxMessage,
    PoolMember,
    Posting,
    Rule,
    RulebookVersion,
    ScheduledVersion,
    Territory,
)
from routing.rulebook.content import draft_content
from routing.services.people.leaving import (
    CannotLeave,
    HasEnded,
    cancel_departure,
    carry_out,
    carry_out_due,
    plan_departure,
    planned,
)
from routing.services.people.plans import NOBODY, Choice, Kind, Place, usual_plan
from routing.services.publish import draft_changes, frozen, publish, published
from tests.factories import (
    make_account,
    make_catch_all,
    make_lead,
    make_owned_lead,
    make_pool,
    make_rep,
    make_rule,
    make_settings,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(now):
    """Ana has something of everything; Bob is her backup, Carla takes turns with them."""
    make_settings()
    bob, carla = make_rep("Bob Ray"), make_rep("Carla Yu")
    ana = make_rep("Ana Diaz", backup=bob)
    pool = make_pool(ana, bob, carla, name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    return {"ana": ana, "bob": bob, "carla": carla, "pool": pool}


def leave(company, now, **changes):
    """Now, with the usual plan but for what is given."""
    ana = company["ana"]
    plan = usual_plan(ana) | {Kind(kind): Choice(place) for kind, place in changes.items()}
    return plan_departure(rep=ana, leaves_at=now, plan=plan, user=None, now=now)


def owned(now, rep, pool, **fields):
    lead = make_owned_lead(now, rep)
    return Assignment.objects.create(
        lead=lead, rep=rep, pool=pool, method="round_robin", assigned_at=now - timedelta(days=1), **fields
    )


def test_everything_goes_to_the_backup_unless_said_otherwise(company, now) -> None:
    ana, bob = company["ana"], company["bob"]
    account, team = make_account(owner=ana), make_team(manager=ana)
    AccountPerson.objects.create(account=account, role="csm", rep=ana)
    LastResort.objects.create(rep=ana, position=2)
    dora = make_rep("Dora Li", backup=ana)

    leave(company, now)

    account.refresh_from_db()
    team.refresh_from_db()
    dora.refresh_from_db()
    assert (account.owner, team.manager, dora.backup) == (bob, bob, bob)
    assert AccountPerson.objects.get().rep == bob
    assert LastResort.objects.get().rep == bob
    assert not PoolMember.objects.filter(rep=ana).exists()
    assert not Rep.objects.get(pk=ana.pk).active


def test_an_unanswered_lead_goes_over_with_an_alert_and_a_fresh_clock(company, now) -> None:
    before = owned(now, company["ana"], company["pool"], accepted_at=now, due_at=now)

    leave(company, now)

    before.refresh_from_db()
    new = Assignment.objects.current().get()
    message = OutboxMessage.objects.get(kind="handed_over")
    assert (before.end_reason, new.rep, new.attempt) == ("left", company["bob"], 2)
    assert (new.accepted_at, new.due_at, new.clock_started_at) == (None, None, None)
    assert (message.assignment, message.rep, message.payload) == (new, company["bob"], {"from": company["ana"].pk})
    assert Lead.objects.get().owner == company["bob"]


def test_an_answered_lead_goes_over_quietly(company, now) -> None:
    owned(now, company["ana"], company["pool"], responded_at=now - timedelta(hours=1), channel="call")

    leave(company, now)

    new = Assignment.objects.current().get()
    assert (new.rep, new.responded_at, new.alert) == (company["bob"], now - timedelta(hours=1), "none")
    assert not OutboxMessage.objects.exists()


def test_leads_that_go_to_a_person_cost_no_turn(company, now) -> None:
    owned(now, company["ana"], company["pool"])

    leave(company, now)

    assert not Posting.objects.exists()


def test_leads_that_go_to_a_pool_are_taken_by_turn(company, now) -> None:
    for _ in range(4):
        owned(now, company["ana"], company["pool"])

    leave(company, now, leads=Place(pool=company["pool"].pk))

    owners = list(Lead.objects.values_list("owner__name", flat=True))
    assert sorted(owners) == ["Bob Ray", "Bob Ray", "Carla Yu", "Carla Yu"]
    assert Posting.objects.count() == 4


def test_leads_that_nobody_in_the_pool_can_take_are_routed_anew(company, now) -> None:
    Rep.objects.exclude(pk=company["ana"].pk).update(paused=True)
    owned(now, company["ana"], company["pool"])

    leave(company, now, leads=Place(pool=company["pool"].pk))

    lead = Lead.objects.get()
    assert (lead.status, lead.owner, lead.route_after) == ("pending", None, now)


def test_leads_can_be_routed_anew_by_the_rules(company, now) -> None:
    owned(now, company["ana"], company["pool"])

    leave(company, now, leads=NOBODY)

    assert Lead.objects.get().status == "pending"
    assert Assignment.objects.get().end_reason == "left"


def test_a_closed_lead_stays_where_it_is(company, now) -> None:
    lead = make_owned_lead(now, company["ana"])
    Lead.objects.filter(pk=lead.pk).update(status="closed", outcome="won", closed_at=now)

    leave(company, now)

    assert Lead.objects.get().owner == company["ana"]


def test_an_offer_to_them_ends_and_the_lead_goes_on(company, now) -> None:
    later = now + timedelta(hours=1)
    waits = {"held_reason": "offered", "held_since": now, "hold_deadline_at": later, "route_after": later}
    lead = make_lead(now, status="held", **waits)
    offer = {"kind": "exclusive", "pool": company["pool"], "offered_at": now, "until": later}
    Offer.objects.create(lead=lead, rep=company["ana"], **offer)

    leave(company, now)

    lead.refresh_from_db()
    assert not Offer.objects.standing().exists()
    assert lead.route_after == now


def test_a_version_is_published_that_changes_only_that_person(company, now) -> None:
    ana, bob = company["ana"], company["bob"]
    make_rule(name="Named", rep=ana, destination="rep", owner=ana, notify=[ana.email.upper(), "x@acme.example"])
    Territory.objects.create(name="West", countries=["US"], owner_rep=ana)
    publish(note="", user=None, now=now)
    Rule.objects.filter(name="Named").update(note="half a thought")

    done = leave(company, now)

    content = published().content
    [named] = [row for row in content["rules"] if row["name"] == "Named"]
    assert (named["to"]["rep"], named["owner"], named["note"]) == (bob.pk, bob.pk, "")
    assert named["notify"] == [bob.email, "x@acme.example"]
    assert content["territories"][0]["owner"] == {"rep": bob.pk}
    assert done.report["version"] == published().number == 3


def test_an_open_draft_follows_and_keeps_its_own_changes(company, now) -> None:
    make_rule(name="Named", rep=company["ana"], destination="rep")
    publish(note="", user=None, now=now)
    Rule.objects.filter(name="Named").update(note="half a thought")

    leave(company, now)

    rule = Rule.objects.get(name="Named")
    assert (rule.rep, rule.note) == (company["bob"], "half a thought")
    assert draft_changes() == ["Rule “Named”: note: nothing → half a thought."]


def test_a_draft_without_changes_has_none_afterwards(company, now) -> None:
    ana = company["ana"]
    make_rule(name="Named", rep=ana, destination="rep", notify=[ana.email])
    Territory.objects.create(name="West", countries=["US"], owner_rep=ana)
    table = LookupTable.objects.create(name="Partners")
    LookupRow.objects.create(table=table, key="ACME", rep=ana)
    Example.objects.create(name="one", lead={"email": "x@globex.de"}, expected_rep=ana)
    Rule.objects.filter(name="Named").update(conditions=[[{"field": "domain", "op": "is", "value": "globex.de"}]])
    publish(note="", user=None, now=now)

    leave(company, now, rules=Place(pool=company["pool"].pk), tables=NOBODY, examples=Place(pool=company["pool"].pk))

    assert draft_changes() == []
    assert frozen(draft_content()) == published().content
    assert not LookupRow.objects.exists()
    assert Example.objects.get().expected_pool == company["pool"]


def test_an_example_that_expects_nobody_is_gone(company, now) -> None:
    Example.objects.create(name="one", lead={"email": "x@globex.de"}, expected_rep=company["ana"])
    make_rule(name="Named", rep=company["ana"], destination="rep")
    publish(note="", user=None, now=now)

    leave(company, now, examples=NOBODY)

    assert not Example.objects.current().exists()
    assert published().content["examples"] == []


def test_single_things_can_go_elsewhere(company, now) -> None:
    west = Territory.objects.create(name="West", countries=["US"], owner_rep=company["ana"])
    east = Territory.objects.create(name="East", countries=["CA"], owner_rep=company["ana"])
    plan = usual_plan(company["ana"])
    plan[Kind.TERRITORIES] = Choice(Place(rep=company["bob"].pk), {east.pk: Place(pool=company["pool"].pk)})

    plan_departure(rep=company["ana"], leaves_at=now, plan=plan, user=None, now=now)

    west.refresh_from_db()
    east.refresh_from_db()
    assert (west.owner_rep, west.owner_pool) == (company["bob"], None)
    assert (east.owner_rep, east.owner_pool) == (None, company["pool"])


def test_a_publication_to_come_follows(company, now) -> None:
    make_rule(name="Named", rep=company["ana"], destination="rep")
    later = now + timedelta(days=1)
    ScheduledVersion.objects.create(content=frozen(draft_content()), publish_at=later, created_at=now)

    leave(company, now)

    [rule, _] = ScheduledVersion.objects.get().content["rules"]
    assert rule["to"]["rep"] == company["bob"].pk


def test_nothing_is_published_where_the_rulebook_does_not_name_them(company, now) -> None:
    leave(company, now)

    assert RulebookVersion.objects.count() == 1


def test_a_later_day_is_kept_by_the_sweep(company, now) -> None:
    day = now + timedelta(days=3)
    plan_departure(rep=company["ana"], leaves_at=day, plan=usual_plan(company["ana"]), user=None, now=now)

    assert carry_out_due(now=day - timedelta(seconds=1)) == 0
    assert Rep.objects.get(pk=company["ana"].pk).active
    assert carry_out_due(now=day) == 1
    assert not Rep.objects.get(pk=company["ana"].pk).active


def test_carried_out_twice_is_once(company, now) -> None:
    done = leave(company, now)
    owned(now, company["bob"], company["pool"])

    again = carry_out(departure=done, now=now + timedelta(days=1))

    assert again.done_at == now
    assert carry_out_due(now=now + timedelta(days=1)) == 0


def test_a_departure_called_off_before_the_day_never_happens(company, now) -> None:
    day = now + timedelta(days=3)
    row = plan_departure(rep=company["ana"], leaves_at=day, plan=usual_plan(company["ana"]), user=None, now=now)

    cancel_departure(departure=row, now=now)

    assert planned(company["ana"]) is None
    assert carry_out_due(now=day) == 0
    with pytest.raises(HasEnded):
        cancel_departure(departure=row, now=now)


def test_planning_again_changes_the_plan(company, now) -> None:
    for days in (3, 5):
        plan_departure(
            rep=company["ana"],
            leaves_at=now + timedelta(days=days),
            plan=usual_plan(company["ana"]),
            user=None,
            now=now,
        )

    assert Departure.objects.get().leaves_at == now + timedelta(days=5)


@pytest.mark.parametrize(
    ("kind", "place", "says"),
    [
        ("rules", NOBODY, "This can go to a rep or a pool."),
        ("accounts", Place(pool=1), "This can go to a rep or nobody."),
        ("leads", Place(pool=10**6), "This pool is not published. Publish it first, or choose another."),
        ("leads", Place(rep=10**6), "Whoever gets this is inactive or gone. Choose somebody else."),
    ],
)
def test_a_plan_that_cannot_be_is_refused(company, now, kind, place, says) -> None:
    owned(now, company["ana"], company["pool"])
    make_account(owner=company["ana"])
    make_rule(rep=company["ana"], destination="rep")

    with pytest.raises(CannotLeave) as refused:
        leave(company, now, **{kind: place})

    assert refused.value.errors == {kind: [says]}
    assert not Departure.objects.exists()


def test_the_last_one_who_is_active_cannot_leave(company, now) -> None:
    Rep.objects.exclude(pk=company["ana"].pk).update(active=False)

    with pytest.raises(CannotLeave) as refused:
        leave(company, now, **{kind.value: NOBODY for kind in Kind})

    assert "Nobody active would be left" in str(refused.value)


def fail_on_the_day(company, now):
    """Bob, who was to get everything, is inactive by then."""
    owned(now, company["ana"], company["pool"])
    day = now + timedelta(days=3)
    row = plan_departure(rep=company["ana"], leaves_at=day, plan=usual_plan(company["ana"]), user=None, now=now)
    Rep.objects.filter(pk=company["bob"].pk).update(active=False)
    carry_out_due(now=day)
    row.refresh_from_db()
    return row


def test_what_fails_on_the_day_changes_nothing_and_is_told(company, now) -> None:
    row = fail_on_the_day(company, now)

    incident = Incident.objects.open().get()
    assert row.error == "Whoever gets this is inactive or gone. Choose somebody else."
    assert (incident.kind, incident.subject) == ("departure", str(row.uuid))
    assert Rep.objects.get(pk=company["ana"].pk).active
    assert Lead.objects.get().owner == company["ana"]


def test_what_failed_is_tried_again_ten_minutes_later(company, now) -> None:
    row = fail_on_the_day(company, now)
    Rep.objects.update(active=True)

    assert carry_out_due(now=row.leaves_at + timedelta(minutes=9)) == 0
    assert carry_out_due(now=row.leaves_at + timedelta(minutes=11)) == 1
    assert not Incident.objects.open().exists()


def test_an_example_that_fails_because_of_it_stops_it(company, now) -> None:
    Example.objects.create(name="one", lead={"email": "x@globex.de"}, expected_rep=company["ana"])
    make_rule(name="Named", rep=company["ana"], destination="rep")
    publish(note="", user=None, now=now)

    with pytest.raises(CannotLeave) as refused:
        leave(company, now, rules=Place(pool=company["pool"].pk), examples=Place(rep=company["carla"].pk))

    assert "Example “one”" in str(refused.value)
    assert Rep.objects.get(pk=company["ana"].pk).active


def queries_of_leaving(company, now, leads: int) -> int:
    for _ in range(leads):
        owned(now, company["ana"], company["pool"])
    with CaptureQueriesContext(connection) as queries:
        leave(company, now)
    return len(queries)


def test_more_leads_take_no_more_statements(company, now) -> None:
    few = queries_of_leaving(company, now, 3)
    Rep.objects.update(active=True)
    company["ana"].backup = company["carla"]

    assert queries_of_leaving(company, now, 40) <= few
