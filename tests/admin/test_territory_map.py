"""The map of territories: whose each country and state is, gaps, conflicts, and every territory in words."""

from __future__ import annotations

from datetime import timedelta

import pycountry
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from routing.admin.maps.shapes import EUROPE, UNITED_STATES, WORLD, sheet
from routing.models import Territory
from routing.services.access import Role
from routing.services.publish import publish
from tests.admin.conftest import without_menu
from tests.factories import make_catch_all, make_lead, make_pool, make_rep

HOUR = timedelta(hours=1)
MAP = "/admin/routing/territory/map/"


@pytest.fixture
def ana(db):
    return make_rep("Ana Diaz")


def page(client, **asked):
    return client.get(reverse("admin:routing_territory_map"), asked)


def place_of(response, code):
    return next(place for shown in response.context["maps"] for place in shown["places"] if place.shape.code == code)


def test_every_country_of_iso_is_on_the_map_but_one_without_people():
    drawn = {shape.code for shape in sheet(WORLD).shapes}

    assert {country.alpha_2 for country in pycountry.countries} | {"XK"} == drawn | {"AQ"}


def test_every_state_is_on_the_map_by_its_code():
    states = {shape.code for shape in sheet(UNITED_STATES).shapes}

    assert len(states) == 51
    assert all(pycountry.subdivisions.get(code=code) for code in states)


def test_europe_shows_countries_of_the_world():
    assert {shape.code for shape in sheet(EUROPE).shapes} <= {shape.code for shape in sheet(WORLD).shapes}


def test_a_place_has_the_colour_of_its_owner_and_a_gap_is_hatched(boss, ana):
    Territory.objects.create(name="DACH", countries=["DE", "AT", "CH"], owner_rep=ana)

    shown = page(boss)

    assert (place_of(shown, "DE").look, place_of(shown, "DE").letters) == ("lr-map__c1", "AD")
    assert place_of(shown, "DE").text == "Germany: DACH (Ana Diaz). 0 leads"
    assert (place_of(shown, "FR").look, place_of(shown, "FR").fill) == ("", "")


def test_a_gap_that_leads_come_from_is_hatched_darker_and_named(boss, ana, now):
    make_lead(now - HOUR, country="FR")
    Territory.objects.create(name="DACH", countries=["DE"], owner_rep=ana)

    shown = page(boss)

    assert place_of(shown, "FR").fill == "lr-map-missed"
    assert [(place["name"], place["leads"]) for place in shown.context["gaps"]["places"]] == [("France", 1)]


def test_a_place_that_is_held_in_part_is_paler_than_one_that_is_held_whole(boss, ana):
    Territory.objects.create(name="Large", countries=["DE"], employees={"min": 500}, owner_rep=ana)

    assert place_of(page(boss), "DE").look == "lr-map__c1 lr-map__part"


def test_seven_owners_of_one_colour_differ_by_a_pattern(boss, db):
    for number, code in enumerate(["AR", "BR", "CL", "DE", "ES", "FR", "GB"]):
        Territory.objects.create(name=f"T{number}", countries=[code], owner_rep=make_rep(f"Rep {number}"))

    looks = page(boss).context["legend"]

    assert len({(look.colour, look.grain) for look in looks}) == 7


def test_a_conflict_is_marked_and_says_who_wins_and_why(boss, ana):
    Territory.objects.create(name="North", countries=["DE", "DK"], owner_rep=ana)
    Territory.objects.create(name="South", countries=["DE", "AT"], owner_rep=make_rep("Bob"))

    shown = page(boss, place="DE")

    assert place_of(shown, "DE").conflict and not place_of(shown, "DK").conflict
    assert shown.context["place"]["conflicts"] == ["North wins against South: its name comes first."]
    assert [row["places"][0]["name"] for row in shown.context["conflicts"]] == ["Germany"]


def test_a_place_leads_to_its_territories_and_to_its_leads(boss, ana, now):
    row = Territory.objects.create(name="DACH", countries=["DE"], owner_rep=ana)
    make_lead(now - HOUR, country="DE", territory=row)
    make_lead(now - HOUR, country="DE")
    make_lead(now - HOUR, country="FR")

    place = page(boss, place="DE").context["place"]
    listed = boss.get(place["leads_url"]).context["cl"]
    of_territory = boss.get(place["claims"][0]["leads_url"]).context["cl"]

    assert (place["leads"], place["none"]) == ("2 leads", 1)
    assert (listed.result_count, of_territory.result_count) == (2, 1)
    assert place["claims"][0]["edit"] == reverse("admin:routing_territory_change", args=[row.pk])


def test_what_is_not_on_the_map_stands_in_words(boss, db):
    Territory.objects.create(name="Health", industries=["health"])
    Territory.objects.create(name="Saxony", regions=["DE-SN"])
    Territory.objects.create(name="Antarctica", countries=["AQ"])

    listed = {row["name"]: row for row in page(boss).context["territories"]}

    assert listed["Health"]["standing"] == "Not on the map: it names no place"
    assert [place["name"] for place in listed["Saxony"]["places"]] == ["Germany"]
    assert listed["Antarctica"]["standing"] == "Not on the map: its places are not drawn"


def test_a_gap_offers_a_new_territory_that_begins_there(boss, db):
    form = boss.get(reverse("admin:routing_territory_add"), {"countries": "FR"})

    assert b"?countries=FR" in page(boss, place="FR").content
    assert 'value="FR"' in form.content.decode()


def test_the_draft_is_shown_and_what_is_published_on_demand(boss, ana, now):
    make_catch_all(make_pool(ana))
    row = Territory.objects.create(name="Germany", countries=["DE"], owner_rep=ana)
    publish(note="", user=None, now=now)
    Territory.objects.filter(pk=row.pk).update(countries=["FR"])

    draft, live = page(boss), page(boss, version="published")

    assert [place_of(draft, code).letters for code in ("DE", "FR")] == ["", "AD"]
    assert [place_of(live, code).letters for code in ("DE", "FR")] == ["AD", ""]
    assert b"The draft is shown" in draft.content and b"As published, version 1" in live.content


def test_a_territory_that_only_the_published_version_has_leads_to_no_form(boss, ana, now):
    make_catch_all(make_pool(ana))
    row = Territory.objects.create(name="Germany", countries=["DE"], owner_rep=ana)
    publish(note="", user=None, now=now)
    Territory.objects.filter(pk=row.pk).update(archived_at=now)

    [listed] = page(boss, version="published").context["territories"]

    assert listed["edit"] == ""


@pytest.mark.parametrize("asked", [{"place": "ZZ"}, {"place": "<b>"}, {"version": "published"}, {"version": "77"}])
def test_what_there_is_not_is_not_shown(asked, boss, db):
    shown = page(boss, **asked)

    assert shown.status_code == 200
    assert shown.context["place"] is None


def test_a_damaged_territory_is_drawn_as_routing_reads_it(boss, ana):
    Territory.objects.create(name="Odd", countries={"DE": 1}, postal_codes=[7], owner_rep=ana)

    assert page(boss, place="DE").status_code == 200


def test_names_are_text_on_the_map(boss, db):
    Territory.objects.create(name="<script>alert(1)</script>", countries=["DE"], owner_rep=make_rep("<i>Bob</i>"))

    assert b"<script>alert" not in page(boss, place="DE").content
    assert b"<i>Bob" not in page(boss, place="DE").content


def test_the_map_is_for_those_who_see_territories(sign_in):
    assert page(sign_in(Role.READ_ONLY)).status_code == 200
    assert page(sign_in(Role.REP)).status_code == 403


def test_the_list_leads_to_the_map(boss, db):
    assert MAP in boss.get(reverse("admin:routing_territory_changelist")).content.decode()


def test_the_page_stays_small_and_takes_as_many_queries_whatever_there_is(boss, ana, now):
    counts = []
    for copies in (1, 9):
        for number in range(copies):
            row = Territory.objects.create(name=f"T{copies}-{number}", countries=["DE", "US"], owner_rep=ana)
            make_lead(now - HOUR, country="DE", territory=row)
        with without_menu(), CaptureQueriesContext(connection) as queries:
            content = page(boss, place="DE").content
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert len(content) < 250_000
