"""Submissions as they came: kept once, whatever is sent again, and before anything is checked."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from routing.models import Form, Lead, Submission
from routing.services.receive_lead import GivenConsent, receive_lead
from routing.services.submissions import store
from tests.chaos.at_once import at_once

pytestmark = pytest.mark.django_db
FACTS = {"email": "mia@globex.com"}


@pytest.fixture
def form() -> Form:
    return Form.objects.create(name="Demo", slug="demo")


@pytest.fixture
def begin(form: Form, now: datetime) -> Any:
    def begin(raw: str = "[]", key: str = "k1", **options: Any) -> store.Begun:
        return store.begin(form=form, key=key, raw=raw, content_type="application/json", now=now, **options)

    return begin


def test_the_same_again_is_the_same_submission(begin: Any) -> None:
    first, second = begin(), begin()

    assert (first.again, second.again) == (False, True)
    assert (second.submission.pk, second.submission.attempts) == (first.submission.pk, 2)


def test_a_correction_takes_the_place_of_what_was_wrong(begin: Any, now: datetime) -> None:
    store.refuse(begin("wrong").submission, {"email": ["No."]})

    begun = begin("right")

    row = Submission.objects.get()
    assert not begun.again
    assert (row.raw, row.status, row.errors, row.attempts) == ("right", Submission.Status.RECEIVED, {}, 2)


def test_another_body_after_it_became_a_lead_is_another_submission(begin: Any, now: datetime) -> None:
    first = begin("one").submission
    receive_lead(facts=FACTS, now=now, submission=first)

    other, again = begin("two"), begin("two")

    assert other.submission.pk != first.pk
    assert (other.again, again.again, again.submission.pk) == (False, True, other.submission.pk)


def test_a_correction_while_a_lead_is_made_of_the_first_is_another_submission(begin: Any, now: datetime) -> None:
    first, other = begin("one").submission, begin("two").submission

    leads = [
        receive_lead(facts={"email": f"{row.raw}@globex.com"}, now=now, submission=row).lead for row in (first, other)
    ]

    assert [lead.email for lead in leads] == ["one@globex.com", "two@globex.com"]
    assert [row.raw for row in Submission.objects.order_by("pk")] == ["one", "two"]


def test_a_correction_of_its_own_stays_that_after_the_first_was_refused(begin: Any, now: datetime) -> None:
    first, other = begin("wrong").submission, begin("right").submission
    lead = receive_lead(facts=FACTS, now=now, submission=other).lead
    store.refuse(first, {"email": ["No."]})

    again = begin("right")

    assert (again.again, again.submission.lead) == (True, lead)


def test_a_mistake_whose_correction_is_there_is_not_reviewed(begin: Any) -> None:
    first, _ = begin("wrong").submission, begin("right")

    store.refuse(first, {"email": ["No."]})

    assert Submission.objects.get(pk=first.pk).status == Submission.Status.DISCARDED


def test_what_else_came_at_the_form_is_no_correction(begin: Any) -> None:
    first, _ = begin("wrong").submission, begin("right", key="k2")

    store.refuse(first, {"email": ["No."]})

    assert list(Submission.objects.to_review()) == [first]


@pytest.mark.django_db(transaction=True)
def test_other_bodies_at_the_same_moment_are_all_kept(begin: Any, now: datetime) -> None:
    names = [f"mia{number}" for number in range(6)]

    def send(name: str) -> None:
        receive_lead(facts={"email": f"{name}@globex.com"}, now=now, submission=begin(name).submission)

    at_once(*[partial(send, name) for name in names])

    kept = Submission.objects.values_list("raw", "lead__email")
    assert sorted(kept) == [(name, f"{name}@globex.com") for name in names]


def test_a_doubt_is_kept_until_somebody_judges(begin: Any) -> None:
    submission = begin(doubt="Too many at once.").submission
    assert store.doubt_of(Submission.objects.get()) == "Too many at once."

    store.refuse(submission, {"": ["It was a robot."]})
    assert store.doubt_of(Submission.objects.get()) == ""


def test_what_became_a_lead_is_never_refused(begin: Any, now: datetime) -> None:
    submission = begin().submission
    receive_lead(facts=FACTS, now=now, submission=submission)

    store.refuse(submission, {"email": ["No."]})

    assert Submission.objects.get().status == Submission.Status.ACCEPTED


def test_a_submission_becomes_one_lead(begin: Any, now: datetime) -> None:
    submission = begin().submission

    leads = [receive_lead(facts=FACTS, now=now, submission=submission) for _ in range(2)]

    assert [(received.lead.pk, received.replayed) for received in leads] == [
        (Lead.objects.get().pk, False),
        (Lead.objects.get().pk, True),
    ]


@pytest.mark.django_db(transaction=True)
def test_twins_become_one_lead(begin: Any, now: datetime) -> None:
    def send() -> int:
        return receive_lead(facts=FACTS, now=now, submission=begin().submission).lead.pk

    assert set(at_once(*[send] * 6)) == {Lead.objects.get().pk}


def test_what_no_database_keeps_is_replaced(begin: Any) -> None:
    raw = begin("a\0b\ud800c", page="/\0").submission.raw

    assert raw == "a\ufffdb?c"


def test_a_reason_sends_a_lead_to_review(now: datetime) -> None:
    lead = receive_lead(facts=FACTS, now=now, quarantine="Too many at once.").lead

    assert lead.screen_reason == "Too many at once."


def test_the_words_somebody_agreed_to_are_kept(now: datetime) -> None:
    said = GivenConsent(True, "Yes, call me.", "Demo form", "https://www.example.com/")

    lead = receive_lead(facts=FACTS | {"consent": True}, now=now, consent=said).lead

    row = lead.consents.get()
    assert (row.given, row.wording, row.origin, row.given_at) == (True, "Yes, call me.", "Demo form", now)


def test_consent_that_a_program_tells_is_kept_too(now: datetime) -> None:
    lead = receive_lead(facts=FACTS | {"consent": False}, now=now).lead

    assert lead.consents.get().given is False
