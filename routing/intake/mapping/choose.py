"""Which of several ways to one field counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from routing.intake.mapping.values import nothing
from routing.intake.mapping.ways import Tried


def first(ways: Iterable[Tried]) -> Tried:
    """The first that gives something; else the first that is wrong, else the last."""
    failed: Tried | None = None
    for tried in ways:
        if tried.fitted:
            return tried
        failed = failed or (tried if tried.error else None)
    return failed or tried


def agreed(ways: Sequence[Tried]) -> Tried:
    """Consent is what all that somebody said comes to: one no is a no, and what nobody can read is no yes.

    What one way cannot read another may. What a mapping says itself counts where they said nothing.
    """
    said = [tried for tried in ways if not nothing(tried.found) and tried.path]
    refused = (tried for tried in said if tried.fitted and tried.fitted.value is False)
    read = {id(tried.found) for tried in said if tried.fitted}
    unread = (tried for tried in said if tried.error and id(tried.found) not in read)
    return next(refused, None) or next(unread, None) or first([*said, *ways])
