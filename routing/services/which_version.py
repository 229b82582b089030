"""A rulebook by what people call it: the draft, what is published, or a version's number."""

from __future__ import annotations

from typing import TypeAlias

from routing.models import RulebookVersion
from routing.rulebook.content import draft_content
from routing.snapshots.rulebook import Published, compile_rulebook, current_rulebook, rulebook_version

Version: TypeAlias = str | int

DRAFT, PUBLISHED = "draft", "published"
DRAFT_NUMBER = 0
"""The number of a rulebook that is no version yet."""


class NoSuchVersion(Exception):
    """There is no such rulebook. The text says what there is."""


def which_version(version: Version) -> Published:
    """The rulebook of this name or number, compiled. Raises NoSuchVersion."""
    if version == DRAFT:
        return compile_rulebook(DRAFT_NUMBER, draft_content())
    if version == PUBLISHED:
        if (published := current_rulebook()) is None:
            raise NoSuchVersion("Nothing has been published yet. Publish the draft first.")
        return published
    try:
        return rulebook_version(int(version))
    except (ValueError, OverflowError, RulebookVersion.DoesNotExist):
        newest = RulebookVersion.objects.order_by("-number").values_list("number", flat=True).first()
        there_is = f", or a number from 1 to {newest}" if newest else ""
        raise NoSuchVersion(f"There is no version “{version}”. Say draft, published{there_is}.") from None


def number_of(published: Published) -> int | None:
    """The version's number; None for the draft."""
    return published.number or None
