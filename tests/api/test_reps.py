"""GET and PATCH of reps."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from reps.models import Rep, Skill, WorkingHours
from routing.models import Lead
from tests.api.conftest import API, count_queries, names_in, patch, post
from tests.factories import make_lead, make_owned_lead, make_rep, make_team

PAST = "2020-01-01T00:00:00+00:00"
REFUSED: list[tuple[str, Any]] = [
    ("email", "nobody"),
    ("id", "1"),
    ("created_at", "2026-01-01T00:00:00Z"),
    ("shoe_size", 43),
    ("name", ""),
    ("name", None),
    ("name", [7]),
    ("name", "x" * 151),
    ("name", "a\u0000b"),
    ("active", "yes"),
    ("active", 1),
    ("paused", "false"),
    ("timezone", "Mars/Olympus"),
    ("timezone", "../etc/passwd"),
    ("holidays", "Atlantis"),
    ("languages", "en"),
    ("languages", ["English"]),
    ("languages", [1]),
    ("languages", {"en": 1}),
    ("caps", {"minute": 5}),
    ("caps", {"day": -1}),
    ("caps", {"day": 1.5}),
    ("caps", {"day": True}),
    ("caps", []),
    ("paused", {"until": "2026-12-01T09:00:00"}),
    ("expertise", {"juggling": 2}),
    ("webhook", "ftp://x"),
    ("caps", {"day": {"limit": {"limit": 1}}}),
    ("working_hours", "never"),
    ("working_hours", {"mon": "09:00-17:00"}),
    ("working_hours", {"someday": ["09:00-17:00"]}),
    ("working_hours", {"mon": ["25:00-26:00"]}),
    ("working_hours", [1]),
    ("team", "Nowhere"),
    ("team", {"name": "West"}),
    ("backup", "nobody@acme.example"),
    ("backup", ["x"]),
    ("skills", ["juggling"]),
    ("skills", "security"),
    ("about", "x" * 20_001),
]


def url(rep: Rep) -> str:
    return f"{API}/reps/{rep.uuid}"


def test_a_rep_shows_everything_that_decides_what_they_get(api: Client) -> None:
    team = make_team(name="West")
    ana = make_rep("Ana Diaz", team=team, hours="own", languages=["en"], backup=make_rep("Bob", email="bob@x.example"))
    WorkingHours.objects.create(rep=ana, weekday=0, start="09:00", end="17:00")
    ana.skills.add(Skill.objects.create(name="security"))

    shown = api.get(url(ana)).json()

    assert (shown["id"], shown["email"], shown["name"], shown["team"]) == (
        str(ana.uuid),
        ana.email,
        "Ana Diaz",
        "West",
    )
    assert (shown["working_hours"], shown["skills"], shown["backup"]) == (
        {"mon": ["09:00-17:00"]},
        ["security"],
        "bob@x.example",
    )
    assert (shown["timezone"], shown["holidays"], shown["paused"], shown["active"]) == (None, None, None, True)


def test_reps_are_listed_by_name_and_filtered(api: Client) -> None:
    make_rep("Bob"), make_rep("Ana", active=False)

    assert names_in(api.get(f"{API}/reps").json()["results"], "name") == ["Ana", "Bob"]
    assert names_in(api.get(f"{API}/reps?active=true").json()["results"], "name") == ["Bob"]


def test_the_number_of_queries_does_not_grow_with_the_reps(api: Client) -> None:
    counts = []
    for how_many in (3, 27):
        for _ in range(how_many):
            rep = make_rep(team=make_team(), backup=make_rep(), hours="own")
            WorkingHours.objects.create(rep=rep, weekday=0, start="09:00", end="17:00")
        counts.append(count_queries(api, "reps"))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("given", [{"until": "2026-12-01T09:00:00+01:00", "reason": "training"}, {}])
def test_a_rep_is_paused_and_resumed(api: Client, given: dict[str, Any]) -> None:
    ana = make_rep()

    paused = post(api, f"{url(ana)}/pause", **given).json()["paused"]
    resumed = post(api, f"{url(ana)}/resume").json()["paused"]

    assert paused == {"until": "2026-12-01T08:00:00Z" if given else None, "reason": given.get("reason")}
    assert resumed is None


def test_a_rep_is_added_as_the_file_would(api: Client) -> None:
    make_team(name="West")

    answer = post(api, f"{API}/reps", email="Eva@acme.example", name="Eva", team="West")

    assert answer.status_code == 201
    assert (answer.json()["email"], answer.json()["team"]) == ("eva@acme.example", "West")
    assert api.get(answer["Location"]).json() == answer.json()


def test_two_reps_never_share_an_address(api: Client) -> None:
    ana = make_rep()

    assert "email" in post(api, f"{API}/reps", email=ana.email, name="Twin").json()["errors"]


def test_who_never_owned_a_lead_can_be_removed(api: Client) -> None:
    assert api.delete(url(make_rep())).status_code == 204


def test_whoever_owned_a_lead_stays(api: Client, now: Any) -> None:
    ana = make_rep("Ana")
    make_owned_lead(now, ana)

    answer = api.delete(url(ana))

    assert answer.status_code == 409
    assert "Set active to false" in answer.json()["detail"]


CHANGES: dict[str, Any] = {
    "name": "Ana Ruiz",
    "active": False,
    "timezone": "Europe/Berlin",
    "holidays": "DE-BY",
    "languages": ["de", "en"],
    "caps": {"day": 5, "open": {"limit": 40, "all": True}},
    "about": "Knows energy.",
    "working_hours": {"mon-thu": ["08:00-12:00", "13:00-17:00"], "sat": ["22:00-02:00"]},
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_field_is_changed_and_read_back(api: Client, field: str) -> None:
    ana = make_rep()
    make_rep("Bob")  # the only active rep stays active

    answer = patch(api, url(ana), **{field: CHANGES[field]})

    assert (answer.status_code, answer.json()[field]) == (200, CHANGES[field])
    assert api.get(url(ana)).json() == answer.json()


def test_team_backup_and_skills_are_named(api: Client) -> None:
    make_team(name="West"), make_rep("Bob", email="bob@x.example"), Skill.objects.create(name="security")

    shown = patch(api, url(make_rep()), team="West", backup="bob@x.example", skills=["security"]).json()

    assert (shown["team"], shown["backup"], shown["skills"]) == ("West", "bob@x.example", ["security"])


@pytest.mark.parametrize("hours", ["always", None])
def test_hours_of_ones_own_are_given_up(api: Client, hours: str | None) -> None:
    ana = make_rep(hours="own")
    WorkingHours.objects.create(rep=ana, weekday=0, start="09:00", end="17:00")

    assert patch(api, url(ana), working_hours=hours).json()["working_hours"] == hours
    assert not WorkingHours.objects.exists()


@pytest.mark.parametrize(("field", "value"), REFUSED)
def test_what_cannot_be_is_refused_by_name_and_nothing_changes(api: Client, field: str, value: Any) -> None:
    ana = make_rep()
    before = api.get(url(ana)).json()

    answer = (
        patch(api, url(ana), about="changed", **{field: value})
        if field != "about"
        else patch(api, url(ana), about=value)
    )

    assert answer.status_code == 400, answer.content
    assert {re.split(r"[.\[]", name)[0] for name in answer.json()["errors"]} == {field}
    assert api.get(url(ana)).json() == before


def test_nobody_is_their_own_backup(api: Client) -> None:
    ana = make_rep()

    assert patch(api, url(ana), backup=ana.email).status_code == 400


def test_an_empty_change_changes_nothing(api: Client) -> None:
    ana = make_rep()

    assert patch(api, url(ana)).json() == api.get(url(ana)).json()


def test_a_change_is_kept_in_the_history_with_the_key(api: Client) -> None:
    ana = make_rep()

    patch(api, url(ana), name="Ana Ruiz")

    newest = ana.history.first()
    assert (newest.name, newest.history_change_reason) == ("Ana Ruiz", "API key website")


def test_leads_that_wait_are_looked_at_again(api: Client, now: Any) -> None:
    later = now + timedelta(days=30_000)
    lead = make_lead(
        now, status="held", held_reason="nobody_available", held_since=now, hold_deadline_at=later, route_after=later
    )

    patch(api, url(make_rep(paused=True)), paused=None)

    assert Lead.objects.get(pk=lead.pk).route_after < later


# --- an end that has passed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "method", "body", "field"),
    [
        ("reps/{rep}/pause", post, {"until": PAST}, "until"),
        ("reps/{rep}", patch, {"paused": {"until": PAST}}, "paused.until"),
        ("rulebook/publish", post, {"at": PAST}, "at"),
    ],
)
def test_an_end_in_the_past_is_a_mistake(api: Client, path: str, method: Any, body: Any, field: str) -> None:
    rep = make_rep("Ana")

    answer = method(api, f"{API}/{path.format(rep=rep.uuid)}", **body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Rep.objects.get().paused


def test_a_rep_whose_pause_is_over_is_written_back_as_read(api: Client) -> None:
    rep = make_rep("Ana", paused=True, paused_until=datetime.fromisoformat(PAST))
    read = api.get(f"{API}/reps/{rep.uuid}").json()

    assert patch(api, f"{API}/reps/{rep.uuid}", paused=read["paused"]).status_code == 200
    assert patch(api, f"{API}/reps/{rep.uuid}", about="Speaks Dutch.").status_code == 200
