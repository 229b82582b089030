"""What goes over the line compressed, and what must not."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from routing.services.api_keys import create_api_key
from tests.factories import make_pool, make_rep

GZIP = {"accept-encoding": "gzip, deflate, br"}


def whole(answer: Any) -> bytes:
    parts: Iterable[bytes] = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(parts)


@pytest.mark.django_db
def test_a_page_comes_compressed() -> None:
    client = Client(headers=GZIP)
    client.force_login(User.objects.create_superuser("ops"))

    answer = client.get("/admin/")

    assert answer["Content-Encoding"] == "gzip"
    assert b"<html" in gzip.decompress(whole(answer))


@pytest.mark.django_db
def test_who_does_not_ask_for_it_gets_it_plain() -> None:
    assert "Content-Encoding" not in Client().get("/admin/login/")


def test_a_file_comes_compressed_and_is_not_sent_again_while_it_is_the_same() -> None:
    client = Client(headers=GZIP)
    first = client.get("/static/leadrouting/admin.css")
    text = gzip.decompress(whole(first))

    again = client.get("/static/leadrouting/admin.css", headers={"if-none-match": first["ETag"]})

    assert first["Content-Encoding"] == "gzip"
    assert len(text) > 10_000
    assert again.status_code == 304


def test_a_part_of_a_file_stays_as_it_is() -> None:
    answer = Client(headers=GZIP).get("/static/leadrouting/admin.css", headers={"range": "bytes=0-999"})

    assert answer.status_code == 206
    assert "Content-Encoding" not in answer
    assert len(whole(answer)) == 1000


def test_a_picture_stays_as_it_is() -> None:
    answer = Client(headers=GZIP).get("/static/inbox/icon-192.png")

    assert "Content-Encoding" not in answer


@pytest.mark.django_db
def test_an_answer_of_the_api_keeps_the_tag_that_a_change_must_name() -> None:
    pool = make_pool(make_rep("Ana"), name="SMB")
    secret = create_api_key(name="ops", scopes=["config:read", "config:write"]).secret
    client = Client(headers=GZIP | {"authorization": f"Bearer {secret}"})
    address = f"/api/v1/pools/{pool.uuid}"

    tag = client.get(address)["ETag"]
    changed = client.patch(address, {"name": "Mid"}, content_type="application/json", headers={"if-match": tag})

    assert not tag.startswith("W/")
    assert changed.status_code == 200
