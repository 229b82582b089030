"""What a browser sends → names and values: fields of a form or JSON, UTF-8, of bounded size; of files their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError

from routing.intake.bodies import FORM, JSON, MULTIPART
from routing.intake.multipart import File, read_multipart
from routing.intake.strict_json import Unreadable, parse_json

UTF_8 = ("", "utf-8", "utf8")


class TooLarge(Exception):
    """More than a form takes."""


@dataclass(frozen=True, slots=True)
class Read:
    """Names and values in the order in which they came, and the files that came with them."""

    pairs: list[tuple[str, str]]
    files: tuple[File, ...] = ()


class NotReadable(Exception):
    """Nothing that a form sends, or not all of it: `pairs` are what could be read."""

    def __init__(self, pairs: list[tuple[str, str]] | None = None) -> None:
        super().__init__("What was sent cannot be read.")
        self.pairs = pairs or []


def read_sent(request: HttpRequest) -> Read:
    """Raises TooLarge or NotReadable."""
    if _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge
    charset = (request.content_params or {}).get("charset", "").strip("\"' ").lower()
    if charset not in UTF_8:
        raise NotReadable
    try:
        read = _read(request)
    except (SuspiciousOperation, UnreadablePostError, Unreadable, ValueError) as error:
        raise NotReadable from error
    if len(request.body) < _length(request):
        raise NotReadable(read.pairs)  # it broke off; what is missing may be half a name
    return read


def _read(request: HttpRequest) -> Read:
    if request.content_type == MULTIPART:
        boundary = (request.content_params or {}).get("boundary", "")
        found = read_multipart(request.body, boundary, errors="replace")
        if found.problem:
            raise NotReadable(found.pairs)
        return Read(found.pairs, tuple(found.files))
    if request.content_type == FORM:
        fields = QueryDict(request.body, encoding="utf-8")
        return Read([(name, value) for name, values in fields.lists() for value in values])
    if request.content_type == JSON:
        return Read(list(_pairs(parse_json(request.body))))
    raise NotReadable


def _length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() else 0


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    """Of a flat object; true is a box that was ticked."""
    if not isinstance(value, dict):
        raise NotReadable
    for name, entry in value.items():
        for item in entry if isinstance(entry, list) else [entry]:
            if isinstance(item, dict | list):
                raise NotReadable
            yield str(name), _text(item)


def _text(item: Any) -> str:
    if isinstance(item, bool):
        return "on" if item else ""
    if isinstance(item, float):
        text = f"{Decimal(str(item)):f}"
        return f"{text}0" if text[-4:-3] == "." else text  # 2.125 typed in German would be thousands
    return "" if item is None else str(item)
