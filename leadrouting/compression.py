"""Pages and files go over the line compressed, where the browser takes it: a tenth of the bytes on a phone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = ("text/", "application/json", "application/javascript", "image/svg+xml")


class CompressionMiddleware(GZipMiddleware):
    """Text alone; what is compressed in itself gets no smaller. Against guessing secrets by length, each page is made
    longer at random.

    An answer of the API with an ETag stays as it is: compressed it would be another one, and programs that send the
    ETag of a row back with If-Match mean exactly that. That of a file names the file, however it came.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:  # type: ignore[override]  # of any kind
        tag = response.get("ETag")
        is_file = request.path_info.startswith(str(settings.STATIC_URL))
        if (tag and not is_file) or not response.get("Content-Type", "").startswith(TEXTS):
            return response
        response = super().process_response(request, response)  # type: ignore[arg-type]
        if tag:
            response["ETag"] = tag
        return response
