"""What every extractor keeps to, whichever it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from routing.engine.types import Topic
from routing.intent import Extractor, embeddings, keywords
from routing.intent.language_model import LanguageModel
from routing.intent.tags import LONGEST_QUOTE
from routing.notifications.http import Caller, read_allowed
from tests.receiver import Call, Reply, receiver

TOPICS = (
    Topic("kubernetes", ("kubernetes", "k8s"), "Running applications in containers on clusters."),
    Topic("payments", ("payment", "stripe", "credit card"), "Charging customers by card or bank transfer."),
)
WORDS = {"kubernetes": r"[^.]*\b(?:kubernetes|k8s)\b", "payments": r"[^.]*\bstripe\b"}


def a_model(call: Call) -> Reply:
    """Stands for a language model: it finds two words, and now and then invents a topic."""
    text = json.loads(json.loads(call.body)["messages"][1]["content"])["text"]
    found = [(topic, re.search(words, text, re.IGNORECASE)) for topic, words in WORDS.items()]
    topics = [{"topic": topic, "confidence": 0.9, "quote": match[0]} for topic, match in found if match]
    topics.append({"topic": "invented", "confidence": 1, "quote": text[:20]})
    if re.search(r"\b(?:not|no)\b", text):
        topics = []
    body = {"choices": [{"message": {"content": json.dumps({"topics": topics})}}]}
    return Reply(body=json.dumps(body).encode())


@pytest.fixture(params=["keywords", "embeddings", "language_model"])
def extract(request: pytest.FixtureRequest) -> Iterator[Extractor]:
    if request.param == "language_model":
        with receiver(a_model) as server:
            caller = Caller(permitted=read_allowed([server.host]))
            yield LanguageModel(server.url, "small", caller=caller).extract
    elif request.param == "embeddings":
        request.getfixturevalue("model")
        yield embeddings.extract
    else:
        yield keywords.extract


def test_a_topic_is_found_with_a_confidence_and_a_literal_quote(extract: Extractor) -> None:
    text = "Guten Tag! We run everything on K8s in Zürich. Bye"

    [tag] = extract(text, TOPICS)

    assert tag.topic == "kubernetes"
    assert 0 < tag.confidence <= 1
    assert "K8s" in tag.quote and tag.quote in text and len(tag.quote) <= LONGEST_QUOTE


def test_two_topics_are_found_the_surest_first(extract: Extractor) -> None:
    tags = extract("Our Kubernetes clusters are slow. We charge customers with Stripe.", TOPICS)

    assert {tag.topic for tag in tags} == {"kubernetes", "payments"}
    assert [tag.confidence for tag in tags] == sorted((tag.confidence for tag in tags), reverse=True)


@pytest.mark.parametrize("text", ["", " \n", "Please call me back.", "We do not use Kubernetes.", "💥" * 40, "\x00.!?"])
def test_a_text_about_nothing_has_no_topic(extract: Extractor, text: str) -> None:
    assert extract(text, TOPICS) == []


def test_a_long_text_without_a_blank_is_no_danger(extract: Extractor) -> None:
    for tag in extract("kubernetes" * 500 + ". " + "k8s-" * 400, TOPICS):
        assert len(tag.quote) <= LONGEST_QUOTE


def test_the_same_text_gives_the_same_answer(extract: Extractor) -> None:
    text = "Kubernetes with Stripe on top."

    assert extract(text, TOPICS) == extract(text, TOPICS)
