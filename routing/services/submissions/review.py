"""What people do about submissions that no lead came of: make one after all, or let it be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from routing.models import Lead, Submission
from routing.services.receive_lead import GivenConsent, receive_lead
from routing.services.submissions import store

Status = Submission.Status


class NotToReview(Exception):
    """It became a lead already."""


def make_lead(submission: Submission, facts: Mapping[str, Any], user: User | None, now: datetime) -> Lead:
    """The lead of these facts, as somebody put them right. Raises InvalidLead or NotToReview.

    Words that a form asked to agree to are kept with it as they are there now, if `facts` has “consent”.
    """
    with transaction.atomic():
        row = store.lock(submission)
        if row.lead_id is not None:
            raise NotToReview
        given, door = facts.get("consent"), row.form or row.inbound
        wording = row.form.consent_text if row.form else ""
        consent = GivenConsent(given, wording, door.name if door else "", row.page) if isinstance(given, bool) else None
        received = receive_lead(facts=facts, now=now, demo=row.demo, submitted_by=user, consent=consent, submission=row)
        _reviewed(row, user, now)
    return received.lead


def discard(submission: Submission, user: User | None, now: datetime) -> None:
    """Nothing shall come of it. Raises NotToReview."""
    with transaction.atomic():
        row = store.lock(submission)
        if row.lead_id is not None:
            raise NotToReview
        row.status = Status.DISCARDED
        row.save(update_fields=["status"])
        _reviewed(row, user, now)


def _reviewed(row: Submission, user: User | None, now: datetime) -> None:
    row.reviewed_at, row.reviewed_by = now, user
    row.save(update_fields=["reviewed_at", "reviewed_by"])
