"""Lead → account, with the evidence that decided."""

from __future__ import annotations

from routing.matching.accounts import match_accounts

__all__ = ["match_accounts"]
