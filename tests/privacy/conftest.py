"""Somebody who left traces everywhere, and a company that they asked."""

from __future__ import annotations

from datetime import datetime

import pytest

from routing.models import Lead
from routing.services.privacy import suppressed_among
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_pool, make_rep

MIA = "mia.wolf@example.com"
PHONE = "+49 30 901820"


@pytest.fixture
def company(now: datetime) -> None:
    make_catch_all(make_pool(make_rep("Ana Diaz"), make_rep("Bob Ray")))
    publish(note="first", user=None, now=now)


@pytest.fixture
def mia(company: None, now: datetime) -> Lead:
    """A lead of hers that was routed."""
    return received(now, message="Please call me.", consent=True)


def is_suppressed(*, email: str = "", phone: str = "") -> bool:
    return bool(suppressed_among([email, phone]))


def received(now: datetime, **facts: object) -> Lead:
    known = {"email": MIA, "phone": PHONE, "first_name": "Mia", "last_name": "Wolf", "company": "Globex"}
    lead = receive_lead(facts=known | facts, now=now).lead
    route_all(now=now)
    lead.refresh_from_db()
    return lead
