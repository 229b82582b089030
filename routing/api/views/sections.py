"""Rows of a section of the configuration: look at them, add one, change one, take one out. As the file writes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.functional import cached_property
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.pagination import ListPages
from routing.api.revisions import etag, revision_asked
from routing.api.views.base import ApiView
from routing.models import Scope
from routing.rulebook.mend import mend
from routing.services.importing.one import add_skill, save_row
from routing.services.importing.shown import document_of, documents_of, rows_of
from routing.services.manage.remove import remove_row
from routing.services.people.deactivation import left_behind
from routing.services.people.like import USUAL_WEEKS, add_like, rep_like
from routing.services.publish import published

DRAFT, PUBLISHED = "draft", "published"
VERSION = OpenApiParameter("version", enum=[DRAFT, PUBLISHED], default=DRAFT, description="Which rulebook is shown.")
SCOPES = {
    "get": Scope.CONFIG_READ,
    "post": Scope.CONFIG_WRITE,
    "patch": Scope.CONFIG_WRITE,
    "delete": Scope.CONFIG_WRITE,
}
FLAGS = frozenset({"active", "paused"})
"""What is looked for with true or false."""


def reason_of(request: Request) -> str:
    return f"API key {key_of(request).name}"[:100]


def shows_published(request: Request) -> bool:
    """Whether `version` asks for the published rulebook, and not for the draft."""
    version = request.query_params.get("version", DRAFT)
    if version not in (DRAFT, PUBLISHED):
        raise ValidationError({"version": [f"Give {DRAFT} or {PUBLISHED}."]})
    return version == PUBLISHED


class SectionView(ApiView):
    """Rows of one section; of the versioned ones also as the published rulebook has them."""

    scopes = SCOPES
    section: ClassVar[str]
    queryset = None

    @cached_property
    def entries(self) -> Mapping[int, Any] | None:
        """The rows of the published rulebook by key; None if the draft is asked for."""
        if not shows_published(self.request):
            return None
        newest = published()
        return {entry["id"]: entry for entry in mend(newest.content).content[self.section]} if newest else {}

    def get_queryset(self) -> QuerySet[Any]:
        entries = self.entries if self.request.method in ("GET", "HEAD") else None
        return rows_of(self.section, keys=None if entries is None else entries.keys())

    def documents(self, rows: Collection[Any]) -> list[dict[str, Any]]:
        shown = documents_of(self.section, rows, version=self.entries)
        return [{"id": str(row.uuid)} | document for row, document in zip(rows, shown, strict=True)]


class RowsView(ListModelMixin, SectionView):
    searched: ClassVar[Mapping[str, str]] = {}

    def get(self, request: Request) -> Response:
        rows = self._narrowed(self.get_queryset())
        if self.entries is None:
            return self.get_paginated_response(self.documents(self.paginate_queryset(rows) or []))
        self.pagination_class = ListPages  # a version is a list, not a table
        return self.get_paginated_response(self.paginate_queryset(self.documents(list(rows))) or [])  # type: ignore[arg-type]

    def post(self, request: Request) -> Response:
        row = self.add(request)
        headers = etag(row)
        document = {"id": str(row.uuid)} | document_of(self.section, row)
        address = request.build_absolute_uri(f"{request.path}/{row.uuid}")
        return Response(document, status=201, headers=headers | {"Location": address})

    def add(self, request: Request) -> Any:
        return save_row(
            section=self.section, row=None, changes=request.data, now=arrived_at(request), reason=reason_of(request)
        )

    def _narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        given = self.request.query_params
        errors: dict[str, list[str]] = {}
        for name, lookup in self.searched.items():
            value: Any = given.get(name)
            if value is None:
                continue
            if lookup in FLAGS and value not in ("true", "false"):
                errors[name] = ["Give true or false."]
            elif "\0" in value:
                errors[name] = ["This holds a character that cannot be searched for."]
            else:
                rows = rows.filter(**{lookup: value == "true" if lookup in FLAGS else value})
        if errors:
            raise ValidationError(errors)
        return rows


class RowView(SectionView):
    conflicts = {"patch": (409,), "delete": (409,)}

    def get(self, request: Request, id: str) -> Response:
        row = self.get_object()
        headers = etag(row) if self.entries is None else {}  # what was published is not what is changed
        return Response(self.documents([row])[0], headers=headers)

    def patch(self, request: Request, id: str) -> Response:
        known = self.get_object()
        row = save_row(
            section=self.section,
            row=known,
            changes=request.data,
            now=arrived_at(request),
            reason=reason_of(request),
            revision=revision_asked(request, known),
        )
        headers = etag(row)
        warning = left_behind(row) if isinstance(row, Rep) and known.active and not row.active else ""
        also = {"warnings": [warning]} if warning else {}
        return Response({"id": str(row.uuid)} | document_of(self.section, row) | also, headers=headers)

    def delete(self, request: Request, id: str) -> Response:
        row = self.get_object()
        remove_row(section=self.section, row=row, now=arrived_at(request), revision=revision_asked(request, row))
        return Response(status=204)


class RepRows(RowsView):
    """Somebody new may be like somebody else."""

    def add(self, request: Request) -> Any:
        if "like" not in request.data:
            return super().add(request)
        values = dict(request.data)
        like, weeks = rep_like(values.pop("like")), values.pop("ramp_weeks", None)
        if weeks is not None and (isinstance(weeks, bool) or not isinstance(weeks, int)):
            raise ValidationError({"ramp_weeks": ["Give a whole number of weeks."]})
        return add_like(
            like=like,
            values=values,
            ramp_weeks=USUAL_WEEKS if weeks is None else weeks,
            now=arrived_at(request),
            reason=reason_of(request),
        )


class SkillRows(RowsView):
    """A skill has nothing but a name."""

    def add(self, request: Request) -> Any:
        if unknown := [name for name in request.data if name != "name"]:
            raise ValidationError({name: ["this key is unknown."] for name in unknown})
        return add_skill(name=request.data.get("name"))
