"""Accounts to ask about, kept with the lead until it matches, or somebody confirms or dismisses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from routing.matching import Suggestion
from routing.models import AccountSuggestion, Lead


def store_suggestions(*, suggestions: Mapping[int, Sequence[Suggestion]], now: datetime) -> None:
    """Make the suggestions of these leads what matching came to. Those that were dismissed stay so. Two statements."""
    kept = {(lead, suggestion.account) for lead, found in suggestions.items() for suggestion in found}
    shown = AccountSuggestion.objects.filter(lead__in=suggestions, dismissed_at=None)
    gone = [pk for pk, *pair in shown.order_by().values_list("pk", "lead_id", "account_id") if tuple(pair) not in kept]
    if gone:
        AccountSuggestion.objects.filter(pk__in=gone).delete()
    rows = [
        AccountSuggestion(
            lead_id=lead, account_id=suggestion.account, confidence=suggestion.confidence,
            evidence=suggestion.evidence, made_at=now, updated_at=now,
        )
        for lead, found in suggestions.items() for suggestion in found
    ]  # fmt: skip
    if rows:
        AccountSuggestion.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["lead", "account"],
            update_fields=["confidence", "evidence", "updated_at"],
        )


def dismiss_suggestions(*, lead: Lead, now: datetime, account_id: int | None = None) -> None:
    """They are no longer shown: all of the lead's, or the one of this account."""
    shown = AccountSuggestion.objects.filter(lead=lead, dismissed_at=None)
    (shown.filter(account=account_id) if account_id else shown).update(dismissed_at=now)
