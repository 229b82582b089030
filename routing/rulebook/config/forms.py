"""The section forms: hosted forms with their questions. No file is written with a secret; one that is given is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import slugify

from routing.intake.addresses import may_go_to, read_host, read_https, read_origin
from routing.intake.asked import ASKABLE, is_askable
from routing.intake.form_look import BadLook, read_look
from routing.intake.redirects import BOOKING, check_places, without_places
from routing.models import Form, FormField, Lead
from routing.rulebook.config.errors import ConfigError, Errors, shown
from routing.rulebook.config.form_values import one_line, unread_values
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader
from routing.rulebook.requirements import Finding

SLUG = re.compile(r"[a-zA-Z0-9_-]{1,60}")
MOST_FIELDS = 40
MOST_PLACES = 50
MOST_CHOICES = 300
LONGEST_CHOICE = 200
LONGEST_LIMIT = 1_000_000
FIELD_KEYS = {"field": "name", "label": "label", "help": "help_text", "required": "required", "shown_as": "widget",
              "choices": "choices", "default": "default"}  # fmt: skip
"""Key of the file → column."""


@dataclass(frozen=True, slots=True)
class FormSpec:
    name: str
    columns: Mapping[str, Any]
    fields: list[dict[str, Any]] = field(default_factory=list)
    captcha_secret: str | None = None
    """None: as it is."""


def read_form(row: Reader, known: Known) -> FormSpec:
    name = row.text("name", limit=100, required=True)
    columns = _words(row) | _numbers_and_flags(row) | _places(row)
    columns |= {"name": name, "slug": _slug(row, name), "theme": _theme(row)}
    columns |= {
        "language": row.choice("language", "", Form.Language.values),
        "kind": row.choice("kind", Lead.Kind.CONTACT.value, Lead.Kind.values),
        "captcha": row.choice("captcha", "", Form.Captcha.values),
        "captcha_site_key": row.text("captcha_site_key", limit=200),
    }
    if columns["captcha"] and not columns["captcha_site_key"]:
        row.error("captcha_site_key", "a captcha needs its site key.")
    if columns["consent_required"] and not columns["consent_text"]:
        row.error("consent_text", "there is no box that could be required: write what it says.")
    _check_redirect(row, columns)
    fields = [_read_field(child) for child in row.children("fields")]
    _check_fields(row, fields)
    for path, wrong in unread_values(fields, columns["language"]):
        row.errors.add(row.at(path), wrong)
    secret = row.text("captcha_secret", limit=200) if row.gives("captcha_secret") else None
    return FormSpec(name, columns, fields, secret)


def form_document(form: Form) -> dict[str, Any]:
    """A form as the file writes it; its fields must be loaded with it."""
    plain = ("name", "slug", "active", "language", "title", "introduction", "button", "thanks", "consent_text",
             "consent_required", "kind", "source", "campaign", "redirect_url", "redirect_hosts", "name_rep", "origins",
             "theme", "captcha", "captcha_site_key", "address_limit", "form_limit")  # fmt: skip
    fields = [{key: getattr(asked, column) for key, column in FIELD_KEYS.items()} for asked in form.fields.all()]
    return {name: getattr(form, name) for name in plain} | {"fields": fields}


def short_fields(fields: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Without what is empty."""
    return [{key: value for key, value in row.items() if value not in ("", [], False)} for row in fields]


def wrong_with_form(document: Mapping[str, Any]) -> list[ConfigError]:
    """Everything that an import would refuse in this form."""
    errors = Errors()
    reader = Reader(document, "", errors)
    read_form(reader, NOTHING_KNOWN)
    reader.close()
    return errors.found


NOTHING_KNOWN: Any = None
"""A form refers to nothing."""


# --- the form itself ----------------------------------------------------------------------------------------------


def _words(row: Reader) -> dict[str, str]:
    limits = {
        "title": 150,
        "introduction": 2_000,
        "button": 60,
        "thanks": 2_000,
        "consent_text": 2_000,
        "campaign": 150,
    }
    texts = {name: row.text(name, limit=limit) for name, limit in limits.items()}
    source = row.text("source", limit=100) if row.gives("source") else Form._meta.get_field("source").default
    return texts | {"source": source}


def _numbers_and_flags(row: Reader) -> dict[str, Any]:
    return {
        "active": row.flag("active", True),
        "consent_required": row.flag("consent_required", False),
        "name_rep": row.flag("name_rep", False),
        "address_limit": row.whole("address_limit", 10, low=1, high=LONGEST_LIMIT),
        "form_limit": row.whole("form_limit", 300, low=1, high=LONGEST_LIMIT),
    }


def _places(row: Reader) -> dict[str, Any]:
    return {
        "origins": _read_each(row, "origins", read_origin),
        "redirect_hosts": _read_each(row, "redirect_hosts", read_host),
        "redirect_url": row.text("redirect_url", limit=500),
    }


def _read_each(row: Reader, key: str, read: Callable[[str], str]) -> list[str]:
    found: list[str] = []
    for value, path in row.items(key):
        try:
            found.append(read(value if isinstance(value, str) else ""))
        except ValueError as error:
            row.errors.add(path, f"{shown(value)} cannot be used. {error}")
    if len(found) > MOST_PLACES:
        row.error(key, f"{len(found)} entries, {MOST_PLACES} are the most.")
    return list(dict.fromkeys(found))


def _slug(row: Reader, name: str) -> str:
    slug = row.text("slug", slugify(name)[:60] or "form", limit=60)
    if not SLUG.fullmatch(slug):
        row.error(
            "slug", f"{shown(slug)} is no part of an address. Use letters, digits, - and _, such as talk-to-sales."
        )
    return slug


def _theme(row: Reader) -> dict[str, str]:
    try:
        return read_look(row.raw("theme") if row.has("theme") else {})
    except BadLook as bad:
        for name, text in bad.errors.items():
            row.error(f"theme.{name}" if name else "theme", text)
        return {}


def _check_redirect(row: Reader, columns: Mapping[str, Any]) -> None:
    address = columns["redirect_url"]
    if not address:
        return
    plain = without_places(address)
    try:
        check_places(address)
        if address == BOOKING:
            return  # the rep's own page, if its host is named
        read_https(plain)
    except ValueError as error:
        row.error("redirect_url", f"{shown(address)} cannot be used. {error}")
        return
    if not may_go_to(plain, columns["redirect_hosts"]):
        row.error("redirect_hosts", "the host of redirect_url is not among them. Add it: nobody is sent elsewhere.")


# --- its questions ------------------------------------------------------------------------------------------------


def _read_field(row: Reader) -> dict[str, Any]:
    values = {
        "name": row.text("field", limit=110, required=True),
        "label": row.text("label", limit=150),
        "help_text": row.text("help", limit=300),
        "required": row.flag("required", False),
        "widget": row.choice("shown_as", "", FormField.Widget.values),
        "choices": row.value("choices", [], _wrong_choices),
        "default": row.text("default", limit=500),
    }
    if values["name"] and not is_askable(values["name"]):
        hint = row.errors.suggestion(values["name"], ASKABLE)
        row.error(
            "field", f"{shown(values['name'])} is nothing that a form may ask.{hint} There is also attributes.NAME."
        )
    if values["widget"] == FormField.Widget.SELECT and not (values["choices"] or values["name"] in ("kind", "country")):
        row.error("choices", "a list to choose from needs its choices.")
    if values["widget"] == FormField.Widget.HIDDEN and values["required"]:
        row.error("required", "nobody can fill in what is hidden.")
    row.close()
    return values


def _check_fields(row: Reader, fields: list[dict[str, Any]]) -> None:
    names = [asked["name"] for asked in fields]
    for index, name in enumerate(names):
        if name and name in names[:index]:
            row.errors.add(row.at(f"fields[{index}].field"), f"{shown(name)} is asked already.")
    if len(fields) > MOST_FIELDS:
        row.error("fields", f"{len(fields)} fields, {MOST_FIELDS} are the most.")
    if not {"email", "phone"} & set(names):
        row.error("fields", "ask for email or phone: without one of them nobody can be reached.")


def _wrong_choices(value: Any) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield "", "write a list: texts, or [value, text]."
        return
    if len(value) > MOST_CHOICES:
        yield "", f"{len(value)} choices, {MOST_CHOICES} are the most."
    for index, choice in enumerate(value[:MOST_CHOICES]):
        parts = choice if isinstance(choice, list) and len(choice) == 2 else [choice]
        if not all(isinstance(part, str) and part.strip() and len(part) <= LONGEST_CHOICE for part in parts):
            yield f"[{index}]", f"{shown(json.dumps(choice))} is neither a text nor [value, text]."
        elif not all(map(one_line, parts)):
            yield f"[{index}]", f"{shown(json.dumps(choice))} has line breaks or invisible characters. Write one line."
