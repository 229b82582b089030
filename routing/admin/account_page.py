"""What the page of an account says beside its form: the group it lies in, and the leads that were matched to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from reps.admin_display import moment, person
from routing.admin.base import received_at
from routing.insights.account_groups import Member, group_of, matched_leads
from routing.models import Account, Lead
from routing.services.access import SEE_ALL_LEADS

MATCHES_SHOWN = 10


def account_context(account: Account, request: HttpRequest) -> dict[str, Any]:
    """For account_around.html."""
    now, sees_leads = received_at(request), request.user.has_perm(SEE_ALL_LEADS)
    group = group_of(account, now=now)
    leads = matched_leads(account, now=now) if sees_leads else Lead.objects.none()
    return {
        "group": group if group.size > 1 else None,
        "group_top": _node(group.top, account),
        "sees_leads": sees_leads,
        "match_count": leads.count(),
        "matches": [_match(lead, now) for lead in leads.select_related("owner")[:MATCHES_SHOWN]],
    }


def _node(member: Member, here: Account) -> dict[str, Any]:
    account = member.account
    return {
        "name": account.name,
        "here": account.pk == here.pk,
        "url": reverse("admin:routing_account_change", args=[account.pk]),
        "owner": account.owner.name if account.owner else "nobody owns it",
        "leads": member.leads,
        "children": [_node(child, here) for child in member.children],
    }


def _match(lead: Lead, now: datetime) -> dict[str, Any]:
    sure = f"{lead.account_confidence:.0%} sure" if lead.account_confidence is not None else ""
    return {
        "label": lead.label,
        "url": reverse("admin:routing_lead_change", args=[lead.pk]),
        "came": moment(lead.submitted_at, now),
        "evidence": ", ".join(filter(None, [lead.account_evidence, sure])) or "somebody said so",
        "owner": person(lead.owner.name) if lead.owner else "",
        "status": lead.get_status_display(),
    }
