"""Teams, reps and leave, as routing must hear of their changes: through its services."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET
from unfold.decorators import display

from reps.admin import RepPage, TeamPage, TimeOffPage
from reps.admin_base import DeskChangeList
from reps.admin_display import badge, two_lines
from reps.admin_forms import RepForm, TeamForm
from reps.models import Rep, Team, TimeOff
from routing.admin.base import Guarded, GuardedPage, received_at
from routing.admin.bulk import ActsOnMany
from routing.admin.bulk.reps import REP_ACTS
from routing.admin.channels import ChannelInline
from routing.admin.coverage import coverage_view
from routing.admin.departures import leaving_view
from routing.admin.exports import Exported
from routing.admin.rep_actions import rep_action_view, rep_buttons
from routing.admin.rosters import week_view
from routing.admin.statements import statement_view
from routing.admin.taught import taught_by_pool
from routing.engine.types import Refusal
from routing.models import LastResort
from routing.rulebook.content import current_settings
from routing.services import manage
from routing.services.batches.lock import lock_reps
from routing.services.people.deactivation import left_behind, why_not_deactivate
from routing.services.people.leaving import planned
from routing.services.waiting import look_at_waiting_leads_again
from routing.snapshots.people import HoursSettings, load_people
from routing.snapshots.rulebook import current_rulebook

STANDING = {
    Refusal.INACTIVE: ("Inactive", "neutral"),
    Refusal.PAUSED: ("Paused", "amber"),
    Refusal.ON_LEAVE: ("On leave", "amber"),
    Refusal.HOLIDAY: ("Public holiday", "neutral"),
    Refusal.OFF_SHIFT: ("Off shift", "neutral"),
}


class GuardedTeamForm(Guarded, TeamForm):
    """Not saved over what a colleague changed meanwhile."""


@admin.register(Team)
class TeamAdmin(GuardedPage, TeamPage):
    form = GuardedTeamForm

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        manage.save_team(team=obj, now=received_at(request))

    def delete_model(self, request: HttpRequest, obj: Team) -> None:
        manage.remove_teams(teams=[obj], now=received_at(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Team]) -> None:
        manage.remove_teams(teams=list(queryset), now=received_at(request))


class RepChangeList(DeskChangeList):
    """Every rep knows whether routing would find them on shift now, and until when."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        settings = current_settings()
        people = load_people(
            pools={},
            rep_ids=[rep.pk for rep in self.result_list],
            now=received_at(request),
            settings=HoursSettings(timezone=settings.timezone, taper_days=settings.taper_days),
        )
        for rep in self.result_list:
            rep.state = people.reps[rep.pk]


class GuardedRepForm(Guarded, RepForm):
    """Not saved over what a colleague changed meanwhile; nobody is switched off whom leads would miss."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        switched_off = self.instance.pk and "active" in self.changed_data and not data.get("active")
        if switched_off and (why := why_not_deactivate(self.instance)):
            self.add_error("active", why)
        return data


@admin.register(Rep)
class RepAdmin(ActsOnMany, Exported, GuardedPage, RepPage):
    exports = ("reps",)
    imports = "reps"
    bulk = REP_ACTS
    form = GuardedRepForm
    list_display = ["who", "team", "presence", "local_time", "pools", "speaks"]
    inlines = [*RepPage.inlines, ChannelInline]
    change_form_outer_before_template = "admin/routing/rep_actions.html"
    change_form_outer_after_template = "admin/routing/rep_links.html"
    empty_hint = "Add the people who answer leads, then put them in a pool."
    publishing_note = "Use “Is leaving” for somebody who leaves: it hands everything over. Nobody is deleted."

    def lock_first(self, request: HttpRequest, object_id: str) -> None:
        look_at_waiting_leads_again(now=received_at(request))
        lock_reps(pool_ids=(), rep_ids={int(object_id)})

    def save_model(self, request: HttpRequest, obj: Rep, form: Any, change: bool) -> None:
        manage.save_rep(rep=obj, now=received_at(request))
        if "active" in form.changed_data and not obj.active and (warning := left_behind(obj)):
            messages.warning(request, warning)

    def delete_model(self, request: HttpRequest, obj: Rep) -> None:
        manage.remove_rep(rep=obj, now=received_at(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeskChangeList]:
        return RepChangeList

    def get_urls(self) -> list[Any]:
        views = {"statement": statement_view, "leaving": leaving_view}
        own = [
            path(f"<int:key>/{name}/", self.admin_site.admin_view(partial(view, page=self)), name=f"reps_rep_{name}")
            for name, view in views.items()
        ]
        act = self.admin_site.admin_view(partial(rep_action_view, page=self))
        week = self.admin_site.admin_view(require_GET(partial(coverage_view, page=self)))
        own.append(path("coverage/", week, name="reps_rep_coverage"))
        shifts = self.admin_site.admin_view(require_GET(partial(week_view, page=self)))
        own.append(path("week/", shifts, name="reps_rep_week"))
        return [*own, path("<int:key>/do/<slug:name>/", act, name="reps_rep_do"), *super().get_urls()]

    def file_links(self, request: HttpRequest) -> dict[str, Any]:
        pages = {"week": reverse("admin:reps_rep_week"), "coverage": reverse("admin:reps_rep_coverage")}
        return super().file_links(request) | pages

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        rep = self.get_object(request, object_id) if object_id and request.method == "GET" else None
        acts: dict[str, Any] = {}
        if rep:
            taught = taught_by_pool(current_rulebook(), received_at(request), rep=rep.pk)
            acts = {"rep_buttons": rep_buttons(request, rep), "departure": planned(rep), "taught": taught}
        return super().changeform_view(request, object_id, form_url, acts | (extra_context or {}))

    @display(description="now")
    def presence(self, rep: Any) -> SafeString:
        """As the gates see it; the reason of a refusal says until when."""
        state = rep.state
        if state.standing is None:
            return badge("On shift", "green")
        label, tone = STANDING.get(state.standing, ("Away", "amber"))
        return two_lines(badge(label, tone), state.standing_detail)

    def rows(self, request: HttpRequest, keys: list[int]) -> list[Any]:
        last_resort = Exists(LastResort.objects.filter(rep=OuterRef("pk")))
        chosen = Rep.objects.filter(pk__in=keys).annotate(is_last_resort=last_resort)
        return list(chosen.select_related("team").order_by("name", "pk"))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deleting several at once: who owned a lead cannot go."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


@admin.register(TimeOff)
class TimeOffAdmin(Exported, TimeOffPage):
    exports = ("time_off",)
    imports = "time_off"

    def save_model(self, request: HttpRequest, obj: TimeOff, form: Any, change: bool) -> None:
        manage.save_time_off(time_off=obj, now=received_at(request))

    def delete_model(self, request: HttpRequest, obj: TimeOff) -> None:
        manage.remove_time_off(leaves=[obj], now=received_at(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[TimeOff]) -> None:
        manage.remove_time_off(leaves=list(queryset), now=received_at(request))
