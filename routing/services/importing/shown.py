"""Rows of each section of the configuration as documents, of the draft and live, or as a version has them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Model, QuerySet

from reps.models import Rep, Skill, Team, TimeOff
from routing.models import (
    Account,
    Example,
    Form,
    InboundAddress,
    LookupTable,
    Pool,
    RoutingSettings,
    Rule,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.rulebook import content
from routing.rulebook.config import documents
from routing.rulebook.config.documents import Names, load_names
from routing.rulebook.config.forms import form_document
from routing.rulebook.config.inbound import inbound_document
from routing.rulebook.mend import mend

Json = Mapping[str, Any]


class Context:
    """What the rows of one page have in common, read when it is needed."""

    @cached_property
    def names(self) -> Names:
        return load_names()

    @cached_property
    def settings(self) -> RoutingSettings:
        return content.current_settings()


@dataclass(frozen=True, slots=True)
class Versioned:
    """`content` freezes a row; `write` says what was frozen. `live` is what a pool has besides."""

    rows: Callable[[], QuerySet[Any]]
    content: Callable[[Any], dict[str, Any]]
    write: Callable[[Json, Names], dict[str, Any]]
    live: Callable[[Any, Names], dict[str, Any]] = lambda row, names: {}


@dataclass(frozen=True, slots=True)
class Live:
    rows: Callable[[], QuerySet[Any]]
    write: Callable[[Any, Context], dict[str, Any]]


def rows_of(section: str, *, keys: Collection[int] | None = None) -> QuerySet[Any]:
    """The rows of the draft, or live; with `keys` those, archived or not."""
    shown = SECTIONS[section]
    if keys is None:
        rows = shown.rows()
        return rows.filter(archived_at=None) if isinstance(shown, Versioned) else rows
    return shown.rows().filter(pk__in=keys)


def documents_of(
    section: str, rows: Collection[Any], *, version: Mapping[int, Json] | None = None
) -> list[dict[str, Any]]:
    """One for each row; `version` has the entries of a version by key. A constant number of queries."""
    shown, context = SECTIONS[section], Context()
    if isinstance(shown, Live):
        return [shown.write(row, context) for row in rows]
    return [
        shown.write(shown.content(row) if version is None else version[row.pk], context.names)
        | shown.live(row, context.names)
        for row in rows
    ]


def document_of(section: str, row: Any) -> dict[str, Any]:
    """The document of one row, as it is in the database now."""
    return documents_of(section, [SECTIONS[section].rows().get(pk=row.pk)])[0]


def settings_of(frozen: Json | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings and the stages, of the draft or of a version's content."""
    frozen = content.settings_content(content.current_settings()) if frozen is None else frozen
    return (
        documents.settings_document(frozen, documents.last_resort_addresses()),
        documents.stages_of(frozen),
    )


def version_document(frozen: Json) -> dict[str, Any]:
    """A whole version, by section, as the file would write it; what is live is no part of it."""
    names, frozen = load_names(), mend(frozen).content
    settings, stages = settings_of(frozen["settings"])
    settings.pop("last_resort")
    sections = {
        section: [shown.write(entry, names) for entry in frozen[section]]
        for section, shown in SECTIONS.items()
        if isinstance(shown, Versioned)
    }
    return {"settings": settings, "stages": stages, **sections}


def _live_of_pool(pool: Pool, names: Names) -> dict[str, Any]:
    members = [documents.member_document(member, names.emails) for member in pool.members.all()]
    return {"paused": pool.paused, "members": sorted(members, key=lambda member: member["rep"])}


def _rule(entry: Json, names: Names) -> dict[str, Any]:
    return documents.rule_document(entry, names) | {"position": entry["position"], "catch_all": entry["catch_all"]}


def _all(model: type[Model], *related: str, children: tuple[str, ...] = ()) -> Callable[[], QuerySet[Any]]:
    manager: Any = model._default_manager
    return lambda: (
        manager.select_related(*related).prefetch_related(*children)
        if related
        else (manager.prefetch_related(*children))
    )


SECTIONS: Mapping[str, Versioned | Live] = {
    "teams": Live(
        _all(Team, children=("working_hours",)),
        lambda row, context: documents.team_document(row, context.names.emails),
    ),
    "reps": Live(
        _all(Rep, "team", children=("working_hours", "skills", "expertise", "channels")),
        lambda row, context: documents.rep_document(row, context.names.emails),
    ),
    "time_off": Live(
        _all(TimeOff, "rep__team"), lambda row, context: documents.time_off_document(row, context.settings)
    ),
    "skills": Live(_all(Skill), lambda row, context: {"name": row.name}),
    "accounts": Live(
        _all(Account, "parent", children=("domains", "aliases", "people")),
        lambda row, context: documents.account_document(row, context.names.emails),
    ),
    "topics": Versioned(_all(Topic), content.topic_content, documents.topic_document),
    "tables": Versioned(_all(LookupTable, children=("rows",)), content.table_content, documents.table_document),
    "sources": Versioned(_all(Source), content.source_content, documents.source_document),
    "territories": Versioned(_all(Territory), content.territory_content, documents.territory_document),
    "pools": Versioned(
        _all(Pool, "fairness_group", children=("members",)),
        content.pool_content,
        documents.pool_document,
        _live_of_pool,
    ),
    "sla_policies": Versioned(_all(SlaPolicy), content.sla_content, documents.sla_document),
    "rules": Versioned(_all(Rule, "sla"), content.rule_content, _rule),
    "examples": Versioned(_all(Example), content.example_content, documents.example_document),
    "forms": Live(_all(Form, children=("fields",)), lambda row, context: form_document(row)),
    "inbound": Live(_all(InboundAddress), lambda row, context: inbound_document(row)),
}
