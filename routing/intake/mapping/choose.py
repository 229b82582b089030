"""Which of several ways to one field counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from routing.intake.facts import InvalidLead, prepare
from routing.intake.mapping.check import Entry, Way
from routing.intake.mapping.nobody import names_nobody
from routing.intake.mapping.values import nothing
from routing.intake.mapping.ways import Tried, beside, failed, try_each, try_ways

EMAIL, PHONE = "email", "phone"
NAMES = ("first_name", "last_name")
READ_BY = ("country", "region")
"""By these a phone number without country code is read."""
MOST_JUDGED = 100
"""So many answers are looked through for an address or a number."""


def first(ways: Iterable[Tried]) -> Tried:
    """The first that gives something; else the first that is wrong, else the last."""
    wrong: Tried | None = None
    for tried in ways:
        if tried.fitted:
            return tried
        wrong = wrong or (tried if tried.error else None)
    return wrong or tried


def agreed(ways: Sequence[Tried]) -> Tried:
    """Consent is what all that somebody said comes to: one no is a no, and what nobody can read is no yes.

    What one way cannot read another may. What a mapping says itself counts where they said nothing.
    """
    said = [tried for tried in ways if not nothing(tried.found) and tried.path]
    refused = (tried for tried in said if tried.fitted and tried.fitted.value is False)
    read = {id(tried.found) for tried in said if tried.fitted}
    unread = (
        tried if tried.error else failed(replace(tried, value=tried.found), "this is neither yes nor no")
        for tried in said
        if not tried.fitted and id(tried.found) not in read
    )
    return next(refused, None) or next(unread, None) or first([*said, *ways])


def reachable(field: str, ways: Iterable[Tried], facts: Mapping[str, Any]) -> Tried:
    """The first e-mail address or phone number that is one; else the first text that may be meant as one.

    `facts` are those that are known of the lead so far.
    """
    tried = list(islice(ways, MOST_JUDGED))
    given = [each for each in tried if each.fitted]
    place = {name: facts[name] for name in READ_BY if name in facts}
    usable = (each for each in given if each.fitted and _is_read(field, each.fitted.value, place))
    meant = (each for each in given if each.fitted and not names_nobody(each.fitted.value))
    return next(usable, None) or next(meant, None) or first(tried)


def _is_read(field: str, value: Any, place: Mapping[str, Any]) -> bool:
    try:
        prepare({**place, field: value})
    except InvalidLead as error:
        return field not in error.errors
    return True


def one_person(first_name: Entry, last_name: Entry, tree: Any) -> tuple[Tried, Tried]:
    """First and last name. A whole name fills a part that is missing only where it has the one that came by itself."""
    one, other = (first(_names(entry.field, entry.ways, tree)) for entry in (first_name, last_name))
    if not one.sources or not other.sources or set(one.sources) == set(other.sources):
        return one, other
    if other.is_part:
        return one, _beside(one, last_name, tree)
    return (_beside(other, first_name, tree), other) if one.is_part else (one, other)


def _beside(part: Tried, entry: Entry, tree: Any) -> Tried:
    """What came by itself as well; else what a whole name has beside the other part."""
    alone = _names(entry.field, (way for way in entry.ways if not way.takes_part), tree)
    came = (tried for tried in alone if tried.sources)
    known = part.fitted.value if part.fitted else ""
    return next(came, None) or first(_names(entry.field, beside(entry.ways, str(known)), tree))


def _names(field: str, ways: Iterable[Way], tree: Any) -> Iterator[Tried]:
    """Of several whole names each is somebody's."""
    return (tried for way in ways for tried in (try_each if way.takes_part else try_ways)(field, (way,), tree))
