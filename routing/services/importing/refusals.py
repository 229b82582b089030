"""What is refused of one row of the configuration: by itself, or for what the draft would lack with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from reps.models import Rep
from routing.models import Rule, Territory
from routing.models.bounds import IS_PAST
from routing.rulebook.check import Problem, problems
from routing.rulebook.config.errors import ConfigError, InvalidConfig, shown
from routing.rulebook.config.file import always_there, takes_every_lead
from routing.rulebook.content import draft_content
from routing.rulebook.loops import looping
from routing.services.manage import SECTIONS, errors_of
from routing.services.people.deactivation import why_not_deactivate
from routing.services.publish import frozen


def refuse_loop(model: Any, row: Any | None, spec: Any) -> None:
    """An account or a territory that would lie in itself."""
    rows = model.objects.exclude(pk=row.pk if row else None)
    others = rows.filter(archived_at=None) if model is Territory else rows
    parents = dict(others.values_list("name", "parent__name"))
    if spec.parent == spec.name or (row is not None and spec.parent == row.name):
        parents[spec.name] = spec.name
    else:
        parents[spec.name] = spec.parent
    renamed = {name: spec.name if row and parent == row.name else parent for name, parent in parents.items()}
    if spec.name in looping(renamed):
        message = f"{shown(spec.name)} lies in itself, by way of its parents."
        raise InvalidConfig([ConfigError("parent", message)])


def refuse_deactivation(row: Rep | None, spec: Any) -> None:
    """Somebody whom leads depend on stays active."""
    if row is not None and row.active and not spec.active and (why := why_not_deactivate(row)):
        raise InvalidConfig([ConfigError("active", why)])


def refuse_ended_pause(row: Rep, spec: Any, now: datetime) -> None:
    """A pause whose end has passed is none. One that the row has already may be written back as it was read."""
    until = spec.paused.until if spec.paused else None
    if until is not None and until <= now and until != row.paused_until:
        raise InvalidConfig([ConfigError("paused.until", IS_PAST)])


def refuse_catch_all(row: Rule | None, spec: Any) -> None:
    """The catch-all takes every lead at all times, and it is the only one to its place."""
    if row is not None and row.catch_all:
        if any(spec.when):
            raise InvalidConfig([ConfigError("when", "the catch-all takes every lead: write when: [].")])
        if errors := [ConfigError(*found) for found in always_there(spec)]:
            raise InvalidConfig(errors)
        return
    last = Rule.objects.current().filter(catch_all=True).select_related("pool").first()
    same = last is not None and last.pool is not None and spec.to.pool == last.pool.name
    if same and takes_every_lead(spec):
        message = "this is a second catch-all: it takes every lead, and to the same place. Give it conditions."
        raise InvalidConfig([ConfigError("when", message)])


def refuse_problems(section: str, row: Any, before: Collection[str]) -> None:
    """What would block publishing and lies in this row; of rules also what they lack all together, if that is new."""
    if section not in SECTIONS.values():
        if errors := errors_of(row):
            raise InvalidConfig([ConfigError(field, text) for field, texts in errors.items() for text in texts])
        return
    found = _problems_of_draft()
    refused = [_as_error(p) for p in found if (p.section, p.name) == (section, row.name)]
    if section == "rules":
        refused += [ConfigError("when", text) for text in sorted(_general(found).difference(before))]
    if refused:
        raise InvalidConfig(refused)


def refuse_problems_of_settings() -> None:
    """What would block publishing and lies in the settings or the stages."""
    if found := [p for p in _problems_of_draft() if p.section in ("settings", "stages")]:
        raise InvalidConfig([_as_error(problem) for problem in found])


def lacking() -> set[str]:
    """What the rules lack all together as they are now."""
    return _general(_problems_of_draft())


def _problems_of_draft() -> list[Problem]:
    return problems(frozen(draft_content()))


def _general(found: Iterable[Problem]) -> set[str]:
    return {problem.message for problem in found if problem.section == "rules" and not problem.name}


def _as_error(problem: Problem) -> ConfigError:
    return ConfigError(problem.path or "body", problem.message)
