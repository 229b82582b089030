"""Rules as a list that reads like a text, with their order and their form."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from reps.admin_base import LONGEST_CHANGE, ChangeInWords
from reps.admin_display import badge, two_lines
from reps.admin_fields import EmailListField
from reps.models import Weekday
from routing.admin.base import DraftAdmin, DraftChangeList, ManagedForm, draft_badge
from routing.admin.condition_form import ConditionsField
from routing.admin.line_fields import RequirementsField
from routing.admin.presets import presets_view, send_view
from routing.admin.simulating import simulate_view
from routing.models import Rule
from routing.models.bounds import LONGEST_NOTE
from routing.rulebook.content import rule_content
from routing.rulebook.words import (
    Names,
    conditions_in_words,
    destination_in_words,
    load_names,
    when_nobody_in_words,
)
from routing.services import manage


class RuleForm(ManagedForm):
    conditions = ConditionsField(required=False, label="Conditions")
    requires = RequirementsField(
        label="What a rep needs",
        help_text="One a line: language: lead (the lead's own) · language: de, 10 minutes · skill: security · "
        "topic: kubernetes, level 2. After the minutes the search goes on without it.",
    )
    notify = EmailListField(label="Also tell", help_text="Further e-mail addresses, separated by commas.")
    weekdays = forms.TypedMultipleChoiceField(
        choices=Weekday.choices,
        coerce=int,
        empty_value=[],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="None ticked: every day.",
    )
    note = forms.CharField(required=False, max_length=LONGEST_NOTE, widget=UnfoldAdminTextareaWidget())

    class Meta:
        model = Rule
        fields: ClassVar[list[str]] = []  # the page says which
        labels = {
            "position": "Place in the list",
            "destination": "Send to",
            "account_role": "Which person of the account",
            "when_nobody": "What then",
            "wait_minutes": "Wait at most (minutes)",
            "same_company": "Same company joins",
            "units": "Units of a rep's limits",
        }
        help_texts = {"account_role": "The owner, or a role of our people on the account: csm, sdr, …"}

    def clean(self) -> dict[str, Any]:
        """What the database would refuse is said beside the field that lacks it."""
        data = super().clean() or self.cleaned_data
        needed = {
            "pool": (data.get("destination") == Rule.DestinationKind.POOL, "Choose the pool that the leads go to."),
            "rep": (data.get("destination") == Rule.DestinationKind.REP, "Choose the person that the leads go to."),
            "table": (data.get("destination") == Rule.DestinationKind.TABLE, "Choose the table to look up in."),
            "table_field": (
                data.get("destination") == Rule.DestinationKind.TABLE,
                "Say which field is looked up, such as attributes.partner.",
            ),
            "wait_minutes": (data.get("when_nobody") == Rule.WhenNobodyKind.WAIT, "Say how many minutes to wait."),
            "overflow_pool": (
                data.get("when_nobody") == Rule.WhenNobodyKind.OVERFLOW,
                "Choose the pool to overflow to.",
            ),
        }
        for name, (wanted, text) in needed.items():
            if wanted and name in self.fields and not data.get(name) and name not in self.errors:
                self.add_error(name, text)
        return data


class CatchAllForm(RuleForm):
    """The catch-all takes every lead at any time."""

    conditions = None  # type: ignore[assignment]
    weekdays = None  # type: ignore[assignment]


class RuleChangeList(DraftChangeList):
    """Every rule knows what it says, in words."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        names = load_names()
        for place, rule in enumerate(self.result_list, start=1):
            rule.place, rule.words = place, rule_sentence(rule_content(rule), names)


def rule_sentence(rule: dict[str, Any], names: Names) -> SafeString:
    """IF … THEN … ELSE …, with the words of the form set off."""
    otherwise = when_nobody_in_words(rule["when_nobody"], names)
    if rule["catch_all"] and rule["when_nobody"] == "next":
        otherwise = "wait until somebody can"
    return format_html(
        '<span class="lr-rule"><span><b>{}</b> {}</span><span><b>THEN</b> {}</span><span><b>ELSE</b> {}</span></span>',
        "ALL THE REST" if rule["catch_all"] else "IF",
        "" if rule["catch_all"] else conditions_in_words(rule["when"]),
        destination_in_words(rule["to"], names),
        otherwise,
    )


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
    list_display = ["rule", "sentence", "state"]
    list_display_links = ["rule"]
    list_select_related = ["sla"]
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
    autocomplete_fields = ["rep", "owner", "pool", "table", "overflow_pool", "sla"]
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
            *([] if catch_all else [("If", {"fields": ["conditions"]})]),
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

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(simulate_view, site=self.admin_site))
        presets = self.admin_site.admin_view(partial(presets_view, page=self))
        send = self.admin_site.admin_view(require_POST(send_view))
        return [
            path("presets/send/", send, name="routing_rule_send_test_lead"),
            path("simulate/", view, name="routing_rule_simulate"),
            path("presets/", presets, name="routing_rule_presets"),
            *super().get_urls(),
        ]

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> RuleChangeInWords:
        return RuleChangeInWords(self.model, historical_record, max_displayed_delta_change_chars=LONGEST_CHANGE)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None and obj.catch_all:
            kwargs["form"] = CatchAllForm
        return super().get_form(request, obj, change, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DraftChangeList]:
        return RuleChangeList

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

    @display(description="state")
    def state(self, rule: Any) -> SafeString:
        marks = [draft_badge(rule.mark)]
        if not rule.enabled:
            marks.append(badge("Off", "neutral", "Not looked at"))
        return format_html('<span class="lr-badges">{}{}</span>', *(marks + [""])[:2])
