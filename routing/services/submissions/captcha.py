"""Whether the service of a captcha says that a person sent it. Where it does not answer, people look at it instead."""

from __future__ import annotations

from enum import StrEnum
from json import loads
from urllib.parse import urlencode

from django.conf import settings

from routing.models import Form
from routing.notifications.http import Caller, Refused, Unreachable

SECONDS = 5.0
MOST_TOKEN = 8_192
OUR_FAULT = frozenset(
    {"missing-input-secret", "invalid-input-secret", "bad-request", "internal-error", "sitekey-secret-mismatch"}
)
"""What the services say when not the visitor is at fault, but they or the settings of the form are."""


class Said(StrEnum):
    PERSON = "person"
    ROBOT = "robot"
    NOTHING = "nothing"


def ask_captcha(form: Form, token: str) -> tuple[Said, str]:
    """What the service says, and for people why it says nothing."""
    if not token or len(token) > MOST_TOKEN:
        return Said.ROBOT, ""
    address = {
        Form.Captcha.TURNSTILE: settings.TURNSTILE_VERIFY_URL,
        Form.Captcha.HCAPTCHA: settings.HCAPTCHA_VERIFY_URL,
    }[Form.Captcha(form.captcha)]
    body = {"secret": form.captcha_secret, "response": token}
    if form.captcha == Form.Captcha.HCAPTCHA:
        body["sitekey"] = form.captcha_site_key
    try:
        answer = Caller(seconds=SECONDS).call(
            "POST",
            address,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode(body).encode(),
        )
        said = loads(answer.body) if answer.ok else None
    except (Refused, Unreachable) as error:
        return Said.NOTHING, str(error)
    except ValueError:
        said = None
    return _read(said)


def _read(said: object) -> tuple[Said, str]:
    if not isinstance(said, dict) or not isinstance(said.get("success"), bool):
        return Said.NOTHING, "Its answer is none that it documents."
    if said["success"]:
        return Said.PERSON, ""
    codes = {code for code in said.get("error-codes") or () if isinstance(code, str)}
    if faults := sorted(codes & OUR_FAULT):
        return Said.NOTHING, f"It says: {', '.join(faults)}."
    return Said.ROBOT, ""
