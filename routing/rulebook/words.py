"""Rules, conditions, pools and territories in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reps.models import Rep, Weekday
from routing.engine.types import LEADS_OWN, Operator, Strategy
from routing.models import LookupTable, Pool, Territory

Json = Mapping[str, Any]
GONE = "(gone)"
HOUR = 60
KINDS = {
    "topics": "Topic",
    "tables": "Table",
    "sources": "Source",
    "sla_policies": "SLA policy",
    "pools": "Pool",
    "territories": "Territory",
    "rules": "Rule",
    "examples": "Example",
}

OPERATOR_WORDS: Mapping[str, str] = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.ANY_OF: "is one of",
    Operator.NONE_OF: "is none of",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
    Operator.ENDS_WITH: "ends with",
    Operator.MATCHES: "matches the pattern",
    Operator.EMPTY: "is not known",
    Operator.NOT_EMPTY: "is known",
    Operator.LT: "is less than",
    Operator.LTE: "is at most",
    Operator.GT: "is more than",
    Operator.GTE: "is at least",
    Operator.BETWEEN: "is between",
    Operator.BEFORE: "is before",
    Operator.AFTER: "is after",
    Operator.IN_LAST_DAYS: "is within the last days:",
    Operator.IN_POSTAL: "lies in",
    Operator.IN_TERRITORY: "lies in",
    Operator.HAS_SIGNAL: "was seen lately",
}
AWAY_WORDS = {"backup": "if away their backup", "next": "if away the next rule", "wait": "waiting for them if away"}
ALERT_WORDS = {"now": "at once", "digest": "in a digest", "none": "no alert"}


@dataclass(frozen=True, slots=True)
class Names:
    """How people call what a rulebook names by key. Archived rows are among them."""

    reps: Mapping[int, str] = field(default_factory=dict)
    pools: Mapping[int, str] = field(default_factory=dict)
    territories: Mapping[int, str] = field(default_factory=dict)
    tables: Mapping[int, str] = field(default_factory=dict)


def load_names() -> Names:
    """All names, in four queries."""
    return Names(
        reps=dict(Rep.objects.values_list("pk", "name")),
        pools=dict(Pool.objects.values_list("pk", "name")),
        territories=dict(Territory.objects.values_list("pk", "name")),
        tables=dict(LookupTable.objects.values_list("pk", "name")),
    )


def rule_in_words(rule: Json, names: Names) -> str:
    """IF country is US and employees is more than 100 THEN pool Enterprise, ELSE the next rule."""
    condition = conditions_in_words(rule["when"])
    destination = destination_in_words(rule["to"], names)
    otherwise = when_nobody_in_words(rule["when_nobody"], names)
    if rule["catch_all"]:
        otherwise = "wait until somebody can" if rule["when_nobody"] == "next" else otherwise
        return f"ALL THE REST goes to {destination}, ELSE {otherwise}"
    return f"IF {condition} THEN {destination}, ELSE {otherwise}"


def conditions_in_words(groups: Any) -> str:
    """Groups of rows: AND inside a group, OR between groups."""
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        return "(cannot be read)"
    texts = [" and ".join(condition_in_words(row) for row in group) for group in groups if group]
    if len(texts) < 2:
        return texts[0] if texts else "any lead"
    return " or ".join(
        f"({text})" if len(group) > 1 else text for text, group in zip(texts, filter(None, groups), strict=True)
    )


def condition_in_words(row: Any) -> str:
    """One row: country is one of US, CA."""
    if not isinstance(row, Mapping):
        return "(cannot be read)"
    operator = str(row.get("op", ""))
    name = str(row.get("field", "")).replace(".", " ").replace("_", " ")
    words = OPERATOR_WORDS.get(operator, operator)
    if operator in (Operator.EMPTY, Operator.NOT_EMPTY):
        return f"{name} {words}"
    if operator == Operator.HAS_SIGNAL:
        strength = row.get("value")
        return f"{name} {words}" + (f", still {value_in_words(strength)} strong" if strength not in (None, "") else "")
    joint = " and " if operator == Operator.BETWEEN else ", "
    return f"{name} {words} {value_in_words(row.get('value'), joint)}"


def value_in_words(value: Any, joint: str = ", ") -> str:
    """A value as people write it."""
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return joint.join(f"{key} {value_in_words(part)}" for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return joint.join(value_in_words(part) for part in value)
    return str(value)


def destination_in_words(to: Json, names: Names) -> str:
    """pool Enterprise; the account's owner, if away their backup."""
    away = AWAY_WORDS.get(str(to.get("away")), "")
    if "pool" in to:
        return f"pool {names.pools.get(to['pool'], GONE)}"
    if "rep" in to:
        return f"{names.reps.get(to['rep'], GONE)}, {away}"
    if "territory" in to:
        return f"the owner of the territory, {away}"
    if "table" in to:
        field_name = str(to["by"]).replace(".", " ").replace("_", " ")
        return f"whom table {names.tables.get(to['table'], GONE)} names for {field_name}, {away}"
    if "account_owner" in to:
        return f"the account's {to['account_owner'].replace('_', ' ')}, {away}"
    return f"nurture ({to['park'] or 'no reason given'}), review after {to['review_days']} days"


def when_nobody_in_words(value: Any, names: Names) -> str:
    """What happens when nobody there can take the lead."""
    if value == "assign_anyway":
        return "assign anyway, off shift"
    if isinstance(value, Mapping) and "wait_minutes" in value:
        return f"wait {minutes_in_words(value['wait_minutes'])}, then the next rule"
    if isinstance(value, Mapping) and "overflow" in value:
        return f"overflow to pool {names.pools.get(value['overflow'], GONE)}"
    return "the next rule"


def minutes_in_words(minutes: Any) -> str:
    """45 minutes; 16 hours."""
    if isinstance(minutes, int | float) and minutes >= 2 * HOUR and minutes % HOUR == 0:
        return f"{minutes / HOUR:g} hours"
    return "1 minute" if minutes == 1 else f"{value_in_words(minutes)} minutes"


METHOD_WORDS: Mapping[str, str] = {
    Strategy.ROUND_ROBIN: "by turn",
    Strategy.LOAD_BALANCED: "by load",
    Strategy.PERFORMANCE: "by results",
    Strategy.INTENT: "by expertise",
}


def pool_in_words(pool: Json) -> str:
    """by turn (round robin)."""
    return str(dict(Pool.STRATEGIES).get(pool["strategy"], pool["strategy"]))


def requirements_in_words(requires: Any) -> str:
    """the lead's language and security and kubernetes (level 2, for 10 minutes)."""
    if not isinstance(requires, Mapping):
        return "(cannot be read)"
    needs = [
        _need_in_words(noun, entry)
        for key, noun in (("languages", "language"), ("skills", "skill"), ("topics", "topic"))
        for entry in ([requires[key]] if isinstance(requires.get(key), str) else requires.get(key) or ())
    ]
    return " and ".join(needs) or "nothing"


def _need_in_words(noun: str, entry: Any) -> str:
    terms = entry if isinstance(entry, Mapping) else {noun: entry}
    name = "the lead's language" if noun == "language" and terms.get(noun) == LEADS_OWN else str(terms.get(noun))
    level, patience = terms.get("level", 1), terms.get("patience_minutes")
    limits = [f"level {level}"] if level != 1 else []
    limits += [f"for {value_in_words(patience)} minutes"] if patience is not None else []
    return f"{name} ({', '.join(limits)})" if limits else name


def steps_in_words(steps: Any) -> str:
    """after 3 minutes remind unless accepted, after 5 minutes reassign."""
    if not isinstance(steps, list) or not all(isinstance(step, Mapping) for step in steps):
        return "(cannot be read)"
    return ", ".join(map(_step_in_words, steps)) or "nothing"


def _step_in_words(step: Json) -> str:
    does = str(step.get("do", "")).replace("_", " ")
    unless = f" unless {step['unless']}" if step.get("unless") else ""
    return f"after {value_in_words(step.get('after_minutes'))} minutes {does}{unless}"


def score_in_words(rows: Any) -> str:
    """20 points if job title contains chief."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return "(cannot be read)"
    points = [f"{value_in_words(row.get('points'))} points if {conditions_in_words(row.get('when'))}" for row in rows]
    return ", ".join(points) or "nothing"


def places_in_words(rows: Sequence[Json], names: Names) -> str:
    """ACME-1 → Bob Ray, ACME-2 → pool SMB."""
    return ", ".join(f"{row['key']} → {place_in_words(row, names)}" for row in rows) or "nothing"


def place_in_words(place: Json, names: Names) -> str:
    """A rep or a pool."""
    if place.get("rep") is not None:
        return names.reps.get(place["rep"], GONE)
    return f"pool {names.pools.get(place.get('pool', 0), GONE)}"


def active_in_words(active: Json) -> str:
    """When a rule applies: from 2026-03-01 09:00 UTC, on Monday, Tuesday."""
    parts = [f"{word} {_instant(active[key])}" for word, key in (("from", "from"), ("until", "to")) if active[key]]
    if active["weekdays"]:
        parts.append("on " + ", ".join(str(Weekday(day).label) for day in active["weekdays"]))
    return ", ".join(parts) or "always"


CRITERIA: Mapping[str, str] = {
    "countries": "country",
    "regions": "region",
    "cities": "city",
    "postal_codes": "postal code",
    "industries": "industry",
    "employees": "employees",
    "annual_revenue": "annual revenue",
    "sources": "source",
    "languages": "language",
}


def territory_in_words(territory: Json, names: Names) -> str:
    """country is US and region is US-CA → Ana Diaz."""
    given = [
        f"{word} {band_in_words(value) if isinstance(value, Mapping) else 'is ' + ' or '.join(map(str, value))}"
        for key, word in CRITERIA.items()
        if (value := territory[key])
    ]
    inside = f"inside {names.territories.get(territory['parent'], GONE)}: " if territory["parent"] else ""
    return f"{inside}{' and '.join(given) or 'everything'} → {owner_in_words(territory['owner'], names)}"


def criteria_in_words(look_up: Callable[[str], Any], longest: int = 4) -> str:
    """country US, CA · employees at least 50; long lists are cut. `look_up`: what a territory says under a key."""
    parts = []
    for key, word in CRITERIA.items():
        value = look_up(key)
        if isinstance(value, Mapping) and value:
            parts.append(f"{word} {band_in_words(value)}")
        elif value:
            more = f" and {len(value) - longest} more" if len(value) > longest else ""
            parts.append(f"{word} {', '.join(map(str, value[:longest]))}{more}")
    return " · ".join(parts)


def band_in_words(band: Json) -> str:
    """from 1 to 500; at least 1; at most 500."""
    low, high = band.get("min"), band.get("max")
    if low is not None and high is not None:
        return f"from {value_in_words(low)} to {value_in_words(high)}"
    if low is not None:
        return f"at least {value_in_words(low)}"
    return f"at most {value_in_words(high)}" if high is not None else "of any size"


def owner_in_words(owner: Json | None, names: Names) -> str:
    """The owner of a territory."""
    if not owner:
        return "the owner of the territory around it"
    return place_in_words(owner, names)


def _instant(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
