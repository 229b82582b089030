"""Why deals cannot be judged."""

from __future__ import annotations


class CannotEvaluate(ValueError):
    """Why these deals cannot be judged: what is wrong, where, and what to do."""


class TooFewDeals(CannotEvaluate):
    """So many deals are known, which is too few."""

    def __init__(self, text: str, known: int) -> None:
        super().__init__(text)
        self.known = known
