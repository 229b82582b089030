"""What the database itself refuses of saved filters."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User

from routing.models import SavedFilter
from tests.routing.refusals import refused_by

pytestmark = pytest.mark.django_db


def test_two_of_one_name_of_one_person_are_refused(now: datetime) -> None:
    ana, bob = (User.objects.create_user(name) for name in ("ana", "bob"))
    for user in (ana, bob):
        SavedFilter.objects.create(user=user, name="Late", query="answer=late", created_at=now)

    with refused_by("saved_filter_name_once_a_user"):
        SavedFilter.objects.create(user=ana, name="Late", query="answer=open", created_at=now)


@pytest.mark.parametrize("empty", [{"query": ""}, {"name": ""}])
def test_one_that_filters_nothing_or_has_no_name_is_refused(empty: dict[str, str], now: datetime) -> None:
    values = {"name": "Late", "query": "answer=late"} | empty

    with refused_by("saved_filter_filters_something"):
        SavedFilter.objects.create(user=User.objects.create_user("ana"), created_at=now, **values)
