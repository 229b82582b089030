"""What lists can be narrowed by. A filter that cannot be read is an error, never ignored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field

from routing.engine.types import HeldReason, Method
from routing.models import Identity, Lead, OutboxMessage, Signal, WebhookDelivery, WebhookEvent

YES_NO = [("true", "true"), ("false", "false")]


class InstantField(forms.CharField):
    """An RFC 3339 instant with its offset."""

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            instant = parse_datetime(text.replace(" ", "+"))  # a “+” that was not escaped arrives as a blank
            if instant and instant.tzinfo:
                return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise forms.ValidationError("Give an instant with its offset, such as 2026-12-01T09:00:00Z.")


class InstantFilter(django_filters.IsoDateTimeFilter):
    field_class = InstantField


class Words(django_filters.BaseInFilter, django_filters.ChoiceFilter):
    """One or more of a closed list, separated by commas."""


@extend_schema_field({"type": "string", "enum": [word for word, _ in YES_NO]})
class YesNo(django_filters.TypedChoiceFilter):
    """true or false."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=YES_NO, coerce=lambda text: text == "true", **options)


class FiniteField(forms.FloatField):
    """A number; neither infinite nor none."""


class Finite(django_filters.NumberFilter):
    field_class = FiniteField


class IdField(forms.UUIDField):
    """An id as it is answered; a blank is none."""

    def to_python(self, value: Any) -> Any:
        found = super().to_python(value)
        if value is not None and str(found) != value.lower():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class Id(django_filters.UUIDFilter):
    field_class = IdField


class Address(django_filters.CharFilter):
    """An e-mail address, in any case."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return super().filter(rows, value.lower() if value else value)


class Known(django_filters.CharFilter):
    """An address or number, found by the identity behind the lead: the column itself has no index."""

    def __init__(self, kind: Identity.Kind, relation: str, **options: Any) -> None:
        self.kind, self.relation = kind, relation
        super().__init__(**options)

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        return rows.filter(**{f"{self.relation}__kind": self.kind, f"{self.relation}__key": value.lower()})


class LeadFilters(django_filters.FilterSet):
    status = Words(choices=Lead.Status.choices)
    method = Words(choices=[(method.value, method.value) for method in Method])
    kind = Words(choices=Lead.Kind.choices)
    owner = Address(field_name="owner__email", help_text="E-mail address of the rep.")
    email = Known(Identity.Kind.EMAIL, "email_identity")
    phone = Known(Identity.Kind.PHONE, "phone_identity", help_text="E.164, such as +13105550100.")
    external_id = django_filters.CharFilter()
    source = django_filters.CharFilter()
    campaign = django_filters.CharFilter()
    country = django_filters.CharFilter(help_text="ISO 3166-1, such as US.")
    account = django_filters.CharFilter(field_name="account__name")
    territory = django_filters.CharFilter(field_name="territory__name")
    held_reason = Words(choices=[(reason.value, reason.value) for reason in HeldReason])
    grade = django_filters.CharFilter()
    score_min = Finite(field_name="score", lookup_expr="gte", help_text="This score or a higher one.")
    outcome = Words(choices=[choice for choice in Lead.Outcome.choices if choice[0]])
    test = YesNo()
    submitted_from = InstantFilter(field_name="submitted_at", lookup_expr="gte", help_text="At or after this instant.")
    submitted_to = InstantFilter(field_name="submitted_at", lookup_expr="lt", help_text="Before this instant.")

    class Meta:
        model = Lead
        fields: Sequence[str] = []


class SignalFilters(django_filters.FilterSet):
    kind = django_filters.CharFilter()
    domain = Address()
    email = Address()
    lead = Id(field_name="lead__uuid")
    observed_from = InstantFilter(field_name="observed_at", lookup_expr="gte", help_text="At or after this instant.")
    observed_to = InstantFilter(field_name="observed_at", lookup_expr="lt", help_text="Before this instant.")

    class Meta:
        model = Signal
        fields: Sequence[str] = []


WAITING = "waiting"


class Fate(django_filters.ChoiceFilter):
    """What became of something that is sent; what waits has no result yet."""

    def __init__(self, results: type[models.TextChoices], **options: Any) -> None:
        choices = [(WAITING, "Waiting"), *(choice for choice in results.choices if choice[0])]
        super().__init__(field_name="result", choices=choices, **options)

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        return rows.filter(done_at=None) if value == WAITING else rows.filter(result=value)


class DeliveryFilters(django_filters.FilterSet):
    webhook = Id(field_name="webhook__uuid", help_text="Id of the webhook.")
    event = Words(choices=WebhookEvent.choices)
    lead = Id(field_name="lead__uuid", help_text="Id of the lead.")
    result = Fate(WebhookDelivery.Result)

    class Meta:
        model = WebhookDelivery
        fields: Sequence[str] = []


class MessageFilters(django_filters.FilterSet):
    kind = Words(choices=OutboxMessage.Kind.choices)
    channel = Words(choices=OutboxMessage.Channel.choices)
    rep = Address(field_name="rep__email", help_text="E-mail address of the rep.")
    lead = Id(field_name="lead__uuid", help_text="Id of the lead.")
    result = Fate(OutboxMessage.Result)

    class Meta:
        model = OutboxMessage
        fields: Sequence[str] = []
