"""Leads of people who asked never to be taken in again: every door asks here, of the facts as they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from routing.intake.clean import Errors, Unusable
from routing.intake.normalise import email_address, phone_number
from routing.models import Lead
from routing.services.privacy.suppression import REASON, suppressed_among
from routing.services.privacy.turns import keep_erasures_out

KNOWN_BY = ("email", "phone")
ASKED = "This person asked to be erased. To take them in again, lift that on the page “Asked to be erased”."
ATTRIBUTES = "attributes"
LONGEST_ADDRESS = 320
_NUMBER = re.compile(r"\s*[+(0-9][0-9 ()/.-]{6,30}\s*")


def refused_facts(facts: Sequence[Mapping[str, Any]]) -> list[Errors]:
    """Of each lead's facts those by which somebody is known who is not to be taken in.

    An address or a number that became an attribute, since another one counts, is theirs as well (attributes.NAME).
    One query for one lead, two for many; on PostgreSQL one more, which waits for an erasure that is under way. What
    it says holds until the caller's transaction ends.
    """
    known = [tuple(_known_by(one)) for one in facts]
    texts = [text for one in known for _, text in one]
    keep_erasures_out(texts)
    suppressed = suppressed_among(texts)
    return [{name: [ASKED] for name, text in one if text in suppressed} for one in known]


def _known_by(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """By name of the fact: each address and number, as it is stored."""
    yield from ((name, facts[name]) for name in KNOWN_BY if facts.get(name))
    for name, value in (facts.get(ATTRIBUTES) or {}).items():
        for item in value if isinstance(value, list) else [value]:
            if text := _as_stored(item, facts.get("country") or ""):
                yield f"{ATTRIBUTES}.{name}", text


def _as_stored(item: Any, country: str) -> str:
    """The address or number that it is; empty for anything else."""
    text = str(item)
    try:
        if "@" in text:
            return email_address(text) if len(text) <= LONGEST_ADDRESS else ""
        return phone_number(text, country).number if _NUMBER.fullmatch(text) else ""
    except Unusable:
        return ""


def have_people_look(leads: Sequence[Lead]) -> None:
    """Leads (not saved) of theirs go to review. Whatever else speaks against one, this is what people must know."""
    facts = [{name: getattr(lead, name) for name in (*KNOWN_BY, ATTRIBUTES, "country")} for lead in leads]
    for lead, refused in zip(leads, refused_facts(facts), strict=True):
        if refused:
            lead.screen_reason = REASON


def to_tell(leads: Sequence[Lead]) -> list[int]:
    """Of which leads other programs hear: of theirs once somebody has released it, since nobody fetches it back."""
    return [lead.pk for lead in leads if lead.screen_reason != REASON]
