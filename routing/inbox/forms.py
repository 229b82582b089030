"""What a rep fills in: each form checks no more than a service needs to be called."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from reps.models import Channel, Rep, TimeOff
from reps.schedules import midnight
from routing.models import DeclineReason, Lead
from routing.models.bounds import TOO_FAR, is_far_away

CHANNELS = (("call", "Call"), ("mail", "Mail"), ("meeting", "Meeting"), ("chat", "Chat"), ("other", "Something else"))
LONGEST_PAUSE = timedelta(days=366)


def check_near(day: date) -> None:
    """Raise ValidationError for days so far away that those beside them may not exist."""
    if is_far_away(day):
        raise forms.ValidationError(TOO_FAR)


class DayField(forms.DateField):
    """Picked from a calendar, and near enough for the days beside it to exist."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = [check_near]


class ClockField(forms.TimeField):
    """A time of day."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


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


HANDED_OVER = {
    TimeOff.HandOver.KEEP: "You keep them",
    TimeOff.HandOver.BACKUP: "Your backup gets them",
    TimeOff.HandOver.ROUTING: "The rules decide who gets them",
}


class LeaveForm(forms.Form):
    """Whole days, the first and the last one included; or from one instant to another."""

    first = DayField(label="First day")
    from_time = ClockField(required=False, label="from")
    last = DayField(label="Last day")
    to_time = ClockField(required=False, label="until")
    reason = forms.CharField(max_length=200, required=False, label="Reason", help_text="Managers see it.")
    hand_over = forms.ChoiceField(
        widget=forms.RadioSelect, required=False, label="Your open leads, once it begins", initial=TimeOff.HandOver.KEEP
    )
    hand_over_leads = forms.ChoiceField(
        choices=TimeOff.HandOverLeads.choices, required=False, label="Which of them",
        help_text="Only if others get them. Whoever does hears of it at once.",
    )  # fmt: skip

    def __init__(self, *args: Any, leave: TimeOff, **kwargs: Any) -> None:
        """`leave` is the one to fill in or to change; what was handed over stays with whoever got it."""
        super().__init__(*args, **kwargs)
        if leave.handed_over_at:
            del self.fields["hand_over"], self.fields["hand_over_leads"]
        else:
            field: Any = self.fields["hand_over"]
            field.choices = hand_overs(leave)

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
        time_off.hand_over = self.cleaned_data.get("hand_over", time_off.hand_over)
        time_off.hand_over_leads = self.cleaned_data.get("hand_over_leads") or time_off.hand_over_leads
        return time_off

    @classmethod
    def of(cls, time_off: TimeOff) -> LeaveForm:
        starts, ends = timezone.localtime(time_off.starts_at), timezone.localtime(time_off.ends_at)
        whole = time_off.whole_days
        return cls(
            leave=time_off,
            initial={
                "first": starts.date(), "from_time": None if whole else starts.time(),
                "last": (ends - timedelta(microseconds=1)).date() if whole else ends.date(),
                "to_time": None if whole else ends.time(), "reason": time_off.reason,
                "hand_over": time_off.hand_over, "hand_over_leads": time_off.hand_over_leads,
            },
        )  # fmt: skip


def hand_overs(leave: TimeOff) -> list[tuple[str, str]]:
    """What can become of the leads. The backup by name; without one only where somebody chose it before."""
    backup = leave.rep.backup
    named = {**HANDED_OVER, TimeOff.HandOver.BACKUP: f"{backup.name}, your backup"} if backup else HANDED_OVER
    chosen = {TimeOff.HandOver.BACKUP: backup is not None or leave.hand_over == TimeOff.HandOver.BACKUP}
    return [(value.value, label) for value, label in named.items() if chosen.get(value, True)]


class CalendarForm(forms.Form):
    calendar_url = forms.URLField(
        required=False, max_length=500, label="Address of the feed", assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://…/basic.ics", "autocomplete": "off"}),
    )  # fmt: skip


class WayForm(forms.Form):
    """A way of alerts to add. E-mail is always there, and goes to the rep's own address."""

    kind = forms.ChoiceField(
        choices=[pair for pair in Channel.Kind.choices if pair[0] != Channel.Kind.EMAIL], label="By"
    )
    address = forms.CharField(
        max_length=500, label="Address",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text="Whoever manages your team knows it: a webhook of Slack, a workflow of Teams, or the address of "
        "an SMS service. It is a secret, and is not shown again.",
    )  # fmt: skip


class QuietForm(forms.Form):
    """From a time of day until another one, or none at all."""

    quiet_from = ClockField(required=False, label="From")
    quiet_until = ClockField(required=False, label="Until")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        start, end = data.get("quiet_from"), data.get("quiet_until")
        if (start is None) != (end is None) and not self.errors:
            self.add_error("quiet_until" if end is None else "quiet_from", "Fill in both, or leave both empty.")
        if start is not None and start == end:
            self.add_error("quiet_until", "Quiet hours end when they begin. Choose another time.")
        return data
