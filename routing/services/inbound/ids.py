"""The id of a lead that came in at an address: what a program numbers for itself is unique only there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routing.models import InboundAddress

PLACE = "{address}"
"""In a mapping's prefix or suffix: here goes what tells this address from all others."""
TEST = "test:"
"""So the id of a test lead begins: programs send their tests with the id of a real lead, or all with the same."""
LONG_ENOUGH = 8


def id_of(facts: Mapping[str, Any], address: InboundAddress) -> str:
    """Empty if it has none."""
    said = str(facts.get("external_id") or "").replace(PLACE, address.uuid.hex[:LONG_ENOUGH])
    return f"{TEST}{said}" if said and facts.get("test") is True else said
