"""The people of the demo company: 12 reps in 3 teams, in three time zones."""

from __future__ import annotations

from typing import Any

DOMAIN = "harborline.example"
LOS_ANGELES, NEW_YORK, BERLIN = "America/Los_Angeles", "America/New_York", "Europe/Berlin"
KUBERNETES, PAYMENTS, PRIVACY = "Kubernetes", "Payments", "Data privacy"
SKILLS = ["Security", "Integrations", "Public sector"]

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
    _rep(
        "Ana Diaz",
        "West Coast",
        expertise={KUBERNETES: 3},
        languages=["en", "es"],
        skills=["Security"],
        holidays="US-CA",
    ),
    _rep(
        "Ben Carter",
        "West Coast",
        expertise={PAYMENTS: 2, KUBERNETES: 1},
        languages=["en"],
        skills=["Integrations"],
        holidays="US-CA",
    ),
    _rep(
        "Maya Patel",
        "West Coast",
        expertise={KUBERNETES: 2},
        languages=["en", "hi"],
        working_hours="always",
        about="On call around the clock.",
    ),
    _rep("Marcus Reed", "East Coast", languages=["en"], about="Runs the East Coast team."),
    _rep("Chloe Nguyen", "East Coast", languages=["en", "fr"], skills=["Public sector"], holidays="US-NY"),
    _rep(
        "Daniel Brooks", "East Coast", expertise={PRIVACY: 3}, languages=["en"], skills=["Security"], holidays="US-NY"
    ),
    _rep(
        "Sofia Rossi", "East Coast", expertise={PAYMENTS: 3}, languages=["en", "it"], caps={"day": 6}, holidays="US-NY"
    ),
    _rep("Katrin Vogel", "Europe", languages=["de", "en"], about="Runs the European team."),
    _rep(
        "Lukas Brandt",
        "Europe",
        expertise={KUBERNETES: 2, PRIVACY: 2},
        languages=["de", "en"],
        skills=["Security", "Integrations"],
        holidays="DE-BE",
    ),
    _rep("Amelie Laurent", "Europe", languages=["fr", "en"], skills=["Public sector"]),
    _rep(
        "Tomasz Nowak",
        "Europe",
        expertise={PAYMENTS: 2, PRIVACY: 1},
        languages=["pl", "de", "en"],
        working_hours="always",
        about="On call day and night.",
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
