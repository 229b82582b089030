"""Tables, and columns of tables, in which nothing about people who are leads stands; each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

CONFIGURATION = "What somebody configured: of the company, not of leads."
STAFF = "About people who work here (manage.py person --rep)."
SYSTEM = "Of the system alone."
COMPANIES = "About companies."
KEYED = "A keyed hash: nobody reads anything from it."

NOTHING_OF_LEADS: Mapping[str, str] = {
    "routing.account": COMPANIES,
    "routing.accountalias": COMPANIES,
    "routing.accountdomain": COMPANIES,
    "routing.accountexclusion": COMPANIES,
    "routing.accountnameblock": COMPANIES,
    "routing.accountperson": COMPANIES,
    "routing.apikey": CONFIGURATION,
    "routing.auditentry": "Ids, names of what is configured, and counts only; whatever notes more is a mistake.",
    "routing.decisionsnapshot": "What a batch saw of people who work here and of ledgers: ids and numbers.",
    "routing.form": CONFIGURATION,
    "routing.formfield": CONFIGURATION,
    "routing.heartbeat": SYSTEM,
    "routing.inboundaddress": CONFIGURATION,
    "routing.learnedexpertise": "Numbers of reps, by topic.",
    "routing.learnedscore": "Weights of values that at least 20 leads have, and counts.",
    "routing.ledger": CONFIGURATION,
    "routing.ledgeraccount": "Balances of reps, by kind, grade or source of leads.",
    "routing.ledgerday": "Counts of reps, by kind, grade or source of leads.",
    "routing.lookuptable": CONFIGURATION,
    "routing.peoplesnapshot": STAFF,
    "routing.performancetable": "Numbers of reps.",
    "routing.pool": CONFIGURATION,
    "routing.poolmember": CONFIGURATION,
    "routing.routingbatch": "Keys of leads that a router has begun on; gone when it is done.",
    "routing.routingsettings": CONFIGURATION,
    "routing.rule": CONFIGURATION,
    "routing.slapolicy": CONFIGURATION,
    "routing.source": CONFIGURATION,
    "routing.territory": CONFIGURATION,
    "routing.textreading": "A keyed hash of a text, topics, and places in it: nobody reads anything from that.",
    "routing.throttlecount": KEYED,
    "routing.topic": CONFIGURATION,
    "routing.webhook": CONFIGURATION,
    "routing.weighttilt": "Numbers of reps.",
    "reps.channel": STAFF,
    "reps.expertise": STAFF,
    "reps.rep": STAFF,
    "reps.skill": STAFF,
    "reps.team": STAFF,
    "reps.timeoff": STAFF,
}
"""By model; of a history, by the model whose it is."""
OTHER_APPS: Mapping[str, str] = {
    "auth": STAFF,
    "account": STAFF,
    "contenttypes": SYSTEM,
    "mfa": STAFF,
    "sessions": "Who is signed in, and what is told them next; it ends with the session.",
    "socialaccount": STAFF,
}
"""By app, of those that are not ours."""
