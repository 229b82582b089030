"""The settings of the company, as the file writes them: look at them, change some."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api import shapes
from routing.api.arrival import arrived_at
from routing.api.revisions import ETAG, IF_MATCH, IF_NONE_MATCH, etag, revision_asked
from routing.api.views.base import ApiView
from routing.api.views.sections import VERSION, shows_published
from routing.models import Scope
from routing.rulebook.content import current_settings
from routing.rulebook.mend import mend
from routing.services.importing.one import change_settings
from routing.services.importing.shown import settings_of
from routing.services.publish import published


class SettingsView(ApiView):
    """The settings of the company: draft until published, except `last_resort`, which is live."""

    scopes = {"get": Scope.CONFIG_READ, "patch": Scope.CONFIG_WRITE}
    conflicts = {"get": (304, 404), "patch": (412,)}
    parameters = ("version",)
    SHAPE: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": dict(shapes.SETTINGS),
        "additionalProperties": False,
    }

    @extend_schema(
        operation_id="get_settings",
        summary="The settings",
        parameters=[VERSION, IF_NONE_MATCH, ETAG],
        responses={(200, "application/json"): SHAPE},
    )
    def get(self, request: Request) -> Response:
        if not shows_published(request):
            return self._answer(None)
        if (newest := published()) is None:
            raise NotFound("Nothing has been published yet.")
        return self._answer(mend(newest.content).content["settings"])

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
