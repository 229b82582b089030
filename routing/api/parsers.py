"""Reading a body: JSON in UTF-8, strictly, and never more of it than the limit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from routing.api.problems import LengthRequired, TooLarge
from routing.intake.strict_json import Unreadable, parse_json


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
        value = parse_json(body)
    except Unreadable as error:
        raise ParseError(str(error)) from error
    if not isinstance(value, dict):
        raise ParseError("The body must be a JSON object, such as {“email”: “mia@globex.com”}.")
    return value


def body_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 of what a body says, whatever its blanks and the order of its names."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
