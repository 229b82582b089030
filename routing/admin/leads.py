"""The list of leads, and the page of one lead."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    MultipleChoicesDropdownFilter,
)
from unfold.decorators import display

from reps.admin_base import RecordAdmin
from reps.admin_choices import KEY
from reps.admin_display import NOTHING, badge, countdown, moment, person, quiet, two_lines
from routing.admin.base import received_at
from routing.admin.bulk import ActsOnMany, Doing
from routing.admin.bulk.leads import LEAD_ACTS, look_again
from routing.admin.exports import Exported
from routing.admin.labels import HELD_REASONS, METHODS, STATUS_TONES, label_of
from routing.admin.lead_doing import ask_view, buttons
from routing.admin.lead_filters import (
    AnswerFilter,
    ArrivedFilter,
    BetweenFilter,
    PlaceFilter,
    PoolFilter,
    RealFilter,
    RuleFilter,
    SourceFilter,
)
from routing.admin.lead_page import lead_context
from routing.admin.lead_questions import suggestions, why_not
from routing.admin.lead_search import SearchesLeads, SearchFilter
from routing.admin.lead_sharing import DAYS, share_view, standing_links, unshare_view
from routing.admin.saved_filters import SavesFilters
from routing.models import Assignment, Lead
from routing.models.leads import LeadQuerySet
from routing.services.access import ERASE_PERSONS, ROUTE_LEADS, SEE_ALL_LEADS, rep_of, visible_leads


@admin.register(Lead)
class LeadAdmin(ActsOnMany, SavesFilters, SearchesLeads, Exported, RecordAdmin):
    exports = ("leads", "decisions")
    imports = "leads"
    publishing_note_template = ""
    list_display = ["lead", "state", "owned_by", "due", "age", "came_from", "rule", "how"]
    list_display_links = ["lead"]
    list_select_related = ["owner"]
    list_filter = [
        ("status", MultipleChoicesDropdownFilter),
        AnswerFilter,
        ("owner", AutocompleteSelectFilter),
        PoolFilter,
        RuleFilter,
        SourceFilter,
        ArrivedFilter,
        PlaceFilter,
        ("territory", AutocompleteSelectFilter),
        ("kind", ChoicesDropdownFilter),
        ("held_reason", ChoicesDropdownFilter),
        RealFilter,
        ("submitted_at", BetweenFilter),
        SearchFilter,
    ]
    search_fields = ["email", "first_name", "last_name", "company", "phone"]
    empty_hint = "Leads that arrive over the API appear here within a second."
    search_help_text = "E-mail, name, company or phone"
    ordering = ["-submitted_at", "-pk"]
    bulk = LEAD_ACTS
    change_form_template = "admin/routing/lead.html"
    change_form_outer_before_template = None

    def get_queryset(self, request: HttpRequest) -> LeadQuerySet:
        """Everything about a lead starts here, so that a rep never meets somebody else's."""
        current = Assignment.objects.current().select_related("rule", "pool")
        leads = visible_leads(request.user, super().get_queryset(request))  # type: ignore[arg-type]
        return leads.prefetch_related(Prefetch("assignments", queryset=current, to_attr="open_assignments"))

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Somebody who sees only their own leads has no use for filters by people and pools."""
        mine = {AnswerFilter, SourceFilter, ArrivedFilter, SearchFilter}
        everything = super().get_list_filter(request)
        if request.user.has_perm(SEE_ALL_LEADS):
            return everything
        return [f for f in everything if f in mine or (isinstance(f, tuple) and f[0] in ("status", "kind"))]

    def exports_for(self, request: HttpRequest) -> tuple[str, ...]:
        """Decisions say of others why it was not them: nothing for a rep."""
        return self.exports if request.user.has_perm(SEE_ALL_LEADS) else ("leads",)

    def has_route_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ROUTE_LEADS)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.route_view)
        do, share, unshare = (
            self.admin_site.admin_view(partial(view, page=self)) for view in (ask_view, share_view, unshare_view)
        )
        return [
            path("<int:key>/route/", view, name="routing_lead_route"),
            path("<int:key>/do/<slug:name>/", do, name="routing_lead_do"),
            path("<int:key>/share/", share, name="routing_lead_share"),
            path("<int:key>/share/<int:link>/end/", unshare, name="routing_lead_unshare"),
            *super().get_urls(),
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        lead = self.get_object(request, object_id) if object_id else None
        context = self.page_context(request, lead) if lead else {}
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def page_context(self, request: HttpRequest, lead: Lead) -> dict[str, Any]:
        waits = lead.status in (Lead.Status.HELD, Lead.Status.PENDING)
        now, viewer, sees_all = received_at(request), rep_of(request.user), request.user.has_perm(SEE_ALL_LEADS)
        earlier = request.GET.get("decision", "")
        shown = lead_context(lead, now=now, viewer=viewer, sees_all=sees_all, decision=earlier)
        may_route = self.has_route_permission(request)
        asked = request.GET.get("why_not", "")
        return shown | {
            "title": lead.label,
            "may_route": waits and may_route,
            "buttons": buttons(request, lead),
            "suggestions": suggestions(lead) if may_route else [],
            "may_erase": request.user.has_perm(ERASE_PERSONS) and bool(lead.email or lead.phone),
            "why_not": why_not(shown["chosen"], asked, viewer=viewer, sees_all=sees_all, now=now),
            "may_share": may_route,
            "links": standing_links(lead, now) if may_route else [],
            "share_days": DAYS.items(),
            "zone": timezone.get_current_timezone_name(),
        }

    def route_view(self, request: HttpRequest, key: int) -> HttpResponse:
        return require_POST(self.route_one)(request, key=key)

    def route_one(self, request: HttpRequest, key: int) -> HttpResponse:
        if not self.has_route_permission(request):
            raise Http404("Nothing to do here.")
        lead = self.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
        if lead is None:
            raise Http404("There is no such lead.")
        if lead.status in (Lead.Status.HELD, Lead.Status.PENDING):
            messages.success(request, look_again([lead.pk], Doing({}, request)))
        else:
            messages.info(request, "Nothing to do: only leads that wait are routed again.")
        return HttpResponseRedirect(reverse("admin:routing_lead_change", args=[lead.pk]))

    def label(self, row: Lead) -> str:
        return row.label

    @display(description="lead", ordering="last_name")
    def lead(self, lead: Lead) -> SafeString:
        who = lead.name or lead.email or lead.phone or "Unnamed lead"
        remark = " · ".join(filter(None, [lead.company, lead.get_kind_display()]))
        return two_lines(format_html('<span class="lr-strong">{}</span>', who), remark)

    @display(description="status", ordering="status")
    def state(self, lead: Lead) -> SafeString:
        shown = badge(lead.get_status_display(), STATUS_TONES.get(lead.status, "neutral"))
        if lead.status == Lead.Status.HELD:
            return two_lines(shown, label_of(HELD_REASONS, lead.held_reason))
        return shown + badge("Test", "violet") if lead.test else shown

    @display(description="owner", ordering="owner__name")
    def owned_by(self, lead: Lead) -> SafeString:
        return person(lead.owner.name) if lead.owner else NOTHING

    @display(description="deadline")
    def due(self, lead: Any) -> SafeString:
        if lead.status == Lead.Status.HELD and lead.hold_deadline_at:
            return countdown(lead.hold_deadline_at, lead.seen_at)
        current = lead.open_assignments[0] if lead.open_assignments else None
        if current is None or lead.status != Lead.Status.ASSIGNED:
            return NOTHING
        if current.responded_at:
            return badge("Answered", "green")
        return countdown(current.due_at, lead.seen_at) if current.due_at else quiet("no deadline")

    @display(description="age", ordering="submitted_at")
    def age(self, lead: Any) -> SafeString:
        return moment(lead.submitted_at, lead.seen_at)

    @display(description="source", ordering="source")
    def came_from(self, lead: Lead) -> str | SafeString:
        return lead.source or NOTHING

    @display(description="rule")
    def rule(self, lead: Any) -> str | SafeString:
        current = lead.open_assignments[0] if lead.open_assignments else None
        if current is None or current.rule is None:
            return NOTHING
        return two_lines(current.rule.name, current.pool.name if current.pool else "")

    @display(description="how", ordering="method")
    def how(self, lead: Lead) -> str | SafeString:
        return label_of(METHODS, lead.method) if lead.method else NOTHING
