"""Long work: replays, repairs and checks of the rulebook are started here, watched, cancelled, and read afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
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
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from reps.admin_base import RecordAdmin, validate_day
from reps.admin_choices import KEY
from reps.admin_display import badge, moment, person, quiet, span
from routing.admin.base import received_at, user_of
from routing.admin.exports import xlsx_response
from routing.admin.lab.past import evaluation
from routing.admin.replay_report import replay_report
from routing.admin.reports import lint_report, month_report, repair_report
from routing.models import Pool, RulebookVersion, Work
from routing.services import work as services
from routing.services.access import PUBLISH, SEE_ALL_LEADS
from routing.services.monthly_report import month_before, write_workbook
from routing.services.privacy import audit_log
from routing.services.which_version import DRAFT, PUBLISHED
from routing.services.work_progress import CannotRun

TONES: Mapping[str, str] = {
    Work.Status.QUEUED: "blue",
    Work.Status.RUNNING: "blue",
    Work.Status.DONE: "green",
    Work.Status.FAILED: "red",
    Work.Status.CANCELLED: "neutral",
}
REPORTS: Mapping[str, Any] = {
    Work.Kind.MONTH: month_report,
    Work.Kind.REPLAY: replay_report,
    Work.Kind.REPAIR: repair_report,
    Work.Kind.LINT: lint_report,
    Work.Kind.LEARN: dict,
    Work.Kind.EVALUATE: evaluation,
}


def version_choices() -> list[tuple[str, str]]:
    """The draft, what is published, and the latest versions."""
    numbers = RulebookVersion.objects.order_by("-number").values_list("number", flat=True)[:50]
    return [(DRAFT, "The draft"), (PUBLISHED, "What is published"), *((str(n), f"Version {n}") for n in numbers)]


class ReplayForm(forms.Form):
    days = forms.IntegerField(
        initial=30,
        min_value=1,
        max_value=366,
        widget=UnfoldAdminIntegerFieldWidget(),
        label="The last days",
        help_text="Leads that came in so many days before now, from 1 to 366.",
    )
    version = forms.ChoiceField(widget=UnfoldAdminSelectWidget(), help_text="It is compared with what is published.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [choice for choice in version_choices() if choice[0] != PUBLISHED]  # type: ignore[attr-defined]

    def params(self) -> dict[str, Any]:
        version = self.cleaned_data["version"]
        return {"days": self.cleaned_data["days"], "version": int(version) if version.isdigit() else version}


class RepairForm(forms.Form):
    wrong = forms.TypedChoiceField(
        coerce=int,
        label="Leads decided by",
        widget=UnfoldAdminSelectWidget(),
        help_text="The faulty version. Only leads that nobody has answered yet are looked at.",
    )
    right = forms.TypedChoiceField(
        coerce=int,
        label="are decided again by",
        widget=UnfoldAdminSelectWidget(),
        help_text="The version that puts it right; it need not be the published one.",
    )
    since = forms.SplitDateTimeField(
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget(),
        validators=[validate_day],
        help_text="Empty: since that version was published.",
    )
    until = forms.SplitDateTimeField(
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget(),
        validators=[validate_day],
        help_text="Empty: until now.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = list(RulebookVersion.objects.order_by("-number").values_list("number", flat=True)[:50])
        for name in ("wrong", "right"):
            self.fields[name].choices = [(number, f"Version {number}") for number in numbers]  # type: ignore[attr-defined]
        if len(numbers) > 1 and not self.is_bound:
            self.initial = {"wrong": numbers[1], "right": numbers[0]}

    def params(self) -> dict[str, Any]:
        given = {name: self.cleaned_data[name] for name in ("since", "until") if self.cleaned_data[name]}
        instants = {name: instant.isoformat() for name, instant in given.items()}
        return {"from": self.cleaned_data["wrong"], "to": self.cleaned_data["right"], "apply": False} | instants


class CheckForm(forms.Form):
    """There is nothing to ask: it is the draft that is checked."""

    def params(self) -> dict[str, Any]:
        return {}


class EvaluateForm(forms.Form):
    pool = forms.TypedChoiceField(
        coerce=int,
        widget=UnfoldAdminSelectWidget(),
        help_text="The leads of its members that have an outcome, of the last three years.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pool"].choices = list(Pool.objects.current().order_by("name").values_list("pk", "name"))  # type: ignore[attr-defined]

    def params(self) -> dict[str, Any]:
        return {"pool": self.cleaned_data["pool"]}


class MonthForm(forms.Form):
    month = forms.CharField(
        max_length=7, widget=UnfoldAdminTextInputWidget(), help_text="Year and month, such as 2026-10."
    )

    def params(self) -> dict[str, Any]:
        return {"month": self.cleaned_data["month"].strip()}


class ApplyForm(forms.Form):
    sure = forms.BooleanField(
        label="Move these leads now",
        widget=UnfoldBooleanWidget(),
        help_text="Their new owners are alerted at once; what was answered meanwhile stays where it is.",
    )


STARTS: Mapping[str, tuple[type[Any], str, str]] = {
    Work.Kind.REPLAY: (
        ReplayForm,
        "Replay past leads",
        "The leads of the last days go through the chosen rulebook and through the published one, from the same "
        "turns, with today's people. Nothing is changed: you see which leads would change hands.",
    ),
    Work.Kind.REPAIR: (
        RepairForm,
        "Repair decisions",
        "Leads that one version decided are decided again by another, as far as nobody has answered them. First you "
        "see what would change; nothing moves before you say so.",
    ),
    Work.Kind.MONTH: (
        MonthForm,
        "Monthly report",
        "One Excel workbook: speed, reps, pools, sources, rules, territories, SLA, every day, and the lines of all "
        "statements.",
    ),
    Work.Kind.LINT: (
        CheckForm,
        "Check the draft",
        "Looks for errors, dead rules, gaps and overlaps, empty pools, hours with nobody on, and tries all examples.",
    ),
    Work.Kind.LEARN: (
        CheckForm,
        "Learn the score",
        "Learns from outcomes how leads of each kind end, and judges it on later leads. Nothing is routed by it unless "
        "the published settings say that the score is learned.",
    ),
    Work.Kind.EVALUATE: (
        EvaluateForm,
        "Evaluate past deals",
        "Tries each way of sharing by results on a pool's past deals, and says what it would have been worth against "
        "going by turn. Nothing is changed.",
    ),
}
NEEDS: Mapping[str, str] = {Work.Kind.MONTH: SEE_ALL_LEADS, Work.Kind.EVALUATE: SEE_ALL_LEADS}
"""What else than publishing one must be allowed to, to ask for a run of a kind."""
FIELDS_OF_ERRORS = {"from": "wrong", "to": "right"}


@admin.register(Work)
class WorkAdmin(RecordAdmin):
    list_display = ["what", "state", "progress", "by", "started", "took"]
    list_display_links = ["what"]
    list_select_related = ["requested_by"]
    list_filter = [("kind", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter)]
    search_fields = ["requested_by__username"]
    change_form_template = "admin/routing/work.html"
    list_before_template = "admin/routing/work_start.html"
    empty_hint = "Replays, repairs, checks of the rulebook, learning and evaluations are kept here with their reports."
    publishing_note = "You can leave a page while its work goes on, and come back."

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("report")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("start/<slug:kind>/", view(self.start_view), name="routing_work_start"),
            path("<int:key>/cancel/", view(require_POST(self.cancel_view)), name="routing_work_cancel"),
            path("<int:key>/month.xlsx", view(require_GET(self.month_view)), name="routing_work_month"),
            path("<int:key>/apply/", view(self.apply_view), name="routing_work_apply"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        kinds = [(title, kind) for kind, (_, title, _) in STARTS.items() if may_ask(request, kind)]
        return super().changelist_view(request, {"starts": kinds} | (extra_context or {}))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = self.get_object(request, object_id) if object_id else None
        context = self.page_context(request, row) if row else {}
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def page_context(self, request: HttpRequest, row: Work) -> dict[str, Any]:
        now = received_at(request)
        may = may_ask(request, row.kind)
        report = REPORTS[row.kind](row.report) if row.report and row.kind in REPORTS else None
        return {
            "title": str(row.get_kind_display()),
            "work": row,
            "state_badge": badge(row.get_status_display(), TONES[row.status]),
            "asked": asked_in_words(row),
            "import_key": row.params.get("import") if row.kind in OF_FILES else None,
            "created": moment(row.created_at, now),
            "finished": moment(row.finished_at, now) if row.finished_at else "",
            "percent": round(100 * row.done / row.total) if row.total else 0,
            "report_shown": report,
            "report_template": f"admin/routing/report_{row.kind}.html",
            "may_cancel": may and row.finished_at is None and not row.cancel_asked,
            "may_apply": may and can_be_applied(row, report),
        }

    def start_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Ask for a run, and go to its page."""
        if kind not in STARTS:
            raise Http404("There is no work of this kind.")
        if not may_ask(request, kind):
            raise PermissionDenied
        form_class, title, hint = STARTS[kind]
        initial = {"month": month_before(received_at(request))} if kind == Work.Kind.MONTH else None
        form = form_class(request.POST if form_class is CheckForm else request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid() and (response := self.start(request, kind, form)):
            return response
        context = {**self.admin_site.each_context(request), "title": title, "form": form, "hint": hint, "button": title}
        return TemplateResponse(request, "admin/routing/ask.html", context)

    def start(self, request: HttpRequest, kind: str, form: Any) -> HttpResponse | None:
        try:
            row = services.start(kind=kind, params=form.params(), user=user_of(request), now=received_at(request))
        except CannotRun as refused:
            for name, texts in refused.errors.items():
                field = FIELDS_OF_ERRORS.get(name, name)
                form.add_error(field if field in form.fields else None, list(texts))
            return None
        return HttpResponseRedirect(reverse("admin:routing_work_change", args=[row.pk]))

    def cancel_view(self, request: HttpRequest, key: int) -> HttpResponse:
        row = self.row(request, key)
        if not may_ask(request, row.kind):
            raise PermissionDenied
        try:
            services.cancel(work=row)
        except services.AlreadyFinished as refused:
            messages.info(request, str(refused))
        else:
            messages.success(request, "It stops within a second.")
        return HttpResponseRedirect(reverse("admin:routing_work_change", args=[row.pk]))

    def month_view(self, request: HttpRequest, key: int) -> HttpResponseBase:
        """The workbook of a monthly report."""
        row = self.row(request, key)
        if not may_ask(request, Work.Kind.MONTH):
            raise PermissionDenied
        if row.kind != Work.Kind.MONTH or row.report is None:
            raise Http404("There is no such report.")
        audit_log.note(
            action="month.exported", user=user_of(request), subject=row, detail={"month": row.report["month"]},
            now=received_at(request),
        )  # fmt: skip
        return xlsx_response(f"leads-{row.report['month']}", write_workbook(row.report))

    def apply_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """From the preview of a repair to the repair itself: the very same question, in earnest."""
        self.require_publish(request)
        row = self.row(request, key)
        if row.kind != Work.Kind.REPAIR or row.report is None:
            raise Http404("There is nothing to apply.")
        form = ApplyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            asked = {name: row.report[name] for name in ("from", "to", "since", "until")}
            form.params = lambda: asked | {"apply": True}  # type: ignore[attr-defined]
            if response := self.start(request, row.kind, form):
                return response
        count = row.report["moves"]["count"]
        context = {
            **self.admin_site.each_context(request),
            "title": "Apply the repair",
            "form": form,
            "hint": f"{count} {'lead' if count == 1 else 'leads'} would move by the preview. They are decided again "
            "now: who has answered meanwhile keeps theirs. Turns are corrected, and everybody concerned gets one mail.",
            "button": "Apply the repair",
            "back": reverse("admin:routing_work_change", args=[row.pk]),
        }
        return TemplateResponse(request, "admin/routing/ask.html", context)

    def row(self, request: HttpRequest, key: int) -> Work:
        row: Work | None = self.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
        if row is None:
            raise Http404("There is no such work.")
        return row

    def require_publish(self, request: HttpRequest) -> None:
        if not request.user.has_perm(PUBLISH):
            raise PermissionDenied

    @display(description="work")
    def what(self, work: Work) -> str:
        return str(work.get_kind_display())

    @display(description="status", ordering="status")
    def state(self, work: Work) -> SafeString:
        return badge(work.get_status_display(), TONES[work.status])

    @display(description="done")
    def progress(self, work: Work) -> SafeString:
        return quiet(f"{work.done:,} of {work.total:,}") if work.total else quiet("—")

    @display(description="asked for by")
    def by(self, work: Work) -> SafeString:
        user = work.requested_by
        return person(user.get_full_name() or user.get_username()) if user else quiet("the system")

    @display(description="asked for", ordering="created_at")
    def started(self, work: Any) -> SafeString:
        return moment(work.created_at, work.seen_at)

    @display(description="took")
    def took(self, work: Work) -> SafeString | str:
        if not (work.started_at and work.finished_at):
            return quiet("—")
        return span((work.finished_at - work.started_at).total_seconds())


OF_FILES = (Work.Kind.CHECK_FILE, Work.Kind.IMPORT, Work.Kind.UNDO)


def can_be_applied(work: Work, report: Mapping[str, Any] | None) -> bool:
    """Whether it is the preview of a repair that would move something."""
    preview = work.kind == Work.Kind.REPAIR and not work.params.get("apply")
    return preview and bool(report and report["count"])


def may_ask(request: HttpRequest, kind: str) -> bool:
    """Whether somebody may have this kind of work done, and stop it."""
    return request.user.has_perm(NEEDS.get(kind, PUBLISH))


def asked_in_words(work: Work) -> str:
    """What was asked for, as a sentence."""
    params = work.params
    if work.kind in OF_FILES:
        return "Its page, under Import, shows what became of the file."
    if work.kind == Work.Kind.MONTH:
        return f"The figures of {params.get('month', 'a month')}."
    if work.kind == Work.Kind.REPLAY:
        of = f"from {params['from']} to {params.get('to', 'now')}" if "from" in params else ""
        days = f"of the last {params.get('days', 30)} days"
        version = params.get("version", DRAFT)
        named = "the draft" if version == DRAFT else f"version {version}"
        return f"The leads {of or days} through {named}, beside what is published."
    if work.kind == Work.Kind.REPAIR:
        to = f"version {params['to']}" if params.get("to") else "the published version"
        earnest = "Applied." if params.get("apply") else "A preview: nothing was moved."
        return f"What version {params.get('from')} decided, decided again by {to}. {earnest}"
    if work.kind == Work.Kind.LEARN:
        return "All outcomes that were known then."
    if work.kind == Work.Kind.EVALUATE:
        return "The past deals of a pool."
    return "The draft as it was then."
