"""A language model over HTTP: what it gets to see, what of its answers counts, and what no answer costs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from routing.engine.types import Topic
from routing.intent.language_model import LanguageModel, Unanswered
from routing.intent.redaction import redacted
from routing.notifications.http import Caller, read_allowed
from tests.receiver import Call, Receiver, Reply, receiver

TOPICS = (Topic("kubernetes", ("k8s",), "Containers on clusters."), Topic("payments", ("stripe",)))
TEXT = "We run k8s. Write to mia.chen@globex.com or call +49 (170) 555-12 34, order 42."


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def model_at(server: Receiver, seconds: float = 2.0) -> LanguageModel:
    return LanguageModel(
        f"{server.url.rstrip('/')}/v1", "small", "key", Caller(permitted=read_allowed([server.host]), seconds=seconds)
    )


def says(*topics: Any, tokens: Any = 50) -> Reply:
    content = json.dumps({"topics": list(topics)})
    answer = {"choices": [{"message": {"content": content}}], "usage": {"total_tokens": tokens}}
    return Reply(body=json.dumps(answer).encode())


def tag(topic: Any = "kubernetes", confidence: Any = 0.9, quote: Any = "We run k8s") -> dict[str, Any]:
    return {"topic": topic, "confidence": confidence, "quote": quote}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail mia.chen+x@globex.co.uk!", "mail ************************"),
        ("call 0170 5551234 now", "call ************ now"),
        ("(+1) 555-010-9999.", "(****************."),
        ("in 2026 for 1,200 people", "in 2026 for 1,200 people"),
        ("k8s v1.29.3", "k8s v1.29.3"),
    ],
)
def test_addresses_and_numbers_are_covered_and_nothing_moves(text: str, left: str) -> None:
    assert redacted(text) == left
    assert len(redacted(text)) == len(text)


def test_it_gets_the_closed_list_and_the_text_without_address_and_number(server: Receiver) -> None:
    server.answer = lambda call: says(tag())

    tags = model_at(server).extract(TEXT, TOPICS)

    [call] = server.calls
    sent = call.body.decode()
    assert (call.path, call.headers["authorization"]) == ("/v1/chat/completions", "Bearer key")
    assert "Containers on clusters." in sent
    assert "order 42" in sent
    assert "mia" not in sent.lower() and "globex" not in sent and "555" not in sent
    assert tags == [("kubernetes", 0.9, "We run k8s")]


@pytest.mark.parametrize(
    "row",
    [
        tag(topic="mia@globex.com gets it"), tag(topic=7), tag(confidence=1.5), tag(confidence="0.9"),
        tag(confidence=True), tag(confidence=float("nan")), tag(confidence=0.1), tag(quote="We love Kubernetes"),
        tag(quote=""), tag(quote=None), tag(quote="Write to ********"), "kubernetes", None, [],
    ],
)  # fmt: skip
def test_of_an_answer_only_counts_what_keeps_to_the_rules(server: Receiver, row: Any) -> None:
    server.answer = lambda call: says(row)

    assert model_at(server).extract(TEXT, TOPICS) == []


BAD = {
    "not json": Reply(body=b"<html>"),
    "no choices": Reply(body=b"{}"),
    "a list": Reply(body=b"[]"),
    "huge": Reply(body=b"[" * 1_000_000),
    "redirect": Reply(302, {"Location": "http://127.0.0.1:1/"}),
    "broken": Reply(500),
    "topics are no list": Reply(body=json.dumps({"choices": [{"message": {"content": '{"topics": 1}'}}]}).encode()),
}


@pytest.mark.parametrize("reply", BAD.values(), ids=BAD.keys())
def test_a_useless_answer_is_asked_for_once_more_and_then_no_more(server: Receiver, reply: Reply) -> None:
    server.answer = lambda call: reply

    with pytest.raises(Unanswered):
        model_at(server).extract(TEXT, TOPICS)
    assert len(server.calls) == 2


def test_a_dead_server_costs_next_to_nothing() -> None:
    with receiver() as found:
        gone = model_at(found)
    begun = time.monotonic()

    with pytest.raises(Unanswered):
        gone.extract(TEXT, TOPICS)
    assert time.monotonic() - begun < 2.0


def test_the_second_try_may_be_good(server: Receiver) -> None:
    server.answer = lambda call: says(tag()) if len(server.calls) > 1 else BAD["broken"]

    assert [one.topic for one in model_at(server).extract(TEXT, TOPICS)] == ["kubernetes"]


def test_a_slow_server_costs_no_more_than_the_time_for_both_tries(server: Receiver) -> None:
    def hang(call: Call) -> Reply:
        server.over.wait(5)
        return says(tag())

    server.answer, begun = hang, time.monotonic()

    with pytest.raises(Unanswered, match="longer than"):
        model_at(server, seconds=0.2).extract(TEXT, TOPICS)
    server.over.set()
    assert time.monotonic() - begun < 4


def test_an_address_in_the_own_network_is_not_called_unless_it_is_allowed(server: Receiver) -> None:
    with pytest.raises(Unanswered, match="OUTGOING_ALLOWED"):
        LanguageModel(server.url, "small", caller=Caller(permitted=read_allowed([]))).extract(TEXT, TOPICS)
    assert server.calls == []


@pytest.mark.parametrize(("said", "counted"), [(50, 50), (-3, 2100), ("many", 2100), (None, 2100), (10**9, 2100)])
def test_tokens_are_counted_even_if_the_server_does_not_say_how_many(server: Receiver, said: Any, counted: int) -> None:
    server.answer = lambda call: says(tag(), tokens=said)
    model = model_at(server)
    model.extract(TEXT, TOPICS)

    assert model.tokens == counted
