"""Leads as the API shows them, and what a lead may be sent in with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from routing.api.fields import Amount, Fact, JSONObject
from routing.api.serializers.persons import ConsentSerializer
from routing.engine.types import HeldReason, Method
from routing.models import AccountSuggestion, Assignment, Lead, Offer

METHODS = [(method.value, method.value) for method in Method]
HELD_REASONS = [(reason.value, reason.value) for reason in HeldReason]


class OwnerSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    name = serializers.CharField()


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    """Who owns the lead now, why, and how far they are."""

    id = serializers.UUIDField(source="uuid", read_only=True)
    rep = serializers.EmailField(source="rep_email", read_only=True)
    pool = Fact(source="pool_name")
    rule = Fact(source="rule_name")
    method = serializers.ChoiceField(METHODS, read_only=True)
    strategy = Fact()
    sla = Fact(help_text="Name of the SLA policy.")

    class Meta:
        model = Assignment
        fields = [
            "id",
            "rep",
            "pool",
            "rule",
            "method",
            "strategy",
            "attempt",
            "sla",
            "rulebook_version",
            "assigned_at",
            "alerted_at",
            "due_at",
            "accepted_at",
            "responded_at",
            "breached_at",
        ]
        read_only_fields = fields


class OfferSerializer(serializers.ModelSerializer[Offer]):
    """To whom the lead is offered just now, and until when."""

    rep = serializers.EmailField(source="rep_email", read_only=True)
    pool = serializers.CharField(source="pool_name", read_only=True)
    kind = serializers.ChoiceField(Offer.Kind.choices, read_only=True)

    class Meta:
        model = Offer
        fields = ["rep", "kind", "pool", "offered_at", "until"]
        read_only_fields = fields


class SuggestionSerializer(serializers.ModelSerializer[AccountSuggestion]):
    """An account that the lead may belong to: confirm or deny it with POST /leads/{id}/match."""

    account = serializers.CharField(source="account_name", read_only=True)

    class Meta:
        model = AccountSuggestion
        fields = ["account", "confidence", "evidence"]
        read_only_fields = fields


WHOSE = (
    "email", "phone", "first_name", "last_name", "company", "website", "domain", "message", "external_id",
    "duplicate_of", "account", "account_evidence", "account_confidence",
)  # fmt: skip
HIDDEN: Mapping[str, Any] = {
    **dict.fromkeys(WHOSE), "utm": {}, "attributes": {}, "derived": {}, "suggestions": [], "consents": []
}  # fmt: skip
"""What is shown instead of person and company, and of what may name them."""


class LeadSerializer(serializers.ModelSerializer[Lead]):
    """A lead. What is not known is null."""

    id = serializers.UUIDField(source="uuid", read_only=True)
    email = Fact()
    phone = Fact(help_text="E.164, such as +13105550100.")
    first_name = Fact()
    last_name = Fact()
    company = Fact()
    website = Fact()
    domain = Fact(help_text="Registrable domain of the company; never of free mail.")
    job_title = Fact()
    industry = Fact()
    annual_revenue = Amount(read_only=True, allow_null=True)
    expected_amount = Amount(read_only=True, allow_null=True)
    country = Fact(help_text="ISO 3166-1, such as US.")
    region = Fact(help_text="ISO 3166-2, such as US-CA.")
    postal_code = Fact()
    city = Fact()
    language = Fact()
    message = Fact()
    product_interest = Fact()
    source = Fact()  # type: ignore[assignment]  # a field of that name, not Field.source
    form = Fact()
    campaign = Fact()
    utm = JSONObject(read_only=True)
    attributes = JSONObject(read_only=True)
    derived = JSONObject(read_only=True, help_text="Field → how its value was derived.")
    external_id = Fact()
    account = Fact(source="account_name")
    account_evidence = Fact()
    territory = Fact(source="territory_name")
    duplicate_of = serializers.UUIDField(
        source="original", read_only=True, allow_null=True, help_text="The lead that this one was joined to."
    )
    method = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField()
    assignment = serializers.SerializerMethodField()
    offers = OfferSerializer(source="standing_offers", many=True, read_only=True)
    consents = ConsentSerializer(many=True, read_only=True, help_text="What they agreed to, or did not, oldest first.")
    suggestions = SuggestionSerializer(source="suggested", many=True, read_only=True)
    grade = Fact()
    waits_for = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Fields that its source waits for."
    )
    screen_reason = Fact()
    held_reason = serializers.SerializerMethodField()
    park_reason = Fact()
    outcome = serializers.SerializerMethodField()
    amount = Amount(read_only=True, allow_null=True)
    outcome_reason = Fact()

    class Meta:
        model = Lead
        fields = [
            "id",
            "status",
            "email",
            "phone",
            "first_name",
            "last_name",
            "company",
            "website",
            "domain",
            "job_title",
            "industry",
            "employees",
            "annual_revenue",
            "expected_amount",
            "country",
            "region",
            "postal_code",
            "city",
            "language",
            "message",
            "product_interest",
            "kind",
            "source",
            "form",
            "campaign",
            "utm",
            "attributes",
            "consent",
            "consents",
            "test",
            "external_id",
            "derived",
            "method",
            "owner",
            "assignment",
            "duplicate_of",
            "account",
            "account_evidence",
            "account_confidence",
            "territory",
            "suggestions",
            "score",
            "grade",
            "offers",
            "waits_for",
            "screen_reason",
            "held_reason",
            "held_since",
            "hold_deadline_at",
            "park_reason",
            "review_date",
            "outcome",
            "amount",
            "outcome_reason",
            "outcome_at",
            "closed_at",
            "owned_at",
            "submitted_at",
            "first_response_at",
            "system_seconds",
            "nobody_seconds",
            "outside_seconds",
            "rep_seconds",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Without whose it is, as long as that is hidden from whom it is offered to."""
        shown: dict[str, Any] = super().to_representation(instance)
        return {**shown, **HIDDEN} if getattr(instance, "hidden", False) else shown

    @extend_schema_field(serializers.ChoiceField(METHODS, allow_null=True))
    def get_method(self, lead: Lead) -> str | None:
        return lead.method or None

    @extend_schema_field(serializers.ChoiceField(HELD_REASONS, allow_null=True))
    def get_held_reason(self, lead: Lead) -> str | None:
        return lead.held_reason or None

    @extend_schema_field(serializers.ChoiceField([c for c in Lead.Outcome.choices if c[0]], allow_null=True))
    def get_outcome(self, lead: Lead) -> str | None:
        return lead.outcome or None

    @extend_schema_field(OwnerSerializer(allow_null=True))
    def get_owner(self, lead: Any) -> dict[str, str] | None:
        return {"email": lead.owner_email, "name": lead.owner_name} if lead.owner_id else None

    @extend_schema_field(AssignmentSerializer(allow_null=True))
    def get_assignment(self, lead: Any) -> dict[str, Any] | None:
        return AssignmentSerializer(lead.current_assignments[0]).data if lead.current_assignments else None


class ReceiptSerializer(serializers.Serializer[Any]):
    """The lead is stored, and will be routed or looked at by people."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField([(Lead.Status.PENDING.value, "Being routed")])
    url = serializers.URLField(help_text="Where the lead can be read.")
