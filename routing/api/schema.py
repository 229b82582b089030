"""The OpenAPI document: what drf-spectacular finds out by itself, plus every error that an operation can answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction
from rest_framework.exceptions import NotFound

from routing.api.examples import add_examples
from routing.api.fields import StrictSerializer
from routing.api.problems import (
    MEDIA_TYPE,
    RETRY_AFTER_SECONDS,
    AnotherBody,
    LengthRequired,
    TooLarge,
    Unavailable,
    in_short,
)
from routing.services.edit_conflicts import EditedMeanwhile

if TYPE_CHECKING:
    from routing.api.views.base import ApiView

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do, for people."},
        "errors": {
            "type": "object",
            "description": "Field or parameter → what is wrong with it.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "owner": {
            "type": ["object", "null"],
            "description": "Who has the lead now, where that is why.",
            "properties": {"email": {"type": "string"}, "name": {"type": "string"}},
        },
    },
}
MEANINGS: dict[int, tuple[str, str]] = {
    400: ("A field, a parameter or the body is wrong.", ""),  # with errors, as below
    401: (
        "No key, or one that is unknown, revoked or expired, or belongs to an inactive rep.",
        "This key is unknown, revoked or expired.",
    ),
    403: ("The key lacks the scope, or acts for another rep.", "This key lacks the scope {scope}."),
    404: ("There is no such thing.", str(NotFound.default_detail)),
    405: ("The address does not know this method.", 'Method "PUT" not allowed.'),
    409: ("It cannot be done as things stand.", ""),  # each view has an example of its own
    411: ("A chunked body that this server does not take.", LengthRequired.default_detail),
    412: ("Somebody changed the row since: it is not what If-Match names.", str(EditedMeanwhile("row", "", None))),
    413: ("The body is larger than 1 MB.", TooLarge.default_detail),
    415: ("The body is not JSON in UTF-8.", 'Unsupported media type "text/plain" in request.'),
    422: ("The Idempotency-Key was used before, with another body.", AnotherBody.default_detail),
    429: ("Too many requests; see Retry-After.", "Request was throttled."),
    503: ("The database is away; see Retry-After.", Unavailable.default_detail),
}
WRONG: dict[str, Any] = {"errors": {"shoe_size": ["There is no such parameter here."]}}
NOT_MODIFIED = 304
ALWAYS = (400, 401, 403, 405, 429, 503)
WITH_BODY = (411, 413, 415)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "routing.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key made with `manage.py create_api_key`."}


class ProblemAutoSchema(AutoSchema):
    """Adds the scope that an operation needs, and its errors. A view names further ones as `conflicts`."""

    @property
    def api_view(self) -> ApiView:
        return cast("ApiView", self.view)

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation:
            add_examples(operation)
        return operation

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's own signature
        scope = self.api_view.scopes[self.method.lower()]
        return f"{super().get_description()}\n\nScope: `{scope}`.".strip()

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        return schema | {"additionalProperties": False} if isinstance(serializer, StrictSerializer) else schema

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        """A filter without a value is refused, not ignored; no text holds a NUL."""
        parameters: list[dict[str, Any]] = super()._get_filter_parameters()
        for schema in (parameter["schema"] for parameter in parameters):
            if schema.get("type") == "string" and not schema.keys() & {"enum", "format"}:
                schema |= {"minLength": 1, "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$"}
            elif schema.get("type") == "array":
                schema["minItems"] = 1
        return parameters

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if NOT_MODIFIED in self.api_view.conflicts.get(self.method.lower(), ()):
            bodies[str(NOT_MODIFIED)] = {"description": "It still is what If-None-Match names."}
        for status in self._error_statuses():
            bodies.setdefault(str(status), self._problem(status))
        return dict(sorted(bodies.items()))

    def _error_statuses(self) -> list[int]:
        statuses = list(ALWAYS)
        if "{" in self.path:
            statuses.append(404)
        if self.method in ("POST", "PATCH"):
            statuses += WITH_BODY
        further = self.api_view.conflicts.get(self.method.lower(), ())
        return statuses + [status for status in further if status != NOT_MODIFIED]

    def _problem(self, status: int) -> dict[str, Any]:
        component = ResolvedComponent(
            name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=PROBLEM_SCHEMA
        )
        self.registry.register_on_missing(component)
        meaning, detail = MEANINGS[status]
        detail = detail.format(scope=self.api_view.scopes[self.method.lower()])
        example: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
        }
        example |= {400: WRONG, 409: self.api_view.conflict_example}.get(status, {})
        if "errors" in example:
            example["detail"] = in_short(example["errors"])
        return {
            "description": meaning,
            "headers": _headers(status),
            "content": {MEDIA_TYPE: {"schema": component.ref, "example": example}},
        }


def _headers(status: int) -> dict[str, Any]:
    if status == 401:
        return {"WWW-Authenticate": {"schema": {"type": "string", "const": "Bearer"}}}
    if status in (429, 503):
        return {"Retry-After": {"schema": {"type": "integer"}, "example": RETRY_AFTER_SECONDS}}
    if status == 405:
        return {"Allow": {"schema": {"type": "string"}}}
    return {}
