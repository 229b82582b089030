"""Sources that wait for facts which an enrichment fills in a moment later, before their leads are routed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from routing.engine.folding import fold
from routing.models import Lead
from routing.snapshots.rulebook import current_rulebook


def set_waits(leads: Sequence[Lead]) -> None:
    """Put off leads (not saved) whose published source waits for facts that they lack, as long as it waits at most."""
    if not any(lead.source for lead in leads) or (published := current_rulebook()) is None:
        return
    for lead in leads:
        terms = published.sources.get(fold(lead.source)) if lead.source else None
        if terms and terms.wait_seconds and (unknown := still_unknown(lead, terms.wait_for)):
            lead.waits_for = unknown
            lead.route_after = (lead.route_after or lead.submitted_at) + timedelta(seconds=terms.wait_seconds)


def still_unknown(lead: Lead, names: Iterable[str]) -> list[str]:
    """Those of the facts that the lead lacks; “attributes.size” and “utm.source” are facts too."""
    return [name for name in names if _value(lead, name) in ("", None, [], {})]


def _value(lead: Lead, name: str) -> object:
    column, _, key = name.partition(".")
    value = getattr(lead, column, None)
    if key:
        return value.get(key) if isinstance(value, dict) else None
    return value
