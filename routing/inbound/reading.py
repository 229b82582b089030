"""The body of a request: never more of it than the limit, and only what can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.http import parse_header_parameters

from routing.inbound.answers import Refused
from routing.intake.bodies import FORM, JSON, MULTIPART, Body, form_body, json_body, pairs_body

UTF8 = ("utf-8", "utf8", "us-ascii")
NOT_TAKEN = f"Send {JSON}, {FORM} or {MULTIPART}."


def read_bytes(request: HttpRequest) -> bytes:
    """The whole body. Raises Refused."""
    limit = settings.API_MAX_BODY_BYTES
    too_large = Refused(413, f"The body is too large: {limit // 1024 // 1024} MB is the most.")
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length) > limit:
        raise too_large
    try:
        if not length and "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = _chunked(meta, limit)
        else:
            body = request.body
    except SuspiciousOperation as error:
        raise too_large from error
    except OSError as error:
        raise Refused(400, "The body broke off.") from error
    if len(body) > limit:
        raise too_large
    return body


def _chunked(meta: Mapping[str, object], limit: int) -> bytes:
    """Django reads none of a body without Content-Length."""
    if not meta.get("wsgi.input_terminated"):
        raise Refused(411, "Send a Content-Length.")
    try:
        return bytes(meta["wsgi.input"].read(limit + 1))  # type: ignore[attr-defined]  # a stream, says WSGI
    except Exception as error:  # every server has errors of its own for a broken body
        raise OSError(str(error)) from error


def read_body(request: HttpRequest, raw: bytes) -> Body:
    """What the body says, by its media type. Raises Refused for others; what cannot be read says so itself."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Refused(415, "Send the body as it is, not compressed.")
    media_type, parameters = parse_header_parameters(request.headers.get("Content-Type", ""))
    media_type = media_type.lower()
    if parameters.get("charset", "utf-8").strip("\"'").lower() not in UTF8:
        raise Refused(415, "Send the body in UTF-8.")
    if media_type == MULTIPART:
        return _multipart(request, raw)
    if media_type.endswith("+json"):
        media_type = JSON
    if media_type not in READERS:
        raise Refused(415, NOT_TAKEN)
    return READERS[media_type](raw)


READERS: Mapping[str, Callable[[bytes], Body]] = {JSON: json_body, FORM: form_body}


def _multipart(request: HttpRequest, raw: bytes) -> Body:
    """Its texts. Files are passed over: a lead has none."""
    meta = request.META | {"CONTENT_LENGTH": str(len(raw))}
    try:
        fields, _ = MultiPartParser(meta, BytesIO(raw), [], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation, ValueError) as error:
        return Body(raw.decode("utf-8", "replace"), MULTIPART, problem=f"The fields cannot be read: {error}"[:300])
    pairs = [(name, value) for name, values in fields.lists() for value in values]
    return pairs_body(((str(name), str(value)) for name, value in pairs), MULTIPART)
