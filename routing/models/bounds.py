"""How long and how much is still sensible: the bounds of numbers in rules, settings and SLA policies."""

MOST_UNITS = 1_000
LONGEST_NURTURE = 3_650
"""Days."""
LONGEST_DAYS = 3_650.0
LONGEST_MINUTES = LONGEST_DAYS * 24 * 60
"""Longer spans than ten years say nothing more, and end in dates that do not exist."""
