"""The demo company Harborline as a configuration file: its people, its market and its rulebook.

All people are made up, and every address ends in .example, which never leads anywhere.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from routing.services.demo.doors import FORMS, inbound
from routing.services.demo.people import BACKUPS, NEW_YORK, REPS, SELLERS, SKILLS, TEAMS, email_of
from routing.services.demo.rulebook import (
    EXAMPLES,
    GRADES,
    POLICIES,
    POOLS,
    RULES,
    SCORE,
    SOURCES,
    TABLES,
    TERRITORIES,
    TOPICS,
)

_COMPANIES = """
Aldergate Alpenrose Amberfield Ashcombe Baywater Bellhaven Birchline Bluecrest Brandywine Briarwood Calloway
Cedarbrook Clearmont Copperhill Cresthaven Dalewood Eastmoor Elmstead Evergrove Fairlight Fernhollow Foxbridge
Glenhurst Goldcrest Granitepoint Greyfriars Halcyonis Hartwell Hazelbrook Highmarch Ironwood Jasperlake
Kestrelton Kingsferry Lakemont Larkspur Lindenhof Maplecroft Marlowe Meadowgate Millstone Moorfield Nordhaven
Oakridge Orchardton Pinecrest Quarryside Ravenscroft Redmarsh Rosewater Sandpiper Silverbirch Stonebridge
Summitline Thornbury Umberton Valewood Westerlund Willowmere Yarrowdale
"""
COMPANIES = _COMPANIES.split()
SUFFIXES = ("Industries", "Health", "Logistics", "Software", "Foods", "Energy", "Group", "Labs")
PLACES = (("US", "US-CA"), ("US", "US-NY"), ("US", "US-TX"), ("DE", "DE-BE"), ("GB", "GB-LND"), ("FR", "FR-IDF"))


def accounts() -> list[dict[str, Any]]:
    """60 companies; every tenth is a subsidiary of the one before it."""
    return [_account(number) for number in range(len(COMPANIES))]


def account_name(number: int) -> str:
    return f"{COMPANIES[number]} {SUFFIXES[number % len(SUFFIXES)]}"


def account_domain(number: int) -> str:
    return f"{COMPANIES[number].lower()}.example"


def _account(number: int) -> dict[str, Any]:
    owner = SELLERS[number % len(SELLERS)]
    country, region = PLACES[number % len(PLACES)]
    return {
        "name": account_name(number),
        "domains": [account_domain(number)],
        "aliases": [COMPANIES[number]] if number % 4 == 0 else [],
        "parent": account_name(number - 1) if number % 10 == 9 else None,
        "owner": email_of(owner),
        "people": {"csm": email_of(BACKUPS[owner])} if number % 3 == 0 else {},
        "stage": ("customer", "prospect", "prospect", "former")[number % 4],
        "target": number % 5 == 1,
        "country": country,
        "region": region,
        "industry": SUFFIXES[number % len(SUFFIXES)].lower(),
        "employees": (40, 180, 650, 2400, 9000)[number % 5],
    }


def company(today: date) -> dict[str, Any]:
    """The whole file. Leave lies around `today`, so that somebody is away now and somebody soon."""
    return {
        "settings": {
            "timezone": NEW_YORK,
            "sla": "Five minutes",
            "score": SCORE,
            "grades": GRADES,
            "last_resort": [email_of("Grace Kim"), email_of("Katrin Vogel")],
        },
        "skills": SKILLS,
        "teams": TEAMS,
        "reps": [rep | ({"backup": email_of(BACKUPS[rep["name"]])} if rep["name"] in BACKUPS else {}) for rep in REPS],
        "time_off": [
            _leave("Chloe Nguyen", today, -38, -32, "Holiday"),
            _leave("Ana Diaz", today, -24, -20, "Conference"),
            _leave("Ben Carter", today, -2, 4, "Parental leave"),
            _leave("Lukas Brandt", today, 12, 25, "Holiday"),
        ],
        "topics": TOPICS,
        "sources": SOURCES,
        "tables": TABLES,
        "territories": TERRITORIES,
        "accounts": accounts(),
        "pools": POOLS,
        "sla_policies": POLICIES,
        "rules": RULES,
        "examples": EXAMPLES,
        "forms": FORMS,
        "inbound": inbound(),
    }


def _leave(name: str, today: date, first: int, last: int, reason: str) -> dict[str, Any]:
    start, end = (today + timedelta(days=days) for days in (first, last))
    return {"rep": email_of(name), "from": start.isoformat(), "to": end.isoformat(), "reason": reason}
