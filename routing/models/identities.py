"""The people and companies behind leads, each by one normalised key."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from routing.models.accounts import Account


class Identity(models.Model):
    """A person or a company, by one normalised key. The row that serialises leads of the same person or company."""

    class Kind(models.TextChoices):
        EMAIL = "email", "Person, by e-mail address"
        PHONE = "phone", "Person, by phone number"
        DOMAIN = "domain", "Company, by domain"

    kind = models.CharField(max_length=6, choices=Kind.choices)
    key = models.CharField(max_length=320)
    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="identities",
        help_text="The account that this person belongs to.",
    )

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="identity_once"),
            models.CheckConstraint(name="identity_key_is_given", condition=~Q(key="")),
            models.CheckConstraint(name="identity_kind_is_known", condition=Q(kind__in=["email", "phone", "domain"])),
        ]

    def __str__(self) -> str:
        return self.key
