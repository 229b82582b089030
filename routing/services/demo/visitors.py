"""Who wrote to the demo company in the last 60 days, and what: made from a seed, the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from routing.services.demo.company import COMPANIES, account_domain, account_name
from routing.services.demo.people import BERLIN, LOS_ANGELES, NEW_YORK
from routing.services.demo.rulebook import PARTNER_CODE, PROJECT

DAYS = 60
SLOT = timedelta(minutes=30)
"""Submissions come in bunches of this length, so that the history is made in seconds."""
WEEKDAY_SLOTS, WEEKEND_SLOTS = 3, 1
_FIRST = """
Ada Adrian Alice Amir Anna Bruno Carla Celine Dario Elena Emil Erik Fatima Felix Grace Hana Hugo Ines Ivan Jonas
Julia Karim Laura Leo Lina Luca Mara Marta Mei Milan Nadia Nina Noah Olga Omar Paula Pierre Priya Rita Rosa Sam
Sara Simon Tara Theo Tina Vera Viktor Wei Yara
"""
_LAST = """
Adams Almeida Bauer Bianchi Blanc Castro Chen Cohen Costa Dubois Evans Fischer Garcia Haddad Hansen Hughes
Ivanova Jensen Kaya Keller Kowalski Kumar Larsen Lopez Martin Meyer Moreau Murphy Novak Okafor Olsen Park
Peeters Petrov Reyes Ricci Santos Schmidt Silva Singh Sousa Suzuki Tanaka Torres Varga Weber Wilson Wong Young
Zhang
"""
_WORDS = """
Able Bright Clear Coastal Delta Early Fleet Grand Inland Keen Lunar Metro North Open Prime Quick Solid True
"""
_THINGS = """
bridge cart desk farm forge freight grid harbor kiln lane lens loom mill path port rail stack wave works
"""
FIRST, LAST, WORDS, THINGS = (names.split() for names in (_FIRST, _LAST, _WORDS, _THINGS))
TITLES = ("Head of Operations", "VP Sales", "IT Manager", "Founder", "Procurement Lead", "CTO", "Marketing Manager")
SOURCES = ("website", "website", "google ads", "webinar", "referral", "linkedin")
KINDS = ("demo", "demo", "demo", "pricing", "contact", "trial", "webinar", "content", "support", "partner")
MESSAGES = (
    "We would like to see the product next week.",
    "Our contract with another vendor ends in two months.",
    "How does pricing work for two hundred people?",
    "Do you integrate with our CRM?",
    "We compare three vendors and decide this month.",
    "Please call me back.",
    "We run everything on Kubernetes. Does yours run there, too?",
    "Can it pay invoices in several currencies?",
    "Our lawyers ask about GDPR and data residency.",
)
PLACES = (
    {"country": "US", "region": "US-CA", "postal_code": "94105", "city": "San Francisco"},
    {"country": "US", "region": "US-CA", "postal_code": "90012", "city": "Los Angeles"},
    {"country": "US", "region": "US-NY", "postal_code": "10001", "city": "New York"},
    {"country": "US", "region": "US-MA", "postal_code": "02108", "city": "Boston"},
    {"country": "US", "region": "US-TX", "postal_code": "77001", "city": "Houston"},
    {"country": "US", "region": "US-IL", "postal_code": "60601", "city": "Chicago"},
    {"country": "CA", "region": "CA-ON", "city": "Toronto"},
    {"country": "DE", "region": "DE-BE", "postal_code": "10115", "city": "Berlin", "language": "de"},
    {"country": "GB", "city": "London"},
    {"country": "FR", "city": "Paris", "language": "fr"},
    {"country": "NL", "city": "Amsterdam"},
)
EMPLOYEES = (8, 15, 25, 40, 60, 90, 140, 220, 350, 600, 1200, 4500)

MISTYPED = "Birchlyne Group"
"""Nearly the name of an account: somebody has to say whether it is the same."""

Submission = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bunch:
    """What came in within half an hour; it is routed at `routed_at`, and looks as if each had been routed at once."""

    routed_at: datetime
    submissions: list[Submission]
    posted_twice: bool


def bunches(now: datetime, random: Random) -> list[Bunch]:
    """60 days of submissions up to `now`, in order; the odd ones among them are always there."""
    made: dict[datetime, list[Submission]] = {}
    people: list[Submission] = []
    for day in (now.date() - timedelta(days=ago) for ago in range(DAYS, -1, -1)):
        for slot in _slots(day, random):
            if slot > now - SLOT:
                continue
            fresh = [_visitor(random, people) for _ in range(random.choice((2, 3, 3, 4)))]
            people += fresh
            made.setdefault(slot, []).extend(_at(slot, fresh, random))
    slots = sorted(made)
    for place, odd in zip((0.15, 0.35, 0.5, 0.65, 0.8), _odd_ones(random), strict=True):
        slot = slots[int(place * len(slots))]
        made[slot] = _at(slot, [odd], random) + made[slot]
    for slot in _nights(now):
        made.setdefault(slot, []).extend(_at(slot, [_large_company(random)], random))
    for instant, special in _specials(now, random).items():
        slot = _half_hour(instant)
        made.setdefault(slot, []).extend(_at(slot, special, random))
    slots = sorted(made)
    twice = {slots[int(place * len(slots))] for place in (0.25, 0.55, 0.95)}
    for slot in twice:
        _post_twice(made[slot])
    return [
        Bunch(
            slot + SLOT - timedelta(seconds=1),
            sorted(made[slot], key=lambda row: row["submitted_at"]),
            posted_twice=slot in twice,
        )
        for slot in slots
    ]


def _half_hour(instant: datetime) -> datetime:
    """The half hour in which an instant lies."""
    return instant.replace(minute=instant.minute // 30 * 30, second=0, microsecond=0)


def _slots(day: date, random: Random) -> Iterator[datetime]:
    """Half hours of a day, mostly in office hours of one of the continents."""
    for _ in range(WEEKEND_SLOTS if day.weekday() > 4 else WEEKDAY_SLOTS):
        zone = ZoneInfo(random.choice((NEW_YORK, NEW_YORK, LOS_ANGELES, BERLIN)))
        hour = random.choice((8, 9, 9, 10, 10, 11, 13, 14, 14, 15, 16, 16, 17, 19, 21, 3))
        yield datetime.combine(day, time(hour, random.choice((0, 30))), zone).astimezone(UTC)


def _at(slot: datetime, visitors: list[Submission], random: Random) -> list[Submission]:
    """In the first twenty minutes of the half hour, so that a second post still falls into it."""
    return [visitor | {"submitted_at": slot + timedelta(seconds=random.uniform(5, 1200))} for visitor in visitors]


def _post_twice(submissions: list[Submission]) -> None:
    """Somebody presses the button again after two minutes: a duplicate."""
    first = submissions[0]
    submissions.append(first | {"submitted_at": first["submitted_at"] + timedelta(minutes=2)})


def _visitor(random: Random, people: list[Submission]) -> Submission:
    """Somebody new, somebody of a known account, or somebody who is back."""
    kind = random.choice(KINDS)
    asked = {
        "kind": kind,
        "form": f"{kind}-form",
        "source": random.choice(SOURCES),
        "message": random.choice(MESSAGES),
    }
    if people and random.random() < 0.06:
        return random.choice(people) | asked
    first, last = random.choice(FIRST), random.choice(LAST)
    if random.random() < 0.3:
        number = random.randrange(len(COMPANIES))
        company: Submission = {"company": account_name(number), "domain": account_domain(number)}
    else:
        name = f"{random.choice(WORDS)}{random.choice(THINGS)}"
        company = {"company": name, "domain": f"{name.lower()}-{random.randrange(1000)}.example"}
        company |= {"employees": random.choice(EMPLOYEES)}
    address = f"{first}.{last}@{company.pop('domain')}".lower()
    person = {"first_name": first, "last_name": last, "email": address, "job_title": random.choice(TITLES)}
    return person | company | random.choice(PLACES) | asked


def _nights(now: datetime) -> list[datetime]:
    """Three nights to a working day, at an hour at which nobody who sells to large companies is on shift."""
    days = (now.date() - timedelta(days=ago) for ago in range(2, DAYS))
    nights = [day for day in days if day.weekday() in (1, 2, 3)]
    return [datetime.combine(nights[place], time(4), UTC) for place in (0, 5, 12)]


def _large_company(random: Random) -> Submission:
    visitor = _visitor(random, [])
    name = f"{random.choice(WORDS)}{random.choice(THINGS)} Holdings"
    address = f"{visitor['first_name']}.{visitor['last_name']}@{name.replace(' ', '-')}.example"
    return visitor | {"company": name, "email": address.lower(), "employees": 4500, "kind": "pricing"}


def _odd_ones(random: Random) -> list[Submission]:
    """Three students and two throw-away addresses."""
    odd = [_visitor(random, []) for _ in range(5)]
    for student in odd[:3]:
        name = f"{student['first_name']}.{student['last_name']}".lower()
        student |= {"job_title": "Student", "email": f"{name}@westfield-university.example"}
        student["company"] = "Westfield University"
    for number, thrown_away in enumerate(odd[3:]):
        thrown_away["email"] = f"visitor{number}@mailinator.com"
    return odd


def _specials(now: datetime, random: Random) -> dict[datetime, list[Submission]]:
    """When → what shows something that chance may not bring: tables, requirements, a suggestion, a wait."""
    partner, project, mistyped, waiting = (_visitor(random, []) for _ in range(4))
    partner |= {"kind": "other", "attributes": {"partner_code": PARTNER_CODE}}
    for visitor, asked in ((project, "contact"), (waiting, "demo")):
        visitor |= {"kind": asked, "product_interest": PROJECT, "message": "We want to connect it with our CRM."}
        _is_of(visitor, f"{random.choice(WORDS)}{random.choice(THINGS)} Systems")
    _is_of(partner, f"{random.choice(WORDS)}{random.choice(THINGS)} Partners")
    _is_of(mistyped, MISTYPED)
    return {
        _at_work(now - timedelta(days=33)): [partner],
        _at_work(now - timedelta(days=12)): [project],
        now - timedelta(days=1, hours=3): [mistyped | PLACES[0] | {"kind": "contact"}],
        now - timedelta(hours=5): [waiting],
    }


def _at_work(instant: datetime) -> datetime:
    """The morning of that day in New York, or of the Friday before."""
    day = instant.date() - timedelta(days=max(0, instant.weekday() - 4))
    return datetime.combine(day, time(11), ZoneInfo(NEW_YORK)).astimezone(UTC)


def _is_of(visitor: Submission, company: str) -> None:
    """Put somebody into a company that has no account, at an address of its own."""
    name = f"{visitor['first_name']}.{visitor['last_name']}@{company.replace(' ', '-')}-office.example"
    visitor |= {"company": company, "email": name.lower(), "employees": 300}
