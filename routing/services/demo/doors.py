"""The demo company's doors: a form, an address for another program, and what came in there last."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from routing.models import Form, InboundAddress, Lead, Submission
from routing.services.inbound.presets import inbound_presets
from routing.services.submissions.store import fingerprint

FORM_SLUG = "talk-to-sales"
FORMS: list[dict[str, Any]] = [
    {
        "name": "Talk to sales",
        "slug": FORM_SLUG,
        "language": "en",  # of its own words below: a form speaks one language
        "kind": "demo",
        "title": "See Harborline at work",
        "introduction": "Tell us a little about yourself. Somebody who knows your trade calls you back.",
        "button": "Request a demo",
        "thanks": "Thank you, {first_name}. {rep} will call you within minutes.",
        "name_rep": True,
        "consent_text": "Harborline may write to me about its products.",
        "origins": ["https://www.harborline.example"],
        "fields": [
            {"field": "email", "label": "Work e-mail", "required": True},
            {"field": "first_name"},
            {"field": "last_name", "required": True},
            {"field": "company", "required": True},
            {"field": "employees"},
            {"field": "country", "shown_as": "select"},
            {"field": "message", "label": "What would you like to see?"},
        ],
    }
]
PRESET = "typeform"
LAST = 6
"""So many of the last leads came in by the form, as far as anybody can see."""


def inbound() -> list[dict[str, Any]]:
    preset = inbound_presets()[PRESET]
    about = {"name": "Landing pages (Typeform)", "source": preset.source, "kind": preset.kind}
    return [about | {"mapping": dict(preset.mapping)}]


def make_submissions(*, now: datetime) -> None:
    """What the last leads were sent as, and three that could not become one."""
    form, address = Form.objects.get(slug=FORM_SLUG), InboundAddress.objects.get()
    leads = Lead.objects.filter(demo=True).exclude(email="").order_by("-submitted_at", "-pk")[:LAST]
    Submission.objects.bulk_create([*(_of(lead, form) for lead in leads), *_invalid(form, address, now)])


def _of(lead: Lead, form: Form) -> Submission:
    names = ("email", "first_name", "last_name", "company", "country", "message")
    raw = json.dumps([[name, getattr(lead, name)] for name in names])
    return _submission(raw, lead.submitted_at, form=form, lead=lead, status=Submission.Status.ACCEPTED)


def _invalid(form: Form, address: InboundAddress, now: datetime) -> Iterator[Submission]:
    mistyped = [["email", "olsen@@tidewater"], ["last_name", "Olsen"], ["company", "Tidewater Freight"]]
    yield _submission(
        json.dumps(mistyped),
        now - timedelta(minutes=50),
        form=form,
        errors={"email": ["This is no e-mail address."]},
    )
    body = json.loads(json.dumps(inbound_presets()[PRESET].body))
    body["form_response"]["answers"] = [each for each in body["form_response"]["answers"] if each["type"] == "text"]
    yield _submission(
        json.dumps(body),
        now - timedelta(hours=3),
        inbound=address,
        errors={"email": ["Send an e-mail address or a phone number."]},
    )
    cut = json.dumps(inbound_presets()[PRESET].body)[:400]
    yield _submission(
        cut,
        now - timedelta(hours=26),
        inbound=address,
        errors={"body": ["The body is not JSON: Unterminated string, line 1 column 393."]},
    )


def _submission(raw: str, at: datetime, **fields: Any) -> Submission:
    defaults: dict[str, Any] = {"status": Submission.Status.INVALID, "content_type": "application/json"}
    return Submission(
        key=uuid.uuid5(uuid.NAMESPACE_OID, raw).hex,
        fingerprint=fingerprint(raw),
        raw=raw,
        received_at=at,
        demo=True,
        **defaults | fields,
    )
