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
FLAGS = frozenset({"active", "paused", "enabled", "target"})
"""What is looked for with true or false."""
YES_NO = ("true", "false")


def choices_of(section: str, lookup: str) -> tuple[str, ...]:
    """The values that can be looked for, if it is a closed list."""
    if lookup in FLAGS:
        return YES_NO
    if "__" in lookup:
        return ()
    column: Any = rows_of(section).model._meta.get_field(lookup)
    return tuple(str(value) for value, _ in column.flatchoices if value)


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
        asked = self._asked()
        if self.entries is None:
            rows = self.get_queryset().filter(**{self.searched[name]: value for name, value in asked.items()})
            return self.get_paginated_response(self.documents(self.paginate_queryset(rows) or []))
        self.pagination_class = ListPages  # a version is a list, not a table
        shown = self.documents(list(self.get_queryset()))  # which may say something else than the row does now
        found = [document for document in shown if all(document[name] == value for name, value in asked.items())]
        return self.get_paginated_response(self.paginate_queryset(found) or [])  # type: ignore[arg-type]

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

    def _asked(self) -> dict[str, Any]:
        """What is looked for, by the name of the parameter. Raises ValidationError."""
        asked: dict[str, Any] = {}
        errors: dict[str, list[str]] = {}
        for name, lookup in self.searched.items():
            value = self.request.query_params.get(name)
            if value is None:
                continue
            choices = choices_of(self.section, lookup)
            if choices and value not in choices:
                errors[name] = [f"Give one of: {', '.join(choices)}."]
            elif "\0" in value:
                errors[name] = ["This holds a character that cannot be searched for."]
            else:
                asked[name] = value == YES_NO[0] if lookup in FLAGS else value
        if errors:
            raise ValidationError(errors)
        return asked


class RowView(SectionView):
    conflicts = {"get": (304,), "patch": (409, 412), "delete": (409, 412)}

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
