"""Decisions in sentences: why this rep, and why not another. Works on the trace as the API shows it."""

from __future__ import annotations

from routing.engine.explain.discreet import discreet, discreet_text
from routing.engine.explain.rules import IN_WORDS
from routing.engine.explain.telling import LENT, sentences
from routing.engine.explain.why_not import why_not

__all__ = ["IN_WORDS", "LENT", "discreet", "discreet_text", "sentences", "why_not"]
