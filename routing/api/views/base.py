"""What all views of the API share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from routing.api.pagination import CursorPages
from routing.api.parsers import JSONOnly, take_chunked_body
from routing.models import Scope


class ApiView(GenericAPIView[Any]):
    """One scope for each method; parameters that nobody documented are refused, since a typo would be ignored."""

    http_method_names = ["get", "head", "post", "patch", "delete"]
    content_negotiation_class = JSONOnly
    metadata_class = None
    scopes: ClassVar[Mapping[str, Scope]] = {}
    conflicts: ClassVar[Mapping[str, tuple[int, ...]]] = {}
    conflict_example: ClassVar[Mapping[str, Any]] = {}
    parameters: ClassVar[tuple[str, ...]] = ()
    orderings: ClassVar[tuple[str, ...]] = ()
    lookup_field = "uuid"
    lookup_url_kwarg = "id"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if str(request.method) not in self.allowed_methods:
            self.http_method_not_allowed(request)
        self._refuse_unknown_parameters(request)
        take_chunked_body(request._request)

    def get_object(self) -> Any:
        text = self.kwargs["id"]
        try:
            known = str(UUID(text)) == text.lower()
        except ValueError:
            known = False
        if not known:
            raise NotFound()
        return super().get_object()

    @classmethod
    def known_parameters(cls) -> set[str]:
        names = set(cls.parameters)
        if cls.orderings:
            names |= set(CursorPages.parameters)
        if filters := getattr(cls, "filterset_class", None):
            names |= filters.base_filters.keys()
        return names

    def _refuse_unknown_parameters(self, request: Request) -> None:
        given = request.query_params
        known = self.known_parameters() if request.method in ("GET", "HEAD") else set()
        errors = {name: ["There is no such parameter here."] for name in given if name not in known}
        errors |= {name: ["Give it once."] for name in given if len(given.getlist(name)) > 1}
        errors |= {name: ["Give a value, or leave it out."] for name in given if not given[name] and name != "cursor"}
        if errors:
            raise ValidationError(errors)

    def paged(self, rows: list[Model]) -> Any:
        """The page with `rows` as it is answered."""
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)
