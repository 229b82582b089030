"""A form as a company has it, and a visitor who opens, fills in and sends it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from routing.forms import remembered
from routing.models import Form, FormField
from routing.services.submissions import suspicion
from tests.conftest import NOW

QUESTIONS = (
    {"name": "first_name"},
    {"name": "last_name"},
    {"name": "email", "required": True},
    {"name": "company"},
    {"name": "attributes.team size", "widget": "select", "choices": ["1-10", ["11+", "More than ten"]]},
    {"name": "message", "help_text": "What would you like to do?"},
)
ANSWERS = {"first_name": "Mia", "email": "mia@globex.com", "message": "Hello"}


@pytest.fixture
def make_form(db: None) -> Callable[..., Form]:
    def make(*questions: dict[str, Any], **values: Any) -> Form:
        form = Form.objects.create(**{"name": "Demo request", "slug": "demo", "kind": "demo"} | values)
        for position, question in enumerate(questions or QUESTIONS):
            FormField.objects.create(form=form, position=position, **question)
        return form

    return make


@pytest.fixture
def form(make_form: Callable[..., Form]) -> Form:
    return make_form()


@pytest.fixture(autouse=True)
def fresh(tmp_path: Any, settings: Any) -> Iterator[None]:
    """As in a process that has just started, at the fixed instant, with an empty spool."""
    remembered.forget()
    suspicion._here.__init__()  # type: ignore[misc]
    settings.SPOOL_DIR = tmp_path / "spool"
    with time_machine.travel(NOW, tick=False):
        yield


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, slug: str = "demo") -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.path = f"/f/{slug}/"
        self.page: dict[str, str] = {}

    def open(self, query: str = "", **headers: Any) -> HttpResponse:
        response: Any = self.client.get(self.path + query, headers=headers)
        self.page = fields(response.content.decode())
        return response

    def send(self, answers: dict[str, Any] | None = None, *, after: float = 10, **headers: Any) -> HttpResponse:
        """What stands on the page, with these answers in it, after so many seconds."""
        with time_machine.travel(NOW + timedelta(seconds=after), tick=False):
            body = self.page | (ANSWERS if answers is None else answers)
            response: Any = self.client.post(self.path, body, headers=headers)
            return response

    def send_json(self, answers: dict[str, Any], **headers: Any) -> Any:
        headers = {"Accept": "application/json"} | headers
        with time_machine.travel(NOW + timedelta(seconds=10), tick=False):
            return self.client.post(self.path, self.page | answers, headers=headers)


@pytest.fixture
def visitor(form: Form) -> Visitor:
    visitor = Visitor()
    visitor.open()
    return visitor


@pytest.fixture
def now() -> datetime:
    return NOW


def fields(html: str) -> dict[str, str]:
    """Name and value of every input, as they stand in the markup."""
    found = re.findall(r'<input[^>]*name="([^"]+)"[^>]*>', html)
    values = {}
    for tag, name in zip(re.findall(r"<input[^>]*>", html), found, strict=True):
        if 'type="checkbox"' not in tag or " checked" in tag:
            value = re.search(r'value="([^"]*)"', tag)
            values[name] = unescape(value[1]) if value else ""
    return values


def told(response: HttpResponse) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(response.content)
    return result
