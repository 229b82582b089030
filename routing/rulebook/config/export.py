"""The configuration as a file that import_config reads: defaults left out, always in the same order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml
from django.db.models import QuerySet

from reps.models import Digest, Rep, Skill, Team, TimeOff
from routing.models import Account, Form, InboundAddress, Lead, PoolMember, RoutingSettings, SlaPolicy, Webhook
from routing.rulebook.config.documents import (
    Names,
    account_document,
    example_document,
    in_order_of_grades,
    last_resort_addresses,
    load_names,
    member_document,
    number,
    rep_document,
    rule_document,
    settings_document,
    source_document,
    table_document,
    team_document,
    territory_document,
    time_off_document,
    topic_document,
)
from routing.rulebook.config.file import VERSION
from routing.rulebook.config.forms import form_document, short_fields
from routing.rulebook.config.inbound import inbound_document
from routing.rulebook.config.source import PLAIN
from routing.rulebook.config.webhooks import webhook_document
from routing.rulebook.content import current_pools, current_settings, draft_section, settings_content
from routing.rulebook.keys import POOL, SETTINGS, SLA, STAGES, file_values


def export_text(*, as_json: bool = False) -> str:
    """The file as text."""
    data = export_data()
    if as_json:
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def export_data() -> dict[str, Any]:
    """The file as plain values. A constant number of queries."""
    settings, names = current_settings(), load_names()
    sections = _people(settings, names) | _rulebook(names) | _doors()
    required = ("reps", "pools", "rules")
    return {"version": VERSION} | {key: value for key, value in sections.items() if value or key in required}


def _people(settings: RoutingSettings, names: Names) -> dict[str, Any]:
    """The settings, what words stand for, and who there is."""
    teams = Team.objects.order_by("name").prefetch_related("working_hours")
    return {
        "settings": _settings(settings),
        "skills": list(Skill.objects.order_by("name").values_list("name", flat=True)),
        "sources": [_short(source_document(row, names), wait_seconds=0) for row in draft_section("sources")],
        "stages": file_values(settings, STAGES).get("stages"),
        "teams": [_team(team_document(team, names.emails)) for team in teams],
        "reps": [_rep(rep_document(rep, names.emails)) for rep in _reps()],
        "time_off": [
            _short(time_off_document(leave, settings), hand_over_leads=TimeOff.HandOverLeads.UNANSWERED.value)
            for leave in _leaves()
        ],
    }


def _rulebook(names: Names) -> dict[str, Any]:
    """By what leads find their rep, and what is tried out on it."""
    return {
        "topics": [_short(topic_document(row, names)) for row in draft_section("topics")],
        "tables": [_short(table_document(row, names)) for row in draft_section("tables")],
        "territories": [_short(territory_document(row, names), priority=0) for row in draft_section("territories")],
        "accounts": [
            _short(account_document(row, names.emails), stage=Account.Stage.PROSPECT, target=False)
            for row in _accounts()
        ],
        "pools": _pools(names),
        "sla_policies": [
            {"name": row.name} | file_values(row, SLA) for row in SlaPolicy.objects.current().order_by("name")
        ],
        "rules": [_rule(rule_document(row, names)) for row in draft_section("rules")],
        "examples": [_short(example_document(row, names)) for row in draft_section("examples")],
    }


def _doors() -> dict[str, Any]:
    """Where leads come in, and where others are told of them."""
    return {
        "webhooks": [_short(webhook_document(hook), active=True) for hook in Webhook.objects.order_by("name")],
        "forms": [_form(form) for form in Form.objects.order_by("name").prefetch_related("fields")],
        "inbound": [
            _short(inbound_document(address), active=True, kind=Lead.Kind.OTHER, minute_limit=600)
            for address in InboundAddress.objects.order_by("name")
        ],
    }


def _form(form: Form) -> dict[str, Any]:
    document = form_document(form)
    given = document | {"fields": short_fields(document["fields"])}
    defaults = {"active": True, "consent_required": False, "name_rep": False, "address_limit": 10, "form_limit": 300}
    row = _short(given, kind=Lead.Kind.CONTACT, source="website", **defaults)
    return row if form.source else row | {"source": ""}


def _short(values: Mapping[str, Any], **defaults: Any) -> dict[str, Any]:
    """Without what is empty or the default."""
    return {
        key: number(value)
        for key, value in values.items()
        if value not in (None, "", [], {}) and (key not in defaults or value != defaults[key])
    }


def _settings(row: RoutingSettings) -> dict[str, Any]:
    document = settings_document(settings_content(row), last_resort_addresses())
    own = {key: document[key] for key in ("timezone", "working_hours", "sla", "last_resort")}
    return _short(own, timezone=RoutingSettings().timezone) | in_order_of_grades(file_values(row, SETTINGS))


def _team(document: Mapping[str, Any]) -> dict[str, Any]:
    row = _short(document, digest=Digest.DAILY.value)
    return row if document["digest"] else row | {"digest": None}


def _reps() -> QuerySet[Rep]:
    rows = Rep.objects.order_by("email").select_related("team")
    return rows.prefetch_related("working_hours", "skills", "expertise", "channels")


def _rep(document: Mapping[str, Any]) -> dict[str, Any]:
    channels = [_short(way, active=True) for way in document["channels"]]
    given = {**document, "paused": None, "channels": channels}
    row = _short(given, active=True, kind=Rep.Kind.HUMAN, ack_seconds=10)
    if document["paused"] is not None:
        row["paused"] = _short(document["paused"])
    if document["working_hours"] == {}:
        row["working_hours"] = {}  # hours of their own, and none of them
    return row


def _leaves() -> QuerySet[TimeOff]:
    """Without those of calendars, which come back by themselves."""
    by_hand = TimeOff.objects.filter(calendar_uid="").select_related("rep__team")
    return by_hand.order_by("rep__email", "starts_at", "ends_at", "pk")


def _accounts() -> QuerySet[Account]:
    rows = Account.objects.order_by("name").select_related("parent")
    return rows.prefetch_related("domains", "aliases", "people")


def _pools(names: Names) -> list[dict[str, Any]]:
    return [
        {"name": pool.name}
        | file_values(pool, POOL)
        | _short(
            {
                "fairness_group": pool.fairness_group.name if pool.fairness_group else None,
                "paused": pool.paused,
                "members": sorted((_member(m, names) for m in pool.members.all()), key=lambda row: row["rep"]),
            },
            paused=False,
        )
        for pool in current_pools().prefetch_related("members")
    ]


def _member(member: PoolMember, names: Names) -> dict[str, Any]:
    return _short(member_document(member, names.emails), weight=1)


def _rule(document: Mapping[str, Any]) -> dict[str, Any]:
    to, active = _short(document["to"], away="backup", review_days=30), _short(document["active"])
    row = _short(
        {**document, "to": to, "active": active},
        enabled=True,
        when_nobody="next",
        units=1,
        alert="now",
        answer_now=False,
        same_company=True,
    )
    return {"name": row.pop("name"), "when": document["when"]} | row


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # the same in C, where it is built
    """Quotes what any reader of YAML 1.1 or 1.2 would take for something else than a text; writes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _tag, _pattern, _first in PLAIN:
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)
