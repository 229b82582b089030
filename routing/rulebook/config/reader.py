"""Reads one mapping of the file, key by key: each value is checked, each error gets its path."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Model

from reps.time_zones import time_zones
from routing.models.bounds import TOO_FAR, is_far_away
from routing.rulebook.config.errors import Errors, shown
from routing.rulebook.keys import Keys, default, joined
from routing.rulebook.requirements import Finding
from routing.rulebook.values import Check, Named

Moment = TypeVar("Moment", bound=date)


class Reader:
    """A mapping at `path`. Ask for every key it may have, then call close(): what was not asked for is unknown."""

    def __init__(self, value: Any, path: str, errors: Errors) -> None:
        self.path, self.errors = path, errors
        self._asked: set[str] = set()
        self._values: Mapping[Any, Any] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            errors.add(path, f"{shown(value)} is not a mapping of keys and values.")

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def error(self, key: str, message: str) -> None:
        self.errors.add(self.at(key), message)

    def raw(self, key: str) -> Any:
        self._asked.add(key)
        return self._values.get(key)

    def gives(self, key: str) -> bool:
        """Whether the key is there, be it with null."""
        return key in self._values

    def has(self, key: str) -> bool:
        """Whether the key is there with a value other than null."""
        return self._values.get(key) is not None

    def close(self) -> None:
        """Complain of every key that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                hint = self.errors.suggestion(str(key), self._asked)
                self.errors.add(self.at(str(key)), f"this key is unknown.{hint}")

    # --- single values -------------------------------------------------------------------------------------------

    def text(self, key: str, default: str = "", *, limit: int = 200, required: bool = False) -> str:
        value = self.raw(key)
        if value is None or value == "":
            if required:
                self.error(key, "this is missing.")
            return default
        return self._text(self.at(key), value, limit)

    def flag(self, key: str, default: bool) -> bool:
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.error(key, f"{shown(value)} is neither true nor false.")
        return default

    def number(self, key: str, default: float, *, low: float = 0, high: float = 1e9, above: bool = False) -> float:
        """A number from `low` (greater than it, if `above`) to `high`."""
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
            self.error(key, f"{shown(value)} is not a number.")
            return default
        if value < low or value > high or (above and value == low):
            least = f"{'more than' if above else 'at least'} {low:,.10g}"
            self.error(key, f"{value} must be {least} and at most {high:,.10g}.")
            return default
        return value

    def whole(self, key: str, default: int | None, *, low: int = 0, high: int = 2_147_483_647) -> int | None:
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.error(key, f"{shown(value)} is not a whole number from {low} to {high}.")
            return default
        return value

    def choice(self, key: str, default: str, choices: Collection[str]) -> str:
        value = self.raw(key)
        if value is None or (isinstance(value, str) and value in choices):
            return default if value is None else str(value)
        self.error(key, f"{shown(value)} is unknown. Use {', '.join(choices)}.")
        return default

    def value(self, key: str, default: Any, check: Callable[[Any], Iterable[Finding]]) -> Any:
        """The value as it is if `check` finds nothing wrong in it; the default if there is none."""
        value = self.raw(key)
        if value is None:
            return default
        found = list(check(value))
        for path, message in found:
            self.errors.add(joined(self.at(key), path), message)
        return default if found else value

    def columns(self, keys: Keys, model: type[Model], named: Named) -> dict[str, Any]:
        """Column → value of plain keys, each checked; what is left out has the default of its column."""
        children: dict[str, Reader] = {}
        columns: dict[str, Any] = {}
        for key in keys:
            above, _, last = key.path.rpartition(".")
            if above and above not in children:
                children[above] = self.child(above)
            row = children[above] if above else self
            columns[key.field] = row.value(last, default(model, key), _with(key.check, named))
        for child in children.values():
            child.close()
        return columns

    def timezone(self, key: str, default: str = "") -> str:
        value = self.text(key, default)
        if value and value not in time_zones():
            hint = self.errors.suggestion(value, time_zones()) or " Use one such as Europe/Berlin."
            self.error(key, f"{shown(value)} is not a time zone.{hint}")
        return value

    def day(self, key: str) -> date | None:
        value = self.raw(key)
        found = read_day(value)
        if value is not None and found is None:
            self.error(key, f"{shown(value)} is not a date. Write 2026-12-20.")
        return found

    def instant(self, key: str) -> datetime | None:
        value = self.raw(key)
        return None if value is None else self._instant(key, value)

    def _instant(self, key: str, value: Any) -> datetime | None:
        found = read_instant(value)
        if found is None:
            self.error(key, f"{shown(value)} is not an instant. Write 2026-12-01T09:00:00+01:00.")
        elif found.tzinfo is None:
            self.error(key, f"{shown(value)} has no time zone. Write 2026-12-01T09:00:00+01:00, or Z for UTC.")
            return None
        return self._near(key, found) if found else None

    def day_or_instant(self, key: str) -> date | datetime | None:
        value = self.raw(key)
        if value is None:
            self.error(key, "this is missing.")
            return None
        found = read_day(value)
        return self._near(key, found) if found else self._instant(key, value)

    def _near(self, key: str, found: Moment) -> Moment | None:
        if not is_far_away(found):
            return found
        self.error(key, f"{shown(str(found))}: {TOO_FAR}")
        return None

    def reference(self, key: str, known: Collection[str], kind: str, *, email: bool = False) -> str | None:
        """A name that must exist."""
        value = self.raw(key)
        return None if value is None else self.named(self.at(key), value, known, kind, email=email)

    def named(self, path: str, value: Any, known: Collection[str], kind: str, *, email: bool = False) -> str | None:
        if not isinstance(value, str):
            self.errors.add(path, f"{shown(value)} is not the {'e-mail address' if email else 'name'} of a {kind}.")
            return None
        name = value.strip().lower() if email else value.strip()
        if name not in known:
            self.errors.add(path, f"there is no {kind} {shown(name)}.{self.errors.suggestion(name, known)}")
            return None
        return name

    # --- several values ------------------------------------------------------------------------------------------

    def texts(self, key: str, *, limit: int = 200) -> list[str]:
        return [self._text(path, value, limit) for value, path in self.items(key)]

    def items(self, key: str) -> Iterator[tuple[Any, str]]:
        """The values of a list, each with its path."""
        value = self.raw(key)
        if value is None:
            return
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.error(key, f"{shown(value)} is not a list.")
            return
        for index, item in enumerate(value):
            yield item, f"{self.at(key)}[{index}]"

    def children(self, key: str) -> Iterator[Reader]:
        """The mappings of a list."""
        for value, path in self.items(key):
            yield Reader(value, path, self.errors)

    def child(self, key: str) -> Reader:
        """The mapping at `key`; an empty one if there is none."""
        value = self.raw(key)
        return Reader({} if value is None else value, self.at(key), self.errors)

    def pairs(self, key: str) -> Iterator[tuple[str, Any]]:
        """The keys and values of the mapping at `key`."""
        child = self.child(key)
        for name in child._values:
            if isinstance(name, str):
                yield name, child.raw(name)
            else:
                child.error(str(name), f"{shown(name)} is not a text. Write it in quotes.")

    def checked(self, key: str, check: Callable[[Any], Sequence[str]]) -> Any:
        """The value as it is, if `check` finds nothing wrong with it."""
        value = self.raw(key)
        for message in check(value) if value is not None else ():
            self.error(key, message)
        return value

    def _text(self, path: str, value: Any, limit: int) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # postal codes without quotes
        if not isinstance(value, str) or not value.strip():
            self.errors.add(path, f"{shown(value)} is not a text.")
            return ""
        text = value.strip()
        if len(text) > limit:
            self.errors.add(path, f"this is longer than {limit} characters.")
        return text


def _with(check: Check, named: Named) -> Callable[[Any], Iterable[Finding]]:
    """A check that knows the names that exist."""
    return lambda value: check(value, named)


def read_day(value: Any) -> date | None:
    """2026-12-20, and nothing else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def read_instant(value: Any) -> datetime | None:
    """An instant in ISO 8601, perhaps without a zone."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and len(value) > 10 else None
    except ValueError:
        return None
