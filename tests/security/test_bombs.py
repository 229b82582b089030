"""Small requests that would make much work: refused after little of it, and without keeping anything."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.test import Client

from routing.models import Lead, Scope, Submission
from routing.services.api_keys import create_api_key
from tests.api.test_bad_input import BAD_BODIES
from tests.security import public_doors
from tests.security.doors import API
from tests.security.hostile import BOUNDARY
from tests.security.public_doors import FORM_PATH
from tests.security.test_fuzz import memory
from tests.work import work_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what is refused never gets to a database")]
MOST = 3.0
"""Million steps of a loop, whatever the machine."""
MOST_OF_A_MEGABYTE = 100.0
"""Where every byte of it has to be looked at: a hundred steps a byte. What explodes takes thousands."""
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def doors(db: None) -> dict[str, tuple[Client, str]]:
    """Whose browser, and where to."""
    secret = create_api_key(name="website", scopes=[Scope.LEADS_WRITE]).secret
    inbound = public_doors.open_doors()
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    return {"api": (api, f"{API}/leads"), "form": (Client(), FORM_PATH), "inbound": (Client(), inbound)}


def part(name: str, text: bytes, more: str = "") -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + text + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
BASE64 = "\r\nContent-Transfer-Encoding: base64"
BOMBS: dict[str, tuple[str, bytes]] = {
    "1,500 fields": (FORM, b"&".join(b"f%d=x" % number for number in range(1500))),
    "1,500 parts": (MULTIPART, b"".join(part(f"f{number}", b"x") for number in range(1500)) + END),
    "200 files": (MULTIPART, b"".join(part(f"f{n}", b"x", '; filename="a"') for n in range(200)) + END),
    "a file of 900 kB": (MULTIPART, part("message", b"x" * 900_000, '; filename="a.csv"') + END),
    "base64 that is none": (MULTIPART, part("email", b"=" * 5000, BASE64) + END),
    "900 kB of base64": (MULTIPART, part("message", b"QUFB" * 225_000, BASE64) + END),
    "a part head of 500 kB": (MULTIPART, part("email", b"x", '; x="' + "y" * 500_000 + '"') + END),
    "a boundary of nothing": ("multipart/form-data; boundary=", part("email", b"x")),
    "900 kB of &": (FORM, b"&" * 900_000),
    "900 kB of percents": (FORM, b"email=" + b"%" * 900_000),
    "a field of 900 kB": (FORM, b"message=" + b"x" * 900_000),
    "3 MB": (FORM, b"message=" + b"x" * 3_000_000),
    "gzip": ("application/json", gzip.compress(b'{"email": "mia@globex.com", "message": "' + b"x" * 5_000_000 + b'"}')),
}


@pytest.mark.parametrize("door", ["api", "form", "inbound"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_does_not_go_off(doors: dict[str, tuple[Client, str]], door: str, bomb: str) -> None:
    (client, path), (content_type, body) = doors[door], BOMBS[bomb]
    headers = {"Content-Encoding": "gzip"} if bomb == "gzip" else {}
    answers: list[Any] = []
    before = memory()

    worked = work_of(lambda: answers.append(client.post(path, body, content_type=content_type, headers=headers)))

    assert {answer.status_code for answer in answers} <= {400, 413, 415, 422}
    assert not Lead.objects.exists()
    assert Submission.objects.count() <= 1  # what a form could read is kept for somebody to look at
    assert memory() - before < 50 * 1024 * 1024
    assert worked < MOST_OF_A_MEGABYTE


@pytest.mark.parametrize("door", ["api", "inbound"])
@pytest.mark.parametrize("name", [name for name, (body, _) in BAD_BODIES.items() if len(body) > 1000])
def test_json_that_is_deep_long_or_huge_is_refused_after_little_work(
    doors: dict[str, tuple[Client, str]], door: str, name: str
) -> None:
    client, path = doors[door]
    body, _ = BAD_BODIES[name]
    answers: list[Any] = []

    worked = work_of(lambda: answers.append(client.post(path, body, content_type="application/json")))

    assert {answer.status_code for answer in answers} <= {400, 413, 422}
    assert not Lead.objects.exists()
    assert worked < (MOST_OF_A_MEGABYTE if name == "20,000 unknown names" else MOST)
