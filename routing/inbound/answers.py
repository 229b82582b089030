"""What senders are answered: problem details (RFC 9457) where something is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse

from routing.services.inbound.receive import Taken

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


def taken(results: Sequence[Taken], *, several: bool) -> HttpResponse:
    """202 with the lead; 422 if nothing sent could be one. Of several, each has its result in `results`."""
    if not several:
        (result,) = results
        if result.lead is None:
            return problem(422, _said(result.errors), **_refused(result))
        headers = {"Idempotent-Replayed": "true"} if result.again else {}
        return JsonResponse(_accepted(result), status=202, headers=headers)
    shown = [_accepted(result) if result.lead else _refused(result) for result in results]
    if any(result.lead for result in results):
        return JsonResponse({"results": shown}, status=202)
    return problem(422, "None of them can be a lead.", results=shown)


def _accepted(result: Taken) -> dict[str, Any]:
    assert result.lead is not None
    answer: dict[str, Any] = {"id": str(result.lead.uuid), "status": result.lead.status}
    return answer | ({"left_out": _most(result.left_out)} if result.left_out else {})


def _refused(result: Taken) -> dict[str, Any]:
    return {"errors": _most(result.errors), "submission": str(result.submission.uuid)}


def _most(errors: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return dict(list(errors.items())[:MOST_ERRORS])


def _said(errors: Mapping[str, list[str]]) -> str:
    first = "; ".join(f"{name}: {texts[0]}" for name, texts in list(errors.items())[:3])
    return f"{first} It is kept, and somebody can look at it."
