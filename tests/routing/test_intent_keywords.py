"""What a text is about, by keywords: whole words, however they are written, with the words that show it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.types import Topic
from routing.intent import Tag, extract, extract_all
from routing.intent.keywords import LONGEST_QUOTE
from routing.intent.keywords import extract as by_keywords

TOPICS = (
    Topic("kubernetes", ("k8s", "kubernetes", "helm", "helm chart")),
    Topic("fintech", ("fintech", "neobank")),
    Topic("dotnet", (".net", "c#", "c++")),
    Topic("cloud", ("云计算", "cloud-native", "쿠버네티스")),
    Topic("insurance", ("policy", "AI", "tax", "Zürich")),
    Topic("testing", ("penetration test", "Prüfung")),
)


def found(text: str) -> list[str]:
    return sorted(tag.topic for tag in by_keywords(text, TOPICS))


def confidence(text: str) -> float:
    return by_keywords(text, TOPICS)[0].confidence


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("We run Kubernetes in production.", ["kubernetes"]),
        ("WE RUN K8S", ["kubernetes"]),
        ("k8s-cluster, (helm)", ["kubernetes"]),
        ("We look for Helm charts", ["kubernetes"]),
        ("fintechs and neobanks", ["fintech"]),
        ("cloud native or Cloud-Native", ["cloud"]),
        ("two policies and taxes", ["insurance"]),
        ("Büro in ZURICH und Zu\u0308rich", ["insurance"]),
        ("ＫＵＢＥＲＮＥＴＥＳ und ﬁntech", ["fintech", "kubernetes"]),
        ("our .NET and C++17 code", ["dotnet"]),
        ("ASP.NET in C#", ["dotnet"]),
        ("我们需要云计算服务", ["cloud"]),
        ("우리는 쿠버네티스를 사용합니다", ["cloud"]),
        ("helm\nchart", ["kubernetes"]),
        ("neobank/fintech", ["fintech"]),
        ("ein Penetrationstest", ["testing"]),
        ("two penetrationtests", ["testing"]),
        ("alle Prüfungen", ["testing"]),
    ],
)
def test_a_topic_is_found_however_it_is_written(text: str, topics: list[str]) -> None:
    assert found(text) == topics


@pytest.mark.parametrize(
    "text",
    ["", " ", "I am overwhelmed by helmets", "kubernetesque", "net worth", "c + +", "mk8s", "the ais said", "cloud",
     "C", "cloud. Native", "💥" * 50, "\x00", "k 8 s", "unfintech", "penetrationtestern"],
)  # fmt: skip
def test_nothing_is_found_inside_other_words(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "We do not use Kubernetes",
        "no longer on Kubernetes",
        "We don't need Kubernetes",
        "We don’t need Kubernetes",
        "we run everything without Kubernetes",
        "We use Nomad instead of Kubernetes",
        "Wir brauchen kein Kubernetes",
        "Wir setzen nicht auf Kubernetes",
        "Nous n'utilisons pas Kubernetes",
        "sin Kubernetes, por favor",
        "Nunca usamos Kubernetes",
        "Kubernetes is not our problem.",
        "Kubernetes works fine, no need for help there.",
    ],
)
def test_what_a_lead_does_not_want_is_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Not only Kubernetes",
        "Nicht nur Kubernetes",
        "No doubt: Kubernetes",
        "We have no budget. Kubernetes is next year.",
        "No Nomad, but Kubernetes",
        "We do not like to change our whole way of work for Kubernetes",
        "We do not use Kubernetes yet. Kubernetes is planned.",
    ],
)
def test_a_negation_reaches_no_further_than_it_means(text: str) -> None:
    assert found(text) == ["kubernetes"]


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("kubernetes", 0.6),
        ("kubernetes and k8s", 0.8),
        ("kubernetes, k8s, helm", 0.9),
        ("kubernetes kubernetes", 0.64),
        ("a helm chart", 0.6),
        ("kubernetes k8s helm " * 50, 0.95),
    ],
)
def test_confidence_rises_with_what_is_mentioned(text: str, sure: float) -> None:
    assert confidence(text) == sure


def test_the_surest_topic_comes_first() -> None:
    tags = by_keywords("fintech on kubernetes and k8s", TOPICS)

    assert [tag.topic for tag in tags] == ["kubernetes", "fintech"]


def test_the_quote_shows_the_words_as_they_were_written() -> None:
    text = "Hello!\nWe’re a Zürich-based BANK that runs K8s since 2019 — any référence?\nBye"

    assert by_keywords(text, TOPICS)[0].quote == "We’re a Zürich-based BANK that runs K8s since 2019 — any référence"


def test_a_quote_is_not_too_long() -> None:
    quote = by_keywords("word " * 200 + "kubernetes" + " word" * 200, TOPICS)[0].quote

    assert "kubernetes" in quote
    assert LONGEST_QUOTE - 10 <= len(quote) <= LONGEST_QUOTE


pieces = st.sampled_from(
    ["kubernetes", "Küber", "k8s", " ", "\n", "ﬁntech", "not ", "ß", "İ", "\u0301", "云计算", ".", "c++"]
)


@settings(max_examples=100)
@given(st.lists(st.one_of(pieces, st.text(max_size=5)), max_size=30).map("".join))
def test_quotes_are_pieces_of_the_text_whatever_it_is(text: str) -> None:
    for tag in by_keywords(text, TOPICS):
        assert tag.quote in text
        assert 0 < len(tag.quote) <= LONGEST_QUOTE
        assert 0.6 <= tag.confidence <= 0.95


# --- extractors ---------------------------------------------------------------------------------------------------


def broken(text: str, topics: Sequence[Topic]) -> list[Tag]:
    raise TimeoutError(text)


def inventive(text: str, topics: Sequence[Topic]) -> list[Tag]:
    return [Tag("kubernetes", 0.9, text), Tag("no such topic", 0.9, text)]


TABLE = {"broken": broken, "inventive": inventive, "keywords": by_keywords}


def test_an_extractor_that_fails_is_replaced_at_once_and_the_log_names_no_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        tags = extract("secret kubernetes", TOPICS, extractor="broken", about="lead 7", table=TABLE)

    assert [tag.topic for tag in tags] == ["kubernetes"]
    assert "lead 7" in caplog.text
    assert "secret" not in caplog.text


def test_an_extractor_that_does_not_exist_is_replaced() -> None:
    assert extract("kubernetes", TOPICS, extractor="magic", about="lead 7") == by_keywords("kubernetes", TOPICS)


def test_when_keywords_fail_too_there_are_no_topics() -> None:
    assert extract("kubernetes", TOPICS, extractor="keywords", about="lead 7", table={"keywords": broken}) == []


def test_topics_that_are_not_on_the_list_are_dropped() -> None:
    tags = extract("x", TOPICS, extractor="inventive", about="lead 7", table=TABLE)

    assert [tag.topic for tag in tags] == ["kubernetes"]


def test_a_topic_in_title_and_text_is_surer_than_in_one() -> None:
    tags = extract_all(["Kubernetes", "k8s and helm"], TOPICS, extractor="keywords", about="signal 1")

    assert tags == [Tag("kubernetes", 0.92, "k8s and helm")]
