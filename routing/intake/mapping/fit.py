"""What was found, as a field of the lead takes it, with the leaves it is made of; and values as messages quote them."""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routing.intake.clean import BLANKS, LONGEST_ENTRY, MOST_ENTRIES, UNSTORABLE
from routing.intake.mapping.numbers import Unfit, read_number, read_yes_no
from routing.intake.mapping.values import Leaf, bare, leaves_of, nothing

FLAGS = ("consent", "test")
AMOUNTS = ("annual_revenue", "expected_amount")
NUMBERS = ("employees", *AMOUNTS)
UNNAMED = "unnamed"
MOST_ITEMS = 1_000
LONGEST_SHOWN = 80
MOST_NAMES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Fitted:
    """`leaves` are in it; `note` says what of them is not."""

    value: Any
    leaves: tuple[Leaf, ...] = ()
    note: str = ""


def fit(field: str, tree: Any) -> Fitted | None:
    """None if nothing is there. Raises Unfit."""
    if nothing(tree):
        return None
    if field.startswith("attributes."):
        return attribute(tree)
    if isinstance(tree, Mapping):
        raise Unfit(f"an object is there, choose one of its fields: {_names(tree)}")
    if field.startswith("utm."):
        return tag(tree)
    return _single(field, tree[:MOST_ITEMS] if isinstance(tree, list) else [tree])


def _single(field: str, items: list[Any]) -> Fitted | None:
    """Of several answers one text, joined with commas."""
    given = [item for item in items if not nothing(item)]
    plain = [item for item in given if isinstance(bare(item), str | int | float)]
    if given and not plain:
        raise Unfit("a list of objects or lists is there, lead the path to one value, such as [0].name")
    if field in FLAGS and len(plain) < len(given):
        raise Unfit("not everything in the list there is yes or no")
    values = [bare(item) for item in plain]
    value = values[0] if len(values) == 1 else ", ".join(map(text_of, values))
    return Fitted(_as_field(field, value), tuple(leaves_of(plain))) if values else None


def _as_field(field: str, value: Any) -> Any:
    if field in FLAGS:
        return read_yes_no(value)
    if field in AMOUNTS:
        return read_number(value)
    return value if field in NUMBERS and not isinstance(value, bool) else text_of(value)


def attribute(tree: Any) -> Fitted | None:
    if isinstance(tree, Mapping):
        raise Unfit(f"an object is there, choose one of its fields, or map it to attributes.*: {_names(tree)}")
    if not isinstance(tree, list):
        return Fitted(_cut(bare(tree)), tuple(leaves_of(tree)), _too_long([bare(tree)]))
    given = [item for item in tree if not nothing(item)]
    items = [item for item in given[:MOST_ENTRIES] if isinstance(bare(item), str | int | float)]
    values = [bare(item) for item in items]
    return Fitted([_cut(value) for value in values], tuple(leaves_of(items)), _too_long(values)) if items else None


def tag(tree: Any) -> Fitted | None:
    """An entry of utm: a text."""
    found = attribute(tree)
    if found is None:
        return None
    values = found.value if isinstance(found.value, list) else [found.value]
    text = ", ".join(text_of(value) for value in values)
    return Fitted(_cut(text), found.leaves, found.note or _too_long([text]))


def _cut(value: Any) -> Any:
    return value[:LONGEST_ENTRY] if isinstance(value, str) else value


def _too_long(values: list[Any]) -> str:
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    if longest <= LONGEST_ENTRY:
        return ""
    return f"Too long: {longest:,} characters, the first {LONGEST_ENTRY:,} are kept."


def parts_of(tree: Any) -> Iterator[tuple[str, Any]]:
    """All that lies under it, by names joined with dots; of lists by numbers. A list of plain values is one value."""
    waiting: deque[tuple[str, Any]] = deque([("", tree)])
    while waiting:
        name, part = waiting.popleft()
        if isinstance(part, Mapping):
            waiting.extend((f"{name}.{key}", inner) for key, inner in part.items())
        elif isinstance(part, list) and any(isinstance(item, Mapping | list) for item in part):
            waiting.extend((f"{name}.{number}", inner) for number, inner in enumerate(part, start=1))
        elif not nothing(part):
            yield entry_name(name), part


def entry_name(name: str) -> str:
    """As it is stored, if it is short enough."""
    return BLANKS.sub(" ", unicodedata.normalize("NFC", UNSTORABLE.sub("", name)).strip(".")).strip() or UNNAMED


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _names(value: Mapping[Any, Any]) -> str:
    return listed([str(name)[:40] for name in list(value)[: MOST_NAMES_SHOWN + 1]])


def listed(names: list[str]) -> str:
    """The first of them."""
    return ", ".join(names[:MOST_NAMES_SHOWN]) + (", …" if len(names) > MOST_NAMES_SHOWN else "")


def shown(tree: Any) -> str:
    """A value as a message quotes it, cut short."""
    if isinstance(tree, Mapping):
        return f"{{{_names(tree)}}}"
    value = bare(tree)
    if not isinstance(value, list):
        return _quoted(text_of(value))
    items = [bare(item) for item in value[: MOST_NAMES_SHOWN + 1]]
    if not all(isinstance(item, str | int | float) for item in items):
        return f"a list of {len(value)}"
    return _quoted(listed([text_of(item)[:LONGEST_SHOWN] for item in items]))


def _quoted(text: str) -> str:
    line = " ".join(text[: LONGEST_SHOWN * 2].split())
    return f"“{line[:LONGEST_SHOWN]}…”" if len(line) > LONGEST_SHOWN else f"“{line}”"
