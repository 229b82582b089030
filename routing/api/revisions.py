"""Two callers change one row: the `ETag` that a row is answered with, and `If-Match` that names it again."""

from __future__ import annotations

import hashlib
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from routing.models import RoutingSettings
from routing.services.edit_conflicts import PAUSE, EditedMeanwhile, revision_of

IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The `ETag` of the row as you know it: 412 if somebody changed it since.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    location=OpenApiParameter.HEADER,
    description="The `ETag` of the row as you know it: 304 without a body if it still is so.",
)
ETAG = OpenApiParameter(
    "ETag", location=OpenApiParameter.HEADER, response=[200, 201], description="Changes with every change of the row."
)
CHARACTERS = 32


def etag(row: Any) -> dict[str, str]:
    """To be made before what is answered with it: what changes in between is a conflict then, and not overwritten."""
    return {"ETag": f'"{_revision(row)}"'}


def etag_of_document(shown: Any) -> dict[str, str]:
    """The same for what has no revision of its own: it follows from all that is shown."""
    return {"ETag": f'"{_digest(shown)}"'}


def revision_asked(request: Request, row: Any) -> str:
    """The token of If-Match, of several the row's own; empty if any version will do."""
    tokens = _tokens(request)
    if len(tokens) > 1 and (current := _revision(row)) in tokens:
        return current
    return tokens[0] if tokens else ""


def asks_for_a_revision(request: Request) -> bool:
    return bool(_tokens(request))


def check_document(request: Request, shown: Any, what: str) -> None:
    """Raise EditedMeanwhile unless If-Match, if there is one, names what is shown now."""
    tokens = _tokens(request)
    if tokens and _digest(shown) not in tokens:
        raise EditedMeanwhile(what, "", None)


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names what would be answered."""
    value = request.headers.get("If-None-Match", "").strip()
    return value == "*" or tag.strip('"') in _unquoted(value)


def _tokens(request: Request) -> list[str]:
    """What If-Match names; nothing if any version will do."""
    value = request.headers.get("If-Match", "*").strip()
    if value == "*":
        return []
    tokens = _unquoted(value)
    if not all(tokens):
        raise ValidationError({"If-Match": ["Give the ETag of the row as you know it, or leave the header out."]})
    return tokens


def _unquoted(value: str) -> list[str]:
    """Without the W/ that a proxy puts before the ETag of what it compresses."""
    return [part.strip().removeprefix("W/").strip('"') for part in value.split(",")]


def _digest(shown: Any) -> str:
    return hashlib.sha256(JSONRenderer().render(shown)).hexdigest()[:CHARACTERS]


def _revision(row: Any) -> str:
    return revision_of(row, ignoring=PAUSE if isinstance(row, RoutingSettings) else ())
