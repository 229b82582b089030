"""What all views of the API share."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.noting import name_actor, note_change
from routing.api.pagination import CursorPages
from routing.api.parsers import JSONOnly, take_chunked_body
from routing.api.revisions import is_known
from routing.models import Scope

EVERYWHERE = {"Cache-Control": "no-store", "Content-Language": "en"}


class ApiView(GenericAPIView[Any]):
    """One scope for each method; parameters that nobody documented are refused, since a typo would be ignored."""

    http_method_names = ["get", "head", "post", "patch", "delete", "options"]
    content_negotiation_class = JSONOnly
    metadata_class = None
    scopes: ClassVar[Mapping[str, Scope]] = {}
    conflicts: ClassVar[Mapping[str, tuple[int, ...]]] = {}
    conflict_example: ClassVar[Mapping[str, Any]] = {}
    parameters: ClassVar[tuple[str, ...]] = ()
    sent_parameters: ClassVar[tuple[str, ...]] = ()
    orderings: ClassVar[tuple[str, ...]] = ()
    lookup_field = "uuid"
    lookup_url_kwarg = "id"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        name_actor(request)
        if str(request.method) not in self.allowed_methods:
            self.http_method_not_allowed(request)
        self._refuse_unknown_parameters(request)
        take_chunked_body(request._request)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What can be done here stands in Allow, as in every answer."""
        return Response(status=204)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing is kept by anybody in between; what changed the configuration is noted."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in EVERYWHERE.items():
            answer.setdefault(name, value)
        readable = request.method in ("GET", "HEAD") and answer.status_code == HTTPStatus.OK
        if readable and "ETag" in answer and is_known(request, answer["ETag"]):
            answer.status_code, answer.data = HTTPStatus.NOT_MODIFIED, None
        note_change(request, answer, self.scopes)
        return answer

    def get_object(self) -> Any:
        if not is_id(self.kwargs["id"]):
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
        known = self.known_parameters() if request.method in ("GET", "HEAD") else set(self.sent_parameters)
        errors = {name: ["There is no such parameter here."] for name in given if name not in known}
        errors |= {name: ["Give it once."] for name in given if len(given.getlist(name)) > 1}
        errors |= {name: ["Give a value, or leave it out."] for name in given if not given[name] and name != "cursor"}
        if errors:
            raise ValidationError(errors)

    def paged(self, rows: list[Model]) -> Any:
        """The page with `rows` as it is answered."""
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


def is_id(text: str) -> bool:
    """Whether a part of an address is an id as it is answered."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
