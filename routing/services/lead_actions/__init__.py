"""What people and programs do with a lead: each one transaction, each with an event that names who did it.

Locked in the order of all of routing: leads, identities, accounts, ledgers, reps. Who comes too late changes nothing
and is told who has the lead now.
"""

from __future__ import annotations

from routing.services.lead_actions.accept import accept, respond
from routing.services.lead_actions.claim import claim
from routing.services.lead_actions.decline import decline
from routing.services.lead_actions.outcome import set_outcome
from routing.services.lead_actions.park import park, wake_parked
from routing.services.lead_actions.reassign import reassign
from routing.services.lead_actions.refusals import Invalid, NotOffered, NotTheirs, WrongState
from routing.services.lead_actions.review import mark_duplicate, quarantine, restore
from routing.services.lead_actions.route import release, route_lead
from routing.services.lead_actions.unchanged import ChangedMeanwhile, do_if_unchanged, state_of

__all__ = [
    "ChangedMeanwhile",
    "Invalid",
    "NotOffered",
    "NotTheirs",
    "WrongState",
    "accept",
    "claim",
    "decline",
    "do_if_unchanged",
    "mark_duplicate",
    "park",
    "quarantine",
    "reassign",
    "release",
    "respond",
    "restore",
    "route_lead",
    "set_outcome",
    "state_of",
    "wake_parked",
]
