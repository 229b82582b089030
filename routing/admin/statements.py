"""The statement of a rep: like a bank's, of every ledger they have a balance in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reps.admin_choices import KEY
from reps.admin_display import moment
from reps.models import Rep
from routing.admin.base import received_at
from routing.admin.exports import FORMATS, file_response
from routing.admin.shares import balance_text
from routing.engine.types import ONE_LEAD
from routing.models import Lead, PostingKind
from routing.services.statement import EVERY_LEAD, LedgerStatement, StatementLine, statement

PERIODS = (7, 30, 90)
MOST_LINES = 500


def statement_view(request: HttpRequest, key: int, *, page: Any) -> HttpResponseBase:
    """`page` is the admin of reps: who may look at a rep may look at their turns."""
    rep: Rep | None = page.get_object(request, str(key)) if KEY.fullmatch(str(key)) else None
    if not page.has_view_permission(request):
        raise PermissionDenied
    if rep is None:
        raise Http404("There is no such rep.")
    now, asked = received_at(request), request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[1]
    found = statement(rep=rep, since=now - timedelta(days=days), until=now)
    if (kind := request.GET.get("file")) in FORMATS:
        return file_response(request, "statement", kind, found, back=request.path, name=f"statement-{rep.pk}")
    context = {
        **page.admin_site.each_context(request),
        "title": f"Statement of {rep.name}",
        "rep": rep,
        "days": days,
        "periods": PERIODS,
        "formats": FORMATS,
        "ledgers": [_ledger(ledger, _keys(found.lines), now) for ledger in found.ledgers],
    }
    return TemplateResponse(request, "admin/routing/statement.html", context)


def _keys(lines: list[StatementLine]) -> dict[str, int]:
    """Id → key of the leads that are linked."""
    uuids = {line.lead for line in lines[-MOST_LINES:] if line.lead}
    return {str(uuid): pk for uuid, pk in Lead.objects.filter(uuid__in=uuids).values_list("uuid", "pk")}


def _ledger(ledger: LedgerStatement, keys: dict[str, int], now: Any) -> dict[str, Any]:
    counted = "" if ledger.key == EVERY_LEAD else f", {ledger.key}"
    control = ", control group" if ledger.control else ""
    return {
        "title": f"{ledger.name}{counted}{control}",
        "opening": balance_text(ledger.opening),
        "closing": balance_text(ledger.closing),
        "lines": [_line(line, keys, now) for line in reversed(ledger.lines[-MOST_LINES:])],
        "left_out": max(0, len(ledger.lines) - MOST_LINES),
    }


def _line(line: StatementLine, keys: dict[str, int], now: Any) -> dict[str, Any]:
    return {
        "at": moment(line.at, now),
        "lead": _lead(line, keys),
        "what": _what(line),
        "earned": _amount(line.earned),
        "paid": _amount(line.paid),
        "balance": balance_text(line.balance),
    }


def _what(line: StatementLine) -> str:
    kind = "Got it" if line.got and line.kind == PostingKind.TURN else ""
    kind = kind or ("" if line.kind == PostingKind.TURN else str(PostingKind(line.kind).label))
    remarks = [
        kind,
        line.reason,
        *(["saved up on leave"] if line.saved else []),
        *(["paid out"] if line.paid_out else []),
    ]
    return ", ".join(filter(None, remarks))


def _amount(billionths: int) -> str:
    return f"{billionths / ONE_LEAD:.3f}".replace("-", "−") if billionths else ""


def _lead(line: StatementLine, keys: dict[str, int]) -> SafeString | str:
    key = keys.get(line.lead or "")
    if key is None:
        return line.label or "A lead that is gone"
    return format_html(
        '<a class="lr-link" href="{}">{}</a>', reverse("admin:routing_lead_change", args=[key]), line.label
    )
