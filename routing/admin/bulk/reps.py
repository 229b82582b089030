"""What can be done with many reps: the actions of the page of one, each rep by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from reps.admin import TimeOffForm
from reps.admin_base import validate_day
from reps.models import Rep, TimeOff
from routing.admin.bulk.act import BulkAct, Doing, Left, allowed_to
from routing.admin.rep_actions import ACTIONS
from routing.admin.rep_actions import Doing as DoingOne
from routing.services import manage
from routing.services.batches.lock import lock_reps
from routing.services.change_rep import change_rep
from routing.services.people.deactivation import left_behind
from routing.services.waiting import look_at_waiting_leads_again

CHANGE = "reps.change_rep"


class LeaveForm(forms.Form):
    """A leave of whole days for everybody chosen, each in their own zone."""

    first_day = forms.DateField(
        widget=UnfoldAdminSingleDateWidget(), validators=[validate_day], help_text="The first whole day away."
    )
    last_day = forms.DateField(
        widget=UnfoldAdminSingleDateWidget(), validators=[validate_day], help_text="The last whole day away."
    )
    reason = forms.CharField(
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Such as: company day. Managers see it, and gates say it.",
    )
    hand_over = forms.ChoiceField(
        label="Open leads",
        required=False,
        choices=TimeOff.HandOver.choices,
        widget=UnfoldAdminSelectWidget(),
        help_text="What happens with the leads that they own when the leave begins.",
    )
    hand_over_leads = forms.ChoiceField(
        label="Which leads",
        choices=TimeOff.HandOverLeads.choices,
        initial=TimeOff.HandOverLeads.UNANSWERED,
        widget=UnfoldAdminSelectWidget(),
        help_text="Only counts if they do not keep them.",
    )

    class Media:
        js = ["admin/js/core.js"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("first_day") and data.get("last_day") and data["last_day"] < data["first_day"]:
            self.add_error("last_day", "The last day lies before the first.")
        return data


def _leave(rep: Rep, doing: Doing) -> None:
    form = TimeOffForm({**doing.data, "rep": rep.pk})
    if not form.is_valid():
        raise Left(" ".join(str(text) for texts in form.errors.values() for text in texts))
    leave: TimeOff = form.instance
    look_at_waiting_leads_again(now=doing.now)
    lock_reps(pool_ids=(), rep_ids={rep.pk})
    if TimeOff.objects.filter(rep=rep, starts_at=leave.starts_at, ends_at=leave.ends_at).exists():
        raise Left("Has this leave already")
    manage.save_time_off(time_off=leave, now=doing.now)


def _one(name: str) -> Callable[[Any, Doing], object]:
    """The action of the page of one rep."""
    return lambda rep, doing: ACTIONS[name].run(DoingOne(rep, doing.data, doing.request))


def _turn_off(rep: Rep, doing: Doing) -> None:
    change_rep(rep=rep, changes={"active": False}, now=doing.now)
    if warning := left_behind(rep):
        messages.warning(doing.request, warning)


def _active(rep: Rep) -> str:
    return "" if rep.active else "Inactive"


def _can_pause(rep: Rep) -> str:
    return _active(rep) or ("Paused already" if rep.paused else "")


def _can_resume(rep: Rep) -> str:
    return _active(rep) or ("" if rep.paused else "Not paused")


def _can_be_turned_off(rep: Any) -> str:
    return _active(rep) or ("A last resort: name somebody else there first" if rep.is_last_resort else "")


REP_ACTS = (
    BulkAct(
        "leave", "Put on leave", "They get no new leads during the leave. Days are days in the zone of each.",
        "Put {} on leave", "put on leave", allowed_to("reps.add_timeoff"), _leave, why_not=_active, form=LeaveForm,
    ),
    BulkAct(
        "pause", "Pause", "They get no new leads for now; those that they have stay with them.",
        "Pause {}", "paused", allowed_to(CHANGE), _one("pause"), why_not=_can_pause, form=ACTIONS["pause"].form,
    ),
    BulkAct(
        "resume", "Resume", "They get leads again, from now on.",
        "Resume {}", "resumed", allowed_to(CHANGE), _one("resume"), why_not=_can_resume,
    ),
    BulkAct(
        "invite", "Invite to sign in", "Each gets a sign-in, if they have none, and a mail with which they choose a "
        "password.", "Invite {}", "invited: the mails are on their way", allowed_to(CHANGE), _one("invite"),
        why_not=_active,
    ),
    BulkAct(
        "turn_off", "Turn off", "They get no leads any more. What they have stays with them: “Is leaving”, on the page "
        "of each, hands everything over.", "Turn {} off", "turned off", allowed_to(CHANGE), _turn_off,
        why_not=_can_be_turned_off, red=True,
    ),
    BulkAct(
        "turn_on", "Turn on", "They get leads again in the pools that they are in.", "Turn {} on", "turned on",
        allowed_to(CHANGE), lambda rep, doing: change_rep(rep=rep, changes={"active": True}, now=doing.now),
        why_not=lambda rep: "Active already" if rep.active else "",
    ),
)  # fmt: skip
