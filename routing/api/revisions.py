"""Two callers change one row: the `ETag` that a row is answered with, and `If-Match` that names it again."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from routing.models import RoutingSettings
from routing.services.edit_conflicts import PAUSE, revision_of

IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The `ETag` of the row as you know it: 409 if somebody changed it since.",
)
ETAG = OpenApiParameter(
    "ETag", location=OpenApiParameter.HEADER, response=[200, 201], description="Changes with every change of the row."
)


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
