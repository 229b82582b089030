"""Every place in which something about a person who is a lead may stand.

A table that is new stands here, or in nothing_of_leads.py with the reason; a test walks over all columns that hold
text. In this order they go: what is found through a lead before the lead itself. docs/privacy.md has the table of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Exists, Model, OuterRef, Q
from django.urls import reverse

from routing.models import (
    Account,
    AccountSuggestion,
    Assignment,
    ColumnMapping,
    Consent,
    Decision,
    Departure,
    Example,
    Identity,
    Import,
    ImportChunk,
    ImportRow,
    Incident,
    Lead,
    LeadEvent,
    LookupRow,
    MailboxMessage,
    Offer,
    OutboxMessage,
    Posting,
    Rule,
    RulebookVersion,
    SavedFilter,
    ScheduledVersion,
    Signal,
    Submission,
    Suppression,
    UsedKey,
    WebhookDelivery,
    Work,
)
from routing.models.bulk import update_rows
from routing.notifications.messages import Envelope
from routing.services.privacy.import_files import UNDER_WAY, files_naming, remove_files
from routing.services.privacy.people import Person
from routing.services.privacy.place import Fate, Place, Rows
from routing.services.privacy.redaction import redact, without
from routing.snapshots.columns import pack_json, unpack_json

AT_ONCE = 200
"""So many conditions stand in one query."""
IMPORTED = ("file_name", "columns", "mapping", "options", "report", "error", "idempotency_key")
WITH_LEAD = "with the lead"
OF_LEAD = (
    "company", "website", "domain", "job_title", "industry", "country", "region", "postal_code", "city", "language",
    "message", "product_interest", "source", "form", "campaign", "utm", "attributes", "derived", "account_evidence",
    "resume", "screen_reason", "waits_for", "grade", "park_reason", "outcome_reason",
)  # fmt: skip
WHO = ("email", "phone", "first_name", "last_name", "external_id", "name_key", "idempotency_key", "body_hash")
MAY_NAME_OTHERS = (
    "company", "website", "job_title", "message", "product_interest", "campaign", "utm", "attributes", "derived",
    "account_evidence", "resume", "screen_reason", "park_reason", "outcome_reason",
)  # fmt: skip


def _by_lead(person: Person) -> Q:
    return Q(lead__in=person.keys)


def _own_leads(person: Person) -> Q:
    return Q(pk__in=person.keys)


def _mails_of_leads(person: Person) -> Q:
    """Those that told of these leads alone."""
    if not MailboxMessage.objects.exists():  # nobody's but a trial's
        return Q(pk__in=[])
    keys = list(OutboxMessage.objects.filter(lead__in=person.keys).values_list("key", flat=True))
    found: set[int] = set()
    for start in range(0, len(keys), AT_ONCE):
        wanted = Q(pk__in=[])
        for key in keys[start : start + AT_ONCE]:
            wanted |= Q(message_id__startswith=Envelope((key,), "").message_id.removesuffix(">"))
        found.update(MailboxMessage.objects.filter(wanted).values_list("pk", flat=True))
    return Q(pk__in=found)


def _mails_with_links(person: Person) -> Q:
    """Mails about many that lead to their page."""
    wanted = Q(pk__in=[])
    for key in person.keys:
        wanted |= Q(text__contains=reverse("admin:routing_lead_change", args=[key]))
    return wanted


def _identities(person: Person) -> Q:
    """Their own, and of companies those that nobody else came from."""
    kind = Identity.Kind
    own = Q(kind=kind.EMAIL, key__in=person.emails) | Q(kind=kind.PHONE, key__in=person.phones)
    companies = {lead.company_identity_id for lead in person.leads if lead.company_identity_id}
    others = Lead.objects.filter(company_identity=OuterRef("pk")).exclude(pk__in=person.keys)
    alone = Identity.objects.filter(~Exists(others), pk__in=companies, account=None)
    return own | Q(pk__in=list(alone.values_list("pk", flat=True)))


def _signals(person: Person) -> Q:
    return Q(lead__in=person.keys) | Q(lead=None, email__in=person.emails)


def _remove_signals(rows: Rows, person: Person) -> int:
    """What also tells of a company stays the company's."""
    count = rows.count()
    rows.filter(Q(lead__in=person.keys) | Q(domain="")).delete()
    rows.filter(email__in=person.emails).update(email="")
    return count


def _decisions_of_namers(person: Person) -> Q:
    """A trace holds what its lead said."""
    namers = LEADS.named_rows(person).values_list("pk", flat=True)
    return Q(lead__in=list(namers))


def _redact_decisions(rows: Rows, person: Person) -> int:
    count = redact(rows, ["reason"], person)
    traces = [(pk, unpack_json(trace)) for pk, trace in rows.values_list("pk", "trace")]
    named = [(pk, trace) for pk, trace in traces if person.is_named_in(trace)]
    update_rows(Decision, ("trace",), [(pk, pack_json(without(trace, person.pattern))) for pk, trace in named])
    return max(count, len(named))


def _redact_imports(rows: Rows, person: Person) -> int:
    """Of the rows of the file that are shown as a sample, theirs are empty. So is a header that is a row of theirs.

    What is being imported at this moment is read by its columns, and stays until that is over, as its file does.
    """
    free = rows.exclude(status__in=UNDER_WAY).order_by("pk").select_for_update(of=("self",))
    rows = Import.objects.filter(pk__in=list(free.values_list("pk", flat=True)))
    person = person.nameless  # most of what a file holds is about others
    for imported in rows.only("pk", "columns"):
        if person.is_named_in(imported.columns):
            Import.objects.filter(pk=imported.pk).update(columns=[], mapping={})
    for imported in rows.exclude(report={}).only("pk", "report"):
        sample = imported.report.get("sample")
        if isinstance(sample, list) and person.is_named_in(sample):
            imported.report["sample"] = [{} if person.is_named_in(row) else row for row in sample]
            Import.objects.filter(pk=imported.pk).update(report=imported.report)
    redact(rows, IMPORTED, person)
    return rows.count()


def _phones_of_accounts(person: Person) -> Q:
    return Q(phone__in=person.phones)


def _admin_log(person: Person) -> Q:
    ids = [str(key) for key in person.keys]
    return Q(content_type__app_label="routing", content_type__model="lead", object_id__in=ids)


LEADS = Place(
    "leads", "Leads", Lead, "LEAD_RETENTION_DAYS", (*WHO, *OF_LEAD), linked=_own_leads, named=MAY_NAME_OTHERS,
    typed=True, page=("routing_lead_change", "pk"),
)  # fmt: skip
PLACES: tuple[Place, ...] = (
    Place(
        "mails", "Mails in the local mailbox", MailboxMessage, "MAILBOX_DAYS",
        ("sender", "recipient", "subject", "text", "html", "headers", "message_id"), linked=_mails_of_leads,
        named=("sender", "recipient", "subject", "text", "html", "headers"), also_named=_mails_with_links,
        fate=Fate.REMOVED, typed=True, page=("routing_mailboxmessage_change", "pk"),
    ),
    Place(
        "import_files", "Files that were imported", ImportChunk, "IMPORT_DAYS", ("data",), linked=files_naming,
        remove=remove_files, page=("routing_import_change", "imported_id"),
    ),
    Place(
        "import_rows", "Rows of imported files", ImportRow, "IMPORT_DAYS", ("values", "errors", "before"),
        linked=_by_lead, named=("values", "errors", "before"), fate=Fate.EMPTIED, typed=True,
        empty={"values": {}, "errors": {}, "before": None, "lead": None},
        page=("routing_import_change", "imported_id"),
    ),
    Place(
        "imports", "Imports", Import, "IMPORT_DAYS",
        (*IMPORTED, "digest", "body_hash"), named=IMPORTED, typed=True, redact=_redact_imports,
        page=("routing_import_change", "pk"),
    ),
    Place(
        "column_mappings", "How columns of files were read", ColumnMapping, "for good",
        ("name", "header", "mapping", "options"), named=("name", "mapping", "options"), typed=True, fate=Fate.REMOVED,
    ),
    Place(
        "saved_filters", "Saved filters of leads", SavedFilter, "until somebody removes it", ("name", "query"),
        named=("name", "query"), typed=True, fate=Fate.REMOVED,
    ),
    Place(
        "submissions", "What forms and inbound addresses took in", Submission, "SUBMISSION_DAYS",
        ("key", "fingerprint", "raw", "content_type", "errors", "page", "visitor"), linked=_by_lead,
        named=("raw", "errors", "page"), fate=Fate.REMOVED, typed=True, page=("routing_submission_change", "pk"),
        locked=True,
    ),
    Place(
        "deliveries", "Webhook deliveries", WebhookDelivery, "WEBHOOK_DAYS, DEAD_LETTER_DAYS", ("body", "error"),
        linked=_by_lead, named=("body", "error"), fate=Fate.REMOVED, typed=True,
        page=("routing_webhookdelivery_change", "pk"),
    ),
    Place(
        "signals", "Buying signals", Signal, "SIGNAL_DAYS",
        ("email", "domain", "kind", "title", "text", "source_url"), linked=_signals,
        named=("title", "text", "source_url"), typed=True, remove=_remove_signals,
        page=("routing_signal_change", "pk"),
    ),
    Place("consents", "Consents", Consent, WITH_LEAD, ("wording", "origin", "page"), linked=_by_lead),
    Place("suggestions", "Suggested companies", AccountSuggestion, WITH_LEAD, ("evidence",), linked=_by_lead),
    Place("used_keys", "Keys of requests", UsedKey, WITH_LEAD, ("key", "body_hash"), linked=_by_lead),
    Place(
        "messages", "Messages to reps", OutboxMessage, WITH_LEAD, ("key", "address", "payload", "held_by", "error"),
        linked=_by_lead, named=("payload", "error"), written=True, typed=True,
        page=("routing_outboxmessage_change", "pk"),
    ),
    Place("offers", "Offers", Offer, WITH_LEAD, ("turn",), linked=_by_lead),
    Place(
        "decisions", "Decisions and why", Decision, WITH_LEAD, ("rule_name", "reason", "trace"), linked=_by_lead,
        named=("reason",), also_named=_decisions_of_namers, redact=_redact_decisions,
    ),
    Place(
        "assignments", "Who owned them, and notes", Assignment, WITH_LEAD, ("strategy", "sla", "note", "channel"),
        linked=_by_lead, named=("note",), written=True, typed=True,
    ),
    Place(
        "events", "What happened to them", LeadEvent, WITH_LEAD, ("text", "actor"), linked=_by_lead, named=("text",),
        written=True, typed=True,
    ),
    Place(
        "postings",
        "Reasons in ledgers",
        Posting,
        "for good",
        ("turns_by", "entries", "saved", "paid_out", "reason"),
        linked=_by_lead,
        named=("reason",),
        written=True,
        typed=True,
        empty={"reason": ""},
    ),
    LEADS,
    Place("identities", "How they are known again", Identity, WITH_LEAD, ("key",), linked=_identities),
    Place(
        "admin_log", "The admin's own log", LogEntry, "for good", ("object_id", "object_repr", "change_message"),
        linked=_admin_log, named=("object_repr", "change_message"), written=True, typed=True,
    ),
    Place(
        "work", "Reports of work", Work, "for good", ("params", "report", "error"), named=("params", "report", "error"),
        written=True, typed=True, page=("routing_work_change", "pk"),
    ),
    Place(
        "incidents", "Incidents", Incident, "for good", ("subject", "text"), named=("subject", "text"), written=True,
        typed=True, page=("routing_incident_change", "pk"),
    ),
    Place(
        "departures", "Departures of reps", Departure, "for good", ("plan", "report", "error"),
        named=("report", "error"), written=True, typed=True, page=("routing_departure_change", "pk"),
    ),
    Place(
        "suppressions", "Why somebody was erased", Suppression, "for good", ("digest", "reason"), named=("reason",),
        typed=True,
    ),
    Place(
        "examples", "Examples of the rulebook", Example, "until somebody removes it", ("name", "lead"),
        named=("name", "lead"), typed=True, page=("routing_example_change", "pk"),
    ),
    Place(
        "examples_before", "Examples as they were", Example.history.model, "for good",
        ("name", "lead", "history_change_reason"), named=("name", "lead"), typed=True,
    ),
    Place(
        "versions", "Published rulebooks (their examples)", RulebookVersion, "for good", ("content", "note"),
        named=("content", "note"), typed=True,
    ),
    Place(
        "scheduled", "Rulebooks to be published", ScheduledVersion, "for good", ("content", "note", "error"),
        named=("content", "note", "error"), typed=True,
    ),
    Place(
        "rules", "Rules that name them", Rule, "until somebody changes it", ("conditions", "note", "name"),
        named=("conditions", "note", "name"), typed=True, fate=Fate.BY_HAND, page=("routing_rule_change", "pk"),
    ),
    Place(
        "rules_before", "Rules as they were", Rule.history.model, "for good", ("conditions", "note", "name"),
        named=("conditions", "note", "name"), typed=True,
    ),
    Place(
        "table_rows", "Rows of tables", LookupRow, "until somebody changes it", ("key",), named=("key",), typed=True,
        fate=Fate.BY_HAND, page=("routing_lookuptable_change", "table_id"),
    ),
    Place(
        "companies", "Companies with their number", Account, "until somebody changes it", ("phone",),
        linked=_phones_of_accounts, fate=Fate.BY_HAND, page=("routing_account_change", "pk"),
    ),
)  # fmt: skip


def covered() -> Mapping[type[Model], set[str]]:
    """The columns with text that a place stands for."""
    columns: dict[Any, set[str]] = {}
    for place in PLACES:
        columns.setdefault(place.model, set()).update(place.covers)
    return columns
