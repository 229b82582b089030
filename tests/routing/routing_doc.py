"""Reads docs/routing.md: each example's configuration, the leads of its tables, and what should become of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from routing.rulebook.config.source import load

PAGE = (Path(__file__).parents[2] / "docs" / "routing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```yaml\n(.*?)```|((?:^\|[^\n]*\n)+)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of column name → text, as they stand on the page."""

    rows: list[dict[str, str]]

    @property
    def first(self) -> str:
        """The name of the first column, which says what the table shows."""
        return next(iter(self.rows[0]))


@dataclass(frozen=True, slots=True)
class Example:
    """A section with a configuration: what follows it is tried out on it, in order."""

    title: str
    parts: list[dict[str, Any] | Table] = field(default_factory=list)

    def __str__(self) -> str:
        return self.title


def company() -> dict[str, Any]:
    """What all examples have in common: the first block of the page."""
    found = BLOCK.search(PAGE)
    assert found is not None
    return _loaded(found[1])


@cache
def examples() -> list[Example]:
    """Every section but the first with a block of YAML."""
    first, *sections = re.split(r"^#{2,3} ", PAGE.partition("## The company of the examples")[2], flags=re.MULTILINE)
    assert "```yaml" in first
    read = [Example(text.partition("\n")[0], list(_parts(text))) for text in sections]
    return [example for example in read if any(isinstance(part, dict) for part in example.parts)]


def _parts(text: str) -> Iterator[dict[str, Any] | Table]:
    for block in BLOCK.finditer(text):
        yield _loaded(block[1]) if block[1] else Table(list(_rows(block[2])))


def _loaded(text: str) -> dict[str, Any]:
    value = load(text)
    assert isinstance(value, dict)
    return value


def _rows(text: str) -> Iterator[dict[str, str]]:
    lines = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in text.splitlines()]
    names, _, *rows = lines
    for row in rows:
        yield dict(zip(names, row, strict=True))
