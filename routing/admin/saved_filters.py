"""Saved filters above the list of leads: links, the form that saves the present ones, and their removal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from routing.admin.base import received_at, user_of
from routing.models import SavedFilter
from routing.models.saved_filters import SavedFilterQuerySet
from routing.services import saved_filters as services
from routing.services.access import PUBLISH, SEE_ALL_LEADS

LIST = "admin:routing_lead_changelist"


class SaveForm(forms.Form):
    name = forms.CharField(max_length=60)
    shared = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=4000, strip=False)


def may_share(request: HttpRequest) -> bool:
    return request.user.has_perm(PUBLISH)


def saved_filters(request: HttpRequest) -> SavedFilterQuerySet:
    """One's own, and what is shared for whoever sees all leads; one's own first."""
    everybodys = Q(shared=True) if request.user.has_perm(SEE_ALL_LEADS) else Q(pk__in=[])
    return SavedFilter.objects.filter(everybodys | Q(user=user_of(request))).select_related("user")


def address_of(query: str) -> str:
    return f"{reverse(LIST)}?{query}" if query else reverse(LIST)


class SavesFilters:
    """For the list of leads."""

    list_before_template: str | None = "admin/routing/lead_list.html"
    admin_site: Any

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("filters/save/", view(require_POST(self.save_filter_view)), name="routing_lead_save_filter"),
            path("filters/<int:key>/remove/", view(require_POST(self.remove_filter_view)),
                 name="routing_lead_remove_filter"),
            *super().get_urls(),  # type: ignore[misc]  # a page follows
        ]  # fmt: skip

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {"saved": self.saved_context(request)} if request.method == "GET" else {}
        response: HttpResponse = super().changelist_view(request, shown | (extra_context or {}))  # type: ignore[misc]
        return response

    def saved_context(self, request: HttpRequest) -> dict[str, Any]:
        present, user = services.filters_of(request.GET.urlencode()), user_of(request)
        rows = [
            {
                "row": row,
                "link": address_of(row.query),
                "present": row.query == present,
                "by": "" if row.user_id == user.pk else row.user.get_full_name() or row.user.get_username(),
                "removable": row.user_id == user.pk or may_share(request),
            }
            for row in saved_filters(request)
        ]
        return {
            "rows": sorted(rows, key=lambda shown: bool(shown["by"])),
            "query": present,
            "searched": bool(request.GET.get("q")),
            "may_share": may_share(request),
        }

    def save_filter_view(self, request: HttpRequest) -> HttpResponse:
        self.require_list(request)
        form = SaveForm(request.POST)
        if form.is_valid():
            self.save_filter(request, **form.cleaned_data)
        else:
            messages.error(request, "Give it a name of 60 characters at most.")
        return HttpResponseRedirect(address_of(services.filters_of(request.POST.get("query", ""))))

    def save_filter(self, request: HttpRequest, *, name: str, shared: bool, query: str) -> None:
        if shared and not may_share(request):
            raise PermissionDenied
        try:
            services.save_filter(user=user_of(request), name=name, query=query, shared=shared, now=received_at(request))
        except services.CannotSave as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"Saved as “{name}”{', for everybody who sees all leads' if shared else ''}.")

    def remove_filter_view(self, request: HttpRequest, key: int) -> HttpResponse:
        self.require_list(request)
        own = Q(user=user_of(request))
        found = SavedFilter.objects.filter(own | Q(shared=True) if may_share(request) else own, pk=key).first()
        if found is None:
            raise Http404("There is no such saved filter.")
        services.remove_filter(row=found, user=user_of(request), now=received_at(request))
        messages.success(request, f"“{found.name}” is removed. The leads stay as they are.")
        return HttpResponseRedirect(reverse(LIST))

    def require_list(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):  # type: ignore[attr-defined]  # a page's
            raise PermissionDenied
