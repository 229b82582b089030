"""What a browser sends → names and values: fields of a form or JSON, UTF-8, of bounded size. Files are not read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from routing.intake.strict_json import Unreadable, parse_json

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
JSON = "application/json"
UTF_8 = ("", "utf-8", "utf8")


class TooLarge(Exception):
    """More than a form takes."""


class NotReadable(Exception):
    """Nothing that a form sends."""


def read_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """In the order in which they came. Raises TooLarge or NotReadable."""
    if _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge
    charset = (request.content_params or {}).get("charset", "").strip("\"' ").lower()
    if charset not in UTF_8:
        raise NotReadable
    try:
        if len(request.body) < _length(request):
            raise NotReadable  # it broke off; what is missing may be half a name
        if request.content_type in FORMS:
            return [(name, value) for name, values in request.POST.lists() for value in values]
        if request.content_type == JSON:
            return list(_pairs(parse_json(request.body)))
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError, Unreadable, ValueError) as error:
        raise NotReadable from error
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
