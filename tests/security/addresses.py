"""A real address for each of the product's patterns, that leads to a row of the company: rep B's where it can."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType

from reps.models import Rep, Team
from routing.admin import rep_actions
from routing.models import (
    Account,
    Form,
    Lead,
    OutboxMessage,
    Pool,
    Rule,
    Territory,
    Webhook,
    WebhookDelivery,
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
    "admin:reps_rep_do": lambda world: {"name": next(iter(rep_actions.ACTIONS))},
    "admin:routing_work_start": lambda world: {"kind": "lint"},
    "admin:view_on_site": lambda world: {"content_type_id": ContentType.objects.get_for_model(Lead).pk},
}
QUERIES = {
    "admin:autocomplete": "?app_label=routing&model_name=account&field_name=owner&term=B",
    "admin:search": "?s=b",
}


API_VALUES: dict[str, Any] = {
    "signals": None, "webhooks": Webhook, "webhook-deliveries": WebhookDelivery, "reps": Rep, "pools": Pool,
    "teams": Team, "rules": Rule, "accounts": Account, "territories": Territory, "forms": Form, "outbox": OutboxMessage,
}  # fmt: skip


def api_address(route: Route, world: World) -> str:
    section = route.text.removeprefix("api/v1/").partition("/")[0]
    model = API_VALUES.get(section)
    row = model._default_manager.order_by("pk").first() if model else None
    return route.address(world.values | ({"id": getattr(row, "uuid", row.pk)} if row else {}))
