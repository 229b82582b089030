"""The rows of routing, and what the database itself guarantees about them."""

from __future__ import annotations

from routing.models.accounts import Account, AccountAlias, AccountDomain, AccountPerson
from routing.models.assignments import Assignment, EndReason
from routing.models.decisions import Decision, DecisionSnapshot
from routing.models.keys import ApiKey, Scope
from routing.models.leads import Identity, Lead, LeadEvent
from routing.models.outbox import Heartbeat, MailboxMessage, OutboxMessage, RoutingBatch
from routing.models.pools import Ledger, LedgerAccount, Pool, PoolMember, Posting, PostingKind
from routing.models.rulebook import LastResort, RoutingSettings, Rule, RulebookVersion, SlaClock, SlaPolicy
from routing.models.territories import Territory

__all__ = [
    "Account",
    "AccountAlias",
    "AccountDomain",
    "AccountPerson",
    "ApiKey",
    "Assignment",
    "Decision",
    "DecisionSnapshot",
    "EndReason",
    "Heartbeat",
    "Identity",
    "LastResort",
    "Lead",
    "LeadEvent",
    "Ledger",
    "LedgerAccount",
    "MailboxMessage",
    "OutboxMessage",
    "Pool",
    "PoolMember",
    "Posting",
    "PostingKind",
    "RoutingBatch",
    "RoutingSettings",
    "Rule",
    "RulebookVersion",
    "Scope",
    "SlaClock",
    "SlaPolicy",
    "Territory",
]
