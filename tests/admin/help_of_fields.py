"""Which fields of a page say in a sentence what they are for, and which do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.contrib.admin.helpers import AdminForm, InlineAdminFormSet
from django.forms import BaseForm, BoundField
from django.utils.html import strip_tags

FILLED_IN = {"input", "select", "textarea"}
NO_FIELDS = {"hidden", "submit", "button", "reset", "range", "color"}
"""The last two stand beside a field, for whoever would rather point."""
OF_EVERY_PAGE = {"s", "q", "action", "select_across", "_selected_action"}
"""Find, and what stands above a list."""
VOID = {"input", "br", "hr", "img", "meta", "link", "wbr", "source", "col"}
WORD = re.compile(r"\w+")
ROW = re.compile(r"-\d+-")


def fields_without_help(page: Any) -> list[str]:
    """The names of those that can be filled in on a page that was answered."""
    shown = Shown(page.content.decode())
    fields = {field.html_name: field for field in _fields_of(page)}
    silent = [control["name"] for control in shown.controls if not _explained(control, fields, shown)]
    return list(dict.fromkeys(silent))


def asks_something(page: Any) -> bool:
    """Whether anything can be filled in on it."""
    return bool(Shown(page.content.decode()).controls)


def is_help(text: str, label: str) -> bool:
    """Whether it is a sentence that says more than the label."""
    said, words = text.strip(), _words(text)
    return said.endswith((".", ".)")) and len(words) > 2 and not words <= _words(label)


class Shown(HTMLParser):
    """`controls`: what can be filled in; `texts`: what stands in each element with an id; `words`: all of the page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.controls: list[dict[str, str]] = []
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.words = _plain(unescape(strip_tags(html)))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in FILLED_IN and given.get("name") and _can_be_filled_in(given):
            self.controls.append(given)
        if tag not in VOID:
            self._open.append((tag, given.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for key in {key for _, key in self._open if key}:
            self.texts[key] = self.texts.get(key, "") + data

    def described(self, control: dict[str, str]) -> str:
        return " ".join(self.texts.get(key, "") for key in control.get("aria-describedby", "").split())


def _can_be_filled_in(given: dict[str, str]) -> bool:
    name = given["name"]
    left_out = name in OF_EVERY_PAGE or name.endswith("-DELETE") or "hidden" in given.get("class", "").split()
    return not left_out and given.get("type") not in NO_FIELDS and "readonly" not in given and "disabled" not in given


def _explained(control: dict[str, str], fields: dict[str, BoundField], shown: Shown) -> bool:
    """By the help of its field, which stands on the page; without a field, by what it says that describes it."""
    field = _field_of(control["name"], fields)
    if field is None:
        return is_help(shown.described(control), "")
    text = unescape(strip_tags(str(field.help_text)))
    return is_help(text, str(field.label)) and _plain(text) in shown.words


def _field_of(name: str, fields: dict[str, BoundField]) -> BoundField | None:
    """A field of several parts has several controls, and a form of several rows several copies of each."""
    known = [fields[part] for part in (name, ROW.sub("-__prefix__-", name, count=1)) if part in fields]
    parts = [field for key, field in fields.items() if _is_part(name, key)]
    return next(iter([*known, *parts]), None)


def _is_part(name: str, key: str) -> bool:
    plain = ROW.sub("-__prefix__-", name, count=1) if "__prefix__" in key else name
    return plain.startswith((f"{key}_", f"{key}-"))


def _fields_of(page: Any) -> Iterator[BoundField]:
    for context in page.context or ():
        for values in context:
            for value in list(values.values()):
                yield from _fields_in(value)


def _fields_in(value: Any) -> Iterator[BoundField]:
    if isinstance(value, AdminForm):
        yield from _fields_in(value.form)
    elif isinstance(value, InlineAdminFormSet):
        yield from _fields_in(value.formset.empty_form)
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, InlineAdminFormSet):
                yield from _fields_in(one)
    elif isinstance(value, BaseForm):
        yield from value.visible_fields()


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}


def _plain(text: str) -> str:
    return " ".join(text.split())
