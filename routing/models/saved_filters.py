"""Filters of the list of leads that somebody comes back to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

LONGEST_QUERY = 1000


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    """Who has them."""

    def of(self, user_id: int) -> SavedFilterQuerySet:
        """Those that somebody saved."""
        return self.filter(user=user_id)

    def shared(self) -> SavedFilterQuerySet:
        """Those that everybody has who sees all leads."""
        return self.filter(shared=True)


class SavedFilter(models.Model):
    """Filters of the list of leads under a name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=LONGEST_QUERY, help_text="As the list's address has it, in the order of names.")
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_filter_name_once_a_user"),
            models.CheckConstraint(name="saved_filter_filters_something", condition=~Q(query="") & ~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name
