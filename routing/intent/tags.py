"""What an extractor gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from routing.engine.types import Topic

LONGEST_QUOTE = 120
"""Characters."""


class Tag(NamedTuple):
    """That a text is about a topic: how sure (0 to 1), and a piece of the text that shows it."""

    topic: str
    confidence: float
    quote: str


Extractor: TypeAlias = Callable[[str, Sequence[Topic]], list[Tag]]
"""A text and the closed list of topics → the topics it is about, the surest first. Raises what it likes."""
