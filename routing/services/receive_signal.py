"""Take buying signals in: checked, stored once, and told to routing where a lead waits for news.

A signal sent again (same subject, kind, title and instant) is the one that is there already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from django.db import transaction

from routing.doorbell import ring_after_commit
from routing.engine.types import HeldReason
from routing.intake import clean
from routing.intake.clean import Errors, Unusable
from routing.intake.domains import is_personal, registrable_domain
from routing.intake.folding import without_accents
from routing.intake.normalise import email_address
from routing.models import ApiKey, Identity, Lead, LeadEvent, Signal
from routing.models.bounds import LARGEST_NUMBER, LONGEST_DAYS
from routing.models.leads import LeadQuerySet
from routing.services.access import leads_of_key
from routing.services.lead_actions.ownership import lock_owned
from routing.services.lead_actions.park import wake_parked
from routing.services.privacy.screening import refused_facts

NAMESPACE = UUID("0d2a4c3e-6f0b-5d7e-9c55-2f3a8b1c7e90")
"""Of the ids of signals, which are made from what makes a signal the same."""
LONGEST_TEXT = 20_000
LONGEST_RAW = 500
AHEAD = timedelta(minutes=5)
"""By how much a sender's clock may be fast."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AT_ONCE = 500
"""Leads that one signal moves at most."""
MOST_TOLD = 20
LONGEST_EVENT = 500
INSTANT = re.compile(r"(?i)\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
NO_INSTANT = "Send an instant with date, time and offset, such as 2026-03-03T16:00:00+01:00."
NO_SUBJECT = "Say whom the signal is about: send a domain, an email or a lead."
NO_LEAD = "There is no lead of this id."
SUBJECTS = ("lead", "email", "domain")


class InvalidSignal(Exception):
    """The facts cannot become a signal; `errors` holds what is wrong by field."""

    def __init__(self, errors: Errors) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(texts)}" for field, texts in errors.items()))
        self.errors = errors


def receive_signal(
    *, facts: Mapping[str, Any], now: datetime, api_key: ApiKey | None = None, demo: bool = False
) -> Signal:
    """Store one signal. Raises InvalidSignal with everything that is wrong, and then has written nothing.

    A rep's key names only the rep's own leads. Raises NotTheirs once the lead moved on.
    """
    signal = Signal(**_read(facts, now), received_at=now, api_key=api_key, demo=demo)
    _refuse_hidden(signal)
    signal.uuid = _identity_of(signal)
    if earlier := Signal.objects.filter(uuid=signal.uuid).first():
        return earlier
    with transaction.atomic():
        moved = _lock_concerned(signal)
        if errors := refused_facts([{"email": signal.email}])[0]:
            raise InvalidSignal(errors)
        if api_key and api_key.rep_id and signal.lead:
            lock_owned(signal.lead, rep_id=api_key.rep_id)
        stored, created = Signal.objects.get_or_create(uuid=signal.uuid, defaults=_columns(signal))
        if created:
            _tell_routing(moved, now=now)
            _note(stored, moved, now=now)
            transaction.on_commit(lambda: _look_again(stored, now=now), robust=True)
    return stored


# --- what was sent ------------------------------------------------------------------------------------------------


def _read(facts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The columns of a signal. A field without value is one that was not sent."""
    if not isinstance(facts, Mapping):
        raise InvalidSignal({"": ["Send an object."]})
    values, errors = _values(clean.strip_unstorable(facts)[0])
    observed_at = values.setdefault("observed_at", now)
    if observed_at > now + AHEAD:
        errors["observed_at"] = ["This instant lies in the future. Send when it was observed."]
    values["observed_at"] = min(observed_at, now)
    if not any(subject in errors or values.get(subject) for subject in SUBJECTS):
        errors["domain"] = [NO_SUBJECT]
    if "kind" not in errors and not values.get("kind"):
        errors["kind"] = ["Say what kind of signal it is, such as funding, hiring or pricing_visit."]
    if errors:
        raise InvalidSignal(errors)
    return values


def _values(sent: Mapping[str, Any]) -> tuple[dict[str, Any], Errors]:
    """What each field that was sent says, and what is wrong with those that say nothing."""
    values: dict[str, Any] = {}
    errors: Errors = {}
    for name, value in sent.items():
        if name not in READERS:
            errors[name[: clean.LONGEST_KEY]] = [f"Unknown field. Send: {', '.join(READERS)}."]
        elif value is not None and value != "":
            try:
                values[name] = READERS[name](value)
            except Unusable as error:
                errors[name] = [str(error)]
    return values, errors


def _lead(value: Any) -> Lead:
    try:
        return Lead.objects.get(uuid=UUID(clean.text(value, limit=LONGEST_RAW)))
    except (ValueError, Lead.DoesNotExist) as error:
        raise Unusable(NO_LEAD) from error


def _email(value: Any) -> str:
    return email_address(clean.text(value, limit=LONGEST_RAW))


def _domain(value: Any) -> str:
    """The registrable domain of a company, from a domain or a web address."""
    domain = registrable_domain(clean.text(value, limit=LONGEST_RAW))
    if not domain:
        raise Unusable("This is no domain. Send one such as globex.com.")
    if is_personal(domain):
        raise Unusable(f"Nobody's company is found by {domain}: it is free or shared mail. Send an email instead.")
    return domain


def _kind(value: Any) -> str:
    """As it is compared: “Pricing visit” and “pricing_visit” are the same kind."""
    plain = without_accents(_column("kind")(value)).strip().replace(" ", "_").replace("-", "_")
    return _column("kind")(plain)  # ß is longer without its own letter


def _column(name: str) -> Callable[[Any], str]:
    """One line that fits the column of this name."""
    limit = getattr(Signal._meta.get_field(name), "max_length", 0)
    return lambda value: clean.text(value, limit=limit)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_NUMBER:
        raise Unusable("Send a number.")
    return float(value)


def _strength(value: Any) -> float:
    if not 0 <= (number := _number(value)) <= 1:
        raise Unusable("Send a number from 0 to 1.")
    return number


def _half_life(value: Any) -> float:
    if not 0 < (number := _number(value)) <= LONGEST_DAYS:
        raise Unusable(f"Send a number of days, more than 0 and at most {LONGEST_DAYS}.")
    return number


def _source_url(value: Any) -> str:
    """Only what is safe to click on."""
    address = _column("source_url")(value)
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in address
    except ValueError:
        usable = False
    if not usable:
        raise Unusable("Send a web address that begins with https:// or http://.")
    return address


def _observed_at(value: Any) -> datetime:
    if isinstance(value, str) and INSTANT.fullmatch(value.strip()):
        try:
            value = datetime.fromisoformat(value.strip().upper().replace(" ", "T"))
        except ValueError as error:
            raise Unusable(NO_INSTANT) from error
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unusable(NO_INSTANT)
    try:
        observed_at = value.astimezone(UTC)
    except OverflowError as error:
        raise Unusable(NO_INSTANT) from error
    if observed_at < EARLIEST:
        raise Unusable(f"Send an instant after {EARLIEST:%Y}.")
    return observed_at


READERS: Mapping[str, Callable[[Any], Any]] = {
    "lead": _lead,
    "email": _email,
    "domain": _domain,
    "kind": _kind,
    "title": _column("title"),
    "text": lambda value: clean.lines(value, limit=LONGEST_TEXT),
    "strength": _strength,
    "half_life_days": _half_life,
    "source_url": _source_url,
    "observed_at": _observed_at,
}


def _identity_of(signal: Signal) -> UUID:
    """The same for a signal that is sent again, so that the database keeps one."""
    instant = signal.observed_at.isoformat()
    parts = (signal.lead_id or "", signal.email, signal.domain, signal.kind, signal.title, instant)
    return uuid5(NAMESPACE, "\n".join(str(part) for part in parts))


def _columns(signal: Signal) -> dict[str, Any]:
    names = [column.attname for column in Signal._meta.concrete_fields if column.attname not in ("id", "uuid")]
    return {name: getattr(signal, name) for name in names}


# --- whom it concerns ---------------------------------------------------------------------------------------------


def _refuse_hidden(signal: Signal) -> None:
    """A lead that the key may not see is not there for it."""
    key, lead = signal.api_key, signal.lead
    if key and lead and not leads_of_key(key, Lead.objects.filter(pk=lead.pk)).exists():
        raise InvalidSignal({"lead": [NO_LEAD]})


def _lock_concerned(signal: Signal) -> list[int]:
    """The lead it names, and those of the person or company that wait or are parked (the newest of many), locked."""
    wanted: set[int] = {signal.lead_id} if signal.lead_id else set()
    for leads in _concerned(signal):
        held = _waiting_for_news(leads)
        parked = leads.filter(status=Lead.Status.PARKED, review_date__isnull=False)
        for those in (held, parked):
            wanted.update(those.order_by("-pk").values_list("pk", flat=True)[:AT_ONCE])
    rows = Lead.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    locked = list(rows.values_list("pk", flat=True)) if wanted else []
    if signal.lead_id and signal.lead_id not in locked:  # deleted a moment ago
        raise InvalidSignal({"lead": [NO_LEAD]})
    return locked


def _waiting_for_news(leads: LeadQuerySet) -> LeadQuerySet:
    """Held, but not since somebody has yet to answer an offer."""
    return leads.held().exclude(held_reason=HeldReason.OFFERED)


def _concerned(signal: Signal) -> list[LeadQuerySet]:
    """The leads of each subject, by a look-up that needs no scan."""
    leads = Lead.objects.order_by()
    concerned = [leads.filter(pk=signal.lead_id)] if signal.lead_id else []
    identities = Identity.objects.order_by()
    if signal.email:
        person = identities.filter(kind=Identity.Kind.EMAIL, key=signal.email).values_list("pk", flat=True).first()
        concerned += [leads.filter(email_identity=person)] if person else []
    if signal.domain:
        company = identities.filter(kind=Identity.Kind.DOMAIN, key=signal.domain).values_list("pk", flat=True).first()
        concerned += [leads.filter(company_identity=company)] if company else []
    return concerned


def _tell_routing(lead_ids: Collection[int], *, now: datetime) -> None:
    """Parked leads go back to routing; what waits is looked at again."""
    if not lead_ids:
        return
    wake_parked(lead_ids=lead_ids, now=now)
    _waiting_for_news(Lead.objects.filter(pk__in=lead_ids, route_after__gt=now)).update(route_after=now)
    ring_after_commit("routing")


@transaction.atomic
def _look_again(signal: Signal, *, now: datetime) -> None:
    """Once more after the commit, for a lead that was put on hold meanwhile by a batch that did not know of it."""
    late = _lock_concerned(signal)
    _waiting_for_news(Lead.objects.filter(pk__in=late, route_after__gt=now)).update(route_after=now)


def _note(signal: Signal, moved: Collection[int], *, now: datetime) -> None:
    """In the timeline of the lead it names, of those that waited, and of the person's open ones."""
    told = set(moved)
    if signal.email:
        of_person = Lead.objects.open().filter(
            email_identity__kind=Identity.Kind.EMAIL, email_identity__key=signal.email
        )
        told.update(of_person.order_by("-pk").values_list("pk", flat=True)[:MOST_TOLD])
    text = ": ".join(part for part in (signal.kind.replace("_", " "), signal.title) if part)[:LONGEST_EVENT]
    LeadEvent.objects.bulk_create(
        LeadEvent(lead_id=lead, kind=LeadEvent.Kind.SIGNAL, text=text, happened_at=now) for lead in sorted(told)
    )
