"""Lead → account, with the evidence that decided."""

from __future__ import annotations

from routing.matching.accounts import Matching, Suggestion, grounds_of, match_accounts, match_leads

__all__ = ["Matching", "Suggestion", "grounds_of", "match_accounts", "match_leads"]
