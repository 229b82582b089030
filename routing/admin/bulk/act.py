"""An act on many rows as a value: whom it applies to, what it asks, and the service that does it to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest

from routing.admin.base import actor_of, received_at

MOST = 200
"""So many rows at once: each is a transaction of its own, and somebody waits for them."""
MOST_TOGETHER = 2_000
"""So many where one service takes them all."""


class Left(Exception):
    """A row that stays as it is; the text is a sentence that says why."""


class NothingForm(forms.Form):
    """Asks nothing but whether."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What was typed, by whom, when; and how the row looked when it was chosen."""

    data: Mapping[str, Any]
    request: HttpRequest
    state: str = ""

    @property
    def now(self) -> datetime:
        return received_at(self.request)

    @property
    def actor(self) -> str:
        return actor_of(self.request)


def nothing(row: Any) -> str:
    """No objection, no state."""
    return ""


@dataclass(frozen=True, slots=True)
class BulkAct:
    """`hint` says what will happen; `button` has {} for the rows with their number; `done` follows what was done.

    `why_not`: a sentence why a row stays as it is, or nothing. `spares`: the same, unless those were asked for too.
    `run` does it to one row, in a transaction of its own, and raises Left or what the service raises. Where a service
    takes all rows at once, `together` does, and says what came of it. `state`: what must not have changed since.
    """

    name: str
    title: str
    hint: str
    button: str
    done: str
    may: Callable[[HttpRequest], bool]
    run: Callable[[Any, Doing], object] = lambda row, doing: None
    together: Callable[[list[Any], Doing], str] | None = None
    why_not: Callable[[Any], str] = nothing
    spares: Callable[[Any], str] = nothing
    state: Callable[[Any], str] = nothing
    form: type[forms.Form] = NothingForm
    red: bool = False

    @property
    def most(self) -> int:
        """How many rows can be chosen at once."""
        return MOST if self.together is None else MOST_TOGETHER


def allowed_to(permission: str) -> Callable[[HttpRequest], bool]:
    """Whether the viewer has this permission."""
    return lambda request: request.user.has_perm(permission)
