"""Files with leads, reps or companies: upload, columns, preview, one button, and what came of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from reps.admin_base import RecordAdmin
from reps.admin_choices import KEY
from reps.admin_display import moment, person, quiet, two_lines
from routing.admin import import_pages as shown
from routing.admin.base import received_at, user_of
from routing.admin.exports import FORMATS, csv_response, lines_response, xlsx_response
from routing.admin.import_access import ACCESS, may_import, may_take_away, sections_of
from routing.admin.import_forms import ColumnsForm, UploadForm
from routing.models import Import
from routing.services.imports import start as services
from routing.services.imports.all_sections import SECTIONS
from routing.services.imports.rows_out import error_file, error_formats, error_workbook
from routing.services.imports.templates import template_rows
from routing.services.lead_actions.refusals import WrongState
from routing.services.privacy import audit_log
from routing.services.work_progress import CannotRun
from routing.spreadsheets.write import Sheet, csv_rows, xlsx_file

Status = Import.Status
UNDER_WAY = (Status.CHECKING, Status.RUNNING, Status.UNDOING)
ASKED_AGAIN = "columns"


@admin.register(Import)
class ImportAdmin(RecordAdmin):
    list_display = ["file", "state", "rows_found", "by", "sent"]
    list_display_links = ["file"]
    list_select_related = ["requested_by", "api_key"]
    list_filter = [("section", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter)]
    search_fields = ["file_name", "requested_by__username"]
    list_before_template = "admin/routing/import_start.html"
    change_form_template = "admin/routing/import.html"
    empty_hint = "Choose above what your file holds. Files that were brought in are kept here with what became of them."

    # --- who may ------------------------------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(sections_of(request.user))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_import(request.user, obj.section) if obj else bool(sections_of(request.user))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(section__in=sections_of(request.user))

    def require(self, request: HttpRequest, section: str) -> None:
        if section not in ACCESS:
            raise Http404("There are no such files.")
        if not may_import(request.user, section):
            raise PermissionDenied

    def row(self, request: HttpRequest, key: int) -> Import:
        """The import, for whoever may bring in such files; each step asks anew."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row: Import | None = self.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
        if row is None:
            raise Http404("There is no such file.")
        return row

    # --- pages --------------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        acts = {name: view(require_POST(partial(self.act_view, name=name))) for name in ("confirm", "cancel")}
        return [
            path("upload/<slug:section>/", view(self.upload_view), name="routing_import_upload"),
            path("template/<slug:section>.<slug:kind>", view(require_GET(self.template_view)),
                 name="routing_import_template"),
            path("<int:key>/columns/", view(self.columns_view), name="routing_import_columns"),
            *(path(f"<int:key>/{name}/", acts[name], name=f"routing_import_{name}") for name in acts),
            path("<int:key>/undo/", view(self.undo_view), name="routing_import_undo"),
            path("<int:key>/rejected.<slug:kind>", view(require_GET(self.rejected_view)),
                 name="routing_import_rejected"),
            *super().get_urls(),
        ]  # fmt: skip

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"starts": starts(request)} | (extra_context or {}))

    def upload_view(self, request: HttpRequest, section: str) -> HttpResponseBase:
        self.require(request, section)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                row = services.start_import(
                    section=section, file_name=file.name or "", stream=file, user=user_of(request),
                    now=received_at(request),
                )  # fmt: skip
            except CannotRun as error:
                form.add_error("file", [text for texts in error.errors.values() for text in texts])
            else:
                return self.to(row, "columns")
        return self.page(request, "import_upload.html", f"Import {label(section)}", {
            "form": form, "section": section, "steps": shown.steps(None), "counts": shown.when_it_counts(section),
            "draft": ACCESS[section].draft, "fields": SECTIONS[section].fields, "formats": FORMATS,
        })  # fmt: skip

    def template_view(self, request: HttpRequest, section: str, kind: str) -> HttpResponseBase:
        self.require(request, section)
        if kind not in FORMATS:
            raise Http404("There is no such file.")
        header, rows = template_rows(SECTIONS[section])
        return table_file(kind, f"{section.replace('_', '-')}-template", Sheet(label(section), header, rows))

    def columns_view(self, request: HttpRequest, key: int) -> HttpResponseBase:
        row = self.row(request, key)
        if row.status not in services.BEFORE_APPLYING or row.rows.filter(applied=True).exists():
            return self.to(row)
        takes = may_take_away(request.user, row.section)
        form = ColumnsForm(row, request.POST or None, may_take_away=takes)
        if request.method == "POST" and form.is_valid() and (response := self.choose(request, row, form)):
            return response
        return self.page(request, "import_columns.html", f"Which column is what? {row.file_name}", {
            "form": form, "imported": row, "steps": shown.steps(row), "counts": shown.when_it_counts(row.section),
            "draft": ACCESS[row.section].draft, "notes": shown.notes(row), "needed": form.needed(),
        })  # fmt: skip

    def choose(self, request: HttpRequest, row: Import, form: ColumnsForm) -> HttpResponseBase | None:
        """Keep the columns and have the file checked; with another sheet the page is asked again."""
        now, again = received_at(request), form.other_sheet()
        try:
            chosen = services.choose_columns(
                imported=row, mapping=None if again else form.mapping(), options=form.options(), now=now
            )
            if not again:
                services.check(imported=chosen, user=user_of(request), now=now)
        except CannotRun as error:
            form.refuse(error.errors)
            return None
        except WrongState as error:
            messages.error(request, str(error))
        return self.to(row, "columns" if again else "")

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Nobody learns from it whether there is such a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = self.get_object(request, object_id) if object_id else None
        if row and row.status == Status.MAPPING and request.method == "GET":
            return self.to(row, "columns")
        context = self.page_context(request, row) if row else {}
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def page_context(self, request: HttpRequest, row: Import) -> dict[str, Any]:
        work, row = row.work, shown.as_it_is(row)
        applied = row.status not in UNDER_WAY and row.rows.filter(applied=True).exists()
        checked = bool(row.report.get("checked"))
        return {
            "title": f"{row.get_section_display()}: {row.file_name or 'file'}",
            "imported": row,
            "steps": shown.steps(row),
            "state_badge": shown.state_badge(row),
            "counts": shown.when_it_counts(row.section),
            "draft": ACCESS[row.section].draft,
            "under_way": row.status in UNDER_WAY,
            "work": work,
            "percent": min(100, round(100 * work.done / work.total)) if work and work.total else 0,
            "sent": moment(row.created_at, received_at(request)),
            "by": row.requested_by or row.api_key,
            "formats": error_formats(row),
            "list": reverse(f"admin:{ACCESS[row.section].page}_changelist"),
            **self._preview(row, checked=checked),
            **self._outcome(row, applied=applied),
            **self._doable(row, applied=applied, checked=checked),
        }

    def _preview(self, row: Import, *, checked: bool) -> dict[str, Any]:
        """What the file would change, or changed."""
        ready = row.status == Status.READY
        return {
            "groups": shown.preview(row, linked=not ready) if checked and row.status not in UNDER_WAY else [],
            "things": shown.things(row),
            "by_rep": shown.by_rep(row) if ready else None,
            "notes": shown.notes(row) if checked else [],
        }

    def _outcome(self, row: Import, *, applied: bool) -> dict[str, Any]:
        """What came of it so far."""
        return {
            "result": shown.result(row) if row.status in (Status.DONE, Status.UNDONE) or applied else [],
            "stays": shown.stays(row) if row.status == Status.UNDONE else [],
            "rejected": shown.counts(row)["rejected"] or (row.report.get("applied") or {}).get("rejected", 0),
        }

    def _doable(self, row: Import, *, applied: bool, checked: bool) -> dict[str, Any]:
        """Which buttons there are."""
        stopped = row.status in (Status.CANCELLED, Status.FAILED)
        under_way, stopping = row.status in UNDER_WAY, bool(row.work and row.work.cancel_asked)
        return {
            "button": shown.button(row),
            "may_confirm": checked and (row.status == Status.READY or stopped) and self.left(row),
            "may_change": row.status in services.BEFORE_APPLYING and not applied,
            "may_cancel": under_way and not stopping,
            "stopping": under_way and stopping,
            "may_undo": applied and (stopped or row.status == Status.DONE),
        }

    def left(self, row: Import) -> int:
        return services.to_do(row)

    # --- acts ---------------------------------------------------------------------------------------------------------

    def act_view(self, request: HttpRequest, key: int, *, name: str) -> HttpResponseBase:
        """Confirm or cancel."""
        row = self.row(request, key)
        act = {"confirm": services.confirm, "cancel": services.cancel}[name]
        if name == "confirm" and row.options.get("whole") and not may_take_away(request.user, row.section):
            raise PermissionDenied
        try:
            act(imported=row, user=user_of(request), now=received_at(request))
        except (CannotRun, WrongState) as error:
            messages.error(request, str(error))
        return self.to(row)

    def undo_view(self, request: HttpRequest, key: int) -> HttpResponseBase:
        """Asked once more, since it takes back what others may have begun to use."""
        row = self.row(request, key)
        if request.method == "POST":
            try:
                services.undo(imported=row, user=user_of(request), now=received_at(request))
            except (CannotRun, WrongState) as error:
                messages.error(request, str(error))
            return self.to(row)
        return self.page(request, "import_undo.html", f"Undo {row.file_name}", {
            "imported": row, "result": shown.result(row), "leads": row.section == Import.Section.LEADS,
            "back": reverse("admin:routing_import_change", args=[row.pk]),
        })  # fmt: skip

    def rejected_view(self, request: HttpRequest, key: int, kind: str) -> HttpResponseBase:
        """The rejected rows as they came, with what is wrong beside."""
        row = self.row(request, key)
        if kind not in error_formats(row):
            raise Http404("There is no such file.")
        audit_log.note(
            action="import.rejected_taken", user=user_of(request), subject=row, detail={"format": kind},
            now=received_at(request),
        )  # fmt: skip
        name = f"{row.section.replace('_', '-')}-rejected"
        if kind == "xlsx":
            return xlsx_response(name, error_workbook(row))
        respond = lines_response if kind == Import.Format.JSONL else csv_response
        return respond(name, error_file(row))

    def to(self, row: Import, page: str = "change") -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse(f"admin:routing_import_{page or 'change'}", args=[row.pk]))

    def page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return TemplateResponse(request, f"admin/routing/{template}", shared | context)

    # --- the list -----------------------------------------------------------------------------------------------------

    @display(description="file", ordering="file_name")
    def file(self, imported: Import) -> SafeString:
        return two_lines(imported.file_name or "A file without a name", imported.get_section_display())

    @display(description="status", ordering="status")
    def state(self, imported: Import) -> SafeString:
        return shown.state_badge(imported)

    @display(description="rows")
    def rows_found(self, imported: Import) -> str | SafeString:
        return shown.counts_in_words(shown.counts(imported)) or quiet("—")

    @display(description="by")
    def by(self, imported: Import) -> SafeString:
        user = imported.requested_by
        if user:
            return person(user.get_full_name() or user.get_username())
        return quiet(f"key {imported.api_key.name}" if imported.api_key else "—")

    @display(description="sent", ordering="created_at")
    def sent(self, imported: Any) -> SafeString:
        return moment(imported.created_at, imported.seen_at)


def label(section: str) -> str:
    return str(Import.Section(section).label).lower()


def starts(request: HttpRequest) -> list[dict[str, Any]]:
    """What a file can hold, for whoever looks."""
    return [
        {
            "title": str(Import.Section(section).label),
            "url": reverse("admin:routing_import_upload", args=[section]),
            "draft": ACCESS[section].draft,
        }
        for section in sections_of(request.user)
    ]


def table_file(kind: str, name: str, sheet: Sheet) -> HttpResponseBase:
    if kind == "xlsx":
        return xlsx_response(name, xlsx_file([sheet]))
    return csv_response(name, csv_rows(sheet.header, sheet.rows))
