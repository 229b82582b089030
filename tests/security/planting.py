"""One row of everything, with a payload in every text that a stranger or a colleague can write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import cycle
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.db.models import CharField, Field, JSONField, Model, TextField
from django.test import Client

from routing.models import Import, ImportRow, Lead, PoolMember, RulebookVersion
from routing.services import lead_actions as acts
from routing.services.privacy import audit_log
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.receive_signal import receive_signal
from routing.services.route_pending import route_pending
from tests.admin.conftest import fill
from tests.factories import make_rep
from tests.security import public_doors
from tests.security.payloads import CANARY, PAYLOADS, SCRIPTS, SHORT

BY_PROGRAMS_ONLY = {
    "*": {"key", "digest", "prefix", "fingerprint", "body_hash", "name_key", "block", "message_id", "visitor"},
    "reps.Rep": {"timezone", "holidays", "webhook", "calendar_url", "booking_url", "email"},
    "reps.Team": {"timezone"},
    "reps.Channel": {"address"},
    "routing.RoutingSettings": {"timezone"},
    "routing.Account": {"country", "region", "phone"},
    "routing.Lead": {"country", "region", "language", "domain", "website", "phone", "email", "idempotency_key"},
    "routing.Signal": {"domain", "email", "source_url"},
    "routing.Rule": {"table_field", "account_role"},
    "routing.Assignment": {"strategy"},
    "routing.Heartbeat": {"name"},
    "routing.Webhook": {"url", "secret", "former_secret"},
    "routing.WebhookDelivery": {"body"},
    "routing.OutboxMessage": {"held_by"},
    "routing.Form": {"slug", "redirect_url", "captcha_secret"},
    "routing.FormField": {"name"},
    "routing.InboundAddress": {"signature_secret", "signature_header"},
    "routing.AuditEntry": {"subject", "subject_id"},
    "routing.Incident": {"subject"},
    "routing.MailboxMessage": {"html"},
    "routing.Import": {"idempotency_key"},
}
"""Columns whose form is checked wherever they are written, or that only programs write."""
LISTS: Mapping[str, Mapping[str, Any]] = {
    "routing.Lead": {"utm": {SHORT: SCRIPTS[1]}, "attributes": {SCRIPTS[0]: SCRIPTS[1], "list": list(SCRIPTS)}},
    "routing.Topic": {"keywords": list(SCRIPTS)},
    "routing.Territory": {"cities": [SCRIPTS[1]], "industries": [SCRIPTS[0]], "sources": [SCRIPTS[5]]},
    "routing.Form": {"redirect_hosts": [SHORT], "origins": [SHORT], "theme": {"accent": "red}</style>" + SCRIPTS[0]}},
    "routing.FormField": {"choices": [SCRIPTS[0], [SCRIPTS[1], SCRIPTS[2]]]},
    "routing.Submission": {"errors": {SCRIPTS[0]: [SCRIPTS[1]]}},
    "routing.Import": {"columns": list(SCRIPTS[:4])},
    "routing.ImportRow": {"values": dict(zip("abcd", SCRIPTS, strict=False)), "errors": {"a": [SCRIPTS[0]]}},
    "routing.ColumnMapping": {"mapping": {SCRIPTS[0]: "email"}},
    "routing.MailboxMessage": {"headers": {"X": SCRIPTS[0]}},
}
ADDRESS = f"=1+{CANARY}'{{{{{{{{7*7}}}}}}}}`@{CANARY}{{}}.example"
HOSTILE_LEAD: Mapping[str, Any] = {
    "website": f"https://globex.com/'\"><img src=x onerror=alert('{CANARY}')>",
    "country": "US",
    "utm": {SHORT: SCRIPTS[1], "source": SCRIPTS[0]},
    "attributes": {SCRIPTS[0]: SCRIPTS[1], "tags": list(SCRIPTS)},
}


def plant(now: datetime) -> dict[str, Model]:
    """Fill the database. The leads come in by the front door once the names of everything are hostile."""
    rows = fill(now)
    for _ in range(2):  # who is at work: whoever the rows belong to is on leave
        PoolMember.objects.create(pool_id=rows["pool"].pk, rep=make_rep(), weight=1)
    _send_by_other_doors(now)
    _overwrite_everything()
    publish(note=SCRIPTS[1], user=None, now=now)
    for lead in _received(now):
        route_pending(now=now, lead_ids=[lead.pk])
    lead = Lead.objects.filter(owner__isnull=False, assignments__pool=rows["pool"].pk).latest("pk")
    assert lead.owner is not None
    acts.decline(
        lead=lead, rep=lead.owner, reason="not_my_field", note=SCRIPTS[0], now=now, actor=SCRIPTS[1], attempt=None
    )
    receive_signal(facts={"email": lead.email, "kind": SHORT, "title": SCRIPTS[0], "text": SCRIPTS[1]}, now=now)
    _overwrite_everything(but={RulebookVersion})
    return rows


def _send_by_other_doors(now: datetime) -> None:
    """One submission that became a lead and one that did not, by each door, and a file that is on its way."""
    inbound = public_doors.open_doors()
    visitor = Client(headers={"User-Agent": SCRIPTS[0], "Referer": f"https://evil.example/{quote(SCRIPTS[1])}"})
    for number, email in enumerate(("mia@globex.com", SCRIPTS[0])):
        fields = {"email": email, "lr_key": f"00000000-0000-4000-8000-00000000000{number}", "lr_page": SCRIPTS[4]}
        visitor.post(public_doors.FORM_PATH, {**fields, "first_name": SCRIPTS[1], "message": SCRIPTS[0]})
        visitor.post(inbound, {"contact": {"email": email, "name": SCRIPTS[1]}}, content_type="application/json")
    stored = Import.objects.create(
        section="leads",
        format="csv",
        file_name=SCRIPTS[1],
        status=Import.Status.READY,
        created_at=now,
        columns=list(SCRIPTS[:4]),
    )
    ImportRow.objects.create(
        imported=stored,
        number=1,
        state=ImportRow.State.REJECTED,
        values={SCRIPTS[0]: SCRIPTS[1]},
        errors={"email": [SCRIPTS[0]]},
    )
    audit_log.note(action=SHORT, actor=SCRIPTS[0], detail={"file": SCRIPTS[1]}, now=now)


def _received(now: datetime) -> Iterator[Lead]:
    texts = cycle(PAYLOADS)
    for number in range(4):
        names = ("first_name", "last_name", "company", "job_title", "industry", "city", "message", "product_interest")
        facts = {name: next(texts)[:100] for name in (*names, "source", "form", "campaign", "external_id")}
        yield receive_lead(facts={**HOSTILE_LEAD, **facts, "email": ADDRESS.format(number)}, now=now).lead


def _overwrite_everything(but: set[type[Model]] | None = None) -> None:
    models = {model for app in ("reps", "routing") for model in apps.get_app_config(app).get_models()}
    for model in sorted(models - (but or set()), key=lambda model: model._meta.label):
        if model.__name__ not in ("HistoricalRecords", "PeopleSnapshot", "DecisionSnapshot"):
            _overwrite(model)
    Group.objects.get_or_create(name=SHORT)
    User.objects.update_or_create(
        username=f"{CANARY}@x", defaults={"first_name": SCRIPTS[0][:100], "last_name": SCRIPTS[1], "is_staff": True}
    )


def _overwrite(model: type[Model]) -> None:
    label = model._meta.label.replace("Historical", "")
    kept = BY_PROGRAMS_ONLY["*"] | BY_PROGRAMS_ONLY.get(label, set())
    columns = [field for field in model._meta.concrete_fields if _is_free_text(field) and field.name not in kept]
    lists = {name: value for name, value in LISTS.get(label, {}).items() if _has(model, name)}
    texts = cycle(SCRIPTS)
    for row in model._default_manager.all():
        values = {field.name: _fitting(field, texts, row) for field in columns if getattr(row, field.name) is not None}
        _write(row, values | lists)


def _write(row: Model, values: Mapping[str, Any]) -> None:
    """All at once; else each by itself, where a constraint of the table allows it."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    try:
        with transaction.atomic():
            rows.update(**values) if values else None
    except IntegrityError:
        if len(values) > 1:
            for name, value in values.items():
                _write(row, {name: value})


def _has(model: type[Model], name: str) -> bool:
    return any(isinstance(field, JSONField) and field.name == name for field in model._meta.concrete_fields)


def _is_free_text(field: Field[Any, Any]) -> bool:
    return isinstance(field, CharField | TextField) and not field.choices and field.name != "slug"


def _fitting(field: Field[Any, Any], texts: Iterator[str], row: Model) -> str:
    """The next payload that fits, with the row's key where no two may be alike."""
    end = f" {row.pk}" if field.unique or field.name == "name" else ""
    room = (field.max_length or 10_000) - len(end)
    fitting = next((text for text in (next(texts) for _ in SCRIPTS) if len(text) <= room), SHORT)
    return (fitting + end)[: field.max_length]
