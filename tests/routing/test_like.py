"""Somebody new is like one who is there; and somebody who goes is not just switched off."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from reps.models import Expertise, Rep, Skill
from routing.models import LastResort, Pool, PoolMember, Topic
from routing.rulebook.config.errors import InvalidConfig
from routing.services.change_rep import change_rep
from routing.services.importing.one import save_row
from routing.services.importing.shown import document_of
from routing.services.manage import save_rep
from routing.services.people.deactivation import left_behind
from routing.services.people.like import COPIED, add_like, rep_like
from tests.factories import make_account, make_owned_lead, make_pool, make_rep, make_team

pytestmark = pytest.mark.django_db
NEW = {"email": "new@acme.example", "name": "Nora New"}


@pytest.fixture
def ana():
    ana = make_rep(
        "Ana Diaz", team=make_team(), timezone="Europe/Berlin", holidays="DE-BY", languages=["de"], caps={"day": 5},
        backup=make_rep("Bob Ray"), about="knows everybody",
    )  # fmt: skip
    ana.skills.add(Skill.objects.create(name="security"))
    Topic.objects.create(name="kubernetes")
    Expertise.objects.create(rep=ana, topic="kubernetes", level=3)
    make_pool(ana, weights=[2.5], name="SMB")
    return ana


def test_what_belongs_to_the_work_is_copied(ana, now) -> None:
    nora = add_like(like=ana, values=NEW, now=now)

    before, after = document_of("reps", ana), document_of("reps", nora)
    assert {key: after[key] for key in COPIED} == {key: before[key] for key in COPIED}
    assert after["about"] == ""


def test_they_are_in_the_same_pools_with_a_ramp(ana, now) -> None:
    nora = add_like(like=ana, values=NEW, now=now, ramp_weeks=3)

    place = PoolMember.objects.get(rep=nora)
    assert (place.pool.name, place.weight, place.ramp_weeks, place.ramp_from) == ("SMB", 2.5, 3, now)


def test_without_a_ramp_the_whole_weight_counts_at_once(ana, now) -> None:
    nora = add_like(like=ana, values=NEW, now=now, ramp_weeks=0)

    assert PoolMember.objects.get(rep=nora).ramp_from is None


def test_archived_pools_are_left_out(ana, now) -> None:
    Pool.objects.update(archived_at=now)

    assert not PoolMember.objects.filter(rep=add_like(like=ana, values=NEW, now=now)).exists()


def test_leads_and_accounts_stay_with_the_other_one(ana, now) -> None:
    make_owned_lead(now, ana)
    make_account(owner=ana)

    nora = add_like(like=ana, values=NEW, now=now)

    assert not nora.accounts.exists()
    assert left_behind(nora) == (
        "Nora New is inactive and still has: places in pools (1). Use “Is leaving”, which hands everything over."
    )


def test_what_is_given_wins_over_what_is_copied(ana, now) -> None:
    nora = add_like(like=ana, values=NEW | {"languages": ["fr"], "backup": None}, now=now)

    assert (nora.languages, nora.backup) == (["fr"], None)


def test_a_ramp_of_years_is_refused(ana, now) -> None:
    with pytest.raises(InvalidConfig):
        add_like(like=ana, values=NEW, now=now, ramp_weeks=53)


def test_nobody_is_like_a_stranger() -> None:
    with pytest.raises(InvalidConfig):
        rep_like("nobody@acme.example")


def off(rep: Rep, now, way: str) -> None:
    """Switch somebody to inactive, as a page, a program or a service does."""
    if way == "page":
        rep.active = False
        save_rep(rep=rep, now=now)
    elif way == "api":
        save_row(section="reps", row=rep, changes={"active": False}, now=now)
    else:
        change_rep(rep=rep, changes={"active": False}, now=now)


@pytest.mark.parametrize("way", ["page", "api", "service"])
def test_a_last_resort_stays_active(ana, now, way) -> None:
    LastResort.objects.create(rep=ana)

    with pytest.raises((ValidationError, InvalidConfig), match="Ana Diaz is a last resort"):
        off(ana, now, way)

    assert Rep.objects.get(pk=ana.pk).active


@pytest.mark.parametrize("way", ["page", "api", "service"])
def test_the_only_one_who_is_active_stays_so(ana, now, way) -> None:
    Rep.objects.exclude(pk=ana.pk).update(active=False)

    with pytest.raises((ValidationError, InvalidConfig), match="the only one who is active"):
        off(ana, now, way)


@pytest.mark.parametrize("way", ["page", "api", "service"])
def test_others_can_be_switched_off(ana, now, way) -> None:
    off(ana, now, way)

    assert not Rep.objects.get(pk=ana.pk).active
