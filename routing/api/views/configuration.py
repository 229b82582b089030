"""The sections of the configuration: look at rows, add one, change one, take one out. As the file writes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from reps.models import Rep
from routing.api import shapes
from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.pagination import ListPages
from routing.api.problems import TAKEN_JUST_NOW
from routing.api.views.base import ApiView
from routing.models import RoutingSettings, Scope
from routing.rulebook.content import current_settings
from routing.rulebook.mend import mend
from routing.services.edit_conflicts import PAUSE, EditedMeanwhile, revision_of
from routing.services.importing.one import add_skill, change_settings, save_row
from routing.services.importing.shown import SECTIONS, Versioned, document_of, documents_of, rows_of, settings_of
from routing.services.manage.remove import remove_row
from routing.services.people.deactivation import left_behind
from routing.services.people.like import USUAL_WEEKS, add_like, rep_like
from routing.services.publish import published

DRAFT, PUBLISHED = "draft", "published"
VERSION = OpenApiParameter("version", enum=[DRAFT, PUBLISHED], default=DRAFT, description="Which rulebook is shown.")
IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The `ETag` of the row as you know it: 409 if somebody changed it since.",
)
ETAG = OpenApiParameter(
    "ETag", location=OpenApiParameter.HEADER, response=[200, 201], description="Changes with every change of the row."
)
SCOPES = {
    "get": Scope.CONFIG_READ,
    "post": Scope.CONFIG_WRITE,
    "patch": Scope.CONFIG_WRITE,
    "delete": Scope.CONFIG_WRITE,
}


def etag(row: Any) -> dict[str, str]:
    """To be made before what is answered with it: what changes in between is a conflict then, and not overwritten."""
    return {"ETag": f'"{_revision(row)}"'}


def revision_asked(request: Request, row: Any) -> str:
    """The token of If-Match, of several the row's own; empty if any version will do."""
    value = request.headers.get("If-Match", "*").strip()
    if value == "*":
        return ""
    tokens = [part.strip().removeprefix("W/").strip('"') for part in value.split(",")]
    if not all(tokens):
        raise ValidationError({"If-Match": ["Give the ETag of the row as you know it, or leave the header out."]})
    if len(tokens) > 1 and (current := _revision(row)) in tokens:
        return current
    return tokens[0]


def _revision(row: Any) -> str:
    return revision_of(row, ignoring=PAUSE if isinstance(row, RoutingSettings) else ())


def reason_of(request: Request) -> str:
    return f"API key {key_of(request).name}"[:100]


class SectionView(ApiView):
    """Rows of one section; of the versioned ones also as the published rulebook has them."""

    scopes = SCOPES
    section: ClassVar[str]
    queryset = None

    @cached_property
    def entries(self) -> Mapping[int, Any] | None:
        """The rows of the published rulebook by key; None if the draft is asked for."""
        version = self.request.query_params.get("version", DRAFT)
        if version not in (DRAFT, PUBLISHED):
            raise ValidationError({"version": [f"Give {DRAFT} or {PUBLISHED}."]})
        if version == DRAFT:
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


FLAGS = frozenset({"active", "paused"})
FILTERS: Mapping[str, Mapping[str, str]] = {
    "reps": {"email": "email__iexact", "name": "name", "team": "team__name", "active": "active", "paused": "paused"},
    "time_off": {"rep": "rep__email__iexact"},
    "accounts": {"name": "name", "domain": "domains__domain__iexact", "owner": "owner__email__iexact"},
}
ORDERINGS: Mapping[str, tuple[str, ...]] = {
    "reps": ("name", "-name", "email", "-email"),
    "time_off": ("starts_at", "-starts_at"),
    "rules": ("position", "-position", "name", "-name"),
}
CALLED: Mapping[str, tuple[str, str]] = {
    "teams": ("team", "teams"),
    "reps": ("rep", "reps"),
    "time_off": ("time_off", "time off"),
    "skills": ("skill", "skills"),
    "topics": ("topic", "topics"),
    "tables": ("table", "tables"),
    "territories": ("territory", "territories"),
    "accounts": ("account", "accounts"),
    "pools": ("pool", "pools"),
    "rules": ("rule", "rules"),
    "sla_policies": ("sla_policy", "SLA policies"),
    "examples": ("example", "examples"),
    "sources": ("source", "sources"),
}
"""Section → how one row is called in operation ids, and how many are called for people."""


def path_of(section: str) -> str:
    """The section in an address."""
    return section.replace("_", "-")


def rows_view(section: str) -> type[RowsView]:
    """The list of a section and the way to add to it."""
    one, many = CALLED[section]
    name = "".join(word.title() for word in section.split("_"))
    versioned = isinstance(SECTIONS[section], Versioned)
    searched = FILTERS.get(section, {"name": "name"})
    shown: Any = type(
        f"{name}RowsView",
        ({"skills": SkillRows, "reps": RepRows}.get(section, RowsView),),
        {
            "section": section,
            "searched": searched,
            "parameters": (*searched, *(("version",) if versioned else ())),
            "orderings": ORDERINGS.get(section, ("name", "-name")),
            "conflicts": {} if section == "time_off" else {"post": (409,)},
            "conflict_example": {"errors": {"email" if section == "reps" else "name": [TAKEN_JUST_NOW]}},
            "__doc__": f"{many[:1].upper()}{many[1:]}, with the keys of the configuration file.",
        },
    )
    listed = extend_schema(
        operation_id=f"list_{section}",
        summary=f"List {many}",
        parameters=[*_search(searched), *([VERSION] if versioned else [])],
        responses={(200, "application/json"): shapes.answered(section)},
    )
    added = extend_schema(
        operation_id=f"add_{one}",
        summary=f"Add to the {many}",
        parameters=[ETAG],
        request={"application/json": shapes.asked(section, new=True)},
        responses={(201, "application/json"): shapes.answered(section)},
    )
    return _described(shown, get=listed, post=added)


def row_view(section: str) -> type[RowView]:
    """One row of a section."""
    one, many = CALLED[section]
    name = "".join(word.title() for word in section.split("_"))
    versioned = isinstance(SECTIONS[section], Versioned)
    shown: Any = type(
        f"{name}RowView",
        (RowView,),
        {
            "section": section,
            "parameters": ("version",) if versioned else (),
            "conflict_example": {"detail": str(EditedMeanwhile(one.replace("_", " "), "", None))},
        },
    )
    answer = {(200, "application/json"): shapes.answered(section)}
    called = one.replace("_", " ")
    got = extend_schema(
        operation_id=f"get_{one}",
        summary=f"Get one of the {many}",
        parameters=[ETAG, *([VERSION] if versioned else [])],
        responses=answer,
    )
    changed = extend_schema(
        operation_id=f"change_{one}",
        summary=f"Change a {called}: the keys that are given",
        parameters=[IF_MATCH, ETAG],
        request={"application/json": shapes.asked(section, new=False)},
        responses=answer,
    )
    if section == "skills":  # it is known by its name: another name is another skill
        shown.http_method_names = ["get", "head", "delete"]
    removed = extend_schema(
        operation_id=f"remove_{one}",
        summary=f"Take a {called} out",
        parameters=[IF_MATCH],
        responses={204: OpenApiResponse(description="It is gone.")},
    )
    methods = {"get": got, "patch": changed, "delete": removed}
    return _described(shown, **{name: how for name, how in methods.items() if name in shown.http_method_names})


def _search(names: Mapping[str, str]) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(
            name,
            enum=["true", "false"] if lookup in FLAGS else None,
            type={"type": "string", "minLength": 1} if lookup not in FLAGS else OpenApiTypes.STR,
            description="Exactly this value.",
        )
        for name, lookup in names.items()
    ]


def _described(view: Any, **operations: Any) -> Any:
    """The view with methods of its own, each described for the document."""
    for method, describe in operations.items():
        inherited = getattr(view, method)

        def own(self: Any, request: Request, *args: Any, _inherited: Any = inherited, **kwargs: Any) -> Response:
            answer: Response = _inherited(self, request, *args, **kwargs)
            return answer

        setattr(view, method, describe(own))
    return view


class SettingsView(ApiView):
    """The settings of the company: draft until published, except `last_resort`, which is live."""

    scopes = {"get": Scope.CONFIG_READ, "patch": Scope.CONFIG_WRITE}
    conflicts = {"get": (404,), "patch": (409,)}
    conflict_example: ClassVar[Mapping[str, Any]] = {"detail": str(EditedMeanwhile("routing settings", "", None))}
    parameters = ("version",)
    SHAPE: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": dict(shapes.SETTINGS),
        "additionalProperties": False,
    }

    @extend_schema(
        operation_id="get_settings",
        summary="The settings",
        parameters=[VERSION, ETAG],
        responses={(200, "application/json"): SHAPE},
    )
    def get(self, request: Request) -> Response:
        version = request.query_params.get("version", DRAFT)
        if version not in (DRAFT, PUBLISHED):
            raise ValidationError({"version": [f"Give {DRAFT} or {PUBLISHED}."]})
        newest = published() if version == PUBLISHED else None
        if version == PUBLISHED and newest is None:
            raise NotFound("Nothing has been published yet.")
        return self._answer(mend(newest.content).content["settings"] if newest else None)

    @extend_schema(
        operation_id="change_settings",
        summary="Change the settings: the keys that are given",
        parameters=[IF_MATCH, ETAG],
        request={"application/json": SHAPE},
        responses={(200, "application/json"): SHAPE},
    )
    def patch(self, request: Request) -> Response:
        revision = revision_asked(request, current_settings())
        change_settings(changes=request.data, now=arrived_at(request), revision=revision)
        return self._answer(None)

    def _answer(self, frozen: Any) -> Response:
        headers = etag(current_settings()) if frozen is None else {}
        document, stages = settings_of(frozen)
        return Response(document | {"stages": stages}, headers=headers)
