"""The first minutes of a newcomer: one command, one line to paste, and the rep has the mail."""

from __future__ import annotations

import json
import shlex
import sqlite3
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.processes.running import running, wait_for

pytestmark = pytest.mark.processes


def submit(curl: str) -> Any:
    """Send what the printed line sends."""
    words = shlex.split(curl)
    headers = dict(words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H")
    [address] = [word for word in words if word.startswith("http")]
    request = Request(address, words[words.index("-d") + 1].encode(), headers | {"Prefer": "wait=10"})
    with urlopen(request, timeout=20) as answer:
        return json.load(answer)


def mails_to(data: Path, address: str) -> list[str]:
    with sqlite3.connect(data / "leadrouting.sqlite3") as database:
        rows = database.execute("SELECT subject FROM routing_mailboxmessage WHERE recipient = ?", [address])
        return [subject for (subject,) in rows]


def test_the_printed_line_brings_a_lead_to_its_owner_and_a_mail_to_the_mailbox(data: Path) -> None:
    with running(data) as system:
        greeting = wait_for(lambda: "curl " in system.words() and system.words())
        [curl] = [line for line in greeting.splitlines() if line.strip().startswith("curl ")]

        lead = submit(curl)

        assert lead["status"] == "assigned"
        subjects = wait_for(lambda: mails_to(data, lead["owner"]["email"]))
        assert "Mia Chen" in subjects[-1]
        assert f"{system.port}/admin/:\n  admin " in greeting
        assert f", rep; their inbox: http://127.0.0.1:{system.port}/inbox/)" in greeting
