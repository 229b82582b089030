"""GET /leads and what lies under a lead."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import uuid4

import pytest
from django.test import Client

from reps.models import Rep
from routing.models import Assignment, Decision, Lead, LeadEvent, Territory
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.snapshots.traces import pack_json
from tests.api.conftest import API, count_queries, names_in
from tests.factories import make_account, make_catch_all, make_lead, make_owned_lead, make_pool, make_rep

CONTRACT = {
    "id",
    "status",
    "email",
    "method",
    "owner",
    "assignment",
    "duplicate_of",
    "account",
    "territory",
    "submitted_at",
}
ASSIGNMENT = {
    "id",
    "rep",
    "pool",
    "rule",
    "strategy",
    "attempt",
    "assigned_at",
    "alerted_at",
    "due_at",
    "accepted_at",
    "responded_at",
}


def make_assigned_lead(now: datetime, rep: Rep, **fields: Any) -> Lead:
    """An owned lead with everything that refers to other rows."""
    pool = make_pool(rep)
    lead = make_owned_lead(now, rep, **fields)
    Assignment.objects.create(
        lead=lead, rep=rep, pool=pool, method="round_robin", strategy="round_robin", assigned_at=now, rulebook_version=1
    )
    return lead


def get_lead(api: Client, lead: Lead) -> dict[str, Any]:
    answer = api.get(f"{API}/leads/{lead.uuid}")
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


def test_a_new_lead_shows_what_is_known_and_null_for_the_rest(api: Client, now: datetime) -> None:
    lead = receive_lead(
        facts={"email": "Mia@Globex.com", "annual_revenue": 125000, "attributes": {"a": 1}}, now=now
    ).lead

    shown = get_lead(api, lead)

    assert shown.keys() >= CONTRACT
    assert (shown["id"], shown["status"], shown["email"]) == (str(lead.uuid), "pending", "mia@globex.com")
    assert (shown["annual_revenue"], shown["attributes"]) == (125000, {"a": 1})
    assert shown["submitted_at"] == "2026-03-03T16:00:00Z"
    for unknown in ("phone", "owner", "assignment", "method", "account", "territory", "duplicate_of", "outcome"):
        assert shown[unknown] is None


def test_an_owned_lead_shows_its_owner_and_assignment(api: Client, now: datetime) -> None:
    ana = make_rep("Ana Diaz", email="ana@acme.example")
    pool = make_pool(ana, name="SMB")
    lead = make_owned_lead(now, ana)
    assignment = Assignment.objects.create(
        lead=lead,
        rep=ana,
        pool=pool,
        rule=make_catch_all(pool),
        method="round_robin",
        strategy="round_robin",
        assigned_at=now,
        due_at=now + timedelta(minutes=5),
    )

    shown = get_lead(api, lead)

    assert shown["owner"] == {"email": "ana@acme.example", "name": "Ana Diaz"}
    assert shown["assignment"].keys() >= ASSIGNMENT
    assert (
        shown["assignment"]
        | {
            "id": str(assignment.uuid),
            "rep": "ana@acme.example",
            "pool": "SMB",
            "rule": "Catch-all",
            "attempt": 1,
            "due_at": "2026-03-03T16:05:00Z",
            "accepted_at": None,
        }
        == shown["assignment"]
    )


def test_an_ended_assignment_is_not_shown(api: Client, now: datetime) -> None:
    lead = make_assigned_lead(now, make_rep())
    Assignment.objects.update(ended_at=now, end_reason="declined")

    assert get_lead(api, lead)["assignment"] is None


def test_account_territory_and_original_are_named(api: Client, now: datetime) -> None:
    first = make_lead(now)
    lead = make_lead(
        now,
        account=make_account("Globex"),
        territory=Territory.objects.create(name="West"),
        status=Lead.Status.DUPLICATE,
        duplicate_of=first,
    )

    shown = get_lead(api, lead)

    assert (shown["account"], shown["territory"], shown["duplicate_of"]) == ("Globex", "West", str(first.uuid))


def test_leads_come_newest_first(api: Client, now: datetime) -> None:
    old, new = (make_lead(now + timedelta(hours=n)) for n in range(2))

    page = api.get(f"{API}/leads").json()

    assert names_in(page["results"], "id") == [str(new.uuid), str(old.uuid)]
    assert (page["next"], page["previous"]) == (None, None)


@pytest.mark.parametrize("path", ["leads", "leads/{id}"])
def test_the_number_of_queries_does_not_grow_with_the_leads(api: Client, now: datetime, path: str) -> None:
    counts = []
    for how_many in (3, 27):
        for _ in range(how_many):
            lead = make_assigned_lead(now, make_rep(), account=make_account(), territory=None)
        counts.append(count_queries(api, path.format(id=lead.uuid)))

    assert counts[0] == counts[1]


# --- filters -----------------------------------------------------------------------------------------------------


@pytest.fixture
def three_leads(db: None, now: datetime) -> dict[str, str]:
    """Three leads by the name that the filters below expect."""
    mia = receive_lead(facts={"email": "mia@globex.com", "source": "website", "external_id": "crm-1"}, now=now).lead
    leo = receive_lead(facts={"phone": "+1 415 555 2671", "country": "US"}, now=now + timedelta(hours=1)).lead
    kim = receive_lead(facts={"email": "kim@initech.com", "kind": "demo"}, now=now + timedelta(hours=2)).lead
    owner = make_rep("Ana", email="ana@acme.example")
    Lead.objects.filter(pk=kim.pk).update(status="assigned", owner=owner, owned_at=now, method="returning", test=True)
    return {str(mia.uuid): "mia", str(leo.uuid): "leo", str(kim.uuid): "kim"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=pending", "leo mia"),
        ("status=assigned", "kim"),
        ("status=pending,assigned", "kim leo mia"),
        ("owner=Ana@acme.example", "kim"),
        ("owner=nobody@acme.example", ""),
        ("email=MIA@globex.com", "mia"),
        ("phone=%2B14155552671", "leo"),
        ("external_id=crm-1", "mia"),
        ("source=website", "mia"),
        ("country=US", "leo"),
        ("kind=demo,other", "kim leo mia"),
        ("method=returning", "kim"),
        ("test=true", "kim"),
        ("test=false", "leo mia"),
        ("submitted_from=2026-03-03T17:00:00Z", "kim leo"),
        ("submitted_to=2026-03-03T17:00:00Z", "mia"),
        ("submitted_from=2026-03-03T18:00:00+01:00&submitted_to=2026-03-03T18:00:00Z", "leo"),
        ("ordering=submitted_at", "mia leo kim"),
        ("status=held", ""),
    ],
)
def test_leads_are_filtered_and_ordered(api: Client, three_leads: dict[str, str], query: str, found: str) -> None:
    results = api.get(f"{API}/leads?{query}").json()["results"]

    assert [three_leads[id] for id in names_in(results, "id")] == found.split()


@pytest.fixture
def owned_and_held(db: None, now: datetime) -> dict[str, str]:
    """One whose first owner let it go, one answered in time, one that is late, one that waits."""
    ana = make_rep("Ana")
    smb, west = make_pool(ana, name="SMB"), make_pool(ana, name="West")
    rule = make_catch_all(smb)
    hour = timedelta(hours=1)
    mia, leo = (make_owned_lead(now, ana, owned_at=now + n * hour, form=f"form {n}") for n in range(2))
    held = make_lead(
        now, status="held", held_reason="paused", held_since=now, hold_deadline_at=now, grade="A", score=80
    )
    own = {"rep": ana, "method": "round_robin", "assigned_at": now}
    Assignment.objects.create(lead=mia, pool=west, ended_at=now, end_reason="released", **own)
    Assignment.objects.create(lead=mia, pool=smb, rule=rule, attempt=2, responded_at=now, **own)
    Assignment.objects.create(lead=leo, pool=west, breached_at=now, **own)
    Lead.objects.filter(pk=mia.pk).update(first_response_at=now + hour, outcome="won")
    return {str(mia.uuid): "mia", str(leo.uuid): "leo", str(held.uuid): "held"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pool=SMB", "mia"),
        ("pool=West", "leo"),
        ("pool=Nowhere", ""),
        ("rule=Catch-all", "mia"),
        ("form=form 1", "leo"),
        ("breached=true", "leo"),
        ("breached=false", "mia held"),
        ("assigned_from=2026-03-03T16:30:00Z", "leo"),
        ("assigned_to=2026-03-03T16:30:00Z&submitted_to=2026-03-03T16:30:00Z", "mia"),
        ("responded_from=2026-03-03T16:30:00Z", "mia"),
        ("responded_to=2026-03-03T16:30:00Z", ""),
        ("held_reason=paused", "held"),
        ("grade=A&score_min=80", "held"),
        ("outcome=won,lost", "mia"),
    ],
)
def test_leads_are_found_by_what_became_of_them(
    api: Client, owned_and_held: dict[str, str], query: str, found: str
) -> None:
    results = api.get(f"{API}/leads?{query}").json()["results"]

    assert {owned_and_held[id] for id in names_in(results, "id")} == set(found.split())


# --- pages -------------------------------------------------------------------------------------------------------


def walk(api: Client, url: str, link: str = "next") -> list[list[str]]:
    """The ids page by page, following `link`."""
    pages = []
    while url:
        page = api.get(url).json()
        pages.append(names_in(page["results"], "id"))
        url = page[link]
    return pages


def test_pages_show_every_lead_once_even_of_one_instant(api: Client, now: datetime) -> None:
    leads = [make_lead(now) for _ in range(7)]

    pages = walk(api, f"{API}/leads?page_size=3")

    assert [len(page) for page in pages] == [3, 3, 1]
    assert sum(pages, []) == [str(lead.uuid) for lead in reversed(leads)]


def test_pages_go_back_the_way_they_came(api: Client, now: datetime) -> None:
    for n in range(7):
        make_lead(now + timedelta(minutes=n // 2))
    first = api.get(f"{API}/leads?page_size=3").json()
    last = api.get(api.get(first["next"]).json()["next"]).json()

    back = walk(api, last["previous"], "previous")

    assert (last["next"], first["previous"]) == (None, None)
    assert back == walk(api, f"{API}/leads?page_size=3")[1::-1]


def test_a_lead_that_comes_in_meanwhile_shifts_no_page(api: Client, now: datetime) -> None:
    for n in range(4):
        make_lead(now + timedelta(minutes=n))
    first = api.get(f"{API}/leads?page_size=2").json()
    make_lead(now + timedelta(hours=1))

    second = api.get(first["next"]).json()

    assert not {*names_in(first["results"], "id")} & {*names_in(second["results"], "id")}


def test_neighbours_stand_in_the_header_too(api: Client, now: datetime) -> None:
    for n in range(3):
        make_lead(now + timedelta(minutes=n))

    first = api.get(f"{API}/leads?page_size=1")
    second = api.get(first.json()["next"])

    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    assert second["Link"].endswith(f'<{second.json()["previous"]}>; rel="prev"')
    assert "Link" not in api.get(f"{API}/leads")


def test_links_keep_the_filters(api: Client, now: datetime) -> None:
    for _ in range(2):
        make_lead(now, source="web site")

    assert "source=web+site" in api.get(f"{API}/leads?page_size=1&source=web+site").json()["next"]


def test_a_cursor_belongs_to_its_ordering(api: Client, now: datetime) -> None:
    make_lead(now), make_lead(now)
    link = api.get(f"{API}/leads?page_size=1").json()["next"]

    assert api.get(link + "&ordering=submitted_at").status_code == 400


@pytest.mark.parametrize("other", ["/pools", "/reps", "/rules?version=published", "/leads"])
def test_a_cursor_belongs_to_its_list(api: Client, now: datetime, other: str) -> None:
    """Rows of a table and documents of a version are two lists at one address."""
    make_catch_all(make_pool(make_rep("Ana"), name="East"))
    make_pool(make_rep("Bob"), name="West")
    publish(note="", user=None, now=now)
    cursor = parse_qs(urlsplit(api.get(f"{API}/pools?version=published&page_size=1").json()["next"]).query)["cursor"][0]
    path, _, query = other.partition("?")

    answer = api.get(f"{API}{path}", {**dict(parse_qsl(query)), "cursor": cursor})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor"])


def test_a_cursor_that_was_changed_is_refused(api: Client, now: datetime) -> None:
    make_lead(now), make_lead(now)
    link = api.get(f"{API}/leads?page_size=1").json()["next"]

    assert api.get(link.replace("cursor=", "cursor=x")).status_code == 400


def test_a_cursor_tells_nothing_of_the_row(api: Client, now: datetime) -> None:
    for number in range(3):
        make_lead(now, id=987_000 + number)
    cursor = parse_qs(urlsplit(api.get(f"{API}/leads?page_size=1").json()["next"]).query)["cursor"][0]

    read = b"".join(base64.urlsafe_b64decode(f"{part}===") for part in cursor.split(":"))

    assert b"987" not in read and b"submitted_at" not in read


def test_a_cursor_made_with_an_earlier_key_is_still_read(api: Client, now: datetime, settings: Any) -> None:
    make_lead(now), make_lead(now)
    link = api.get(f"{API}/leads?page_size=1").json()["next"]

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new one"
    assert api.get(link).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert api.get(link).status_code == 400


# --- decisions and timeline --------------------------------------------------------------------------------------


def make_decision(lead: Lead, now: datetime, **fields: Any) -> Decision:
    trace = pack_json({"steps": ["Not a duplicate."], "rules": [[1, 1, "Catch-all", "served", None, "", []]]})
    return Decision.objects.create(
        **{"lead": lead, "outcome": "held", "reason": "Nobody is on shift.", "trace": trace, "decided_at": now} | fields
    )


def test_decisions_come_newest_first_with_their_trace(api: Client, now: datetime) -> None:
    lead, ana = make_lead(now), make_rep("Ana")
    make_decision(lead, now)
    make_decision(
        lead, now + timedelta(hours=1), outcome="assigned", method="round_robin", rep=ana, rule_name="Catch-all"
    )

    newest, oldest = api.get(f"{API}/leads/{lead.uuid}/decisions").json()["results"]

    assert (newest["outcome"], newest["method"], newest["rep"]) == ("assigned", "round_robin", ana.email)
    assert (newest["rule"], newest["trace"]["winner"]) == ("Catch-all", ana.email)
    assert (oldest["outcome"], oldest["method"], oldest["rep"], oldest["pool"]) == ("held", None, None, None)
    assert oldest["trace"].keys() >= {"rules", "candidates", "match", "winner"}
    assert oldest["trace"]["rules"][0]["name"] == "Catch-all"


def test_the_number_of_queries_does_not_grow_with_the_decisions(api: Client, now: datetime) -> None:
    lead, counts = make_lead(now), []
    for how_many in (3, 27):
        for _ in range(how_many):
            make_decision(lead, now, rep=make_rep())
        counts.append(count_queries(api, f"leads/{lead.uuid}/decisions"))

    assert counts[0] == counts[1]


def test_the_timeline_tells_what_happened(api: Client, now: datetime) -> None:
    lead = make_lead(now)
    LeadEvent.objects.create(lead=lead, kind="edited", text="Country: US", actor="Bo Ossa", happened_at=now)

    page = api.get(f"{API}/leads/{lead.uuid}/timeline").json()

    assert page.keys() == {"next", "previous", "results"}
    assert [entry.keys() for entry in page["results"]] == [{"at", "kind", "text", "actor"}] * 2
    assert (page["results"][0]["actor"], page["results"][1]["actor"]) == (None, "Bo Ossa")


@pytest.mark.parametrize("path", ["", "/decisions", "/timeline"])
def test_a_lead_that_does_not_exist_answers_404(api: Client, path: str) -> None:
    assert api.get(f"{API}/leads/{uuid4()}{path}").status_code == 404


def test_an_id_is_read_in_any_case(api: Client, now: datetime) -> None:
    assert api.get(f"{API}/leads/{str(make_lead(now).uuid).upper()}").status_code == 200


def test_reading_needs_no_more_than_its_scope(api_with: Callable[..., Client], now: datetime) -> None:
    lead = make_lead(now)

    assert api_with("leads:read").get(f"{API}/leads/{lead.uuid}").status_code == 200
