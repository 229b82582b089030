"""Examples: sample leads that must find the rep or pool that they are expected to find."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import Rep, TimeOff
from routing.models import Example, Lead, LedgerAccount, Posting
from routing.rulebook.content import draft_content
from routing.services.pause_routing import pause_routing
from routing.services.publish import CannotPublish, publish, publish_again
from routing.services.run_examples import ExampleResult, run_examples
from tests.factories import make_account, make_catch_all, make_owned_lead, make_pool, make_rep, make_rule

pytestmark = pytest.mark.django_db

DEMO = [[{"field": "kind", "op": "is", "value": "demo"}]]


def example(name: str = "Sample", lead: dict[str, Any] | None = None, **fields: Any) -> Example:
    return Example.objects.create(name=name, lead=lead or {"email": "x@globex.de", "kind": "demo"}, **fields)


def outcome(now: datetime) -> ExampleResult:
    (result,) = run_examples(draft_content(), now=now)
    return result


def test_a_lead_that_goes_to_the_expected_pool_passes(now: datetime) -> None:
    pool = make_pool(make_rep())
    make_catch_all(pool)
    example(expected_pool=pool)

    assert outcome(now).passed


def test_a_lead_that_goes_to_another_pool_fails_and_says_where_it_goes(now: datetime) -> None:
    make_catch_all(make_pool(make_rep("Ana Diaz"), name="SMB"))
    example(expected_pool=make_pool(make_rep(), name="Enterprise"))

    result = outcome(now)

    assert (result.passed, result.expected, result.got) == (
        False,
        "the pool “Enterprise”",
        "Ana Diaz of the pool “SMB”",
    )


def test_the_expected_rep_must_be_the_one_whose_turn_it_is(now: datetime) -> None:
    first, second = make_rep("Ana"), make_rep("Bob")
    make_catch_all(make_pool(first, second))
    example("First", expected_rep=first)
    example("Second", expected_rep=second)

    assert [result.passed for result in run_examples(draft_content(), now=now)] == [True, False]


def test_an_account_owner_is_found_by_the_domain(now: datetime) -> None:
    owner = make_rep()
    make_account("Globex", domains=("globex.de",), owner=owner)
    make_rule(destination="account_owner")
    make_catch_all(make_pool(make_rep()))
    example(expected_rep=owner)

    assert outcome(now).passed


def test_without_an_instant_hours_leave_pauses_and_caps_do_not_count(now: datetime) -> None:
    ana = make_rep("Ana", hours=Rep.Hours.OWN, caps={"day": 0}, paused=True)
    TimeOff.objects.create(rep=ana, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1))
    make_catch_all(make_pool(ana, paused=True))
    pause_routing(now=now)
    example(expected_rep=ana)

    assert outcome(now).passed


def test_somebody_inactive_is_never_found(now: datetime) -> None:
    ana = make_rep("Ana", active=False)
    make_catch_all(make_pool(ana))
    example(expected_rep=ana)

    assert outcome(now).got == "nobody: it waits"


def test_with_an_instant_people_are_met_as_they_are_then(now: datetime) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    TimeOff.objects.create(rep=ana, starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=11))
    make_catch_all(make_pool(ana, bob))
    example("Now", expected_rep=ana, at=now)
    example("On leave", expected_rep=bob, at=now + timedelta(days=10))

    assert [result.passed for result in run_examples(draft_content(), now=now)] == [True, True]


def test_earlier_leads_of_the_person_or_company_do_not_count(now: datetime) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    account = make_account("Globex", domains=("globex.de",))
    make_owned_lead(now, bob, email="x@globex.de", domain="globex.de", account=account)
    make_catch_all(make_pool(ana))
    example(expected_rep=ana)

    assert outcome(now).passed


def test_a_nurtured_lead_is_said_to_go_there(now: datetime) -> None:
    pool = make_pool(make_rep())
    make_rule(conditions=DEMO, destination="park", park_reason="Student")
    make_catch_all(pool)
    example(expected_pool=pool)

    assert outcome(now).got == "nurture"


def test_a_sample_lead_that_cannot_be_read_fails_with_the_reason(now: datetime) -> None:
    pool = make_pool(make_rep())
    make_catch_all(pool)
    example(lead={"email": "nobody"}, expected_pool=pool)

    assert not outcome(now).passed
    assert "email" in outcome(now).why


def test_trying_examples_writes_nothing(now: datetime) -> None:
    pool = make_pool(make_rep(), make_rep())
    make_catch_all(pool)
    example(expected_pool=pool)

    run_examples(draft_content(), now=now)

    assert [model.objects.count() for model in (Lead, Posting, LedgerAccount)] == [0, 0, 0]


def test_more_examples_need_no_more_queries(now: datetime, django_assert_max_num_queries: Any) -> None:
    pool = make_pool(make_rep(), make_rep())
    make_catch_all(pool)
    for number in range(20):
        example(f"Sample {number}", expected_pool=pool)
    content = draft_content()

    with django_assert_max_num_queries(45):
        run_examples(content, now=now)


# --- publishing --------------------------------------------------------------------------------------------------


def test_a_failing_example_blocks_publishing_with_a_clear_sentence(now: datetime) -> None:
    make_catch_all(make_pool(make_rep("Ana Diaz"), name="SMB"))
    example("German enterprise", expected_pool=make_pool(make_rep(), name="Enterprise"))

    with pytest.raises(CannotPublish) as refused:
        publish(note="", user=None, now=now)

    assert refused.value.errors[0].startswith(
        "Example “German enterprise”: expected the pool “Enterprise”, but it goes to Ana Diaz of the pool “SMB”."
    )


def test_a_passing_example_does_not(now: datetime) -> None:
    pool = make_pool(make_rep())
    make_catch_all(pool)
    example(expected_pool=pool)

    assert publish(note="", user=None, now=now).number == 1


def test_examples_of_an_old_version_are_tried_again_before_going_back_to_it(now: datetime) -> None:
    ana = make_rep("Ana")
    make_catch_all(make_pool(ana))
    example(expected_rep=ana)
    publish(note="", user=None, now=now)
    ana.active = False
    ana.save()

    with pytest.raises(CannotPublish):
        publish_again(1, user=None, now=now)
