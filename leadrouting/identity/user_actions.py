"""What an admin can do for a user about the second step."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action

from leadrouting.identity.second_steps import remove_second_step
from routing.admin.base import received_at, user_of


@action(description="Remove the second step", permissions=["change"])
def remove_second_steps(page: Any, request: HttpRequest, users: QuerySet[User]) -> None:
    """For whoever has lost their phone and their codes."""
    removed = [user for user in users if remove_second_step(user=user, by=user_of(request), now=received_at(request))]
    names = ", ".join(user.get_username() for user in removed)
    messages.success(request, f"Removed: {names}. They set up a new one." if removed else "None of them has one.")
