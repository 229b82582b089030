"""The company that the harness' leads reach: one way in for each thing that is tried, chosen by the lead's campaign."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.harness.outside import COMPANY
from tests.processes.running import ROOT, SETTINGS_OF_TESTS

REPS, QUICK_REPS, LATE_REPS = 7, 6, 10
TOKENS = [f"T{n}CHAOSAA/B{n}CHAOSAA/{n}{'c' * 23}" for n in range(4)]
"""One for each rep who is told by Slack first, and by mail if that fails."""
BOSS, SOLO, BOUNCES = "boss@acme.example", "solo@acme.example", "bounces@acme.example"
QUICK_SECONDS = 4.0
COMPANY_HOOK, ASSIGNED = "CRM", "lead.assigned"
"""The company's webhook, and what it wants to hear of."""
WAIT = {"wait_minutes": 2 * 24 * 60}
"""Longer than until anybody's next day: else nobody waits at all."""
FORM, MANY = "contact", 1_000_000
"""The hosted form, and more than anybody sends: all come from one address here."""
SCOPES = "leads:write,leads:read,config:read,config:write"


def _rep(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name.title(), "email": f"{name}@acme.example", "team": "All", "working_hours": "always"} | more


def _pool(name: str, *members: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "members": [{"rep": f"{member}@acme.example"} for member in members]} | more


def _rule(campaign: str, pool: str, **more: Any) -> dict[str, Any]:
    when = [[{"field": "campaign", "op": "is", "value": campaign}]] if campaign else []
    return {"name": pool, "when": when, "to": {"pool": pool}, "sla": "calm"} | more


def _policy(name: str, seconds: float, *steps: str, attempts: int = 10) -> dict[str, Any]:
    minutes = seconds / 60
    return {
        "name": name, "first_response_minutes": minutes, "clock": "always", "max_attempts": attempts,
        "steps": [{"after_minutes": minutes, "do": step} for step in steps],
    }  # fmt: skip


def configuration(outside: str) -> dict[str, Any]:
    """As `import_config` reads it. `outside`: where the machines of others are."""
    crew = [f"rep{n}" for n in range(REPS)]
    quick = [f"quick{n}" for n in range(QUICK_REPS)]
    late = [f"late{n}" for n in range(LATE_REPS)]
    capped = [f"capped{n}" for n in range(4)]
    back = datetime.now(UTC) + timedelta(hours=5)
    away = {"until": back.isoformat(timespec="seconds"), "reason": "away"}
    return {
        "version": 1,
        "settings": {"last_resort": [BOSS], "sla": "calm", "duplicate_minutes": 10},
        "teams": [{"name": "All", "manager": BOSS}],
        "reps": [
            *(_rep(name) for name in ("boss", "solo", "bounces", "second", "tired0", "tired1", "tired2")),
            *(_rep(name) for name in (*crew, *quick)),
            *(_rep(name, caps={"day": 10}) for name in capped),
            *(_rep(f"chat{n}", channels=_by_slack(token)) for n, token in enumerate(TOKENS)),
            *(_rep(name, paused=away) for name in late),
        ],
        "sla_policies": [
            _policy("calm", 36_000),
            _policy("quick", QUICK_SECONDS, "reassign"),
            _policy("tired", QUICK_SECONDS, "reassign", attempts=3),
        ],
        "pools": [
            _pool("Crew", *crew), _pool("Quick", *quick), _pool("Solo", "solo"), _pool("Late", *late),
            _pool("Bounces", "bounces", "second"), _pool("Capped", *capped),
            _pool("Tired", "tired0", "tired1", "tired2"), _pool("Chat", *(f"chat{n}" for n in range(len(TOKENS)))),
        ],
        "rules": [
            _rule("quick", "Quick", sla="quick"), _rule("tired", "Tired", sla="tired"), _rule("solo", "Solo"),
            _rule("late", "Late", when_nobody=WAIT), _rule("bounces", "Bounces"), _rule("chat", "Chat"),
            _rule("capped", "Capped", when_nobody=WAIT),
            _rule("", "Crew", name="Catch-all"),
        ],
        "forms": [
            {
                "name": "Contact", "slug": FORM, "address_limit": MANY, "form_limit": MANY,
                "fields": [{"field": "first_name"}, {"field": "email", "required": True}],
            }
        ],
        "webhooks": [{"name": COMPANY_HOOK, "url": f"{outside}{COMPANY}", "events": [ASSIGNED]}],
    }  # fmt: skip


def _by_slack(token: str) -> list[dict[str, Any]]:
    return [{"kind": "slack", "address": f"slack://{token}"}, {"kind": "email"}]


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command of the product; what it printed."""
    return _run(environment, "manage.py", *arguments)


def manage_all(environment: Mapping[str, str], *commands: Sequence[str]) -> list[str]:
    """Run commands one after the other in one process; what each printed."""
    return list(json.loads(_run(environment, "-m", "tests.processes.commands", json.dumps(commands))))


def _run(environment: Mapping[str, str], *arguments: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env={**kept, **environment}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
