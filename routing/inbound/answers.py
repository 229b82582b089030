"""What senders are answered: problem details (RFC 9457) where something is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse

from routing.models import Lead
from routing.services.inbound.receive import Taken
from routing.services.receive_lead import KeyReused

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50


class Refused(Exception):
    """The request is answered with a problem."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.headers = status, {name.replace("_", "-"): value for name, value in headers.items()}


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> HttpResponse:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail} | more
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


def taken(results: Sequence[Taken | None], *, several: bool) -> HttpResponse:
    """202 with the lead, or with what is kept until it is one; 422 if nothing sent could be one.

    Of several, each has its result in `results`. None stands for what has the key of another body.
    """
    again = all(result and result.again for result in results)
    headers = {"Idempotent-Replayed": "true"} if again else {}
    if not several:
        (result,) = results
        if result is None or not _is_taken(result):
            return _refused(result)
        return JsonResponse(_shown(result), status=202, headers=headers)
    shown = [_shown(result) for result in results]
    if any(result and _is_taken(result) for result in results):
        return JsonResponse({"results": shown}, status=202, headers=headers)
    return problem(422, "None of them can be a lead.", results=shown)


def _is_taken(result: Taken) -> bool:
    return result.lead is not None or result.pending


def _refused(result: Taken | None) -> HttpResponse:
    return problem(422, _said(result.errors), **_shown(result)) if result else problem(422, KeyReused.says)


def _shown(result: Taken | None) -> dict[str, Any]:
    """The answer of a lead is the same however often it is asked for, whatever has become of the lead since."""
    if result is None:
        return {"errors": {"Idempotency-Key": [KeyReused.says]}}
    if result.pending:
        return {"submission": str(result.submission.uuid), "status": Lead.Status.PENDING}
    if result.lead is None:
        return {"errors": _most(result.errors), "submission": str(result.submission.uuid)}
    answer: dict[str, Any] = {"id": str(result.lead.uuid), "status": Lead.Status.PENDING}
    return answer | ({"left_out": _most(result.left_out)} if result.left_out else {})


def _most(errors: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The first of them, and how many more the submission has."""
    more = len(errors) - MOST_ERRORS
    first = dict(list(errors.items())[:MOST_ERRORS])
    return first | ({"": [f"{more} more are kept with the submission."]} if more > 0 else {})


def _said(errors: Mapping[str, list[str]]) -> str:
    first = "; ".join(f"{name}: {texts[0]}" for name, texts in list(errors.items())[:3])
    return f"{first} It is kept, and somebody can look at it."
