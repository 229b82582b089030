"""A rulebook by what people call it: the draft, what is published, or a version's number."""

from __future__ import annotations

from typing import TypeAlias

from routing.engine.counting import counted
from routing.models import RulebookVersion
from routing.rulebook.content import draft_content
from routing.rulebook.mend import mend
from routing.snapshots.rulebook import Published, compile_rulebook, current_rulebook, rulebook_version

Version: TypeAlias = str | int

DRAFT, PUBLISHED = "draft", "published"
DRAFT_NUMBER = 0
"""The number of a rulebook that is no version yet."""


MOST_NAMED = 5
"""Of what is wrong with a draft no more is said."""


class NoSuchVersion(Exception):
    """There is no such rulebook, or none that leads can follow. The text says what there is, or what is wrong."""


def which_version(version: Version) -> Published:
    """The rulebook of this name or number, compiled. Raises NoSuchVersion."""
    if version == DRAFT:
        return _draft()
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


def _draft() -> Published:
    """What blocks publishing, such as an option that is gone, a preview shows; what is unreadable it cannot."""
    content = draft_content()
    if found := mend(content).problems:
        named = " ".join(str(problem) for problem in found[:MOST_NAMED])
        more = f" And {counted(len(found) - MOST_NAMED, 'further error')}." if len(found) > MOST_NAMED else ""
        raise NoSuchVersion(f"The draft cannot be followed as it is. {named}{more} Mend it first.")
    return compile_rulebook(DRAFT_NUMBER, content)


def number_of(published: Published) -> int | None:
    """The version's number; None for the draft."""
    return published.number or None
