"""What can be done with a rep, in one place on their page: each asks once more before it happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from reps.admin_base import validate_day
from reps.admin_choices import KEY
from reps.models import Rep
from reps.schedules import midnight
from routing.admin.base import actor_of, received_at, user_of
from routing.models import Pool
from routing.models.bounds import MOST_RAMP_WEEKS
from routing.rulebook.config.documents import zone_of
from routing.rulebook.config.errors import InvalidConfig
from routing.rulebook.content import current_settings
from routing.services.access import ROUTE_LEADS
from routing.services.change_rep import change_rep
from routing.services.lead_actions import Invalid
from routing.services.people.handing_over import Which, hand_over
from routing.services.people.like import USUAL_WEEKS, add_like
from routing.services.sign_ins import CannotInvite, invite

WHICH = [
    (Which.OPEN.value, "All that are open"),
    (Which.UNANSWERED.value, "Those without an answer"),
    (Which.ALL.value, "All that are open, and what is offered to them"),
]


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does what to whom, and when."""

    rep: Rep
    data: Mapping[str, Any]
    request: HttpRequest

    @property
    def now(self) -> datetime:
        return received_at(self.request)


class NothingForm(forms.Form):
    """Asks nothing but whether; without a rep, where it is about many."""

    def __init__(self, *args: Any, rep: Rep | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rep = rep


class PauseForm(NothingForm):
    last_day = forms.DateField(
        required=False,
        label="Until the end of",
        widget=UnfoldAdminSingleDateWidget(),
        validators=[validate_day],
        help_text="A day of theirs. Empty: until resumed.",
    )
    reason = forms.CharField(
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Such as training. It stands in the week, and in the answer to why they got no lead.",
    )

    class Media:
        js = ["admin/js/core.js"]


class HandOverForm(NothingForm):
    leads = forms.ChoiceField(
        label="Which leads",
        choices=WHICH,
        widget=UnfoldAdminSelectWidget(),
        help_text="Of what this rep has now; what comes later is theirs.",
    )
    to = forms.ModelChoiceField(
        Rep.objects.none(),
        required=False,
        label="To a rep",
        empty_label="—",
        widget=UnfoldAdminSelect2Widget(),
        help_text="They get all of them, whatever their hours and limits. Empty: the pool below, or the rules.",
    )
    pool = forms.ModelChoiceField(
        Pool.objects.current(),
        required=False,
        label="Or to a pool, by turn",
        empty_label="—",
        widget=UnfoldAdminSelectWidget(),
        help_text="Neither: the rules decide about them anew. They never come back to this rep.",
    )
    reason = forms.CharField(
        required=False,
        max_length=200,
        label="Why",
        widget=UnfoldAdminTextInputWidget(),
        help_text="Stands in the timeline of each lead. Empty: no reason is given.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.rep is not None
        self.fields["to"].queryset = Rep.objects.active().exclude(pk=self.rep.pk)  # type: ignore[attr-defined]
        if self.rep.backup and self.rep.backup.active:
            self.fields["to"].initial = self.rep.backup_id

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("to") and data.get("pool"):
            raise ValidationError({"pool": "Choose either a rep or a pool."})
        return data


class LikeForm(NothingForm):
    name = forms.CharField(
        max_length=150, widget=UnfoldAdminTextInputWidget(), help_text="What alerts, mails and lists call the new rep."
    )
    email = forms.EmailField(
        max_length=254,
        widget=UnfoldAdminEmailInputWidget(),
        help_text="Where their alerts go, such as ana@acme.example. No other rep may have it.",
    )
    ramp_weeks = forms.IntegerField(
        label="Ramp, in weeks",
        min_value=0,
        max_value=MOST_RAMP_WEEKS,
        initial=USUAL_WEEKS,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="Over so many weeks their weights grow to those of the other one. 0: at once.",
    )


def _pause(doing: Doing) -> str:
    last_day, zone = doing.data["last_day"], zone_of(doing.rep, current_settings())
    until = midnight(last_day.fromordinal(last_day.toordinal() + 1), zone) if last_day else None
    if until is not None and until <= doing.now:
        raise ValidationError({"last_day": "This day is over. Choose a later one."})
    changes = {"paused": True, "paused_until": until, "paused_reason": doing.data["reason"]}
    change_rep(rep=doing.rep, changes=changes, now=doing.now)
    return f"{doing.rep.name} gets no new leads for now."


def _resume(doing: Doing) -> str:
    change_rep(rep=doing.rep, changes={"paused": False}, now=doing.now)
    return f"{doing.rep.name} gets leads again."


def _hand_over(doing: Doing) -> str:
    data = doing.data
    done = hand_over(
        rep=doing.rep,
        which=Which(data["leads"]),
        reason=data["reason"],
        now=doing.now,
        actor=actor_of(doing.request),
        to=data["to"],
        pool=data["pool"],
    )
    return f"Handed over: {done.moved}. Routed anew: {done.routed}. Offers that ended: {done.offers}."


def _like(doing: Doing) -> str:
    values = {"name": doing.data["name"], "email": doing.data["email"]}
    new = add_like(
        like=doing.rep,
        values=values,
        ramp_weeks=doing.data["ramp_weeks"],
        now=doing.now,
        user=user_of(doing.request),
    )
    return f"{new.name} is there, like {doing.rep.name}. Invite them, so that they can sign in."


def _invite(doing: Doing) -> str:
    invite(rep=doing.rep, now=doing.now)
    return f"Invited: {doing.rep.name}. The mail is on its way."


@dataclass(frozen=True, slots=True)
class RepAction:
    """`permission` besides changing reps; `allowed` says whether it makes sense for somebody."""

    name: str
    title: str
    hint: str
    button: str
    run: Callable[[Doing], str]
    form: type[NothingForm] = NothingForm
    allowed: Callable[[Rep], bool] = lambda rep: rep.active
    permission: str = "reps.change_rep"


ACTIONS: Mapping[str, RepAction] = {
    action.name: action
    for action in (
        RepAction(
            "pause", "Pause", "They get no new leads for now; those that they have stay with them.", "Pause", _pause,
            PauseForm, lambda rep: rep.active and not rep.paused,
        ),
        RepAction(
            "resume", "Resume", "They get leads again.", "Resume", _resume,
            allowed=lambda rep: rep.active and rep.paused,
        ),
        RepAction(
            "hand-over", "Hand over", "Their open leads go to others. Those that they answered go quietly, the others "
            "with an alert and a clock of their own. Handed to a rep they cost no turn.", "Hand over", _hand_over,
            HandOverForm, permission=ROUTE_LEADS,
        ),
        RepAction(
            "like", "New like this one", "Somebody new with the same team, hours, languages, skills, limits and pools. "
            "Leads, accounts and territories stay here.", "Add them", _like, LikeForm, permission="reps.add_rep",
        ),
        RepAction("invite", "Invite", "They get a mail with which they choose a password.", "Send the mail", _invite),
    )
}  # fmt: skip


def rep_buttons(request: HttpRequest, rep: Rep) -> list[dict[str, Any]]:
    """What the viewer can do with the rep now, in one row."""
    if not request.user.has_perm("reps.change_rep"):
        return []
    acts: dict[str, dict[str, Any]] = {
        action.name: {"title": action.title, "url": reverse("admin:reps_rep_do", args=[rep.pk, action.name])}
        for action in ACTIONS.values()
        if action.allowed(rep) and request.user.has_perm(action.permission)
    }
    if rep.active and request.user.has_perm("reps.add_timeoff"):
        acts["leave"] = {"title": "On leave", "url": f"{reverse('admin:reps_timeoff_add')}?rep={rep.pk}"}
    if rep.active and request.user.has_perm("routing.add_departure"):
        address = reverse("admin:reps_rep_leaving", args=[rep.pk])
        acts["leaving"] = {"title": "Is leaving", "url": address, "red": True}
    order = ("pause", "resume", "leave", "hand-over", "leaving", "like", "invite")
    return [acts[name] for name in order if name in acts]


def rep_action_view(request: HttpRequest, key: int, name: str, *, page: Any) -> HttpResponse:
    """GET asks, POST does it. `page` is the admin of reps."""
    action = ACTIONS.get(name)
    rep: Rep | None = page.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
    if action is None or rep is None:
        raise Http404("There is no such rep or action.")
    if not (page.has_change_permission(request, rep) and request.user.has_perm(action.permission)):
        raise PermissionDenied
    form = action.form(request.POST if request.method == "POST" else None, rep=rep)
    back = reverse("admin:reps_rep_change", args=[rep.pk])
    if request.method == "POST" and form.is_valid() and _done(request, rep, action, form):
        return HttpResponseRedirect(back)
    context = {
        **page.admin_site.each_context(request),
        "title": f"{action.title}: {rep.name}",
        "hint": action.hint,
        "form": form,
        "button": action.button,
        "back": back,
    }
    return TemplateResponse(request, "admin/routing/ask.html", context)


def _done(request: HttpRequest, rep: Rep, action: RepAction, form: NothingForm) -> bool:
    """Whether it was done; if not, the form says why."""
    try:
        told = action.run(Doing(rep, form.cleaned_data, request))
    except (Invalid, ValidationError, InvalidConfig, CannotInvite) as refused:
        for field, texts in _errors(refused).items():
            form.add_error(field if field in form.fields else None, texts)
        return False
    messages.success(request, told)
    return True


def _errors(refused: Exception) -> dict[Any, list[str]]:
    if isinstance(refused, InvalidConfig):
        return {error.path: [error.message] for error in refused.errors}
    if isinstance(refused, Invalid):
        return {**refused.errors}
    if isinstance(refused, ValidationError) and hasattr(refused, "error_dict"):
        return {**refused.message_dict}
    return {None: [str(refused)]}
