"""Changes of a rulebook that have a sentence of their own, as a sales manager would say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from routing.engine.types import Fairness, OfferMode, PerformanceMode
from routing.rulebook.words import METHOD_WORDS, requirements_in_words

Say: TypeAlias = Callable[[Any, Any], str]
"""Old and new value → the rest of the sentence whose subject is the row."""

FAIRNESS_WORDS: Mapping[str, str] = {
    Fairness.SHARE: "equal shares of what each could take",
    Fairness.TOTALS: "equal totals of the last days",
}
MODE_WORDS: Mapping[str, str] = {
    PerformanceMode.BEST_LEADS: "the best leads, in equal shares,",
    PerformanceMode.MORE_LEADS: "more leads",
}
OFFER_WORDS: Mapping[str, tuple[str, str]] = {
    OfferMode.ASSIGN: ("assigns leads", "assigning them"),
    OfferMode.EXCLUSIVE: ("offers leads to one after the other", "offering them to one after the other"),
    OfferMode.CLAIM: ("hands leads to whoever claims them first", "handing them to whoever claims them first"),
}


def _strategy(was: Any, becomes: Any) -> str:
    return f"goes {METHOD_WORDS.get(becomes, becomes)} instead of {METHOD_WORDS.get(was, was)}"


def _fairness(was: Any, becomes: Any) -> str:
    return f"gives {FAIRNESS_WORDS.get(becomes, becomes)} instead of {FAIRNESS_WORDS.get(was, was)}"


def _mode(was: Any, becomes: Any) -> str:
    return f"gives better results {MODE_WORDS.get(becomes, becomes)} instead of {MODE_WORDS.get(was, was).strip(',')}"


def _group(was: Any, becomes: Any) -> str:
    if becomes is None:
        return f"no longer shares its turns with the fairness group {was}"
    return f"now shares its turns with the fairness group {becomes}" + (f" instead of {was}" if was else "")


def _turns_by(was: Any, becomes: Any) -> str:
    if becomes is None:
        return f"no longer counts turns separately by {was}"
    return f"now counts turns separately by {becomes}" + (f" instead of {was}" if was else "")


def _offering(mode: Any) -> tuple[str, str]:
    return OFFER_WORDS.get(mode, (f"offers leads by “{mode}”", f"by “{mode}”"))


def _offer(was: Any, becomes: Any) -> str:
    return f"{_offering(becomes)[0]} instead of {_offering(was)[1]}"


def _requires(was: Any, becomes: Any) -> str:
    if not becomes:
        return f"no longer requires {requirements_in_words(was)}"
    before = f" instead of {requirements_in_words(was)}" if was else ""
    return f"now requires {requirements_in_words(becomes)}{before}"


def _enabled(was: Any, becomes: Any) -> str:
    return "is switched on" if becomes else "is switched off"


SENTENCES: Mapping[tuple[str, str], Say] = {
    ("pools", "strategy"): _strategy,
    ("pools", "fairness"): _fairness,
    ("pools", "performance.mode"): _mode,
    ("pools", "fairness_group"): _group,
    ("pools", "turns_by"): _turns_by,
    ("pools", "offer"): _offer,
    ("pools", "requires"): _requires,
    ("rules", "requires"): _requires,
    ("rules", "enabled"): _enabled,
}
