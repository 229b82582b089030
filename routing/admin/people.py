"""Teams, reps and leave, as routing must hear of their changes: through its services."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.safestring import SafeString
from unfold.decorators import display

from reps.admin import RepForm, RepPage, TeamPage, TimeOffPage
from reps.admin_base import DeskChangeList
from reps.admin_display import badge, two_lines
from reps.models import Rep, Team, TimeOff
from routing.admin.base import Guarded, GuardedForm, GuardedPage, received_at
from routing.admin.statements import statement_view
from routing.engine.types import Refusal
from routing.rulebook.content import current_settings
from routing.services import manage
from routing.services.batches.lock import lock_reps
from routing.services.waiting import look_at_waiting_leads_again
from routing.snapshots.people import HoursSettings, load_people

STANDING = {
    Refusal.INACTIVE: ("Inactive", "neutral"),
    Refusal.PAUSED: ("Paused", "amber"),
    Refusal.ON_LEAVE: ("On leave", "amber"),
    Refusal.HOLIDAY: ("Public holiday", "neutral"),
    Refusal.OFF_SHIFT: ("Off shift", "neutral"),
}


@admin.register(Team)
class TeamAdmin(GuardedPage, TeamPage):
    form = GuardedForm

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
    """Not saved over what a colleague changed meanwhile."""


@admin.register(Rep)
class RepAdmin(GuardedPage, RepPage):
    form = GuardedRepForm
    list_display = ["who", "team", "presence", "local_time", "pools", "speaks"]
    change_form_outer_after_template = "admin/routing/rep_links.html"
    empty_hint = "Add the people who answer leads, then put them in a pool."
    publishing_note = "Somebody who leaves is switched to inactive, not deleted: their leads keep their history."

    def lock_first(self, request: HttpRequest, object_id: str) -> None:
        look_at_waiting_leads_again(now=received_at(request))
        lock_reps(pool_ids=(), rep_ids={int(object_id)})

    def save_model(self, request: HttpRequest, obj: Rep, form: Any, change: bool) -> None:
        manage.save_rep(rep=obj, now=received_at(request))

    def delete_model(self, request: HttpRequest, obj: Rep) -> None:
        manage.remove_rep(rep=obj, now=received_at(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeskChangeList]:
        return RepChangeList

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(statement_view, page=self))
        return [path("<int:key>/statement/", view, name="reps_rep_statement"), *super().get_urls()]

    @display(description="now")
    def presence(self, rep: Any) -> SafeString:
        """As the gates see it; the reason of a refusal says until when."""
        state = rep.state
        if state.standing is None:
            return badge("On shift", "green")
        label, tone = STANDING.get(state.standing, ("Away", "amber"))
        return two_lines(badge(label, tone), state.standing_detail)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deleting several at once: who owned a lead cannot go."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


@admin.register(TimeOff)
class TimeOffAdmin(TimeOffPage):
    def save_model(self, request: HttpRequest, obj: TimeOff, form: Any, change: bool) -> None:
        manage.save_time_off(time_off=obj, now=received_at(request))

    def delete_model(self, request: HttpRequest, obj: TimeOff) -> None:
        manage.remove_time_off(leaves=[obj], now=received_at(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[TimeOff]) -> None:
        manage.remove_time_off(leaves=list(queryset), now=received_at(request))
