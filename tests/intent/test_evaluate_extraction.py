"""manage.py evaluate_extraction: figures that are right, and what is wrong with a table said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from routing.intent import embeddings
from routing.intent.measure import Score

TOPICS = "- {name: kubernetes, keywords: [k8s]}\n- {name: payments, keywords: [stripe]}\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "topics.yaml").write_text(TOPICS)
    return tmp_path / "texts.tsv"


def test_counts_become_shares() -> None:
    score = Score()
    score.add({"a", "b"}, [("a", 0.9), ("c", 0.8)])
    score.add({"a"}, [("a", 0.5)])

    assert (score.texts, score.right, score.wrong, score.missed) == (2, 2, 1, 1)
    assert (score.precision, score.recall, score.f1, score.confident_but_wrong) == (2 / 3, 2 / 3, 2 / 3, 0.5)


def test_figures_of_each_half_are_printed_and_written(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(embeddings, "_folder", lambda: None)
    table.write_text("half\ttopics\ttext\ntuning\tkubernetes\tWe run k8s.\nheld_out\tpayments, kubernetes\tstripe\n")
    out = table.with_name("out.json")

    call_command("evaluate_extraction", str(table), "--topics", str(table.with_name("topics.yaml")), "--json", str(out))

    shown = capsys.readouterr()
    assert "embeddings is left out" in shown.err
    assert "held_out" in shown.out
    rows = {row["texts"]: row for row in json.loads(out.read_text())}
    assert rows["tuning"]["f1"] == 1
    assert rows["held_out"]["recall"] == 0.5
    embeddings.permit(False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "needs the columns"),
        ("text\nWe run k8s.\n", "needs the columns"),
        ("topics\ttext\nmagic\tx\n", "not among the topics: magic"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(table: Path, text: str, says: str) -> None:
    table.write_text(text)

    with pytest.raises(CommandError, match=says):
        call_command("evaluate_extraction", str(table), "--topics", str(table.with_name("topics.yaml")))
