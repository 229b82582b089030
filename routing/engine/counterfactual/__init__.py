"""What would have had to be different for somebody to get a lead: the first single change that suffices, if one does.

Everything else is frozen. Tried in order: one of their gates, by the least amount; an earlier or later time; their
balance; one fact of the lead or account; one rule switched off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from routing.engine.counterfactual.balance import balance_changes
from routing.engine.counterfactual.changes import Change, ChangeKind, Inputs, decided, getting
from routing.engine.counterfactual.facts import fact_changes
from routing.engine.counterfactual.gates import gate_changes
from routing.engine.counterfactual.rules import rule_changes
from routing.engine.counterfactual.times import Timetable, frozen_time, time_changes
from routing.engine.types import RepId

__all__ = [
    "Change",
    "ChangeKind",
    "Inputs",
    "Timetable",
    "apply_change",
    "counterfactual",
    "decided",
    "getting",
    "single_changes",
]


def counterfactual(inputs: Inputs, rep: RepId, timetable: Timetable | None = None) -> Change | None:
    """The first single change by which somebody gets the lead, or is offered it; None if there is none.

    `timetable`: how people stand at other times; without it nothing changes with time but the rules.
    """
    changes = single_changes(inputs, rep, timetable)
    return next((change for change in changes if rep in getting(decided(change.make(inputs)))), None)


def apply_change(inputs: Inputs, change: Change) -> Inputs:
    """The inputs as they would have been."""
    return change.make(inputs)


def single_changes(inputs: Inputs, rep: RepId, timetable: Timetable | None = None) -> Iterator[Change]:
    """Everything that is tried, in order."""
    when = timetable or frozen_time(inputs)
    tried: tuple[Callable[[], Iterator[Change]], ...] = (
        lambda: gate_changes(inputs, rep, when),
        lambda: time_changes(inputs, when),
        lambda: balance_changes(inputs, rep),
        lambda: fact_changes(inputs, rep),
        lambda: rule_changes(inputs),
    )
    for changes in tried:
        yield from changes()
