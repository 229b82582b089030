"""Files as bodies: CSV, XLSX or JSON Lines as they are, or in a form with what is to be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from django.conf import settings
from django.http import QueryDict
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from routing.api.problems import LengthRequired, TooLarge
from routing.intake.strict_json import Unreadable, parse_text
from routing.models import Import

MEBI = 1024 * 1024
FORM = "multipart/form-data"
FLAGS = {"true": True, "false": False}
ROUTES = {"now": True}
LATER = "Send route=now, or leave it out: then the file waits until it is confirmed."
JSON_PARTS = ("mapping", "defaults")
FLAG_PARTS = ("dry_run", "test", "whole")
TEXT_PARTS = ("section", "name", "sheet", "delimiter", "unmapped", "consent_wording")
PARTS = (*TEXT_PARTS, *JSON_PARTS, *FLAG_PARTS, "route")
"""What can be said of a file: as parameters of the address, or as parts of the form."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is still to be read."""

    stream: IO[bytes]
    format: str = ""
    name: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)


class _Raw(BaseParser):
    """The body is the file."""

    format = ""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        _refuse_large(parser_context["request"])
        return Upload(stream, self.format)


class CsvBody(_Raw):
    media_type = "text/csv"
    format = Import.Format.CSV.value


class XlsxBody(_Raw):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = Import.Format.XLSX.value


class JsonLinesBody(_Raw):
    media_type = "application/x-ndjson"
    format = Import.Format.JSONL.value


class JsonLinesToo(JsonLinesBody):
    media_type = "application/jsonl"


class FileForm(MultiPartParser):
    """A form with the part `file`."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        _refuse_large(parser_context["request"])
        return super().parse(stream, media_type, parser_context)


PARSERS = [CsvBody, XlsxBody, JsonLinesBody, JsonLinesToo, FileForm]


def _refuse_large(request: Request) -> None:
    """Before anything of it is read. Whoever sends in pieces says no length; more than a little is not taken so."""
    length, most = int(request.META.get("CONTENT_LENGTH") or 0), settings.IMPORT_MAX_BYTES
    if length > most + settings.API_MAX_BODY_BYTES:
        raise TooLarge(f"The file is too large: {most / MEBI:,.0f} MB is the most. Split it into several files.")
    if "HTTP_TRANSFER_ENCODING" in request.META and length > settings.API_MAX_BODY_BYTES:
        raise LengthRequired()


def read_upload(request: Request) -> Upload:
    """The file, with what is said of it in the form and in the address; nothing is said twice."""
    data = request.data
    if isinstance(data, Upload):
        upload, parts = data, dict[str, str]()
    else:
        files = getattr(request, "FILES", {})
        form = data if isinstance(data, QueryDict) else QueryDict()
        given = files.get("file")
        if given is None:
            raise ValidationError({"file": ["Send the file as the body, or as the part “file” of a form."]})
        _refuse_parts(form, files)
        upload = Upload(given, name=given.name or "")
        parts = {name: str(form[name]) for name in form if name not in files}
    said = {name: request.query_params[name] for name in request.query_params}
    if twice := parts.keys() & said.keys():
        raise ValidationError({name: ["Say it in the address or in the form, not in both."] for name in twice})
    parts |= said
    return Upload(upload.stream, upload.format, parts.get("name") or upload.name, _read_parts(parts))


def _refuse_parts(form: QueryDict, files: Any) -> None:
    errors = {name: ["There is no such part here."] for name in form if name not in PARTS and name not in files}
    errors |= {name: ["Send one file, as the part “file”."] for name in files if name != "file"}
    errors |= {name: ["Send it once."] for name in form if len(form.getlist(name)) > 1}
    if len(files.getlist("file")) > 1:
        errors["file"] = ["Send one file."]
    if errors:
        raise ValidationError(errors)


def _read_parts(parts: Mapping[str, str]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, text in parts.items():
        if text:
            try:
                read[name] = _read_part(name, text)
            except ValueError as error:
                errors[name] = [str(error)]
    if errors:
        raise ValidationError(errors)
    return read


def _read_part(name: str, text: str) -> Any:
    """Raises ValueError that says what to send."""
    if name in JSON_PARTS:
        return _object(text)
    words = ROUTES if name == "route" else FLAGS
    if name in TEXT_PARTS:
        return text
    if text not in words:
        raise ValueError(LATER if name == "route" else f"Say {' or '.join(words)}.")
    return words[text]


def _object(text: str) -> dict[str, Any]:
    try:
        value = parse_text(text)
    except Unreadable as error:
        raise ValueError(str(error).replace("The body", "It")) from error
    if not isinstance(value, dict):
        raise ValueError("Send a JSON object, such as {“E-mail”: “email”}.")
    return value


def options_of(parts: Mapping[str, Any]) -> dict[str, Any]:
    """As the service names them."""
    options = {name: parts[name] for name in parts if name not in ("section", "name", "mapping", "route")}
    return options | ({"route_now": True} if parts.get("route") else {})
