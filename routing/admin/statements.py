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
from routing.engine.types import ONE_LEAD
from routing.models import Lead, Pool, PostingKind
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
    pool = _pool(request.GET.get("pool", ""))
    found = statement(rep=rep, since=now - timedelta(days=days), until=now, pool=pool)
    if (kind := request.GET.get("file")) in FORMATS:
        return file_response(request, "statement", kind, found, back=request.path, name=f"statement-{rep.pk}")
    context = {
        **page.admin_site.each_context(request),
        "title": f"Statement of {rep.name}",
        "model_admin": page,
        "rep": rep,
        "pool": pool,
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


def _pool(key: str) -> Pool | None:
    """The only one whose ledger is asked for."""
    return Pool.objects.filter(pk=key).first() if KEY.fullmatch(key) else None


def _ledger(ledger: LedgerStatement, keys: dict[str, int], now: Any) -> dict[str, Any]:
    counted = "" if ledger.key == EVERY_LEAD else f", {ledger.key}"
    control = ", control group" if ledger.control else ""
    return {
        "title": f"{ledger.name}{counted}{control}",
        "opening": _balance(ledger.opening),
        "earned": _exact(f"{ledger.earned / ONE_LEAD:+,.3f}", ledger.earned),
        "paid": _exact(f"{-ledger.paid / ONE_LEAD:+,.3f}", -ledger.paid),
        "closing": _balance(ledger.closing),
        "got": sum(1 if line.kind != PostingKind.REVERSAL else -1 for line in ledger.lines if line.got),
        "lines": [_line(line, keys, now) for line in reversed(ledger.lines[-MOST_LINES:])],
        "left_out": max(0, len(ledger.lines) - MOST_LINES),
    }


def _line(line: StatementLine, keys: dict[str, int], now: Any) -> dict[str, Any]:
    return {
        "at": moment(line.at, now),
        "lead": _lead(line, keys),
        "why": reason_of(line),
        "earned": _amount(line.earned),
        "paid": _amount(line.paid),
        "balance": _balance(line.balance),
        "got": line.got,
    }


def reason_of(line: StatementLine) -> str:
    """Why a line is there, as a sentence."""
    why = f": {line.reason}" if line.reason else ""
    if line.kind == PostingKind.REVERSAL:
        said = f"{'Their turn' if line.got else f'The turn of {line.winner}'} was given back{why}"
    elif line.kind == PostingKind.MANUAL:
        said = f"{'Given to them' if line.got else f'Their share; given to {line.winner}'} by hand{why}"
    else:
        said = "They got it" if line.got else f"Their share; {line.winner} got it"
    saved = " (saved up on leave)" if line.saved else ""
    return f"{said}{saved}{' (some savings were paid out)' if line.paid_out else ''}"


def _amount(billionths: int) -> SafeString | str:
    return _exact(f"{billionths / ONE_LEAD:,.3f}", billionths) if billionths else ""


def _balance(billionths: int) -> SafeString:
    return _exact(f"{billionths / ONE_LEAD:+,.3f}" if billionths else "0.000", billionths)


def _exact(shown: str, billionths: int) -> SafeString:
    """To the thousandth; all of it on hover."""
    exact = f"{billionths / ONE_LEAD:,.9f} leads".replace("-", "−")
    return format_html('<span class="lr-balance" title="{}">{}</span>', exact, shown.replace("-", "−"))


def _lead(line: StatementLine, keys: dict[str, int]) -> SafeString | str:
    key = keys.get(line.lead or "")
    if key is None:
        return line.label or "A lead that is gone"
    return format_html(
        '<a class="lr-link" href="{}">{}</a>', reverse("admin:routing_lead_change", args=[key]), line.label
    )
