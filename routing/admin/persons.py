"""“People's data”: everything that is known of somebody who asks, to be handed out or erased."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from reps.admin_base import RecordAdmin
from reps.admin_display import NOTHING, badge, moment
from routing.admin.base import actor_of, received_at, user_of
from routing.admin.bulk import ActsOnMany
from routing.admin.bulk.records import SUPPRESSION_ACTS
from routing.models import Consent, Suppression, Work
from routing.services import work
from routing.services.access import ERASE_PERSONS, SEE_PERSONS
from routing.services.privacy.consents import withdraw_consent
from routing.services.privacy.erasing import Erased, erase_person
from routing.services.privacy.erasing_work import MANY
from routing.services.privacy.looking_up import Known, export_person, look_up
from routing.services.privacy.people import NobodyNamed, Person, person_named
from routing.services.privacy.place import Fate
from routing.services.privacy.places import PLACES

TITLES = {place.name: place.title for place in PLACES} | {"spool": "Submissions on disk"}
NEVER_STORED = {"Cache-Control": "no-store"}


class PersonForm(forms.Form):
    """Whom it is about. Sent in the body, so that no log of addresses has it."""

    email = forms.CharField(
        label="E-mail address",
        required=False,
        max_length=320,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Such as mia@globex.com; case makes no difference. Empty: only the number is looked for.",
    )
    phone = forms.CharField(
        label="Phone number",
        required=False,
        max_length=50,
        widget=UnfoldAdminTextInputWidget(),
        help_text="With the country code, such as +49 30 901820. Both: whoever has one of them.",
    )
    person: Person

    def clean(self) -> Any:
        values = super().clean() or {}
        try:
            self.person = person_named(email=values.get("email", ""), phone=values.get("phone", ""))
        except NobodyNamed as error:
            raise forms.ValidationError({error.field: str(error)}) from error
        return values


class EraseForm(PersonForm):
    never_again = forms.BooleanField(
        label="And never take them back",
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text="A keyed hash of the address stays. Files with them are refused, other doors put them into review.",
    )
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Such as the number of the request; without their name.",
    )


@admin.register(Suppression)
class SuppressionAdmin(ActsOnMany, RecordAdmin):
    list_display = ["hashed", "state", "why", "since"]
    list_display_links = ["hashed"]
    list_filter = [("refused", BooleanRadioFilter)]
    search_fields = ["digest", "reason"]
    fields = readonly_fields = ["digest", "state", "why", "since"]
    bulk = SUPPRESSION_ACTS
    empty_hint = "Nobody was erased yet. “People's data” finds everything that is known of somebody."
    publishing_note = (
        "Who was erased, by keyed hash: nobody reads an address from it. A restored backup is cleared of them."
    )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.person_view)
        return [path("person/", view, name="routing_suppression_person"), *super().get_urls()]

    def person_view(self, request: HttpRequest) -> HttpResponse:
        return person_view(request, page=self)

    @display(description="keyed hash")
    def hashed(self, row: Suppression) -> str:
        return f"{row.digest[:16]}…"

    @display(description="state", ordering="refused")
    def state(self, row: Suppression) -> SafeString:
        return badge("Refused", "red") if row.refused else badge("Was erased", "neutral")

    @display(description="reason")
    def why(self, row: Suppression) -> Any:
        return row.reason or NOTHING

    @display(description="erased", ordering="created_at")
    def since(self, row: Any) -> SafeString:
        return moment(row.created_at, row.seen_at)


def person_view(request: HttpRequest, *, page: Any) -> HttpResponse:
    """GET asks for an address. Everything else is a POST: search, export, withdraw, confirm, erase."""
    if not request.user.has_perm(SEE_PERSONS):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, page, form=PersonForm())
    do = request.POST.get("do", "search")
    form = EraseForm(request.POST) if do in ("confirm", "erase") else PersonForm(request.POST)
    if not form.is_valid():
        return _page(request, page, form=form)
    if do in ("confirm", "erase") and not request.user.has_perm(ERASE_PERSONS):
        raise PermissionDenied
    if do == "export":
        return _zip(export_person(person=form.person, now=received_at(request)))
    if do == "erase":
        return _erase(request, form.cleaned_data)
    if do == "withdraw":
        _withdraw(request, form.person)
    known = look_up(person=form.person, now=received_at(request))
    return _page(request, page, form=form, known=known, confirm=do == "confirm")


def _page(
    request: HttpRequest, page: Any, *, form: PersonForm, known: Known | None = None, confirm: bool = False
) -> Any:
    context = {
        **page.admin_site.each_context(request),
        "title": "Erase this person?" if confirm else "People's data",
        "form": form,
        "known": known,
        "confirm": confirm,
        "erase_form": EraseForm(initial=form.cleaned_data) if known and not confirm else None,
        "may_erase": request.user.has_perm(ERASE_PERSONS),
        "consents": _consents(known, received_at(request)) if known else [],
        "agrees": known is not None and any(lead.consent for lead in known.person.leads),
        "by_hand": [place for place in known.places if place.fate is Fate.BY_HAND] if known else [],
    }
    return TemplateResponse(request, "admin/routing/person.html", context, headers=NEVER_STORED)


def _consents(known: Known, now: datetime) -> list[tuple[Any, ...]]:
    rows = Consent.objects.filter(lead__in=known.person.keys).order_by("-given_at", "-pk")
    return [(badge("Given", "green") if row.given else badge("Not given", "neutral"), row, moment(row.given_at, now))
            for row in rows]  # fmt: skip


def _withdraw(request: HttpRequest, person: Person) -> None:
    count = withdraw_consent(person=person, actor=actor_of(request), now=received_at(request))
    messages.success(request, f"Consent withdrawn, for {count} {'lead' if count == 1 else 'leads'}.")
    for lead in person.leads:
        lead.consent = False


def _erase(request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
    asked = {name: values[name] for name in ("email", "phone", "never_again", "reason")}
    person = person_named(email=values["email"], phone=values["phone"])
    if len(person.leads) > MANY:
        row = work.start(kind=Work.Kind.ERASE, params=asked, user=user_of(request), now=received_at(request))
        return HttpResponseRedirect(reverse("admin:routing_work_change", args=[row.pk]))
    messages.success(request, told(erase_person(**asked, now=received_at(request))))
    return HttpResponseRedirect(reverse("admin:routing_suppression_person"))


def told(erased: Erased) -> str:
    """What went, for people."""
    parts = [f"{TITLES[name]}: {count}" for name, count in erased.counts.items()]
    hand = [TITLES[name] for name in erased.by_hand]
    rest = f" Change by hand what still names them: {', '.join(hand)}." if hand else ""
    return (f"Erased. {'; '.join(parts)}." if parts else "Nothing was known of them.") + rest


def _zip(document: dict[str, Any]) -> HttpResponse:
    """For programs, and for them to read."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("person.json", json.dumps(document, indent=1, ensure_ascii=False))
        file.writestr("person.html", render_to_string("privacy/person.html", {"document": document}))
    headers = {"Content-Disposition": 'attachment; filename="person.zip"', **NEVER_STORED}
    return HttpResponse(packed.getvalue(), content_type="application/zip", headers=headers)
