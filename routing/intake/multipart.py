"""multipart/form-data, read strictly (RFC 7578): all of its parts, or what is wrong with which of them.

Django's own reader takes a body that broke off for a whole one, passes over parts whose head it cannot read, and puts
a mark in the place of each byte that is none of its charset.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.http import parse_header_parameters

from routing.intake.charsets import UTF_8, UnknownCharset, codec_of
from routing.intake.clean import Errors

BOUNDARY = re.compile(r"[ -~]{0,199}[!-~]", re.ASCII)
LONGEST_HEAD = 8 * 1024
LONGEST_SHOWN = 100
MOST_PARTS = 1_000
CHARSET = "_charset_"
"""The field in which browsers say how they wrote the others."""
READ = ("content-disposition", "content-type", "content-transfer-encoding")
HEADER = re.compile(r"([!-9;-~]+):[ \t]*(.*)", re.DOTALL)
BEGIN, BROKE_OFF = "The body does not begin with its boundary.", "The body broke off: its closing boundary is missing."
AFTER_END = "There is more behind the closing boundary."
NO_BOUNDARY = "Content-Type names no boundary."


class Wrong(ValueError):
    """The text says what is wrong with a part."""


class File(NamedTuple):
    """What a lead has no place for. `size` in bytes."""

    field: str
    name: str
    size: int


@dataclass(slots=True)
class Fields:
    """Texts in the order in which they came. With a `problem` they are what could be read of them."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    problem: str = ""


class _Part(NamedTuple):
    headers: Mapping[str, tuple[str, Mapping[str, str]]]
    content: bytes


def read_multipart(raw: bytes, boundary: str, charset: str = UTF_8, *, errors: str = "strict") -> Fields:
    """`charset` is the codec of texts that do not say their own; `errors`, what becomes of bytes that do not fit."""
    if not BOUNDARY.fullmatch(boundary):
        return Fields(problem=NO_BOUNDARY)
    cut, problem = _cut(raw, boundary.encode())
    found = Fields(problem=f"More than {MOST_PARTS} fields." if len(cut) > MOST_PARTS else problem)
    try:
        charset = _own_charset(cut[:MOST_PARTS]) or charset
    except UnknownCharset as unknown:
        found.problem = found.problem or str(unknown)
    for number, piece in enumerate(cut[:MOST_PARTS], start=1):
        try:
            _put(found, _part(piece, charset, errors), charset, errors)
        except Wrong as wrong:
            found.problem = found.problem or f"Part {number}: {wrong}"
    return found


def left_out(files: Iterable[File]) -> Errors:
    """What is said of them, by their fields."""
    said: Errors = {}
    for each in files:
        name = f"“{each.name[:LONGEST_SHOWN]}”" if each.name else "without a name"
        texts = said.setdefault(each.field[:LONGEST_SHOWN], [])
        texts.append(f"A file, {name}, of {each.size} bytes. Files are not kept.")
    return said


def decoded(text: bytes, charset: str, what: str, errors: str = "strict") -> str:
    """Raises Wrong, which says where it is not of this charset."""
    try:
        return text.decode(charset, errors)
    except UnicodeDecodeError as error:
        raise Wrong(f"{what} is not {charset.upper()}: byte {error.start + 1} does not belong there.") from error


def field_named(name: str) -> str:
    return f"the field “{name[:LONGEST_SHOWN]}”"


# --- parts --------------------------------------------------------------------------------------------------------


def _cut(raw: bytes, boundary: bytes) -> tuple[list[bytes], str]:
    """What stands between the boundaries, and what is wrong with these."""
    mark = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    marks: list[re.Match[bytes]] = []
    for found in mark.finditer(raw):
        marks.append(found)
        if found[1] or len(marks) > MOST_PARTS + 1:
            break
    if not marks or raw[: marks[0].start()].strip():
        return [], BEGIN
    ends = [found.start() for found in marks[1:]]
    if marks[-1][1]:
        return _between(raw, marks, ends), AFTER_END if raw[marks[-1].end() :].strip() else ""
    return _between(raw, marks, [*ends, len(raw)]), BROKE_OFF


def _between(raw: bytes, marks: Sequence[re.Match[bytes]], ends: Sequence[int]) -> list[bytes]:
    return [raw[mark.end() + 2 : end] for mark, end in zip(marks, ends, strict=False)]


def _part(piece: bytes, charset: str, errors: str) -> _Part:
    """Raises Wrong if its head cannot be read."""
    head, end, content = piece.partition(b"\r\n\r\n")
    if not end or len(head) > LONGEST_HEAD:
        raise Wrong("its head has no end." if not end else "its head is too long.")
    headers = dict(_headers(decoded(head, charset, "its head", errors)))
    kind, _ = headers.get("content-transfer-encoding", ("", {}))
    return _Part(headers, _transferred(content, kind))


def _headers(head: str) -> Iterator[tuple[str, tuple[str, Mapping[str, str]]]]:
    for line in re.sub(r"\r\n[ \t]+", " ", head).split("\r\n"):
        found = HEADER.fullmatch(line)
        if not found:
            raise Wrong(f"“{line[:LONGEST_SHOWN]}” in its head is no header.")
        name = found[1].lower()
        if name not in READ:
            continue
        try:
            value, parameters = parse_header_parameters(found[2].strip())
        except (ValueError, LookupError) as error:
            raise Wrong(f"{found[1]} in its head cannot be read.") from error
        yield name, (value.strip().lower(), parameters)


def _transferred(content: bytes, encoding: str) -> bytes:
    if encoding in ("", "7bit", "8bit", "binary"):
        return content
    try:
        if encoding == "base64":
            return binascii.a2b_base64(b"".join(content.split()), strict_mode=True)
    except binascii.Error as error:
        raise Wrong("it is not Base64, as its head says.") from error
    if encoding == "quoted-printable":
        return binascii.a2b_qp(content)
    raise Wrong(f"the Content-Transfer-Encoding “{encoding[:LONGEST_SHOWN]}” is not known.")


def _put(found: Fields, part: _Part, charset: str, errors: str) -> None:
    kind, said = part.headers.get("content-disposition", ("", {}))
    name = said.get("name")
    if kind != "form-data" or name is None:
        raise Wrong("Content-Disposition: form-data; name=… is missing.")
    if "filename" in said:
        if said["filename"] or part.content:  # browsers send an empty one where nobody chose a file
            found.files.append(File(name, re.split(r"[/\\]", said["filename"])[-1], len(part.content)))
        return
    _, parameters = part.headers.get("content-type", ("", {}))
    try:
        own = codec_of(parameters["charset"]) if parameters.get("charset") else charset
    except UnknownCharset as unknown:
        raise Wrong(str(unknown)) from unknown
    found.pairs.append((name, decoded(part.content, own, field_named(name), errors)))


def _own_charset(pieces: Iterable[bytes]) -> str:
    """What the body says of itself; empty if it says nothing. Raises UnknownCharset."""
    for piece in pieces:
        if CHARSET.encode() not in piece:
            continue
        try:
            part = _part(piece, "latin-1", "strict")
        except Wrong:
            continue
        _, said = part.headers.get("content-disposition", ("", {}))
        if said.get("name") == CHARSET and part.content.strip():
            return codec_of(part.content.decode("latin-1"))
    return ""
