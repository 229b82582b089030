"""Files of what a list shows, with its search and filters: for whoever may see the list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any, ClassVar

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from routing.admin.base import received_at, user_of
from routing.admin.import_access import import_link
from routing.services.exports import EXPORTS, TooMany, csv_of, xlsx_of
from routing.services.privacy import audit_log

CSV = "text/csv; charset=utf-8"
JSON_LINES = "application/jsonl; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("csv", "xlsx")


class Exported:
    """A list that can be taken as a file. `exports` name what: one of the list, or more; `imports` its own section."""

    exports: ClassVar[tuple[str, ...]] = ()
    imports: ClassVar[str] = ""
    list_before_template: str | None = "admin/routing/list_files.html"
    admin_site: Any
    opts: Any

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(require_GET(self.export_view))
        urls: list[Any] = super().get_urls()  # type: ignore[misc]  # a page follows
        return [path("export/<slug:what>.<slug:kind>", view, name=name), *urls]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        files = {"files": self.file_links(request)} if request.method == "GET" else {}
        response: HttpResponse = super().changelist_view(request, files | (extra_context or {}))  # type: ignore[misc]
        return response

    def file_links(self, request: HttpRequest) -> dict[str, Any]:
        asked = request.GET.urlencode()
        query = f"?{asked}" if asked else ""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_export"
        return {
            "note": self.publishing_note_template,
            "exports": [
                {
                    "title": EXPORTS[what].title,
                    "formats": [(kind.upper(), f"{reverse(name, args=[what, kind])}{query}") for kind in FORMATS],
                }
                for what in self.exports_for(request)
            ],
            "import": self.import_link(request),
        }

    publishing_note_template: ClassVar[str] = "admin/publishing_note.html"

    def import_link(self, request: HttpRequest) -> str:
        """Where a file of this section is uploaded; nothing for somebody who may not."""
        return import_link(request, self.imports) if self.imports else ""

    def exports_for(self, request: HttpRequest) -> tuple[str, ...]:
        """Those that somebody may take."""
        return self.exports

    def export_view(self, request: HttpRequest, what: str, kind: str) -> HttpResponseBase:
        if not self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        if what not in self.exports_for(request) or kind not in FORMATS:
            raise Http404("There is no such file.")
        try:
            listed = self.get_changelist_instance(request).queryset  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            raise Http404("There is no such list.") from None
        return file_response(request, what, kind, listed, back=self.list_address())

    def list_address(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


def file_response(
    request: HttpRequest, what: str, kind: str, listed: Any, *, back: str, name: str = ""
) -> HttpResponseBase:
    """The file, noted in the audit log; back to the page with the reason if it cannot be made."""
    now = received_at(request)
    called = f"{name or what.replace('_', '-')}-{now:%Y-%m-%d}"
    try:
        if kind == "xlsx":
            made = xlsx_response(called, xlsx_of(what, listed))
        else:
            made = csv_response(called, csv_of(what, listed))
    except TooMany as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(f"{back}?{request.GET.urlencode()}")
    audit_log.note(
        action=f"{what}.exported", user=user_of(request), detail={"format": kind, "query": _asked(request)}, now=now
    )
    return made


def csv_response(name: str, pieces: Iterable[bytes]) -> HttpResponseBase:
    return _sent(f"{name}.csv", CSV, pieces)


def lines_response(name: str, pieces: Iterable[bytes]) -> HttpResponseBase:
    return _sent(f"{name}.jsonl", JSON_LINES, pieces)


def _sent(name: str, content_type: str, pieces: Iterable[bytes]) -> HttpResponseBase:
    """Sent while it is written."""
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def xlsx_response(name: str, file: IO[bytes]) -> HttpResponseBase:
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _asked(request: HttpRequest) -> list[str]:
    """Which filters were set; not to what, since people search for names and addresses."""
    return sorted(request.GET.keys())
