"""The OpenAPI document and a page to try it, open to everybody; and the answer to addresses that do not exist."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from routing.api.parsers import JSONOnly
from routing.api.views.base import EVERYWHERE


class JSONOrYAML(DefaultContentNegotiation):
    """JSON, or YAML for whoever asks for it."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        wanted = "yaml" in request.headers.get("Accept", "")
        renderer = next((r for r in renderers if (r.format == "yaml") == wanted), renderers[0])
        return renderer, renderer.media_type


class SchemaView(SpectacularAPIView):
    content_negotiation_class = JSONOrYAML
    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]
    http_method_names = ["get", "head"]

    def _get_schema_response(self, request: Request) -> Response:
        return Response(document())


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; it changes only with the code."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


class DocsView(SpectacularSwaggerSplitView):
    """Its script comes from an address of its own, so the strict Content-Security-Policy holds here too."""

    url_name = "api:schema"
    template_name = "api/docs.html"
    http_method_names = ["get", "head"]


class UnknownAddress(APIView):
    """Whatever the method: there is nothing here."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = JSONOnly
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.headers |= EVERYWHERE
        raise NotFound("There is nothing at this address. See /api/v1/docs/.")
