"""One rule switched off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from routing.engine.counterfactual.changes import Change, ChangeKind, Inputs
from routing.engine.folding import quoted
from routing.engine.types import RuleId


def rule_changes(inputs: Inputs) -> Iterator[Change]:
    """Each rule that matches the lead, but for the catch-all, which cannot be switched off."""
    case = inputs.case()
    for planned in case.plan.rules[:-1]:
        if planned.applies(case.facts):
            yield _off(planned.rule.id, planned.rule.name)


def _off(rule: RuleId, name: str) -> Change:
    return Change(
        ChangeKind.RULE,
        name,
        "on",
        "off",
        f"if the rule {quoted(name)} had been switched off",
        lambda inputs: replace(inputs, off=rule),
    )
