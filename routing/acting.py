"""Who does what is being done: set by each way in, asked only by what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


def _nobody() -> None:
    return None


@dataclass(slots=True)
class Acting:
    """A name (an API key, a command), or a user, who is loaded only if there is something to note."""

    actor: str = ""
    user: Callable[[], Any] = _nobody
    noted: int = 0


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(who: Acting) -> Iterator[Acting]:
    """Whatever is noted inside, and names nobody, was done by them."""
    token = _acting.set(who)
    try:
        yield who
    finally:
        _acting.reset(token)


def who_acts() -> Acting:
    """Whoever does it now; nobody known: the system."""
    return _acting.get() or Acting()
