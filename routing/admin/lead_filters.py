"""How the list of leads is narrowed: by who has them, where they came from, when, and what is still to be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.utils import parse_datetime_str

from reps.admin_choices import KEY
from routing.admin.base import received_at
from routing.insights.rules import nurtured
from routing.intake.normalise import country_name, region_name
from routing.models import Assignment, Lead, Pool, Rule
from routing.models.leads import LeadQuerySet

LATEST = 2_000
"""How many of the newest leads the sources to filter by are taken from."""
NONE = "-"
"""In a filter: what has none."""


class AssignmentFilter(DropdownFilter):
    """By something of the assignment that has not ended."""

    field = ""
    rows: Callable[[], QuerySet[Any]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = type(self).rows().values_list("pk", "name")
        return [*((str(key), name) for key, name in rows), (NONE, f"No {self.title}")]

    def queryset(self, request: HttpRequest, queryset: LeadQuerySet) -> LeadQuerySet:
        value = self.value() or ""
        if value != NONE and not KEY.fullmatch(value):
            return queryset
        wanted = None if value == NONE else int(value)
        current = Assignment.objects.current().filter(lead=OuterRef("pk"), **{self.field: wanted})
        return queryset.filter(Exists(current))


class PoolFilter(AssignmentFilter):
    title, parameter_name, field = "pool", "pool", "pool_id"
    rows = staticmethod(lambda: Pool.objects.current())


class RuleFilter(AssignmentFilter):
    """Leads in nurture are a rule's as well, if it sent them there."""

    title, parameter_name, field = "rule", "rule", "rule_id"
    rows = staticmethod(lambda: Rule.objects.current().in_order())

    def queryset(self, request: HttpRequest, queryset: LeadQuerySet) -> LeadQuerySet:
        owned = super().queryset(request, queryset)
        key = self.value() or ""
        parking = Rule.objects.current().filter(destination=Rule.DestinationKind.PARK)
        if not KEY.fullmatch(key) or (name := parking.filter(pk=key).values_list("name", flat=True).first()) is None:
            return owned
        sent = nurtured(Lead.objects.all()).filter(rule_name=name)
        keys = owned.order_by().values("pk")
        return queryset.filter(Q(pk__in=keys) | Q(pk__in=sent.values("lead")))


class RealFilter(DropdownFilter):
    """Test leads are in no figure: a list that a figure leads to leaves them out, too."""

    title, parameter_name = "test leads", "test"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Without test leads"), ("only", "Only test leads")]

    def queryset(self, request: HttpRequest, queryset: LeadQuerySet) -> LeadQuerySet:
        wanted = {"no": False, "only": True}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(test=wanted)


class SourceFilter(DropdownFilter):
    """The sources of the newest leads: asking for those of all time would read the whole table."""

    title, parameter_name = "source", "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = Lead.objects.values_list("source", flat=True)[:LATEST]
        return [*((source, source) for source in sorted(set(newest)) if source), (NONE, "No source")]

    def queryset(self, request: HttpRequest, queryset: LeadQuerySet) -> LeadQuerySet:
        if not (value := self.value()):
            return queryset
        return queryset.filter(source="" if value == NONE else value)


class ArrivedFilter(DropdownFilter):
    """By how long ago leads arrived, so that a link goes on saying what it says."""

    title, parameter_name = "arrived", "arrived"
    spans: ClassVar = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("24h", "In the last 24 hours"), ("7d", "In the last 7 days"), ("30d", "In the last 30 days")]

    def queryset(self, request: HttpRequest, queryset: LeadQuerySet) -> LeadQuerySet:
        length = self.spans.get(self.value() or "")
        return queryset.filter(submitted_at__gte=received_at(request) - length) if length else queryset


class PlaceFilter(DropdownFilter):
    """Countries of the newest leads, and any country or region that a page such as the territory map asks for."""

    title, parameter_name = "place", "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = Lead.objects.values_list("country", flat=True)[:LATEST]
        asked = self.value()
        named = {code: country_name(code) for code in newest if code}
        named |= {asked: region_name(asked) if "-" in asked else country_name(asked)} if asked else {}
        return sorted(named.items(), key=lambda one: one[1])

    def queryset(self, request: HttpRequest, queryset: LeadQuerySet) -> LeadQuerySet:
        if not (place := self.value()):
            return queryset
        return queryset.filter(region=place) if "-" in place else queryset.filter(country=place)


class BetweenFilter(RangeDateTimeFilter):
    """From and to, on the clocks of whoever looks; what is no instant narrows nothing."""

    def queryset(self, request: HttpRequest, queryset: LeadQuerySet) -> LeadQuerySet:
        edges = {"gte": self._instant("from"), "lte": self._instant("to")}
        return queryset.filter(**{f"{self.parameter_name}__{how}": at for how, at in edges.items() if at})

    def _instant(self, edge: str) -> datetime | None:
        day, time = (self.used_parameters.get(f"{self.parameter_name}_{edge}_{part}") for part in (0, 1))
        naive = parse_datetime_str(f"{day} {time}")
        try:
            return timezone.make_aware(naive).astimezone(UTC) if naive else None
        except OverflowError:
            return None


class AnswerFilter(DropdownFilter):
    """What is asked most often: who is still to be answered, and who should have been."""

    title, parameter_name = "answer", "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Not answered yet"), ("late", "Not answered in time"), ("none", "Nobody owns it yet")]

    def queryset(self, request: HttpRequest, queryset: LeadQuerySet) -> LeadQuerySet:
        current = Assignment.objects.current().filter(lead=OuterRef("pk"), responded_at=None)
        if self.value() == "open":
            return queryset.filter(Exists(current), status=Lead.Status.ASSIGNED)
        if self.value() == "late":
            late = current.filter(due_at__lt=received_at(request))
            return queryset.filter(Exists(late), status=Lead.Status.ASSIGNED)
        if self.value() == "none":
            return queryset.filter(status__in=[Lead.Status.PENDING, Lead.Status.HELD])
        return queryset
