"""Every constraint has a test that tries to break it; unique values, instants and ids are what they claim to be."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction

from reps.models import Channel, Rep, Skill, Team, TimeOff
from routing.models import (
    Account,
    ApiKey,
    Assignment,
    AuditEntry,
    Departure,
    Example,
    Form,
    Heartbeat,
    Import,
    InboundAddress,
    LastResort,
    Lead,
    LearnedScore,
    Ledger,
    LookupTable,
    Offer,
    OutboxMessage,
    PeopleSnapshot,
    Pool,
    Posting,
    PostingKind,
    Rule,
    RulebookVersion,
    ScheduledVersion,
    SharedLink,
    Signal,
    SlaPolicy,
    Source,
    Submission,
    Suppression,
    Territory,
    TextReading,
    Topic,
    Webhook,
    WebhookDelivery,
    Work,
)
from tests.factories import (
    make_account,
    make_lead,
    make_owned_lead,
    make_pool,
    make_rep,
    make_rule,
    make_sla,
    make_team,
)
from tests.routing.refusals import CONSTRAINTS, MODELS

UNIQUE_FIELDS = [
    field for model in MODELS for field in model._meta.concrete_fields if field.unique and not field.primary_key
]
_number = count(1)


def _assignment(now: datetime) -> Assignment:
    rep = make_rep()
    return Assignment.objects.create(lead=make_owned_lead(now, rep), rep=rep, assigned_at=now, method="manual")


def _message(now: datetime) -> OutboxMessage:
    return OutboxMessage.objects.create(key=f"{next(_number)}", kind="alert", created_at=now, available_at=now)


def _score(now: datetime) -> LearnedScore:
    return LearnedScore.objects.create(trained_at=now + timedelta(days=next(_number)), code=1, report={})


def _time_off(now: datetime) -> TimeOff:
    return TimeOff.objects.create(rep=make_rep(), starts_at=now, ends_at=now + timedelta(days=1))


def _offer(now: datetime) -> Offer:
    until = now + timedelta(minutes=5)
    return Offer.objects.create(
        lead=make_lead(now), rep=make_rep(), kind=Offer.Kind.CLAIM, pool=make_pool(), offered_at=now, until=until
    )


def _reversal(now: datetime) -> Posting:
    fields = {"ledger": make_pool().ledger, "winner": make_rep(), "entries": b"", "posted_at": now}
    turn = Posting.objects.create(**fields)
    return Posting.objects.create(kind=PostingKind.REVERSAL, reverses=turn, **fields)


def _version(now: datetime) -> RulebookVersion:
    return RulebookVersion.objects.create(number=next(_number), content={}, published_at=now)


def _scheduled(now: datetime) -> ScheduledVersion:
    return ScheduledVersion.objects.create(
        content={}, publish_at=now, created_at=now, version=_version(now), ended_at=now
    )


def _signal(now: datetime) -> Signal:
    return Signal.objects.create(domain="globex.com", kind="hiring", observed_at=now, received_at=now)


def _shared(now: datetime) -> SharedLink:
    return SharedLink.objects.create(lead=make_lead(now), created_at=now, ends_at=now + timedelta(days=1))


def _departure(now: datetime) -> Departure:
    return Departure.objects.create(rep=make_rep(), leaves_at=now, created_at=now)


def _webhook() -> Webhook:
    return Webhook.objects.create(name=f"{next(_number)}", url="https://crm.example/in", secret="whsec_")


def _delivery(now: datetime) -> WebhookDelivery:
    return WebhookDelivery.objects.create(
        webhook=_webhook(), event="lead.received", body="{}", created_at=now, available_at=now
    )


def _inbound() -> InboundAddress:
    return InboundAddress.objects.create(name=f"{next(_number)}", digest=f"{next(_number)}")


ROW_OF: dict[type[models.Model], Callable[[datetime], models.Model]] = {
    Team: lambda now: make_team(),
    Skill: lambda now: Skill.objects.create(name=f"{next(_number)}"),
    Rep: lambda now: make_rep(user=User.objects.create(username=f"{next(_number)}")),
    Account: lambda now: make_account(),
    ApiKey: lambda now: ApiKey.objects.create(name="Website", digest=f"{next(_number)}"),
    Ledger: lambda now: Ledger.objects.create(name=f"{next(_number)}"),
    Pool: lambda now: make_pool(),
    LearnedScore: _score,
    TextReading: lambda now: TextReading.objects.create(key=f"{next(_number)}", read_at=now),
    Territory: lambda now: Territory.objects.create(name=f"{next(_number)}"),
    Lead: lambda now: make_lead(now),
    SlaPolicy: lambda now: make_sla(),
    Rule: lambda now: make_rule(pool=make_pool()),
    LastResort: lambda now: LastResort.objects.create(rep=make_rep()),
    RulebookVersion: _version,
    Assignment: _assignment,
    OutboxMessage: _message,
    Heartbeat: lambda now: Heartbeat.objects.create(name=f"{next(_number)}", beat_at=now),
    TimeOff: _time_off,
    Offer: _offer,
    Posting: _reversal,
    PeopleSnapshot: lambda now: PeopleSnapshot.objects.create(digest=f"{next(_number)}", content=b"", taken_at=now),
    Topic: lambda now: Topic.objects.create(name=f"{next(_number)}"),
    LookupTable: lambda now: LookupTable.objects.create(name=f"{next(_number)}"),
    Source: lambda now: Source.objects.create(name=f"{next(_number)}"),
    Example: lambda now: Example.objects.create(name=f"{next(_number)}", expected_rep=make_rep()),
    SharedLink: _shared,
    Signal: _signal,
    ScheduledVersion: _scheduled,
    Channel: lambda now: Channel.objects.create(rep=make_rep()),
    Departure: _departure,
    Webhook: lambda now: _webhook(),
    WebhookDelivery: _delivery,
    Form: lambda now: Form.objects.create(name=f"{next(_number)}", slug=f"form-{next(_number)}"),
    InboundAddress: lambda now: _inbound(),
    Submission: lambda now: Submission.objects.create(inbound=_inbound(), key="a", raw="{}", received_at=now),
    Import: lambda now: Import.objects.create(section="leads", format="csv", created_at=now),
    Suppression: lambda now: Suppression.objects.create(digest=f"{next(_number)}", created_at=now),
    AuditEntry: lambda now: AuditEntry.objects.create(action="signed_in", happened_at=now),
    Work: lambda now: Work.objects.create(kind=Work.Kind.REPLAY, created_at=now),
}


def test_every_constraint_has_a_test_that_tries_to_break_it() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_constraints_*.py"))

    tried = set(re.findall(r"refused_by\(\"(\w+)\"\)", tests))

    assert tried == CONSTRAINTS.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("field", UNIQUE_FIELDS, ids=str)
def test_a_value_that_must_be_unique_is_refused_twice(now: datetime, field: models.Field[Any, Any]) -> None:
    one, two = (ROW_OF[field.model](now) for _ in range(2))

    with pytest.raises(IntegrityError), transaction.atomic():
        field.model._base_manager.filter(pk=two.pk).update(**{field.name: getattr(one, field.name)})


@pytest.mark.django_db
@pytest.mark.parametrize("model", [f.model for f in UNIQUE_FIELDS if f.name == "uuid"], ids=lambda m: m.__name__)
def test_a_new_row_has_a_random_uuid(now: datetime, model: type[models.Model]) -> None:
    one, two = (ROW_OF[model](now).uuid for _ in range(2))  # type: ignore[attr-defined]  # every model listed has one

    assert one != two
    assert (one.version, two.version) == (4, 4)


@pytest.mark.parametrize(
    "field",
    [f for model in MODELS for f in model._meta.concrete_fields if isinstance(f, models.DateTimeField)],
    ids=str,
)
def test_an_instant_without_a_zone_is_not_stored(field: models.DateTimeField[Any, Any]) -> None:
    with pytest.warns(RuntimeWarning, match="naive datetime"):
        field.get_prep_value(datetime(2026, 3, 3, 16))  # noqa: DTZ001  the mistake itself


@pytest.mark.django_db
def test_an_instant_is_read_in_utc_wherever_it_was_written(now: datetime) -> None:
    in_kolkata = now.astimezone(timezone(timedelta(hours=5, minutes=30)))

    leave = TimeOff.objects.create(rep=make_rep(), starts_at=in_kolkata, ends_at=in_kolkata + timedelta(days=1))

    leave.refresh_from_db()
    assert (leave.starts_at, leave.starts_at.utcoffset()) == (now, UTC.utcoffset(None))
