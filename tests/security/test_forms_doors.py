"""What a form and a program's address take for granted, and what not."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from routing.models import Lead, Submission
from tests.security import public_doors
from tests.security.public_doors import FORM_PATH

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what is refused never gets to a database")]
BODY = b"email=mia%40globex.com&message=Please+call+me+back+today"


@pytest.fixture(autouse=True)
def address(db: None) -> str:
    return public_doors.open_doors()


def post(body: bytes, **environ: Any) -> Any:
    return Client().generic(
        "POST",
        FORM_PATH,
        body,
        content_type="application/x-www-form-urlencoded",
        **{"wsgi.input": BytesIO(body)} | environ,
    )


def test_a_form_that_broke_off_is_no_submission() -> None:
    answer = post(BODY[:40], CONTENT_LENGTH=str(len(BODY)))

    assert answer.status_code == 400
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "origin", ["http://[x", "null", "://", "http://", "\xff", "http://a b", "testserver", "x" * 9000]
)
def test_an_origin_that_is_none_is_somebody_elses(origin: str) -> None:
    answer = post(BODY, HTTP_ORIGIN=origin)

    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer
    assert not Lead.objects.exists()
