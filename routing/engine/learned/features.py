"""What a learned score looks at: a closed list of facts that are known when a lead comes in, each as a plain value.

Nothing that is known only after the outcome stands here: no stage, no amount, no owner, no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from routing.engine.folding import fold
from routing.engine.performance import segment_of, size_band

LONGEST_KIND = 60
SIGNALS_COUNT = timedelta(days=90)
MESSAGE_BANDS = ((0, "none"), (80, "short"), (400, "medium"))
"""Upper end in characters → name of the band."""
LONG_MESSAGE = "long"
LEVELS: tuple[tuple[str, frozenset[str]], ...] = (
    ("vice president or director", frozenset({"vp", "svp", "evp", "avp", "vice", "director", "head", "direktor"})),
    ("chief, owner or founder", frozenset({
        "ceo", "cto", "cfo", "coo", "cio", "cmo", "cro", "cpo", "ciso", "cso", "cdo", "chief", "founder", "cofounder",
        "owner", "president", "geschaftsfuhrer", "geschaeftsfuehrer", "inhaber", "gerente",
    })),
    ("manager", frozenset({"manager", "lead", "leader", "supervisor", "leiter", "leiterin", "teamlead"})),
)  # fmt: skip
"""The first level of which a word stands in a job title."""
OTHER_TITLE = "another title"
UNKNOWN = ""


class Feature(NamedTuple):
    """One thing that is known of a lead: the fact it belongs to and its value; "" is what was not said."""

    group: str
    value: str


Fact = Callable[[str], object]


def features_of(fact: Fact, signals: Iterable[str] = ()) -> tuple[Feature, ...]:
    """What a lead tells of itself. `fact` looks up by field name; `signals` are the kinds seen before it came in."""
    own = [Feature(group, read(fact)) for group, read in GROUPS.items()]
    kinds = sorted({fold(str(kind))[:LONGEST_KIND] for kind in signals} - {""})
    return (*own, *(Feature(SIGNALS, kind) for kind in kinds or [UNKNOWN]))


def kinds_before(signals: Iterable[tuple[str, datetime]], instant: datetime) -> list[str]:
    """The kinds of those signals that were observed in the weeks before an instant, never of later ones."""
    return [kind for kind, observed_at in signals if instant - SIGNALS_COUNT <= observed_at <= instant]


def _plain(field: str) -> Callable[[Fact], str]:
    return lambda fact: segment_of((field,), fact)[0]


def _address(fact: Fact) -> str:
    """Of a company, free mail, or none: the domain of a lead is never free mail's."""
    if fact("domain"):
        return "company"
    return "free mail" if fact("email") else UNKNOWN


def _phone(fact: Fact) -> str:
    return "given" if fact("phone") else UNKNOWN


def _message(fact: Fact) -> str:
    text = fact("message")
    length = len(text.strip()) if isinstance(text, str) else 0
    return next((name for upper, name in MESSAGE_BANDS if length <= upper), LONG_MESSAGE)


def _level(fact: Fact) -> str:
    title = fact("job_title")
    words = set("".join(c if c.isalnum() else " " for c in fold(title)).split()) if isinstance(title, str) else set()
    return next((level for level, names in LEVELS if words & names), OTHER_TITLE if words else UNKNOWN)


SIGNALS = "signal"
GROUPS: Mapping[str, Callable[[Fact], str]] = MappingProxyType(
    {
        "kind": _plain("kind"),
        "source": _plain("source"),
        "medium": _plain("utm.medium"),
        "form": _plain("form"),
        "region": _plain("region"),
        "size": lambda fact: size_band(fact("employees")),
        "industry": _plain("industry"),
        "address": _address,
        "phone": _phone,
        "message": _message,
        "job title": _level,
        "language": _plain("language"),
    }
)
"""What is looked at, and how it is read. The order is that of the columns."""
COLUMNS = (
    "kind", "source", "form", "country", "region", "employees", "industry", "domain", "email", "phone", "message",
    "job_title", "language", "utm",
)  # fmt: skip
"""The columns of a lead in which they stand."""
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "kind": ("asked for: {}", "did not say what it wants"),
        "source": ("came from {}", "came from an unknown source"),
        "medium": ("medium {}", "no medium"),
        "form": ("form {}", "through no form"),
        "region": ("from {}", "from an unknown country"),
        "size": ("size: {}", "size unknown"),
        "industry": ("industry {}", "industry unknown"),
        "address": ("{} address", "no e-mail address"),
        "phone": ("phone number {}", "no phone number"),
        "message": ("message: {}", "no message"),
        "job title": ("job title: {}", "no job title"),
        "language": ("language {}", "language unknown"),
        SIGNALS: ("signal: {}", "no buying signal"),
    }
)
CODES = frozenset({"region", "language"})
"""Of these the values are codes."""


def in_words(feature: Feature) -> str:
    """A feature as a reason says it."""
    said, unsaid = WORDS.get(feature.group, (f"{feature.group} {{}}", f"no {feature.group}"))
    if not feature.value:
        return unsaid
    return said.format(feature.value.upper() if feature.group in CODES else feature.value)
