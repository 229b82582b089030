"""A rulebook in plain words: a published version's, or the draft's."""

from __future__ import annotations

from typing import Any

from reps.admin_display import span
from routing.admin.labels import SETTINGS
from routing.admin.rule_list import rule_sentence
from routing.models import Pool, RoutingSettings, SlaClock
from routing.rulebook.mend import mend
from routing.rulebook.words import load_names, territory_in_words, value_in_words

SETTING_LABELS = SETTINGS | {
    "timezone": "Time zone",
    "working_hours": "Working hours",
    "match_threshold": "Match accounts from",
    "account_hierarchy": "Leads of a subsidiary go to",
}


def in_words(content: dict[str, Any]) -> dict[str, Any]:
    """Rules as sentences, then what they name; for rulebook_words.html."""
    names, content = load_names(), mend(content).content
    return {
        "rules": [(rule["name"], rule["enabled"], rule_sentence(rule, names)) for rule in content["rules"]],
        "territories": [(row["name"], territory_in_words(row, names)) for row in content["territories"]],
        "pools": [(pool["name"], dict(Pool.STRATEGIES).get(pool["strategy"])) for pool in content["pools"]],
        "policies": [
            (row["name"], f"{span(row['first_response_minutes'] * 60)}, {SlaClock(row['clock']).label.lower()}")
            for row in content["sla_policies"]
        ],
        "settings": [
            (SETTING_LABELS[key], _setting(key, value))
            for key, value in content["settings"].items()
            if key in SETTING_LABELS
        ],
    }


def _setting(key: str, value: Any) -> str:
    if key == "account_hierarchy":
        return str(RoutingSettings.Hierarchy(value).label).lower()
    if isinstance(value, dict):
        return "; ".join(f"{days} {', '.join(ranges)}" for days, ranges in value.items()) or "always"
    return value_in_words(value)
