"""Simulations, replays, repairs, publishing later, going back, pauses, presets and numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from routing.models import Lead, RulebookVersion, Work
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_pending
from tests.api.conftest import API, patch, post
from tests.factories import make_catch_all, make_pool, make_rep, make_settings

BAD_SIMULATIONS: list[tuple[dict[str, Any], str]] = [
    ({}, "lead"),
    ({"lead": 7}, "lead"),
    ({"lead": "no id"}, "lead"),
    ({"lead": {"email": "x"}}, "email"),
    ({"lead": {"email": "x@globex.com"}, "at": "today"}, "at"),
    ({"lead": {"email": "x@globex.com"}, "at": "9999-12-31T23:59:59Z"}, "at"),
    ({"lead": {"email": "x@globex.com"}, "version": 77}, "version"),
    ({"lead": {"email": "x@globex.com"}, "shoes": 1}, "shoes"),
]


@pytest.fixture(autouse=True)
def _company(db: None) -> None:
    make_settings()
    make_catch_all(make_pool(make_rep("Ana", email="ana@acme.example"), name="SMB"))
    publish(note="first", user=None, now=datetime.now(UTC))


@pytest.mark.parametrize("version", ["draft", "published", 1])
def test_a_simulation_shows_a_decision_and_writes_nothing(api: Client, version: str | int) -> None:
    shown = post(api, f"{API}/simulations", lead={"email": "x@globex.com"}, version=version).json()

    assert (shown["outcome"], shown["rep"]) == ("assigned", "ana@acme.example")
    assert shown["rulebook_version"] == (None if version == "draft" else 1)
    assert not Lead.objects.exists()


@pytest.mark.parametrize(("body", "field"), BAD_SIMULATIONS)
def test_a_simulation_says_what_it_cannot_read(api: Client, body: dict[str, Any], field: str) -> None:
    answer = post(api, f"{API}/simulations", **body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_why_is_told_in_sentences(api: Client) -> None:
    now = datetime.now(UTC)
    lead = receive_lead(facts={"email": "mia@globex.com"}, now=now).lead
    route_pending(now=now)

    told = api.get(f"{API}/leads/{lead.uuid}/decisions/latest/why?rep={make_rep('Bob').email}").json()

    assert told["sentences"]
    assert "Bob" in told["why_not"]


def test_nothing_is_told_of_a_lead_that_nobody_decided(api: Client) -> None:
    lead = receive_lead(facts={"email": "mia@globex.com"}, now=datetime.now(UTC)).lead

    assert api.get(f"{API}/leads/{lead.uuid}/decisions/latest/why").status_code == 404


@pytest.mark.parametrize(("path", "body"), [("replays", {"days": 7}), ("rulebook/repair", {"from": 1, "to": 2})])
def test_a_run_is_started_followed_and_stopped(api: Client, path: str, body: dict[str, Any]) -> None:
    RulebookVersion.objects.create(number=2, content={}, published_at=datetime.now(UTC))

    started = post(api, f"{API}/{path}", **body)

    assert (started.status_code, started.json()["status"]) == (202, "queued")
    assert api.get(started["Location"]).json()["report"] is None
    assert post(api, f"{started['Location']}/cancel").json()["cancel_asked"] is True
    listed = api.get(f"{API}/{path.replace('repair', 'repairs')}").json()["results"]
    assert [row["id"] for row in listed] == [started.json()["id"]]


def test_what_has_finished_is_not_stopped(api: Client) -> None:
    now = datetime.now(UTC)
    run = Work.objects.create(kind="replay", status="done", created_at=now, finished_at=now)

    assert post(api, f"{API}/replays/{run.uuid}/cancel").status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("replays", {"days": 0}, "days"),
        ("replays", {"shoes": 0}, "shoes"),
        ("replays", {"from": "0001-01-01"}, "from"),
        ("rulebook/repair", {"from": 9}, "from"),
        ("rulebook/rollback", {"to": 9}, "to"),
        ("rulebook/publish", {"at": "tomorrow"}, "at"),
    ],
)
def test_a_run_that_cannot_be_is_refused_by_field(api: Client, path: str, body: dict[str, Any], field: str) -> None:
    answer = post(api, f"{API}/{path}", **body)

    assert (answer.status_code, field in answer.json()["errors"]) == (400, True)


def test_the_draft_is_published_later_or_not(api: Client) -> None:
    make_pool(name="New")

    later = post(api, f"{API}/rulebook/publish", note="new pool", at="2090-01-01T00:00:00Z")

    assert later.status_code == 202
    assert [row["id"] for row in api.get(f"{API}/rulebook/scheduled").json()["results"]] == [later.json()["id"]]
    assert api.delete(f"{API}/rulebook/scheduled/{later.json()['id']}").status_code == 204
    assert api.get(f"{API}/rulebook/scheduled").json()["results"] == []


def test_an_earlier_version_is_published_again(api: Client) -> None:
    patch(api, f"{API}/settings", taper_days=9)
    post(api, f"{API}/rulebook/publish")

    assert post(api, f"{API}/rulebook/rollback", to=1).json()["number"] == 3
    versions = [api.get(f"{API}/rulebook/versions/{number}").json()["content"] for number in (1, 2, 3)]
    assert versions[0] == versions[2] != versions[1]


def test_the_linter_answers_with_findings(api: Client) -> None:
    make_pool(name="Empty")

    assert {"severity", "code", "message"} <= api.get(f"{API}/rulebook/lint").json()["findings"][0].keys()


def test_routing_is_paused_and_resumed(api: Client) -> None:
    assert post(api, f"{API}/routing/pause").json()["paused"] is True
    assert post(api, f"{API}/routing/resume").json() == {"paused": False, "paused_since": None}


def test_a_preset_goes_into_the_draft(api: Client) -> None:
    made = post(api, f"{API}/presets/round_robin", members=["ana@acme.example"])

    assert made.status_code == 201, made.content
    assert made.json()["preset"] == "round_robin"
    assert post(api, f"{API}/presets/astrology").status_code == 404


def test_a_statement_adds_up(api: Client) -> None:
    now = datetime.now(UTC)
    receive_lead(facts={"email": "mia@globex.com"}, now=now)
    route_pending(now=now)
    rep = api.get(f"{API}/reps").json()["results"][0]

    told = api.get(f"{API}/reps/{rep['id']}/statement?from=2020-01-01T00:00:00Z&to=2090-01-01T00:00:00Z").json()

    assert told["opening"] + sum(line["amount"] for line in told["ledgers"][0]["lines"]) == told["closing"]


@pytest.mark.parametrize("query", ["", "?from=x", "?from=2090-01-01T00:00:00Z", "?from=2020-01-01T00:00:00Z&pool=x"])
def test_a_statement_needs_a_period(api: Client, query: str) -> None:
    rep = api.get(f"{API}/reps").json()["results"][0]

    assert api.get(f"{API}/reps/{rep['id']}/statement{query}").status_code == 400


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?pool=Nowhere", 400), ("?pool=SMB", 404)])
def test_performance_needs_a_pool_with_numbers(api: Client, query: str, status: int) -> None:
    assert api.get(f"{API}/insights/performance{query}").status_code == status


def test_a_signal_is_taken_once(api: Client) -> None:
    body = {"domain": "globex.com", "kind": "Pricing visit", "observed_at": "2026-03-01T09:00:00Z"}

    first, second = (post(api, f"{API}/signals", **body) for _ in range(2))

    assert (first.status_code, first.json()["kind"], second.json()) == (202, "pricing_visit", first.json())
    assert api.get(f"{API}/signals?domain=globex.com").json()["results"] == [first.json()]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"kind": "x"}, "domain"), ({"domain": "globex.com"}, "kind"), ({"domain": "gmail.com", "kind": "x"}, "domain")],
)
def test_a_signal_without_a_subject_is_refused(api: Client, body: dict[str, Any], field: str) -> None:
    assert list(post(api, f"{API}/signals", **body).json()["errors"]) == [field]
