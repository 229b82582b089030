"""What is asked on the page of a lead: why not somebody else, which account it belongs to, to whom it is offered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from reps.admin_choices import KEY
from reps.admin_display import badge, moment, person
from reps.models import Rep
from routing.admin.labels import OFFER_TONES
from routing.models import AccountSuggestion, Decision, Lead, Offer
from routing.services.explain import explain


def why_not_choices(viewer: Rep | None, *, sees_all: bool, lead: Lead) -> list[tuple[int, str]]:
    """Whom one may ask about: everybody but the owner, or oneself."""
    if not sees_all:
        return [(viewer.pk, viewer.name)] if viewer and viewer.pk != lead.owner_id else []
    others = Rep.objects.active().exclude(pk=lead.owner_id) if lead.owner_id else Rep.objects.active()
    return list(others.order_by("name", "pk").values_list("pk", "name"))


def why_not(
    decision: Decision | None, asked: str, *, viewer: Rep | None, sees_all: bool, now: datetime
) -> dict[str, Any] | None:
    """Why the decision did not fall on this rep, and the one change by which it would have."""
    if decision is None or not KEY.fullmatch(asked):
        return None
    rep = Rep.objects.filter(pk=int(asked)).first()
    if rep is None or not (sees_all or (viewer is not None and viewer.pk == rep.pk)):
        return None
    found = explain(decision=decision, rep=rep, now=now, for_rep=None if sees_all else viewer)
    change = found.counterfactual
    return {"name": rep.name, "text": found.why_not, "change": change["text"] if change else ""}


def suggestions(lead: Lead) -> list[dict[str, Any]]:
    """Accounts that the lead may belong to, each with a way to say yes or no."""
    rows = AccountSuggestion.objects.filter(lead=lead, dismissed_at=None).select_related("account")
    return [
        {
            "account": row.account.name,
            "url": reverse("admin:routing_account_change", args=[row.account_id]),
            "evidence": row.evidence,
            "sure": f"{row.confidence:.0%}",
            "same": match_url(lead, row.account_id, "yes"),
            "wrong": match_url(lead, row.account_id, "no"),
        }
        for row in rows
    ]


def match_url(lead: Lead, account: int, same: str) -> str:
    """The page that asks once more whether a lead belongs to an account."""
    asked = urlencode({"account": str(account), "same": same})
    return f"{reverse('admin:routing_lead_do', args=[lead.pk, 'match'])}?{asked}"


def offers(lead: Lead, now: datetime) -> list[dict[str, Any]]:
    """To whom the lead was offered, and what became of it."""
    rows = Offer.objects.filter(lead=lead).select_related("rep", "pool").order_by("-pk")[:20]
    return [
        {
            "person": person(row.rep.name),
            "pool": row.pool.name if row.pool else "",
            "kind": row.get_kind_display(),
            "until": moment(row.until, now),
            "result": badge(row.get_result_display() or "Open", OFFER_TONES.get(row.result, "neutral")),
        }
        for row in rows
    ]
