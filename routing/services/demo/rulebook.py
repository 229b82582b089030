"""The rulebook of the demo company: one of each that routing knows."""

from __future__ import annotations

from typing import Any

from routing.services.demo.people import KUBERNETES, PAYMENTS, PRIVACY, email_of

_EUROPE = "AT BE CH CZ DE DK ES FI FR GB IE IT LU NL NO PL PT SE"
EUROPE = _EUROPE.split()
INBOUND = "North American inbound"
PARTNER_CODE = "HARBOR-10"
PROJECT = "integration project"


def _members(*names: str, **weights: float) -> list[dict[str, Any]]:
    return [{"rep": email_of(name), "weight": weights.get(name.split()[0].lower(), 1)} for name in names]


def _when(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


TOPICS = [
    {"name": KUBERNETES, "keywords": ["kubernetes", "k8s", "helm", "container"]},
    {"name": PAYMENTS, "keywords": ["payment", "invoice", "billing"]},
    {"name": PRIVACY, "keywords": ["data privacy", "gdpr", "data residency"]},
]
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
    {"name": "Northwest Europe", "countries": ["GB", "IE", "FR", "NL"], "owner": {"rep": email_of("Amelie Laurent")}},
]
POOLS: list[dict[str, Any]] = [
    {
        "name": "Enterprise",
        "strategy": "performance",
        "performance": {"segments": ["size", "source"], "k": 10},
        "control_share": 0.2,
        "members": _members("Ana Diaz", "Daniel Brooks", "Lukas Brandt"),
    },
    {
        "name": "Mid-market",
        "strategy": "load_balanced",
        "fairness_group": INBOUND,
        "members": _members("Ben Carter", "Chloe Nguyen", "Sofia Rossi", sofia=0.5),
    },
    {
        "name": "Europe",
        "turns_by": "grade",
        "requires": {"languages": [{"language": "lead", "patience_minutes": 30}]},
        "members": _members("Lukas Brandt", "Amelie Laurent", "Tomasz Nowak", amelie=2, tomasz=0.5),
    },
    {
        "name": "Small business",
        "fairness_group": INBOUND,
        "members": _members("Ben Carter", "Chloe Nguyen", "Sofia Rossi", "Daniel Brooks"),
    },
    {
        "name": "Experts",
        "strategy": "intent",
        "members": _members("Ana Diaz", "Ben Carter", "Daniel Brooks", "Sofia Rossi", "Lukas Brandt", "Maya Patel"),
    },
    {"name": "Around the clock", "members": _members("Maya Patel", "Tomasz Nowak")},
]
TABLES = [
    {
        "name": "Partner codes",
        "rows": {
            PARTNER_CODE: {"rep": email_of("Marcus Reed")},
            "NORTH-20": {"pool": "Small business"},
            "RHEIN-30": {"pool": "Europe"},
        },
    }
]
SOURCES = [{"name": "webinar", "wait_for": ["country"], "wait_seconds": 30}]
POLICIES: list[dict[str, Any]] = [
    {
        "name": "Five minutes",
        "steps": [
            {"after_minutes": 3, "do": "remind", "unless": "accepted"},
            {"after_minutes": 5, "do": "reassign", "unless": "responded"},
        ],
    },
    {
        "name": "Hot leads",
        "accept_minutes": 10,
        "steps": [
            {"after_minutes": 2, "do": "remind", "unless": "accepted"},
            {"after_minutes": 4, "do": "alert_manager", "unless": "responded"},
            {"after_minutes": 5, "do": "reassign", "unless": "responded"},
        ],
    },
    {"name": "One hour", "first_response_minutes": 60},
]
RULES: list[dict[str, Any]] = [
    {
        "name": "Students and applicants",
        "when": [[_when("job_title", "contains", "student")], [_when("message", "contains", "internship")]],
        "to": {"park": "Student or applicant", "review_days": 180},
        "note": "Marketing writes to them once a term.",
    },
    {
        "name": "Partner codes",
        "when": [[_when("attributes.partner_code", "not_empty")]],
        "to": {"table": "Partner codes", "by": "attributes.partner_code"},
        "note": "A code that is not in the table goes on to the next rule.",
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
        "name": "Integration projects",
        "when": [[_when("product_interest", "is", PROJECT)]],
        "to": {"pool": "Mid-market"},
        "requires": {"skills": [{"skill": "Integrations", "patience_minutes": 2880}]},
        "note": "Worth waiting two days for somebody who knows them; then anybody of the pool.",
    },
    {
        "name": "Hot leads",
        "when": [[_when("grade", "is", "A")]],
        "to": {"pool": "Enterprise"},
        "sla": "Hot leads",
        "units": 2,
    },
    {
        "name": "Topics",
        "when": [
            [_when("message", "matches", r"(?i)\b(kubernetes|k8s|helm|containers?)\b")],
            [_when("message", "matches", r"(?i)\b(payments?|invoices?|billing)\b")],
            [_when("message", "matches", r"(?i)\b(data privacy|gdpr|data residency)\b")],
            [_when("signal.technology", "has_signal")],
        ],
        "to": {"pool": "Experts"},
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
        "when": [[_when("territory", "not_empty"), _when("employees", "gte", 200)]],
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
SCORE = [
    {"when": [[_when("kind", "any_of", ["demo", "pricing"])]], "points": 30},
    {"when": [[_when("employees", "gte", 200)]], "points": 30},
    {"when": [[_when("job_title", "matches", r"(?i)\b(vp|cto|founder|head)\b")]], "points": 20},
    {"when": [[_when("account.target", "is", True)]], "points": 20},
]
GRADES = {"A": 80, "B": 50, "C": 20}
EXAMPLES = [
    {
        "name": "A question about Kubernetes goes to the experts",
        "lead": {"email": "kim@copperlane.example", "kind": "contact", "message": "Does it run on Kubernetes?"},
        "expect": {"pool": "Experts"},
    },
    {
        "name": "A customer's demo request goes to the account's owner",
        "lead": {"email": "lee@aldergate.example", "kind": "demo"},
        "expect": {"rep": email_of("Ana Diaz")},
    },
    {
        "name": "A company in Berlin goes to the territory's owner",
        "lead": {"email": "jan@copperlane.example", "kind": "contact", "country": "DE", "employees": 300},
        "expect": {"rep": email_of("Lukas Brandt")},
    },
    {
        "name": "A partner's code goes to whoever looks after the partner",
        "lead": {"email": "pat@copperlane.example", "attributes": {"partner_code": PARTNER_CODE}},
        "expect": {"rep": email_of("Marcus Reed")},
    },
    {
        "name": "A chief of a large company is hot",
        "lead": {
            "email": "cto@copperlane.example",
            "kind": "pricing",
            "job_title": "CTO",
            "employees": 700,
            "country": "US",
        },
        "expect": {"pool": "Enterprise"},
    },
]
