"""How long and how much is still sensible: the bounds of numbers in rules, settings and SLA policies."""

from __future__ import annotations

from datetime import date

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Days before and after those of other years, or their time elsewhere, may not exist."""

LONGEST_NOTE = 20_000
"""Characters."""
LONGEST_TABLE_KEY = 200
LARGEST_NUMBER = 2**63 - 1
"""What a column holds."""

MOST_UNITS = 1_000
MOST_UNANSWERED = 1_000
MOST_ATTEMPTS = 100
MOST_FIT = 1_000
MOST_RAMP_WEEKS = 52
"""A new member's weight grows over no more than so many weeks."""
MOST_PRIOR_LEADS = 1_000_000
"""Of the k by which results are shrunk."""
LARGEST_BAND = 1_000
"""Leads."""
LARGEST_CONTROL = 0.5
LONGEST_NURTURE = 3_650
"""Days."""
LONGEST_DAYS = 3_650.0
LONGEST_MINUTES = LONGEST_DAYS * 24 * 60
"""Longer spans than ten years say nothing more, and end in dates that do not exist."""


TOO_FAR = f"It is too far away. Use a year from {FIRST_YEAR} to {LAST_YEAR}."
IS_PAST = "It lies in the past. Send a later instant, or none."
LONGEST_ABOUT = 500
"""Characters of what a topic is about."""


def is_far_away(day: date) -> bool:
    return not FIRST_YEAR <= day.year <= LAST_YEAR
