"""Logs: one JSON line an event. Ids only: an exception's text may quote a lead, so it stays out unless it cannot."""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError
from structlog.typing import EventDict, WrappedLogger

HARMLESS = (ImportError, AttributeError, NameError, ImproperlyConfigured, OperationalError, InterfaceError, RedisError)
"""What these say is about the program or a connection, never about a lead."""
TOKEN = re.compile(r"((?:^|[\s/])(?:a|in)/|/password/[^/\s]+/)(?!set-password)[^/\s?]{20,}")
"""What the address of a link in a mail ends with, and of a program's own door: whoever has it can use it."""
TURNS_THE_LINE = re.compile(r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Inside a JSON text: line ends and commands of terminals that JSON leaves as they are, and what no UTF-8 can say."""
FRAMES = 12
"""How many of an exception's innermost frames a line shows."""


def exception_without_values(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its kind and where it happened: messages of databases quote rows."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = _kinds(error)
        if isinstance(error, HARMLESS):
            event["said"] = str(error)
        event["where"] = _frames(error.__traceback__)
    return event


def _kinds(error: BaseException) -> list[str]:
    kinds: list[str] = []
    following: BaseException | None = error
    while following is not None and len(kinds) < FRAMES:
        kinds.append(f"{type(following).__module__}.{type(following).__qualname__}")
        following = following.__cause__ or following.__context__
    return kinds


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-FRAMES:]]


def logging_settings(level: str) -> dict[str, Any]:
    """What Django's LOGGING wants."""
    about = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        add_time,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.CallsiteParameterAdder({structlog.processors.CallsiteParameter.PROCESS}),
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "foreign_pre_chain": about,
                "processors": [
                    without_requests,
                    without_tokens,
                    exception_without_values,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    as_one_line,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "rq.worker": {"level": "WARNING"},  # would tell of every job
            "mail.log": {"level": "ERROR"},  # would tell of every recipient
        },
    }


def add_time(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """When it happened, which may be long before it is written."""
    happened = datetime.fromtimestamp(event["_record"].created, UTC)
    event["timestamp"] = happened.isoformat().replace("+00:00", "Z")
    return event


def as_one_line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """JSON that stays one line whatever shows it, and that every file can take."""
    text = str(structlog.processors.JSONRenderer(default=str, ensure_ascii=False)(logger, name, event))
    return TURNS_THE_LINE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def without_requests(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Django hands requests and sockets along with its events; a line has no use for them."""
    event.pop("request", None)
    event.pop("server_time", None)
    return event


def without_tokens(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Django names the address that it refused."""
    event["event"] = TOKEN.sub(r"\1…", str(event.get("event", "")))
    return event


class _Holding(logging.Handler):
    """Keeps the lines of this process until they are to be written; those of forked ones are written as ever."""

    def __init__(self, handlers: list[logging.Handler]) -> None:
        super().__init__()
        self.handlers, self.process = handlers, os.getpid()
        self.lines: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if os.getpid() == self.process:
            self.lines.append(record)
        else:
            self._write(record)

    def write(self) -> None:
        """All that is kept; whatever follows is written at once."""
        logging.getLogger().handlers[:] = self.handlers
        while self.lines:
            self._write(self.lines.pop(0))

    def _write(self, record: logging.LogRecord) -> None:
        for handler in self.handlers:
            handler.handle(record)


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """What is logged meanwhile is written when what is yielded is called, or at the end, however that comes about."""
    root = logging.getLogger()
    holding = _Holding(root.handlers[:])
    root.handlers[:] = [holding]
    with _ended_in_order():
        try:
            yield holding.write
        finally:
            holding.write()


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM raises, as Ctrl-C does, until somebody else sees to it."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is leave:
            signal.signal(signal.SIGTERM, before)
