"""The body of a request: never more of it than the limit, and only what can be read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils.http import parse_header_parameters

from routing.inbound.answers import Refused
from routing.intake.bodies import FORM, JSON, MULTIPART, Body, form_body, json_body, multipart_body, unread
from routing.intake.charsets import UTF_8, UnknownCharset, codec_of

NOT_TAKEN = f"Send {JSON}, {FORM} or {MULTIPART}."


@dataclass(frozen=True, slots=True)
class Came:
    """`broke_off`: how, if it is not all that the sender meant to send."""

    content: bytes
    broke_off: str = ""


def read_bytes(request: HttpRequest) -> Came:
    """The body, or what came of it. Raises Refused."""
    limit = settings.API_MAX_BODY_BYTES
    too_large = Refused(413, f"The body is too large: {limit // 1024 // 1024} MB is the most.")
    meta = request.META
    if _length(request) > limit:
        raise too_large
    try:
        if not meta.get("CONTENT_LENGTH") and "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
            came = _chunked(meta, limit)
        else:
            came = _announced(request)
    except SuspiciousOperation as error:
        raise too_large from error
    except OSError as error:
        raise Refused(400, "The body broke off.") from error
    if len(came.content) > limit:
        raise too_large
    return came


def _announced(request: HttpRequest) -> Came:
    """Servers hand on what came until the line was cut as if it were all."""
    body, length = request.body, _length(request)
    return Came(body, f"The body broke off: {len(body)} of {length} bytes came." if len(body) < length else "")


def _chunked(meta: Mapping[str, Any], limit: int) -> Came:
    """Django reads none of a body without Content-Length."""
    if not meta.get("wsgi.input_terminated"):
        raise Refused(411, "Send a Content-Length.")
    stream = meta["wsgi.input"]
    try:
        return Came(bytes(stream.read(limit + 1)))
    except Exception:  # every server has errors of its own for a broken body
        with suppress(Exception):
            return Came(bytes(stream.read(limit + 1)), "The body broke off: its last chunk is missing.")
        raise OSError("nothing of it can be read") from None


def read_body(request: HttpRequest, came: Came) -> Body:
    """What the body says, by its media type. Raises Refused for others; what cannot be read says so itself."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Refused(415, "Send the body as it is, not compressed.")
    media_type, parameters = _content_type(request)
    charset = _charset(media_type, parameters)
    raw = came.content
    if came.broke_off:  # what is missing may be half a value
        return unread(raw, media_type, came.broke_off, charset)
    if media_type == JSON:
        return json_body(raw)
    if media_type == FORM:
        return form_body(raw, charset)
    return multipart_body(raw, parameters.get("boundary", ""), charset)


def _content_type(request: HttpRequest) -> tuple[str, Mapping[str, str]]:
    """One of the three that are read, and its parameters. Raises Refused."""
    try:
        media_type, parameters = parse_header_parameters(request.headers.get("Content-Type", ""))
    except (ValueError, LookupError) as error:
        raise Refused(415, f"Content-Type cannot be read. {NOT_TAKEN}") from error
    media_type = media_type.strip().lower()
    media_type = JSON if media_type.endswith("+json") else media_type
    if media_type not in (JSON, FORM, MULTIPART):
        raise Refused(415, NOT_TAKEN)
    return media_type, parameters


def _charset(media_type: str, parameters: Mapping[str, str]) -> str:
    """The codec of what does not say its own. Raises Refused; JSON is always UTF-8."""
    try:
        charset = codec_of(parameters.get("charset", ""))
    except UnknownCharset as unknown:
        raise Refused(415, str(unknown)) from unknown
    if media_type == JSON and charset != UTF_8:
        raise Refused(415, "Send JSON in UTF-8.")
    return charset


def _length(request: HttpRequest) -> int:
    """What the sender says of it; 0 if it says nothing."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdigit() else 0
