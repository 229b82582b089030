"""Saved filters above the list of leads: links, the form that saves the present ones, and their removal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from routing.admin.base import received_at, user_of
from routing.models import SavedFilter
from routing.models.saved_filters import SavedFilterQuerySet
from routing.services import saved_filters as services
from routing.services.access import PUBLISH, SEE_ALL_LEADS

LIST = "admin:routing_lead_changelist"
WRONG = {"name": "Give it a name of 60 characters at most.", "query": "Too many filters at once to be kept."}


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


def names_of_filters(listed: Any) -> set[str]:
    """How the filters of a list are called in its address."""
    return {name for one in listed.filter_specs for name in one.expected_parameters()}


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
        response: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]  # a page follows
        if isinstance(response, TemplateResponse) and "cl" in (context := response.context_data or {}):
            context["saved"] = self.saved_context(request, context["cl"])
        return response

    def saved_context(self, request: HttpRequest, listed: Any) -> dict[str, Any]:
        present, user = services.filters_of(request.GET.urlencode(), known=names_of_filters(listed)), user_of(request)
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
        if not form.is_valid():
            for field, text in WRONG.items():
                if field in form.errors:
                    messages.error(request, text)
            return HttpResponseRedirect(reverse(LIST))
        known = names_of_filters(self.get_changelist_instance(request))  # type: ignore[attr-defined]  # a page's
        filters = services.filters_of(form.cleaned_data["query"], known=known)
        self.save_filter(request, name=form.cleaned_data["name"], shared=form.cleaned_data["shared"], filters=filters)
        return HttpResponseRedirect(address_of(filters))

    def save_filter(self, request: HttpRequest, *, name: str, shared: bool, filters: str) -> None:
        if shared and not may_share(request):
            raise PermissionDenied
        user, now = user_of(request), received_at(request)
        try:
            services.save_filter(user=user, name=name, filters=filters, shared=shared, now=now)
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
