"""How many leads each rule took since an instant, counted by rule and never lead by lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery

from routing.engine.types import Outcome
from routing.models import Assignment, Decision, Lead, Rule


@dataclass(frozen=True, slots=True)
class Taken:
    """Of leads that arrived since an instant: all, those that each rule took (by its key), and those owned without one.

    A rule took a lead if the lead has its owner by it, or is in nurture by it; of several, the one it has its owner by
    now counts.
    """

    leads: int
    by_rule: Mapping[int, int]
    without_rule: int

    @property
    def by_rules(self) -> int:
        return sum(self.by_rule.values())

    @property
    def unowned(self) -> int:
        """On their way, waiting, in review, duplicates, or sent to nurture by hand."""
        return self.leads - self.by_rules - self.without_rule


def taken_by_rules(*, since: datetime) -> Taken:
    """Test leads are left out. Three queries, whatever there is."""
    leads = _arrived(since)
    found = _owned(leads, since)
    without_rule = found.pop(None, 0)
    found.update(_sent_to_nurture(leads))
    return Taken(leads.count(), {key: count for key, count in found.items() if key}, without_rule)


def _sent_to_nurture(leads: QuerySet[Lead]) -> dict[int, int]:
    """Decisions know a rule by its name: leads that it sent under a former one are not found."""
    parking = Rule.objects.current().filter(destination=Rule.DestinationKind.PARK, name=OuterRef("rule_name"))
    sent = nurtured(leads).annotate(rule=Subquery(parking.values("pk")[:1])).exclude(rule=None)
    return dict(sent.order_by().values("rule").annotate(count=Count("pk")).values_list("rule", "count"))


def _arrived(since: datetime) -> QuerySet[Lead]:
    return Lead.objects.without_tests().order_by().filter(submitted_at__gte=since)


def _owned(leads: QuerySet[Lead], since: datetime) -> Counter[int | None]:
    """Leads that have an owner, by the key of the rule that they have them by."""
    # nobody owns a lead before it arrives: with that said, only the newest assignments are looked at
    owned = Assignment.objects.current().filter(assigned_at__gte=since, lead__in=leads.values("pk"))
    return Counter(dict(owned.order_by().values("rule").annotate(count=Count("pk")).values_list("rule", "count")))


def nurtured(leads: QuerySet[Lead]) -> QuerySet[Decision]:
    """The decisions that sent those of the leads to nurture that are there now; none for those sent by hand."""
    newest = Decision.objects.filter(lead=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    parked = leads.order_by().filter(status=Lead.Status.PARKED).annotate(newest=Subquery(newest)).values("newest")
    return Decision.objects.filter(pk__in=parked, outcome=Outcome.PARKED.value)
