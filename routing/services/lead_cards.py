"""Briefs → the values that mails are made of: the lead as a card, whose it is and why, where each answer is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse

from reps.models import Rep
from routing.engine.types import Method
from routing.intake.normalise import country_name, language_name, region_name
from routing.intake.time_zones import probable_zone
from routing.models import Assignment, DeclineReason, EndReason, Lead, Offer, OutboxMessage
from routing.notifications.briefs import TELLS_THE_OWNER, Brief
from routing.notifications.deadlines import Deadline, local_time
from routing.notifications.messages import Answers, LeadCard, Ownership
from routing.services.action_links import Act, ActionLink, action_url
from routing.services.sla.clock import told_until
from routing.services.sla.policies import Policies, load_policies
from routing.snapshots.rulebook import Published, current_rulebook

Kind = OutboxMessage.Kind
MOST_ATTRIBUTES = 10
BY_TURN = frozenset({Method.ROUND_ROBIN, Method.TERRITORY, Method.OVERFLOW})
"""Ways in which a pool picked by turn."""
TO_MANAGERS = frozenset({Kind.NOTIFY, Kind.LATE, Kind.UNDELIVERED})
"""Whoever gets these does not have the lead: their links lead to the admin."""
ANSWERED_BY_LINK = frozenset({Kind.ALERT, Kind.REMIND, Kind.LAST_RESORT, Kind.EXHAUSTED})


@dataclass(frozen=True, slots=True)
class Clocks:
    """What deadlines depend on: the SLA policies of the assignments, their owners' hours, the rulebook of today."""

    policies: Policies
    today: Published | None = None

    def due_at(self, brief: Brief, now: datetime) -> datetime | None:
        """When the owner must have answered: as their clock says, or will if it starts now."""
        assignment = brief.assignment
        if assignment is None or assignment.clock_started_at is not None:
            return assignment.due_at if assignment else None
        return self.policies.due_at(assignment, now) if brief.message.kind in TELLS_THE_OWNER else None

    def zone(self, brief: Brief, rep: Rep | None) -> str:
        """The zone of a rep, their team's, else the company's."""
        if rep and (own := rep.timezone or (rep.team.timezone if rep.team else "")):
            return own
        number = brief.assignment.rulebook_version if brief.assignment else None
        published = self.policies.versions.get(number or 0) or self.today
        return published.rulebook.settings.timezone if published else settings.TIME_ZONE

    def target(self, assignment: Assignment) -> timedelta:
        """How soon the owner must answer, on their clock."""
        return timedelta(minutes=self.policies.terms(assignment).first_response_minutes)

    def hides(self, offer: Offer) -> bool:
        """Whether whoever this is offered to must not know yet who it is; of a pool that nobody can read: yes."""
        if offer.pool_id is None:
            return False
        return self.today is None or self.today.terms_of(offer.pool_id).hide_details


def load_clocks(briefs: Sequence[Brief], *, now: datetime) -> Clocks:
    """What the deadlines of these briefs need; a constant number of queries a rulebook version."""
    alive = [brief for brief in briefs if not brief.not_sent]
    assignments = [brief.assignment for brief in alive if brief.assignment]
    versionless = any(brief.assignment is None or not brief.assignment.rulebook_version for brief in alive)
    return Clocks(load_policies(assignments, start=now), _today() if versionless else None)


def _today() -> Published | None:
    try:
        return current_rulebook()
    except DatabaseError:
        raise
    except Exception:  # a version that cannot be read stops no mail
        return None


def lead_url(lead: Lead | None) -> str:
    """The lead's page in the admin, or the list of leads."""
    path = reverse("admin:routing_lead_change", args=[lead.pk]) if lead else reverse("admin:routing_lead_changelist")
    return f"{settings.PUBLIC_URL}{path}"


def inbox_url(lead: Lead) -> str:
    """The lead's page in the inbox of whoever has it, or it is offered to."""
    return f"{settings.PUBLIC_URL}{reverse('inbox:lead', args=[lead.uuid])}"


def page_of(brief: Brief, lead: Lead) -> str:
    """Where whoever gets this mail sees the lead: a rep in the inbox; managers, testers and others in the admin."""
    reps_own = brief.recipient is not None and brief.message.kind not in TO_MANAGERS
    return inbox_url(lead) if reps_own else lead_url(lead)


def card_of(brief: Brief, lead: Lead, clocks: Clocks, *, now: datetime) -> LeadCard:
    """The lead as this mail shows it."""
    received = local_time(lead.submitted_at, zone_of_reader(brief, clocks), now)
    if brief.offer is not None and clocks.hides(brief.offer):
        return LeadCard(
            url=page_of(brief, lead),
            kind=lead.kind,
            product=lead.product_interest,
            received=received,
            details=_filled(_of_the_company(lead)),
            test=lead.test,
            hidden=True,
        )
    return LeadCard(
        url=page_of(brief, lead),
        kind=lead.kind,
        name=lead.name,
        email=lead.email,
        phone=lead.phone,
        company=lead.company,
        job_title=lead.job_title,
        website=lead.website,
        product=lead.product_interest,
        message=lead.message,
        received=received,
        zone=_zone_of_lead(lead),
        details=_details(lead),
        test=lead.test,
    )


def zone_of_reader(brief: Brief, clocks: Clocks) -> str:
    return clocks.zone(brief, brief.recipient or brief.owner)


def _zone_of_lead(lead: Lead) -> str:
    return probable_zone(country=lead.country, region=lead.region, postal_code=lead.postal_code, phone=lead.phone)


def ownership_of(brief: Brief, clocks: Clocks, *, now: datetime) -> Ownership:
    """Whose the lead is and why, until when they must answer, and where."""
    assignment = brief.assignment
    by_turn = assignment is not None and assignment.method in BY_TURN
    return Ownership(
        owner=brief.owner.name if brief.owner else "Nobody",
        method=assignment.method if assignment else "",
        reason=brief.reason,
        pool=assignment.pool.name if assignment and assignment.pool and by_turn else "",
        joins=brief.joins,
        deadline=deadline_of(brief, clocks, now=now),
        answers=_answers(brief),
        note=(brief.note.author, brief.note.text) if brief.note else None,
        earlier=tuple(_how_it_ended(one) for one in brief.earlier),
    )


def _how_it_ended(assignment: Assignment) -> str:
    """Ana Diaz (not answered in time), Bob Ray (declined: no time)."""
    how = EndReason(assignment.end_reason).label
    if assignment.decline_reason:
        how += f": {DeclineReason(assignment.decline_reason).label.lower()}"
    return f"{assignment.rep.name} ({how[:1].lower()}{how[1:]})"


def deadline_of(brief: Brief, clocks: Clocks, *, now: datetime) -> Deadline | None:
    """Until when the owner must answer, in the zone of whoever reads it."""
    due_at = clocks.due_at(brief, now)
    if due_at is None or brief.assignment is None:
        return None
    ask = "The answer is due" if brief.message.kind in TO_MANAGERS else "Please answer"
    return Deadline(due_at, now, zone_of_reader(brief, clocks), clocks.target(brief.assignment), ask)


def deadline_of_offer(offer: Offer, brief: Brief, clocks: Clocks, *, now: datetime) -> Deadline:
    """Until when the lead can be taken, if the rep is told now."""
    until = told_until(offer, now)
    return Deadline(until, now, zone_of_reader(brief, clocks), until - now, "Take it")


def _answers(brief: Brief) -> Answers:
    assignment = brief.assignment
    if assignment is None or brief.message.kind not in ANSWERED_BY_LINK:
        return Answers()
    link = ActionLink(assignment.lead_id, assignment.rep_id, attempt=assignment.attempt)
    accepted = assignment.accepted_at is not None
    return Answers(
        accept="" if accepted else action_url(link, Act.ACCEPT),
        decline=action_url(link, Act.DECLINE),
        called=action_url(link, Act.CALL),
        mailed=action_url(link, Act.MAIL),
    )


def answers_to_offer(offer: Offer) -> Answers:
    """Where an offer is taken or declined."""
    link = ActionLink(offer.lead_id, offer.rep_id, offer_id=offer.pk)
    return Answers(take=action_url(link, Act.CLAIM), decline=action_url(link, Act.DECLINE))


def _details(lead: Lead) -> tuple[tuple[str, str], ...]:
    """Further facts, in the order of interest; only those that are known."""
    facts: list[tuple[str, object]] = [("Account", lead.account.name if lead.account else "")]
    facts += _of_the_company(lead)
    facts += [
        ("Territory", lead.territory.name if lead.territory else ""),
        ("Form", lead.form),
        ("Campaign", lead.campaign),
    ]
    facts += [(str(name), plain_text(value)) for name, value in list(lead.attributes.items())[:MOST_ATTRIBUTES]]
    return _filled(facts)


def _of_the_company(lead: Lead) -> list[tuple[str, object]]:
    """What says of which kind a lead is, and not who."""
    where = region_name(lead.region) if lead.region else country_name(lead.country)
    place = ", ".join(part for part in (lead.city, lead.postal_code, where) if part)
    return [
        ("Industry", lead.industry),
        ("Employees", f"{lead.employees:,}" if lead.employees is not None else ""),
        ("Annual revenue", f"{lead.annual_revenue:,.0f}" if lead.annual_revenue is not None else ""),
        ("Expected amount", f"{lead.expected_amount:,.0f}" if lead.expected_amount is not None else ""),
        ("Place", place),
        ("Language", language_name(lead.language)),
        ("Source", lead.source),
    ]


def _filled(facts: Sequence[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, str(value)) for label, value in facts if value not in ("", None))


def plain_text(value: Any) -> str:
    """A fact as people write it: Yes, 12,500, red, blue."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(map(plain_text, value))
    if isinstance(value, int):  # as it is: a long number may be somebody's own
        return f"{value:,}"
    if isinstance(value, float | Decimal):
        return f"{value:,.0f}" if value % 1 == 0 else f"{value:,}"
    return str(value)
