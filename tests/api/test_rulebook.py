"""Publish, versions, diff."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from routing.models import Pool, RulebookVersion
from tests.api.conftest import API, names_in
from tests.factories import make_catch_all, make_pool, make_rep, make_settings


@pytest.fixture
def draft(db: None) -> Pool:
    """The least that can be published."""
    make_settings()
    pool = make_pool(make_rep(), name="SMB")
    make_catch_all(pool)
    return pool


def publish(api: Client, body: Any = None) -> Any:
    return api.post(f"{API}/rulebook/publish", json.dumps(body or {}), content_type="application/json")


def test_the_draft_is_published(api: Client, draft: Pool) -> None:
    answer = publish(api, {"note": "First rules"})

    assert answer.status_code == 201
    assert answer.json() | {"number": 1, "note": "First rules", "published_by": None} == answer.json()
    assert RulebookVersion.objects.get().number == 1


def test_a_note_is_not_needed(api: Client, draft: Pool) -> None:
    assert api.generic("POST", f"{API}/rulebook/publish").json()["note"] is None


def test_publishing_nothing_new_is_a_conflict(api: Client, draft: Pool) -> None:
    publish(api)

    answer = publish(api)

    assert answer.status_code == 409
    assert answer.json()["errors"].keys() == {"rulebook"}


def test_a_draft_without_a_catch_all_cannot_be_published(api: Client) -> None:
    make_settings()

    answer = publish(api)

    assert answer.status_code == 409
    assert "atch-all" in answer.json()["detail"]


@pytest.mark.parametrize("body", [{"note": 5}, {"note": None}, {"note": "x" * 301}, {"note": ["a"]}, {"force": True}])
def test_a_wrong_field_is_named(api: Client, draft: Pool, body: dict[str, Any]) -> None:
    answer = publish(api, body)

    assert (answer.status_code, answer.json()["errors"].keys()) == (400, body.keys())


def test_versions_are_listed_newest_first_with_who_published(api: Client, draft: Pool, now: Any) -> None:
    someone = User.objects.create(username="boss")
    for number in (1, 2):
        RulebookVersion.objects.create(number=number, content={}, published_at=now, published_by=someone)

    results = api.get(f"{API}/rulebook/versions").json()["results"]

    assert names_in(results, "number") == [2, 1]
    assert results[0]["published_by"] == "boss"
    assert "content" not in results[0]


def test_the_diff_says_in_words_what_publishing_would_change(api: Client, draft: Pool) -> None:
    before = api.get(f"{API}/rulebook/diff").json()
    publish(api)
    after = api.get(f"{API}/rulebook/diff").json()

    assert before["published"] is None
    assert before["changes"]
    assert after == {"published": 1, "changes": []}
