"""Leads of people who asked never to be taken in again: every door asks here, of the facts as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from routing.intake.clean import Errors
from routing.models import Lead
from routing.services.privacy.suppression import REASON, suppressed_among
from routing.services.privacy.turns import keep_erasures_out

KNOWN_BY = ("email", "phone")
ASKED = "This person asked to be erased. To take them in again, lift that on the page “Asked to be erased”."


def refused_facts(facts: Sequence[Mapping[str, Any]]) -> list[Errors]:
    """Of each lead's facts those by which somebody is known who is not to be taken in.

    One query for one lead, two for many; on PostgreSQL one more, which waits for an erasure that is under way. What
    it says holds until the caller's transaction ends.
    """
    texts = [one.get(name, "") for one in facts for name in KNOWN_BY]
    keep_erasures_out(texts)
    suppressed = suppressed_among(texts)
    return [{name: [ASKED] for name in KNOWN_BY if one.get(name) in suppressed} for one in facts]


def have_people_look(leads: Sequence[Lead]) -> None:
    """Leads (not saved) of theirs go to review. Whatever else speaks against one, this is what people must know."""
    facts = [{name: getattr(lead, name) for name in KNOWN_BY} for lead in leads]
    for lead, refused in zip(leads, refused_facts(facts), strict=True):
        if refused:
            lead.screen_reason = REASON


def to_tell(leads: Sequence[Lead]) -> list[int]:
    """Of which leads other programs hear: of theirs once somebody has released it, since nobody fetches it back."""
    return [lead.pk for lead in leads if lead.screen_reason != REASON]
