"""What a rep fills in: each form checks no more than a service needs to be called."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from reps.models import Rep, TimeOff
from reps.schedules import midnight
from routing.models import DeclineReason, Lead
from routing.models.bounds import TOO_FAR, is_far_away

CHANNELS = (("call", "Call"), ("mail", "Mail"), ("meeting", "Meeting"), ("chat", "Chat"), ("other", "Something else"))
LONGEST_PAUSE = timedelta(days=366)


def check_near(day: date) -> None:
    """Raise ValidationError for days so far away that those beside them may not exist."""
    if is_far_away(day):
        raise forms.ValidationError(TOO_FAR)


class DeclineForm(forms.Form):
    reason = forms.ChoiceField(choices=DeclineReason.choices, widget=forms.RadioSelect, label="Why")
    note = forms.CharField(max_length=400, required=False, label="Anything to add?")


class AnswerForm(forms.Form):
    channel = forms.ChoiceField(choices=CHANNELS, label="How")
    note = forms.CharField(max_length=400, required=False, label="What was said")


class OutcomeForm(forms.Form):
    stage = forms.ChoiceField(choices=Lead.Outcome.choices[1:], widget=forms.RadioSelect, label="What became of it")
    amount = forms.DecimalField(
        min_value=0, max_digits=16, decimal_places=2, required=False, label="Amount",
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    reason = forms.CharField(max_length=200, required=False, label="Reason")


class ColleagueField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.team.name})" if obj.team else obj.name


class PassForm(forms.Form):
    """Only to somebody who is active, and not to oneself."""

    to = ColleagueField(queryset=Rep.objects.none(), label="To", empty_label="Choose a colleague")
    reason = forms.CharField(max_length=400, label="Why")

    def __init__(self, *args: Any, rep: Rep, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = Rep.objects.active().exclude(pk=rep.pk).select_related("team").order_by("name")


class PauseForm(forms.Form):
    """Without an end until resumed by hand."""

    reason = forms.CharField(max_length=200, required=False, label="Reason")
    until = forms.DateTimeField(
        required=False, label="Until",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Your local time. Empty: until you resume.",
    )  # fmt: skip

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["until"]
        if until is not None and not self.now < until <= self.now + LONGEST_PAUSE:
            raise forms.ValidationError("Choose a time from now to a year ahead.")
        return until


class LeaveForm(forms.Form):
    """Whole days, the first and the last one included; or from one instant to another."""

    first = forms.DateField(
        label="First day", validators=[check_near],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    from_time = forms.TimeField(
        required=False, label="from", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    last = forms.DateField(
        label="Last day", validators=[check_near],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    to_time = forms.TimeField(
        required=False, label="until", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    reason = forms.CharField(max_length=200, required=False, label="Reason", help_text="Managers see it.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "first" in cleaned and "last" in cleaned:
            starts_at, ends_at = self._span(cleaned)
            if ends_at <= starts_at:
                raise forms.ValidationError("Time off must end after it starts.")
            cleaned |= {"starts_at": starts_at, "ends_at": ends_at}
        return cleaned

    def _span(self, cleaned: dict[str, Any]) -> tuple[datetime, datetime]:
        zone: Any = timezone.get_current_timezone()
        start, end = cleaned.get("from_time"), cleaned.get("to_time")
        starts_at = timezone.make_aware(datetime.combine(cleaned["first"], start or time.min), zone)
        if end is None:
            return starts_at, midnight(cleaned["last"] + timedelta(days=1), zone)
        return starts_at, timezone.make_aware(datetime.combine(cleaned["last"], end), zone)

    def on(self, time_off: TimeOff) -> TimeOff:
        """The leave as it was filled in."""
        time_off.starts_at, time_off.ends_at = self.cleaned_data["starts_at"], self.cleaned_data["ends_at"]
        time_off.whole_days = not (self.cleaned_data.get("from_time") or self.cleaned_data.get("to_time"))
        time_off.reason = self.cleaned_data["reason"]
        return time_off

    @classmethod
    def of(cls, time_off: TimeOff) -> LeaveForm:
        starts, ends = timezone.localtime(time_off.starts_at), timezone.localtime(time_off.ends_at)
        whole = time_off.whole_days
        return cls(
            initial={
                "first": starts.date(), "from_time": None if whole else starts.time(),
                "last": (ends - timedelta(microseconds=1)).date() if whole else ends.date(),
                "to_time": None if whole else ends.time(), "reason": time_off.reason,
            }
        )  # fmt: skip


class CalendarForm(forms.Form):
    calendar_url = forms.URLField(
        required=False, max_length=500, label="Address of the feed", assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://…/basic.ics", "autocomplete": "off"}),
    )  # fmt: skip
