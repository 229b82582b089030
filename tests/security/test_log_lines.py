"""Logs: whatever strangers send, one event is one line of JSON, and nothing in it moves a terminal's cursor."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client

from leadrouting.logs import logging_settings
from tests.security.hostile import TEXTS
from tests.security.payloads import PAYLOADS

PARTS = [text for text in (*PAYLOADS, *TEXTS) if len(text) < 1000]
BREAKERS = ("\n", "\r\n", "\x0b", "\x1c", "\x85", "\u2028", "\u2029", "\x1b[2J", "\x9b31m", "\x7f", "\ud800", "\u202e")
TYPED = [f"{part}{breaker}forged" for part in PARTS for breaker in BREAKERS][:500]

MOVES = ("Cc", "Cs", "Zl", "Zp")
TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.fixture
def log() -> Iterator[io.TextIOWrapper]:
    """What the product would write, to a file that takes UTF-8 only."""
    made = logging.config.DictConfigurator(logging_settings("INFO"))  # type: ignore[arg-type]
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(made.configure_formatter(made.config["formatters"]["json"]))
    ours = logging.getLogger("django")
    ours.addHandler(handler)
    yield stream
    ours.removeHandler(handler)


def events(log: io.TextIOWrapper) -> list[dict[str, object]]:
    log.flush()
    text = log.buffer.getvalue().decode()  # type: ignore[attr-defined]  # the buffer of bytes it was made of
    lines = text.splitlines()  # at everything that anybody takes for the end of a line
    assert not [line for line in lines if any(unicodedata.category(sign) in MOVES for sign in line)]
    assert not TURNS & set(text)
    found = [json.loads(line) for line in lines]
    assert all(event.keys() >= {"event", "level", "logger", "timestamp"} for event in found)
    return found


def test_what_was_typed_is_one_line(log: io.TextIOWrapper) -> None:
    logger = logging.Logger("routing.test")  # pytest hears of no other, and cannot report a lone surrogate
    logger.handlers = logging.getLogger("django").handlers
    for typed in TYPED:
        logger.warning("lead_refused %s", typed, extra={"said": typed, "list": [typed], typed[:20]: typed})

    assert len(TYPED) == 500
    assert len(events(log)) == 500


@pytest.mark.django_db
@pytest.mark.one_database("a line is the same whatever answers")
def test_what_is_asked_for_is_one_line(client: Client, log: io.TextIOWrapper) -> None:
    for typed in TYPED[::5]:
        path = quote(typed.encode("utf-8", "surrogatepass"), safe="")
        client.get(f"/{path}", headers={"User-Agent": "Mozilla"})
        client.post(f"/api/v1/{path}", headers={"Authorization": "Bearer x"})

    assert len(events(log)) == 2 * len(TYPED[::5])
