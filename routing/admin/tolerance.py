"""The turn tolerance of a pool: a number, a slider beside it, and a sentence that says what the value means."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from routing.engine.types import Strategy
from routing.models.bounds import LARGEST_BAND
from routing.snapshots.pools import USUAL_BAND, usual_band

SLIDER_MOST = 10
"""In turns. Whoever wants more types it; the slider then stands at its end."""
SLIDER_STEP = 0.5
STRICT = "Strictly by turn: {measure} only between reps who are level."
LOOSE = "{who} may go first, while nobody is more than {{turns}} behind them."
STRAIGHT = {
    Strategy.ROUND_ROBIN: "By turn the order is never left.",
    Strategy.LOAD_BALANCED: "The fewest open leads decide, and turns only between equals.",
}
"""Of methods without a tolerance."""
ELSEWHERE = "A tolerance counts with Performance and Intent only."
GRADED = {
    Strategy.PERFORMANCE: (
        STRICT.format(measure="results decide"),
        LOOSE.format(who="Whoever has the best results with such leads"),
    ),
    Strategy.INTENT: (
        STRICT.format(measure="expertise decides"),
        LOOSE.format(who="Whoever knows most about what the lead wants"),
    ),
}
"""Of methods with one: at 0, and above."""
HELP = (
    "How many turns somebody may be ahead of the others and still get a lead that fits them best. It changes which "
    f"leads a rep gets, not how many in the long run. Empty: {USUAL_BAND:g}, by intent {usual_band(Strategy.INTENT):g}."
)


def tolerance_in_words(method: str, band: float | None) -> str:
    """What a value means for a method; the usual one where none is given."""
    strategy = Strategy(method)
    return f"{STRAIGHT[strategy]} {ELSEWHERE}" if strategy in STRAIGHT else order_in_words(method, band)


def order_in_words(method: str, band: float | None) -> str:
    """How far a method leaves the order of turns."""
    strategy = Strategy(method)
    if strategy in STRAIGHT:
        return STRAIGHT[strategy]
    value = usual_band(strategy) if band is None else band
    strict, loose = GRADED[strategy]
    return loose.format(turns=f"{value:g} turn{'' if value == 1 else 's'}") if value > 0 else strict


class ToleranceWidget(forms.NumberInput):
    """`method` and `band` are what the sentence is about until something is changed."""

    template_name = "admin/widgets/tolerance.html"
    method: str = Strategy.ROUND_ROBIN.value

    class Media:
        js = ["leadrouting/pools.js"]

    def __init__(self) -> None:
        super().__init__({"class": "lr-input", "min": 0, "max": LARGEST_BAND, "step": "any"})

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        method = self.method if self.method in set(Strategy) else Strategy.ROUND_ROBIN.value
        band = _number(value)
        words = f"{context['widget']['attrs'].get('id', name)}_words"
        context["widget"]["attrs"] |= {"aria-describedby": words, "placeholder": f"{usual_band(Strategy(method)):g}"}
        context["widget"] |= {
            "words_id": words,
            "words": tolerance_in_words(method, band),
            "spoken": json.dumps(_spoken()),
            "most": SLIDER_MOST,
            "step": SLIDER_STEP,
        }
        return context


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _spoken() -> dict[str, dict[str, Any]]:
    """The same sentences for the script that changes them while somebody types."""
    graded = {
        method.value: {"strict": strict, "loose": loose, "usual": usual_band(method)}
        for method, (strict, loose) in GRADED.items()
    }
    return graded | {method.value: {"never": f"{words} {ELSEWHERE}"} for method, words in STRAIGHT.items()}
