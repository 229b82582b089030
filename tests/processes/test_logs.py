"""Logs: one JSON line an event, and no word that a lead said."""

from __future__ import annotations

import json
import logging
import logging.config
from typing import Any

import pytest

from leadrouting.logs import held_back, logging_settings

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


def test_what_is_held_back_is_written_when_it_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("routing.test")
    with held_back() as write:
        logger.warning("first")
        assert caplog.messages == []
    logger.warning("second")
    write()

    assert caplog.messages == ["second", "first"]


def test_what_is_held_back_is_written_at_once_if_something_fails(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ZeroDivisionError), held_back():
        logging.getLogger("routing.test").warning("first")
        raise ZeroDivisionError

    assert caplog.messages == ["first"]
