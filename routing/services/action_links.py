"""Links in alerts to answer with, without signing in: signed, for one lead, rep and attempt, for some hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from reps.models import Rep
from routing.models import Assignment, EndReason, Lead, Offer
from routing.services.rep_desk import hiding_pools

SALT = "leadrouting.action.v1"
MOST_COUNTED = 1_000
"""Wrong answers; more say nothing new, and fill the column."""


class Act(StrEnum):
    """What a link offers to do. The page asks first: opening it changes nothing."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CALL = "call"
    MAIL = "mail"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class ActionLink:
    """Whom a link is for: the lead, the rep, and either the attempt (they own it) or the offer (they may take it)."""

    lead_id: int
    rep_id: int
    attempt: int = 0
    offer_id: int = 0


class LinkInvalid(Exception):
    """The link was changed, or is none of ours."""


class LinkExpired(LinkInvalid):
    """The link was good, but is too old."""


def action_url(link: ActionLink, act: Act | None = None) -> str:
    """The whole address, as it stands in an alert."""
    query = f"?{urlencode({'do': act.value})}" if act else ""
    return f"{settings.PUBLIC_URL}{reverse('inbox:link', args=[sign(link)])}{query}"


def sign(link: ActionLink) -> str:
    """The token of a link, signed now."""
    values = {"l": link.lead_id, "r": link.rep_id, "a": link.attempt, "o": link.offer_id}
    return signing.dumps(values, salt=SALT)


def read(token: str) -> ActionLink:
    """Whom the token is for. Raises LinkExpired or LinkInvalid; whether it is still true, the rows say."""
    try:
        values = signing.loads(token, salt=SALT, max_age=timedelta(hours=settings.LINK_HOURS))
        return ActionLink(int(values["l"]), int(values["r"]), int(values["a"]), int(values["o"]))
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except (signing.BadSignature, KeyError, TypeError, ValueError) as error:
        raise LinkInvalid from error


class LinkGone(LinkInvalid):
    """The lead was erased, or the rep is no longer here."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a link is about, as the rows say now. `moved`: why nothing can be done with it any more, in a sentence.

    `row` is the assignment or the offer that the link is bound to; None if there never was such a one.
    """

    lead: Lead
    rep: Rep
    row: Assignment | Offer | None
    moved: str = ""
    hidden: bool = False

    @property
    def misses(self) -> int:
        return self.row.link_misses if self.row else 0

    @property
    def offer(self) -> Offer | None:
        return self.row if isinstance(self.row, Offer) else None

    @property
    def assignment(self) -> Assignment | None:
        return self.row if isinstance(self.row, Assignment) else None


def target_of(link: ActionLink) -> Target:
    """Whom and what the link is about, and whether it is still true. Raises LinkGone."""
    lead = Lead.objects.select_related("owner", "account").filter(pk=link.lead_id).first()
    rep = Rep.objects.select_related("team").filter(pk=link.rep_id, active=True).first()
    if lead is None or rep is None:
        raise LinkGone
    if link.offer_id:
        return _of_offer(link, lead, rep)
    assignment = Assignment.objects.filter(lead=lead, rep=rep, attempt=link.attempt).first()
    if assignment is not None and assignment.ended_at is None:
        return Target(lead, rep, assignment)
    declined = assignment is not None and assignment.end_reason == EndReason.DECLINED
    said = "You declined this lead. " if declined else ""
    return Target(lead, rep, assignment, moved=said + _who_has(lead, rep))


def _of_offer(link: ActionLink, lead: Lead, rep: Rep) -> Target:
    """An offer that stands; or the lead it became, once this rep took it up."""
    offer = Offer.objects.filter(pk=link.offer_id, lead=lead, rep=rep).first()
    hidden = offer is not None and offer.pool_id in hiding_pools()
    if offer is not None and offer.ended_at is None:
        return Target(lead, rep, offer, hidden=hidden)
    if offer is not None and offer.result == Offer.Result.TAKEN and lead.owner_id == rep.pk:
        return Target(lead, rep, Assignment.objects.current().filter(lead=lead, rep=rep).first())
    if offer is not None and offer.result == Offer.Result.DECLINED:
        return Target(lead, rep, offer, moved="You declined this offer.", hidden=True)
    if offer is not None and _ran_out(offer):
        return Target(lead, rep, offer, moved="The time to take up this offer is over.", hidden=True)
    ended = "Somebody else took it up." if hidden else _who_has(lead, rep)
    return Target(lead, rep, offer, moved=ended, hidden=True)


def _ran_out(offer: Offer) -> bool:
    """By itself, not because whom it was made to left or handed everything over."""
    return offer.result == Offer.Result.EXPIRED and offer.ended_at is not None and offer.ended_at >= offer.until


def _who_has(lead: Lead, rep: Rep) -> str:
    if lead.owner_id == rep.pk:
        return "The lead is yours again: use the newest mail, or the inbox."
    return f"{lead.owner.name} has this lead now." if lead.owner else "Nobody has this lead now."


@transaction.atomic
def judge(target: Target, is_right: Callable[[int], bool]) -> bool:
    """Whether the page of the link was answered rightly, after so many wrong answers; counts one that is wrong.

    One at a time: many at the same instant are no more tries than one after the other.
    """
    assert target.row is not None
    rows = type(target.row)._default_manager.filter(pk=target.row.pk)
    misses = rows.select_for_update(no_key=True).values_list("link_misses", flat=True).first()
    if misses is not None and is_right(misses):
        return True
    rows.filter(link_misses__lt=MOST_COUNTED).update(link_misses=F("link_misses") + 1)
    return False
