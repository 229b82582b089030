"""A small company for the running product, set up by its own commands; and what its database says afterwards."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import yaml

from tests.processes.running import ROOT, SETTINGS_OF_TESTS

REPS = 7
WEST = "US-CA"
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
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=kept | {"LEADROUTING_DATA": str(data)} | environment, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def set_up(data: Path, **environment: str) -> str:
    """Import the company; a key that may send in leads."""
    file = data / "company.yaml"
    file.write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    manage(data, "import_config", str(file), **environment)
    return manage(data, "create_api_key", "tests", "--scopes", "leads:write", **environment).split()[-1]


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


def mailed(data: Path) -> dict[str, str]:
    """Message-ID → who got it."""
    return dict(ask(data, "SELECT message_id, recipient FROM routing_mailboxmessage"))
