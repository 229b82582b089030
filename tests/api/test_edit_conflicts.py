"""Two clients change the same configuration at once: neither is overwritten silently, and nothing breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from reps.models import Skill
from routing.api.clashes import clashing_field
from routing.api.problems import problem_handler
from routing.models import Account, Identity, LookupTable, Pool, PoolMember, Topic
from routing.services.edit_conflicts import RemovedMeanwhile
from routing.services.importing.one import save_member_as, save_row
from routing.services.lead_actions import Invalid
from routing.services.manage.remove import remove_row
from routing.services.publish import publish
from routing.services.teach_match import teach_match
from routing.services.webhooks.manage import make_webhook
from tests.api.conftest import API, patch, post
from tests.factories import (
    make_account,
    make_catch_all,
    make_lead,
    make_pool,
    make_rep,
    make_settings,
    make_sla,
    make_team,
)

pytestmark = pytest.mark.django_db


def clash(make: Callable[..., Any], **fields: Any) -> IntegrityError:
    """What the database says to a second row of the same."""
    make(**fields)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        make(**fields)
    return caught.value


@pytest.fixture
def pool() -> Pool:
    make_settings()
    pool = make_pool(make_rep("Ana", email="ana@acme.example"), name="SMB")
    make_catch_all(pool)
    return pool


# --- names that were taken a moment ago --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [make_account, make_pool, make_sla, make_team, *(kind.objects.create for kind in (Skill, Topic, LookupTable))],
)
def test_a_name_that_was_taken_just_now_is_named(make: Callable[..., Any]) -> None:
    answer = problem_handler(clash(make, name="Globex"), {"request": SimpleNamespace()})

    assert answer is not None
    assert (answer.status_code, list(answer.data["errors"])) == (409, ["name"])


def test_an_address_that_was_taken_just_now_is_named() -> None:
    assert clashing_field(clash(make_rep, name="Ana", email="ana@acme.example")) == "email"


def test_an_external_id_that_was_taken_just_now_is_named(now: datetime) -> None:
    assert clashing_field(clash(make_lead, now=now, external_id="crm-1")) == "external_id"


@pytest.mark.parametrize("kind", ["email", "fax"])
def test_whatever_else_the_database_refuses_is_a_bug_and_no_conflict(kind: str) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Identity.objects.create(kind=kind, key="a")
        Identity.objects.create(kind=kind, key="a")

    assert problem_handler(caught.value, {}) is None


def test_a_bug_is_answered_as_a_problem(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.api.views.rulebook.lint", lambda **given: 1 / 0)
    api.raise_request_exception = False

    answer = api.get(f"{API}/rulebook/lint")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["status"] == 500


# --- rows that were taken out a moment ago -----------------------------------------------------------------------


def test_a_row_taken_out_meanwhile_is_not_changed(now: datetime) -> None:
    topic = Topic.objects.create(name="cloud")
    Topic.objects.filter(pk=topic.pk).delete()

    with pytest.raises(RemovedMeanwhile):
        save_row(section="topics", row=topic, changes={"keywords": ["k8s"]}, now=now)
    with pytest.raises(RemovedMeanwhile):
        remove_row(section="topics", row=topic, now=now)


def test_nobody_joins_a_pool_taken_out_meanwhile(pool: Pool, now: datetime) -> None:
    Pool.objects.filter(pk=pool.pk).update(archived_at=now)

    with pytest.raises(RemovedMeanwhile):
        save_member_as(pool=pool, values={"rep": "ana@acme.example"}, now=now)


def test_a_lead_is_not_matched_to_an_account_deleted_meanwhile(pool: Pool, now: datetime) -> None:
    account = make_account("Globex")
    Account.objects.filter(pk=account.pk).delete()

    with pytest.raises(Invalid, match="no account"):
        teach_match(lead=make_lead(now), account=account, same=True, now=now, actor="website")


# --- If-Match ----------------------------------------------------------------------------------------------------


def change(api: Client, address: str, match: str, **body: Any) -> Any:
    return api.patch(address, json.dumps(body), content_type="application/json", headers={"If-Match": match})


def test_a_change_of_its_members_is_a_change_of_a_pool(api: Client, pool: Pool) -> None:
    address = f"{API}/pools/{pool.uuid}"
    mine = api.get(address)["ETag"]
    patch(api, f"{address}/members/ana@acme.example", weight=3)

    assert change(api, address, mine, band=2).status_code == 412
    assert PoolMember.objects.get(pool=pool).weight == 3


def test_a_change_of_the_last_resort_is_a_change_of_the_settings(api: Client, pool: Pool) -> None:
    mine = api.get(f"{API}/settings")["ETag"]
    patch(api, f"{API}/settings", last_resort=["ana@acme.example"])

    assert change(api, f"{API}/settings", mine, taper_days=3).status_code == 412


@pytest.mark.parametrize(("match", "status"), [("*", 200), ('"other"', 412), ("other", 412), ('""', 400), ("", 400)])
def test_if_match_is_what_was_shown_or_anything(api: Client, pool: Pool, match: str, status: int) -> None:
    assert change(api, f"{API}/pools/{pool.uuid}", match, band=2).status_code == status


def test_one_of_several_etags_that_is_the_rows_own_is_enough(api: Client, pool: Pool) -> None:
    address = f"{API}/pools/{pool.uuid}"

    assert change(api, address, f'"other", {api.get(address)["ETag"]}', band=2).status_code == 200
    assert change(api, address, '"other", "another"', band=3).status_code == 412


def test_what_is_published_has_no_etag_for_it_is_not_what_is_changed(api: Client, pool: Pool, now: datetime) -> None:
    publish(note="", user=None, now=now)
    shown = [api.get(f"{API}/{path}?version=published") for path in (f"pools/{pool.uuid}", "settings")]

    assert [(answer.status_code, "ETag" in answer) for answer in shown] == [(200, False), (200, False)]


def test_a_pause_of_routing_is_no_change_of_the_settings(api: Client, pool: Pool) -> None:
    mine = api.get(f"{API}/settings")["ETag"]
    assert post(api, f"{API}/routing/pause").status_code == 200

    assert change(api, f"{API}/settings", mine, taper_days=3).status_code == 200


def test_a_change_of_a_member_is_merged_with_what_the_member_is_now(pool: Pool, now: datetime) -> None:
    stale = PoolMember.objects.select_related("rep").get(pool=pool)
    PoolMember.objects.update(weight=3)

    changed = save_member_as(pool=pool, member=stale, values={"caps": {"day": 2}}, now=now)

    assert (changed.weight, changed.caps) == (3, {"day": 2})


def test_a_member_taken_out_meanwhile_is_not_put_back(pool: Pool, now: datetime) -> None:
    stale = PoolMember.objects.select_related("rep").get(pool=pool)
    PoolMember.objects.all().delete()

    with pytest.raises(RemovedMeanwhile):
        save_member_as(pool=pool, member=stale, values={"weight": 2}, now=now)
    assert not PoolMember.objects.exists()


def test_the_answer_to_a_change_shows_the_next_etag(api: Client, pool: Pool) -> None:
    address = f"{API}/pools/{pool.uuid}"

    changed = change(api, address, api.get(address)["ETag"], band=2)

    assert changed["ETag"] == api.get(address)["ETag"]
    assert change(api, address, changed["ETag"], band=3).status_code == 200


def test_a_new_row_shows_its_etag(api: Client, pool: Pool) -> None:
    added = post(api, f"{API}/topics", name="cloud")

    assert change(api, f"{API}/topics/{added.json()['id']}", added["ETag"], keywords=["k8s"]).status_code == 200


# --- leads, members, webhooks, and reading again --------------------------------------------------------------------


@pytest.fixture
def edited(api: Client, pool: Pool, now: datetime) -> dict[str, tuple[str, dict[str, Any], dict[str, Any]]]:
    """Address, what somebody else changes, and what is then changed without having seen that."""
    hook = make_webhook(name="CRM", url="https://crm.example.com/leads")
    return {
        "lead": (f"{API}/leads/{make_lead(now).uuid}", {"company": "Theirs"}, {"company": "Mine"}),
        "member": (f"{API}/pools/{pool.uuid}/members/ana@acme.example", {"weight": 2}, {"weight": 3}),
        "webhook": (f"{API}/webhooks/{hook.uuid}", {"name": "Theirs"}, {"name": "Mine"}),
        "settings": (f"{API}/settings", {"taper_days": 3}, {"taper_days": 4}),
        "pool": (f"{API}/pools/{pool.uuid}", {"band": 2}, {"band": 3}),
    }


KINDS = ["lead", "member", "webhook", "settings", "pool"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_somebody_else_changed_is_not_written_over(api: Client, edited: Any, kind: str) -> None:
    address, theirs, mine = edited[kind]
    known = api.get(address)["ETag"]
    patch(api, address, **theirs)
    [name] = mine

    assert change(api, address, known, **mine).status_code == 412
    assert api.get(address).json()[name] == theirs[name]
    assert change(api, address, api.get(address)["ETag"], **mine).status_code == 200


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "settings"])
def test_what_somebody_else_changed_is_not_taken_out(api: Client, edited: Any, kind: str) -> None:
    address, theirs, _ = edited[kind]
    known = api.get(address)["ETag"]
    patch(api, address, **theirs)

    assert api.delete(address, headers={"If-Match": known}).status_code == 412
    assert api.get(address).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_known_already_is_not_sent_again(api: Client, edited: Any, kind: str) -> None:
    address, theirs, _ = edited[kind]
    known = api.get(address)["ETag"]
    again = api.get(address, headers={"If-None-Match": f"W/{known}"})
    patch(api, address, **theirs)

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", known)
    assert api.get(address, headers={"If-None-Match": known}).status_code == 200


@pytest.mark.parametrize("kind", ["lead", "member", "webhook"])
def test_the_answer_to_any_change_shows_the_next_etag(api: Client, edited: Any, kind: str) -> None:
    address, theirs, mine = edited[kind]

    changed = change(api, address, api.get(address)["ETag"], **theirs)

    assert changed["ETag"] == api.get(address)["ETag"]
    assert change(api, address, changed["ETag"], **mine).status_code == 200
