"""Who holds a lease: this process under a name by which others on the same machine can tell whether it still lives."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def this_process() -> str:
    """MACHINE:PID:START. Empty where a machine does not tell (there is no /proc): then only time ends a lease."""
    pid = os.getpid()
    started = _started(pid)
    machine = _machine()
    return f"{machine}:{pid}:{started}" if machine and started else ""


def has_died(name: str) -> bool:
    """Whether it is known that this process is gone; of one on another machine nothing is known here."""
    machine, _, process = name.partition(":")
    pid, _, started = process.partition(":")
    if not started or not pid.isdecimal() or machine != _machine():
        return False
    return _started(int(pid)) != started


def _machine() -> str:
    """This start of this machine, as this container sees its processes."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}.{(PROC / 'self/ns/pid').readlink().name}".translate({ord(sign): None for sign in ":[]-"})
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When the process of this number started; empty if there is none, or only what is left of one that has ended."""
    try:
        facts = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    state, started = facts[0], facts[19]
    return "" if state in "ZX" else started
