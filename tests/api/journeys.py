"""Every operation of the API once, in an order in which each succeeds: what the examples of the document come from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.test import Client

from reps.models import Rep
from routing.api.examples import CSV
from routing.api.serializers.new_lead import EXAMPLE as MIA
from routing.models import Lead, OutboxMessage, Pool, WebhookDelivery
from routing.services.importing.run import import_config
from routing.services.measure_performance import measure_performance
from routing.services.route_pending import route_pending
from tests.api.conftest import API
from tests.imports.doing import work_off

HOUSE = "https://leads.acme.example"
ANA, BOB = "ana@acme.example", "bob@acme.example"

COMPANY: dict[str, Any] = {
    "version": 1,
    "settings": {"timezone": "Europe/Berlin", "last_resort": [BOB]},
    "teams": [{"name": "West", "manager": BOB, "timezone": "Europe/Berlin"}],
    "reps": [
        {"email": ANA, "name": "Ana Diaz", "team": "West", "working_hours": "always", "languages": ["en", "es"]},
        {"email": BOB, "name": "Bob Ray", "team": "West", "working_hours": "always"},
        {"email": "ada@acme.example", "name": "Ada", "kind": "agent", "webhook": "https://ada.example.com/leads"},
        {
            "email": "cleo@acme.example",
            "name": "Cleo Fox",
            "team": "West",
            "working_hours": {"mon-fri": ["09:00-17:00"]},
        },
    ],
    "accounts": [{"name": "Globex", "domains": ["globex.com"], "owner": ANA, "stage": "prospect"}],
    "pools": [
        {"name": "SMB", "members": [{"rep": ANA, "weight": 1}, {"rep": BOB, "weight": 2}]},
        {"name": "Enterprise", "strategy": "performance", "members": [{"rep": ANA}, {"rep": BOB}]},
        {"name": "Events", "offer": "claim", "offer_minutes": 30, "members": [{"rep": ANA}, {"rep": BOB}]},
    ],
    "sla_policies": [{"name": "five-minutes", "first_response_minutes": 5}],
    "rules": [
        {"name": "Events", "when": [[{"field": "kind", "op": "is", "value": "webinar"}]], "to": {"pool": "Events"}},
        {"name": "Catch-all", "when": [], "to": {"pool": "SMB"}, "sla": "five-minutes"},
    ],
}
ROWS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "team": (
        "teams",
        {"name": "North", "manager": BOB, "working_hours": {"mon-fri": ["09:00-17:00"]}},
        {"digest": "weekly"},
    ),
    "rep": (
        "reps",
        {
            "email": "eva@acme.example",
            "name": "Eva Lund",
            "team": "West",
            "languages": ["en", "de"],
            "caps": {"day": 20},
        },
        {"working_hours": {"mon-fri": ["09:00-12:00", "13:00-17:00"]}},
    ),
    "time_off": (
        "time-off",
        {"rep": ANA, "from": "2026-12-20", "to": "2027-01-03", "reason": "holiday"},
        {"to": "2027-01-06"},
    ),
    "skill": ("skills", {"name": "security"}, {}),
    "topic": (
        "topics",
        {"name": "kubernetes", "keywords": ["k8s", "kubernetes", "helm"]},
        {"keywords": ["k8s", "helm"]},
    ),
    "table": (
        "tables",
        {"name": "Partners", "rows": {"ACME-1": {"rep": BOB}, "ACME-2": {"pool": "SMB"}}},
        {"rows": {"ACME-1": {"rep": ANA}}},
    ),
    "territory": (
        "territories",
        {"name": "California", "countries": ["US"], "regions": ["US-CA"], "owner": {"rep": ANA}},
        {"priority": 2},
    ),
    "account": (
        "accounts",
        {"name": "Initech", "domains": ["initech.com"], "owner": BOB, "people": {"csm": ANA}, "stage": "customer"},
        {"target": True},
    ),
    "pool": (
        "pools",
        {"name": "West", "strategy": "load_balanced", "members": [{"rep": ANA}, {"rep": BOB, "weight": 2}]},
        {"band": 1},
    ),
    "rule": (
        "rules",
        {
            "name": "Pricing",
            "when": [[{"field": "kind", "op": "is", "value": "pricing"}]],
            "to": {"pool": "SMB"},
            "position": 1,
        },
        {"when_nobody": {"wait_minutes": 10}},
    ),
    "sla_policy": (
        "sla-policies",
        {"name": "fifteen-minutes", "first_response_minutes": 15, "steps": [{"after_minutes": 10, "do": "remind"}]},
        {"max_attempts": 2},
    ),
    "example": (
        "examples",
        {"name": "german", "lead": {"email": "x@globex.de"}, "expect": {"pool": "SMB"}},
        {"expect": {"pool": "SMB"}},
    ),
    "source": ("sources", {"name": "website", "wait_for": ["country"], "wait_seconds": 5}, {"wait_seconds": 10}),
    "form": (
        "forms",
        {
            "name": "Talk to sales",
            "fields": [{"field": "email", "required": True}, {"field": "message"}],
            "origins": ["https://www.acme.example"],
        },
        {"title": "Talk to us"},
    ),
    "inbound_address": (
        "inbound",
        {"name": "Typeform", "source": "typeform", "mapping": {"email": "answers[0].email"}},
        {"mapping": {"email": {"path": ["answers", "0", "email"], "transforms": ["trim"]}}},
    ),
}
"""One row of each section: where it lies, what it is made of, what is changed of it."""


class Journeys:
    """Calls operations by their ids, and remembers what was sent and answered."""

    def __init__(self, api: Client, document: dict[str, Any], now: datetime) -> None:
        self.api, self.now = api, now
        self.addresses = {
            operation["operationId"]: (method, path)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        }
        self.told: dict[str, dict[str, Any]] = {}
        self.failed: list[str] = []

    def call(self, name: str, body: dict[str, Any] | str | None = None, /, query: str = "", **values: Any) -> Any:
        """The answer's JSON. The first call of an operation is its example. A text is a file of CSV."""
        method, path = self.addresses[name]
        sent: dict[str, Any] = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        if isinstance(body, str):
            sent = {"data": body, "content_type": CSV}
        answer = self.api.generic(method.upper(), path.format(**values) + query, **sent)
        told = answer.json() if answer.content else None
        if answer.status_code >= 400:
            self.failed.append(f"{name}: {answer.status_code} {answer.content.decode()}")
        example: dict[str, Any] = {"answers": {str(answer.status_code): told}}
        if body is not None:
            example["request"] = body
        self.told.setdefault(name, example)
        return told or {}

    def lead(self, **facts: Any) -> str:
        """The id of another lead that has been routed."""
        number = Lead.objects.count()
        sent = {"email": f"lead{number}@customer{number}.example"} | facts
        answer = self.api.post(f"{API}/leads", json.dumps(sent), content_type="application/json").json()
        route_pending(now=self.now)
        return str(answer["id"])


def walk(journeys: Journeys) -> None:
    """Everything, once."""
    import_config(text=json.dumps(COMPANY), now=journeys.now - timedelta(days=30), is_json=True)
    for part in PARTS:
        part(journeys)


def leads(j: Journeys) -> None:
    sent = j.call("send_lead", MIA)
    route_pending(now=j.now)
    mia = sent["id"]
    j.call("get_lead", id=mia)
    j.call("list_leads", query="?status=assigned&page_size=2")
    j.call("list_decisions", id=mia)
    j.call("explain_decision", query=f"?rep={BOB}", id=mia)
    j.call("change_lead", {"job_title": "CTO", "attributes": {"seats": 60}}, id=mia)
    j.call("accept_lead", {}, id=mia)
    shared = j.call("share_lead", {"days": 7}, id=mia)["id"]
    j.call("list_shared_links", id=mia)
    j.call("stop_sharing_lead", id=mia, link=shared)
    j.call("respond_lead", {"channel": "call", "note": "Wants a demo on Friday."}, id=mia)
    j.call("get_timeline", id=mia)
    j.call("record_outcome_of_lead", {"stage": "won", "amount": 12000}, id=mia)
    j.call("decline_lead", {"reason": "no_capacity", "note": "In meetings all day"}, id=j.lead())
    j.call("claim_lead", {"rep": BOB}, id=j.lead(kind="webinar"))
    j.call("reassign_lead", {"rep": BOB, "reason": "He knows them", "counts": True}, id=j.lead())
    j.call("release_lead", {"reason": "On leave from tomorrow"}, id=j.lead())
    j.call("route_lead", {}, id=j.lead())
    spam = j.lead()
    j.call("quarantine_lead", {"reason": "Sells us something"}, id=spam)
    j.call("restore_lead", {}, id=spam)
    j.call("park_lead", {"reason": "Budget comes in summer", "review_date": "2026-06-01"}, id=j.lead())
    j.call("match_lead", {"account": "Globex", "same": True}, id=j.lead())
    j.call("join_lead", {"of": j.lead()}, id=j.lead())
    j.call("erase_lead", id=j.lead())


def signals(j: Journeys) -> None:
    j.call("send_signal", {"domain": "globex.com", "kind": "hiring", "title": "Head of platform", "strength": 0.8})
    j.call("list_signals", query="?domain=globex.com")


def sections(j: Journeys) -> None:
    """The configuration: each section added to, listed, read, changed, and the row taken out again."""
    added = {}
    for one, (path, row, _) in ROWS.items():
        added[one] = j.call(f"add_{one}", row).get("id")
        j.call(f"list_{path.replace('-', '_')}", query="?page_size=2")
    j.call("rotate_inbound_address", {}, id=added["inbound_address"])
    for one, (_, _, change) in ROWS.items():
        j.call(f"get_{one}", id=added[one])
        if change:
            j.call(f"change_{one}", change, id=added[one])
    for one in reversed(ROWS):
        j.call(f"remove_{one}", id=added[one])
    j.call("get_settings")
    j.call("change_settings", {"returning_days": 60})


def people(j: Journeys) -> None:
    ana, cleo, ada = (str(Rep.objects.get(email=f"{name}@acme.example").uuid) for name in ("ana", "cleo", "ada"))
    j.call("pause_rep", {"until": "2026-03-05T09:00:00+01:00", "reason": "training"}, id=cleo)
    j.call("resume_rep", {}, id=cleo)
    j.call("get_rep_statement", query="?from=2026-03-01T00:00:00Z", id=ana)
    j.call("invite_rep", {}, id=cleo)
    j.call("get_agent_secret", id=ada)
    j.call("get_leaving", id=cleo)
    j.call("leave", {"at": "2026-12-31T17:00:00+01:00", "plan": {"leads": {"pool": "SMB"}}}, id=cleo)
    j.call("stay", id=cleo)
    j.call("hand_over_leads", {"to": BOB, "leads": "unanswered", "reason": "At a fair until Friday"}, id=ana)


def pools(j: Journeys) -> None:
    smb, enterprise = (str(Pool.objects.get(name=name).uuid) for name in ("SMB", "Enterprise"))
    cleo = {"id": smb, "rep": "cleo@acme.example"}
    j.call("list_pool_members", id=smb)
    j.call("add_pool_member", {"rep": cleo["rep"], "weight": 1, "caps": {"day": 10}, "ramp": {"weeks": 4}}, id=smb)
    j.call("get_pool_member", **cleo)
    j.call("change_pool_member", {"weight": 2}, **cleo)
    j.call("remove_pool_member", **cleo)
    j.call("get_pool_ledger", id=smb)
    j.call("pause_pool", {}, id=smb)
    j.call("resume_pool", {}, id=smb)
    measure_performance(now=j.now)
    j.call("get_performance", query="?pool=Enterprise")
    j.call("end_control_group", {}, id=enterprise)


def rulebook(j: Journeys) -> None:
    j.call("get_rulebook_diff")
    j.call("lint_rulebook")
    j.call("simulate", {"lead": {"email": "mia@globex.com", "country": "US"}, "version": "draft"})
    replay = j.call("start_replay", {"days": 30})["id"]
    j.call("list_replays")
    j.call("get_replay", id=replay)
    j.call("cancel_replay", id=replay)
    j.call("publish_rulebook", {"note": "Without a control group"})
    j.call("change_settings", {"company_days": 60})
    later = j.call("publish_rulebook", {"at": "2026-12-01T08:00:00Z", "note": "For December"})
    j.told["publish_rulebook"]["answers"]["202"] = later
    j.call("list_scheduled_versions")
    j.call("cancel_scheduled_version", id=later.get("id"))
    j.call("list_rulebook_versions")
    j.call("get_rulebook_version", number=1)
    repair = j.call("start_repair", {"from": 1, "to": 2, "apply": False})["id"]
    j.call("list_repairs")
    j.call("get_repair", id=repair)
    j.call("cancel_repair", id=repair)
    j.call("roll_back_rulebook", {"to": 1})
    j.call("pause_routing", {})
    j.call("resume_routing", {})
    j.call("apply_preset", {"members": [ANA, BOB], "pool": "Everybody"}, name="round_robin")


def numbers(j: Journeys) -> None:
    for name in ("speed", "load", "fairness", "coverage"):
        j.call(f"get_{name}")


def webhooks(j: Journeys) -> None:
    hook = j.call("add_webhook", {"name": "CRM", "url": "https://crm.example.com/leads", "events": ["lead.assigned"]})[
        "id"
    ]
    j.call("list_webhooks")
    j.call("get_webhook", id=hook)
    j.call("change_webhook", {"events": ["lead.assigned", "lead.outcome"]}, id=hook)
    j.call("test_webhook", {}, id=hook)
    j.call("list_webhook_deliveries", query="?result=waiting")
    delivery = str(WebhookDelivery.objects.get().uuid)
    j.call("get_webhook_delivery", id=delivery)
    j.call("retry_webhook_delivery", id=delivery)
    j.call("retry_webhook", {}, id=hook)
    j.call("rotate_webhook", {}, id=hook)
    j.call("remove_webhook", id=hook)
    j.call("list_messages", query="?kind=alert&page_size=2")
    j.call("retry_message", id=OutboxMessage.objects.filter(kind="alert", done_at=None).order_by("-pk")[0].key)


def imports(j: Journeys) -> None:
    file = j.call("import_leads", "E-Mail,Country\nzoe.ott@hooli.com,US\nnobody,US\n", query="?name=fair.csv")["id"]
    work_off(j.now)
    j.call("list_imports")
    j.call("get_import", id=file)
    j.call("list_import_rows", id=file)
    j.call("confirm_import", id=file)
    work_off(j.now)
    j.call("undo_import", id=file)
    work_off(j.now)
    accounts = "Name,Domains\nHooli,hooli.com\n"
    j.call("cancel_import", id=j.call("import_file", accounts, query="?section=accounts&name=accounts.csv")["id"])


def persons(j: Journeys) -> None:
    """Last: somebody goes."""
    j.call("search_person", {"email": MIA["email"]})
    j.call("export_person", {"email": MIA["email"]})
    j.call("erase_person", {"email": MIA["email"], "reason": "Asked by mail"})
    j.call("list_audit", query="?page_size=2")


PARTS: tuple[Callable[[Journeys], None], ...] = (
    leads,
    signals,
    sections,
    people,
    numbers,
    pools,
    rulebook,
    webhooks,
    imports,
    persons,
)


def shortened(value: Any) -> Iterator[Any] | Any:
    """As examples are kept: lists of a few things, no secrets, and the address of a company."""
    if isinstance(value, dict):
        return {name: HIDDEN.get(name, shortened(inner)) for name, inner in value.items()}
    if isinstance(value, list):
        return [shortened(inner) for inner in value[:3]]
    if not isinstance(value, str):
        return value
    return value.replace("http://testserver", HOUSE).replace(settings.PUBLIC_URL, HOUSE)


HIDDEN = {"secret": "whsec_…"}
