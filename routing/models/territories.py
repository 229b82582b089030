"""Territories: criteria that divide the market. Draft until published."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from reps.models import Rep
from routing.models.pools import Pool


class TerritoryQuerySet(models.QuerySet["Territory"]):
    def current(self) -> TerritoryQuerySet:
        """Without the archived ones."""
        return self.filter(archived_at=None)


class Territory(models.Model):
    """All given criteria must hold, and the parent's too. Its owner is a rep or a pool, else the parent's."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    priority = models.IntegerField(default=0, help_text="Where two territories cover a lead, the higher one wins.")
    start = models.DateField("from", null=True, blank=True)
    end = models.DateField("to", null=True, blank=True, help_text="The last day.")
    countries = models.JSONField(default=list, blank=True, help_text='ISO 3166-1 codes, such as ["US", "CA"].')
    regions = models.JSONField(default=list, blank=True, help_text='ISO 3166-2 codes, such as ["US-CA"].')
    cities = models.JSONField(default=list, blank=True)
    postal_codes = models.JSONField(
        default=list,
        blank=True,
        help_text='Codes, beginnings or ranges: ["94*", "90000-96199", "10115"]. Needs exactly one country.',
    )
    industries = models.JSONField(default=list, blank=True)
    employees = models.JSONField(default=dict, blank=True, help_text='Such as {"min": 1, "max": 500}.')
    annual_revenue = models.JSONField(default=dict, blank=True, help_text='Such as {"min": 1000000}.')
    sources = models.JSONField(default=list, blank=True)
    languages = models.JSONField(default=list, blank=True)
    owner_rep = models.ForeignKey(Rep, null=True, blank=True, on_delete=models.PROTECT, related_name="territories")
    owner_pool = models.ForeignKey(Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="territories")
    demo = models.BooleanField(default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TerritoryQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "territories"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="territory_name_once",
                violation_error_message="There is a territory of that name already.",
            ),
            models.CheckConstraint(
                name="territory_has_one_owner",
                condition=Q(owner_rep=None) | Q(owner_pool=None),
                violation_error_message="A territory belongs to a rep or to a pool, not to both.",
            ),
            models.CheckConstraint(
                name="territory_is_not_its_own_parent",
                condition=Q(parent=None) | ~Q(parent=F("id")),
                violation_error_message="A territory cannot be its own parent.",
            ),
            models.CheckConstraint(
                name="territory_ends_after_it_starts",
                condition=Q(start=None) | Q(end=None) | Q(end__gte=F("start")),
                violation_error_message="A territory must end after it starts.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
