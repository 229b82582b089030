"""Pages and files go over the line compressed, where the browser takes it: a tenth of the bytes on a phone."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = ("text/", "application/json", "application/javascript", "image/svg+xml")


class CompressionMiddleware(GZipMiddleware):
    """Text alone; what is compressed in itself gets no smaller. Against guessing secrets by length, each page is made
    longer at random.

    The API answers as it always did: programs send the ETag of a row back with If-Match, and compressed an answer would
    have another one. That of a file names the file, however it came; a part of a file stays as it is, since its
    Content-Range counts the bytes of the file.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:  # type: ignore[override]  # of any kind
        as_it_is = request.path_info.startswith("/api/") or response.status_code == HTTPStatus.PARTIAL_CONTENT
        if as_it_is or not response.get("Content-Type", "").startswith(TEXTS):
            return response
        tag = response.get("ETag")
        response = super().process_response(request, response)  # type: ignore[arg-type]
        if tag:
            response["ETag"] = tag
        return response
