"""The text of a configuration file → plain values: YAML or JSON, strict, and safe to read whatever it holds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable, Iterator
from itertools import islice
from typing import Any

import yaml

from routing.models.bounds import LARGEST_NUMBER
from routing.rulebook.config.errors import ConfigError, InvalidConfig, shown

MAX_BYTES = 10 * 1024 * 1024
MAX_NODES = 2_000_000
"""More than this with every alias written out: a file that was made to exhaust the memory."""

MAX_DEPTH = 100
MOST_UNSTORABLE = 20
UNSTORABLE = re.compile("[\0\ud800-\udfff]")

PLAIN = tuple(
    (f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))
    for tag, pattern, first in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
        ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)", "-+0123456789"),
        ("merge", r"<<", "<"),
    )
)
"""What a text without quotes can be besides a text, by tag, pattern and first characters."""


def load(text: str, *, is_json: bool = False) -> Any:
    """The values in `text`; raises InvalidConfig with the line of the first syntax error."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidConfig([ConfigError("", f"the file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it.")])
    try:
        data = _load_json(text) if is_json else _load_yaml(text)
    except RecursionError:
        raise _too_deep() from None
    if errors := list(islice(not_storable(data), MOST_UNSTORABLE)):
        raise InvalidConfig(errors)
    return data


def not_storable(data: Any) -> Iterator[ConfigError]:
    """Every value that no database takes, whatever section it stands in."""
    stack: list[tuple[Any, str, int]] = [(data, "", 0)]
    while stack:
        value, path, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise _too_deep()
        if isinstance(value, dict | list):
            stack += [(part, place, depth + 1) for part, place in _parts(value, path)]
        elif message := _why_not_storable(value):
            yield ConfigError(path, message)


def _parts(value: dict[Any, Any] | list[Any], path: str) -> Iterator[tuple[Any, str]]:
    """What is inside, keys too, each with its path."""
    if isinstance(value, list):
        yield from ((part, f"{path}[{index}]") for index, part in enumerate(value))
        return
    yield from ((part, f"{path}.{key}" if path else str(key)) for key, part in value.items())
    yield from ((key, path) for key in value if not isinstance(key, int))


def _why_not_storable(value: Any) -> str:
    if isinstance(value, str):
        bad = UNSTORABLE.search(value)
        return "this contains characters that cannot be stored (NUL or half a surrogate)." if bad else ""
    if not isinstance(value, int | None | float) or (isinstance(value, float) and not math.isfinite(value)):
        return f"{shown(value)} is neither a text, a number, true nor false."
    return "this number is too large." if isinstance(value, int) and abs(value) > LARGEST_NUMBER else ""


def _load_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _syntax_error(error.lineno, error.colno, error.msg) from error
    except ValueError as error:
        raise InvalidConfig([ConfigError("", str(error))]) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f'the key "{key}" is given twice in one object. Keep one of them.')
        values[key] = value
    return values


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number.")


def _load_yaml(text: str) -> Any:
    loader = _Loader(text)
    try:
        _check_depth(text)
        node = loader.get_single_node()
        if node is None:
            return None
        if _size(node, {}, set()) > MAX_NODES:
            raise InvalidConfig([ConfigError("", "its anchors and aliases blow the file up. Write them out.")])
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        problem = (error.problem or "it cannot be read").rstrip(".")
        raise _syntax_error(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, problem) from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise InvalidConfig([ConfigError("", f"this is not YAML: {error}")]) from error
    finally:
        loader.dispose()


def _check_depth(text: str) -> None:
    """Ahead of everything else: the composer in C overflows its stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _too_deep()


def _too_deep() -> InvalidConfig:
    return InvalidConfig([ConfigError("", "the file is nested too deeply.")])


def _syntax_error(line: int, column: int, problem: str) -> InvalidConfig:
    return InvalidConfig([ConfigError(f"line {line}, column {column}", f"{problem}.")])


def _size(node: yaml.Node, sizes: dict[int, int], above: set[int]) -> int:
    """How many nodes this is with every alias written out, counted without writing them out."""
    if id(node) in sizes:
        return sizes[id(node)]
    if id(node) in above:
        raise yaml.constructor.ConstructorError(None, None, "an alias contains itself", node.start_mark)
    above.add(id(node))
    total = 1 + sum(_size(child, sizes, above) for child in _children(node))
    above.discard(id(node))
    sizes[id(node)] = total
    return total


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the same in C, where it is built
    """YAML with the words of its version 1.2: NO is Norway, 09:00 and 2026-12-20 are texts, 01234 keeps its zero."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f'the key "{key.value}" is given twice. Keep one of them', key.start_mark
                    )
                seen.add(key.value)
        values: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return values


for _tag, _pattern, _first in PLAIN:
    _Loader.add_implicit_resolver(_tag, _pattern, _first)
