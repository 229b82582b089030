"""What is wrong with a row, by field: what import and publishing refuse too, for pages and the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from reps.models import Expertise
from routing.engine.folding import fold
from routing.models import (
    AccountPerson,
    Example,
    LookupRow,
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
from routing.rulebook.check import keys_alike, problems_of
from routing.rulebook.codes import role_problem
from routing.rulebook.keys import BY_MODEL
from routing.services.manage.archive import SECTIONS

CONTENT: Mapping[type[Model], Callable[[Any], dict[str, Any]]] = {
    Topic: content.topic_content,
    LookupTable: content.table_content,
    Source: content.source_content,
    Pool: content.pool_content,
    Rule: content.rule_content,
    Territory: content.territory_content,
    SlaPolicy: content.sla_content,
    Example: content.example_content,
}
FIELDS: Mapping[type[Model], Mapping[str, str]] = {
    Rule: {
        "when": "conditions",
        "to.pool": "pool",
        "to.rep": "rep",
        "to.table": "table",
        "to.by": "table_field",
        "to.park": "park_reason",
        "to.review_days": "review_days",
        "to.away": "away",
        "to.account_owner": "account_role",
        "when_nobody.overflow": "overflow_pool",
        "when_nobody.wait_minutes": "wait_minutes",
        "active.to": "active_to",
        "active.weekdays": "weekdays",
    },
    Territory: {"owner.pool": "owner_pool", "owner.rep": "owner_rep", "to": "end"},
    Example: {"expect.rep": "expected_rep", "expect.pool": "expected_pool"},
}
"""Path in the words of a file → field, where they differ."""


def check(row: Model) -> None:
    """Raise ValidationError with what is wrong by field, unless the row may be saved."""
    if errors := errors_of(row):
        raise ValidationError(errors)  # type: ignore[arg-type]  # the stubs want lists of anything


def errors_of(row: Model) -> dict[str, list[str]]:
    """Field → what is wrong there; `__all__` for what is about no field."""
    try:
        row.full_clean(exclude=_set_later(row))
    except ValidationError as error:
        return error.message_dict
    further = _FURTHER.get(type(row))
    if further:
        return further(row)
    if type(row) not in CONTENT and not isinstance(row, RoutingSettings):
        return {}
    later = _set_later(row)
    return {name: texts for name, texts in _errors_in_draft(row).items() if name not in later}


def _set_later(row: Model) -> set[str]:
    """What saving sets: a new pool's ledger, the keys of names, since when everything is paused."""
    later = {"name_key"}
    if isinstance(row, RoutingSettings):
        return later | {"id", "paused_since"}  # the one row, be it saved or not
    return later | {"ledger"} if isinstance(row, Pool) and row._state.adding else later


def _errors_in_draft(row: Any) -> dict[str, list[str]]:
    """The row in the draft as it would be, looked at as publishing does."""
    draft = content.draft_content()
    if isinstance(row, RoutingSettings):
        draft["settings"] = content.settings_content(row)
        return _by_field(row, problems_of(draft, "settings", ""))
    section = SECTIONS[type(row)]
    others = [other for other in draft[section] if other["id"] != row.pk]
    draft[section] = [*others, _as_content(row)]
    return _by_field(row, problems_of(draft, section, row.name))


def _as_content(row: Any) -> dict[str, Any]:
    if isinstance(row, LookupTable) and row.pk is None:
        return {"id": None, "name": row.name, "rows": []}  # a table has rows once it is there
    return CONTENT[type(row)](row)


def _by_field(row: Model, problems: Sequence[Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(_field_of(type(row), problem.path), []).append(problem.message)
    return errors


def _field_of(model: type[Model], path: str) -> str:
    """The field that a path such as steps[0].do or to.pool is about."""
    places = {**FIELDS.get(model, {}), **{key.path: key.field for key in BY_MODEL.get(model, ())}}
    matching = [place for place in places if path == place or path.startswith((f"{place}.", f"{place}["))]
    name = places[max(matching, key=len)] if matching else path.partition("[")[0].partition(".")[0]
    return name if name in {field.name for field in model._meta.get_fields()} else NON_FIELD_ERRORS


def row_errors(rows: Sequence[LookupRow]) -> dict[str, list[str]]:
    """What is wrong with all rows of a table together."""
    found = [
        f"{key}: another row has the same key but for case or accents. Keep one of them."
        for key in keys_alike([row.key for row in rows])
    ]
    found += [
        f"{row.key}: {row.rep} is not active. Choose somebody else." for row in rows if row.rep and not row.rep.active
    ]
    return {NON_FIELD_ERRORS: found} if found else {}


def _person_errors(person: AccountPerson) -> dict[str, list[str]]:
    message = role_problem(person.role)
    return {"role": [message]} if message else {}


def _expertise_errors(expertise: Expertise) -> dict[str, list[str]]:
    topics = Topic.objects.current().values_list("name", flat=True)
    if fold(expertise.topic) in set(map(fold, topics)):
        return {}
    return {"topic": [f"There is no topic “{expertise.topic}”. Add it to the topics first."]}


_FURTHER: Mapping[type[Model], Callable[[Any], dict[str, list[str]]]] = {
    AccountPerson: _person_errors,
    Expertise: _expertise_errors,
}
