"""Imports and their rows, as they are answered."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from routing.api.fields import Fact, JSONObject
from routing.models import Import, ImportRow

COUNT = {"type": "integer", "minimum": 0}
PROGRESS = {
    "type": ["object", "null"],
    "description": "Of the run that is under way, in rows; null if none is.",
    "properties": {"done": COUNT, "total": COUNT},
    "required": ["done", "total"],
}
REPORT = {
    "type": "object",
    "description": (
        "`states`: rows by what they are. `problems`: what rows were rejected for, by column. `notes`: sentences about "
        "the file, counted. `left_out`: columns that nothing was made of. `preview` (leads): who would get how many. "
        "`applied` and `undone`: what was done."
    ),
    "additionalProperties": {},
    "examples": [
        {
            "rows": 3,
            "states": {"new": 2, "rejected": 1},
            "problems": {"email": 1},
            "notes": {"column was left out: “Shoe size”": 1},
            "left_out": ["Shoe size"],
            "preview": {
                "leads": 2,
                "looked_at": 2,
                "reps": [{"rep": "ana@acme.example", "name": "Ana Diaz", "looked_at": 2, "leads": 2}],
                "outcomes": {"assigned": 2},
            },
        }
    ],
}
UNDER_WAY = (Import.Status.CHECKING, Import.Status.RUNNING, Import.Status.UNDOING)
SHOWN = ("rows", "states", "problems", "notes", "left_out", "preview", "things", "applied", "undone", "sheets")
"""Of the report; the rest is for pages."""


class ImportSerializer(serializers.ModelSerializer[Import]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    file_name = Fact()
    error = Fact()
    mapping = JSONObject(read_only=True, help_text="Column → field; empty: left out.")
    options = JSONObject(read_only=True)
    columns = serializers.ListField(child=serializers.CharField(), read_only=True)
    progress = serializers.SerializerMethodField()
    report = serializers.SerializerMethodField()
    requested_by = Fact(source="requested_by.username", help_text="Null: a program.")

    class Meta:
        model = Import
        fields = [
            "id", "section", "status", "file_name", "format", "size", "columns", "mapping", "options", "progress",
            "report", "error", "requested_by", "created_at", "finished_at", "undone_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(PROGRESS)
    def get_progress(self, row: Import) -> dict[str, int] | None:
        if row.status not in UNDER_WAY or row.work is None:
            return None
        return {"done": row.work.done, "total": row.work.total}

    @extend_schema_field(REPORT)
    def get_report(self, row: Import) -> dict[str, Any]:
        return {name: row.report[name] for name in SHOWN if name in row.report}


class ImportRowSerializer(serializers.ModelSerializer[ImportRow]):
    number = serializers.IntegerField(read_only=True, help_text="1 is the first row below the header.")
    values = JSONObject(read_only=True, help_text="Column → what the file says.")
    errors = JSONObject(  # type: ignore[assignment]  # a field of the row, not what this serializer found wrong
        read_only=True, help_text="Column → what is wrong; for rows that are taken, what to know."
    )
    lead = serializers.UUIDField(source="lead.uuid", read_only=True, allow_null=True, default=None)

    class Meta:
        model = ImportRow
        fields = ["number", "state", "values", "errors", "applied", "undone", "lead"]
        read_only_fields = fields
