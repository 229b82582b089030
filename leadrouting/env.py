"""Typed reading of environment variables. Every variable read is listed, with default and meaning, for the docs.

For each NAME, NAME_FILE may name a file that holds the value: for secrets.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class Variable(NamedTuple):
    """One environment variable as the docs list it."""

    name: str
    default: str
    meaning: str


VARIABLES: dict[str, Variable] = {}


def _read(name: str, default: T, meaning: str, parse: Callable[[str], T], shown: str | None = None) -> T:
    VARIABLES[name] = Variable(name, str(default) if shown is None else shown, meaning)
    raw = os.environ.get(name)
    if raw is None and (path := os.environ.get(f"{name}_FILE")):
        raw = _content(f"{name}_FILE", path)
    if raw is None:
        return default
    try:
        return parse(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}: cannot read {path}: {error}") from error


def text(name: str, default: str, meaning: str, shown: str | None = None) -> str:
    """A text."""
    return _read(name, default, meaning, str.strip, shown)


def flag(name: str, default: bool, meaning: str) -> bool:
    """A yes or no: 1 true yes on, or 0 false no off."""
    return _read(name, default, meaning, _to_bool, "yes" if default else "no")


def number(name: str, default: int, meaning: str) -> int:
    """A whole number."""
    return _read(name, default, meaning, _to_int)


def names(name: str, default: list[str], meaning: str) -> list[str]:
    """Texts separated by commas."""
    return _read(name, default, meaning, _to_list, ",".join(default))


def _to_bool(raw: str) -> bool:
    word = raw.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError(f"“{raw}” is neither yes nor no; use 1 or 0.")


def _to_int(raw: str) -> int:
    try:
        return int(raw)
    except ValueError as error:
        raise ValueError(f"“{raw}” is not a whole number.") from error


def _to_list(raw: str) -> list[str]:
    return [part.strip() for part in raw.split(",") if part.strip()]
