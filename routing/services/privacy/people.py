"""Whom a search or an erasure is about: addresses, numbers and leads, and what to look for in texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

import phonenumbers
from django.db.models import Q

from routing.intake.clean import Unusable
from routing.intake.normalise import email_address, phone_number
from routing.models import Lead
from routing.services.privacy.readings import NO_DIGIT, encoded, is_in

ERASED = "[erased]"
"""What stands where somebody was named in a text that stays."""
BETWEEN_DIGITS = r"[^0-9]{0,3}"
BETWEEN_ENCODED = rf"{NO_DIGIT}{{0,9}}"
"""As a database looks for it: three signs, of up to three bytes each."""
BEGINS = r"(?<![\w.+-])"
ENDS = r"(?![\w-])"
HOST_ENDS = rf"{ENDS}(?!\.[a-z]{{2}}{ENDS})"
"""Not before a country, .au: that is somebody else's address. Before .csv, or a word, it is theirs."""
SHORTEST_PART = 5
"""So many letters or digits of a word that was cut off still tell whom it names."""
LONGEST_NAME = 100
"""Texts that the system writes cut a name here."""


class NobodyNamed(ValueError):
    """Neither an address nor a number that can be searched for. The text says what to send, `field` where."""

    def __init__(self, text: str, field: str = "email") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Person:
    """`leads` are rows that go with them. `names` are looked for only in what the system itself has written."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    leads: tuple[Lead, ...] = ()
    names: frozenset[str] = field(default=frozenset())

    @cached_property
    def keys(self) -> list[int]:
        return sorted(lead.pk for lead in self.leads)

    @cached_property
    def texts(self) -> list[str]:
        """What no text may still hold: addresses, numbers, and the ids of leads."""
        return sorted({*self.emails, *self.phones, *(str(lead.uuid) for lead in self.leads)})

    @cached_property
    def numbers(self) -> list[str]:
        """Patterns of the numbers, however their digits are set apart, without what stands before them."""
        return sorted(BETWEEN_ENCODED.join(_digits(phone)) for phone in self.phones)

    @cached_property
    def nameless(self) -> Person:
        """Themselves in what others have written: whoever has their name there is somebody else."""
        return replace(self, names=frozenset())

    def naming(self, column: str, *, typed: bool = False) -> Q:
        """Rows whose text may name them; `pattern` says whether it does.

        `typed`: somebody else than the system has written it, so that a number may have blanks.
        """
        wanted = Q(pk__in=[])
        for text in (*self.texts, *self.names):
            for form in sorted({text, json.dumps(text)[1:-1]}):
                wanted |= Q(**{f"{column}__icontains": form})
        for word in (*self.emails, *self.names):
            wanted |= _encoded_in(column, word)
        for pattern in self.numbers if typed else ():
            wanted |= Q(**{f"{column}__regex": pattern})
        return wanted

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Everything that is taken out of a text that stays: with a letter more it would be another address."""
        words = sorted({*self.texts, *self.names}, key=len, reverse=True)
        exact = [f"{BEGINS}{re.escape(word)}{HOST_ENDS if word in self.emails else ENDS}" for word in words]
        loose = [rf"(?<!\d){_prefix(phone)}{_apart(_digits(phone))}(?!\d)" for phone in sorted(self.phones)]
        return re.compile("|".join([*exact, *loose]) or r"(?!)", re.IGNORECASE)

    @cached_property
    def cut(self) -> re.Pattern[str]:
        """What is left of it at the end of a text that was cut there, since its column takes no more.

        Of an address not less than what stands before its host, and the @: many have a first name.
        """
        parts = [part for word in self.emails for part in _parts(word) if "@" in part]
        parts += [part for word in self.names for part in _parts(word)]
        words = [rf"{BEGINS}{re.escape(part)}" for part in parts]
        numbers = [rf"(?<!\d){_prefix(phone)}{_apart(part)}{BETWEEN_DIGITS}" for phone in self.phones
                   for part in _parts(_digits(phone))]  # fmt: skip
        return re.compile("|".join(rf"{part}\Z" for part in [*words, *numbers]) or r"(?!)", re.IGNORECASE)

    def is_named_in(self, value: Any) -> bool:
        """Also in a text that is itself a document."""
        if isinstance(value, str):
            with suppress(ValueError, RecursionError):
                if value[:1] in ("[", "{"):
                    return self.is_named_in(json.loads(value, parse_int=str, parse_float=str))
            return is_in(value, self.pattern)
        if isinstance(value, dict):
            return any(self.is_named_in(part) for pair in value.items() for part in pair)
        return isinstance(value, list) and any(map(self.is_named_in, value))


def _encoded_in(column: str, word: str) -> Q:
    """Rows with it that have a sign of it as %40 or \\u0040. Few have such signs and a part of it: only these cost."""
    signs = Q(**{f"{column}__contains": "%"}) | Q(**{f"{column}__contains": "\\u"})
    some = sorted(re.findall("[A-Za-z0-9]{3,}", word), key=len)[-2:]
    parts = Q()
    for part in some:
        parts |= Q(**{f"{column}__icontains": part})
    return signs & parts & Q(**{f"{column}__iregex": encoded(word)})


def _digits(phone: str) -> str:
    return str(phonenumbers.parse(phone).national_number)


def _apart(digits: str) -> str:
    return BETWEEN_DIGITS.join(digits)


def _parts(word: str) -> list[str]:
    """Its beginnings, longest first."""
    return [word[:length] for length in range(len(word) - 1, SHORTEST_PART - 1, -1)]


def _prefix(phone: str) -> str:
    """+49, 0049, +49 (0), 0, or nothing."""
    country = BETWEEN_DIGITS.join(str(phonenumbers.parse(phone).country_code))
    return rf"(?:(?:(?:\+|00)?{country}{BETWEEN_DIGITS})?\(?0?{BETWEEN_DIGITS})?"


def person_named(*, email: str = "", phone: str = "") -> Person:
    """Whoever has this address or number, with all their leads and the duplicates of these. Raises NobodyNamed.

    What else these leads say is theirs, too: another address, their number, unless somebody else has it as well.
    """
    emails = frozenset([_email(email)] if email.strip() else [])
    phones = frozenset([_phone(phone)] if phone.strip() else [])
    if not emails and not phones:
        raise NobodyNamed("Send an e-mail address or a phone number.")
    own = Lead.objects.filter(Q(email__in=emails) | Q(phone__in=phones)).order_by()
    leads = Lead.objects.filter(Q(pk__in=own) | Q(duplicate_of__in=own)).order_by("pk")
    theirs = person_of(leads)
    return Person(emails | theirs.emails, phones | theirs.phones, theirs.leads, theirs.names)


def known_by(lead: UUID) -> dict[str, str]:
    """What names the person of this lead: its address, else its number, which a whole office may share.

    Raises NobodyNamed.
    """
    row = Lead.objects.filter(uuid=lead).only("email", "phone").first()
    if row is None:
        raise NobodyNamed("There is no lead of this id.", "lead")
    return {"email": row.email} if row.email else {"phone": row.phone}


def person_of(leads: Iterable[Lead]) -> Person:
    """Whom these leads are about. An address or a number that another lead has too is not looked for."""
    rows = tuple(leads)
    others = Lead.objects.exclude(pk__in=[row.pk for row in rows]).order_by()
    identities = [key for row in rows for key in (row.email_identity_id, row.phone_identity_id) if key]
    emails = {row.email for row in rows} - {""}
    phones = {row.phone for row in rows} - {""}
    emails -= set(others.filter(email_identity__in=identities).values_list("email", flat=True))
    phones -= set(others.filter(phone_identity__in=identities).values_list("phone", flat=True))
    return _with_names(frozenset(emails), frozenset(phones), rows)


def _with_names(emails: frozenset[str], phones: frozenset[str], leads: Iterable[Lead]) -> Person:
    rows = tuple(leads)
    names = {row.name for row in rows if row.first_name and row.last_name}
    labels = {row.label[:LONGEST_NAME] for row in rows if row.company and row.name}
    return Person(emails, phones, rows, frozenset(names | labels))


def _email(text: str) -> str:
    try:
        return email_address(text)
    except Unusable as error:
        raise NobodyNamed(str(error)) from error


def _phone(text: str) -> str:
    try:
        return phone_number(text).number
    except Unusable as error:
        raise NobodyNamed(str(error), "phone") from error
