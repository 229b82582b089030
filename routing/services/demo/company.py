"""The demo company Harborline as a configuration file: 12 reps, 3 teams, 5 territories, 60 accounts, 5 pools, 10 rules.

All people are made up, and every address ends in .example, which never leads anywhere.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

DOMAIN = "harborline.example"
LOS_ANGELES, NEW_YORK, BERLIN = "America/Los_Angeles", "America/New_York", "Europe/Berlin"
SKILLS = ["Security", "Integrations", "Public sector"]
EUROPE = ["AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "LU", "NL", "NO", "PL", "PT", "SE"]

TEAMS: list[dict[str, Any]] = [
    {
        "name": "West Coast",
        "manager": f"grace.kim@{DOMAIN}",
        "timezone": LOS_ANGELES,
        "working_hours": {"mon-fri": ["08:00-12:00", "12:30-17:30"]},
    },
    {
        "name": "East Coast",
        "manager": f"marcus.reed@{DOMAIN}",
        "timezone": NEW_YORK,
        "working_hours": {"mon-fri": ["08:00-18:00"]},
    },
    {
        "name": "Europe",
        "manager": f"katrin.vogel@{DOMAIN}",
        "timezone": BERLIN,
        "working_hours": {"mon-thu": ["09:00-18:00"], "fri": ["09:00-16:00"]},
    },
]


def _rep(name: str, team: str, **fields: Any) -> dict[str, Any]:
    return {"email": f"{name.lower().replace(' ', '.')}@{DOMAIN}", "name": name, "team": team} | fields


REPS = [
    _rep("Grace Kim", "West Coast", languages=["en", "ko"], about="Runs the West Coast team."),
    _rep("Ana Diaz", "West Coast", languages=["en", "es"], skills=["Security"], holidays="US-CA"),
    _rep("Ben Carter", "West Coast", languages=["en"], skills=["Integrations"], holidays="US-CA"),
    _rep("Maya Patel", "West Coast", languages=["en", "hi"], working_hours="always", about="On call around the clock."),
    _rep("Marcus Reed", "East Coast", languages=["en"], about="Runs the East Coast team."),
    _rep("Chloe Nguyen", "East Coast", languages=["en", "fr"], skills=["Public sector"], holidays="US-NY"),
    _rep("Daniel Brooks", "East Coast", languages=["en"], skills=["Security"], holidays="US-NY"),
    _rep("Sofia Rossi", "East Coast", languages=["en", "it"], caps={"day": 6}, holidays="US-NY"),
    _rep("Katrin Vogel", "Europe", languages=["de", "en"], about="Runs the European team."),
    _rep("Lukas Brandt", "Europe", languages=["de", "en"], skills=["Security", "Integrations"], holidays="DE-BE"),
    _rep("Amelie Laurent", "Europe", languages=["fr", "en"], skills=["Public sector"]),
    _rep(
        "Tomasz Nowak", "Europe", languages=["pl", "de", "en"], working_hours="always", about="On call day and night."
    ),
]
BACKUPS = {
    "Ana Diaz": "Ben Carter",
    "Ben Carter": "Ana Diaz",
    "Chloe Nguyen": "Daniel Brooks",
    "Daniel Brooks": "Chloe Nguyen",
    "Sofia Rossi": "Maya Patel",
    "Lukas Brandt": "Amelie Laurent",
    "Amelie Laurent": "Lukas Brandt",
}
SELLERS = ["Ana Diaz", "Ben Carter", "Chloe Nguyen", "Daniel Brooks", "Sofia Rossi", "Lukas Brandt", "Amelie Laurent"]


def email_of(name: str) -> str:
    return next(str(rep["email"]) for rep in REPS if rep["name"] == name)


def _members(*names: str, **weights: float) -> list[dict[str, Any]]:
    return [{"rep": email_of(name), "weight": weights.get(name.split()[0].lower(), 1)} for name in names]


TERRITORIES: list[dict[str, Any]] = [
    {"name": "North America", "countries": ["US", "CA"], "owner": {"pool": "Mid-market"}},
    {
        "name": "California",
        "parent": "North America",
        "countries": ["US"],
        "regions": ["US-CA"],
        "postal_codes": ["90000-96199"],
        "owner": {"rep": email_of("Ana Diaz")},
    },
    {
        "name": "Northeast",
        "parent": "North America",
        "regions": ["US-NY", "US-MA", "US-CT", "US-NJ"],
        "owner": {"rep": email_of("Daniel Brooks")},
    },
    {"name": "DACH", "countries": ["DE", "AT", "CH"], "owner": {"rep": email_of("Lukas Brandt")}},
    {"name": "UK and Ireland", "countries": ["GB", "IE"], "owner": {"rep": email_of("Amelie Laurent")}},
]
POOLS: list[dict[str, Any]] = [
    {"name": "Enterprise", "members": _members("Ana Diaz", "Daniel Brooks", "Lukas Brandt")},
    {"name": "Mid-market", "members": _members("Ben Carter", "Chloe Nguyen", "Sofia Rossi", sofia=0.5)},
    {"name": "Europe", "members": _members("Lukas Brandt", "Amelie Laurent", amelie=2)},
    {"name": "Small business", "members": _members("Ben Carter", "Chloe Nguyen", "Sofia Rossi", "Daniel Brooks")},
    {"name": "Around the clock", "members": _members("Maya Patel", "Tomasz Nowak")},
]


def _when(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


RULES: list[dict[str, Any]] = [
    {
        "name": "Students and applicants",
        "when": [[_when("job_title", "contains", "student")], [_when("message", "contains", "internship")]],
        "to": {"park": "Student or applicant", "review_days": 180},
        "note": "Marketing writes to them once a term.",
    },
    {
        "name": "Partners",
        "when": [[_when("kind", "is", "partner")]],
        "to": {"rep": email_of("Marcus Reed")},
        "sla": "One hour",
    },
    {
        "name": "Customers' questions",
        "when": [[_when("account.stage", "is", "customer"), _when("kind", "is", "support")]],
        "to": {"account_owner": "csm", "away": "next"},
    },
    {
        "name": "Known accounts",
        "when": [[_when("account.stage", "is", "customer")], [_when("account.target", "is", True)]],
        "to": {"account_owner": "owner"},
        "note": "Off shift they keep their leads; the clock starts with their next shift.",
    },
    {
        "name": "Enterprise",
        "when": [[_when("employees", "gte", 1000)]],
        "to": {"pool": "Enterprise"},
        "when_nobody": {"wait_minutes": 960},
        "owner": email_of("Grace Kim"),
    },
    {
        "name": "Territories",
        "when": [[_when("territory", "not_empty", None), _when("employees", "gte", 200)]],
        "to": {"territory": True, "away": "backup"},
    },
    {
        "name": "Europe",
        "when": [[_when("country", "any_of", EUROPE)]],
        "to": {"pool": "Europe"},
        "when_nobody": {"overflow": "Around the clock"},
    },
    {
        "name": "Ready to buy",
        "when": [[_when("kind", "any_of", ["demo", "pricing", "trial"])]],
        "to": {"pool": "Small business"},
        "when_nobody": {"overflow": "Around the clock"},
    },
    {
        "name": "Webinars and downloads",
        "when": [[_when("kind", "any_of", ["webinar", "content"])]],
        "to": {"pool": "Mid-market"},
        "sla": "One hour",
    },
    {"name": "Catch-all", "when": [], "to": {"pool": "Around the clock"}},
]
POLICIES = [{"name": "Five minutes"}, {"name": "One hour", "first_response_minutes": 60}]

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
        "territories": TERRITORIES,
        "accounts": accounts(),
        "pools": POOLS,
        "sla_policies": POLICIES,
        "rules": RULES,
    }


def _leave(name: str, today: date, first: int, last: int, reason: str) -> dict[str, Any]:
    start, end = (today + timedelta(days=days) for days in (first, last))
    return {"rep": email_of(name), "from": start.isoformat(), "to": end.isoformat(), "reason": reason}
