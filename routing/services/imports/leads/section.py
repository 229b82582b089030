"""Rows of a file as leads: new ones, and news about those whose external id is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from routing.intake import InvalidLead, prepare
from routing.intake.facts import CleanFacts
from routing.models import Consent, ImportRow, Lead
from routing.services.change_lead import change_lead, what_changes
from routing.services.imports.leads.facts import FIELDS
from routing.services.imports.leads.former import former_facts
from routing.services.imports.leads.identity import known_leads, news, submission
from routing.services.imports.leads.preview import preview
from routing.services.imports.leads.reading import POSTAL, facts_of, remarks
from routing.services.imports.leads.undo import tell_owners, undo_leads
from routing.services.imports.section import Errors, Field, FileRow, Task, Verdict
from routing.services.lead_actions.refusals import Invalid
from routing.services.privacy.screening import refused_facts
from routing.services.receive_lead import receive_leads

State = ImportRow.State
AT_ONCE = 500


class LeadsSection:
    """`test` leads, a `consent_wording` for all, and `unmapped` columns as attributes are its options."""

    name = "leads"
    fields: Sequence[Field] = FIELDS
    one_of: Sequence[Sequence[str]] = (("email", "phone"),)
    options: Sequence[str] = ("test", "consent_wording", "unmapped")
    at_once = AT_ONCE

    def check(self, task: Task, rows: Iterator[FileRow]) -> Iterator[Verdict]:
        seen = _Seen(task)
        while some := list(islice(rows, AT_ONCE)):
            yield from self._check_some(task, some, seen)

    def _check_some(self, task: Task, rows: Sequence[FileRow], seen: _Seen) -> Iterator[Verdict]:
        facts_by_row = [(row, facts_of(task, row.values, row.facts)) for row in rows]
        said = [(row.read_as(POSTAL, facts.get(POSTAL)), facts) for row, facts in facts_by_row]
        read = [(row, facts, *_prepared(row, facts)) for row, facts in said]
        known = known_leads([facts for _, facts, clean, _ in read if clean])
        erased = _erased([(row.number, clean) for row, _, clean, _ in read if clean])
        for row, facts, clean, errors in read:
            lead = known.lead_of(facts)
            if clean is not None:
                errors = erased[row.number] or seen.twice(row.number, clean.values, lead)
            if clean is None or errors:
                yield Verdict(row.number, State.REJECTED, row.values, _by_column(errors, row))
            elif lead is None:
                told = remarks(task, row.facts) | seen.remark(row.number, clean)
                yield Verdict(row.number, State.NEW, row.values, _by_column(told, row))
            else:
                yield _news(row, facts, lead, remarks(task, row.facts))

    def finish_check(self, task: Task) -> None:
        task.report["preview"] = preview(task)

    def apply(self, task: Task, rows: Sequence[ImportRow]) -> None:
        facts = {row.number: facts_of(task, row.values) for row in rows}
        known = known_leads(facts.values(), locked=True)
        new = [row for row in rows if not known.lead_of(facts[row.number])]
        for row, lead in zip(new, _stored(task, new, facts), strict=True):
            row.lead, row.state = lead, State.NEW if lead else State.REJECTED
        for row in rows:
            if lead := known.lead_of(facts[row.number]):
                _change(task, row, lead, news(facts[row.number], lead))

    def undo(self, task: Task, rows: Sequence[ImportRow]) -> None:
        undo_leads(task, rows)

    def finish_undo(self, task: Task) -> None:
        tell_owners(task)


LEADS = LeadsSection()


# --- what a row is -------------------------------------------------------------------------------------------------


class _Seen:
    """What earlier rows of this file said, by hash: numbers of rows, in little memory."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.ids: dict[int, int] = {}
        self.people: dict[int, int] = {}

    def twice(self, number: int, values: Any, lead: Lead | None) -> Errors:
        """The same id twice in one file, or the same lead by either id, says two things about one lead."""
        given = lead.uuid if lead else values.get("external_id")
        if not given:
            return {}
        first = self.ids.setdefault(hash(given), number)
        if first == number:
            return {}
        return {"external_id": [f"Row {first} has the same id. Keep one of the two."]}

    def remark(self, number: int, clean: CleanFacts) -> Errors:
        """The same person twice is no mistake, but should be known: routing joins the second to the first."""
        for name in ("email", "phone"):
            given = clean.values.get(name)
            if given and (first := self.people.setdefault(hash((name, given)), number)) != number:
                self.task.note("rows have the e-mail address or the phone number of an earlier row")
                return {name: [f"Row {first} has the same. Routing joins them if they ask for the same."]}
        return {}


def _prepared(row: FileRow, facts: dict[str, Any]) -> tuple[CleanFacts | None, Errors]:
    if row.problem:
        return None, {"": [row.problem]}
    try:
        return prepare(submission(facts)), {}
    except InvalidLead as error:
        return None, error.errors


def _by_column(errors: Errors, row: FileRow) -> Errors:
    """Beside the cell that it comes from, where there is one."""
    return {row.columns.get(name, name): texts for name, texts in errors.items()}


def _erased(found: Sequence[tuple[int, CleanFacts]]) -> dict[int, Errors]:
    """By row, that they asked to be erased, beside what they are known by."""
    refused = refused_facts([clean.values for _, clean in found])
    return {number: errors for (number, _), errors in zip(found, refused, strict=True)}


def _news(row: FileRow, facts: dict[str, Any], lead: Lead, told: Errors) -> Verdict:
    try:
        changed = what_changes(lead=lead, facts=news(facts, lead))
    except Invalid as error:
        return Verdict(row.number, State.REJECTED, row.values, _by_column(error.errors, row))
    before = {"changes": changed, "lead": lead.pk}
    if not changed:
        return Verdict(row.number, State.UNCHANGED, row.values, {}, before)
    return Verdict(row.number, State.CHANGED, row.values, _by_column(told, row), before)


# --- what it becomes -----------------------------------------------------------------------------------------------


def _stored(task: Task, rows: Sequence[ImportRow], facts: dict[int, dict[str, Any]]) -> list[Lead | None]:
    """The leads of new rows; None for one that cannot be stored any more, with its errors."""
    wanted = list(rows)
    while wanted:
        try:
            leads = receive_leads(
                submissions=[submission(facts[row.number]) for row in wanted], now=task.now,
                api_key=task.imported.api_key, submitted_by=task.imported.requested_by, refuse_erased=True,
            )  # fmt: skip
        except InvalidLead as error:
            wanted = _without_refused(wanted, error.errors)
        else:
            _keep_consents(task, leads)
            stored = {row.number: lead for row, lead in zip(wanted, leads, strict=True)}
            return [stored.get(row.number) for row in rows]
    return [None] * len(rows)


def _without_refused(rows: Sequence[ImportRow], errors: Errors) -> list[ImportRow]:
    for path, texts in errors.items():
        number, _, field = path.partition(".")
        row = rows[int(number) - 1]
        row.errors = {**row.errors, field: texts} if row.state == State.REJECTED else {field: texts}
        row.state = State.REJECTED
    return [row for row in rows if row.state != State.REJECTED]


def _keep_consents(task: Task, leads: Sequence[Lead]) -> None:
    """What the file says of consent, with the words that people saw."""
    wording, origin = task.options.get("consent_wording", ""), f"file {task.imported.file_name}".strip()[:ORIGIN]
    Consent.objects.bulk_create(
        Consent(lead=lead, given=lead.consent, wording=wording, origin=origin, given_at=task.now)
        for lead in leads
        if lead.consent is not None
    )


def _change(task: Task, row: ImportRow, lead: Lead, facts: dict[str, Any]) -> None:
    """News about a lead that is known, with what it was for undoing."""
    was = former_facts(Lead.objects.get(pk=lead.pk), facts)
    try:
        changed = change_lead(lead=lead, facts=facts, now=task.now, actor=task.actor)
    except Invalid as error:
        row.state, row.errors = State.REJECTED, error.errors
        return
    row.lead, row.state = changed, State.CHANGED
    row.before = {"was": was, "became": former_facts(changed, facts)}


ORIGIN: int = Consent._meta.get_field("origin").max_length or 0
