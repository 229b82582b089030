"""Lists in pages: a cursor marks a row, so that pages neither skip nor repeat rows while leads come in.

It is encrypted: the number of a row in its table says how many there are.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

PURPOSE = "api.cursor"
NO_CURSOR = "This is no cursor. Follow `next` and `previous` as they are."


class Cursor(NamedTuple):
    """The row at the edge of a page of a list, and whether the page asked for lies before it."""

    of: str
    ordering: str
    before: bool
    value: Any
    key: int


class CursorPages(BasePagination):
    """Orders by one field of the view's `orderings` (the first is the default), then by key."""

    parameters = ("cursor", "page_size", "ordering")
    page_size = 50
    max_page_size = 500

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.ordering = _ordering(request, view.orderings)
        size = self._size(request)
        self.cursor = self._read_cursor()
        before = self.cursor is not None and self.cursor.before
        field = self.ordering.lstrip("-")
        descending = self.ordering.startswith("-") != before
        if self.cursor:
            queryset = queryset.filter(_beyond(field, self.cursor, descending))
        sign = "-" if descending else ""
        rows: list[Any] = list(queryset.order_by(f"{sign}{field}", f"{sign}pk")[: size + 1])
        self.more = len(rows) > size
        self.page = rows[:size][::-1] if before else rows[:size]
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        before = self.cursor is not None and self.cursor.before
        has_next = before or self.more
        has_previous = self.more if before else self.cursor is not None
        return _answer(
            self._link(self.page[-1], before=False) if has_next and self.page else None,
            self._link(self.page[0], before=True) if has_previous and self.page else None,
            data,
        )

    def _size(self, request: Request) -> int:
        text = request.query_params.get("page_size", str(self.page_size))
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 0 < int(text) <= self.max_page_size):
            raise ValidationError({"page_size": [f"Give a whole number from 1 to {self.max_page_size}."]})
        return int(text)

    def _list(self) -> str:
        """What a cursor belongs to: rows of a table and documents of a version are two lists at one address."""
        return f"{type(self).__name__} {self.request.path}"

    def _read_cursor(self) -> Cursor | None:
        token = self.request.query_params.get("cursor")
        if not token:
            return None
        try:
            cursor = Cursor(*json.loads(_cipher().decrypt(token.encode(errors="replace"))))
        except (InvalidToken, TypeError) as error:  # TypeError: of an earlier release
            raise ValidationError({"cursor": [NO_CURSOR]}) from error
        if cursor.of != self._list():
            raise ValidationError({"cursor": ["This cursor belongs to another list."]})
        if cursor.ordering != self.ordering:
            raise ValidationError({"cursor": [f"This cursor belongs to the ordering {cursor.ordering}."]})
        return cursor

    def _link(self, row: Model, *, before: bool) -> str:
        value = getattr(row, self.ordering.lstrip("-"))
        plain = value.isoformat() if isinstance(value, datetime) else value
        return self._address(Cursor(self._list(), self.ordering, before, plain, row.pk))

    def _address(self, cursor: Cursor) -> str:
        token = _cipher().encrypt(json.dumps(cursor, separators=(",", ":")).encode()).decode()
        return str(replace_query_param(self.request.build_absolute_uri(), "cursor", token))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        orderings = list(getattr(view, "orderings", ()))
        described: Sequence[tuple[str, str, dict[str, Any]]] = (
            ("cursor", "Take it from `next` or `previous`; it belongs to its list and ordering.", {"type": "string"}),
            ("page_size", "How many rows a page holds.", size),
            ("ordering", "What comes first.", {"type": "string", "enum": orderings, "default": orderings[0]}),
        )
        return [
            {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
            for name, description, schema in described
        ]


class ListPages(CursorPages):
    """Pages of documents that are in memory, such as those of a version, which never changes."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.ordering = _ordering(request, view.orderings)
        size, field = self._size(request), self.ordering.lstrip("-")
        self.cursor = self._read_cursor()
        rows = sorted(queryset, key=lambda row: row[field], reverse=self.ordering.startswith("-"))
        start = self.cursor.key if self.cursor else 0
        if self.cursor and self.cursor.before:
            start = max(0, start - size)
        self.start, self.more = start, start + size < len(rows)
        self.page = rows[start : start + size]
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        after = self.start + len(self.page)
        return _answer(
            self._at(after, before=False) if self.more else None,
            self._at(self.start, before=True) if self.start else None,
            data,
        )

    def _at(self, index: int, *, before: bool) -> str:
        return self._address(Cursor(self._list(), self.ordering, before, None, index))


def _answer(following: str | None, previous: str | None, data: Any) -> Response:
    """A page, with its neighbours in the body and, for whoever reads no bodies, in Link (RFC 8288)."""
    links = [f'<{url}>; rel="{rel}"' for url, rel in ((following, "next"), (previous, "prev")) if url]
    headers = {"Link": ", ".join(links)} if links else {}
    return Response({"next": following, "previous": previous, "results": data}, headers=headers)


def _ordering(request: Request, orderings: Sequence[str]) -> str:
    ordering = request.query_params.get("ordering", orderings[0])
    if ordering not in orderings:
        raise ValidationError({"ordering": [f"Order by one of: {', '.join(orderings)}."]})
    return ordering


def _cipher() -> MultiFernet:
    """New cursors are made with the first key; those made with earlier ones are still read."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = [hashlib.sha256(f"{PURPOSE} {key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _beyond(field: str, cursor: Cursor, descending: bool) -> Q:
    side = "lt" if descending else "gt"
    at_or_past = Q(**{f"{field}__{side}e": cursor.value})  # a bound that an index can serve
    return at_or_past & (Q(**{f"{field}__{side}": cursor.value}) | Q(**{f"pk__{side}": cursor.key}))
