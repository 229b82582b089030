"""Requirements: what a rep must speak, know and be good at to take a lead, and for how long that is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from routing.engine.deadlines import after
from routing.engine.folding import fold
from routing.engine.types import LEADS_OWN, Need, NeedKind, Refusal, RepState


class Asked(NamedTuple):
    """The needs that hold now, and when the next of them is dropped (None: never)."""

    needs: tuple[Need, ...] = ()
    next_dropped: datetime | None = None


def asked_now(needs: Iterable[Need], *, language: str, first: datetime, now: datetime) -> Asked:
    """The needs whose patience is not over. `first` is when the lead first reached the rule.

    The lead's own language is put in; where that is not known, nobody needs to speak it.
    """
    holding: list[Need] = []
    ends: list[datetime] = []
    for need in needs:
        until = None if need.patience_minutes is None else after(first, minutes=need.patience_minutes)
        if until is not None and now >= until:
            continue
        name = language if need.kind is NeedKind.LANGUAGE and need.name == LEADS_OWN else need.name
        if not name:
            continue
        holding.append(Need(need.kind, fold(name), need.level))
        ends += [] if until is None else [until]
    return Asked(tuple(holding), min(ends, default=None))


def lacking(state: RepState, needs: Iterable[Need]) -> tuple[Refusal, str] | None:
    """The first need that somebody does not meet: languages first, then skills, then topics."""
    unmet = [need for need in needs if not _met(state, need)]
    if not unmet:
        return None
    need = min(unmet, key=lambda need: _ORDER[need.kind])
    return _REFUSALS[need.kind], _detail(state, need)


_REFUSALS = {
    NeedKind.LANGUAGE: Refusal.LANGUAGE,
    NeedKind.SKILL: Refusal.SKILL,
    NeedKind.TOPIC: Refusal.TOPIC,
}
_ORDER = {kind: position for position, kind in enumerate(_REFUSALS)}


def _met(state: RepState, need: Need) -> bool:
    if need.kind is NeedKind.LANGUAGE:
        return speaks(state.languages, need.name)
    if need.kind is NeedKind.SKILL:
        return need.name in state.skills
    return state.expertise.get(need.name, 0) >= need.level


def speaks(languages: frozenset[str], wanted: str) -> bool:
    """Whether a language is among these; "de" and "de-at" are the same one, "de-at" and "de-ch" are not."""
    if wanted in languages:
        return True
    general = _general(wanted)
    if general != wanted:
        return general in languages
    return any(_general(language) == wanted for language in languages)


def _general(language: str) -> str:
    return language.replace("_", "-").partition("-")[0]


def _detail(state: RepState, need: Need) -> str:
    if need.kind is NeedKind.LANGUAGE:
        return f"does not speak the language {need.name}"
    if need.kind is NeedKind.SKILL:
        return f"lacks the skill {need.name}"
    level = state.expertise.get(need.name, 0)
    has = f"level {level:g}" if level else "no expertise"
    return f"has {has} in {need.name}, of {need.level} needed"
