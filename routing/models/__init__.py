"""The rows of routing, and what the database itself guarantees about them."""

from __future__ import annotations

from routing.models.accounts import (
    Account,
    AccountAlias,
    AccountDomain,
    AccountExclusion,
    AccountNameBlock,
    AccountPerson,
    AccountSuggestion,
)
from routing.models.assignments import Assignment, DeclineReason, EndReason, Offer
from routing.models.decisions import Decision, DecisionSnapshot, PeopleSnapshot
from routing.models.departures import Departure
from routing.models.drafts import Example, LookupRow, LookupTable, Source, Topic
from routing.models.events import LeadEvent
from routing.models.forms import Form, FormField
from routing.models.identities import Identity
from routing.models.imports import ColumnMapping, Import, ImportChunk, ImportRow
from routing.models.inbound import InboundAddress
from routing.models.incidents import Incident
from routing.models.keys import ApiKey, Scope
from routing.models.leads import Lead, UsedKey
from routing.models.outbox import Heartbeat, MailboxMessage, OutboxMessage, RoutingBatch
from routing.models.performance import ControlDay, LearnedExpertise, PerformanceTable, WeightTilt
from routing.models.pools import Ledger, LedgerAccount, LedgerDay, Pool, PoolMember, Posting, PostingKind
from routing.models.privacy import AuditEntry, Suppression
from routing.models.readings import TextReading
from routing.models.rulebook import LastResort, RoutingSettings, Rule
from routing.models.saved_filters import SavedFilter
from routing.models.scores import LearnedScore
from routing.models.shares import SharedLink
from routing.models.signals import Signal
from routing.models.sla import SlaClock, SlaPolicy
from routing.models.submissions import Consent, Submission
from routing.models.territories import Territory
from routing.models.throttling import ThrottleCount
from routing.models.versions import RulebookVersion, ScheduledVersion
from routing.models.webhooks import Webhook, WebhookDelivery, WebhookEvent
from routing.models.work import Work

__all__ = [
    "Account",
    "AccountAlias",
    "AccountDomain",
    "AccountExclusion",
    "AccountNameBlock",
    "AccountPerson",
    "AccountSuggestion",
    "ApiKey",
    "Assignment",
    "AuditEntry",
    "ColumnMapping",
    "Consent",
    "ControlDay",
    "Decision",
    "DecisionSnapshot",
    "DeclineReason",
    "Departure",
    "EndReason",
    "Example",
    "Form",
    "FormField",
    "Heartbeat",
    "Identity",
    "Import",
    "ImportChunk",
    "ImportRow",
    "InboundAddress",
    "Incident",
    "LastResort",
    "Lead",
    "LeadEvent",
    "LearnedExpertise",
    "LearnedScore",
    "Ledger",
    "LedgerAccount",
    "LedgerDay",
    "LookupRow",
    "LookupTable",
    "MailboxMessage",
    "Offer",
    "OutboxMessage",
    "PeopleSnapshot",
    "PerformanceTable",
    "Pool",
    "PoolMember",
    "Posting",
    "PostingKind",
    "RoutingBatch",
    "RoutingSettings",
    "Rule",
    "RulebookVersion",
    "SavedFilter",
    "ScheduledVersion",
    "Scope",
    "SharedLink",
    "Signal",
    "SlaClock",
    "SlaPolicy",
    "Source",
    "Submission",
    "Suppression",
    "Territory",
    "TextReading",
    "ThrottleCount",
    "Topic",
    "UsedKey",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "WeightTilt",
    "Work",
]
