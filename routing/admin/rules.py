"""Rules as a list that reads like a text, with their order and their form."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from reps.admin_base import LONGEST_CHANGE, ChangeInWords
from reps.admin_display import badge, two_lines
from reps.models import Rep
from routing.admin.base import DraftAdmin, draft_badge
from routing.admin.conditions.count import count_view
from routing.admin.conditions.page import conditions_view, equip
from routing.admin.presets import presets_view, send_view
from routing.admin.rule_form import CatchAllForm, RuleForm
from routing.admin.rule_list import RuleChangeList, sees_leads
from routing.admin.simulating import simulate_view
from routing.models import LookupTable, Pool, Rule, SlaPolicy
from routing.rulebook.words import conditions_in_words
from routing.services import manage


class RuleChangeInWords(ChangeInWords):
    """Conditions read as they do in the list of rules."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        if change.field == "conditions":
            return conditions_in_words(value)
        return super().prepare_delta_change_value(change, value)


@admin.register(Rule)
class RuleAdmin(DraftAdmin):
    archive = staticmethod(manage.archive_rule)
    archive_argument = "rule"
    form = RuleForm
    empty_hint = "A rule says who gets which leads. The last one, the catch-all, takes every lead that is left."
    publishing_note = (
        "The first rule that matches, and that somebody can serve, takes the lead. Drag rows to reorder, then save."
    )
    list_before_template = "admin/routing/rules_before.html"
    list_display = ["rule", "sentence", "took", "state"]
    list_display_links = ["rule"]
    list_select_related = ["sla", "pool", "rep", "table", "overflow_pool"]
    list_filter = [
        ("destination", ChoicesDropdownFilter),
        ("pool", RelatedDropdownFilter),
        ("sla", RelatedDropdownFilter),
    ]
    search_fields = ["name", "note"]
    search_help_text = "Name or note"
    list_per_page = 500
    ordering = ["catch_all", "position", "pk"]
    ordering_field = "position"
    hide_ordering_field = True
    readonly_fields = ["in_words"]
    autocomplete_fields = ["rep", "owner", "pool", "table", "overflow_pool", "sla"]
    offered = {
        "pool": Pool.objects.current,
        "overflow_pool": Pool.objects.current,
        "table": LookupTable.objects.current,
        "sla": SlaPolicy.objects.current,
        "rep": Rep.objects.active,
        "owner": Rep.objects.active,
    }
    conditional_fields = {
        "pool": "destination == 'pool'",
        "rep": "destination == 'rep'",
        "table": "destination == 'table'",
        "table_field": "destination == 'table'",
        "account_role": "destination == 'account_owner'",
        "away": "['rep', 'territory', 'account_owner', 'table'].includes(destination)",
        "park_reason": "destination == 'park'",
        "review_days": "destination == 'park'",
        "wait_minutes": "when_nobody == 'wait'",
        "overflow_pool": "when_nobody == 'overflow'",
    }

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        catch_all = obj is not None and obj.catch_all
        head: list[Any] = ["name"] if catch_all else [("name", "enabled"), "position"]
        return [
            (None, {"fields": head}),
            *([] if catch_all else [("If", {"fields": [self._conditions(request, obj)]})]),
            (
                "Then the lead goes to",
                {
                    "fields": [
                        "destination",
                        "pool",
                        "rep",
                        ("table", "table_field"),
                        "account_role",
                        "away",
                        ("park_reason", "review_days"),
                    ]
                },
            ),
            ("Who may take it", {"fields": ["requires", "units"]}),
            ("If nobody there can take it", {"fields": ["when_nobody", "wait_minutes", "overflow_pool"]}),
            ("Answering", {"fields": [("sla", "alert"), "notify", ("answer_now", "same_company")]}),
            *([] if catch_all else [("When the rule applies", {"fields": [("active_from", "active_to"), "weekdays"]})]),
            ("Keeping it in order", {"fields": ["note", ("owner", "review_date")]}),
        ]

    def _conditions(self, request: HttpRequest, obj: Any) -> str:
        """In words for who may not change them."""
        may = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        return "conditions" if may else "in_words"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(simulate_view, site=self.admin_site))
        presets = self.admin_site.admin_view(partial(presets_view, page=self))
        send = self.admin_site.admin_view(require_POST(send_view))
        count = self.admin_site.admin_view(require_POST(partial(count_view, page=self)))
        explained = self.admin_site.admin_view(require_GET(partial(conditions_view, page=self)))
        return [
            path("conditions/count/", count, name="routing_rule_count"),
            path("conditions/", explained, name="routing_rule_conditions"),
            path("presets/send/", send, name="routing_rule_send_test_lead"),
            path("simulate/", view, name="routing_rule_simulate"),
            path("presets/", presets, name="routing_rule_presets"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        equip(context["adminform"].form, request)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> RuleChangeInWords:
        return RuleChangeInWords(self.model, historical_record, max_displayed_delta_change_chars=LONGEST_CHANGE)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None and obj.catch_all:
            kwargs["form"] = CatchAllForm
        return super().get_form(request, obj, change, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RuleChangeList]:
        return RuleChangeList

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return shown if sees_leads(request) else [column for column in shown if column != "took"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        last = Rule.objects.current().filter(catch_all=False).aggregate(last=Max("position"))["last"] or 0
        return super().get_changeform_initial_data(request) | {"position": last + 1}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.catch_all)

    @display(description="rule")
    def rule(self, rule: Any) -> SafeString:
        name = format_html('<span class="lr-strong">{}</span>', rule.name)
        return two_lines(name, f"Number {rule.place}" if not rule.catch_all else "Always last")

    @display(description="what it says")
    def sentence(self, rule: Any) -> SafeString:
        return rule.words

    @display(description="conditions")
    def in_words(self, rule: Any) -> str:
        return conditions_in_words(rule.conditions)

    @display(description="leads in 30 days")
    def took(self, rule: Any) -> SafeString | str:
        return rule.took

    @display(description="state")
    def state(self, rule: Any) -> SafeString:
        marks = [draft_badge(rule.mark)]
        if not rule.enabled:
            marks.append(badge("Off", "neutral", "Not looked at"))
        return format_html('<span class="lr-badges">{}{}</span>', *(marks + [""])[:2])
