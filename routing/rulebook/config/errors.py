"""What is wrong with a configuration file: every error with its path in the file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

MANY = 50
"""With more errors than this nobody reads suggestions, and finding them takes long."""


@dataclass(frozen=True, slots=True)
class ConfigError:
    """`path` leads to it: rules[2].to.pool. Empty: the file as a whole."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidConfig(Exception):
    """The file cannot be imported; nothing was written."""

    def __init__(self, errors: Sequence[ConfigError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = list(errors)


class Errors:
    """The errors found so far."""

    def __init__(self) -> None:
        self.found: list[ConfigError] = []

    def add(self, path: str, message: str) -> None:
        self.found.append(ConfigError(path, message))

    def suggestion(self, wrong: str, right: Collection[str]) -> str:
        """Did you mean …? for a name that is not there."""
        if len(self.found) >= MANY:
            return ""
        by_fold = {name.casefold(): name for name in right}
        close = get_close_matches(wrong.casefold(), by_fold, n=1, cutoff=0.6)
        return f' Did you mean "{by_fold[close[0]]}"?' if close else ""


def shown(value: object) -> str:
    """A value as an error message quotes it, cut short."""
    text = str(value)
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'
