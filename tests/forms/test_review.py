"""Submissions that no lead came of: people make one of them, or let them be; the clock goes on with what was begun."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from routing.intake import InvalidLead
from routing.models import Form, Lead, Submission
from routing.services.submissions import review, store
from routing.services.submissions.answers import read_answers
from routing.services.submissions.unfinished import finish_begun
from tests.forms.conftest import Visitor

pytestmark = pytest.mark.django_db
GOOD = {"email": "mia@globex.com", "form": "demo", "consent": True}


@pytest.fixture
def invalid(visitor: Visitor) -> Submission:
    visitor.send({"email": "mia@"})
    return Submission.objects.get()


def test_somebody_puts_it_right(invalid: Submission, admin_user: object, now: datetime) -> None:
    lead = review.make_lead(invalid, GOOD, admin_user, now)  # type: ignore[arg-type]

    invalid.refresh_from_db()
    assert (invalid.lead, invalid.status, invalid.reviewed_by) == (lead, Submission.Status.ACCEPTED, admin_user)
    assert lead.consents.get().origin == "Demo request"


def test_what_is_still_wrong_is_said_and_changes_nothing(invalid: Submission, now: datetime) -> None:
    with pytest.raises(InvalidLead):
        review.make_lead(invalid, {"email": "x"}, None, now)

    invalid.refresh_from_db()
    assert (invalid.status, invalid.reviewed_at) == (Submission.Status.INVALID, None)


def test_somebody_lets_it_be(invalid: Submission, now: datetime) -> None:
    review.discard(invalid, None, now)

    invalid.refresh_from_db()
    assert (invalid.status, invalid.reviewed_at) == (Submission.Status.DISCARDED, now)
    assert not Submission.objects.to_review().exists()


def test_what_became_a_lead_is_no_longer_to_review(invalid: Submission, now: datetime) -> None:
    review.make_lead(invalid, GOOD, None, now)

    with pytest.raises(review.NotToReview):
        review.make_lead(invalid, GOOD, None, now)
    with pytest.raises(review.NotToReview):
        review.discard(invalid, None, now)


@pytest.mark.parametrize(("minutes", "leads"), [(0.9, 0), (1.1, 1)])
def test_what_a_process_died_over_becomes_a_lead(form: Form, now: datetime, minutes: float, leads: int) -> None:
    answers = read_answers([("email", "mia@globex.com")], now=now)
    store.begin(form=form, key=answers.key, raw=answers.raw, content_type="x", now=now)

    finish_begun(now=now + timedelta(minutes=minutes))

    assert Lead.objects.count() == leads


def test_what_a_process_died_over_before_the_captcha_was_asked_goes_to_review(form: Form, now: datetime) -> None:
    Form.objects.update(captcha=Form.Captcha.TURNSTILE, captcha_site_key="site")
    answers = read_answers([("email", "mia@globex.com")], now=now)
    store.begin(form=form, key=answers.key, raw=answers.raw, content_type="x", now=now)

    finish_begun(now=now + timedelta(minutes=2))

    assert Lead.objects.get().screen_reason.startswith("The captcha could not be checked")


def test_what_nobody_can_make_a_lead_of_waits_for_review(form: Form, now: datetime) -> None:
    store.begin(form=form, key="k", raw="not JSON", content_type="x", now=now)

    assert [finish_begun(now=now + timedelta(minutes=2)) for _ in range(2)] == [1, 0]
    assert Submission.objects.to_review().exists()
