"""Reading a body: JSON in UTF-8, strictly, and never more of it than the limit."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, NoReturn

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from routing.api.problems import LengthRequired, TooLarge

DEEPEST = 32
LARGEST_INTEGER = 2**63 - 1
LONGEST_NAME_SHOWN = 80
TOO_DEEP = f"The body is nested too deep: {DEEPEST} levels are the most."


class JSONOnly(DefaultContentNegotiation):
    """Bodies must be JSON; answers always are, whatever the Accept header asks for."""

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8. Says what is wrong with anything else."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        charset = parse_header_parameters(media_type or "")[1].get("charset", "utf-8")
        if charset.strip("\"'").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "", detail="Send the body in UTF-8.")
        return parse_object(_read(stream, parser_context["request"].META))


def _read(stream: IO[Any], meta: Mapping[str, Any]) -> bytes:
    """The whole body; TooLarge without reading it if it says so itself."""
    limit = settings.API_MAX_BODY_BYTES
    if int(meta["CONTENT_LENGTH"]) > limit:
        raise TooLarge()
    try:
        body = stream.read(limit + 1)
    except OSError as error:
        raise ParseError("The body broke off.") from error
    if len(body) > limit:
        raise TooLarge()
    return bytes(body)


def take_chunked_body(request: HttpRequest) -> None:
    """Give a request without Content-Length its body: Django reads none of a chunked one."""
    meta = request.META
    if meta.get("CONTENT_LENGTH") or "chunked" not in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
        return
    if not meta.get("wsgi.input_terminated"):
        raise LengthRequired()
    try:
        body = meta["wsgi.input"].read(settings.API_MAX_BODY_BYTES + 1)
    except Exception as error:  # every server has errors of its own for a broken body
        raise ParseError("The body broke off.") from error
    meta["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises ParseError with a sentence that says what is wrong."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8: byte {error.start + 1} does not belong there.") from error
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
        )
    except RecursionError as error:
        raise ParseError(TOO_DEEP) from error
    except json.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error.msg}, line {error.lineno} column {error.colno}.") from error
    if not isinstance(value, dict):
        raise ParseError("The body must be a JSON object, such as {“email”: “mia@globex.com”}.")
    _refuse_deep(value)
    return value


def body_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 of what a body says, whatever its blanks and the order of its names."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _refuse_deep(value: Any) -> None:
    """Raise ParseError if objects and lists are nested deeper than any body needs. Does not recurse itself."""
    level = [value]
    for _ in range(DEEPEST):
        inside = (child for each in level for child in (each.values() if isinstance(each, dict) else each))
        level = [child for child in inside if isinstance(child, dict | list)]
        if not level:
            return
    raise ParseError(TOO_DEEP)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ParseError(f"“{twice[:LONGEST_NAME_SHOWN]}” stands twice in the same object.")
    return result


def _integer(digits: str) -> int:
    if len(digits) > len(str(LARGEST_INTEGER)) + 1 or abs(int(digits)) > LARGEST_INTEGER:
        raise ParseError("A whole number is too large: 64 bits are the most.")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ParseError("A number is too large.")
    return number


def _constant(word: str) -> NoReturn:
    raise ParseError(f"{word} is not JSON.")
