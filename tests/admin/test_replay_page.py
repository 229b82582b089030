"""The report of a replay: two flows of one scale, who gains and loses, and the leads that would change hands."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from routing.models import Work
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.services.work import run_next, start
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings


@pytest.fixture
def replayed(db, now):
    """Three leads of Ana's, of which the draft would give those from Germany to Bob."""
    make_settings()
    make_catch_all(make_pool(make_rep("Ana Diaz"), name="SMB"))
    publish(note="", user=None, now=now)
    for n, country in enumerate(("DE", "DE", "US")):
        receive_lead(facts={"email": f"p{n}@c{n}.example", "country": country, "source": "website"}, now=now)
    route_all(now=now)
    conditions = [[{"field": "country", "op": "is", "value": "DE"}]]
    make_rule(pool=make_pool(make_rep("Bob Ray"), name="Europe"), name="Germany", conditions=conditions, position=0)
    work = start(kind=Work.Kind.REPLAY, params={"days": 1}, user=None, now=now)
    run_next(clock=lambda: now.replace(minute=5))
    work.refresh_from_db()
    assert work.error == ""
    return work


def report_of(boss, work):
    return boss.get(reverse("admin:routing_work_change", args=[work.pk])).context["report_shown"]


def places(flow):
    return {node["label"]: node["count"] for node in json.loads(flow["chart"])["nodes"]}


def test_before_and_after_are_two_pictures_of_all_the_leads(boss, replayed):
    before, after = report_of(boss, replayed)["flows"]

    assert places(before) == {"website": 3, "Catch-all": 3, "SMB": 3, "Ana Diaz": 3}
    assert places(after)["Germany"] == places(after)["Europe"] == places(after)["Bob Ray"] == 2
    assert (before["total"], after["total"]) == (3, 3)


def test_what_is_in_both_pictures_has_the_same_place_in_them_and_they_are_as_high(boss, replayed):
    before, after = report_of(boss, replayed)["flows"]
    ranks = [{node["key"]: node["rank"] for node in json.loads(flow["chart"])["nodes"]} for flow in (before, after)]

    assert {key: ranks[1][key] for key in ranks[0]} == ranks[0]
    assert before["pixels"] == after["pixels"]


def test_who_gains_and_who_loses_stand_around_zero(boss, replayed):
    report = report_of(boss, replayed)

    assert [(line["label"], line["signed"], line["bar"].owed) for line in report["reps"]] == [
        ("Bob Ray", "+2", True),
        ("Ana Diaz", "−2", False),
    ]
    assert (report["gaining"], report["losing"], report["edge"]) == (1, 1, 2)


def test_leads_that_would_change_hands_are_listed_with_who_and_by_which_rule(boss, replayed):
    page = boss.get(reverse("admin:routing_work_change", args=[replayed.pk])).content.decode()
    rows = report_of(boss, replayed)["changes"]

    assert len(rows) == 2
    assert "Ana Diaz" in rows[0]["before"]
    assert "Germany" in rows[0]["after"]
    assert "What a replay cannot know" in page


def test_a_report_of_a_former_release_has_no_pictures_and_still_opens(boss, replayed):
    Work.objects.update(report={name: value for name, value in replayed.report.items() if name != "flow"})

    assert report_of(boss, replayed)["flows"] == []
