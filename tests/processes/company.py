"""A small company for the running product, set up by its own commands; and what its database says afterwards."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import yaml

from tests.processes.running import ROOT, SETTINGS_OF_TESTS

REPS = 7
WEST = "US-CA"
LEAD = re.compile(r"mia\d+@company\d+\.example")
CONFIG: dict[str, Any] = {
    "version": 1,
    "reps": [
        {"name": f"Rep {n}", "email": f"rep{n}@acme.example", "working_hours": "always"} for n in range(REPS)
    ]
    + [{"name": "Wes Tern", "email": "west@acme.example", "working_hours": "always"}],
    "pools": [{"name": "All", "members": [{"rep": f"rep{n}@acme.example"} for n in range(REPS)]}],
    "rules": [
        {
            "name": "West",
            "when": [[{"field": "region", "op": "is", "value": WEST}]],
            "to": {"rep": "west@acme.example"},
        },
        {"name": "Catch-all", "when": [], "to": {"pool": "All"}},
    ],
}  # fmt: skip


def manage(data: Path, *arguments: str, **environment: str) -> str:
    """Run a command on this data folder; what it printed."""
    return _run(data, ["manage.py", *arguments], environment)


def manage_all(data: Path, *commands: Sequence[str], **environment: str) -> list[str]:
    """Run commands on this data folder, one after the other in one process; what each printed."""
    return list(json.loads(_run(data, ["-m", "tests.processes.commands", json.dumps(commands)], environment)))


def _run(data: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env={**kept, "LEADROUTING_DATA": str(data), **environment},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def set_up(data: Path, *, scopes: str = "leads:write", **environment: str) -> str:
    """Import the company; a key with these scopes."""
    [key] = import_company(data, CONFIG, ["--scopes", scopes], **environment)
    return key


def import_company(data: Path, config: Mapping[str, Any], *keys: Sequence[str], **environment: str) -> list[str]:
    """Import a company, and make keys with these options; the keys."""
    file = data / "company.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    wanted = [["create_api_key", f"key {number}", *options] for number, options in enumerate(keys)]
    _, *said = manage_all(data, ["import_config", str(file)], *wanted, **environment)
    return [words.split()[-1] for words in said]


def lead(number: int, **facts: Any) -> dict[str, Any]:
    return {"email": f"mia{number}@company{number}.example", "first_name": "Mia", "form": "demo"} | facts


def post(port: int, token: str, facts: dict[str, Any]) -> int:
    """Send in a lead; the status, or 0 if nobody answered. Safe to repeat: the address is the key."""
    client = HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": facts["email"],
    }
    try:
        client.request("POST", "/api/v1/leads", json.dumps(facts), headers)
        return client.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        client.close()


def ask(data: Path, sql: str) -> Sequence[Any]:
    """Rows of the product's own database, read from outside; none while it is busy."""
    with sqlite3.connect(f"file:{data / 'leadrouting.sqlite3'}?mode=ro", uri=True, timeout=20) as connection:
        return connection.execute(sql).fetchall()


def owners(data: Path) -> dict[str, str]:
    """Lead's address → owner's address."""
    rows = ask(data, "SELECT l.email, r.email FROM routing_lead l JOIN reps_rep r ON r.id = l.owner_id")
    return dict(rows)


def mailed(data: Path) -> dict[str, tuple[str, str]]:
    """Message-ID → the lead's address and who got it. Whatever comes twice has one Message-ID.

    A mail that names no lead says that something is wrong with the system: workers are killed here.
    """
    rows = ask(data, "SELECT message_id, text, recipient FROM routing_mailboxmessage")
    return {key: (lead.group(), recipient) for key, text, recipient in rows if (lead := LEAD.search(text))}
