"""Captchas, asked of a real server that speaks as the services do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from routing.models import Form, Lead, Submission
from tests.forms.conftest import ANSWERS, Visitor
from tests.receiver import Receiver, Reply, receiver

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what the service says concerns no database")]
TOKENS = {"turnstile": "cf-turnstile-response", "hcaptcha": "h-captcha-response"}


@pytest.fixture
def service(settings: Any) -> Iterator[Receiver]:
    """Passes the token “good”, as the documents of both services say that they answer."""

    def answer(call: Any) -> Reply:
        given = parse_qs(call.body.decode())
        good = given.get("response") == ["good"] and given.get("secret") == ["s3cret"]
        said = {"success": good, "error-codes": [] if good else ["invalid-input-response"]}
        return Reply(body=json.dumps(said).encode(), headers={"Content-Type": "application/json"})

    with receiver(answer) as found:
        settings.TURNSTILE_VERIFY_URL = settings.HCAPTCHA_VERIFY_URL = f"{found.url}/siteverify"
        settings.OUTGOING_ALLOWED = [found.host]
        yield found


@pytest.fixture(params=sorted(TOKENS))
def guarded(request: Any, make_form: Callable[..., Form]) -> str:
    """The name of the answer that its captcha gives."""
    make_form(captcha=request.param, captcha_site_key="site", captcha_secret="s3cret")
    return TOKENS[request.param]


def send(token: str, value: str) -> Any:
    visitor = Visitor()
    visitor.open()
    return visitor.send(ANSWERS | ({token: value} if value else {}))


def test_who_is_no_robot_gets_through(guarded: str, service: Receiver) -> None:
    assert send(guarded, "good").status_code == 303
    assert (Lead.objects.get().screen_reason, len(service.calls)) == ("", 1)


@pytest.mark.parametrize("value", ["", "bad", "x" * 9_000])
def test_robots_are_asked_again_and_kept_for_review(guarded: str, service: Receiver, value: str) -> None:
    response = send(guarded, value)

    assert response.status_code == 422
    assert "Please confirm once more that you are no robot." in response.content.decode()
    assert (Lead.objects.count(), Submission.objects.get().status) == (0, Submission.Status.INVALID)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(200, body=b"<html>"),
        Reply(200, body=b"[]"),
        Reply(200, body=b'{"success": false, "error-codes": ["invalid-input-secret"]}'),
        Reply(302, {"Location": "http://evil.example/"}),
    ],
)
def test_a_service_that_cannot_say_loses_no_lead(guarded: str, service: Receiver, reply: Reply) -> None:
    service.answer = lambda call: reply

    assert send(guarded, "good").status_code == 303
    assert Lead.objects.get().screen_reason.startswith("The captcha could not be checked.")


def test_a_service_that_is_down_loses_no_lead(guarded: str, settings: Any) -> None:
    settings.TURNSTILE_VERIFY_URL = settings.HCAPTCHA_VERIFY_URL = "http://127.0.0.1:9/"

    assert send(guarded, "good").status_code == 303
    assert Lead.objects.get().screen_reason.startswith("The captcha could not be checked.")


def test_its_token_is_not_kept(guarded: str, service: Receiver) -> None:
    send(guarded, "good")

    assert "good" not in Submission.objects.get().raw
