"""What is done with a rep on their page: pause, hand over, leave, somebody new."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from reps.models import Channel, Rep
from routing.models import Departure, LastResort, Lead, PoolMember, Territory
from routing.services.access import Role, ensure_groups
from routing.services.publish import publish
from tests.factories import make_catch_all, make_owned_lead, make_pool, make_rep, make_settings

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"


@pytest.fixture
def people(db, now):
    """Ana owns a lead and two territories; Bob is her backup."""
    make_settings(timezone="Europe/Berlin")
    bob = make_rep("Bob Ray")
    ana = make_rep("Ana Diaz", backup=bob)
    pool = make_pool(ana, bob, name="SMB")
    make_catch_all(pool)
    for name in ("West", "East"):
        Territory.objects.create(name=name, countries=["US" if name == "West" else "CA"], owner_rep=ana)
    publish(note="", user=None, now=now)
    lead = make_owned_lead(now, ana)
    lead.assignments.create(rep=ana, pool=pool, method="round_robin", assigned_at=now)
    return {"ana": ana, "bob": bob, "pool": pool}


def do(client, rep: Rep, action: str, **data):
    return client.post(reverse("admin:reps_rep_do", args=[rep.pk, action]), data)


def leaving(rep: Rep) -> str:
    return reverse("admin:reps_rep_leaving", args=[rep.pk])


def chosen(people, **changes):
    bob = f"rep:{people['bob'].pk}"
    return {"leads": bob, "territories": bob, "pools": "nobody"} | changes


def test_the_page_of_a_rep_offers_everything_in_one_place(boss, people) -> None:
    page = boss.get(reverse("admin:reps_rep_change", args=[people["ana"].pk])).content.decode()

    for title in ("Pause", "On leave", "Hand over", "Is leaving", "New like this one", "Invite"):
        assert f">{title}</a>" in page


@pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")
def test_a_pause_lasts_until_the_day_is_over_where_the_rep_is(boss, people, now) -> None:
    do(boss, people["ana"], "pause", last_day="2026-03-05", reason="training")

    ana = Rep.objects.get(pk=people["ana"].pk)
    assert (ana.paused, ana.paused_until.isoformat()) == (True, "2026-03-05T23:00:00+00:00")
    do(boss, ana, "resume")
    assert not Rep.objects.get(pk=ana.pk).paused


def test_a_pause_until_yesterday_is_refused(boss, people) -> None:
    page = do(boss, people["ana"], "pause", last_day="2026-03-01").content.decode()

    assert "This day is over" in page


def test_leads_are_handed_over(boss, people) -> None:
    do(boss, people["ana"], "hand-over", leads="open", to=people["bob"].pk, reason="training")

    assert Lead.objects.get().owner == people["bob"]


def test_either_a_rep_or_a_pool_gets_them(boss, people) -> None:
    page = do(boss, people["ana"], "hand-over", leads="open", to=people["bob"].pk, pool=people["pool"].pk)

    assert "either a rep or a pool" in page.content.decode()


def test_somebody_new_is_like_somebody_else(boss, people) -> None:
    do(boss, people["ana"], "like", name="Nora New", email="nora@acme.example", ramp_weeks=4)

    assert PoolMember.objects.get(rep__name="Nora New").ramp_weeks == 4


def test_an_address_that_is_taken_is_said_at_its_field(boss, people) -> None:
    page = do(boss, people["ana"], "like", name="Nora", email=people["ana"].email, ramp_weeks=0).content.decode()

    assert "is there already" in page


def test_everything_somebody_has_is_on_one_page(boss, people) -> None:
    page = boss.get(leaving(people["ana"])).content.decode()

    for text in ("Open leads", "Territories", "West", "East", "Places in pools", "SMB (weight 1)"):
        assert text in page


def test_somebody_leaves_now(boss, people) -> None:
    answer = boss.post(leaving(people["ana"]), chosen(people))

    assert answer.status_code == 302
    assert Lead.objects.get().owner == people["bob"]
    assert set(Territory.objects.values_list("owner_rep", flat=True)) == {people["bob"].pk}
    assert not Rep.objects.get(pk=people["ana"].pk).active


def test_one_thing_goes_elsewhere(boss, people) -> None:
    west = Territory.objects.get(name="West")

    boss.post(leaving(people["ana"]), chosen(people, **{f"territories:{west.pk}": f"pool:{people['pool'].pk}"}))

    west.refresh_from_db()
    assert west.owner_pool == people["pool"]


@pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")
def test_somebody_leaves_once_their_last_day_is_over(boss, people) -> None:
    boss.post(leaving(people["ana"]), chosen(people, last_day="2026-03-31"))

    assert Departure.objects.get().leaves_at.isoformat() == "2026-03-31T22:00:00+00:00"
    page = boss.get(reverse("admin:reps_rep_change", args=[people["ana"].pk])).content.decode()
    assert "See the plan" in page


@pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")
def test_they_stay_after_all(boss, people) -> None:
    boss.post(leaving(people["ana"]), chosen(people, last_day="2026-03-31"))

    boss.post(leaving(people["ana"]), {"stay": "yes"})

    assert Departure.objects.get().cancelled_at is not None


def test_what_cannot_be_is_said_at_its_kind(boss, people) -> None:
    Rep.objects.filter(pk=people["bob"].pk).update(active=False)

    page = boss.post(leaving(people["ana"]), chosen(people)).content.decode()

    assert "Select a valid choice" in page
    assert Rep.objects.get(pk=people["ana"].pk).active


def test_departures_are_listed(boss, people, now) -> None:
    Departure.objects.create(rep=people["ana"], leaves_at=now + timedelta(days=1), created_at=now, error="No heir.")

    page = boss.get(reverse("admin:routing_departure_changelist")).content.decode()

    assert "Failed" in page
    assert "No heir." in page


def test_a_departure_that_failed_says_what_to_do_next(boss, people, now) -> None:
    row = Departure.objects.create(rep=people["ana"], leaves_at=now, created_at=now, error="No heir.")

    page = boss.get(reverse("admin:routing_departure_change", args=[row.pk])).content.decode()

    assert "No heir." in page
    assert leaving(people["ana"]) in page


def test_a_departure_that_is_over_says_what_was_handed_over(boss, people, now) -> None:
    report = {"leads": 4, "version": 7}
    row = Departure.objects.create(rep=people["ana"], leaves_at=now, created_at=now, done_at=now, report=report)

    page = boss.get(reverse("admin:routing_departure_change", args=[row.pk])).content.decode()

    assert "open leads: 4; Version 7 of the rulebook" in page
    assert leaving(people["ana"]) not in page


def test_a_channel_that_failed_says_why(boss, people, now) -> None:
    Channel.objects.create(
        rep=people["ana"], kind="slack", address=SLACK, failed_at=now, error="Slack did not take it."
    )

    page = boss.get(reverse("admin:reps_rep_change", args=[people["ana"].pk])).content.decode()

    assert '<span class="lr-quiet">Slack did not take it.</span>' in page


@pytest.mark.parametrize("role", [Role.REP, Role.READ_ONLY])
def test_others_may_do_none_of_it(sign_in, people, role) -> None:
    ensure_groups()
    client = sign_in(role)

    assert client.get(leaving(people["ana"])).status_code == 403
    assert do(client, people["ana"], "pause").status_code == 403


def form_of(boss, rep: Rep) -> dict[str, object]:
    """What the page of a rep would send."""
    page = boss.get(reverse("admin:reps_rep_change", args=[rep.pk]))
    data: dict[str, object] = {}
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False and value != []:
                data[field.html_name] = value
    return data


def test_a_last_resort_cannot_be_switched_off(boss, people) -> None:
    LastResort.objects.create(rep=people["ana"])
    data = form_of(boss, people["ana"])
    data.pop("active")

    page = boss.post(reverse("admin:reps_rep_change", args=[people["ana"].pk]), data).content.decode()

    assert "Ana Diaz is a last resort" in page
    assert Rep.objects.get(pk=people["ana"].pk).active


def test_the_address_of_a_channel_is_never_shown_and_stays(boss, people) -> None:
    channel = Channel.objects.create(rep=people["ana"], kind="slack", address=SLACK)
    address = reverse("admin:reps_rep_change", args=[people["ana"].pk])
    data = form_of(boss, people["ana"]) | {"channels-0-position": 3}

    answer = boss.post(address, data)

    channel.refresh_from_db()
    assert (answer.status_code, channel.position, channel.address) == (302, 3, SLACK)
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in boss.get(address).content.decode()
