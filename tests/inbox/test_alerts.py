"""A rep's own ways of alerts and quiet hours, in the settings of the inbox."""

from __future__ import annotations

from datetime import time

import pytest
from django.test import Client

from reps.models import Channel
from routing.services.rep_channels import add_way, ways_to

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"
SMS = "twilio://AC123456789012345678901234567890ab:0123456789abcdef0123456789abcdef@+14155550100/+14155550101"


@pytest.fixture
def slack(ana) -> Channel:
    return Channel.objects.create(rep=ana, kind="slack", address=SLACK)


def arrange(client: Client, way: str, do: str) -> int:
    return client.post("/inbox/settings/ways/", {"way": way, "do": do}).status_code


def order_of(rep) -> list[str]:
    return [way.kind for way in ways_to(rep)]


def test_email_comes_last_where_it_has_no_place(ana, slack):
    assert order_of(ana) == ["slack", "email"]


def test_email_is_moved_to_the_top_and_stays_there(ana, anas, slack):
    arrange(anas, "email", "earlier")

    assert order_of(ana) == ["email", "slack"]


def test_a_way_is_switched_off_and_on(anas, slack):
    for do, active in (("off", False), ("on", True)):
        arrange(anas, str(slack.uuid), do)
        slack.refresh_from_db()
        assert slack.active is active


def test_email_can_neither_be_switched_off_nor_removed(anas, ana, slack):
    arrange(anas, "email", "earlier")

    assert [arrange(anas, "email", do) for do in ("off", "remove")] == [404, 404]
    assert order_of(ana) == ["email", "slack"]


def test_a_way_is_removed_with_its_address(anas, slack):
    arrange(anas, str(slack.uuid), "remove")

    assert not Channel.objects.exists()


@pytest.mark.parametrize("do", ["earlier", "on", "off", "remove"])
def test_nobody_arranges_the_ways_of_others(anas, bob, do):
    theirs = Channel.objects.create(rep=bob, kind="slack", address=SLACK)

    assert arrange(anas, str(theirs.uuid), do) == 404
    assert Channel.objects.filter(pk=theirs.pk, active=True).exists()


def test_what_cannot_be_done_is_not_found(anas, slack):
    assert arrange(anas, str(slack.uuid), "steal") == 404


def test_a_way_is_added_and_its_address_never_shown(anas, ana):
    anas.post("/inbox/settings/ways/add/", {"kind": "slack", "address": SLACK})

    assert Channel.objects.get(rep=ana).address == SLACK
    assert b"T1JJ3T3L2" not in anas.get("/inbox/settings/").content


@pytest.mark.parametrize(("kind", "address"), [("slack", "json://intranet"), ("sms", SLACK), ("email", "x@y.example")])
def test_an_address_beside_the_white_list_is_refused_beside_the_field(anas, kind, address):
    response = anas.post("/inbox/settings/ways/add/", {"kind": kind, "address": address})

    assert response.status_code == 400
    assert response.context["new"].errors
    assert not Channel.objects.exists()


def test_the_same_address_is_not_added_twice(anas, slack):
    response = anas.post("/inbox/settings/ways/add/", {"kind": "slack", "address": SLACK})

    assert response.context["new"].errors["address"] == ["This address is on the list already."]


def test_nobody_has_ways_without_end(anas, ana):
    for number in range(10):
        add_way(rep=ana, kind="sms", address=f"{SMS}{number}")

    response = anas.post("/inbox/settings/ways/add/", {"kind": "slack", "address": SLACK})

    assert "10 already" in response.context["new"].errors["kind"][0]


def test_managers_find_the_change_in_the_reps_history(anas, ana):
    anas.post("/inbox/settings/ways/add/", {"kind": "slack", "address": SLACK})

    newest = ana.history.first()
    assert (newest.history_change_reason, newest.history_user) == ("Alerts in the inbox: Slack added", ana.user)


def test_quiet_hours_are_set_and_taken_away(anas, ana):
    anas.post("/inbox/settings/quiet/", {"quiet_from": "21:00", "quiet_until": "07:30"})
    ana.refresh_from_db()
    assert (ana.quiet_from, ana.quiet_until) == (time(21), time(7, 30))

    anas.post("/inbox/settings/quiet/", {"quiet_from": "", "quiet_until": ""})
    ana.refresh_from_db()
    assert (ana.quiet_from, ana.quiet_until) == (None, None)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [("21:00", "", "quiet_until"), ("", "07:00", "quiet_from"), ("21:00", "21:00", "quiet_until"),
     ("25:00", "07:00", "quiet_from")],
)  # fmt: skip
def test_half_a_span_of_quiet_hours_is_refused_beside_the_field(anas, start, end, field):
    response = anas.post("/inbox/settings/quiet/", {"quiet_from": start, "quiet_until": end})

    assert response.status_code == 400
    assert list(response.context["quiet"].errors) == [field]


@pytest.mark.parametrize("page", ["ways/", "ways/add/", "quiet/"])
def test_other_pages_cannot_post_here(ana, page):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana.user)

    assert client.post(f"/inbox/settings/{page}", {"kind": "slack", "address": SLACK}).status_code == 403
