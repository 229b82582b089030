"""Bodies of other programs: JSON or the fields of a form → the value that paths lead into, and the text to keep."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.utils.http import parse_header_parameters

from routing.intake.charsets import UTF_8, UnknownCharset, codec_of
from routing.intake.multipart import CHARSET, File, Wrong, decoded, field_named, read_multipart
from routing.intake.strict_json import Unreadable, parse_json, parse_text

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 1_000
UNREAD, LATIN_1 = "unread", "latin-1"
"""Behind the media type of what is kept and could not be read: it is text, or each of its characters is a byte."""
NOT_READ = "It could not be read when it came."
NUL, NO_NUL = "\0", "\ufffd"
"""No database keeps the first; the second is no byte."""
FIRST_LINE = re.compile(rb"--([ -~]{0,199}[!-~])[ \t]*\r\n")


@dataclass(frozen=True, slots=True)
class Body:
    """`raw` is what is kept; `value` what it says; `problem` why it says nothing that could be read.

    `files` came with it, and are not kept.
    """

    raw: str
    content_type: str
    value: Any = None
    problem: str = ""
    files: tuple[File, ...] = ()


def json_body(body: bytes) -> Body:
    try:
        value = parse_json(body)
    except Unreadable as error:
        return unread(body, JSON, str(error))
    if not isinstance(value, dict | list):
        return unread(body, JSON, "The body must be a JSON object, or a list of objects.")
    return Body(body.decode("utf-8"), JSON, value)


def form_body(body: bytes, charset: str = UTF_8) -> Body:
    """Of application/x-www-form-urlencoded, in this charset (a codec) if it does not say its own."""
    try:
        given = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return unread(body, FORM, f"More than {MOST_FIELDS} fields.", charset)
    own = next((value for name, value in given if name == CHARSET and value), "")
    try:
        codec = codec_of(own) if own else charset
        pairs = [(_decoded(name, codec, "A name"), _decoded(value, codec, field_named(name))) for name, value in given]
    except (UnknownCharset, Wrong) as error:
        return unread(body, FORM, str(error)[:1].upper() + str(error)[1:], charset)
    return pairs_body(pairs, FORM)


def multipart_body(body: bytes, boundary: str, charset: str = UTF_8) -> Body:
    """Of multipart/form-data, in this charset (a codec) where nothing in it says another."""
    found = read_multipart(body, boundary, charset)
    if found.problem:
        return unread(body, MULTIPART, found.problem, charset)
    return pairs_body(found.pairs, MULTIPART, found.files)


def pairs_body(pairs: Iterable[tuple[str, str]], content_type: str, files: Iterable[File] = ()) -> Body:
    """Of names and values. What stands there several times is a list. Of files their names are kept."""
    given, left_out = list(pairs), tuple(files)
    raw = json.dumps([*given, *left_out], ensure_ascii=False)
    return Body(raw, content_type, _object(given), files=left_out)


def unread(body: bytes, kind: str, problem: str, charset: str = UTF_8) -> Body:
    """What could not be read, kept as it came: as text if it is UTF-8, else with a character for each byte."""
    kind = kind if charset == UTF_8 else f"{kind}; charset={charset}"
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = NUL
    if NUL in text:
        return Body(body.decode("latin-1").replace(NUL, NO_NUL), f"{kind}; {UNREAD}={LATIN_1}", problem=problem)
    return Body(text, f"{kind}; {UNREAD}={UTF_8}", problem=problem)


def bytes_of(raw: str, content_type: str) -> bytes:
    """What came, of what was kept because it could not be read."""
    if content_type.endswith(f"{UNREAD}={LATIN_1}"):
        return raw.replace(NO_NUL, NUL).encode("latin-1", "replace")
    return raw.encode("utf-8", "replace")


def item_body(item: Any) -> Body:
    """One item of a list, as if it had come alone."""
    problem = "" if isinstance(item, dict) else "This item of the list is no object."
    return Body(json.dumps(item, ensure_ascii=False), JSON, item, problem)


def kept_body(raw: str, content_type: str) -> Body:
    """The same again, from what was kept of it. What could not be read then cannot be now."""
    kind, said = parse_header_parameters(content_type)
    body, charset = bytes_of(raw, content_type), said.get("charset") or UTF_8
    if UNREAD in said:
        return Body(raw, content_type, problem=_read(kind, body, charset).problem or NOT_READ)
    if kind not in (FORM, MULTIPART):
        return json_body(body)
    try:
        rows = parse_text(raw)
    except Unreadable:
        return form_body(body, charset)
    return Body(raw, kind, _object(_pairs(rows)), files=files_of(rows))


def _read(kind: str, body: bytes, charset: str) -> Body:
    if kind == MULTIPART:
        first = FIRST_LINE.match(body)
        return multipart_body(body, first[1].decode() if first else "x", charset)
    return form_body(body, charset) if kind == FORM else json_body(body)


def files_of(rows: Any) -> tuple[File, ...]:
    """Those that came with a form, of what was kept of it."""
    given = rows if isinstance(rows, list) else []
    three = [row for row in given if isinstance(row, list) and len(row) == 3 and isinstance(row[2], int)]
    return tuple(File(str(name), str(file), size) for name, file, size in three)


def says_the_same(one: Body, other: Body) -> bool:
    """Whatever their blanks and the order of their names."""
    first, second = (json.dumps(body.value, sort_keys=True) for body in (one, other))
    return one.value is not None and first == second


def pasted_body(text: str) -> Body:
    """What somebody pasted: JSON, or the fields of a form as a browser sends them."""
    plain = text.strip()
    return (
        json_body(plain.encode("utf-8", "replace"))
        if plain[:1] in "{["
        else form_body(plain.encode("utf-8", "replace"))
    )


def _decoded(text: str, codec: str, what: str) -> str:
    return decoded(text.encode("latin-1"), codec, what)


def _pairs(value: Any) -> list[tuple[str, str]]:
    rows = value if isinstance(value, list) else []
    return [(str(row[0]), str(row[1])) for row in rows if isinstance(row, list) and len(row) == 2]


def _object(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            before = values[name]
            values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            values[name] = value
    return values
