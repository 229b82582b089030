"""A real address for each of the product's patterns, that leads to a row of the company: rep B's where it can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from leadrouting.identity.configuration import PROVIDER
from reps.models import Rep, Skill, Team, TimeOff
from routing.admin import rep_actions
from routing.models import (
    Account,
    Example,
    Form,
    Import,
    InboundAddress,
    Lead,
    LookupTable,
    OutboxMessage,
    Pool,
    Rule,
    ScheduledVersion,
    SharedLink,
    SlaPolicy,
    Source,
    Territory,
    Topic,
    Webhook,
    WebhookDelivery,
    Work,
)
from tests.security.company import World
from tests.security.routes import Route


def page_address(route: Route, world: World) -> str:
    values = dict(world.values)
    model = route.model_of_page
    if model is not None:
        row = world.rows["lead_b"] if model is Lead else model._default_manager.order_by("pk").first()
        pk = getattr(row, "pk", 1)
        values["what"] = EXPORTED.get(str(model._meta.model_name), "")
        values |= {"object_id": pk, "key": pk, "id": pk, "number": getattr(row, "number", 1)}
        if hasattr(row, "history") and "/history/(" in route.text:
            values["version_id"] = row.history.first().pk
    return route.address(values | SPECIAL.get(route.name, lambda world: {})(world)) + QUERIES.get(route.name, "")


EXPORTED = {
    "account": "accounts", "lookuptable": "tables", "lead": "leads", "ledger": "ledgers", "pool": "members",
    "territory": "territories", "rep": "reps", "timeoff": "time_off",
}  # fmt: skip
SPECIAL: dict[str, Any] = {
    "inbox:change_leave": lambda world: {"uuid": world.rows["leave_b"].uuid},
    "inbox:remove_leave": lambda world: {"uuid": world.rows["leave_b"].uuid},
    "inbox:set_password": lambda world: {"token": "cx2-0123456789abcdef"},
    "inbound:receive": lambda world: {"key": world.rows["inbound_key"]},
    "forms:thanks": lambda world: {"token": "x"},
    "shared:lead": lambda world: {"token": world.rows["shared"].rstrip("/").rpartition("/")[2]},
    "admin:routing_lead_unshare": lambda world: {"link": SharedLink.objects.earliest("pk").pk},
    "openid_connect_login": lambda world: {"provider_id": PROVIDER},
    "openid_connect_callback": lambda world: {"provider_id": PROVIDER},
    "admin:reps_rep_do": lambda world: {"name": next(iter(rep_actions.ACTIONS))},
    "admin:routing_work_start": lambda world: {"kind": "lint"},
    "docs:page": lambda world: {"name": "people"},
    "docs:picture": lambda world: {"name": "lead.png"},
    "admin:view_on_site": lambda world: {"content_type_id": ContentType.objects.get_for_model(Lead).pk},
}
QUERIES = {
    "admin:autocomplete": "?app_label=routing&model_name=account&field_name=owner&term=B",
}


API_ROWS: Mapping[str, type[Model]] = {
    "accounts": Account, "examples": Example, "forms": Form, "imports": Import, "inbound": InboundAddress,
    "leads": Lead, "outbox": OutboxMessage, "pools": Pool, "replays": Work, "reps": Rep, "rules": Rule,
    "rulebook/repairs": Work, "rulebook/scheduled": ScheduledVersion, "skills": Skill, "sla-policies": SlaPolicy,
    "sources": Source, "tables": LookupTable, "teams": Team, "territories": Territory, "time-off": TimeOff,
    "topics": Topic, "webhook-deliveries": WebhookDelivery, "webhooks": Webhook,
}  # fmt: skip
"""What the rows of an address are; an address that is longer counts."""
KINDS = {"replays": {"kind": "replay"}, "rulebook/repairs": {"kind": "repair"}}


def api_row(route: str) -> Model | None:
    """The first row that an address of the API can be about."""
    section = route.partition("/<")[0]
    if section not in API_ROWS:
        return None
    return API_ROWS[section]._default_manager.filter(**KINDS.get(section, {})).order_by("pk").first()


def api_id(row: Any) -> str:
    """How an address of the API calls a row."""
    return row.key if isinstance(row, OutboxMessage) else str(getattr(row, "uuid", row.pk))


def api_address(route: Route, world: World) -> str:
    text = route.text.removeprefix("api/v1/")
    row = None if text.startswith("leads/") else api_row(text)  # rep B's, not the first
    return route.address(world.values | ({"id": api_id(row)} if row else {}))
