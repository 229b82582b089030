"""Logs: one JSON line an event, and no word that a lead said."""

from __future__ import annotations

import json
import logging
import logging.config
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest

from leadrouting.logs import held_back, logging_settings
from leadrouting.management.commands import up

logger = logging.getLogger("routing.test")
CANARY = "mia.chen@canary.example"


@pytest.fixture
def formatter() -> logging.Formatter:
    made = logging.config.DictConfigurator(logging_settings("INFO"))  # type: ignore[arg-type]
    result = made.configure_formatter(made.config["formatters"]["json"])
    assert isinstance(result, logging.Formatter)
    return result


def line(formatter: logging.Formatter, error: Exception | None = None, **extra: Any) -> dict[str, Any]:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.getLogger("routing.test").makeRecord(
        "routing.test", logging.WARNING, __file__, 1, "lead %s", (7,), exc_info, extra=extra
    )
    text = formatter.format(record)
    assert "\n" not in text
    shown: dict[str, Any] = json.loads(text)
    return shown


def test_an_event_is_one_line_with_its_facts(formatter: logging.Formatter) -> None:
    shown = line(formatter, leads=3)

    assert (shown["event"], shown["leads"]) == ("lead 7", 3)
    assert (shown["level"], shown["logger"]) == ("warning", "routing.test")
    assert shown["timestamp"].endswith("Z")


@pytest.mark.parametrize("address", ["/a/{}", "/a/{}?do=accept", "/inbox/password/Mg/{}/"])
def test_the_token_of_a_link_is_not_told(formatter: logging.Formatter, address: str) -> None:
    token = "eyJsIjoxLCJyIjoxfQ:1vxSAC:jK-W59GvEegNZYcKiJFk8Y7cEpLJ6KbxtWPPsEllsI4"
    record = logging.getLogger("django.request").makeRecord(
        "django.request", logging.WARNING, __file__, 1, "%s: %s", ("Forbidden", address.format(token)), None
    )

    shown = json.loads(formatter.format(record))

    assert "1vxSAC" not in json.dumps(shown)
    assert shown["event"].startswith("Forbidden: " + address.partition("{")[0])


def test_an_exception_is_shown_without_what_it_says(formatter: logging.Formatter) -> None:
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as cause:
            raise RuntimeError(CANARY) from cause
    except RuntimeError as error:
        shown = line(formatter, error)

    assert CANARY not in json.dumps(shown)
    assert shown["exception"] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert "test_an_exception_is_shown_without_what_it_says" in shown["where"][-1]


def test_what_an_import_error_says_is_shown(formatter: logging.Formatter) -> None:
    assert line(formatter, ImportError("no module"))["said"] == "no module"


def test_requests_are_not_shown(formatter: logging.Formatter) -> None:
    assert "request" not in line(formatter, request=f"<WSGIRequest: GET '/?q={CANARY}'>")


def test_a_line_tells_when_it_happened_not_when_it_was_written(formatter: logging.Formatter) -> None:
    record = logging.makeLogRecord({"msg": "first", "created": datetime(2026, 10, 12, 9, 30, tzinfo=UTC).timestamp()})

    assert json.loads(formatter.format(record))["timestamp"] == "2026-10-12T09:30:00Z"


# --- held back ---------------------------------------------------------------------------------------------------


def test_what_is_held_back_is_written_when_it_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    with held_back() as write:
        logger.warning("first")
        assert caplog.messages == []
        write()
        logger.warning("second")
        assert caplog.messages == ["first", "second"]

    assert caplog.messages == ["first", "second"]


def test_what_nobody_asked_for_is_written_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    with held_back():
        logger.warning("first")
    logger.warning("second")

    assert caplog.messages == ["first", "second"]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_what_is_held_back_is_written_if_something_fails(
    caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    with pytest.raises(error), held_back():
        logger.warning("first")
        raise error

    assert caplog.messages == ["first"]


@pytest.fixture
def outer() -> Iterator[Callable[[int, object], None]]:
    """A handler for SIGTERM that is there already, so that no signal here ends the tests."""

    def handler(number: int, frame: object) -> None:
        raise AssertionError("SIGTERM came to the outer handler.")

    before = signal.signal(signal.SIGTERM, handler)
    yield handler
    signal.signal(signal.SIGTERM, before)


def test_what_is_held_back_is_written_if_it_is_told_to_stop(
    caplog: pytest.LogCaptureFixture, outer: Callable[[int, object], None]
) -> None:
    with pytest.raises(SystemExit) as ending, held_back():
        logger.warning("first")
        signal.raise_signal(signal.SIGTERM)

    assert (caplog.messages, ending.value.code) == (["first"], 143)
    assert signal.getsignal(signal.SIGTERM) is outer


def test_who_sees_to_sigterm_meanwhile_goes_on_doing_so(outer: Callable[[int, object], None]) -> None:
    with held_back():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_a_forked_process_holds_nothing_back(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    with held_back():
        logger.warning("of the parent")
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: 1)
            logger.warning("of the child")
        assert caplog.messages == ["of the child"]


# --- by `up` -----------------------------------------------------------------------------------------------------


class Terminal(logging.Handler):
    """What an `up` writes, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())

    def write(self, text: str) -> None:
        self.said.append(text.strip())

    def flush(self) -> None:
        pass


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """Of an `up` that starts nothing and opens nothing, but logs at every step."""
    step = logger.warning
    for name in ("check_database", "open_redis", "open_web", "open_mailbox", "migrate"):
        monkeypatch.setattr(up.startup, name, list)
    monkeypatch.setattr(up.startup, "lock_data_folder", lambda folder: nullcontext())
    monkeypatch.setattr(up, "make_first_things", lambda *, demo: step("first things"))
    monkeypatch.setattr(up, "example_key", str)
    monkeypatch.setattr(up, "greeting", lambda *_: "Hello")
    monkeypatch.setattr(up, "load_addresses", lambda: step("pages"))
    monkeypatch.setattr(up, "connections", Mock(close_all=lambda: step("connections")))
    found = Terminal()
    run = lambda *, started: (step("forks"), started(), found.write("stays"))  # noqa: E731
    monkeypatch.setattr(up, "Supervisor", lambda programs: Mock(run=run))
    logging.getLogger().addHandler(found)
    yield found
    logging.getLogger().removeHandler(found)


def test_the_greeting_comes_before_whatever_was_logged(terminal: Terminal) -> None:
    up.Command(stdout=terminal).handle(demo=False)  # type: ignore[arg-type]

    assert terminal.said == ["Hello", "first things", "pages", "connections", "forks", "stays"]


@pytest.mark.parametrize("step", ["load_addresses", "Supervisor"])
def test_an_up_that_fails_before_it_greets_writes_what_was_logged(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(up, step, Mock(side_effect=ZeroDivisionError))

    with pytest.raises(ZeroDivisionError):
        up.Command(stdout=terminal).handle(demo=False)  # type: ignore[arg-type]

    assert terminal.said[0] == "first things"
