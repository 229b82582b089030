"""Submissions that no lead came of: people make one of them, or let them be; the clock goes on with what was begun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest

from routing import crash
from routing.intake import InvalidLead
from routing.models import Form, Lead, Submission
from routing.services.forms.asked import ask
from routing.services.submissions import review, store
from routing.services.submissions.answers import Pairs, read_answers
from routing.services.submissions.receive import Sent, take
from routing.services.submissions.suspicion import stamp
from routing.services.submissions.unfinished import finish_begun
from tests.forms.conftest import Visitor

pytestmark = pytest.mark.django_db
GOOD = {"email": "mia@globex.com", "form": "demo", "consent": True}


class Died(BaseException):
    """The process that received it ended."""


def take_and_die(form: Form, pairs: Pairs, now: datetime) -> None:
    """It is kept, and its process dies before the lead is committed."""
    with patch.object(crash, "crash_point", side_effect=Died), pytest.raises(Died):
        take(ask(form), Sent("demo", pairs, "x", visitor="v"), now=now)


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


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("address_limit", "More than 1 came from one visitor within a minute."),
        ("form_limit", "More than 1 came through this form within a minute."),
    ],
)
def test_what_a_process_died_over_is_judged_by_how_many_came(
    make_form: Callable[..., Form], now: datetime, limit: str, reason: str
) -> None:
    form = make_form(**{limit: 1})
    for name in ("mia", "leo"):
        take_and_die(form, [("email", f"{name}@globex.com")], now)

    finish_begun(now=now + timedelta(minutes=2))

    reasons = dict(Lead.objects.values_list("email", "screen_reason"))
    assert reasons == {"mia@globex.com": "", "leo@globex.com": reason}


def test_what_a_process_died_over_is_judged_by_the_time_of_its_page(form: Form, now: datetime) -> None:
    page = stamp(slug="demo", now=now - timedelta(seconds=1))
    take_and_die(form, [("email", "mia@globex.com"), ("lr_stamp", page)], now)

    finish_begun(now=now + timedelta(minutes=2))

    assert Lead.objects.get().screen_reason == "It was filled in within two seconds."


def test_what_a_process_died_over_is_judged_by_where_it_was_sent_from(form: Form, now: datetime) -> None:
    sent = Sent("demo", [("email", "mia@globex.com")], "x", visitor="v", elsewhere="https://evil.example")
    with patch.object(store, "refuse", side_effect=Died), pytest.raises(Died):
        take(ask(form), sent, now=now)

    finish_begun(now=now + timedelta(minutes=2))

    assert Lead.objects.get().screen_reason.startswith("It was sent from https://evil.example")


def test_what_nobody_can_make_a_lead_of_waits_for_review(form: Form, now: datetime) -> None:
    store.begin(form=form, key="k", raw="not JSON", content_type="x", now=now)

    assert [finish_begun(now=now + timedelta(minutes=2)) for _ in range(2)] == [1, 0]
    assert Submission.objects.to_review().exists()
