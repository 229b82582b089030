"""Pages of what is draft until published, and other things that pages of routing share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm, Widget
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from reps.admin_base import CheckedForm, DeskChangeList, HistoryAdmin, Publishing
from reps.admin_choices import KEY
from reps.admin_display import badge, person
from routing.rulebook.content import draft_section
from routing.rulebook.mend import mend
from routing.services.edit_conflicts import EditedMeanwhile, check_revision, revision_of
from routing.services.manage import SECTIONS, StillUsed, errors_of
from routing.services.privacy.audit_log import note
from routing.services.publish import draft_changes, frozen, published


def received_at(request: HttpRequest) -> datetime:
    """The instant of the request: one for everything it does."""
    instant: datetime = request.received_at  # type: ignore[attr-defined]
    return instant


def user_of(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def actor_of(request: HttpRequest) -> str:
    """What somebody is called in the history of a lead."""
    user = user_of(request)
    return user.get_full_name() or user.get_username()


def note_named(request: HttpRequest, action: str, row: Any) -> None:
    """Write down in the audit log who did what to a row that has a name."""
    note(action=action, user=user_of(request), subject=row, detail={"name": row.name}, now=received_at(request))


def draft_marks(section: str) -> dict[int, str]:
    """What of the draft differs from the published version: key → new or changed."""
    newest = published()
    before = {row["id"]: _unplaced(row) for row in mend(newest.content).content[section]} if newest else {}
    return {
        row["id"]: "changed" if row["id"] in before else "new"
        for row in map(_unplaced, frozen({section: draft_section(section)})[section])
        if before.get(row["id"]) != row
    }


def _unplaced(row: dict[str, Any]) -> dict[str, Any]:
    """A row without its number in the list: a new rule before it is no change of it."""
    return {key: value for key, value in row.items() if key != "position"}


class DraftChangeList(DeskChangeList):
    """Every row knows whether it differs from what is published."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        marks = draft_marks(SECTIONS[self.model])
        for row in self.result_list:
            row.mark = marks.get(row.pk)


REVISION = "revision"
"""The field of a form that says which state of the row it was filled from."""


class Guarded:
    """A form that does not save over what somebody else changed since it was shown; what was typed stays in it."""

    data: Any
    instance: Any

    def clean(self) -> Any:
        values = super().clean()  # type: ignore[misc]  # a form follows
        if self.instance.pk and (token := self.data.get(REVISION)):
            try:
                check_revision(self.instance, token)
            except EditedMeanwhile as error:
                raise ValidationError(str(error)) from error
        return values


class GuardedPage:
    """The page of such a form. Whatever must be locked before the row is locked first, in the same transaction."""

    change_form_before_template = "admin/revision.html"

    def lock_first(self, request: HttpRequest, object_id: str) -> None:
        """Nothing, where the row comes first."""

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj") or context.get("original")
        if row is not None and not row._state.adding:
            context[REVISION] = request.POST.get(REVISION) or revision_of(row)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def _changeform_view(self, request: HttpRequest, object_id: str | None, *args: Any) -> Any:
        if request.method == "POST" and object_id and KEY.fullmatch(object_id):
            self.lock_first(request, object_id)
        return super()._changeform_view(request, object_id, *args)  # type: ignore[misc]


class GuardedForm(Guarded, CheckedForm):
    """A form without further fields."""


class ManagedForm(Guarded, CheckedForm):
    """Says beside each field what import and publishing refuse too."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's hook, unstubbed
        found = {} if self.errors else errors_of(self.instance)
        for name, texts in found.items():
            self.add_error(name if name in self.fields else None, texts)


class DraftAdmin(GuardedPage, HistoryAdmin):
    """Rows that change nothing until published. What a version names is archived, never deleted."""

    form = ManagedForm
    publishing = Publishing.DRAFT
    delete_confirmation_template = "admin/routing/archive_confirmation.html"
    archive: ClassVar[Any] = None
    archive_argument: ClassVar[str] = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(archived_at=None)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deleting several at once: each may still be used by something."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self.require_view(request)
        return super().changelist_view(request, draft_context() | (extra_context or {}))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        self.require_view(request)
        context = draft_context() if request.method == "GET" else {}
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def require_view(self, request: HttpRequest) -> None:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DraftChangeList

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except StillUsed as error:
            for use in error.uses:
                messages.error(request, f"It is still used. {use}")
            opts = self.opts
            return HttpResponseRedirect(reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[object_id]))

    def get_deleted_objects(self, objs: Sequence[Any], request: HttpRequest) -> Any:
        """Removing a row archives it; nothing else goes with it."""
        needed = set() if self.has_delete_permission(request) else {str(self.opts.verbose_name)}
        return [str(obj) for obj in objs], {self.opts.verbose_name_plural: len(objs)}, needed, []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.archive(**{self.archive_argument: obj, "now": received_at(request)})


def draft_context() -> dict[str, Any]:
    return {"draft_changes": draft_changes()}


def draft_badge(mark: str | None) -> SafeString | str:
    """Whether a row differs from what is published."""
    if mark is None:
        return badge("Published", "neutral", "As in the published version")
    return badge("New in draft", "blue") if mark == "new" else badge("Changed in draft", "amber")


class PersonWidget(Widget):
    """Somebody who is already chosen: shown, not changed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.person = name

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return person(self.person)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return True


class ChosenPersonForm(ModelForm):
    """In a row that exists the person is fixed; in a new row they are chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "rep" in self.fields:
            field = self.fields["rep"]
            field.widget, field.disabled = PersonWidget(self.instance.rep.name), True
