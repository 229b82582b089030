"""Lead rows for work that can wait: those that nobody else holds just now."""

from __future__ import annotations

from django.db import connection

from routing.models import Lead
from routing.models.leads import LeadQuerySet

AT_ONCE = 500


def lock_free_leads(leads: LeadQuerySet) -> list[Lead]:
    """Some of these rows, locked in the order of their keys; what a router holds has its turn next time."""
    skip = connection.features.has_select_for_update_skip_locked
    return list(leads.order_by("pk").select_for_update(no_key=True, of=("self",), skip_locked=skip)[:AT_ONCE])
