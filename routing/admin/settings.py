"""Company-wide settings, SLA policies and the last resort."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldBooleanSwitchWidget

from reps.admin_base import DeskAdmin
from reps.admin_display import badge, person, quiet, span
from reps.admin_fields import WeekHoursField
from routing.admin.base import DraftAdmin, ManagedForm, draft_badge, received_at
from routing.admin.labels import SETTINGS
from routing.admin.line_fields import GradesField, StepsField
from routing.admin.score import score_page
from routing.admin.work import may_ask
from routing.clock import current_time
from routing.models import LastResort, RoutingSettings, SlaPolicy, Work
from routing.rulebook.content import current_settings
from routing.services import manage
from routing.services.reading import standing_problem
from routing.services.waiting import look_at_waiting_leads_again
from routing.snapshots.rulebook import current_rulebook

HAND_OVER = {"qualified": "route"}
"""Stages as they are stored where a qualified lead is routed again."""


class SlaPolicyForm(ManagedForm):
    steps = StepsField(
        label="Without an answer",
        help_text="One step a line: 3 minutes: remind unless accepted · 5 minutes: reassign. Steps are remind, "
        "alert_manager, offer, reassign and pause_rep. None: the built-in ones.",
    )

    class Meta:
        model = SlaPolicy
        fields: ClassVar[list[str]] = []  # the page says which
        labels = {
            "first_response_minutes": "First response within (minutes)",
            "accept_minutes": "After accepting (minutes)",
            "max_attempts": "Owners at most",
        }
        help_texts = {
            "name": "What rules and reports call it, such as five-minutes.",
            "first_response_minutes": "How long an owner has for the first answer, counted from the alert. "
            "After that the lead is breached.",
            "clock": "Which time counts. The owner's hours stand still at night, around the clock they never do.",
            "accept_counts": "Accepting ends the clock as a call or a mail does. Otherwise it only buys time.",
        }


@admin.register(SlaPolicy)
class SlaPolicyAdmin(DraftAdmin):
    archive = staticmethod(manage.archive_sla)
    archive_argument = "policy"
    list_display = ["name", "target", "clock", "draft"]
    search_fields = ["name"]
    form = SlaPolicyForm
    fieldsets = [
        (None, {"fields": ["name", ("first_response_minutes", "clock")]}),
        (
            "Advanced",
            {
                "fields": ["steps", ("accept_minutes", "max_attempts"), ("accept_counts", "take_away")],
                "classes": ["collapse"],
            },
        ),
    ]
    empty_hint = "An SLA policy says how soon a lead must be answered."
    publishing_note = "Leads that are owned already keep the policy they came with."

    @display(description="first response within", ordering="first_response_minutes")
    def target(self, policy: SlaPolicy) -> str:
        return span(policy.first_response_minutes * 60)

    @display(description="draft")
    def draft(self, policy: Any) -> SafeString | str:
        return draft_badge(policy.mark)


class SettingsForm(ManagedForm):
    grades = GradesField(label="Grades", help_text="The least score of each grade, one a line: A: 75.")
    hand_over = forms.BooleanField(
        required=False,
        label="Hand over qualified leads",
        widget=UnfoldBooleanSwitchWidget(),
        help_text="A lead that becomes qualified is routed again, as from an SDR to an AE.",
    )
    working_hours = WeekHoursField(
        help_text="One line for each stretch of days: mon-fri 09:00-12:00, 13:00-18:00. "
        "The hours of the hold deadline are counted in these."
    )

    class Meta:
        model = RoutingSettings
        fields: ClassVar[list[str]] = []  # the page says which
        labels = SETTINGS | {
            "match_threshold": "Match accounts from (0 to 1)",
            "release_burst": "Leads that waited, at once",
            "signal_half_life_days": "Half-life of signals (days)",
            "extractor": "Topics are found by",
            "score": "Points",
            "score_from": "Score comes from",
            "account_hierarchy": "Who owns leads of a subsidiary",
            "paused": "Pause everything",
        }
        help_texts = {
            "paused": "Live at once: every lead waits, and its deadline stands still, until you switch this off.",
            "timezone": "Of teams and reps without a zone of their own, and of the days in conditions and reports.",
            "same_company": "Another person of a company that somebody is working on joins them. A rule can opt out.",
            "account_hierarchy": "Whose leads they are where the matched account is part of another one.",
            "extractor": "Keywords always work. Meaning needs the extra (make learning), a language model its address "
            "in the server's settings; whatever is in their way, keywords answer at once.",
            "score": "Points for leads that match conditions, as JSON: "
            '[{"when": [[{"field": "employees", "op": "gt", "value": 500}]], "points": 40}].',
            "score_from": "Learned: from outcomes, each night, as soon as enough of them are known and it is better "
            "than the plain rate on later leads; until then by points. The page Score shows which of the two counts.",
            "signal_half_life_days": "A signal this old counts half.",
            "duplicate_minutes": "The same person through the same form again joins the first lead.",
            "returning_days": "The same person later goes to the previous owner.",
            "company_days": "A colleague goes to the owner of the company's latest lead.",
            "hold_deadline_hours": "A lead that waits this long goes to the last resort.",
            "taper_days": "Before a leave of more than 5 days.",
            "match_threshold": "How sure the match of a lead to an account must be.",
            "sla": "For rules without a policy of their own.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["hand_over"] = self.instance.stages == HAND_OVER
        published = current_rulebook()
        if (
            published
            and "extractor" in self.fields
            and (why := standing_problem(published.rulebook, now=current_time()))
        ):
            self.fields["extractor"].help_text += f" Now keywords are used: {why}."

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.instance.stages = dict(HAND_OVER) if data.get("hand_over") else {}
        return data


@admin.register(RoutingSettings)
class RoutingSettingsAdmin(DraftAdmin):
    form = SettingsForm
    zone_fields: ClassVar[dict[str, str]] = {"timezone": ""}
    autocomplete_fields = ["sla"]
    publishing_note = "Only “pause everything” is live at once."
    fieldsets = [
        ("Live at once", {"fields": ["paused"]}),
        ("The company", {"fields": [("timezone", "sla"), "working_hours"]}),
        (
            "People who come again",
            {"fields": [("duplicate_minutes", "returning_days"), ("company_days", "same_company")]},
        ),
        ("Nobody can take it", {"fields": [("hold_deadline_hours", "release_burst"), "taper_days"]}),
        ("Known companies", {"fields": [("match_threshold", "account_hierarchy")]}),
        (
            "Advanced",
            {
                "fields": ["grades", "score_from", "score", ("extractor", "signal_half_life_days"), "hand_over"],
                "classes": ["collapse"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super(DraftAdmin, self).get_queryset(request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The one row; the defaults where it was never saved."""
        return current_settings() if object_id == "1" else None

    def lock_first(self, request: HttpRequest, object_id: str) -> None:
        look_at_waiting_leads_again(now=received_at(request))

    def get_urls(self) -> list[Any]:
        score = path("score/", self.admin_site.admin_view(self.score_view), name="routing_routingsettings_score")
        return [score, *super().get_urls()]

    def score_view(self, request: HttpRequest) -> HttpResponse:
        """What was learned from outcomes, how it was judged, and whether it counts."""
        self.require_view(request)
        shared = {**self.admin_site.each_context(request), "title": "Score", "model_admin": self}
        may_learn = may_ask(request, Work.Kind.LEARN)
        context = score_page(now=received_at(request)) | {"may_learn": may_learn}
        return TemplateResponse(request, "admin/routing/score.html", shared | context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self.require_view(request)
        return HttpResponseRedirect(reverse("admin:routing_routingsettings_change", args=[1]))

    def save_model(self, request: HttpRequest, obj: RoutingSettings, form: Any, change: bool) -> None:
        manage.save_settings(settings=obj, now=received_at(request))


class LastResortForm(ModelForm):
    class Meta:
        model = LastResort
        fields = ["rep", "position"]
        help_texts = {
            "rep": "Who owns what nobody took until its deadline, unless somebody active stands before them.",
            "position": "The lowest is asked first; in the list rows can be dragged.",
        }


@admin.register(LastResort)
class LastResortAdmin(DeskAdmin):
    noun = ("person", "people")
    list_display = ["who", "active", "place"]
    list_display_links = ["who"]
    list_select_related = ["rep"]
    form = LastResortForm
    autocomplete_fields = ["rep"]
    search_fields = ["rep__name"]
    ordering = ["position", "pk"]
    ordering_field = "position"
    hide_ordering_field = True
    publishing_note = (
        "The first active person here owns what nobody took until its deadline. "
        "Nobody active here: the managers, then the active reps. Drag rows to reorder, then save."
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A new order saves many rows: everybody is locked before the first of them."""
        if request.method != "POST" or "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            manage.lock_last_resort(now=received_at(request))
            return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: LastResort, form: Any, change: bool) -> None:
        if "rep" in form.fields:
            manage.save_last_resort(entry=obj, now=received_at(request))
        else:  # of the list, where everybody is locked
            obj.save()

    def delete_model(self, request: HttpRequest, obj: LastResort) -> None:
        manage.remove_last_resort(entries=[obj], now=received_at(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[LastResort]) -> None:
        manage.remove_last_resort(entries=list(queryset), now=received_at(request))

    @display(description="rep")
    def who(self, last: LastResort) -> SafeString:
        return person(last.rep.name, last.rep.email)

    @display(description="state")
    def active(self, last: LastResort) -> SafeString:
        return badge("Active", "green") if last.rep.active else badge("Inactive", "red", "Is passed over")

    @display(description="asked")
    def place(self, last: LastResort) -> SafeString:
        return quiet("in this order")
