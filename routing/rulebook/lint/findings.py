"""What the linter says: how bad it is, where it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Only errors block publishing. A warning is probably not meant; a note is good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` names the kind of finding; `section`, `name` and `path` lead to the row and to the place inside it."""

    severity: Severity
    code: str
    section: str
    name: str
    path: str
    message: str


def warning(code: str, section: str, name: str, message: str, path: str = "") -> Finding:
    return Finding(Severity.WARNING, code, section, name, path, message)


def note(code: str, section: str, name: str, message: str, path: str = "") -> Finding:
    return Finding(Severity.NOTE, code, section, name, path, message)


def listed(names: list[str], most: int = 5) -> str:
    """A, B and C; A, B, C, D, E and 12 more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
