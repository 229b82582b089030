"""Requests as the web server hands them over. Whatever a Content-Type says, somebody can answer."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

from routing.intake.charsets import UnknownCharset, codec_of


class Request(WSGIRequest):
    """One whose Content-Type cannot be read has none, and only charsets of text are taken for charsets.

    Django's own fails before anybody could answer, or when somebody reads what was sent in “zlib” or “idna”.
    """

    def _set_content_type_params(self, meta: Any) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (ValueError, LookupError):
            self.content_type, self.content_params = "", {}
        with suppress(UnknownCharset):
            self.encoding = codec_of(self.content_params.get("charset", ""))


class Application(WSGIHandler):
    request_class = Request
