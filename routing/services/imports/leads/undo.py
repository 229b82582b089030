"""Take imported leads back: those that nobody has worked on are erased, and every turn they cost is given back.

Erased, not closed: a list that was imported by mistake would otherwise go on making later leads duplicates, and its ids
could not be sent again. Nothing is lost: the rows of the import keep what the file said, for as long as they are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from django.db.models import Q

from reps.models import Rep
from routing import outbox
from routing.doorbell import ring_after_commit
from routing.engine.types import Method
from routing.models import Assignment, ImportRow, Lead, LeadEvent, OutboxMessage, Posting
from routing.services.batches.lock import lock_ledgers, lock_people_of_leads
from routing.services.change_lead import change_lead
from routing.services.imports.leads.former import former_facts, to_restore
from routing.services.imports.section import Task
from routing.services.lead_actions.refusals import Refusal
from routing.services.ledger_entries import reverse_postings
from routing.services.privacy.erasing import erase_rows
from routing.services.sla.withdrawing import withdraw_all
from routing.services.waiting import look_again_after_commit

State = ImportRow.State
UNDO = "undo"
REASON = "import undone"
BY_HAND = (Method.MANUAL.value, Method.MANAGER.value, Method.CLAIM.value)
WORKED_ON = "Somebody has worked on the lead."
JOINED = "A later request was joined to the lead."
IF_IT_STOPS = timedelta(hours=1)
"""The summary waits for the whole undoing, but no longer."""


def undo_leads(task: Task, rows: Sequence[ImportRow]) -> None:
    """New leads are erased, changed ones get back what they said, unless somebody has been there."""
    there = _locked(rows)
    for row in rows:
        if row.lead_id not in there:
            row.undone = True  # erased by whoever was asked to
    _take_back(task, [row for row in rows if row.state == State.NEW and row.lead_id in there], there)
    for row in rows:
        if row.state == State.CHANGED and row.lead_id in there:
            _restore(task, row, there[row.lead_id])


def _locked(rows: Sequence[ImportRow]) -> dict[int | None, Lead]:
    """All of their leads at once, before anything that is locked after leads."""
    leads = Lead.objects.filter(pk__in=[row.lead_id for row in rows if row.lead_id])
    return {lead.pk: lead for lead in leads.order_by("pk").select_for_update(no_key=True)}


def tell_owners(task: Task) -> None:
    """The summaries leave now that the whole is counted."""
    waiting = OutboxMessage.objects.waiting().filter(key__startswith=_key(task, ""), available_at__gt=task.now)
    if waiting.update(available_at=task.now):
        ring_after_commit("alerts")


# --- new leads -----------------------------------------------------------------------------------------------------


def _take_back(task: Task, rows: Sequence[ImportRow], there: Mapping[int | None, Lead]) -> None:
    leads = {lead.pk: lead for lead in (there[row.lead_id] for row in rows)}
    stays = _why_stays(leads)
    going = [lead for pk, lead in leads.items() if pk not in stays]
    _erase(task, going)
    gone = {lead.pk for lead in going}
    for row in rows:
        if row.lead_id in stays:
            row.errors = {**row.errors, UNDO: [stays[row.lead_id]]}
        else:
            row.undone = True
    for row in rows:
        if row.lead_id in gone:
            row.lead = None


def _why_stays(leads: Collection[int]) -> dict[int, str]:
    """Leads that are not taken back, each with the reason. A constant number of queries."""
    keys = list(leads)
    touched = Q(accepted_at__isnull=False) | Q(responded_at__isnull=False) | Q(method__in=BY_HAND)
    by_people = Assignment.objects.filter(touched, lead__in=keys)
    acted = LeadEvent.objects.filter(lead__in=keys).exclude(actor="")
    closed = Lead.objects.filter(pk__in=keys).filter(
        Q(first_response_at__isnull=False) | Q(closed_at__isnull=False) | ~Q(outcome="")
    )
    joined = Lead.objects.filter(duplicate_of__in=keys).exclude(pk__in=keys)
    stays = {key: JOINED for key in joined.values_list("duplicate_of", flat=True) if key}
    for found in (by_people.values_list("lead", flat=True), acted.values_list("lead", flat=True),
                  closed.values_list("pk", flat=True)):  # fmt: skip
        stays |= dict.fromkeys(found, WORKED_ON)
    # what stays keeps the duplicates that are joined to it
    kept = Lead.objects.filter(pk__in=keys, duplicate_of__in=stays)
    return stays | dict.fromkeys(kept.exclude(pk__in=stays).values_list("pk", flat=True), JOINED_TO_ONE)


JOINED_TO_ONE = "It is joined to a lead that stays."


def _erase(task: Task, leads: Sequence[Lead]) -> None:
    """Locks in the order of everything: leads (by now), people and accounts, ledgers, reps."""
    if not leads:
        return
    lock_people_of_leads(leads, {lead.account_id for lead in leads if lead.account_id})
    postings = list(Posting.objects.filter(lead__in=leads, reversed_by=None))
    lock_ledgers({posting.ledger_id for posting in postings})
    owners = {lead.owner_id for lead in leads if lead.owner_id}
    list(Rep.objects.filter(pk__in=owners).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    withdraw_all(leads, now=task.now)
    reverse_postings(postings=postings, reason=REASON, now=task.now)
    _count_for_owners(task, leads)
    erase_rows(leads)
    look_again_after_commit(now=task.now)


def _count_for_owners(task: Task, leads: Sequence[Lead]) -> None:
    """Whoever was alerted hears how many of their leads went, in one mail."""
    told = Assignment.objects.current().filter(lead__in=leads, lead__test=False, clock_started_at__isnull=False)
    counts = Counter(told.values_list("rep_id", flat=True))
    if not counts:
        return
    keys = {_key(task, str(rep)): rep for rep in counts}
    there = OutboxMessage.objects.waiting().filter(key__in=keys).select_for_update(no_key=True)
    for message in there.order_by("pk"):
        message.payload["leads"] += counts.pop(keys[message.key])
        message.save(update_fields=["payload"])
    outbox.publish(
        [
            OutboxMessage(
                key=_key(task, str(rep)), kind=OutboxMessage.Kind.IMPORT_UNDONE, rep_id=rep,
                payload={"import": task.imported.pk, "leads": number}, priority=Lead.Priority.IMPORTED,
                created_at=task.now, available_at=task.now + IF_IT_STOPS,
            )
            for rep, number in sorted(counts.items())
        ]
    )  # fmt: skip


def _key(task: Task, rep: str) -> str:
    return f"{OutboxMessage.Kind.IMPORT_UNDONE}:{task.imported.uuid}:{task.imported.work_id}:{rep}"


# --- changed leads -------------------------------------------------------------------------------------------------


def _restore(task: Task, row: ImportRow, lead: Lead) -> None:
    told = row.before or {}
    was, became = told["was"], told["became"]
    back, changed = to_restore(was, became, former_facts(lead, was))
    if back:
        try:
            change_lead(lead=lead, facts=back, now=task.now, actor=task.actor)
        except Refusal as error:
            row.errors = {**row.errors, UNDO: [str(error)]}
            return
    if changed:
        row.errors = {**row.errors, UNDO: [f"Somebody has changed it since: {', '.join(changed)}."]}
    else:
        row.undone = True
