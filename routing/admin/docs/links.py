"""Which page of the docs, and which heading of it, tells of a page of the admin: one table, asked by every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import ResolverMatch, reverse
from django.utils.functional import SimpleLazyObject

from routing.admin.docs.library import docs

OF_ADMIN = "admin:"
PARTS = ("kind", "name", "section")
"""What of an address tells apart pages of one name."""

DOCS: Mapping[str, str] = {
    "index": "dashboard",
    "search": "dashboard#find",
    "app_list": "dashboard#find",
    "password_change": "security#the-sign-in",
    "password_change_done": "security#the-sign-in",
    "auth_group": "security#roles",
    "auth_user": "security#roles",
    "auth_user_password_change": "security#the-sign-in",
    "reps_rep": "people",
    "reps_rep_coverage": "people#coverage",
    "reps_rep_do/hand-over": "people#hand-over",
    "reps_rep_do/invite": "inbox#signing-in",
    "reps_rep_do/like": "people#somebody-new-like-somebody-else",
    "reps_rep_do/pause": "people#pause-and-leave",
    "reps_rep_do/resume": "people#pause-and-leave",
    "reps_rep_leaving": "people#is-leaving",
    "reps_rep_statement": "routing#why-this-rep-and-why-not-another",
    "reps_rep_week": "people#week",
    "reps_skill": "routing#what-a-lead-needs",
    "reps_team": "people#teams",
    "reps_timeoff": "people#pause-and-leave",
    "routing_account": "routing#which-account-a-lead-belongs-to",
    "routing_apikey": "security#api-keys-in-daily-life",
    "routing_auditentry": "privacy#the-audit-log",
    "routing_departure": "people#is-leaving",
    "routing_example": "routing#from-draft-to-published",
    "routing_form": "forms#make-one",
    "routing_heartbeat": "operations#monitoring",
    "routing_import": "spreadsheets#bringing-a-file-in",
    "routing_import_upload/accounts": "spreadsheets#accounts",
    "routing_import_upload/leads": "spreadsheets#leads",
    "routing_import_upload/members": "spreadsheets#members-of-pools",
    "routing_import_upload/reps": "spreadsheets#reps",
    "routing_import_upload/tables": "spreadsheets#tables",
    "routing_import_upload/territories": "spreadsheets#territories",
    "routing_import_upload/time_off": "spreadsheets#time-off",
    "routing_inboundaddress": "inbound#make-one",
    "routing_inboundaddress_test": "inbound#what-comes-of-a-body",
    "routing_incident": "operations#the-auditor-and-what-to-do-for-each-incident",
    "routing_lastresort": "routing#leads-that-wait",
    "routing_lead": "lead-page",
    "routing_lead_changelist": "glossary#statuses-of-a-lead",
    "routing_lead_do/decline": "routing#declined-given-by-hand-given-back",
    "routing_lead_do/match": "routing#which-account-a-lead-belongs-to",
    "routing_lead_do/park": "routing#nurture-and-back",
    "routing_lead_do/reassign": "routing#declined-given-by-hand-given-back",
    "routing_ledger": "routing#the-ledger",
    "routing_lookuptable": "routing#account-owner-table-nurture",
    "routing_mailboxmessage": "alerts#looking-at-it",
    "routing_outboxmessage": "alerts#looking-at-it",
    "routing_pool": "routing#methods",
    "routing_pool_lab": "performance-lab",
    "routing_pool_ledger": "routing#the-ledger",
    "routing_pool_results": "routing#performance-the-best-result-within-the-band",
    "routing_routingsettings": "configuration#every-key",
    "routing_routingsettings_score": "intelligence#score-and-grade",
    "routing_rule": "rules",
    "routing_rule_conditions": "rules#building-conditions",
    "routing_rule_presets": "presets",
    "routing_rule_simulate": "routing#simulate-what-would-happen",
    "routing_rulebookversion": "routing#from-draft-to-published",
    "routing_scheduledversion": "routing#from-draft-to-published",
    "routing_signal": "api#signals",
    "routing_signal_topics": "routing#intent-who-knows-most-about-it",
    "routing_slapolicy": "routing#after-it-has-an-owner",
    "routing_source": "routing#leads-that-change",
    "routing_submission": "forms#what-is-kept",
    "routing_suppression": "privacy",
    "routing_suppression_person": "privacy#somebody-asks-three-steps",
    "routing_territory": "routing#territories",
    "routing_topic": "routing#intent-who-knows-most-about-it",
    "routing_webhook": "webhooks",
    "routing_webhookdelivery": "webhooks#what-does-not-arrive",
    "routing_work": "routing#from-draft-to-published",
    "routing_work_start/evaluate": "performance-lab#would-it-be-worth-it-what-past-deals-say",
    "routing_work_start/lint": "routing#check-what-the-linter-says",
    "routing_work_start/month": "spreadsheets#the-monthly-report",
    "routing_work_start/repair": "routing#repair-a-faulty-versions-leads-again",
    "routing_work_start/replay": "routing#replay-past-leads-through-the-draft",
}
"""Page of the admin → page#heading of the docs. A page is called as its address is; what is not named here follows what
it begins with, so that a model's name holds for its list, its forms and all else below it."""


def doc_of(match: ResolverMatch | None) -> str:
    """What tells of a page: page#heading, or nothing for a page that no entry fits."""
    return next((DOCS[name] for name in _names(match) if name in DOCS), "") if match else ""


def link_to(target: str) -> str:
    """The address of page#heading; of all docs, where this installation lacks that page."""
    name, hash_sign, anchor = target.partition("#")
    return reverse("docs:page", args=[name]) + hash_sign + anchor if name in docs() else reverse("docs:contents")


def doc_link(request: HttpRequest) -> dict[str, Any]:
    """For templates: where the page that is shown is told of. Found out where it is asked for."""
    return {"doc_link": SimpleLazyObject(lambda: link_to(doc_of(request.resolver_match)))}


def _names(match: ResolverMatch) -> Iterator[str]:
    """How an entry may call the page, the nearest first."""
    if not match.view_name.startswith(OF_ADMIN):
        return
    name = match.view_name.removeprefix(OF_ADMIN)
    yield from (f"{name}/{match.kwargs[part]}" for part in PARTS if part in match.kwargs)
    while name:
        yield name
        name = name.rpartition("_")[0]
