"""The examples of docs/api.md run as they stand, and the page leaves nothing out."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from routing.api.filters import LeadFilters
from routing.api.schema import MEANINGS
from routing.api.shapes import SHAPES
from routing.api.views.docs import document
from routing.models import Lead, Scope
from routing.services.api_keys import create_api_key
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_pending
from routing.services.work import run_next
from tests.api.conftest import API
from tests.factories import make_catch_all, make_pool, make_rep, make_settings

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
JOURNEYS = [
    heading for heading in re.findall(r"^## (.*)$", PAGE, re.MULTILINE) if heading not in ("Keys", "Errors", "Limits")
]


@pytest.fixture
def names(live_server: Any, transactional_db: None) -> Iterator[dict[str, str]]:
    """The variables of the examples, on a server with a company that can route, and a router."""
    now = datetime.now(UTC)
    make_settings()
    rep = make_rep("Ana")
    pool = make_pool(rep, make_rep("Bob"), name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    lead = receive_lead(facts={"email": "first@globex.com"}, now=now).lead
    owned = receive_lead(facts={"email": "owned@globex.com"}, now=now).lead
    route_pending(now=now)
    stop = threading.Event()
    router = threading.Thread(target=route_until, args=[stop])
    router.start()
    yield {
        "URL": live_server.url,
        "KEY": create_api_key(name="docs", scopes=Scope.values).secret,
        "LEAD": str(lead.uuid),
        "OWNED": str(owned.uuid),
        "EMAIL": rep.email,
        "REP": str(rep.uuid),
        "POOL": str(pool.uuid),
    }
    stop.set()
    router.join()


def route_until(stop: threading.Event) -> None:
    """What workers do."""
    while not stop.wait(0.05):
        route_pending(now=datetime.now(UTC))
        while run_next(clock=lambda: datetime.now(UTC)):
            pass
    connection.close()


def test_the_shell_examples_work(names: dict[str, str], tmp_path: Path) -> None:
    make_pool(name="West")  # so that there is something to publish
    helper, *examples = SHELL

    for example in examples:
        script = ["bash", "-eu", "-o", "pipefail", "-c", helper + example]
        done = subprocess.run(script, env=os.environ | names, capture_output=True, text=True, cwd=tmp_path, timeout=30)
        assert done.returncode == 0, f"{example}\n{done.stdout}\n{done.stderr}"

    assert Lead.objects.filter(email="kim.lee@hooli.com").count() == 1


def test_the_python_examples_work(names: dict[str, str]) -> None:
    make_pool(name="West")
    variables: dict[str, Any] = dict(names)

    for example in PYTHON:
        exec(compile(example, f"docs/api.md: {example[:60]}", "exec"), variables)

    assert (variables["answer"].status, variables["problem"]["status"]) == (201, 400)
    assert variables["owner"]["name"] in ("Ana", "Bob")
    assert variables["emails"][0] == "first@globex.com"


@pytest.mark.parametrize("heading", JOURNEYS)
def test_every_journey_has_curl_and_python(heading: str) -> None:
    [journey] = [text for text in PAGE.split("\n## ") if text.startswith(f"{heading}\n")]

    assert "```sh" in journey
    assert "```python" in journey


def test_every_operation_stands_in_the_page() -> None:
    missing = [
        f"{method.upper()} {path}"
        for path, operations in document()["paths"].items()
        for method in operations
        if f"`{path.removeprefix(API)}`" not in PAGE and f"`{method.upper()} {path.removeprefix(API)}`" not in PAGE
    ]

    assert not missing


@pytest.mark.parametrize(
    "word",
    [
        *Scope.values,
        *LeadFilters.base_filters,
        *Lead.Status.values,
        *SHAPES["reps"],
        *map(str, MEANINGS),
    ],
)
def test_every_scope_filter_status_field_and_error_is_explained(word: str) -> None:
    assert re.search(rf"(?<![\w-]){word}(?![\w-])", PAGE)
