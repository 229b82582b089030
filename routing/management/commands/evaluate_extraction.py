"""manage.py evaluate_extraction: how well each extractor finds the topics of texts that are labelled."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.engine.folding import fold
from routing.engine.types import Topic
from routing.intent import EMBEDDINGS, EXTRACTORS, embeddings
from routing.intent.measure import CONFIDENT, Labelled, Score, measure
from routing.snapshots.rulebook import current_rulebook

COLUMNS = ("topics", "text")
HEAD = (
    f"{'texts':28}{'number':>7}  {'extractor':12}{'F1':>6}{'precision':>11}{'recall':>8}{'confident':>11}{'wrong':>8}"
)


class Command(BaseCommand):
    help = (
        "Reads labelled texts with each extractor: micro-F1, precision, recall, and of the topics found with a "
        f"confidence of {CONFIDENT} or more how many are wrong. Writes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "texts", help="A table, columns apart by tabs: topics (by commas), text, and if you like half and family."
        )
        parser.add_argument("--topics", metavar="FILE", help="The topics as YAML. Without it: the published ones.")
        parser.add_argument("--json", metavar="FILE", help="Write the figures there, too.")

    def handle(self, *args: Any, texts: str, topics: str | None, json: str | None, **options: Any) -> None:
        rows, known = _read(texts), _topics(topics)
        if unknown := sorted(frozenset().union(*(one.topics for one in rows)) - {topic.name for topic in known}):
            raise CommandError(f"These topics of the table are not among the topics: {', '.join(unknown)}.")
        embeddings.permit()
        if why := embeddings.problem():
            self.stderr.write(f"{EMBEDDINGS} is left out: {why}.")
        self.stdout.write(HEAD)
        found = [dict(self._measured(name, some, known)) for name, some in _groups(rows)]
        if json:
            _write(json, [row for rows in found for row in rows.values()])

    def _measured(self, name: str, rows: list[Labelled], topics: tuple[Topic, ...]) -> Iterable[tuple[str, Any]]:
        for extractor, extract in EXTRACTORS.items():
            if extractor == EMBEDDINGS and embeddings.problem():
                continue
            extract("Warm up.", topics)
            begun = time.process_time()
            score = measure(rows, topics, extract)
            each = (time.process_time() - begun) / max(1, len(rows)) * 1000
            self.stdout.write(_line(name, extractor, score))
            yield extractor, _figures(name, extractor, score) | {"cpu_ms_a_text": round(each, 1)}


def _line(name: str, extractor: str, score: Score) -> str:
    wrong = f"{score.confident_but_wrong:.1%}"
    return (
        f"{name:28}{score.texts:>7}  {extractor:12}{score.f1:>6.3f}{score.precision:>11.3f}{score.recall:>8.3f}"
        f"{score.confident:>11}{wrong:>8}"
    )


def _figures(name: str, extractor: str, score: Score) -> dict[str, Any]:
    shares = {name: round(getattr(score, name), 4) for name in ("f1", "precision", "recall", "confident_but_wrong")}
    return {"texts": name, "number": score.texts, "extractor": extractor, "confident": score.confident} | shares


def _groups(rows: list[Labelled]) -> list[tuple[str, list[Labelled]]]:
    """All of them; where the table tells halves and families apart, also each of these."""
    groups: dict[str, list[Labelled]] = {"all": rows}
    for one in rows:
        if one.half:
            groups.setdefault(one.half, []).append(one)
        if one.family:
            groups.setdefault(f"{one.half} {one.family}".strip(), []).append(one)
    return list(groups.items())


def _read(name: str) -> list[Labelled]:
    try:
        with Path(name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{name} cannot be read: {error}") from error
    if not rows or any(row.get(column) is None for row in rows for column in COLUMNS):
        raise CommandError(
            f"{name} needs the columns {' and '.join(COLUMNS)}, apart by tabs, and a line for each text."
        )
    return [_labelled(row) for row in rows]


def _labelled(row: Mapping[str, str]) -> Labelled:
    topics = frozenset(filter(None, map(str.strip, row["topics"].split(","))))
    return Labelled(row["text"], topics, row.get("half") or "", row.get("family") or "")


def _topics(name: str | None) -> tuple[Topic, ...]:
    if name is None:
        published = current_rulebook()
        if published is None:
            raise CommandError("Nothing is published yet. Give the topics by --topics FILE.")
        return published.rulebook.topics
    try:
        rows = yaml.safe_load(Path(name).read_text(encoding="utf-8"))
        return tuple(
            Topic(str(row["name"]), tuple(fold(str(word)) for word in row["keywords"]), str(row.get("about") or ""))
            for row in rows
        )
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, AttributeError) as error:
        raise CommandError(f"{name} holds no list of topics, each with name and keywords.") from error


def _write(name: str, rows: list[dict[str, Any]]) -> None:
    try:
        Path(name).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error.strerror}") from error
