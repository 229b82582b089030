"""Earlier leads: which are of the same person, and which of the same company."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from routing.engine.types import Assigned, Decision, EarlierLead, Held, Lead, Settings


def as_earlier(lead: Lead, decision: Decision, now: datetime) -> EarlierLead:
    """A lead that was decided just now, as later ones see it."""
    owner = decision.rep if isinstance(decision, Assigned) else None
    return EarlierLead(
        id=lead.id,
        label=lead.label,
        submitted_at=lead.submitted_at,
        form=lead.form,
        kind=str(lead.facts.get("kind") or ""),
        email=lead.email,
        phone=lead.phone,
        name_key=lead.name_key,
        email_identity=lead.email_identity,
        phone_identity=lead.phone_identity,
        company_identity=lead.company_identity,
        account=lead.match.id if lead.match else None,
        undecided=isinstance(decision, Held),
        owner=owner,
        owned_at=now if owner is not None else None,
        open=owner is not None,
    )


def same_person(lead: Lead, other: EarlierLead) -> bool:
    """Same e-mail address; or same phone, if one has no address or the names agree.

    A shared mailbox (info@, sales@) is the same person only with the same name.
    """
    names_agree = bool(lead.name_key) and lead.name_key == other.name_key
    if _same(lead.email, other.email) or _same(lead.email_identity, other.email_identity):
        return names_agree or not lead.role_mailbox
    if _same(lead.phone, other.phone) or _same(lead.phone_identity, other.phone_identity):
        return names_agree or not lead.email or not other.email
    return False


def same_company(lead: Lead, other: EarlierLead) -> bool:
    """Same company domain, or same account."""
    account = lead.match.id if lead.match else None
    return _same(lead.company_identity, other.company_identity) or _same(account, other.account)


def duplicated(lead: Lead, earlier: Iterable[EarlierLead], settings: Settings) -> EarlierLead | None:
    """The lead that this one repeats: same person, same form, a moment ago. The first, if there are several."""
    same = [
        other
        for other in earlier
        if _same_form(lead, other)
        and (other.submitted_at, other.id) < (lead.submitted_at, lead.id)
        and _within(lead.submitted_at - other.submitted_at, minutes=settings.duplicate_minutes)
        and same_person(lead, other)
    ]
    return min(same, key=lambda other: (other.submitted_at, other.id), default=None)


def returned(lead: Lead, earlier: Iterable[EarlierLead], settings: Settings) -> EarlierLead | None:
    """The latest lead of the same person that somebody owns or owned."""
    return _latest(
        other
        for other in earlier
        if other.owner is not None
        and _within(lead.submitted_at - _last_touched(other), days=settings.returning_days)
        and same_person(lead, other)
    )


def joined(lead: Lead, earlier: Iterable[EarlierLead], settings: Settings, now: datetime) -> EarlierLead | None:
    """The latest lead of the same company that is open, or was owned lately."""
    return _latest(
        other
        for other in earlier
        if other.owner is not None
        and (other.open or _within(now - _last_touched(other), days=settings.company_days))
        and same_company(lead, other)
    )


def _same_form(lead: Lead, other: EarlierLead) -> bool:
    """Without a form it is the kind of request that tells two posts apart."""
    return other.form == lead.form and (bool(lead.form) or other.kind == (lead.facts.get("kind") or ""))


def _same(one: object, other: object) -> bool:
    return one is not None and one != "" and one == other


def _last_touched(lead: EarlierLead) -> datetime:
    return max(lead.submitted_at, lead.owned_at or lead.submitted_at)


def _latest(leads: Iterable[EarlierLead]) -> EarlierLead | None:
    return max(leads, key=lambda other: (other.owned_at or other.submitted_at, other.id), default=None)


def _within(span: timedelta, *, days: float = 0, minutes: float = 0) -> bool:
    return span.total_seconds() <= days * 86_400 + minutes * 60
