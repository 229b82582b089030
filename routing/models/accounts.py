"""Companies we know: accounts with their domains, aliases, hierarchy and people."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from reps.models import Rep


class Account(models.Model):
    """A company. Its owner is live data; leads of the company can go to the owner or to one of its people."""

    class Stage(models.TextChoices):
        PROSPECT = "prospect", "Prospect"
        CUSTOMER = "customer", "Customer"
        FORMER = "former", "Former customer"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, unique=True)
    name_key = models.CharField(
        max_length=200, db_index=True, editable=False, help_text="The name without legal suffix, case and accents."
    )
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    owner = models.ForeignKey(Rep, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts")
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.PROSPECT)
    target = models.BooleanField("target account", default=False)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1, such as US.")
    region = models.CharField(max_length=6, blank=True, help_text="ISO 3166-2, such as US-TX.")
    postal_code = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=20, blank=True, help_text="With country code, such as +17135550100.")
    industry = models.CharField(max_length=100, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["created_at", "name_key"])

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="account_name_key_is_given", condition=~Q(name_key="")),
            models.CheckConstraint(
                name="account_is_not_its_own_parent",
                condition=Q(parent=None) | ~Q(parent=F("id")),
                violation_error_message="An account cannot be its own parent.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError if the account lies in itself, by way of its parents."""
        super().clean()
        if self._state.adding or self.parent_id == self.pk:
            return  # that it is its own parent, a constraint says
        seen: set[int] = {self.pk}
        ancestor: int | None = self.parent_id
        while ancestor is not None and ancestor not in seen:
            seen.add(ancestor)
            ancestor = Account.objects.filter(pk=ancestor).values_list("parent_id", flat=True).first()
        if ancestor == self.pk:
            raise ValidationError({"parent": f"{self.parent} lies in {self.name} itself. Choose another parent."})


class AccountDomain(models.Model):
    """A registrable domain of an account, or one that is known not to be the account's."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253, db_index=True)
    excluded = models.BooleanField(default=False, help_text="Leads of this domain never match this account.")

    class Meta:
        ordering = ["domain"]
        constraints = [
            models.UniqueConstraint(fields=["account", "domain"], name="account_domain_once"),
            models.CheckConstraint(
                name="account_domain_is_lower_case",
                condition=Q(domain=Lower("domain")) & ~Q(domain=""),
                violation_error_message="Write the domain in lower case.",
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class AccountAlias(models.Model):
    """Another name of an account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, db_index=True, editable=False)

    class Meta:
        verbose_name_plural = "account aliases"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="account_alias_once"),
            models.CheckConstraint(name="account_alias_name_key_is_given", condition=~Q(name_key="")),
        ]

    def __str__(self) -> str:
        return self.name


class AccountPerson(models.Model):
    """One of our people on an account besides its owner, by role: csm, sdr, deal owner."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="people")
    role = models.CharField(max_length=50)
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="account_roles")

    class Meta:
        verbose_name_plural = "account people"
        ordering = ["role"]
        constraints = [models.UniqueConstraint(fields=["account", "role"], name="account_role_once")]

    def __str__(self) -> str:
        return f"{self.role}: {self.rep}"


class AccountNameBlock(models.Model):
    """A key that close names share: a name of an account (its own or an alias) is found by several of them."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="name_blocks")
    block = models.CharField(max_length=80)
    name_key = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["block"], name="account_name_block")]


class AccountExclusion(models.Model):
    """A company name that is known not to be the account's, however alike."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="exclusions")
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, db_index=True, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "name_key"], name="account_exclusion_once"),
            models.CheckConstraint(name="account_exclusion_name_key_is_given", condition=~Q(name_key="")),
        ]

    def __str__(self) -> str:
        return self.name


class AccountSuggestion(models.Model):
    """An account that a lead may belong to: too little speaks for it to decide without asking."""

    lead = models.ForeignKey("routing.Lead", on_delete=models.CASCADE, related_name="account_suggestions")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="suggestions")
    confidence = models.FloatField()
    evidence = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-confidence", "account"]
        constraints = [models.UniqueConstraint(fields=["lead", "account"], name="account_suggestion_once")]

    def __str__(self) -> str:
        return f"{self.account}: {self.evidence}"
