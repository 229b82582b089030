"""The test box of an inbound address: a body → each field with its path, transforms and errors → the lead it makes."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from reps.admin_display import ago
from reps.admin_fields import LinesWidget
from routing.admin.base import received_at
from routing.intake.bodies import Body, kept_body, pasted_body
from routing.intake.mapping import End, Kind, Look, shown
from routing.models import InboundAddress, Submission
from routing.rulebook.words import value_in_words
from routing.services.inbound.presets import inbound_presets
from routing.services.inbound.receive import parts_of
from routing.services.inbound.trying import Tried, would_make

LAST = 20
LONGEST_BODY = 200_000
PRESET = "preset:"
MOST_ENDS = 300
ENDS = {
    Kind.LEFT_OUT: ("Left out", "amber"),
    Kind.FIELD: ("In fields", "green"),
    Kind.ATTRIBUTE: ("In attributes", "blue"),
    Kind.UNWANTED: ("Unwanted", "neutral"),
}
"""Where a value can end, in the order in which people should look, and how it is shown."""


class TestForm(forms.Form):
    __test__ = False
    body = forms.ChoiceField(
        label="One of the last bodies, or one of a program",
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text="What came here lately, or what such a program sends. The page shows where each value ends.",
    )
    pasted = forms.CharField(
        label="or one pasted here",
        required=False,
        max_length=LONGEST_BODY,
        strip=False,
        widget=LinesWidget({"rows": 10, "spellcheck": "false"}),
        help_text="JSON, or the fields of a form: email=mia%40globex.com&name=Mia.",
    )

    def __init__(self, *args: Any, choices: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = choices  # type: ignore[attr-defined]


def test_context(request: HttpRequest, address: InboundAddress) -> dict[str, Any]:
    """Of the page. The newest body is looked at where none is chosen."""
    last = list(Submission.objects.filter(inbound=address).defer("raw", "errors")[:LAST])
    form = TestForm(request.POST or None, choices=_choices(request, last))
    body = None
    if request.method == "POST" and form.is_valid():
        body = _chosen(form.cleaned_data, last)
    elif request.method != "POST" and last:
        body = kept_body(last[0].raw, last[0].content_type)
    context: dict[str, Any] = {"form": form, "inbound": address, "result": None}
    return context | ({"result": _result(address, body)} if body else {})


test_context.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


def _choices(request: HttpRequest, last: list[Submission]) -> list[Any]:
    now = received_at(request)
    came = [(str(row.uuid), f"{ago(row.received_at, now)}: {row.get_status_display().lower()}") for row in last]
    programs = [(f"{PRESET}{slug}", preset.name) for slug, preset in inbound_presets().items()]
    return [("", "The newest" if last else "None yet"), ("What came in", came), ("As a program sends it", programs)]


def _chosen(data: dict[str, Any], last: list[Submission]) -> Body | None:
    if data["pasted"].strip():
        return pasted_body(data["pasted"])
    chosen: str = data["body"]
    if chosen.startswith(PRESET):
        return pasted_body(json.dumps(inbound_presets()[chosen.removeprefix(PRESET)].body))
    row = next((row for row in last if str(row.uuid) == chosen), last[0] if last else None)
    return kept_body(row.raw, row.content_type) if row else None


def _result(address: InboundAddress, body: Body) -> dict[str, Any]:
    """Of a list, of its first item."""
    first = next(iter(parts_of(body)), body)
    tried = would_make(address, first)
    value = first.value if first.value is not None else first.raw
    return {
        "problem": body.problem,
        "rows": [_row(look) for look in tried.mapped.looks],
        "lead": {name: value_in_words(value) for name, value in tried.lead.items()},
        "known": tried.known,
        "errors": tried.errors,
        "left_out": tried.left_out,
        "ends": [_ends(kind, tried) for kind in ENDS],
        "raw": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2),
        "several": len(body.value) if isinstance(body.value, list) else 0,
    }


def _ends(kind: Kind, tried: Tried) -> dict[str, Any]:
    """Those that ended so. What a value is called is shown with it."""
    ends = [end for end in tried.ends if end.kind == kind and not end.label]
    label, tone = ENDS[kind]
    rows = [_end(end) for end in ends[:MOST_ENDS]]
    return {"label": label, "tone": tone, "count": len(ends), "rows": rows, "more": len(ends) - len(rows)}


def _end(end: End) -> dict[str, str]:
    """An attribute by its own name; what is unwanted by where it stands."""
    names = ", ".join(name.removeprefix("attributes.") for name in end.names)
    return {
        "name": names or end.source.path,
        "value": shown(end.source.value),
        "path": end.source.path,
        "reason": end.reason,
    }


def _row(look: Look) -> dict[str, Any]:
    return {
        "field": look.field,
        "path": look.path,
        "found": "" if look.found is None else shown(look.found),
        "steps": [(name, "nothing" if value is None else shown(value)) for name, value in look.steps],
        "value": "" if look.value is None else value_in_words(look.value),
        "error": look.error,
    }
