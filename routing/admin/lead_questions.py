"""What is asked on the page of a lead: why not somebody else, which account it belongs to, to whom it is offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from reps.admin_choices import KEY
from reps.admin_display import badge, moment, person
from reps.models import Rep
from routing.admin.labels import OFFER_TONES
from routing.models import AccountSuggestion, Decision, Lead, Offer
from routing.services.explain import explain


@dataclass(frozen=True, slots=True)
class Askable:
    """Of whom one may ask why it was not them: `groups` under titles, `keys` by e-mail address."""

    groups: list[tuple[str, list[tuple[int, str]]]]
    keys: dict[str, int]


def askable(viewer: Rep | None, *, sees_all: bool, trace: Mapping[str, Any], winner: int | None) -> Askable:
    """Everybody but whoever got it, those of its pool first; a rep asks about themselves alone."""
    in_pool = {row["rep"] for row in trace.get("candidates", ())}
    own = Q(pk=viewer.pk) if viewer else Q(pk__in=[])
    known = Rep.objects.filter(Q(active=True) | Q(email__in=in_pool) if sees_all else own)
    rows = list(known.exclude(pk=winner or 0).order_by("name", "pk").values_list("pk", "name", "email"))
    inside = [(pk, name) for pk, name, email in rows if email in in_pool]
    outside = [(pk, name) for pk, name, email in rows if email not in in_pool]
    groups = [("In the pool", inside), ("Everybody else", outside)]
    return Askable([group for group in groups if group[1]], {email: pk for pk, _, email in rows})


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
    return {"key": rep.pk, "name": rep.name, "text": found.why_not, "change": change["text"] if change else ""}


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
