"""Agents as processes of their own beside the running product: one that answers, and three that do not."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.processes.company import ask, import_company
from tests.processes.running import ROOT, Running, running, wait_for
from tests.smtp import free_port

PAGE = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
[AGENT_OF_THE_DOCS] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
AGENTS = ("good", "hang", "lie", "die")
NEVER_ACKNOWLEDGE = ("hang", "die")
pytestmark = [pytest.mark.processes, pytest.mark.further]


def company(ports: dict[str, int]) -> dict[str, Any]:
    """Each agent has a pool with Bob, in which its turn comes first; a lead's source says which pool."""
    agents = [
        {
            "name": name, "email": f"{name}@acme.example", "kind": "agent",
            "ack_seconds": 2 if name in NEVER_ACKNOWLEDGE else 30,
            "webhook": f"http://127.0.0.1:{ports[name]}/leads",
        }
        for name in AGENTS
    ]  # fmt: skip
    bob = {"name": "Bob Ray", "email": "bob@acme.example", "working_hours": "always"}
    members = [{"rep": "bob@acme.example"}]
    return {
        "version": 1,
        "settings": {"sla": "slow"},
        "sla_policies": [
            {"name": "slow", "first_response_minutes": 60, "steps": []},
            {"name": "quick", "first_response_minutes": 0.05, "steps": [{"after_minutes": 0.05, "do": "reassign"}]},
        ],
        "reps": [*agents, bob],
        "pools": [
            {"name": name, "members": [{"rep": f"{name}@acme.example", "weight": 50}, *members]} for name in AGENTS
        ]
        + [{"name": "Bob", "members": members}],
        "rules": [
            {
                "name": name,
                "when": [[{"field": "source", "op": "is", "value": name}]],
                "to": {"pool": name},
                "same_company": False,
                "sla": "quick" if name == "lie" else "slow",
            }
            for name in AGENTS
        ]
        + [{"name": "Catch-all", "when": [], "to": {"pool": "Bob"}}],
    }


def call(system: Running, token: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"http://127.0.0.1:{system.port}/api/v1/{path}", content, headers), timeout=10) as answer:
        return json.load(answer)


def send(system: Running, token: str, source: str, **facts: str) -> str:
    sent = {"email": f"mia@{source}{len(facts)}.example", "source": source, **facts}
    return str(call(system, token, "leads", sent)["id"])


def lead(system: Running, token: str, pk: str) -> Any:
    return call(system, token, f"leads/{pk}")


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


@contextmanager
def agents(system: Running, ports: dict[str, int], token: str, own: str) -> Iterator[None]:
    """The one of the docs, with its secret and its own key, and those that cannot be relied on."""
    [rep] = call(system, token, "reps?email=good@acme.example")["results"]
    secret = call(system, token, f"reps/{rep['id']}/agent-secret", {})["secret"]
    program = system.data / "agent.py"
    program.write_text(AGENT_OF_THE_DOCS, encoding="utf-8")
    good = {**os.environ, "SECRET": secret, "KEY": own, "PORT": str(ports["good"])}
    started = [subprocess.Popen([sys.executable, str(program)], env=good, stderr=subprocess.DEVNULL)]
    for name in AGENTS[1:]:
        arguments = [sys.executable, str(ROOT / "tests" / "processes" / "agent.py"), str(ports[name]), name]
        started.append(subprocess.Popen(arguments, stderr=subprocess.DEVNULL))
    try:
        wait_for(lambda: all(map(listens, ports.values())))
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_agents_are_reps_that_answer_or_lose_the_lead(data: Path) -> None:
    ports = {name: free_port() for name in AGENTS}
    ours = ["--scopes", "leads:write,leads:read,config:read,config:write"]
    of_the_good_one = ["--scopes", "leads:read,leads:write", "--rep", "good@acme.example"]
    token, own = import_company(data, company(ports), ours, of_the_good_one)

    with running(data, "--no-demo", OUTGOING_ALLOWED="127.0.0.1") as system, agents(system, ports, token, own):
        answered = send(system, token, "good")
        send(system, token, "good", message="I want a human")
        for name in AGENTS[1:]:
            send(system, token, name)
        send(system, token, "nobody")

        wait_for(lambda: (lead(system, token, answered)["assignment"] or {}).get("responded_at"), 60)
        wait_for(lambda: ends(data).keys() == set(AGENTS), 60)
        wait_for(lambda: len(mails_of_bob(data)) >= 5, 60)

    assert ends(data) == {"good": "released", "hang": "unacknowledged", "die": "unacknowledged", "lie": "too_slow"}
    assert second_owners(data) == {"Bob Ray"}
    assert any("Wants to talk to a human" in text for text in mails_of_bob(data))
    assert acknowledged(data) == {"good", "lie"}


def ends(data: Path) -> dict[str, str]:
    """Agent → how its ownership ended."""
    return dict(
        ask(
            data,
            "SELECT r.name, a.end_reason FROM routing_assignment a JOIN reps_rep r ON r.id = a.rep_id "
            "WHERE r.kind = 'agent' AND a.ended_at IS NOT NULL AND a.attempt = 1",
        )
    )


def second_owners(data: Path) -> set[str]:
    """Who got what an agent lost or handed over."""
    rows = ask(data, "SELECT r.name FROM routing_assignment a JOIN reps_rep r ON r.id = a.rep_id WHERE a.attempt = 2")
    return {name for (name,) in rows}


def acknowledged(data: Path) -> set[str]:
    rows = ask(
        data,
        "SELECT DISTINCT r.name FROM routing_assignment a JOIN reps_rep r ON r.id = a.rep_id "
        "WHERE a.acknowledged_at IS NOT NULL",
    )
    return {name for (name,) in rows}


def mails_of_bob(data: Path) -> list[str]:
    rows = ask(data, "SELECT text FROM routing_mailboxmessage WHERE recipient LIKE '%bob@acme.example%'")
    return [text for (text,) in rows]
