"""The database refuses impossible teams, reps, hours, leave, accounts and keys."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from reps.models import Channel, Expertise, Rep, Skill, TimeOff, WorkingHours
from routing.models import (
    Account,
    AccountAlias,
    AccountDomain,
    AccountExclusion,
    AccountPerson,
    AccountSuggestion,
    ApiKey,
    Departure,
    LastResort,
)
from tests.factories import make_account, make_lead, make_rep, make_team
from tests.routing.refusals import refused_by

pytestmark = pytest.mark.django_db
MORNING: dict[str, Any] = {"weekday": 0, "start": time(9), "end": time(12)}


@pytest.mark.parametrize("email", ["Ana@acme.example", ""])
def test_an_email_in_capitals_or_none_is_refused(email: str) -> None:
    with refused_by("rep_email_is_lower_case"):
        make_rep(email=email)


def test_an_agent_without_a_webhook_is_refused() -> None:
    with refused_by("rep_agent_has_a_webhook"):
        make_rep(kind=Rep.Kind.AGENT, webhook="")


def test_somebody_as_their_own_backup_is_refused() -> None:
    rep = make_rep()

    with refused_by("rep_is_not_their_own_backup"):
        Rep.objects.filter(pk=rep.pk).update(backup=rep)


@pytest.mark.parametrize("details", [{"paused_reason": "training"}, {"paused_until": True}])
def test_details_of_a_pause_without_a_pause_are_refused(now: datetime, details: dict[str, Any]) -> None:
    with refused_by("rep_pause_details_need_a_pause"):
        make_rep(**{key: now if value is True else value for key, value in details.items()})


def test_working_hours_of_nobody_are_refused() -> None:
    with refused_by("working_hours_belong_to_a_team_or_a_rep"):
        WorkingHours.objects.create(**MORNING)


def test_working_hours_of_a_team_and_a_rep_are_refused() -> None:
    team, rep = make_team(), make_rep()

    with refused_by("working_hours_belong_to_a_team_or_a_rep"):
        WorkingHours.objects.create(team=team, rep=rep, **MORNING)


def test_an_eighth_day_of_the_week_is_refused() -> None:
    rep = make_rep()

    with refused_by("working_hours_weekday_is_0_to_6"):
        WorkingHours.objects.create(rep=rep, **MORNING | {"weekday": 7})


def test_a_second_block_of_a_team_at_the_same_time_is_refused() -> None:
    team = make_team()
    WorkingHours.objects.create(team=team, **MORNING)

    with refused_by("working_hours_team_block_once"):
        WorkingHours.objects.create(team=team, **MORNING | {"end": time(13)})


def test_a_second_block_of_a_rep_at_the_same_time_is_refused() -> None:
    rep = make_rep()
    WorkingHours.objects.create(rep=rep, **MORNING)

    with refused_by("working_hours_rep_block_once"):
        WorkingHours.objects.create(rep=rep, **MORNING | {"end": time(13)})


@pytest.mark.parametrize("hours", [0, -1])
def test_a_leave_that_does_not_last_is_refused(now: datetime, hours: int) -> None:
    rep = make_rep()

    with refused_by("time_off_ends_after_it_starts"):
        TimeOff.objects.create(rep=rep, starts_at=now, ends_at=now + timedelta(hours=hours))


def test_a_topic_twice_for_one_rep_is_refused() -> None:
    rep = make_rep()
    Expertise.objects.create(rep=rep, topic="kubernetes", level=1)

    with refused_by("expertise_topic_once_a_rep"):
        Expertise.objects.create(rep=rep, topic="kubernetes", level=3)


@pytest.mark.parametrize("level", [0, 4])
def test_a_level_of_expertise_off_the_scale_is_refused(level: int) -> None:
    rep = make_rep()

    with refused_by("expertise_level_is_1_to_3"):
        Expertise.objects.create(rep=rep, topic="kubernetes", level=level)


def test_a_skill_twice_for_one_rep_is_refused() -> None:
    rep, skill = make_rep(), Skill.objects.create(name="security")
    rep.skills.add(skill)

    with pytest.raises(IntegrityError), transaction.atomic():
        Rep.skills.through.objects.create(rep=rep, skill=skill)


def test_one_person_is_the_last_resort_once() -> None:
    rep = make_rep()
    LastResort.objects.create(rep=rep)

    with pytest.raises(IntegrityError), transaction.atomic():
        LastResort.objects.create(rep=rep, position=2)


def test_an_account_without_a_name_to_match_is_refused() -> None:
    with refused_by("account_name_key_is_given"):
        make_account(name_key="")


def test_an_account_as_its_own_parent_is_refused() -> None:
    account = make_account()

    with refused_by("account_is_not_its_own_parent"):
        Account.objects.filter(pk=account.pk).update(parent=account)


def test_a_domain_twice_for_one_account_is_refused() -> None:
    account = make_account(domains=("globex.com",))

    with refused_by("account_domain_once"):
        AccountDomain.objects.create(account=account, domain="globex.com", excluded=True)


@pytest.mark.parametrize("domain", ["Globex.com", ""])
def test_a_domain_in_capitals_or_none_is_refused(domain: str) -> None:
    account = make_account()

    with refused_by("account_domain_is_lower_case"):
        AccountDomain.objects.create(account=account, domain=domain)


def test_an_alias_twice_for_one_account_is_refused() -> None:
    account = make_account()
    AccountAlias.objects.create(account=account, name="Globex", name_key="globex")

    with refused_by("account_alias_once"):
        AccountAlias.objects.create(account=account, name="Globex", name_key="globex")


def test_an_alias_without_a_name_to_match_is_refused() -> None:
    account = make_account()

    with refused_by("account_alias_name_key_is_given"):
        AccountAlias.objects.create(account=account, name="Globex", name_key="")


def test_a_name_excluded_twice_from_one_account_is_refused() -> None:
    account = make_account()
    AccountExclusion.objects.create(account=account, name="Globex", name_key="globex")

    with refused_by("account_exclusion_once"):
        AccountExclusion.objects.create(account=account, name="GLOBEX", name_key="globex")


def test_an_excluded_name_that_names_nothing_is_refused() -> None:
    account = make_account()

    with refused_by("account_exclusion_name_key_is_given"):
        AccountExclusion.objects.create(account=account, name="Globex", name_key="")


def test_an_account_suggested_twice_for_one_lead_is_refused(now: datetime) -> None:
    fields = {"confidence": 0.7, "evidence": "similar name", "made_at": now, "updated_at": now}
    pair = {"lead": make_lead(now), "account": make_account()}
    AccountSuggestion.objects.create(**pair, **fields)

    with refused_by("account_suggestion_once"):
        AccountSuggestion.objects.create(**pair, **fields)


def test_a_role_with_two_people_on_one_account_is_refused() -> None:
    account, one, other = make_account(), make_rep(), make_rep()
    AccountPerson.objects.create(account=account, role="csm", rep=one)

    with refused_by("account_role_once"):
        AccountPerson.objects.create(account=account, role="csm", rep=other)


def test_a_key_without_a_hash_is_refused() -> None:
    with refused_by("api_key_digest_is_given"):
        ApiKey.objects.create(name="Website", prefix="lr_1", digest="")


@pytest.mark.parametrize("ends", [{"quiet_from": time(22)}, {"quiet_until": time(7)}])
def test_quiet_hours_with_one_end_are_refused(ends: dict[str, time]) -> None:
    with refused_by("rep_quiet_hours_have_both_ends"):
        make_rep(**ends)


def test_the_same_channel_twice_is_refused() -> None:
    rep = make_rep()
    Channel.objects.create(rep=rep)

    with refused_by("channel_once_a_rep"):
        Channel.objects.create(rep=rep)


@pytest.mark.parametrize("fields", [{"kind": "slack"}, {"kind": "email", "address": "ana@acme.example"}])
def test_a_channel_without_an_address_or_a_second_address_for_mail_is_refused(fields: dict[str, str]) -> None:
    with refused_by("channel_has_an_address"):
        Channel.objects.create(rep=make_rep(), **fields)


def test_leaving_twice_at_once_is_refused(now: datetime) -> None:
    rep = make_rep()
    Departure.objects.create(rep=rep, leaves_at=now, created_at=now)

    with refused_by("departure_once_a_rep"):
        Departure.objects.create(rep=rep, leaves_at=now, created_at=now)


def test_a_departure_that_was_called_off_can_be_planned_anew(now: datetime) -> None:
    rep = make_rep()
    Departure.objects.create(rep=rep, leaves_at=now, created_at=now, cancelled_at=now)

    Departure.objects.create(rep=rep, leaves_at=now, created_at=now)
