"""What a rule or a pool requires of a rep: languages, skills and topics, as a file writes them, checked and read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError

from reps.validators import validate_languages
from routing.engine.folding import fold
from routing.engine.types import LEADS_OWN, Need, NeedKind
from routing.models.bounds import LONGEST_MINUTES

Finding: TypeAlias = tuple[str, str]
KINDS: Mapping[str, tuple[str, NeedKind]] = {
    "languages": ("language", NeedKind.LANGUAGE),
    "skills": ("skill", NeedKind.SKILL),
    "topics": ("topic", NeedKind.TOPIC),
}
"""Key of the requirements → key of one of them, and what kind of need it is."""
LEVELS = (1, 2, 3)
WAYS = "{languages: lead, skills: [security], topics: [{topic: kubernetes, level: 2, patience_minutes: 10}]}"


def read_needs(value: Any) -> tuple[Need, ...]:
    """The needs in `value`. What check_requirements refuses is left out, where it cannot be read as a need."""
    if not isinstance(value, Mapping):
        return ()
    return tuple(
        need
        for key, (noun, kind) in KINDS.items()
        for _, entry in _entries(key, value.get(key))
        if (need := _need(entry, noun, kind))
    )


def check_requirements(value: Any, *, skills: Collection[str] | None, topics: Collection[str] | None) -> list[Finding]:
    """What is wrong: (path, message) pairs. `skills` and `topics` are the names that exist; None: any will do."""
    if not isinstance(value, Mapping):
        return [("", f"requirements are written {WAYS}.")]
    found = [(str(key), f"this is unknown. Use {', '.join(KINDS)}.") for key in value if key not in KINDS]
    checks: Mapping[str, Callable[[str], str | None]] = {
        "languages": _language_problem,
        "skills": _known("skill", skills),
        "topics": _known("topic", topics),
    }
    for key, (noun, kind) in KINDS.items():
        if value.get(key) is None:
            continue
        if not isinstance(value[key], list) and not (kind is NeedKind.LANGUAGE and value[key] == LEADS_OWN):
            found.append((key, f"this is not a list. Write requirements as {WAYS}."))
            continue
        for path, entry in _entries(key, value[key]):
            found += [(f"{path}{sub}", message) for sub, message in _entry_problems(entry, noun, checks[key])]
    return found


def _entries(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The single needs under a key, each with its path."""
    if key == "languages" and value == LEADS_OWN:
        yield key, value
    elif isinstance(value, list):
        yield from ((f"{key}[{index}]", entry) for index, entry in enumerate(value))


def _need(entry: Any, noun: str, kind: NeedKind) -> Need | None:
    terms = entry if isinstance(entry, Mapping) else {noun: entry}
    name, level, patience = terms.get(noun), terms.get("level", 1), terms.get("patience_minutes")
    if not isinstance(name, str) or not name.strip():
        return None
    return Need(
        kind=kind,
        name=fold(name),
        level=level if kind is NeedKind.TOPIC and level in LEVELS else 1,
        patience_minutes=float(patience) if patience is not None and _is_patience(patience) else None,
    )


def _entry_problems(entry: Any, noun: str, check: Callable[[str], str | None]) -> Iterator[Finding]:
    terms = entry if isinstance(entry, Mapping) else {noun: entry}
    allowed = {noun, "patience_minutes"} | ({"level"} if noun == "topic" else set())
    for key in terms:
        if key not in allowed:
            yield f".{key}", f"this is unknown. Use {', '.join(sorted(allowed))}."
    if message := _name_problem(terms.get(noun), noun, check):
        yield f".{noun}" if isinstance(entry, Mapping) else "", message
    yield from _limit_problems(terms)


def _name_problem(name: Any, noun: str, check: Callable[[str], str | None]) -> str | None:
    if not isinstance(name, str) or not name.strip():
        return f"this is not the name of a {noun}. Write requirements as {WAYS}."
    return check(name)


def _limit_problems(terms: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with the level, and with how long it is asked for."""
    level, patience = terms.get("level", 1), terms.get("patience_minutes")
    if level not in LEVELS or isinstance(level, bool | float):
        yield ".level", "a level is 1, 2 or 3."
    if patience is not None and not _is_patience(patience):
        yield ".patience_minutes", f"this must be more than 0 and at most {LONGEST_MINUTES:,.0f} minutes (ten years)."


def _is_patience(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST_MINUTES


def _language_problem(name: str) -> str | None:
    if name == LEADS_OWN:
        return None
    try:
        validate_languages([name])
    except ValidationError as error:
        return str(error.messages[0])
    return None


def _known(noun: str, names: Collection[str] | None) -> Callable[[str], str | None]:
    if names is None:
        return lambda name: None
    folded = {fold(name) for name in names}
    return lambda name: None if fold(name) in folded else f"there is no {noun} “{name[:60]}”. Add it, or correct it."
