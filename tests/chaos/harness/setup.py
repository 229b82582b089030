"""What the harness tells its nursery: which processes, and what they are to suffer from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

WORKERS = "workers"
"""Stands for one worker of each queue."""


@dataclass(frozen=True)
class Setup:
    """`roles`: how many of each. `crash`: points, at one of which each child dies, at one of the first `nth` passages.

    `stop_at`: the point where the first child that passes stops for ever (`once` notes who). `poison`: leads of this
    domain end who decides about them. `skew_minutes`: how wrong a role's clock is. `preload`: leads that wait already.
    `chat`: what is taken for Slack.
    """

    port: int
    roles: dict[str, int]
    crash: list[str] = field(default_factory=list)
    nth: int = 3
    stop_at: str = ""
    once: str = ""
    poison: str = ""
    skew_minutes: dict[str, float] = field(default_factory=dict)
    preload: int = 0
    chat: str = ""

    def written(self) -> str:
        return json.dumps(asdict(self))


def read(text: str) -> Setup:
    return Setup(**json.loads(text))
