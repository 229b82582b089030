"""Files with leads, reps or companies: the file, what each row became, and which columns meant what."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from routing.models.keys import ApiKey
from routing.models.leads import Lead
from routing.models.work import Work


class Import(models.Model):
    """One file on its way: its columns are mapped, it is checked, shown, confirmed, run, and perhaps undone."""

    class Section(models.TextChoices):
        LEADS = "leads", "Leads"
        REPS = "reps", "Reps"
        MEMBERS = "members", "Members of pools"
        TERRITORIES = "territories", "Territories"
        ACCOUNTS = "accounts", "Accounts"
        TABLES = "tables", "Tables"
        TIME_OFF = "time_off", "Time off"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel (XLSX)"
        JSONL = "jsonl", "JSON Lines"

    class Status(models.TextChoices):
        MAPPING = "mapping", "Columns to be chosen"
        CHECKING = "checking", "Being checked"
        READY = "ready", "To be confirmed"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    section = models.CharField(max_length=12, choices=Section.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.MAPPING)
    file_name = models.CharField(max_length=200, blank=True)
    format = models.CharField(max_length=5, choices=Format.choices)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file.")
    columns = models.JSONField(default=list, blank=True, help_text="The header, in the file's order.")
    mapping = models.JSONField(default=dict, blank=True, help_text="Column → field; empty: left out.")
    options = models.JSONField(default=dict, blank=True, help_text="Defaults of fields, and what applies to all rows.")
    report = models.JSONField(default=dict, blank=True, help_text="Counts by state, and for leads by rep.")
    error = models.TextField(blank=True)
    work = models.ForeignKey(Work, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    api_key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="imports")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    body_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what was asked, to tell a replay.")
    demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="import_idempotency_key_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_section_display()}: {self.file_name or self.get_format_display()}"


class ImportChunk(models.Model):
    """A piece of the file. In the database, since the worker may run on another host."""

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["imported", "number"], name="import_chunk_once")]


class ImportRow(models.Model):
    """What a row of the file is, and what became of it. `number` is its place in the file, the header not counted."""

    class State(models.TextChoices):
        NEW = "new", "New"
        CHANGED = "changed", "Changed"
        REMOVED = "removed", "Removed"
        UNCHANGED = "unchanged", "Unchanged"
        REJECTED = "rejected", "Rejected"

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    values = models.JSONField(default=dict, help_text="Column → what the file says.")
    state = models.CharField(max_length=10, choices=State.choices)
    errors = models.JSONField(default=dict, blank=True, help_text="Column or field → what is wrong.")
    before = models.JSONField(null=True, blank=True, help_text="What was there, for undoing.")
    applied = models.BooleanField(default=False)
    undone = models.BooleanField(default=False)
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.SET_NULL, related_name="import_rows")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["imported", "number"], name="import_row_once")]
        indexes = [
            models.Index(fields=["imported", "state", "number"], name="import_rows_by_state"),
            models.Index(fields=["imported", "number"], name="import_rows_to_apply", condition=Q(applied=False)),
        ]

    def __str__(self) -> str:
        return f"row {self.number}"


class ColumnMapping(models.Model):
    """How columns of a section were read last: offered again for a file with the same header."""

    section = models.CharField(max_length=12, choices=Import.Section.choices)
    name = models.CharField(max_length=100, blank=True)
    header = models.CharField(max_length=64, help_text="SHA-256 of the column names.")
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict, blank=True)
    used_at = models.DateTimeField()

    class Meta:
        ordering = ["-used_at"]
        constraints = [models.UniqueConstraint(fields=["section", "header"], name="column_mapping_once_a_header")]

    def __str__(self) -> str:
        return self.name or self.get_section_display()
