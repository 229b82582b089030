"""Invite reps to sign in, from their list."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action

from reps.models import Rep
from routing.admin.base import received_at
from routing.services.sign_ins import CannotInvite, invite


class InvitesReps:
    """For the admin of reps: whoever may change them may invite them."""

    @action(description="Invite to sign in", permissions=["change"])
    def invite(self, request: HttpRequest, queryset: QuerySet[Rep]) -> None:
        """Each gets a sign-in if they have none, and a mail with which they choose a password."""
        invited = []
        for rep in queryset:
            try:
                invite(rep=rep, now=received_at(request))
                invited.append(rep.name)
            except CannotInvite as refused:
                messages.error(request, str(refused))
        if invited:
            messages.success(request, f"Invited: {', '.join(invited)}. The mail is on its way.")
