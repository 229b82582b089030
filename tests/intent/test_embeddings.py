"""Topics by the meaning of sentences: a model that is what it should be, where it may be, and never elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from routing.engine.types import Topic
from routing.intent import embeddings, extract, keywords
from routing.intent.measure import Labelled, measure
from routing.intent.wanted import sentences
from tests.intent.texts import HELD_OUT, labelled, topics

KUBERNETES = Topic("kubernetes", ("kubernetes", "k8s"), "Running applications in containers on clusters.")
PAYMENTS = Topic("payments", ("payment", "stripe"), "Charging customers by card or bank transfer, refunds.")
LIST = (KUBERNETES, PAYMENTS)


def wanted(text: str) -> list[str]:
    return [part.wanted for part in sentences(text)]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("We don't need SSO, only the API.", ["only the API."]),
        ("Backups work fine, no need for help there. Alerting is what we lack.", ["Alerting is what we lack."]),
        ("Fraud is not our problem. The shop is slow!", ["The shop is slow!"]),
        ("Instead of more hardware we want containers.", ["we want containers."]),
        ("Our node.js 3.5 code is not fast enough.", ["Our node.js 3.5 code is not fast enough."]),
        ("Wir brauchen kein Hosting, sondern Beratung", ["sondern Beratung"]),
        ("…\n!\n", []),
    ],
)
def test_what_a_sentence_turns_down_is_no_part_of_it(text: str, left: list[str]) -> None:
    assert wanted(text) == left


def test_a_topic_is_found_without_any_of_its_words_and_the_quote_is_the_sentence(model: None) -> None:
    text = "Hello from Graz.  Buyers should be able to pay with Visa and get refunds!\nBye"

    [tag] = embeddings.extract(text, LIST)

    assert (tag.topic, tag.quote) == ("payments", "Buyers should be able to pay with Visa and get refunds!")
    assert 0.3 <= tag.confidence <= embeddings.SUREST_BY_MEANING


def test_one_topic_alone_is_told_from_small_talk(model: None) -> None:
    assert [tag.topic for tag in embeddings.extract("Our clusters run containers.", (KUBERNETES,))] == ["kubernetes"]
    assert embeddings.extract("Thank you, see you soon.", (KUBERNETES,)) == []


def test_a_keyword_makes_sure_what_is_near_and_a_refusal_takes_both_away(model: None) -> None:
    assert embeddings.extract("We need a payment provider.", LIST)[0].confidence > 0.8
    assert embeddings.extract("We do not need a payment provider.", LIST) == []


def test_the_vectors_are_those_of_the_model_and_depend_on_no_neighbour(model: None) -> None:
    food = ("A man is eating food.", "A man is eating a piece of bread.", "The girl is carrying a baby.")
    vectors = embeddings._model().vectors(food)

    # as the model's own library gives them
    assert [round(float(vectors[0] @ other), 3) for other in vectors] == [1.0, 0.755, -0.105]
    assert (vectors[1] == embeddings._model()._read(food[1])).all()


def test_a_sentence_that_comes_again_is_not_read_again(model: None) -> None:
    sentences = ("Kind regards from the harbour.", "What does it cost?", "Kind regards from the harbour.")
    before = embeddings._model()._vector.cache_info()

    vectors = embeddings._model().vectors(sentences)

    assert embeddings._model()._vector.cache_info().misses - before.misses == 2
    assert (vectors[0] == vectors[2]).all()


def test_a_sentence_of_any_length_has_a_vector(model: None) -> None:
    for words in (1, 37, 38, 80, 126, 500):
        [vector] = embeddings._model().vectors(["pump " * words])
        assert float(vector @ vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.further
def test_it_does_better_than_keywords_on_texts_that_it_was_not_tuned_on(model: None) -> None:
    texts = [Labelled(one.text, one.topics) for one in labelled() if one.half == HELD_OUT and one.family != "story"]
    by_keywords = measure(texts, topics(), keywords.extract)
    by_meaning = measure(texts, topics(), embeddings.extract)

    assert by_keywords.f1 >= 0.80
    assert by_meaning.f1 >= 0.85
    assert by_meaning.confident >= 30
    assert max(by_keywords.confident_but_wrong, by_meaning.confident_but_wrong) < 0.03


def test_other_weights_are_refused_and_keywords_answer(
    model: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"somebody else's")
    monkeypatch.setattr(embeddings, "_folder", lambda: tmp_path)
    monkeypatch.setattr(embeddings, "_model", embeddings._model.__wrapped__)
    text = "We run k8s and read this text for the first time."

    assert extract(text, LIST, extractor="embeddings", about="lead 7") == keywords.extract(text, LIST)
    assert "WrongModel" in caplog.text


def test_where_no_numbers_come_out_of_it_keywords_answer(
    model: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = embeddings._model()._embeddings
    monkeypatch.setitem(known, "LayerNorm.bias", known["LayerNorm.bias"] * float("nan"))
    text = "We run k8s, and nobody has read this one before either."

    assert extract(text, LIST, extractor="embeddings", about="lead 7") == keywords.extract(text, LIST)
    assert "WrongModel" in caplog.text


def test_a_keyword_in_a_text_that_means_something_else_is_a_guess(model: None) -> None:
    found = {tag.topic: tag.confidence for tag in embeddings.extract("Half of the help desk calls are passwords.", (
        Topic("single sign-on", ("sso",), "Staff log in once, and passwords are no longer needed."),
        Topic("support contract", ("help desk",), "Somebody keeps things running for a monthly fee."),
    ))}  # fmt: skip

    assert found.get("support contract", 0) <= embeddings.SUREST_BY_MEANING


def test_a_process_that_is_no_worker_does_not_load_it() -> None:
    embeddings.permit(False)

    with pytest.raises(embeddings.NotHere):
        embeddings.extract("payment", LIST)


def test_without_the_extra_keywords_answer_and_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_folder", lambda: None)

    assert "make learning" in embeddings.problem()
    assert extract("payment", LIST, extractor="embeddings", about="lead 7") == keywords.extract("payment", LIST)


@pytest.mark.further
def test_the_web_server_imports_no_numpy() -> None:
    program = (
        "import sys, django; django.setup(); import leadrouting.management.commands.up;"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        "sys.exit(bool({'numpy', 'tokenizers', 'routing.intent.minilm'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_empty_list_of_sentences_needs_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_folder", lambda: Path("/nowhere"))
    monkeypatch.setattr(embeddings, "_model", lambda: SimpleNamespace())
    embeddings.permit()

    assert embeddings.extract("?!", LIST) == []
    embeddings.permit(False)
