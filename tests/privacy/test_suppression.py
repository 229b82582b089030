"""People who asked to be erased are known again by keyed hash."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from reps.models import Rep
from routing.intake.normalise import phone_number
from routing.models import Form, Submission, Suppression
from routing.services.privacy import digest_of, lift, suppress, suppressed_among
from routing.services.privacy.after_restore import erase_again
from routing.services.privacy.erasing_rep import erase_rep
from routing.services.privacy.suppression import file_all, remember_erased
from tests.factories import make_rep
from tests.privacy.conftest import PHONE, is_suppressed

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia_is_suppressed(now: datetime) -> None:
    suppress(["Mia@Example.com", "+49 30 901820"], reason="by mail", now=now)


@pytest.mark.usefixtures("mia_is_suppressed")
@pytest.mark.parametrize("written", ["mia@example.com", " MIA@EXAMPLE.COM ", "ｍｉａ@example.com", "mia@example.com."])
def test_an_address_is_known_however_it_is_written(written: str) -> None:
    assert is_suppressed(email=written)


@pytest.mark.usefixtures("mia_is_suppressed")
def test_a_number_is_known_however_it_is_written() -> None:
    assert is_suppressed(phone="0049 30 901820")
    assert not is_suppressed(phone="+49 30 901821")


@pytest.mark.usefixtures("mia_is_suppressed")
def test_others_are_not_suppressed_and_neither_is_nobody() -> None:
    assert not is_suppressed(email="noah@example.com")
    assert not is_suppressed()


def test_nothing_of_the_address_is_kept(mia_is_suppressed: None) -> None:
    kept = str(list(Suppression.objects.values()))

    assert "mia" not in kept.lower()
    assert "901820" not in kept


def test_the_hash_needs_the_key(settings: Settings) -> None:
    with_one = digest_of("mia@example.com")
    settings.SUPPRESSION_KEY = "another"

    assert digest_of("mia@example.com") != with_one


def test_earlier_keys_still_find_them(mia_is_suppressed: None, settings: Settings) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new one"

    assert is_suppressed(email="mia@example.com")


def test_it_takes_one_query_and_two_for_many(mia_is_suppressed: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        is_suppressed(email="mia@example.com", phone="+4930901820")
    with django_assert_num_queries(2):
        suppressed_among([f"x{n}@example.com" for n in range(500)])


def test_many_are_told_apart_as_they_were_written(mia_is_suppressed: None) -> None:
    both = {"MIA@example.com", "mia@example.com"}

    assert suppressed_among([*both, "noah@example.com", ""]) == both


def test_twice_is_once_and_lifting_ends_it(mia_is_suppressed: None, now: datetime) -> None:
    suppress(["mia@example.com"], now=now)

    assert Suppression.objects.count() == 2
    assert lift(email="mia@example.com")
    assert not is_suppressed(email="mia@example.com")
    assert not lift(email="mia@example.com")


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "taken in again"])
def test_what_was_said_of_somebody_since_the_backup_counts_after_a_restore(refused: bool, now: datetime) -> None:
    remember_erased(["mia@example.com"], now=now)
    Suppression.objects.update(refused=not refused)
    in_the_backup = list(Suppression.objects.all())
    suppress(["mia@example.com"], now=now + timedelta(days=1))
    if not refused:
        lift(email="mia@example.com")
    file_all()
    Suppression.objects.all().delete()
    Suppression.objects.bulk_create(in_the_backup)

    erase_again(now=now + timedelta(days=2))

    assert is_suppressed(email="mia@example.com") == refused


def test_a_plain_post_of_theirs_goes_after_a_restore_too(now: datetime) -> None:
    remember_erased(["mia+x@example.com"], now=now + timedelta(days=1))
    form = Form.objects.create(name="Contact", slug="contact")
    raw = "name=Mia&email=Mia%2Bx%40example.com&message=Hi"
    Submission.objects.create(form=form, key="1", raw=raw, received_at=now)

    erase_again(now=now + timedelta(days=2))

    assert not Submission.objects.exists()


@pytest.mark.parametrize(("active", "name"), [(False, "Former rep"), (True, "Ana Diaz")], ids=["gone", "still here"])
def test_somebody_who_worked_here_is_a_number_again_after_a_restore(active: bool, name: str, now: datetime) -> None:
    rep = make_rep("Ana Diaz", active=False)
    before = {"name": rep.name, "email": rep.email, "active": active}
    erase_rep(email=rep.email, now=now)
    file_all()
    Suppression.objects.all().delete()
    Rep.objects.update(**before)

    erase_again(now=now + timedelta(days=1))

    assert Rep.objects.get().name.startswith(name)


def test_a_number_with_two_trunk_zeros_is_known_as_it_was_stored(now: datetime) -> None:
    stored = phone_number("+49 (0)030 901820").number
    suppress(["+49 (0)030 901820"], now=now)

    assert is_suppressed(phone=stored)
    assert is_suppressed(phone=PHONE)
