"""Pools with their members, the share that each weight results in, and the ledger that keeps it fair."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from reps.admin_choices import KEY
from reps.admin_display import badge
from reps.admin_fields import ListField, PlainNumberField, WeekHoursField
from routing.admin import control_group
from routing.admin.base import DraftAdmin, ManagedForm, draft_badge, received_at
from routing.admin.exports import Exported
from routing.admin.lab.page import lab
from routing.admin.ledger_page import ledger_context
from routing.admin.line_fields import RequirementsField
from routing.admin.pool_members import MemberInline
from routing.admin.pool_results import results
from routing.admin.tolerance import HELP, ToleranceWidget
from routing.engine.types import Strategy
from routing.models import DeclineReason, Pool
from routing.models.bounds import LARGEST_BAND
from routing.services import manage
from routing.services.control_group import NoControlGroup
from routing.services.pause_pool import pause_pool


class PoolForm(ManagedForm):
    band = PlainNumberField(
        label="Turn tolerance",
        required=False,
        min_value=0,
        max_value=LARGEST_BAND,
        widget=ToleranceWidget(),
        help_text=HELP,
    )
    segments = ListField(
        lower=True,
        help_text="Results: what makes leads alike, the most important first: source, size, region.",
    )
    creditable_reasons = forms.MultipleChoiceField(
        label="Give the turn back for",
        required=False,
        choices=DeclineReason.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="A lead declined for one of these costs no turn.",
    )
    requires = RequirementsField(
        label="What members need",
        help_text="One a line: language: lead · language: de, 10 minutes · skill: security · "
        "topic: kubernetes, level 2.",
    )
    working_hours = WeekHoursField(
        help_text="For SLA clocks that run by the pool: mon-fri 09:00-18:00, one line for each stretch of days."
    )

    class Meta:
        model = Pool
        fields: ClassVar[list[str]] = []  # the page says which
        labels = {
            "minimum_fit": "Least fit",
            "expertise": "Expertise counts",
            "shrinkage_k": "Weight of everybody's results (k)",
            "half_life_days": "Half-life of results (days)",
            "totals_days": "Totals of the last (days)",
            "performance_mode": "Better results get",
            "offer": "Hand out",
            "offer_minutes": "An offer stands (minutes)",
            "hide_details": "Hide who it is",
        }
        help_texts = {
            "name": "What rules and territories call it.",
            "strategy": "Who of those who may take a lead gets it.",
            "expertise": "What leads that were won were about can add to what is declared, learned each night.",
            "fairness": "By what each could take, so that nobody is flooded after leave; or by plain totals.",
            "shrinkage_k": "Performance: a kind of lead is believed to be won as often as the next coarser one, as "
            "firmly as so many leads would show it, until outcomes show how far kinds differ.",
            "performance_mode": "The better leads, as many as the others have; or more leads, too.",
            "offer": "The lead is theirs at once; or it is offered, and theirs when they take it.",
            "offer_minutes": "Then it goes on to the next, or back to the rules.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "band" in self.fields:
            asked: Any = self["strategy"].value() if "strategy" in self.fields else None
            self.fields["band"].widget.method = asked or self.instance.strategy  # type: ignore[attr-defined]

    def clean_working_hours(self) -> dict[str, Any] | None:
        """Without hours there are none, rather than a week without work."""
        return self.cleaned_data["working_hours"] or None


PERFORMANCE, INTENT = "strategy == 'performance'", "strategy == 'intent'"
LEARNS = f"{PERFORMANCE} || {INTENT}"


@admin.register(Pool)
class PoolAdmin(Exported, DraftAdmin):
    exports = ("members",)
    imports = "members"
    archive = staticmethod(manage.archive_pool)
    archive_argument = "pool"
    empty_hint = "A pool is a group of reps who take turns. Make one, put reps in it, and name it in a rule."
    publishing_note = "Members and their weights are live at once."
    list_display = ["name", "method", "member_count", "used_by", "draft"]
    search_fields = ["name"]
    form = PoolForm
    inlines = [MemberInline]
    change_form_template = "admin/routing/pool_form.html"
    change_form_outer_after_template = "admin/routing/pool_links.html"
    autocomplete_fields = ["fairness_group"]
    conditional_fields: ClassVar[dict[str, str]] = {
        "minimum_fit": INTENT,
        "expertise": INTENT,
        "performance_mode": PERFORMANCE,
        "segments": PERFORMANCE,
        "shrinkage_k": LEARNS,
        "half_life_days": LEARNS,
        "control_share": PERFORMANCE,
        "totals_days": "fairness == 'totals'",
        "offer_minutes": "offer == 'exclusive' || offer == 'claim'",
        "hide_details": "offer == 'exclusive' || offer == 'claim'",
    }
    fieldsets = [
        (None, {"fields": [("name", "strategy"), "band"]}),
        (
            "Advanced",
            {
                "fields": [
                    ("performance_mode", "control_share"),
                    "segments",
                    ("shrinkage_k", "half_life_days"),
                    ("minimum_fit", "expertise"),
                    ("fairness", "totals_days"),
                    ("turns_by", "fairness_group"),
                    ("offer", "offer_minutes"),
                    "hide_details",
                    "creditable_reasons",
                    ("requires", "working_hours"),
                ],
                "classes": ["collapse"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pool]:
        pools: QuerySet[Pool] = super().get_queryset(request)
        return pools.annotate(size=Count("members")).prefetch_related("rules", "overflow_rules", "territories")

    def save_model(self, request: HttpRequest, obj: Pool, form: Any, change: bool) -> None:
        manage.save_pool(pool=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        saved = formset.save(commit=False)
        manage.change_members(saved=saved, removed=formset.deleted_objects, now=received_at(request))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("lab/", view(self.lab_view), name="routing_pool_lab"),
            path("<int:key>/ledger/", view(self.ledger_view), name="routing_pool_ledger"),
            path("<int:key>/results/", view(self.results_view), name="routing_pool_results"),
            path("<int:key>/control/", view(self.control_view), name="routing_pool_control"),
            path("<int:key>/pause/", view(require_POST(self.pause_view)), name="routing_pool_pause"),
            *super().get_urls(),
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        pool = self.get_object(request, object_id) if object_id and request.method == "GET" else None
        links = {"pool": pool, "may_pause": self.has_change_permission(request, pool)} if pool else {}
        if pool and pool.strategy == Strategy.PERFORMANCE.value and control_group.may_publish(request):
            links["control"] = control_group.choice_of(pool)
        return super().changeform_view(request, object_id, form_url, links | (extra_context or {}))

    def pool(self, request: HttpRequest, key: int) -> Pool:
        self.require_view(request)
        pool: Pool | None = self.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
        if pool is None:
            raise Http404("There is no such pool.")
        return pool

    def lab_view(self, request: HttpRequest) -> HttpResponse:
        """The performance lab: whether reps differ, what routing makes of it, and what that is worth."""
        self.require_view(request)
        shared = {**self.admin_site.each_context(request), "title": "Performance lab", "model_admin": self}
        return TemplateResponse(request, "admin/routing/lab/page.html", shared | lab(request))

    def ledger_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Every ledger in which the pool counts: balances, whose turn is next, and shares over time."""
        pool = self.pool(request, key)
        context = ledger_context(pool, now=received_at(request))
        return self.page(request, pool, "pool_ledger.html", f"Ledger of {pool}", context)

    def results_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """How well each member converts which leads, and by how much that tilts the weights."""
        pool = self.pool(request, key)
        said = results(pool, now=received_at(request)) | control_group.compared(request, pool)
        return self.page(request, pool, "pool_results.html", f"Results of {pool}", said)

    def control_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """End the control group or begin one, for whoever may publish: it publishes a version."""
        pool = self.pool(request, key)
        if not control_group.may_publish(request):
            raise PermissionDenied
        if request.method != "POST":
            title, said = control_group.shown(pool, now=received_at(request))
            return self.page(request, pool, "control_group.html", title, said)
        try:
            messages.success(request, control_group.carry_out(request, pool))
        except NoControlGroup as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(f"{reverse('admin:routing_pool_lab')}?pool={pool.pk}")

    def page(
        self, request: HttpRequest, pool: Pool, template: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "pool": pool, "title": title, "model_admin": self}
        return TemplateResponse(request, f"admin/routing/{template}", shared | context)

    def pause_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Pause or resume: live at once."""
        pool = self.pool(request, key)
        if not self.has_change_permission(request, pool):
            raise PermissionDenied
        paused = request.POST.get("paused") == "yes"
        pause_pool(pool=pool, paused=paused, now=received_at(request))
        messages.success(request, f"{pool} takes no leads until you resume it." if paused else f"{pool} takes leads.")
        return HttpResponseRedirect(reverse("admin:routing_pool_change", args=[pool.pk]))

    @display(description="method", ordering="strategy")
    def method(self, pool: Pool) -> str | SafeString:
        name = str(dict(Pool.STRATEGIES).get(pool.strategy, pool.strategy))
        return format_html("{} {}", name, badge("Paused", "amber")) if pool.paused else name

    @display(description="members", ordering="size")
    def member_count(self, pool: Any) -> SafeString | str:
        if not pool.size:
            return badge("Nobody", "red", "Its leads go on to the next rule or wait")
        return (
            badge("1 person", "amber", "A pool of one has nobody to share with") if pool.size == 1 else str(pool.size)
        )

    @display(description="gets leads from")
    def used_by(self, pool: Pool) -> SafeString | str:
        rules = [rule.name for rule in [*pool.rules.all(), *pool.overflow_rules.all()] if rule.archived_at is None]
        territories = [row.name for row in pool.territories.all() if row.archived_at is None]
        return ", ".join([*rules, *territories]) or badge(
            "Nothing yet", "amber", "No rule or territory names this pool"
        )

    @display(description="draft")
    def draft(self, pool: Any) -> SafeString | str:
        return draft_badge(pool.mark)
