"""The sections of the configuration in the API: how each is searched, ordered, called and described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api import shapes
from routing.api.problems import TAKEN_JUST_NOW
from routing.api.revisions import ETAG, IF_MATCH, IF_NONE_MATCH
from routing.api.views.inbound import InboundRows
from routing.api.views.sections import VERSION, RepRows, RowsView, RowView, SkillRows, choices_of
from routing.services.importing.shown import SECTIONS, Versioned

FILTERS: Mapping[str, Mapping[str, str]] = {
    "reps": {
        "email": "email__iexact",
        "name": "name",
        "team": "team__name",
        "kind": "kind",
        "active": "active",
        "paused": "paused",
    },
    "time_off": {"rep": "rep__email__iexact"},
    "forms": {"name": "name", "slug": "slug", "active": "active"},
    "inbound": {"name": "name", "active": "active"},
    "accounts": {
        "name": "name",
        "domain": "domains__domain__iexact",
        "owner": "owner__email__iexact",
        "stage": "stage",
        "target": "target",
        "country": "country",
    },
    "territories": {"name": "name", "parent": "parent__name"},
    "pools": {"name": "name", "strategy": "strategy", "paused": "paused"},
    "rules": {"name": "name", "enabled": "enabled"},
}
ORDERINGS: Mapping[str, tuple[str, ...]] = {
    "reps": ("name", "-name", "email", "-email"),
    "time_off": ("starts_at", "-starts_at"),
    "rules": ("position", "-position", "name", "-name"),
    "accounts": ("name", "-name", "created_at", "-created_at"),
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
    "forms": ("form", "forms"),
    "inbound": ("inbound_address", "inbound addresses"),
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
        ({"skills": SkillRows, "reps": RepRows, "inbound": InboundRows}.get(section, RowsView),),
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
        parameters=[*_search(section, searched), *([VERSION] if versioned else [])],
        responses={(200, "application/json"): shapes.answered(section)},
    )
    added = extend_schema(
        operation_id=f"add_{one}",
        summary=f"Add to the {many}",
        parameters=[ETAG],
        request={"application/json": shapes.asked(section, new=True)},
        responses={(201, "application/json"): shapes.answered(section, new=True)},
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
            "conflict_example": {"errors": {"used": [f"Something else still uses this {one.replace('_', ' ')}."]}},
        },
    )
    answer = {(200, "application/json"): shapes.answered(section)}
    called = one.replace("_", " ")
    got = extend_schema(
        operation_id=f"get_{one}",
        summary=f"Get one of the {many}",
        parameters=[IF_NONE_MATCH, ETAG, *([VERSION] if versioned else [])],
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


def _search(section: str, names: Mapping[str, str]) -> list[OpenApiParameter]:
    found = []
    for name, lookup in names.items():
        choices = choices_of(section, lookup)
        kind: Any = OpenApiTypes.STR if choices else {"type": "string", "pattern": r"^[^\x00]+$"}
        found.append(OpenApiParameter(name, kind, enum=choices or None, description="Exactly this value."))
    return found


def _described(view: Any, **operations: Any) -> Any:
    """The view with methods of its own, each described for the document."""
    for method, describe in operations.items():
        inherited = getattr(view, method)

        def own(self: Any, request: Request, *args: Any, _inherited: Any = inherited, **kwargs: Any) -> Response:
            answer: Response = _inherited(self, request, *args, **kwargs)
            return answer

        setattr(view, method, describe(own))
    return view
