"""Files: send one in, follow it, look at its rows, confirm, cancel, undo."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.arrival import arrived_at
from routing.api.authentication import key_of
from routing.api.filters import ImportFilters, ImportRowFilters
from routing.api.problems import TooLarge
from routing.api.serializers.actions import NothingSerializer
from routing.api.serializers.imports import ImportRowSerializer, ImportSerializer
from routing.api.uploads import PARSERS, PARTS, options_of, read_upload
from routing.api.views.base import ApiView, is_id
from routing.api.views.leads import HEADERS as LEAD_HEADERS
from routing.api.views.leads import _idempotency_key as idempotency_key
from routing.models import ApiKey, Import, ImportRow, Scope
from routing.services.imports import start
from routing.services.imports.all_sections import SECTIONS, section_named
from routing.services.imports.files import FileTooLarge
from routing.services.imports.state import settled

LEADS = Import.Section.LEADS.value
NO_REP = "Files are not for the keys of reps."
"""Whose key it is sees its own leads only; a file is about everybody's."""
BINARY = {"type": "string", "format": "binary"}
TEXT = {"type": "string"}
FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {**BINARY, "description": "CSV, XLSX or JSON Lines; which one is recognised."},
        **dict.fromkeys(PARTS, TEXT),
    },
}
CSV_EXAMPLE = "email,country,company\nmia@globex.com,US,Globex\n"
BODIES: dict[str, Any] = {
    "multipart/form-data": FORM,
    "text/csv": {**TEXT, "examples": [CSV_EXAMPLE]},
    "application/x-ndjson": {**TEXT, "examples": ['{"email": "mia@globex.com"}\n']},
    "application/jsonl": TEXT,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": BINARY,
}
SAID = {
    "section": f"What the rows are: {', '.join(SECTIONS)}; “time-off” is `time_off`.",
    "name": "The file's name, to be shown.",
    "mapping": 'JSON: column → field, such as `{"E-Mail": "email"}`. Others are left out. Without it, names tell.',
    "defaults": 'JSON: field → value for rows that do not say it, such as `{"source": "fair"}`.',
    "sheet": "Of an Excel file, by name; else the first.",
    "delimiter": "comma, semicolon, tab or bar; else it is recognised.",
    "unmapped": "`attributes` (leads): columns without a field become attributes.",
    "consent_wording": "Leads: the words to which the column of consent is the answer.",
    "test": "Leads: `true` makes all of them test leads.",
    "whole": "Other sections: `true`: the file is the whole list, and what it does not name goes.",
    "dry_run": "`true`: it is checked, and can never be confirmed.",
    "route": "`now`: what is checked is imported at once. Left out, it waits for `/confirm`. Nothing else is taken.",
}
PARAMETERS = [
    *LEAD_HEADERS[:1],
    OpenApiParameter("Location", OpenApiTypes.URI, location=OpenApiParameter.HEADER, response=[202]),
    OpenApiParameter(
        "Idempotent-Replayed", location=OpenApiParameter.HEADER, response=[202], description="`true`: it came before."
    ),
    *(OpenApiParameter(name, description=SAID[name]) for name in PARTS),
]


def scope_of(section: str) -> Scope:
    """Leads, or the configuration."""
    return Scope.LEADS_WRITE if section == LEADS else Scope.CONFIG_WRITE


def read_scope_of(section: str) -> Scope:
    """What opens the files of others: their rows say what the leads or the configuration say."""
    return Scope.LEADS_READ if section == LEADS else Scope.CONFIG_READ


def sections_of(key: ApiKey) -> list[str]:
    """The sections whose files a key may bring in, and of which it sees its own."""
    return [name for name in SECTIONS if scope_of(name) in key.scopes] if key.rep_id is None else []


class FilesView(ApiView):
    """One scope or the other lets somebody in; what they then see is that of their scopes."""

    scopes: ClassVar[dict[str, Scope]] = {}
    queryset: Any = Import.objects.none()
    serializer_class: Any = ImportSerializer

    def check_permissions(self, request: Request) -> None:
        if request.method == "OPTIONS" or request.auth is None or not self._is_known(request):
            super().check_permissions(request)
            return
        if key_of(request).rep_id is not None:
            raise PermissionDenied(NO_REP)
        if not sections_of(key_of(request)):
            raise PermissionDenied(f"This key lacks the scope {Scope.LEADS_WRITE} or {Scope.CONFIG_WRITE}.")

    def _is_known(self, request: Request) -> bool:
        return hasattr(self, "get" if request.method == "HEAD" else str(request.method).lower())

    def get_queryset(self) -> QuerySet[Import]:
        key = key_of(self.request)
        sections = sections_of(key)
        others = [name for name in sections if read_scope_of(name) in key.scopes]
        seen = Import.objects.filter(Q(api_key=key, section__in=sections) | Q(section__in=others))
        return seen.select_related("work", "requested_by", "api_key")

    def send(self, request: Request, section: str) -> Response:
        upload = read_upload(request)
        section = section_named(section or str(upload.parts.get("section", LEADS)))
        if section in SECTIONS and section not in sections_of(key_of(request)):
            raise PermissionDenied(f"This key lacks the scope {scope_of(section)}.")
        try:
            sent = start.send_file(
                section=section,
                file_name=upload.name,
                stream=upload.stream,
                format=upload.format,
                mapping=upload.parts.get("mapping"),
                options=options_of(upload.parts),
                api_key=key_of(request),
                idempotency_key=idempotency_key(request),
                now=arrived_at(request),
            )
        except FileTooLarge as error:
            raise TooLarge(" ".join(error.errors["file"])) from error
        headers = {"Location": request.build_absolute_uri(reverse("api:import", args=[sent.imported.uuid]))}
        if sent.replayed:
            headers["Idempotent-Replayed"] = "true"
        return self.shown(sent.imported, status=202, headers=headers)

    def shown(self, imported: Import, **answer: Any) -> Response:
        row = settled(self.get_queryset().get(pk=imported.pk))
        return Response(ImportSerializer(row).data, **answer)


class SendLeadsView(FilesView):
    scopes = {"post": Scope.LEADS_WRITE}
    conflicts = {"post": (422,)}
    parser_classes = PARSERS
    sent_parameters = tuple(name for name in PARTS if name != "section")

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if request.method == "POST" and LEADS not in sections_of(key_of(request)):
            raise PermissionDenied(f"This key lacks the scope {Scope.LEADS_WRITE}.")

    @extend_schema(
        operation_id="import_leads",
        summary="Send in a file of leads",
        parameters=[one for one in PARAMETERS if one.name != "section"],
        request=BODIES,
        responses={202: OpenApiResponse(ImportSerializer, "It is being checked; follow Location.")},
    )
    def post(self, request: Request) -> Response:
        """Nothing is routed before it is confirmed, unless `route=now` says so."""
        return self.send(request, LEADS)


class ImportsView(ListModelMixin, FilesView):
    scopes = {"get": Scope.LEADS_WRITE, "post": Scope.LEADS_WRITE}
    conflicts = {"post": (422,)}
    parser_classes = PARSERS
    sent_parameters = PARTS
    filter_backends = [DjangoFilterBackend]
    filterset_class = ImportFilters
    orderings = ("-created_at", "created_at")

    @extend_schema(operation_id="list_imports", summary="Files that were sent in, newest first")
    def get(self, request: Request) -> Response:
        """Those that the key brought in; all of leads with leads:read, of other sections with config:read as well."""
        return self.list(request)

    @extend_schema(
        operation_id="import_file",
        summary="Send in a file of any section",
        parameters=PARAMETERS,
        filters=False,
        request=BODIES,
        responses={202: OpenApiResponse(ImportSerializer, "It is being checked; follow Location.")},
    )
    def post(self, request: Request) -> Response:
        """Leads need the scope leads:write, all other sections config:write."""
        return self.send(request, "")


class ImportView(FilesView):
    scopes = {"get": Scope.LEADS_WRITE}

    @extend_schema(operation_id="get_import", summary="How far a file is, and what was found in it")
    def get(self, request: Request, id: str) -> Response:
        return self.shown(self.get_object())


class ImportRowsView(ListModelMixin, FilesView):
    scopes = {"get": Scope.LEADS_WRITE}
    queryset = ImportRow.objects.none()
    serializer_class = ImportRowSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = ImportRowFilters
    orderings = ("number", "-number")

    def get_queryset(self) -> Any:
        own = super().get_queryset().filter(uuid=self.kwargs["id"])
        return ImportRow.objects.filter(imported__in=own).select_related("lead")

    @extend_schema(
        operation_id="list_import_rows",
        summary="What each row of a file is, and what became of it",
        responses=ImportRowSerializer(many=True),
    )
    def get(self, request: Request, id: str) -> Response:
        if not is_id(id) or not super().get_queryset().filter(uuid=id).exists():
            raise NotFound()
        return self.list(request)


class _Act(FilesView):
    scopes = {"post": Scope.LEADS_WRITE}
    conflicts = {"post": (409,)}
    conflict_example = {"detail": "It cannot be confirmed: it is done."}

    def named(self, request: Request) -> Import:
        """The file, which is all that can be said."""
        imported: Import = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        return imported


class ConfirmImportView(_Act):
    @extend_schema(operation_id="confirm_import", summary="Import what was checked", request=None)
    def post(self, request: Request, id: str) -> Response:
        """Leads are routed from now on. Goes on where an import was cancelled or failed."""
        return self.shown(start.confirm(imported=self.named(request), now=arrived_at(request)))


class CancelImportView(_Act):
    @extend_schema(operation_id="cancel_import", summary="Stop an import", request=None)
    def post(self, request: Request, id: str) -> Response:
        """What was imported by then stays; confirm it again to go on, or undo it."""
        return self.shown(start.cancel(imported=self.named(request), now=arrived_at(request)))


class UndoImportView(_Act):
    @extend_schema(operation_id="undo_import", summary="Take an import back", request=None)
    def post(self, request: Request, id: str) -> Response:
        """As far as nobody has worked on it: rows that stay say why."""
        return self.shown(start.undo(imported=self.named(request), now=arrived_at(request)))
