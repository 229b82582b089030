"""The forms of people: hours, leave as people say it, expertise, teams, reps; each field says what it is for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget, UnfoldAdminSingleTimeWidget

from reps.admin_base import CheckedForm, validate_day
from reps.admin_fields import CapsField, CatchUpField, ListField
from reps.models import Expertise, Rep, Skill, Team, TimeOff, WorkingHours
from reps.schedules import Block, instant, midnight, overlaps

LEVELS = {1: "knows some of it", 2: "knows it well", 3: "expert"}


class HoursFormSet(forms.BaseInlineFormSet):
    """The week of a team or a rep: no two rows of it share time."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if problems := overlaps([Block(row["weekday"], row["start"], row["end"]) for row in rows]):
            raise ValidationError(problems)

    def save_existing_objects(self, commit: bool = True) -> list[WorkingHours]:
        """Changed rows are written anew: one may take the start that another gives up."""
        changed = [form.instance.pk for form in self.initial_forms if form.has_changed()]
        if commit:
            WorkingHours.objects.filter(pk__in=changed).delete()
        rows: list[WorkingHours] = super().save_existing_objects(commit)
        return rows


class HoursForm(forms.ModelForm):
    class Meta:
        model = WorkingHours
        fields = ["weekday", "start", "end"]
        help_texts = {
            "weekday": "The day on which the block begins. A day may have several blocks, or none: a day off.",
            "start": "When the block begins, such as 09:00, in the time zone of the rep or the team.",
        }


class ExpertiseForm(forms.ModelForm):
    level = forms.TypedChoiceField(
        choices=[(level, f"{level} · {words}") for level, words in LEVELS.items()],
        coerce=int,
        widget=UnfoldAdminSelectWidget(),
        help_text="How well they know it: rules may ask for a least level, and pools by intent prefer the higher one.",
    )

    class Meta:
        model = Expertise
        fields = ["topic", "level"]
        help_texts = {"topic": "As it is called under Topics, such as kubernetes. Case and accents do not count."}


class TimeOffForm(forms.ModelForm):
    """A leave as people say it: first and last day, and times of day where it is not whole days."""

    first_day = forms.DateField(
        widget=UnfoldAdminSingleDateWidget(),
        validators=[validate_day],
        help_text="The first day away, in the rep's own time zone.",
    )
    last_day = forms.DateField(
        widget=UnfoldAdminSingleDateWidget(),
        validators=[validate_day],
        help_text="The last day away, counted to its midnight.",
    )
    from_time = forms.TimeField(
        required=False,
        widget=UnfoldAdminSingleTimeWidget(),
        help_text="When they leave on the first day, such as 13:00. Empty: the whole day is off.",
    )
    to_time = forms.TimeField(
        required=False,
        widget=UnfoldAdminSingleTimeWidget(),
        help_text="When they are back on the last day, such as 12:00. Empty: the whole day is off.",
    )

    class Meta:
        model = TimeOff
        fields = ["rep", "first_day", "from_time", "last_day", "to_time", "reason", "hand_over", "hand_over_leads"]
        help_texts = {
            "rep": "Who is away, and gets no new leads meanwhile.",
            "reason": "Such as holiday; whoever looks at the week reads it. Empty: none is given.",
            "hand_over_leads": "Which of their open leads go, if any do.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.update(self._local_days(self.instance, _zone(self.instance.rep)))

    @staticmethod
    def _local_days(leave: TimeOff, zone: ZoneInfo) -> dict[str, Any]:
        start, end = leave.starts_at.astimezone(zone), leave.ends_at.astimezone(zone)
        whole_end = end.time() == time.min
        return {
            "first_day": start.date(),
            "from_time": start.time() if start.time() != time.min else None,
            "last_day": end.date() - timedelta(days=1) if whole_end else end.date(),
            "to_time": None if whole_end else end.time(),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        rep, first, last = (
            data.get("rep") or getattr(self.instance, "rep", None),
            data.get("first_day"),
            data.get("last_day"),
        )
        if rep and first and last:
            zone = _zone(rep)
            starts, ends = _start(first, data.get("from_time"), zone), _end(last, data.get("to_time"), zone)
            if ends <= starts:
                raise ValidationError({"last_day": "Time off must end after it starts."})
            self.instance.starts_at, self.instance.ends_at = starts, ends
            self.instance.whole_days = not (data.get("from_time") or data.get("to_time"))
        return data


def _zone(rep: Rep) -> ZoneInfo:
    """The rep's zone, else the team's, else the viewer's."""
    name = rep.timezone or (rep.team.timezone if rep.team else "")
    return ZoneInfo(name or timezone.get_current_timezone_name())


def _start(day: date, at: time | None, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, at), zone) if at else midnight(day, zone)


def _end(day: date, at: time | None, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, at), zone) if at else midnight(day + timedelta(days=1), zone)


class TeamForm(CheckedForm):
    class Meta:
        model = Team
        fields = ["name", "manager", "timezone", "digest"]
        help_texts = {
            "name": "What lists, reports and files call the team, such as West.",
            "manager": "Hears of leads that nobody answers, and gets what nobody took while no last resort is active.",
        }


class RepForm(CheckedForm):
    languages = ListField(help_text="Language codes, separated by commas, such as en, es.")
    caps = CapsField(label="Most leads", help_text="The most leads that they may get, of all pools. Empty: no limit.")
    catch_up = CatchUpField(
        label="Catch-up after leave",
        help_text="The share of their turns that they go on earning while on leave, from 0 to 1, the most that is "
        "saved up, in leads, and how much faster than usual it is paid out. No share: nothing.",
    )

    class Meta:
        model = Rep
        fields: ClassVar[list[str]] = []  # the page says which
        help_texts = {
            "name": "What alerts, mails and lists call this person.",
            "team": "Whose manager, time zone and working hours count for them. Empty: no team.",
            "email": "Where their alerts go, and how they are known in files and to programs. In lower case.",
            "active": "Only active people get leads; what they own stays theirs. See “Is leaving”.",
            "paused": "They get no new leads for now; what they own stays theirs.",
            "timezone": "On which clock their hours and days are counted. Empty: the team's.",
            "about": "What they know and do, in words of your own. Only people read it.",
            "webhook": "Where an AI agent is told of its leads (https://…). Empty for a person.",
            "paused_reason": "Such as training. It stands in the week, and in the answer to why they got no lead.",
            "hours": "When they get leads: in their team's hours, in their own (the tab above), or always.",
            "quiet_until": "From then on chat and SMS reach them again, such as 07:00. Fill in both, or neither.",
            "skills": "What rules and pools may require. Without a skill they get no lead that needs it.",
            "kind": "A program is told by a signed call instead of a mail, and must acknowledge each lead.",
        }

    def clean(self) -> dict[str, Any]:
        """The end of a pause takes its details with it."""
        data = super().clean() or self.cleaned_data
        return data if data.get("paused") else data | {"paused_until": None, "paused_reason": ""}


class SkillForm(forms.ModelForm):
    class Meta:
        model = Skill
        fields = ["name"]
        help_texts = {"name": "What rules and pools may require of a rep, such as security."}
