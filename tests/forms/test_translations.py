"""Every text of the forms has its German, and what is read at run time is what the catalogue says."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from leadrouting.translations import BadCatalogue, catalogues, compiled, read_catalogue
from routing.services.forms.words import every_text

ROOT = Path(__file__).resolve().parents[2]
GERMAN = ROOT / "routing" / "locale" / "de" / "LC_MESSAGES" / "django.po"
PLACES = re.compile(r"%\(\w+\)s")


def test_every_text_has_its_german() -> None:
    texts = read_catalogue(GERMAN)

    assert sorted(text for text in every_text() if not texts.get(text)) == []


def test_the_catalogue_has_nothing_that_nobody_says() -> None:
    assert sorted(read_catalogue(GERMAN).keys() - every_text() - {""}) == []


@pytest.mark.parametrize("text", sorted(filter(PLACES.search, every_text())))
def test_what_is_filled_in_is_filled_in_in_german_too(text: str) -> None:
    assert PLACES.findall(text) == PLACES.findall(read_catalogue(GERMAN)[text])


@pytest.mark.parametrize("path", catalogues(ROOT / "routing" / "locale"), ids=lambda path: path.parts[-3])
def test_what_is_read_fits_the_catalogue(path: Path) -> None:
    call_command("translations")

    with path.with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert {text: read.gettext(text) for text in read_catalogue(path) if text} == {
        text: said for text, said in read_catalogue(path).items() if text
    }


def test_templates_say_nothing_by_themselves() -> None:
    """Words of theirs would have no German."""
    for path in (ROOT / "templates" / "forms").glob("*.html"):
        bare = re.sub(
            r"\{%.*?%\}|\{\{.*?\}\}|<[^<>]*>|<!doctype html>|&\w+;", " ", path.read_text(encoding="utf-8"), flags=re.S
        )
        bare = re.sub(r"<[^<>]*>", " ", bare)
        assert path.name == "attributes.html" or not re.findall(r"[A-Za-z]{3,}", bare), path.name


def test_a_catalogue_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.po").write_text("nonsense\n")

    with pytest.raises(BadCatalogue, match="x.po:1: not understood"):
        read_catalogue(tmp_path / "x.po")


def test_longer_texts_may_go_on_in_further_lines(tmp_path: Path) -> None:
    (tmp_path / "x.po").write_text('msgid ""\n"one "\n"two"\nmsgstr "drei"\n', encoding="utf-8")

    assert read_catalogue(tmp_path / "x.po") == {"one two": "drei"}
    assert compiled({"a": "b"})[:4] == b"\xde\x12\x04\x95"
