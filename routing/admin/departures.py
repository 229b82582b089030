"""Somebody is leaving: everything that they have on one page, each with who gets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from reps.admin_base import RecordAdmin, validate_day
from reps.admin_choices import KEY
from reps.admin_display import NOTHING, badge, moment, person, quiet
from reps.models import Rep
from reps.schedules import midnight
from routing.admin.base import received_at, user_of
from routing.models import Departure, Pool
from routing.rulebook.config.documents import zone_of
from routing.rulebook.content import current_settings
from routing.services.people.belongings import Holding, belongings
from routing.services.people.leaving import CannotLeave, HasEnded, cancel_departure, plan_departure, planned
from routing.services.people.plans import (
    IN_WORDS,
    NOBODY,
    NOBODY_MEANS,
    Choice,
    Kind,
    Place,
    Plan,
    To,
    allowed,
    read_plan,
    usual_plan,
)

MOST_ROWS = 20
"""Where there are more things of a kind they go to one place together; the API can tell them apart."""
APART = frozenset(Kind) - {Kind.LEADS, Kind.LAST_RESORT}
AS_THE_OTHERS = ""
ONE_BY_ONE = "Where this one goes, if not where the others do."
GOES: Mapping[Kind, str] = {
    Kind.LEADS: "Who owns them from then on: a rep, the members of a pool by turn, or whom the rules find.",
    Kind.ACCOUNTS: "Who owns them from then on, and gets their leads.",
    Kind.ACCOUNT_ROLES: "Who has these roles on the accounts from then on.",
    Kind.POOLS: "Who takes their place, with its weight and limits.",
    Kind.BACKUP_OF: "Who stands in for these people from then on.",
    Kind.MANAGER_OF: "Who manages these teams from then on, and gets their digests.",
    Kind.LAST_RESORT: "Who takes their place among those who get what nobody took.",
    Kind.TERRITORIES: "Who owns them from then on, in the draft and in what is published.",
    Kind.RULES: "Whom these rules name from then on, in the draft and in what is published.",
    Kind.RULES_KEPT: "Whom people ask about these rules from then on.",
    Kind.RULES_TOLD: "Whom these rules tell as well from then on.",
    Kind.TABLES: "To whom these rows lead from then on, in the draft and in what is published.",
    Kind.EXAMPLES: "Whom these examples expect from then on.",
}
"""What is chosen for each kind."""


class LeavingForm(forms.Form):
    """One choice for each kind that they have something of, and one for each single thing of it."""

    last_day = forms.DateField(
        required=False,
        label="Last day",
        widget=UnfoldAdminSingleDateWidget(),
        validators=[validate_day],
        help_text="It happens once that day is over. Empty: now.",
    )

    class Media:
        js = ["admin/js/core.js"]

    def __init__(self, *args: Any, has: Mapping[Kind, Holding], plan: Plan, rep: Rep, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has = {kind: holding for kind, holding in has.items() if holding.count}
        people = [(f"rep:{pk}", name) for pk, name in _others(rep)]
        pools = [(f"pool:{pool.pk}", pool.name) for pool in Pool.objects.current().order_by("name")]
        for kind, holding in self.has.items():
            choices = _choices(kind, people, pools)
            chosen = plan.get(kind)
            self._add(
                kind.value,
                [*([] if chosen else [("", "Choose who gets them")]), *choices],
                chosen.to if chosen else None,
                help_text=GOES[kind],
            )
            for thing in self.apart(kind, holding):
                own = chosen.items.get(thing.key) if chosen else None
                ways = [(AS_THE_OTHERS, "as the others"), *choices]
                self._add(f"{kind.value}:{thing.key}", ways, own, help_text=ONE_BY_ONE, told_by=f"{kind.value}-apart")

    def _add(
        self, name: str, choices: list[tuple[str, Any]], place: Place | None, *, help_text: str, told_by: str = ""
    ) -> None:
        """`told_by` is the element that says it once for several fields."""
        widget = UnfoldAdminSelectWidget({"aria-describedby": told_by} if told_by else None)
        field = forms.ChoiceField(choices=choices, required=False, help_text=help_text, widget=widget)
        field.initial = _value(place) if place is not None else ""
        self.fields[name] = field

    @staticmethod
    def apart(kind: Kind, holding: Holding) -> tuple[Any, ...]:
        """The things that can go elsewhere one by one."""
        return holding.things if kind in APART and 1 < holding.count <= MOST_ROWS else ()

    def kinds(self) -> Iterator[dict[str, Any]]:
        """For the page."""
        for kind, holding in self.has.items():
            apart = self.apart(kind, holding)
            yield {
                "kind": kind.value,
                "title": IN_WORDS[kind],
                "count": holding.count,
                "field": self[kind.value],
                "errors": self.errors.get(kind.value, ()),
                "apart": [{"thing": thing, "field": self[f"{kind.value}:{thing.key}"]} for thing in apart],
                "names": () if apart else holding.things[:MOST_ROWS],
                "more": max(0, holding.count - MOST_ROWS),
                "pools": kind is Kind.POOLS,
            }

    def plan(self) -> dict[Kind, Choice]:
        """What was chosen; of what they have nothing of, the usual."""
        chosen: dict[Kind, Choice] = {}
        for kind, holding in self.has.items():
            items = {
                thing.key: _place(value)
                for thing in self.apart(kind, holding)
                if (value := self.cleaned_data[f"{kind.value}:{thing.key}"])
            }
            chosen[kind] = Choice(_place(self.cleaned_data[kind.value]), items)
        return chosen


def _others(rep: Rep) -> list[tuple[int, str]]:
    return list(Rep.objects.active().exclude(pk=rep.pk).order_by("name", "pk").values_list("pk", "name"))


def _choices(kind: Kind, people: list[tuple[str, str]], pools: list[tuple[str, str]]) -> list[tuple[str, Any]]:
    ways = allowed(kind)
    choices: list[tuple[str, Any]] = [("nobody", NOBODY_MEANS[kind].capitalize())] if To.NOBODY in ways else []
    choices.append(("Reps", people))
    return [*choices, ("Pools", pools)] if To.POOL in ways and pools else choices


def _value(place: Place) -> str:
    return {To.REP: f"rep:{place.rep}", To.POOL: f"pool:{place.pool}", To.NOBODY: "nobody"}[place.to]


def _place(value: str) -> Place:
    kind, _, key = value.partition(":")
    return {"rep": Place(rep=int(key or 0)), "pool": Place(pool=int(key or 0))}.get(kind, NOBODY)


def leaving_view(request: HttpRequest, key: int, *, page: Any) -> HttpResponse:
    """GET lists, POST plans it, or calls it off. `page` is the admin of reps."""
    rep = _who_leaves(request, key, page)
    standing = planned(rep)
    back = reverse("admin:reps_rep_change", args=[rep.pk])
    posted = request.POST if request.method == "POST" else None
    if posted is not None and "stay" in posted and standing:
        return _stay(request, standing, back)
    plan = read_plan(standing.plan, rep) if standing else usual_plan(rep)
    form = LeavingForm(posted, has=belongings(rep), plan=plan, rep=rep, initial=_initial(standing))
    if form.is_valid() and _planned(request, rep, form):
        return HttpResponseRedirect(back)
    context = {
        **page.admin_site.each_context(request),
        "title": f"{rep.name} is leaving",
        "rep": rep,
        "form": form,
        "standing": standing,
        "back": back,
    }
    return TemplateResponse(request, "admin/routing/leaving.html", context)


def _who_leaves(request: HttpRequest, key: int, page: Any) -> Rep:
    """Raises PermissionDenied, whether there is such a rep or not, and Http404."""
    rep: Rep | None = page.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
    if not page.has_change_permission(request, rep) or not request.user.has_perm("routing.add_departure"):
        raise PermissionDenied
    if rep is None:
        raise Http404("There is no such rep.")
    return rep


def _initial(standing: Departure | None) -> dict[str, Any]:
    if standing is None:
        return {}
    zone = zone_of(standing.rep, current_settings())
    return {"last_day": (standing.leaves_at - timedelta(seconds=1)).astimezone(zone).date()}


def _planned(request: HttpRequest, rep: Rep, form: LeavingForm) -> bool:
    """Whether it was done or planned; if not, the form says why."""
    now, last_day = received_at(request), form.cleaned_data["last_day"]
    zone = zone_of(rep, current_settings())
    leaves_at = midnight(last_day + timedelta(days=1), zone) if last_day else now
    plan = usual_plan(rep) | form.plan()
    try:
        done = plan_departure(rep=rep, leaves_at=leaves_at, plan=plan, user=user_of(request), now=now)
    except CannotLeave as refusal:
        for kind, texts in refusal.errors.items():
            form.add_error(kind if kind in form.fields else None, texts)
        return False
    messages.success(request, _told(rep, done))
    return True


def _told(rep: Rep, departure: Departure) -> str:
    if departure.done_at is None:
        return f"{rep.name} leaves on {departure.leaves_at:%Y-%m-%d %H:%M} UTC. Until then nothing changes."
    version = (departure.report or {}).get("version")
    published = f" Version {version} of the rulebook was published for it." if version else ""
    return f"{rep.name} has left; everything was handed over.{published}"


def _stay(request: HttpRequest, standing: Departure, back: str) -> HttpResponse:
    try:
        cancel_departure(departure=standing, now=received_at(request))
    except HasEnded as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{standing.rep.name} stays.")
    return HttpResponseRedirect(back)


@admin.register(Departure)
class DepartureAdmin(RecordAdmin):
    list_display = ["who", "leaves", "state", "asked_by", "trouble"]
    list_display_links = ["who"]
    fields = readonly_fields = ["who", "leaves", "state", "trouble", "handed_over", "asked_by", "what_next"]
    list_select_related = ["rep", "requested_by"]
    search_fields = ["rep__name", "rep__email"]
    ordering: ClassVar[list[str]] = ["-leaves_at"]
    empty_hint = "Nobody leaves. Open a rep and choose “Is leaving” to hand over everything they have."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Departure]:
        departures: QuerySet[Departure] = super().get_queryset(request)
        return departures

    @display(description="rep", ordering="rep__name")
    def who(self, departure: Departure) -> SafeString:
        return person(departure.rep.name)

    @display(description="leaves", ordering="leaves_at")
    def leaves(self, departure: Any) -> SafeString:
        return moment(departure.leaves_at, departure.seen_at)

    @display(description="state")
    def state(self, departure: Departure) -> SafeString:
        return _state(departure)

    @display(description="trouble")
    def trouble(self, departure: Departure) -> SafeString | str:
        return quiet(departure.error) if departure.error and departure.done_at is None else NOTHING

    @display(description="handed over")
    def handed_over(self, departure: Departure) -> SafeString | str:
        """As counted when it was carried out."""
        report = departure.report or {}
        counts = [f"{IN_WORDS[kind]}: {report[kind.value]}" for kind in Kind if kind.value in report]
        published = [f"Version {report['version']} of the rulebook"] if report.get("version") else []
        return "; ".join([*counts, *published]) or NOTHING

    @display(description="what next")
    def what_next(self, departure: Departure) -> SafeString:
        standing = departure.done_at is None and departure.cancelled_at is None
        name, label = ("leaving", "Change the plan, or call it off") if standing else ("change", "Open their page")
        return format_html(
            '<a class="lr-link" href="{}">{}</a>', reverse(f"admin:reps_rep_{name}", args=[departure.rep_id]), label
        )

    @display(description="asked by")
    def asked_by(self, departure: Departure) -> str:
        user = departure.requested_by
        return (user.get_full_name() or user.get_username()) if user else "—"


def _state(departure: Departure) -> SafeString:
    ended: list[tuple[datetime | None, str, str]] = [
        (departure.done_at, "Has left", "neutral"),
        (departure.cancelled_at, "Called off", "neutral"),
    ]
    for at, label, tone in ended:
        if at is not None:
            return badge(label, tone)
    return badge("Failed", "red", departure.error) if departure.error else badge("Planned", "blue")
