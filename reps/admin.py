"""The pages of people: teams, reps with their hours, leave and expertise, skills.

Routing must hear of a change of who can work, so routing.admin.people registers the pages of teams, reps and leave.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from reps.admin_base import SECRETS, DeskAdmin, DeskInline, HistoryAdmin
from reps.admin_display import NOTHING, badge, moment, person, quiet, two_lines
from reps.admin_forms import ExpertiseForm, HoursForm, HoursFormSet, RepForm, SkillForm, TeamForm, TimeOffForm
from reps.models import Expertise, Rep, Skill, Team, TimeOff, WorkingHours
from reps.schedules import Block, format_hours


class WorkingHoursInline(DeskInline):
    model = WorkingHours
    form = HoursForm
    formset = HoursFormSet
    verbose_name_plural = "working hours"


class RepHoursInline(WorkingHoursInline):
    verbose_name_plural = "own working hours"


class ExpertiseInline(DeskInline):
    model = Expertise
    form = ExpertiseForm


class TimeOffInline(DeskInline):
    model = TimeOff
    form = TimeOffForm
    fields = ["first_day", "from_time", "last_day", "to_time", "reason", "hand_over", "hand_over_leads"]
    verbose_name_plural = "time off"


class TeamPage(HistoryAdmin):
    form = TeamForm
    list_display = ["name", "led_by", "zone", "hours", "size"]
    list_select_related = ["manager"]
    search_fields = ["name", "manager__name"]
    autocomplete_fields = ["manager"]
    inlines = [WorkingHoursInline]
    zone_fields: ClassVar[dict[str, str]] = {"timezone": "The company's"}
    empty_hint = "Reps of a team share a manager, a time zone and working hours."
    publishing_note = "A team without working hours is always on shift."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        teams: QuerySet[Team] = super().get_queryset(request)
        return teams.annotate(rep_count=Count("reps")).prefetch_related("working_hours")

    @display(description="manager", ordering="manager__name")
    def led_by(self, team: Team) -> SafeString:
        return person(team.manager.name) if team.manager else NOTHING

    @display(description="time zone", ordering="timezone")
    def zone(self, team: Any) -> SafeString:
        return _local_time(team.timezone, team.seen_at) if team.timezone else quiet("the company's")

    @display(description="working hours")
    def hours(self, team: Team) -> SafeString | str:
        blocks = [Block(block.weekday, block.start, block.end) for block in team.working_hours.all()]
        week = "; ".join(f"{days} {', '.join(ranges)}" for days, ranges in format_hours(blocks).items())
        return week or badge("Always on shift")

    @display(description="reps", ordering="rep_count")
    def size(self, team: Any) -> int:
        return int(team.rep_count)


class PresenceFilter(admin.SimpleListFilter):
    """Who can get leads now, working hours aside."""

    title = "presence"
    parameter_name = "presence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("present", "Present"), ("paused", "Paused"), ("leave", "On leave"), ("inactive", "Inactive")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rep]) -> QuerySet[Rep]:
        now: datetime = request.received_at  # type: ignore[attr-defined]
        chosen = {
            "present": Rep.objects.present_at(now),
            "paused": Rep.objects.paused_at(now),
            "leave": Rep.objects.on_leave_at(now),
            "inactive": Rep.objects.filter(active=False),
        }.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(pk__in=chosen.values("pk"))


class RepPage(HistoryAdmin):
    form = RepForm
    list_display = ["who", "team", "local_time", "pools", "speaks"]
    list_display_links = ["who"]
    list_select_related = ["team"]
    list_filter = [PresenceFilter, ("team", RelatedDropdownFilter), ("hours", ChoicesDropdownFilter)]
    search_fields = ["name", "email"]
    autocomplete_fields = ["team", "backup", "user", "skills"]
    inlines = [RepHoursInline, TimeOffInline, ExpertiseInline]
    zone_fields: ClassVar[dict[str, str]] = {"timezone": "The team's"}
    fieldsets = [
        (None, {"fields": [("name", "email"), ("team", "user"), ("active", "backup")]}),
        ("Pause", {"fields": [("paused", "paused_until"), "paused_reason"]}),
        ("When they work", {"fields": [("hours", "timezone"), "holidays"]}),
        ("How they are reached", {"fields": [("quiet_from", "quiet_until"), "calendar_url", "booking_url"]}),
        ("What they can do", {"fields": [("languages", "skills"), "about"]}),
        ("Limits", {"fields": ["caps", "catch_up"]}),
        ("Person or AI agent", {"fields": ["kind", ("webhook", "ack_seconds")], "classes": ["collapse"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rep]:
        reps: QuerySet[Rep] = super().get_queryset(request)
        return reps.prefetch_related("memberships__pool")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The address of a calendar is often a secret: only whoever may change the rep reads it."""
        shown: Any = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return shown
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in SECRETS]})
            for title, options in shown
        ]

    @display(description="rep", ordering="name")
    def who(self, rep: Rep) -> SafeString:
        return person(rep.name, rep.email)

    @display(description="their time")
    def local_time(self, rep: Any) -> SafeString:
        name = rep.timezone or (rep.team.timezone if rep.team else "")
        return _local_time(name, rep.seen_at) if name else NOTHING

    @display(description="pools")
    def pools(self, rep: Any) -> str | SafeString:
        names = sorted(m.pool.name for m in rep.memberships.all() if m.pool.archived_at is None)
        return ", ".join(names) or badge("In no pool", "amber")

    @display(description="languages")
    def speaks(self, rep: Rep) -> str | SafeString:
        spoken = rep.languages if isinstance(rep.languages, list) else [rep.languages]
        return ", ".join(map(str, spoken)) or NOTHING


def _local_time(zone: str, now: datetime) -> SafeString:
    return two_lines(f"{now.astimezone(ZoneInfo(zone)):%H:%M}", zone.rpartition("/")[2].replace("_", " "))


class TimeOffPage(HistoryAdmin):
    noun = ("stretch of time off", "stretches of time off")
    form = TimeOffForm
    fields = [
        "rep",
        ("first_day", "from_time"),
        ("last_day", "to_time"),
        "reason",
        ("hand_over", "hand_over_leads"),
    ]
    list_display = ["who", "when", "starts", "back", "reason"]
    list_display_links = ["who"]
    list_select_related = ["rep"]
    list_filter = [("rep", RelatedDropdownFilter), ("starts_at", RangeDateTimeFilter)]
    search_fields = ["rep__name", "rep__email", "reason"]
    autocomplete_fields = ["rep"]
    ordering = ["-starts_at"]
    empty_hint = "Leave and other absences: nobody gets new leads while away."
    publishing_note = "Days are days in the rep's own time zone."

    @display(description="rep", ordering="rep__name")
    def who(self, leave: TimeOff) -> SafeString:
        return person(leave.rep.name)

    @display(description="now")
    def when(self, leave: Any) -> SafeString:
        if leave.ends_at <= leave.seen_at:
            return badge("Over")
        return badge("Away now", "amber") if leave.starts_at <= leave.seen_at else badge("Planned", "blue")

    @display(description="from", ordering="starts_at")
    def starts(self, leave: Any) -> SafeString:
        return moment(leave.starts_at, leave.seen_at)

    @display(description="back", ordering="ends_at")
    def back(self, leave: Any) -> SafeString:
        return moment(leave.ends_at, leave.seen_at)


@admin.register(Skill)
class SkillPage(DeskAdmin):
    form = SkillForm
    list_display = ["name", "reps_with_it"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Skill]:
        skills: QuerySet[Skill] = super().get_queryset(request)
        return skills.annotate(rep_count=Count("reps"))

    @display(description="reps", ordering="rep_count")
    def reps_with_it(self, skill: Any) -> SafeString | int:
        return int(skill.rep_count) if skill.rep_count else badge("Nobody has it", "amber")
