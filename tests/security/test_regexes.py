"""No regular expression of ours can be made to take long: what is sent grows, and the work grows no faster."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

import leadrouting
import reps
import routing
from routing.admin import line_fields
from routing.intake import places
from routing.intake.facts import LONGEST_RAW
from routing.services.imports import numbers
from tests.work import million_steps, seconds_of, work_of

PACKAGES = (leadrouting, reps, routing)
NOT_HERE = (".migrations", ".wsgi", ".__main__", ".identity")
"""Modules without expressions, or whose apps are switched on by settings: those are read, not imported."""
PIECES = (
    "a", "A", "0", "1", " ", "\t", "\n", "\r\n", ".", ",", "-", "_", "@", "+", "/", ":", ";", "'", '"', "(", "[", "{",
    "<",
    "=", "&", "é", "\0", "\u2028", "a.", "a-", "1,", "1.", "a@", "a@a.", "+1", "wait=", "wait=1,", "a a", "1 - ",
    "1-1 ",
    "BEGIN:VTIMEZONE\n", "href=\"", "\n\n\n", "A1", "a:1 ", "[1]", ".a[0]", "a unless a ", "/a/" + "b" * 25, "x'",
    "http://", "UNIQUE constraint failed: ",
)  # fmt: skip
ENDS = ("", "!", " x")
SIZES = (*range(16, 35, 3), 2048, 8192)
SUSPECT = 0.05
"""Million steps of a loop, for a text that a linear search is through with in a tenth of that; only then a longer one
is tried."""
MOST = 1.5
"""Million steps of a loop; a linear search takes a hundredth of it, a quadratic one three and more."""
BEFORE_IT = {
    numbers.CURRENCY.pattern: numbers.LONGEST_NUMBER,
    places.BRACKETS.pattern: LONGEST_RAW,
    line_fields.GRADE.pattern: 1000,  # typed by those who set the system up
}
"""Expression → how long a text gets to it at most: longer ones are refused or cut before."""


@dataclass(frozen=True)
class Used:
    """An expression, and the ways in which it is asked."""

    pattern: re.Pattern[str]
    ways: tuple[str, ...]

    def ask(self, text: str) -> None:
        for way in self.ways:
            getattr(self.pattern, way)(*([""] if way in ("sub", "subn") else []), text)


WAYS = r"(match|fullmatch|search|sub|subn|split|findall|finditer)"


def expressions() -> dict[str, Used]:
    """Every expression that has a name, and each that stands where it is used."""
    sources = [path.read_text() for package in PACKAGES for path in _files(package)]
    with_expressions = [source for source in sources if re.search(r"^import re$|^from re import", source, re.M)]
    ways = _ways_by_name(sources)
    found: dict[str, Used] = {}
    for module in _modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                found.setdefault(f"{value.pattern!r}", Used(value, tuple(sorted(ways[name])) or ("search",)))
    for node in chain.from_iterable(ast.walk(ast.parse(source)) for source in with_expressions):
        if isinstance(node, ast.Call) and (way := _way(node)):
            pattern = node.args[0].value  # type: ignore[attr-defined]  # _way has looked
            found.setdefault(f"{pattern!r}", Used(re.compile(pattern), (way,)))
    return found


def _files(package: Any) -> list[Path]:
    return sorted(Path(settings.BASE_DIR, package.__name__).rglob("*.py"))


def _ways_by_name(sources: list[str]) -> dict[str, set[str]]:
    """Name → how it is asked, wherever; what is asked bit by bit is asked nothing here."""
    ways: dict[str, set[str]] = defaultdict(set)
    for name, way in chain.from_iterable(re.findall(rf"\b([A-Za-z_]+)\.{WAYS}\b", source) for source in sources):
        if way != "finditer":
            ways[name].add(way)
    return ways


def _modules() -> Iterator[Any]:
    for package in PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not any(part in found.name for part in NOT_HERE):
                yield importlib.import_module(found.name)


def _way(node: ast.Call) -> str:
    """How a call of the module re asks an expression that stands in it; "" if it is none."""
    call = node.func
    of_re = isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and call.value.id == "re"
    written = bool(node.args) and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    return call.attr if of_re and written and re.fullmatch(WAYS, call.attr) else ""  # type: ignore[attr-defined]


EXPRESSIONS = expressions()


def slowest(used: Used, longest: int = SIZES[-1]) -> tuple[float, int, str]:
    """The most work that any text was, from small to large, so that what explodes is seen before it does."""
    step = million_steps()
    worst = (0.0, 0, "")
    for piece in PIECES:
        for end in ENDS:
            for length in (*(size for size in SIZES if size < longest), longest):
                text = (piece * (length // len(piece) + 1))[:length] + end
                work = seconds_of(partial(used.ask, text)) / step
                if MOST < work < 10 * MOST:  # another process may have had its turn
                    work = min(work, work_of(partial(used.ask, text)))
                worst = max(worst, (work, length, piece + "…" + end))
                if work > MOST:
                    return worst
                if length >= SIZES[-2] and work < SUSPECT:
                    break
    return worst


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_no_expression_takes_long(name: str) -> None:
    longest = BEFORE_IT.get(EXPRESSIONS[name].pattern.pattern, SIZES[-1])
    work, length, text = slowest(EXPRESSIONS[name], longest)

    assert work < MOST, f"as long as {work:.1f} million steps for {length} characters such as {text!r}"


def test_there_are_expressions_to_look_at() -> None:
    assert len(EXPRESSIONS) > 100


@pytest.mark.parametrize("bomb", [r"(a+)+$", r"(a|aa)+$", r"\s+$"])
def test_an_expression_that_explodes_would_be_seen(bomb: str) -> None:
    assert slowest(Used(re.compile(bomb), ("search",)))[0] >= MOST
