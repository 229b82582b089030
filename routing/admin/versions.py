"""Publishing the draft, the versions it made, and publishing an earlier one again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from reps.admin_base import RecordAdmin, validate_day
from reps.admin_choices import KEY
from reps.admin_display import NOTHING, badge, exact, moment, person, quiet
from routing.admin.base import draft_context, received_at, user_of
from routing.admin.first_steps import TEST_LEAD
from routing.admin.presets import may_send
from routing.admin.reports import finding_row
from routing.admin.rulebook_words import in_words
from routing.models import RulebookVersion, ScheduledVersion
from routing.rulebook.content import draft_content
from routing.rulebook.describe import differences
from routing.rulebook.lint import Severity
from routing.rulebook.words import load_names
from routing.services.access import PUBLISH
from routing.services.lint import DAMAGED, lint
from routing.services.publish import CannotPublish, frozen, publish, publish_again, published
from routing.services.run_examples import run_examples
from routing.services.schedule import NotStanding, cancel_publication, schedule_publication, standing


class PublishForm(forms.Form):
    at = forms.SplitDateTimeField(
        required=False,
        label="At",
        widget=UnfoldAdminSplitDateTimeWidget(),
        validators=[validate_day],
        help_text="In your time zone. The draft is frozen as it is now. Empty: publish at once.",
    )
    note = forms.CharField(
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget(),
        help_text="What changed, and why, for whoever looks through the versions later. Empty: nothing is noted.",
    )


@admin.register(RulebookVersion)
class RulebookVersionAdmin(RecordAdmin):
    list_display = ["version", "state", "note_text", "by", "when"]
    list_display_links = ["version"]
    list_select_related = ["published_by"]
    search_fields = ["note", "published_by__username"]
    change_form_template = "admin/routing/version.html"
    empty_hint = "Publish the draft to make the first version. Until then every lead waits."
    publishing_note = "Each version is kept for ever, exactly as it was published."

    def get_queryset(self, request: HttpRequest) -> Any:
        newest = RulebookVersion.objects.order_by("-number").values("number")[:1]
        return super().get_queryset(request).defer("content").annotate(live_number=Subquery(newest))

    def get_urls(self) -> list[Any]:
        view, again = self.admin_site.admin_view(self.publish_view), self.admin_site.admin_view(self.again_view)
        return [
            path("publish/", view, name="routing_rulebookversion_publish"),
            path("draft/", self.admin_site.admin_view(self.draft_view), name="routing_rulebookversion_draft"),
            path("<int:number>/again/", again, name="routing_rulebookversion_again"),
            *super().get_urls(),
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        version = self.get_object(request, object_id) if object_id else None
        newest = published()
        context = in_words(version.content) if version else {}
        if version:
            context |= {"version": version, "is_live": newest is not None and newest.number == version.number}
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def draft_view(self, request: HttpRequest) -> HttpResponse:
        """The draft in plain words, to read and to print."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        newest = published()
        context = {
            **self.admin_site.each_context(request),
            **draft_context(),
            **in_words(frozen(draft_content())),
            "title": "The draft in plain words",
            "newest": newest,
            "read": exact(received_at(request)),
        }
        return TemplateResponse(request, "admin/routing/draft.html", context)

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        """What would change, what is in the way, and the button."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form, errors = PublishForm(request.POST or None), []
        if request.method == "POST":
            self.require_publish(request)
            if form.is_valid():
                try:
                    messages.success(request, self.publish_as_asked(request, form))
                except CannotPublish as refused:
                    errors = refused.errors
                else:
                    return HttpResponseRedirect(reverse("admin:routing_rulebookversion_publish"))
        return self.publish_page(request, form, errors)

    def publish_as_asked(self, request: HttpRequest, form: PublishForm) -> str:
        """Now or later; what was done, in words."""
        note, at, user, now = form.cleaned_data["note"], form.cleaned_data["at"], user_of(request), received_at(request)
        if at is None:
            return f"Version {publish(note=note, user=user, now=now).number} is live: new leads follow it."
        return (
            f"It will be published at {exact(schedule_publication(note=note, at=at, user=user, now=now).publish_at)}."
        )

    def publish_page(self, request: HttpRequest, form: PublishForm, errors: list[str]) -> HttpResponse:
        newest, now = published(), received_at(request)
        draft = frozen(draft_content())
        context = {
            **self.admin_site.each_context(request),
            "title": "Publish",
            "form": form,
            "errors": errors,
            **checked(draft, now),
            "standing": [(row, exact(row.publish_at)) for row in standing()],
            "test_lead": request.session[TEST_LEAD]["title"] if newest and may_send(request) else "",
            "changes": differences(newest.content if newest else None, draft, load_names()),
            "newest": newest,
            "published": moment(newest.published_at, now) if newest else "",
            "can_publish": request.user.has_perm(PUBLISH),
            "versions": [
                (row, moment(row.published_at, now))
                for row in RulebookVersion.objects.defer("content").select_related("published_by")[:5]
            ],
        }
        return TemplateResponse(request, "admin/routing/publish.html", context)

    def require_publish(self, request: HttpRequest) -> None:
        if not request.user.has_perm(PUBLISH):
            raise PermissionDenied

    def again_view(self, request: HttpRequest, number: int) -> HttpResponse:
        return require_POST(self.publish_number)(request, number=number)

    def publish_number(self, request: HttpRequest, number: int) -> HttpResponse:
        self.require_publish(request)
        if not KEY.fullmatch(str(number)):
            raise Http404("There is no such version.")
        get_object_or_404(RulebookVersion.objects.defer("content"), number=number)
        try:
            version = publish_again(number, user=user_of(request), now=received_at(request))
        except CannotPublish as refused:
            for error in refused.errors:
                messages.error(request, error)
        else:
            messages.success(request, f"Version {number} is live again, as version {version.number}.")
        return HttpResponseRedirect(reverse("admin:routing_rulebookversion_changelist"))

    @display(description="version", ordering="number")
    def version(self, version: RulebookVersion) -> str:
        return f"Version {version.number}"

    @display(description="state")
    def state(self, version: Any) -> SafeString:
        live = version.number == version.live_number
        return badge("Live", "green", "New leads follow it") if live else badge("Earlier", "neutral")

    @display(description="note")
    def note_text(self, version: RulebookVersion) -> str | SafeString:
        return version.note or NOTHING

    @display(description="published by")
    def by(self, version: RulebookVersion) -> SafeString:
        user = version.published_by
        return person(user.get_full_name() or user.get_username()) if user else quiet("the system")

    @display(description="published", ordering="published_at")
    def when(self, version: Any) -> SafeString:
        return moment(version.published_at, version.seen_at)


@admin.register(ScheduledVersion)
class ScheduledVersionAdmin(RecordAdmin):
    list_display = ["what", "state", "note", "by", "at"]
    list_display_links = ["what"]
    list_select_related = ["created_by", "version"]
    search_fields = ["note"]
    fields = ["note", ("at", "by"), "state", "error"]
    readonly_fields = ["at", "by", "state"]
    change_form_outer_after_template = "admin/routing/scheduled_links.html"
    empty_hint = "A draft that is published at a chosen time waits here. Choose the time on the page Publish."

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.cancel_view))
        return [path("<int:key>/cancel/", view, name="routing_scheduledversion_cancel"), *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = self.get_object(request, object_id) if object_id else None
        may = row is not None and row.ended_at is None and request.user.has_perm(PUBLISH)
        return super().changeform_view(
            request, object_id, form_url, {"scheduled": row, "may_cancel": may} | (extra_context or {})
        )

    def cancel_view(self, request: HttpRequest, key: int) -> HttpResponse:
        if not request.user.has_perm(PUBLISH):
            raise PermissionDenied
        row = self.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
        if row is None:
            raise Http404("There is no such publication.")
        try:
            cancel_publication(scheduled=row, user=user_of(request), now=received_at(request))
        except NotStanding as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "It is called off. The draft stays as it is.")
        return HttpResponseRedirect(reverse("admin:routing_rulebookversion_publish"))

    @display(description="publication")
    def what(self, row: ScheduledVersion) -> str:
        return exact(row.publish_at)

    @display(description="state")
    def state(self, row: ScheduledVersion) -> SafeString:
        if row.ended_at is None:
            return badge("To come", "blue")
        if row.version:
            return badge(f"Became version {row.version.number}", "green")
        return badge("Not published", "neutral", row.error)

    @display(description="scheduled by")
    def by(self, row: ScheduledVersion) -> SafeString:
        user = row.created_by
        return person(user.get_full_name() or user.get_username()) if user else quiet("the system")

    @display(description="time", ordering="publish_at")
    def at(self, row: Any) -> SafeString:
        return moment(row.publish_at, row.seen_at)


def checked(draft: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What the linter finds, whether that blocks publishing, and how the examples fare, if they can be run at all."""
    found = lint(now=now)
    refused = any(finding.code == "refused" for finding in found)
    return {
        "findings": [finding_row(finding) for finding in found],
        "blocked": any(finding.severity is Severity.ERROR and finding.code != DAMAGED for finding in found),
        "examples": [] if refused else run_examples(draft, now=now),
    }
