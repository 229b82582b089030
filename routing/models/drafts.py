"""What rules refer to besides pools and territories: topics, tables, sources and examples. Draft until published."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from reps.models import Rep
from routing.models.bounds import LONGEST_ABOUT, LONGEST_TABLE_KEY
from routing.models.pools import Pool


class DraftQuerySet(models.QuerySet[Any]):
    """Rows of the draft."""

    def current(self) -> DraftQuerySet:
        """Without the archived ones."""
        return self.filter(archived_at=None)


class Topic(models.Model):
    """Something that leads can be about and reps know. Draft until published."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    keywords = models.JSONField(
        default=list, blank=True, help_text='Words and phrases that show it: ["k8s", "kubernetes", "helm"].'
    )
    about = models.CharField(
        max_length=LONGEST_ABOUT, blank=True, help_text="What it is, in a sentence, for extractors that go by meaning."
    )
    demo = models.BooleanField(default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DraftQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="topic_name_once",
                violation_error_message="There is a topic of that name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LookupTable(models.Model):
    """A small table: key → rep or pool, such as partner codes. Draft until published."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    demo = models.BooleanField(default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DraftQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "table"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="lookup_table_name_once",
                violation_error_message="There is a table of that name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LookupRow(models.Model):
    """One key of a table, and the rep or pool it leads to."""

    table = models.ForeignKey(LookupTable, on_delete=models.CASCADE, related_name="rows")
    key = models.CharField(max_length=LONGEST_TABLE_KEY)
    rep = models.ForeignKey(Rep, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pool = models.ForeignKey(Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="table_rows")

    class Meta:
        verbose_name = "row"
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["table", "key"], name="lookup_row_key_once"),
            models.CheckConstraint(
                name="lookup_row_names_a_rep_or_a_pool",
                condition=Q(rep=None, pool__isnull=False) | Q(rep__isnull=False, pool=None),
                violation_error_message="A row leads to either a rep or a pool.",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Source(models.Model):
    """Where leads come from, and which facts to wait for before routing. Draft until published."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    wait_for = models.JSONField(
        default=list, blank=True, help_text='Fields that an enrichment fills in a moment later: ["country"].'
    )
    wait_seconds = models.FloatField(default=0, help_text="Routed after so many seconds at the latest.")
    demo = models.BooleanField(default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DraftQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="source_name_once",
                violation_error_message="There is a source of that name already.",
            ),
            models.CheckConstraint(
                name="source_wait_has_bounds",
                condition=Q(wait_seconds__gte=0, wait_seconds__lte=3_600),
                violation_error_message="A source waits 0 to 3600 seconds.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Example(models.Model):
    """A sample lead with the rep or pool that it must find: a test of the rulebook. Draft until published."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=150)
    at = models.DateTimeField(null=True, blank=True, help_text="Empty: hours and caps are ignored.")
    lead = models.JSONField(default=dict, help_text='The lead as a form would send it: {"email": "x@globex.de"}.')
    expected_rep = models.ForeignKey(Rep, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    expected_pool = models.ForeignKey(Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="examples")
    demo = models.BooleanField(default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DraftQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="example_name_once",
                violation_error_message="There is an example of that name already.",
            ),
            models.CheckConstraint(
                name="example_expects_a_rep_or_a_pool",
                condition=Q(expected_rep=None, expected_pool__isnull=False)
                | Q(expected_rep__isnull=False, expected_pool=None),
                violation_error_message="An example expects either a rep or a pool.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
