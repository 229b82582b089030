"""The glossary knows every row of ours by its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps

from routing.engine.types import Method
from routing.models import Lead

GLOSSARY = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = [line.split("|")[1:3] for line in GLOSSARY.splitlines() if line.startswith("|") and "---" not in line]
TERMS = {re.split(r",", term.strip().strip("*"))[0].strip("* ") for term, _ in ENTRIES}
MODELS = sorted(
    model.__name__
    for app in ("reps", "routing")
    for model in apps.get_app_config(app).get_models()
    if not model.__name__.startswith("Historical")
)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_stands_in_the_glossary(model: str) -> None:
    assert model in TERMS


@pytest.mark.parametrize("term", sorted(re.findall(r"\*\*(\w+)\*\*", GLOSSARY)))
def test_every_row_that_the_glossary_names_exists(term: str) -> None:
    assert term in MODELS


@pytest.mark.parametrize("status", Lead.Status)
def test_every_status_stands_in_the_glossary_with_its_label(status: Lead.Status) -> None:
    assert f"| {status.value}, *{status.label}* |" in GLOSSARY


@pytest.mark.parametrize("method", Method)
def test_every_method_is_named(method: Method) -> None:
    assert method.value.replace("_", " ") in GLOSSARY


def test_every_entry_is_one_sentence() -> None:
    wrong = [term for term, meaning in ENTRIES if term.strip() != "word" and not meaning.strip().endswith(".")]

    assert wrong == []
