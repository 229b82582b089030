"""How leads are searched, however many there are.

A text anywhere in a name is served by no index: a look through a million leads takes seconds. So an address, a number
or a domain that was typed whole is looked up by its key among all leads, and a text among the newest, unless somebody
asks for all of them. Whoever sees only their own leads has few, and all of them are looked through.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from unfold.contrib.filters.admin import DropdownFilter

from routing.intake.domains import account_domain
from routing.intake.normalise import email_address, phone_number
from routing.models import Identity, Lead
from routing.models.leads import LeadQuerySet
from routing.services.access import SEE_ALL_LEADS

NEWEST = 50_000
"""Among so many of the newest leads a text is looked for: a tenth of a second on PostgreSQL."""
KEYS = 1_000
"""Up to so many leads are found once and then listed by their keys; of more, each statement looks anew."""
SEARCH, ALL = "search", "all"


class SearchFilter(DropdownFilter):
    """How far back a text is looked for; nothing without one."""

    title, parameter_name = "search", SEARCH

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(ALL, "Through all leads, however old")]

    def queryset(self, request: HttpRequest, queryset: LeadQuerySet) -> LeadQuerySet:
        return queryset


def list_of_leads(term: str) -> str:
    """Where all leads with a text are."""
    return f"{reverse('admin:routing_lead_changelist')}?{urlencode({'q': term, SEARCH: ALL})}"


class SearchesLeads:
    """For the list of leads."""

    def get_search_results(
        self, request: HttpRequest, queryset: LeadQuerySet, search_term: str
    ) -> tuple[LeadQuerySet, bool]:
        if not search_term.strip() or not request.user.has_perm(SEE_ALL_LEADS):
            return self.with_text(request, queryset, search_term), False
        since = None if request.GET.get(SEARCH) == ALL else looked_through_from()
        recent = queryset if since is None else queryset.filter(submitted_at__gte=since)
        texts = self.with_text(request, recent, search_term)
        keyed = by_key(queryset, search_term)
        known, found = _keys(keyed), _keys(texts)
        if len(known) <= KEYS and len(found) <= KEYS:
            return queryset.filter(pk__in={*known, *found}), False
        if not known:
            return texts, False
        return queryset.filter(Q(pk__in=keyed.order_by().values("pk")) | Q(pk__in=texts.order_by().values("pk"))), False

    def with_text(self, request: HttpRequest, queryset: LeadQuerySet, term: str) -> LeadQuerySet:
        """Those that have each word of the text anywhere."""
        found: LeadQuerySet = super().get_search_results(request, queryset, term)[0]  # type: ignore[misc]  # a page follows
        return found

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]  # a page follows
        if isinstance(response, TemplateResponse) and "cl" in (context := response.context_data or {}):
            context["looked_through"] = _looked_through(request, context["cl"])
        return response


def _keys(leads: LeadQuerySet) -> list[int]:
    """One more than can be listed by them tells that there are too many."""
    return list(leads.order_by().prefetch_related(None).values_list("pk", flat=True)[: KEYS + 1])


def looked_through_from() -> datetime | None:
    """Since when leads came of which the newest are looked through; None: those are all."""
    edge = Lead.objects.values_list("submitted_at", flat=True)[NEWEST - 1 : NEWEST + 1]
    return edge[0] if len(edge) > 1 else None


def by_key(leads: LeadQuerySet, term: str) -> LeadQuerySet:
    """Those of the person whose address or number, or of the company whose domain was typed whole.

    Of a company only those that somebody owns: the others have no index.
    """
    term = term.strip()
    if "@" in term:
        email = _read(email_address, term)
        return leads.filter(email_identity__kind=Identity.Kind.EMAIL, email_identity__key=email)
    if phone := _read(lambda text: phone_number(text).number, term):
        return leads.filter(phone_identity__kind=Identity.Kind.PHONE, phone_identity__key=phone)
    if domain := _read(account_domain, term):
        of_company = leads.filter(company_identity__kind=Identity.Kind.DOMAIN, company_identity__key=domain)
        return of_company.exclude(owner=None)
    return leads.none()


def _read(read: Callable[[str], object], term: str) -> str:
    """Empty for what cannot be read so."""
    try:
        return str(read(term))
    except ValueError:
        return ""


def _looked_through(request: HttpRequest, listed: Any) -> dict[str, str]:
    """What the page says of a search that did not go through all leads; nothing of others."""
    if not listed.query or request.GET.get(SEARCH) == ALL or not request.user.has_perm(SEE_ALL_LEADS):
        return {}
    if looked_through_from() is None:
        return {}
    return {"newest": f"{NEWEST:,}", "url": listed.get_query_string({SEARCH: ALL}, ["p"])}
