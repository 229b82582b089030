"""The receivers of docs/webhooks.md run as they stand, and take only what is signed."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest

from routing.models import WebhookEvent
from routing.notifications.http import Answer, Caller, read_allowed
from routing.notifications.signing import new_secret, signed_headers
from routing.services.webhooks.publish import body_of
from tests.smtp import free_port

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
PROGRAMS = {
    language: re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
    for language in ("python", "js")
}
COMMANDS = {"python": sys.executable, "js": "node"}
BODY = body_of("lead.held", {"email": "mia@globex.com"}, now=datetime.now(UTC))


@contextmanager
def running(language: str, secret: str) -> Iterator[tuple[int, IO[bytes]]]:
    """The receiver of the page: its port, and what it prints."""
    port = free_port()
    argument = "-c" if language == "python" else "-e"
    process = subprocess.Popen(
        [COMMANDS[language], argument, PROGRAMS[language]],
        env={**os.environ, "SECRET": secret, "PORT": str(port)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        for _ in range(400):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port, process.stdout
    finally:
        process.kill()
        process.wait()


def deliver(port: int, secret: str) -> Answer:
    headers = signed_headers([new_secret(), secret], "msg_1", BODY, now=datetime.now(UTC))
    caller = Caller(permitted=read_allowed(["127.0.0.1"]))
    return caller.call("POST", f"http://127.0.0.1:{port}/", headers=headers, content=BODY.encode())


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_receiver_takes_what_is_signed_with_its_secret_and_nothing_else(language: str) -> None:
    if shutil.which(COMMANDS[language]) is None:
        pytest.skip(f"there is no {COMMANDS[language]} here")
    secret = new_secret()
    with running(language, secret) as (port, printed):
        assert (deliver(port, new_secret()).status, deliver(port, secret).status) == (401, 204)
        assert printed.readline() == b"lead.held mia@globex.com\n"


@pytest.mark.parametrize("event", WebhookEvent.values)
def test_the_page_names_every_event(event: str) -> None:
    assert f"| `{event}` |" in PAGE
