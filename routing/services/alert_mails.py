"""Briefs → mails: the lead as a card, why it is theirs, and the deadline in their zone."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse

from reps.models import Rep
from reps.schedules import Window
from routing.engine.types import Method
from routing.models import Lead, OutboxMessage, RulebookVersion
from routing.notifications import messages
from routing.notifications.briefs import TELLS_THE_OWNER, Brief
from routing.notifications.deadlines import Deadline, local_time
from routing.notifications.messages import Envelope, LeadCard, Message, Ownership
from routing.services.response_deadline import load_hours, response_deadline
from routing.snapshots.rulebook import BUILT_IN_SLA, Published, SlaTerms, rulebook_version

logger = logging.getLogger(__name__)
MOST_ATTRIBUTES = 10
MOVED = (OutboxMessage.Kind.MOVED_HERE, OutboxMessage.Kind.MOVED_AWAY)
BY_TURN = frozenset({Method.ROUND_ROBIN, Method.TERRITORY, Method.OVERFLOW})
"""Ways in which a pool picked by turn."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """What deadlines depend on: the rulebook versions of the assignments, and their owners' working time."""

    versions: Mapping[int, Published]
    windows: Mapping[int, Sequence[Window] | None]

    def terms(self, brief: Brief) -> SlaTerms:
        """The SLA policy that the lead was assigned under."""
        published = self._published(brief)
        name = brief.assignment.sla if brief.assignment else ""
        return published.sla_policies.get(name, BUILT_IN_SLA) if published else BUILT_IN_SLA

    def due_at(self, brief: Brief, now: datetime) -> datetime | None:
        """When the owner must have answered if the clock starts now; real time if they do not work at all."""
        if brief.assignment is None or brief.message.kind not in TELLS_THE_OWNER:
            return None
        return response_deadline(now, self.terms(brief), self.windows.get(brief.assignment.rep_id))

    def zone(self, brief: Brief, rep: Rep | None) -> str:
        """The zone of a rep, their team's, else the company's."""
        if rep and (own := rep.timezone or (rep.team.timezone if rep.team else "")):
            return own
        published = self._published(brief)
        return published.rulebook.settings.timezone if published else settings.TIME_ZONE

    def _published(self, brief: Brief) -> Published | None:
        return self.versions.get(brief.assignment.rulebook_version or 0) if brief.assignment else None


def load_clocks(briefs: Sequence[Brief], *, now: datetime) -> Clocks:
    """What the deadlines of these briefs need; a constant number of queries a rulebook version."""
    assignments = [brief.assignment for brief in briefs if brief.assignment and not brief.not_sent]
    versions = {}
    for number in {assignment.rulebook_version for assignment in assignments if assignment.rulebook_version}:
        try:
            versions[number] = rulebook_version(number)
        except RulebookVersion.DoesNotExist:
            continue
        except DatabaseError:
            raise
        except Exception:
            # the alerts of this version have the built-in policy; those of others do not wait for it
            logger.exception("rulebook_version_unreadable", extra={"rulebook_version": number})
    timezone = next((published.rulebook.settings.timezone for published in versions.values()), settings.TIME_ZONE)
    reps = {assignment.rep_id for assignment in assignments}
    return Clocks(versions, load_hours(reps, start=now, timezone=timezone))


def compose(briefs: Sequence[Brief], clocks: Clocks, *, now: datetime) -> Message:
    """The mail of one brief, or one summary of several. May raise anything: the lead typed what is in it."""
    first, envelope = briefs[0], envelope_of(briefs)
    zone = clocks.zone(first, first.recipient or first.owner)
    if first.message.kind in MOVED:
        here, away = [
            [lead_card(brief.lead, zone=zone, now=now) for brief in briefs if brief.lead and brief.message.kind == kind]
            for kind in MOVED
        ]
        return messages.moved(here, away, envelope)
    cards = [lead_card(brief.lead, zone=zone, now=now) for brief in briefs if brief.lead]
    if len(cards) > 1:
        return messages.summary(cards, envelope)
    [card] = cards
    own = _ownership(first, clocks, zone=zone, now=now)
    kind = OutboxMessage.Kind(first.message.kind)
    if kind == OutboxMessage.Kind.NOTIFY:
        return messages.notice(card, own, envelope)
    if kind == OutboxMessage.Kind.LAST_RESORT:
        return messages.last_resort(card, own, envelope)
    if kind == OutboxMessage.Kind.UNDELIVERED:
        return messages.undelivered(card, own.owner, first.reason, envelope)
    return messages.alert(card, own, envelope)


def minimal(briefs: Sequence[Brief]) -> Message:
    """A mail with nothing in it that the lead typed."""
    lead = next((brief.lead for brief in briefs if brief.lead and len(briefs) == 1), None)
    return messages.minimal(lead_url(lead), envelope_of(briefs))


def envelope_of(briefs: Sequence[Brief]) -> Envelope:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return Envelope(tuple(brief.message.key for brief in briefs), domain)


def lead_url(lead: Lead | None) -> str:
    """The lead's page, or the list of leads."""
    path = reverse("admin:routing_lead_change", args=[lead.pk]) if lead else reverse("admin:routing_lead_changelist")
    return f"{settings.PUBLIC_URL}{path}"


def lead_card(lead: Lead, *, zone: str, now: datetime) -> LeadCard:
    return LeadCard(
        url=lead_url(lead),
        kind=lead.kind,
        name=lead.name,
        email=lead.email,
        phone=lead.phone,
        company=lead.company,
        job_title=lead.job_title,
        website=lead.website,
        product=lead.product_interest,
        message=lead.message,
        received=local_time(lead.submitted_at, zone, now),
        details=_details(lead),
        test=lead.test,
    )


def _ownership(brief: Brief, clocks: Clocks, *, zone: str, now: datetime) -> Ownership:
    by_turn = brief.assignment is not None and brief.assignment.method in BY_TURN
    due_at = clocks.due_at(brief, now)
    target = timedelta(minutes=clocks.terms(brief).first_response_minutes)
    return Ownership(
        owner=brief.owner.name if brief.owner else "Nobody",
        method=brief.assignment.method if brief.assignment else "",
        reason=brief.reason,
        pool=brief.assignment.pool.name if brief.assignment and brief.assignment.pool and by_turn else "",
        joins=brief.joins,
        deadline=Deadline(due_at, now, zone, target) if due_at else None,
    )


def _details(lead: Lead) -> tuple[tuple[str, str], ...]:
    """Further facts, in the order of interest; only those that are known."""
    place = ", ".join(part for part in (lead.city, lead.postal_code, lead.region or lead.country) if part)
    facts: list[tuple[str, object]] = [
        ("Account", lead.account.name if lead.account else ""),
        ("Industry", lead.industry),
        ("Employees", f"{lead.employees:,}" if lead.employees is not None else ""),
        ("Annual revenue", f"{lead.annual_revenue:,.0f}" if lead.annual_revenue is not None else ""),
        ("Expected amount", f"{lead.expected_amount:,.0f}" if lead.expected_amount is not None else ""),
        ("Place", place),
        ("Territory", lead.territory.name if lead.territory else ""),
        ("Language", lead.language),
        ("Source", lead.source),
        ("Form", lead.form),
        ("Campaign", lead.campaign),
    ]
    facts += [(str(name), _plain(value)) for name, value in list(lead.attributes.items())[:MOST_ATTRIBUTES]]
    return tuple((label, str(value)) for label, value in facts if value not in ("", None))


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
