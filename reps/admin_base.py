"""What every page of the admin shares: paging without counting millions, and saying what is live and what is draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten, unquote
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet, Value
from django.forms import Field, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from reps.admin_choices import ChoosesRows, is_key
from reps.admin_fields import PlainNumberField, ZoneField

LONGEST_CHANGE = 400
NO_KEY = re.compile(r"-?\d{19,}")
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


def validate_day(value: date) -> None:
    """Raise ValidationError for days so far away that adding a zone or a week leaves the calendar."""
    day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
    if not EARLIEST <= day <= LATEST:
        raise ValidationError(f"Choose a day between {EARLIEST.year} and {LATEST.year}.")


class Publishing(StrEnum):
    """When what is saved on a form counts."""

    LIVE = "live"
    DRAFT = "draft"
    RECORD = "record"


class CappedPaginator(Paginator):
    """Counts no further than to its limit, so that a list of millions opens at once."""

    LIMIT = 10_000
    template_name = "admin/pagination_capped.html"

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return min(rows.order_by()[: self.LIMIT + 1].count(), self.LIMIT)

    @property
    def capped(self) -> bool:
        return self.count == self.LIMIT


class DeskChangeList(ChangeList):
    """Without a second count: the total is only of interest beside a filtered list."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Without keys that no database holds: such a filter shows all."""
        asked: dict[str, Any] = super().get_filters_params(params)
        return {name: values for name, values in asked.items() if not any(map(NO_KEY.fullmatch, values))}

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


CHANGES: list[Callable[[str, Any, Any], object]] = []
"""Told of whatever is added, changed or removed on a page: the verb, the row, and what Django says of the change."""


class DeskAdmin(ChoosesRows, ModelAdmin):
    """The base of every page of ours. `request.received_at` is set by the middleware of the admin."""

    publishing: ClassVar[Publishing] = Publishing.LIVE
    publishing_note: ClassVar[str] = ""
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # each would count the whole table
    list_per_page = 50
    list_fullwidth = True
    list_filter_submit = True
    warn_unsaved_form = True
    compressed_fields = True
    empty_value_display = "—"
    list_before_template: str | None = "admin/publishing_note.html"
    change_form_outer_before_template: str | None = "admin/publishing_note.html"
    zone_fields: ClassVar[dict[str, str]] = {}

    empty_hint: ClassVar[str] = ""
    noun: ClassVar[tuple[str, str]] = ("", "")
    """What one row and several are called below and in an empty list, if not by the names of the model."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Every row knows when it is looked at, so that columns can say how long ago something was."""
        now: datetime = request.received_at  # type: ignore[attr-defined]
        return super().get_queryset(request).annotate(seen_at=Value(now, output_field=models.DateTimeField()))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With what is wrong in sight: Django leaves a closed part closed if the field shares its line with another."""
        form = context["adminform"]
        form.fieldsets = [_opened(options, title, form.form.errors) for title, options in form.fieldsets]
        if kwargs.get("change") and not self.has_change_permission(request, kwargs.get("obj")):
            form.model_admin = _without_conditions(self)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_ordering(self, request: HttpRequest) -> Any:
        """Said anew: a queryset that counts something forgets its model's order, which lists to choose from need."""
        return super().get_ordering(request) or self.opts.ordering

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._tell("added", [obj], message)
        return None if self.is_record else super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._tell("changed", [obj], message)
        return None if self.is_record else super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        self._tell("removed", queryset, "")
        return None if self.is_record else super().log_deletions(request, queryset)

    @property
    def is_record(self) -> bool:
        """Django's log calls rows by their names, and records name persons: nothing of them stands there."""
        return self.publishing is Publishing.RECORD

    def _tell(self, verb: str, rows: Iterable[Any], message: Any) -> None:
        for row in rows:
            for tell in CHANGES:
                tell(verb, row, message)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Field | None:
        if db_field.name in self.zone_fields:
            return ZoneField(
                empty=self.zone_fields[db_field.name],
                required=not db_field.blank,
                label="Time zone",
                help_text=kwargs.get("help_text") or db_field.help_text,
            )
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        if isinstance(db_field, models.FloatField):
            kwargs["form_class"] = PlainNumberField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(db_field, models.DateField):
            field.validators = [*field.validators, validate_day]
        if field and isinstance(db_field, models.DateTimeField):
            zone = f"In the time zone {timezone.get_current_timezone_name()}."
            field.help_text = f"{field.help_text} {zone}".strip()
        return field

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return super().get_object(request, object_id, from_field) if is_key(self.model, unquote(object_id)) else None

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Several as one by one: whatever is noted or locked for one is for each."""
        for row in queryset:
            self.delete_model(request, row)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Django would look for whatever was sent as chosen rows, and fails where that is no number."""
        if not all(is_key(self.model, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest(f"Choose rows of the list of {self.opts.verbose_name_plural}.")
        answer: HttpResponse | None = super().response_action(request, queryset)
        return answer

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponseRedirect:
        raise Http404(f"There is no {opts.verbose_name} here.")


def _without_conditions(page: ModelAdmin) -> ModelAdmin:
    """The page for who may only look: what a field shows or hides by is not in a form that cannot be changed."""
    shown = copy(page)
    shown.conditional_fields = {}
    return shown


def _opened(options: dict[str, Any], title: str | None, errors: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """A part of a form, open where one of its fields is wrong."""
    if not errors.keys().isdisjoint(flatten(options["fields"])):
        options = options | {"classes": [name for name in options.get("classes", ()) if name != "collapse"]}
    return title, options


class CheckedForm(ModelForm):
    """Says what the constraints of a table refuse, also where they ask about columns that are not on the form."""

    ASKED_ABOUT = frozenset({"id", "archived_at"})

    def _get_validation_exclusions(self) -> set[str]:
        left_out: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's hook, unstubbed
        return left_out - self.ASKED_ABOUT


SECRETS = frozenset({"calendar_url"})
"""Fields that everybody who may look at the history must not read."""


class ChangeInWords(HistoricalRecordContextHelper):
    """Old and new values as people write them, without brackets and quotes; of a secret only that it changed."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        if change.field in SECRETS and value:
            return "…"
        return in_words(super().prepare_delta_change_value(change, value))


def in_words(value: Any) -> Any:
    """Yes, no, nothing, a list with commas, an instant in the viewer's zone; all else as it is."""
    if value in (None, "", [], {}):
        return "nothing"
    words = WORDS.get(type(value))
    return words(value) if words else value


def _instant_in_words(value: datetime) -> str:
    local = timezone.localtime(value)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


WORDS: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "yes" if value else "no",
    dict: lambda value: ", ".join(f"{key} {in_words(part)}" for key, part in value.items()),
    list: lambda value: ", ".join(str(in_words(part)) for part in value),
    datetime: _instant_in_words,
}
"""By the type of a value, how people write it."""


class HistoryAdmin(SimpleHistoryAdmin, DeskAdmin):
    """With the history of who changed what."""

    form: type[ModelForm] = CheckedForm

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> ChangeInWords:
        return ChangeInWords(self.model, historical_record, max_displayed_delta_change_chars=LONGEST_CHANGE)

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        return f"History of {obj}"

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        """An old state is looked at, not brought back: a save goes through the form and its locks."""
        return True

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self.require_key(self.model, object_id)
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        if request.method != "GET":
            raise PermissionDenied
        self.require_key(self.model, object_id)
        self.require_key(self.model.history.model, version_id)
        response: HttpResponseBase = super().history_form_view(request, object_id, version_id, extra_context)
        return response

    def require_key(self, model: type[models.Model], text: str) -> None:
        """404 for what cannot be the key of any row."""
        if not is_key(model, unquote(text)):
            raise Http404(f"There is no {self.opts.verbose_name} here.")


class RecordAdmin(DeskAdmin):
    """Facts that only the system writes: they can be looked at, and nothing else."""

    publishing = Publishing.RECORD

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DeskInline(ChoosesRows, TabularInline):
    """Rows of a table on the page of what they belong to."""

    extra = 0
    hide_title = True
    show_change_link = False
    tab = True
