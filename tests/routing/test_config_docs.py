"""docs/configuration.md says what the importer does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model

from routing.rulebook.config.source import load
from routing.rulebook.keys import BY_MODEL, default
from routing.rulebook.requirements import check_requirements
from routing.services.importing.run import import_config
from tests.routing.config_sample import FULL

DOCS = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
OWN_NAMES = {"expertise", "grades", "mapping", "people", "rows", "working_hours", "lead"}


@pytest.mark.django_db
def test_the_small_file_of_the_docs_can_be_imported(now: datetime) -> None:
    sample, *_ = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)

    assert import_config(text=sample, now=now).version == 1


def keys_of(value: Any) -> Iterator[str]:
    """Every key anywhere in a file, except those that are names of somebody's own."""
    for key, part in value.items() if isinstance(value, dict) else ():
        yield key
        if key not in OWN_NAMES:
            yield from keys_of(part)
    for part in value if isinstance(value, list) else ():
        yield from keys_of(part)


def test_every_key_is_in_the_docs() -> None:
    keys = set(keys_of(load(FULL)))

    assert [key for key in sorted(keys) if not re.search(rf"[`{{ ]{re.escape(key)}[`:]", DOCS)] == []


@pytest.mark.parametrize("model", BY_MODEL, ids=lambda model: model.__name__)
def test_the_defaults_of_plain_values_are_in_the_docs(model: type[Model]) -> None:
    for key in BY_MODEL[model]:
        usual = default(model, key)
        if isinstance(usual, bool | int | float | str) and usual != "":
            shown = (
                str(usual).lower() if isinstance(usual, bool) else f"{usual:g}" if isinstance(usual, float) else usual
            )
            name = key.path.rpartition(".")[2]
            assert re.search(rf"`{name}`[^\[]*?(\[[^\]]*\][^\[]*?){{0,3}}\[{shown}|{name}: {shown}", DOCS), key.path


@pytest.mark.django_db
def test_the_requirements_of_the_docs_are_sound() -> None:
    sample = next(text for text in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL) if text.startswith("requires"))

    found = check_requirements(load(sample)["requires"], skills=["security"], topics=["kubernetes"])

    assert found == []
