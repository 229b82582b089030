"""What the first page says, and that each of its pictures leads to the rows that it counted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from reps.models import Rep
from routing.admin.flow import SHOWN, flow_of
from routing.admin.speeds import speed_to_lead, whose_time
from routing.insights.flow import Stop, Way
from routing.insights.periods import Period
from routing.models import Assignment, Lead
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep, make_rule

HOUR = timedelta(hours=1)
ANA, EUROPE, INBOUND = Stop(1, "Ana Diaz"), Stop(2, "Europe"), Stop(3, "Inbound")


def went(now, rep=None, **fields):
    """A lead that its owner got just now, by a rule and a pool, and should have answered two minutes ago."""
    stops = {name: fields.pop(name, None) for name in ("rule", "pool", "responded_at")}
    lead = make_owned_lead(now - HOUR, rep or make_rep(), **fields)
    due = now - timedelta(minutes=2)
    Assignment.objects.create(lead=lead, rep=lead.owner, method="table", assigned_at=now, due_at=due, **stops)
    return lead


def answered(now, seconds, rep=None, **fields):
    at = now - HOUR + timedelta(seconds=seconds)
    parts = {"system_seconds": 1, "nobody_seconds": 0, "outside_seconds": 0, "rep_seconds": seconds - 1}
    return went(now, rep, responded_at=at, first_response_at=at, **parts, **fields)


def home(boss):
    return boss.get(reverse("admin:index"))


def picture(ways):
    return json.loads(flow_of(ways)["chart"])


# --- late now -----------------------------------------------------------------------------------------------------


def test_leads_that_are_late_now_are_named_the_longest_first(boss, now):
    first, second = (went(now, make_rep(name), first_name=name) for name in ("Ana", "Ben"))
    second.assignments.update(due_at=now - HOUR)

    late = home(boss).context["late"]

    assert [row["owner"] for row in late["rows"]] == ["Ben", "Ana"]
    assert late["rows"][1]["url"] == reverse("admin:routing_lead_change", args=[first.pk])
    assert "1 h over" in late["rows"][0]["over"].replace("\xa0", " ")


def test_of_many_late_leads_ten_are_named_and_all_are_counted(boss, now):
    for _ in range(12):
        went(now)

    page = home(boss)

    assert (len(page.context["late"]["rows"]), page.context["late"]["count"]) == (10, 12)
    assert "All 12 late leads" in page.content.decode()


def test_where_nobody_is_late_the_page_says_so(boss, now):
    make_lead(now)

    assert "Nobody is late." in home(boss).content.decode()


# --- speed --------------------------------------------------------------------------------------------------------


@pytest.fixture
def week(now):
    return Period(now - timedelta(days=7), now + timedelta(days=1))


def test_bars_later_than_the_target_are_told_apart(now, week, db):
    for seconds in (120, 240, 1200):
        answered(now, seconds)

    chart = json.loads(speed_to_lead(week, agents=False)["chart"])

    assert chart["titles"] == ["1 min – 5 min", "5 min – 15 min", "15 min – 1 h"]
    assert chart["labels"][0] == ["1–5", "min"]
    assert chart["series"][0] | {"name": ""} == {
        "name": "", "values": [2, 0, 1], "look": "main", "late": [False, True, True],
    }  # fmt: skip


def test_half_is_marked_where_it_lies_among_the_bars(now, week, db):
    for _ in range(3):
        answered(now, 300)

    half = json.loads(speed_to_lead(week, agents=False)["chart"])["marks"][0]

    assert half["at"] == pytest.approx(1, abs=0.01)
    assert half["text"].replace("\xa0", " ") == "half within 5 min"


def test_agents_and_people_are_shown_apart(now, week, db):
    answered(now, 120)
    answered(now, 2, make_rep("Triage", kind=Rep.Kind.AGENT, webhook="https://agent.example/"))

    speed = speed_to_lead(week, agents=True)

    assert [(each["name"], each["p50"].replace("\xa0", " ")) for each in speed["figures"]] == [
        ("People", "2 min"),
        ("AI agents", "2 s"),
    ]


def test_whose_time_it_was_names_the_largest_part(now, week, db):
    answered(now, 100)

    delays = whose_time(week)

    assert (delays["most"], delays["most_share"]) == ("The reps", "99.0%")
    assert [part["share"] for part in delays["parts"]] == ["1%", "0%", "0%", "99.0%"]


# --- the flow -----------------------------------------------------------------------------------------------------


def test_a_way_passes_source_rule_pool_and_rep():
    flows = picture([Way("website", EUROPE, INBOUND, ANA, "", 5)])["flows"]

    assert [(flow["from"], flow["to"], flow["count"]) for flow in flows] == [
        ("0 source=website", "1 rule=2", 5),
        ("1 rule=2", "2 pool=3", 5),
        ("2 pool=3", "3 owner__id__exact=1", 5),
    ]


def test_leads_without_an_owner_end_where_they_wait():
    shown = picture([Way("website", None, None, None, "held", 2)])

    assert [(node["label"], node["end"]) for node in shown["nodes"]] == [("website", False), ("Waiting", True)]
    assert len(shown["flows"]) == 1


def test_what_is_small_is_gathered_and_nothing_is_lost():
    ways = [Way(f"source {n}", EUROPE, INBOUND, ANA, "", 20 - n) for n in range(SHOWN[0] + 3)]

    sources = [node for node in picture(ways)["nodes"] if node["column"] == 0]

    assert [node["label"] for node in sources][-1] == "3 others"
    assert len(sources) == SHOWN[0] + 1
    assert sum(node["count"] for node in sources) == sum(way.count for way in ways)
    assert sources[-1]["url"] == ""


def test_one_alone_is_not_gathered():
    ways = [Way(f"source {n}", EUROPE, INBOUND, ANA, "", 20 - n) for n in range(SHOWN[0] + 1)]

    assert "others" not in str(picture(ways)["nodes"])


def test_the_table_names_the_most_frequent_ways_and_counts_the_others():
    flow = flow_of([Way(f"source {n}", EUROPE, INBOUND, ANA, "", 1) for n in range(53)])

    assert (len(flow["rows"]), flow["more_ways"], flow["more_leads"]) == (50, 3, 3)


def test_each_place_and_each_flow_leads_to_the_leads_that_it_counted(boss, now):
    ana, pool = make_rep(), make_pool()
    rule = make_rule(pool=pool)
    went(now, ana, rule=rule, pool=pool, source="webinar")
    went(now, make_rep(), rule=rule, pool=pool)
    went(now, ana)
    make_lead(now - HOUR, source="webinar")
    went(now - timedelta(days=9), ana, rule=rule, pool=pool, source="webinar")

    shown = json.loads(home(boss).context["flow"]["chart"])

    assert (len(shown["nodes"]), len(shown["flows"])) == (9, 9)
    for each in (*shown["nodes"], *shown["flows"]):
        assert (each["url"], boss.get(each["url"]).context["cl"].result_count) == (each["url"], each["count"])


def test_an_empty_house_says_what_will_stand_there_and_shows_it_from_the_first_lead_on(boss, now):
    page = home(boss).content.decode()
    assert "From the first lead on this page shows" in page
    assert "Late now" not in page

    make_lead(now - timedelta(days=8))
    page = home(boss).content.decode()
    assert "From the first lead on" not in page
    assert "No lead arrived in the last 7 days" in page
    assert "No lead of the last 7 days was answered yet" in page


def test_test_leads_are_in_no_picture(boss, now):
    answered(now, 60, test=True)

    context = home(boss).context

    assert (context["flow"]["total"], context["speed"]["count"], context["delays"]["parts"]) == (0, 0, [])
    assert Lead.objects.count() == 1
