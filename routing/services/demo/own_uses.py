"""What of the user's own names rows of the demo company, and so stands in the way of its removal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Model, Q, QuerySet

from reps.models import Expertise
from routing.engine.folding import fold
from routing.engine.types import NeedKind
from routing.models import Example, LookupTable, Pool, Rule, Territory, Topic
from routing.rulebook.requirements import read_needs


def own_uses() -> list[str]:
    """One text each, with what to do. Archived rows count too: they point to the demo all the same."""
    return [
        f"{name} names somebody or something of the demo company. Change it first."
        for name in dict.fromkeys((*_referring(), *_requiring_topics(), *_knowing_topics()))
    ]


def required_by_own(kind: NeedKind) -> set[str]:
    """The folded names of the skills or topics that rules and pools of the user's own require."""
    return {need.name for row in _own_rows() for need in read_needs(row.requires) if need.kind is kind}


def _referring() -> Iterator[str]:
    rules = _own(Rule).filter(_of_demo("pool", "overflow_pool", "rep", "sla", "table"))
    yield from (f"Rule “{rule}”" for rule in rules)
    territories = _own(Territory).filter(_of_demo("owner_rep", "owner_pool", "parent"))
    yield from (f"Territory “{territory}”" for territory in territories)
    tables = _own(LookupTable).filter(_of_demo("rows__rep", "rows__pool"))
    yield from (f"Table “{table}”" for table in tables)
    examples = _own(Example).filter(_of_demo("expected_rep", "expected_pool"))
    yield from (f"Example “{example}”" for example in examples)


def _of_demo(*names: str) -> Q:
    either = Q()
    for name in names:
        either |= Q(**{f"{name}__demo": True})
    return either


def _own(model: type[Model]) -> QuerySet[Any]:
    return model._default_manager.filter(demo=False).order_by("name")


def _own_rows() -> list[Rule | Pool]:
    return [*Rule.objects.current().filter(demo=False), *Pool.objects.current().filter(demo=False)]


def _requiring_topics() -> Iterator[str]:
    topics = _demo_topics()
    for row in _own_rows():
        if any(need.kind is NeedKind.TOPIC and need.name in topics for need in read_needs(row.requires)):
            yield f"{'Rule' if isinstance(row, Rule) else 'Pool'} “{row}”"


def _knowing_topics() -> Iterator[str]:
    topics = _demo_topics()
    for known in Expertise.objects.filter(rep__demo=False).select_related("rep").order_by("rep__name"):
        if fold(known.topic) in topics:
            yield f"The expertise of {known.rep}"


def _demo_topics() -> set[str]:
    return {fold(name) for name in Topic.objects.filter(demo=True).values_list("name", flat=True)}
