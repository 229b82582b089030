"""Which lead a row is about: by our id of it, or by the one that it has in another program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from routing.intake.clean import Unusable, text
from routing.models import Lead
from routing.spreadsheets.write import was_cut

OUR_ID, THEIR_ID = "id", "external_id"
LONGEST_ID: int = Lead._meta.get_field("external_id").max_length or 0
Facts = Mapping[str, Any]


def submission(facts: Facts) -> dict[str, Any]:
    """The facts of a lead that is not known. An id in our column is kept as theirs: the same file makes no double."""
    said = {name: value for name, value in facts.items() if name != OUR_ID}
    if facts.get(OUR_ID) and not said.get(THEIR_ID):
        said[THEIR_ID] = facts[OUR_ID]
    return said


def news(facts: Facts, lead: Lead) -> dict[str, Any]:
    """What the row says of the lead that it is about: neither our id, nor a text that Excel had to cut off."""
    return {
        name: value
        for name, value in facts.items()
        if name != OUR_ID and not (name == THEIR_ID and _uuid(value) == lead.uuid) and not _is_cut(value, lead, name)
    }


def _is_cut(value: Any, lead: Lead, name: str) -> bool:
    return isinstance(value, str) and was_cut(str(getattr(lead, name, "")), value)


@dataclass(frozen=True, slots=True)
class KnownLeads:
    """Those that rows of a file are about."""

    ours: Mapping[UUID, Lead]
    theirs: Mapping[str, Lead]

    def lead_of(self, facts: Facts) -> Lead | None:
        """By our id, in whichever column it stands; else by theirs."""
        for name in (OUR_ID, THEIR_ID):
            found = _uuid(facts.get(name))
            if found and (lead := self.ours.get(found)):
                return lead
        return self.theirs.get(_theirs(submission(facts)))


def known_leads(rows: Iterable[Facts], *, locked: bool = False) -> KnownLeads:
    """`locked`: all at once, before anything that is locked after leads."""
    said = list(rows)
    ours = {_uuid(facts.get(name)) for facts in said for name in (OUR_ID, THEIR_ID)} - {None}
    theirs = {_theirs(submission(facts)) for facts in said} - {""}
    if not theirs:
        return KnownLeads({}, {})
    leads = Lead.objects.filter(Q(external_id__in=theirs) | Q(uuid__in=ours) if ours else Q(external_id__in=theirs))
    if locked:
        leads = leads.order_by("pk").select_for_update(no_key=True)
    found = list(leads)
    return KnownLeads({lead.uuid: lead for lead in found}, {lead.external_id: lead for lead in found})


def _theirs(facts: Facts) -> str:
    """As intake reads and keeps it: with single blanks, and letters in one spelling."""
    try:
        return text(facts.get(THEIR_ID) or "", limit=LONGEST_ID)
    except Unusable:
        return ""


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value.strip()) if isinstance(value, str) and len(value.strip()) == len(str(UUID(int=0))) else None
    except ValueError:
        return None
