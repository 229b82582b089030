"""What was found, as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.safestring import SafeString

MOST = 5
"""So many of each kind are shown; the list of the kind has the others."""


class Found(NamedTuple):
    """One row, page or act: its name, what tells it apart from others of that name, and since when."""

    title: str
    remark: str
    icon: str
    link: str
    when: SafeString = SafeString()


class Group(NamedTuple):
    """What was found of one kind."""

    title: str
    found: Sequence[Found]

    def begins_with(self, term: str) -> bool:
        """Whether a word in the name of something in it does: that is more likely meant than a text in the middle."""
        begun = term.casefold()
        names = [one.title.casefold() for one in self.found]
        return any(name.startswith(begun) or f" {begun}" in name for name in names)


def told_apart(*parts: object) -> str:
    """What is known, with dots between."""
    return " · ".join(str(part) for part in parts if part)
