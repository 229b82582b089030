"""Every section of the configuration: add, read, change and take out, with the keys of the file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from reps.models import Rep, Skill
from routing.api.shapes import SHAPES, SHOWN_ONCE
from routing.models import AccountDomain, LookupTable, PoolMember, RoutingSettings, Rule, Topic
from routing.services.publish import publish
from tests.api.conftest import API, count_queries, names_in, patch, post
from tests.factories import make_account, make_catch_all, make_pool, make_rep, make_rule, make_settings

REP = "ana@acme.example"
ROWS: dict[str, dict[str, Any]] = {
    "teams": {"name": "West", "manager": REP, "working_hours": {"mon-fri": ["09:00-17:00"]}},
    "reps": {"email": "eva@acme.example", "name": "Eva", "expertise": {"kubernetes": 3}, "caps": {"day": 5}},
    "time-off": {"rep": REP, "from": "2026-12-20", "to": "2027-01-03", "reason": "holiday"},
    "skills": {"name": "juggling"},
    "topics": {"name": "fintech", "keywords": ["fintech", "neobank"]},
    "tables": {"name": "Partners", "rows": {"ACME-1": {"rep": REP}, "ACME-2": {"pool": "SMB"}}},
    "territories": {"name": "California", "countries": ["US"], "regions": ["US-CA"], "owner": {"rep": REP}},
    "accounts": {"name": "Globex", "domains": ["globex.com"], "owner": REP, "people": {"csm": REP}},
    "pools": {"name": "West", "strategy": "load_balanced", "members": [{"rep": REP, "weight": 2, "caps": {"day": 1}}]},
    "rules": {"name": "Demos", "when": [[{"field": "kind", "op": "is", "value": "demo"}]], "to": {"pool": "SMB"}},
    "sla-policies": {"name": "fast", "first_response_minutes": 0.5, "clock": "always"},
    "examples": {"name": "german", "lead": {"email": "x@globex.de"}, "expect": {"pool": "SMB"}},
    "sources": {"name": "website", "wait_for": ["country"], "wait_seconds": 5},
    "forms": {"name": "Talk to sales", "origins": ["https://www.acme.example"], "theme": {"accent": "#2563eb"}},
    "inbound": {"name": "Typeform", "source": "typeform", "mapping": {"email": "answers[0].email"}},
}
NOTHING = {"label": "", "help": "", "required": True, "shown_as": "", "choices": [], "default": ""}
ROWS["forms"]["fields"] = [{"field": "email"} | NOTHING]
CHANGES: dict[str, dict[str, Any]] = {
    "teams": {"timezone": "Europe/Berlin"},
    "reps": {"languages": ["de"]},
    "time-off": {"reason": "parental leave"},
    "topics": {"keywords": ["bank"]},
    "tables": {"rows": {"ACME-3": {"pool": "SMB"}}},
    "territories": {"priority": 3},
    "accounts": {"aliases": ["Globex Corp"]},
    "pools": {"performance": {"mode": "more_leads", "segments": ["source"], "k": 20, "half_life_days": 60}},
    "rules": {"when_nobody": {"wait_minutes": 5}},
    "sla-policies": {"accept_minutes": 3},
    "examples": {"expect": {"rep": REP}},
    "sources": {"wait_seconds": 0},
    "forms": {"title": "Reden wir"},
    "inbound": {"mapping": {"email": {"path": ["a", "b"], "transforms": ["trim"]}}},
}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("reps", {"backup": "nobody@acme.example"}, "backup"),
    ("reps", {"caps": {"day": -1}}, "caps"),
    ("reps", {"shoe_size": 43}, "shoe_size"),
    ("time-off", {"to": "2026-12-01"}, "to"),
    ("time-off", {"from": "0001-01-01T00:00:00+14:00"}, "from"),
    ("territories", {"parent": "Atlantis"}, "parent"),
    ("territories", {"parent": "California"}, "parent"),
    ("territories", {"owner": {"rep": REP, "pool": "SMB"}}, "owner"),
    ("accounts", {"domains": ["gmail.com"]}, "domains[0]"),
    ("accounts", {"parent": "Globex"}, "parent"),
    ("pools", {"band": -1}, "band"),
    ("pools", {"members": [{"rep": REP, "weight": 0}]}, "members[0].weight"),
    ("pools", {"performance": {"k": -1}}, "performance.k"),
    ("pools", {"requires": {"topics": ["astrology"]}}, "requires.topics[0]"),
    ("rules", {"when": [[{"field": "email", "op": "matches", "value": "(?=x)"}]]}, "when[0][0]"),
    ("rules", {"to": {"pool": "Nowhere"}}, "to.pool"),
    ("rules", {"when_nobody": {"overflow": "SMB"}}, "when_nobody.overflow"),
    ("rules", {"position": 0}, "position"),
    ("rules", {"when": []}, "when"),
    ("examples", {"expect": {"rep": "nobody@acme.example"}}, "expect.rep"),
    ("examples", {"at": "2026-03-03T16:00:00"}, "at"),
    ("sources", {"wait_for": ["shoe_size"]}, "wait_for"),
    ("sla-policies", {"steps": [{"after_minutes": 1, "do": "dance"}]}, "steps[0].do"),
    ("tables", {"rows": {"A": {"rep": REP}, "a": {"rep": REP}}}, "rows.a"),
    ("topics", {"keywords": "bank"}, "keywords"),
    ("topics", {"keywords": ["a\u0000"]}, "keywords[0]"),
    ("forms", {"fields": [{"field": "owner"}]}, "fields[0].field"),
    ("forms", {"origins": ["acme"]}, "origins[0]"),
    ("forms", {"slug": "a/b"}, "slug"),
    ("inbound", {"mapping": {"emial": "a"}}, "mapping.emial"),
    ("inbound", {"signature": "hex"}, "signature_header"),
]


@pytest.fixture(autouse=True)
def _company(db: None) -> None:
    make_settings()
    ana = make_rep("Ana", email=REP)
    Skill.objects.create(name="security"), Topic.objects.create(name="kubernetes")
    make_catch_all(make_pool(ana, name="SMB"))


def add(api: Client, section: str) -> dict[str, Any]:
    answer = post(api, f"{API}/{section}", **ROWS[section])
    assert answer.status_code == 201, answer.content
    return {key: value for key, value in answer.json().items() if key not in SHOWN_ONCE.get(section, {})}


@pytest.mark.parametrize("section", ROWS)
def test_a_row_is_added_and_shown_with_all_its_keys(api: Client, section: str) -> None:
    added = add(api, section)

    assert added.items() >= {key: value for key, value in ROWS[section].items() if key != "members"}.items()
    assert SHAPES[section.replace("-", "_")].keys() <= added.keys()
    assert api.get(f"{API}/{section}/{added['id']}").json() == added
    assert added in api.get(f"{API}/{section}").json()["results"]


@pytest.mark.parametrize("section", CHANGES)
def test_only_the_keys_given_change(api: Client, section: str) -> None:
    added = add(api, section)

    answer = patch(api, f"{API}/{section}/{added['id']}", **CHANGES[section])

    assert answer.status_code == 200, answer.content
    assert answer.json() == added | CHANGES[section]


@pytest.mark.parametrize("section", CHANGES)
def test_what_is_shown_can_be_sent_back(api: Client, section: str) -> None:
    added = add(api, section)
    same = {key: value for key, value in added.items() if key not in ("id", "catch_all", "position")}

    assert patch(api, f"{API}/{section}/{added['id']}", **same).json() == added


@pytest.mark.parametrize("section", ROWS)
def test_a_row_is_taken_out(api: Client, section: str) -> None:
    address = f"{API}/{section}/{add(api, section)['id']}"

    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


@pytest.mark.parametrize("section", [section for section in ROWS if section != "time-off"])
def test_a_name_is_there_once(api: Client, section: str) -> None:
    add(api, section)

    answer = post(api, f"{API}/{section}", **ROWS[section])

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["email" if section == "reps" else "name"])


@pytest.mark.parametrize(("section", "change", "path"), WRONG)
def test_what_is_wrong_is_named_by_its_path(api: Client, section: str, change: dict[str, Any], path: str) -> None:
    added = add(api, section)

    answer = patch(api, f"{API}/{section}/{added['id']}", **change)

    assert answer.status_code == 400, answer.content
    assert [name for name in answer.json()["errors"] if name.startswith(path)], answer.content
    assert api.get(f"{API}/{section}/{added['id']}").json() == added


def test_a_row_that_somebody_else_changed_is_not_written_over(api: Client) -> None:
    added = add(api, "topics")
    address = f"{API}/topics/{added['id']}"
    mine = api.get(address)["ETag"]
    patch(api, address, keywords=["theirs"])

    late = api.patch(address, '{"keywords": ["mine"]}', content_type="application/json", headers={"If-Match": mine})

    assert late.status_code == 412
    assert "changed this topic" in late.json()["detail"]
    assert api.delete(address, headers={"If-Match": mine}).status_code == 412
    assert Topic.objects.get(uuid=added["id"]).keywords == ["theirs"]


def test_what_is_used_is_not_taken_out(api: Client) -> None:
    pool = api.get(f"{API}/pools?name=SMB").json()["results"][0]

    answer = api.delete(f"{API}/pools/{pool['id']}")

    assert answer.status_code == 409
    assert "Catch-all" in answer.json()["detail"]


def test_a_skill_that_somebody_has_is_not_taken_out(api: Client) -> None:
    skill = Skill.objects.get(name="security")
    Rep.objects.get(email=REP).skills.add(skill)

    assert api.delete(f"{API}/skills/{skill.uuid}").status_code == 409


def test_a_topic_that_somebody_knows_keeps_its_name(api: Client) -> None:
    add(api, "reps")
    topic = Topic.objects.get(name="kubernetes")

    assert patch(api, f"{API}/topics/{topic.uuid}", name="k8s").status_code == 409


def test_a_rule_goes_before_the_catch_all_or_where_it_is_put(api: Client) -> None:
    first = add(api, "rules")
    post(api, f"{API}/rules", **ROWS["rules"] | {"name": "Trials"})

    patch(api, f"{API}/rules/{first['id']}", position=2)

    assert names_in(api.get(f"{API}/rules").json()["results"], "name") == ["Trials", "Demos", "Catch-all"]


def test_the_first_rule_that_takes_every_lead_is_the_catch_all(api: Client) -> None:
    Rule.objects.all().delete()

    assert post(api, f"{API}/rules", name="All", to={"pool": "SMB"}).json()["catch_all"] is True


def test_the_catch_all_stays(api: Client) -> None:
    rule = Rule.objects.get(catch_all=True)

    assert api.delete(f"{API}/rules/{rule.uuid}").status_code == 409
    assert patch(api, f"{API}/rules/{rule.uuid}", enabled=False).status_code == 400


@pytest.mark.parametrize("section", ["topics", "tables", "territories", "pools", "rules", "sla-policies", "examples"])
def test_the_published_rows_are_shown_as_they_were(api: Client, now: datetime, section: str) -> None:
    added = add(api, section)
    publish(note="", user=None, now=now)
    patch(api, f"{API}/{section}/{added['id']}", name="Other")

    shown = api.get(f"{API}/{section}/{added['id']}?version=published").json()

    assert shown["name"] == added["name"]
    assert shown in api.get(f"{API}/{section}?version=published").json()["results"]


def test_the_published_rows_come_in_pages(api: Client, now: datetime) -> None:
    for n in range(5):
        Topic.objects.create(name=f"topic {n}")
    publish(note="", user=None, now=now)

    first = api.get(f"{API}/topics?version=published&page_size=4").json()
    second = api.get(first["next"]).json()

    assert (len(first["results"]), first["previous"], len(second["results"])) == (4, None, 2)
    assert api.get(second["previous"]).json()["results"] == first["results"]


SECTIONS = [section for section in ROWS if section not in ("reps", "pools")]


@pytest.mark.parametrize("section", SECTIONS)
def test_the_number_of_queries_does_not_grow_with_the_rows(api: Client, section: str) -> None:
    counts = []
    for how_many in (1, 6):
        for n in range(how_many):
            row = dict(ROWS[section]) | ({"name": f"n{how_many}{n}"} if "name" in ROWS[section] else {})
            if section == "accounts":
                row |= {"domains": [f"globex{how_many}{n}.com"]}
            assert post(api, f"{API}/{section}", **row).status_code == 201
        counts.append(count_queries(api, section))

    assert counts[0] == counts[1]


# --- the settings ------------------------------------------------------------------------------------------------


def test_the_settings_are_changed_key_by_key(api: Client) -> None:
    before = api.get(f"{API}/settings").json()

    after = patch(api, f"{API}/settings", taper_days=3, stages={"qualified": "route"}, last_resort=[REP]).json()

    assert after == before | {"taper_days": 3, "stages": {"qualified": "route"}, "last_resort": [REP]}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"stages": {"won": "route"}}, "stages"),
        ({"last_resort": ["nobody@acme.example"]}, "last_resort[0]"),
        ({"shoe_size": 1}, "shoe_size"),
        ({"grades": {"A": "many"}}, "grades"),
        ({"match_threshold": 2}, "match_threshold"),
    ],
)
def test_a_wrong_setting_is_named(api: Client, change: dict[str, Any], path: str) -> None:
    answer = patch(api, f"{API}/settings", **change)

    assert answer.status_code == 400
    assert [name for name in answer.json()["errors"] if name.startswith(path)]


def test_the_published_settings_stay_until_the_next_version(api: Client, now: datetime) -> None:
    publish(note="", user=None, now=now)
    patch(api, f"{API}/settings", taper_days=9)

    assert api.get(f"{API}/settings?version=published").json()["taper_days"] != 9
    assert RoutingSettings.objects.get().taper_days == 9


# --- the members of a pool ---------------------------------------------------------------------------------------


def members(name: str = "SMB") -> str:
    pool = make_pool(name="Members") if name == "Members" else PoolMember.objects.get(pool__name=name).pool
    return f"{API}/pools/{pool.uuid}/members"


def test_a_member_is_added_changed_and_removed(api: Client) -> None:
    bob, address = make_rep("Bob"), members()

    added = post(api, address, rep=bob.email, weight=2)
    changed = patch(api, f"{address}/{bob.email}", caps={"day": 3})

    assert (added.status_code, added.json()["weight"]) == (201, 2)
    assert (changed.json()["weight"], changed.json()["caps"]) == (2, {"day": 3})
    assert api.delete(f"{address}/{bob.email}").status_code == 204
    assert api.get(f"{address}/{bob.email}").status_code == 404


def test_somebody_who_is_in_the_pool_is_not_added_anew(api: Client) -> None:
    address = members()
    before = patch(api, f"{address}/{REP}", weight=3, caps={"day": 5}, ramp={"weeks": 4}).json()

    again = post(api, address, rep=REP.upper())

    assert (again.status_code, list(again.json()["errors"])) == (409, ["rep"])
    assert "PATCH" in again.json()["detail"]
    assert api.get(f"{address}/{REP}").json() == before


@pytest.mark.parametrize(("field", "value"), [("weight", 0), ("weight", "x"), ("caps", {"day": -1}), ("shoes", 1)])
def test_a_wrong_member_is_refused_by_field(api: Client, field: str, value: Any) -> None:
    answer = patch(api, f"{members()}/{REP}", **{field: value})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_pool_is_paused_and_resumed(api: Client) -> None:
    address = members().removesuffix("/members")

    assert post(api, f"{address}/pause").json()["paused"] is True
    assert post(api, f"{address}/resume").json()["paused"] is False


def test_an_account_in_itself_is_refused(api: Client) -> None:
    parent = make_account("Holding")
    child = make_account("Daughter", parent=parent)

    assert list(patch(api, f"{API}/accounts/{parent.uuid}", parent=child.name).json()["errors"]) == ["parent"]
    assert not AccountDomain.objects.exists()


def test_rows_of_a_table_are_replaced_as_a_whole(api: Client) -> None:
    added = add(api, "tables")

    patch(api, f"{API}/tables/{added['id']}", rows={})

    assert not LookupTable.objects.get(uuid=added["id"]).rows.exists()


def test_a_rule_that_was_archived_is_gone(api: Client, now: datetime) -> None:
    rule = make_rule(archived_at=now, pool=make_pool())

    assert api.get(f"{API}/rules/{rule.uuid}").status_code == 404


# --- looking for rows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("pools?strategy=round_robin", ["SMB"]),
        ("pools?strategy=intent", []),
        ("pools?paused=false", ["SMB"]),
        ("rules?enabled=true", ["Catch-all"]),
        ("reps?kind=human", ["Ana"]),
        ("accounts?stage=customer", []),
        ("territories?parent=Nowhere", []),
    ],
)
def test_rows_are_found_by_what_they_say(api: Client, address: str, found: list[str]) -> None:
    assert names_in(api.get(f"{API}/{address}").json()["results"], "name") == found


@pytest.mark.parametrize("address", ["pools?strategy=astrology", "pools?paused=yes", "reps?kind=dog"])
def test_what_no_row_can_say_is_refused(api: Client, address: str) -> None:
    answer = api.get(f"{API}/{address}")

    assert (answer.status_code, "Give one of" in answer.json()["detail"]) == (400, True)


def test_what_is_published_is_found_by_what_was_published(api: Client, now: datetime) -> None:
    publish(note="", user=None, now=now)
    patch(api, f"{API}/pools/{api.get(f'{API}/pools').json()['results'][0]['id']}", strategy="intent")

    found = [
        api.get(f"{API}/pools?version={version}&strategy=round_robin").json()["results"]
        for version in ("draft", "published")
    ]

    assert [names_in(rows, "name") for rows in found] == [[], ["SMB"]]
