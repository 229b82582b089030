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

from reps.models import Rep
from routing.engine.types import HeldReason, Method
from routing.models import (
    Account,
    Assignment,
    Identity,
    Import,
    ImportRow,
    Lead,
    OutboxMessage,
    Pool,
    Rule,
    Signal,
    Territory,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
    Work,
)

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


class Until(InstantFilter):
    """Before an instant something happened to a lead, which came in still earlier."""

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        found = super().filter(rows, value)
        return found.filter(submitted_at__lt=value) if value else found


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


class Named(django_filters.CharFilter):
    """By the name of a row that leads refer to, looked up first: how many leads have it, the database knows by key."""

    def __init__(self, model: type[models.Model], name: str = "name", **options: Any) -> None:
        self.kind, self.column = model, name
        super().__init__(**options)

    def keys(self, value: str) -> list[int]:
        return list(self.kind._default_manager.filter(**{self.column: value}).values_list("pk", flat=True))

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(**{f"{self.field_name}__in": self.keys(value)}) if value else rows


class NamedAddress(Named):
    def keys(self, value: str) -> list[int]:
        return super().keys(value.lower())


class OfAssignment(Named):
    """By what chose the present owner: only an assignment that has not ended counts."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        chosen = Assignment.objects.current().filter(**{f"{self.field_name}__in": self.keys(value)})
        return rows.filter(pk__in=chosen.values("lead"))


class WaitsFor(Words):
    """Why a lead waits; of one that does not wait, nothing is said."""

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        found = super().filter(rows, value)
        return found.filter(status=Lead.Status.HELD) if value else found


class Breached(YesNo):
    """Whether the present owner missed the target."""

    def filter(self, rows: QuerySet[Any], value: bool | str) -> QuerySet[Any]:
        if value == "":
            return rows
        missed = Assignment.objects.current().filter(breached_at__isnull=False).values("lead")
        return rows.filter(pk__in=missed) if value else rows.exclude(pk__in=missed)


class LeadFilters(django_filters.FilterSet):
    status = Words(choices=Lead.Status.choices)
    method = Words(choices=[(method.value, method.value) for method in Method])
    kind = Words(choices=Lead.Kind.choices)
    owner = NamedAddress(Rep, "email", field_name="owner", help_text="E-mail address of the rep.")
    email = Known(Identity.Kind.EMAIL, "email_identity")
    phone = Known(Identity.Kind.PHONE, "phone_identity", help_text="E.164, such as +13105550100.")
    external_id = django_filters.CharFilter()
    pool = OfAssignment(Pool, field_name="pool", help_text="Name of the pool that the present owner was chosen from.")
    rule = OfAssignment(Rule, field_name="rule", help_text="Name of the rule that led to the present owner.")
    source = django_filters.CharFilter()
    form = django_filters.CharFilter()
    campaign = django_filters.CharFilter()
    country = django_filters.CharFilter(help_text="ISO 3166-1, such as US.")
    account = Named(Account, field_name="account")
    territory = Named(Territory, field_name="territory")
    held_reason = WaitsFor(choices=[(reason.value, reason.value) for reason in HeldReason])
    grade = django_filters.CharFilter()
    score_min = Finite(field_name="score", lookup_expr="gte", help_text="This score or a higher one.")
    outcome = Words(choices=[choice for choice in Lead.Outcome.choices if choice[0]])
    test = YesNo()
    breached = Breached(help_text="Whether the present owner missed the target.")
    submitted_from = InstantFilter(field_name="submitted_at", lookup_expr="gte", help_text="At or after this instant.")
    submitted_to = InstantFilter(field_name="submitted_at", lookup_expr="lt", help_text="Before this instant.")

    assigned_from = InstantFilter(field_name="owned_at", lookup_expr="gte", help_text="The present owner's since then.")
    assigned_to = Until(field_name="owned_at", lookup_expr="lt", help_text="The present owner's before that.")
    responded_from = InstantFilter(field_name="first_response_at", lookup_expr="gte", help_text="First answered since.")
    responded_to = Until(field_name="first_response_at", lookup_expr="lt", help_text="First answered before.")

    class Meta:
        model = Lead
        fields: Sequence[str] = []


class RunFilters(django_filters.FilterSet):
    status = Words(choices=Work.Status.choices)

    class Meta:
        model = Work
        fields: Sequence[str] = []


class WebhookFilters(django_filters.FilterSet):
    name = django_filters.CharFilter()
    active = YesNo()

    class Meta:
        model = Webhook
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


class ImportFilters(django_filters.FilterSet):
    section = Words(choices=Import.Section.choices)
    status = Words(choices=Import.Status.choices)

    class Meta:
        model = Import
        fields: Sequence[str] = []


class ImportRowFilters(django_filters.FilterSet):
    state = Words(choices=ImportRow.State.choices)
    applied = YesNo()
    undone = YesNo()

    class Meta:
        model = ImportRow
        fields: Sequence[str] = []
