"""Publishing at a chosen time: frozen and checked now, checked again when its time has come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from routing.models import RulebookVersion, ScheduledVersion
from routing.services.publish import CannotPublish, publish
from routing.services.schedule import (
    NotStanding,
    cancel_publication,
    publish_due,
    schedule_publication,
    standing,
    warnings_of_standing,
)
from routing.services.sweep import sweep
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def schedule(now: datetime, hours: float = 1, note: str = "") -> ScheduledVersion:
    return schedule_publication(note=note, at=now + hours * HOUR, user=None, now=now)


@pytest.fixture
def draft() -> None:
    make_catch_all(make_pool(make_rep(), name="SMB"))


@pytest.mark.usefixtures("draft")
def test_the_draft_is_published_when_its_time_has_come_and_not_before(now: datetime) -> None:
    schedule(now, note="Spring")

    assert publish_due(now=now + HOUR - timedelta(seconds=1)) == 0
    assert publish_due(now=now + HOUR) == 1
    assert RulebookVersion.objects.get().note == "Spring"


@pytest.mark.usefixtures("draft")
def test_what_is_published_is_the_draft_of_the_day_it_was_scheduled(now: datetime) -> None:
    schedule(now)
    make_settings(duplicate_minutes=99)

    publish_due(now=now + HOUR)

    assert RulebookVersion.objects.get().content["settings"]["duplicate_minutes"] == 10


@pytest.mark.usefixtures("draft")
def test_it_knows_its_version_and_is_published_once(now: datetime) -> None:
    scheduled = schedule(now)

    publish_due(now=now + HOUR)

    assert publish_due(now=now + 2 * HOUR) == 0
    scheduled.refresh_from_db()
    assert (scheduled.version, scheduled.ended_at) == (RulebookVersion.objects.get(), now + HOUR)


@pytest.mark.usefixtures("draft")
def test_the_clock_publishes_what_is_due(now: datetime) -> None:
    schedule(now)

    sweep(now=now + HOUR)

    assert RulebookVersion.objects.count() == 1


def test_a_draft_with_errors_cannot_be_scheduled(now: datetime) -> None:
    with pytest.raises(CannotPublish, match="no catch-all"):
        schedule(now)


@pytest.mark.usefixtures("draft")
def test_the_time_must_lie_ahead(now: datetime) -> None:
    with pytest.raises(CannotPublish, match="lies in the past"):
        schedule(now, hours=0)


@pytest.mark.usefixtures("draft")
def test_the_time_must_name_its_offset(now: datetime) -> None:
    naive = (now + HOUR).replace(tzinfo=None)

    with pytest.raises(CannotPublish, match="needs an offset"):
        schedule_publication(note="", at=naive, user=None, now=now)


@pytest.mark.usefixtures("draft")
def test_a_draft_like_what_is_published_cannot_be_scheduled(now: datetime) -> None:
    publish(note="", user=None, now=now)

    with pytest.raises(CannotPublish, match="Nothing changed"):
        schedule(now)


@pytest.mark.usefixtures("draft")
def test_it_can_be_scheduled_to_follow_another_one(now: datetime) -> None:
    publish(note="", user=None, now=now)
    settings = make_settings(duplicate_minutes=99)
    schedule(now, hours=1)
    settings.duplicate_minutes = 10
    settings.save()
    schedule(now, hours=2)

    assert publish_due(now=now + 3 * HOUR) == 2
    minutes = [version.content["settings"]["duplicate_minutes"] for version in RulebookVersion.objects.all()]
    assert minutes == [10, 99, 10]


def test_one_that_has_errors_by_then_is_refused_and_says_why(now: datetime) -> None:
    rep = make_rep("Ana Diaz")
    make_catch_all(make_pool(rep))
    make_rule(destination="rep", rep=rep)
    scheduled = schedule(now)
    rep.active = False
    rep.save()

    assert publish_due(now=now + HOUR) == 0
    scheduled.refresh_from_db()
    assert "Ana Diaz is not active" in scheduled.error
    assert (scheduled.version, scheduled.ended_at, RulebookVersion.objects.count()) == (None, now + HOUR, 0)


@pytest.mark.usefixtures("draft")
def test_one_that_was_published_meanwhile_ends_with_that_note(now: datetime) -> None:
    scheduled = schedule(now)
    publish(note="", user=None, now=now)

    assert publish_due(now=now + HOUR) == 0
    scheduled.refresh_from_db()
    assert scheduled.error == "It is what was published already: version 1."


@pytest.mark.usefixtures("draft")
def test_a_cancelled_one_is_not_published_and_says_who_cancelled_it(now: datetime) -> None:
    user = User.objects.create(username="bo", first_name="Bo", last_name="Ossa")

    scheduled = cancel_publication(scheduled=schedule(now), user=user, now=now)

    assert publish_due(now=now + HOUR) == 0
    assert scheduled.error == "Cancelled by Bo Ossa."


@pytest.mark.usefixtures("draft")
def test_what_has_ended_cannot_be_cancelled(now: datetime) -> None:
    scheduled = schedule(now)
    publish_due(now=now + HOUR)

    with pytest.raises(NotStanding, match="version 1"):
        cancel_publication(scheduled=scheduled, user=None, now=now + 2 * HOUR)


@pytest.mark.usefixtures("draft")
def test_whoever_publishes_is_told_what_will_replace_it(now: datetime) -> None:
    schedule(now, hours=1)

    assert "replace this one" in warnings_of_standing(at=now)[0]
    assert "This one then replaces it" in warnings_of_standing(at=now + 2 * HOUR)[0]


@pytest.mark.usefixtures("draft")
def test_the_next_one_stands_first(now: datetime) -> None:
    later = schedule(now, hours=2)
    make_settings(duplicate_minutes=99)
    sooner = schedule(now, hours=1)

    assert standing() == [sooner, later]


@pytest.mark.usefixtures("draft")
def test_asking_what_is_due_is_one_look_up(now: datetime, django_assert_num_queries: Any) -> None:
    schedule(now)

    with django_assert_num_queries(1):
        publish_due(now=now)
