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

    assert change(api, address, mine, band=2).status_code == 409
    assert PoolMember.objects.get(pool=pool).weight == 3


def test_a_change_of_the_last_resort_is_a_change_of_the_settings(api: Client, pool: Pool) -> None:
    mine = api.get(f"{API}/settings")["ETag"]
    patch(api, f"{API}/settings", last_resort=["ana@acme.example"])

    assert change(api, f"{API}/settings", mine, taper_days=3).status_code == 409


@pytest.mark.parametrize(("match", "status"), [("*", 200), ('"other"', 409), ("other", 409), ('""', 400), ("", 400)])
def test_if_match_is_what_was_shown_or_anything(api: Client, pool: Pool, match: str, status: int) -> None:
    assert change(api, f"{API}/pools/{pool.uuid}", match, band=2).status_code == status


def test_one_of_several_etags_that_is_the_rows_own_is_enough(api: Client, pool: Pool) -> None:
    address = f"{API}/pools/{pool.uuid}"

    assert change(api, address, f'"other", {api.get(address)["ETag"]}', band=2).status_code == 200
    assert change(api, address, '"other", "another"', band=3).status_code == 409


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
