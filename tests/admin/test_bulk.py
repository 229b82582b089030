"""Many leads, reps and records at once: what is asked before, what happens, and what is told afterwards."""

from __future__ import annotations

import sys

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reps.models import Rep, TimeOff
from routing.admin.bulk.chosen import ROWS, SPARED
from routing.admin.bulk.page import ACT
from routing.models import Form, LastResort, Lead, LeadEvent, Submission, Webhook
from routing.services import lead_actions
from routing.services.access import Role
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.admin.bulk import choose, do_with_all, say_yes, told
from tests.factories import make_catch_all, make_lead, make_pool, make_rep

LEADS = reverse("admin:routing_lead_changelist")
REPS = reverse("admin:reps_rep_changelist")


@pytest.fixture
def ana(db):
    return make_rep("Ana Diaz")


@pytest.fixture
def bob(db):
    return make_rep("Bob Ray")


@pytest.fixture
def leads(ana, now):
    """Three of Ana's: one of them answered, and one closed."""
    make_catch_all(make_pool(ana))
    publish(note="", user=None, now=now)
    for n in range(3):
        make_lead(now, email=f"lead{n}@example.com", first_name="", last_name=f"Lead{n}")
    route_all(now=now)
    open_, answered, closed = Lead.objects.order_by("pk")
    lead_actions.respond(lead=answered, rep=ana, channel="call", note="", now=now, actor="Ana")
    lead_actions.set_outcome(lead=closed, stage="lost", amount=None, reason="", now=now, actor="Ana")
    return list(Lead.objects.order_by("pk"))


def owners():
    return list(Lead.objects.order_by("pk").values_list("owner__name", flat=True))


def test_before_anything_happens_a_page_says_with_how_many_and_with_which_not_and_why(boss, leads):
    asked = choose(boss, LEADS, "reassign", leads)

    shown = asked.context
    assert (shown["count"], shown["chosen"], shown["title"]) == (1, "3 leads", "Reassign 1 lead")
    assert [(why, rows["count"]) for why, rows in shown["left"]] == [("closed", 1)]
    assert [(why, rows["count"]) for why, rows in shown["spared"]] == [("answered already", 1)]
    assert owners() == ["Ana Diaz"] * 3


def test_all_that_it_applies_to_get_the_rep_and_the_rest_is_named_with_links(boss, leads, bob):
    answer = do_with_all(boss, LEADS, "reassign", *leads, rep=bob.pk, reason="Ana is ill")

    assert owners() == ["Bob Ray", "Ana Diaz", "Ana Diaz"]
    done, left = told(answer)
    assert done == "1 lead reassigned."
    assert left.startswith("2 leads stay as they are. Closed: <a")
    assert reverse("admin:routing_lead_change", args=[leads[1].pk]) in left
    assert "Ana is ill" in LeadEvent.objects.get(kind="reassigned").text


def test_what_was_answered_goes_too_where_that_is_asked_for(boss, leads, bob):
    do_with_all(boss, LEADS, "reassign", *leads, rep=bob.pk, **{SPARED: "on"})

    assert owners() == ["Bob Ray", "Bob Ray", "Ana Diaz"]


def test_sent_twice_it_happens_once(boss, leads, bob, now):
    asked = choose(boss, LEADS, "release", leads[:1])
    say_yes(boss, LEADS, asked)
    lead_actions.reassign(lead=leads[0], rep=bob, reason="", counts=False, now=now, actor="Boss")

    answer = say_yes(boss, LEADS, asked)

    assert owners()[0] == "Bob Ray"
    assert "1 lead stays as it is. Changed since you chose it" in told(answer)[-1]


def test_a_lead_that_changed_between_the_two_pages_stays_as_it_is(boss, leads, ana, bob, now):
    asked = choose(boss, LEADS, "reassign", leads[:1])
    lead_actions.respond(lead=leads[0], rep=ana, channel="call", note="", now=now, actor="Ana")

    answer = say_yes(boss, LEADS, asked, rep=bob.pk, **{SPARED: "on"})

    assert owners()[0] == "Ana Diaz"
    assert "Changed since you chose it" in told(answer)[0]


def test_a_lead_that_fails_stops_and_undoes_none_of_the_others(boss, ana, bob, now, monkeypatch):
    several = [make_lead(now) for _ in range(3)]
    module = sys.modules["routing.services.lead_actions.reassign"]
    real = module.note_event

    def fails_once(lead, *said, **asked):
        if lead.pk == several[1].pk:
            raise DatabaseError("the disk is full")
        real(lead, *said, **asked)

    monkeypatch.setattr(module, "note_event", fails_once)
    answer = do_with_all(boss, LEADS, "reassign", *several, rep=bob.pk)

    assert owners() == ["Bob Ray", None, "Bob Ray"]
    assert told(answer)[0] == "2 leads reassigned."


def test_what_is_wrong_is_said_beside_its_field_and_nothing_happens(boss, leads):
    answer = do_with_all(boss, LEADS, "reassign", *leads, reason="Ana is ill")

    assert answer.context["form"].errors["rep"]
    assert 'value="Ana is ill"' in answer.content.decode()
    assert owners() == ["Ana Diaz"] * 3


def test_duplicates_join_the_one_that_they_repeat(boss, ana, now):
    first, second, third = (make_lead(now, email=f"{n}@example.com") for n in range(3))

    answer = do_with_all(boss, LEADS, "duplicate", first, second, third, of=str(first.pk))

    assert set(Lead.objects.filter(duplicate_of=first)) == {second, third}
    assert told(answer)[0] == "2 leads joined to it."


def test_spam_goes_to_review_and_comes_back(boss, leads):
    do_with_all(boss, LEADS, "spam", leads[0], reason="sells pills")
    assert Lead.objects.get(pk=leads[0].pk).screen_reason == "sells pills"

    do_with_all(boss, LEADS, "restore", leads[0])
    assert Lead.objects.get(pk=leads[0].pk).status == "pending"


def test_all_that_the_list_matches_are_taken_up_to_a_bound(boss, leads, monkeypatch):
    across = {"select_across": "1"}
    asked = choose(boss, f"{LEADS}?status__in=assigned", "release", leads[:1], **across)
    assert asked.context["chosen"] == "2 leads"

    monkeypatch.setattr("routing.admin.bulk.act.MOST", 1)
    refused = choose(boss, f"{LEADS}?status__in=assigned", "release", leads[:1], **across)

    assert "more than 1 lead: nothing was done" in told(refused)[0]


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.REP])
def test_whoever_may_not_do_it_to_one_may_not_do_it_to_many(sign_in, boss, leads, ana, bob, role):
    asked = choose(boss, LEADS, "reassign", leads)
    client = sign_in(role, rep=ana)

    assert "reassign" not in client.get(LEADS).content.decode()
    assert say_yes(client, LEADS, asked, rep=bob.pk).status_code == 403
    assert owners() == ["Ana Diaz"] * 3


def test_the_page_takes_as_many_queries_for_3_leads_as_for_1(boss, leads):
    counts = []
    for chosen in (leads[:1], leads):
        with CaptureQueriesContext(connection) as queries:
            choose(boss, LEADS, "reassign", chosen)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_an_act_that_is_none_is_not_found(boss, leads):
    assert boss.post(LEADS, {ACT: "explode", ROWS: f"{leads[0].pk}:"}).status_code == 404


def test_reps_go_on_leave_together_each_in_their_own_zone_and_once(boss, ana, bob):
    Rep.objects.filter(pk=bob.pk).update(timezone="Asia/Tokyo")
    days = {"first_day": "2026-12-24", "last_day": "2026-12-26", "hand_over_leads": "unanswered"}

    asked = choose(boss, REPS, "leave", [ana, bob])
    for _ in range(2):
        answer = say_yes(boss, REPS, asked, **days)

    assert TimeOff.objects.count() == 2
    assert {leave.starts_at.hour for leave in TimeOff.objects.all()} == {0, 15}
    assert "Has this leave already" in told(answer)[0]


def test_reps_are_paused_and_resumed_as_by_their_own_page(boss, ana, bob):
    do_with_all(boss, REPS, "pause", ana, bob, reason="training")
    assert set(Rep.objects.values_list("paused", "paused_reason")) == {(True, "training")}

    answer = do_with_all(boss, REPS, "resume", ana, bob)
    assert told(answer) == ["2 reps resumed."]
    assert not Rep.objects.filter(paused=True).exists()


def test_nobody_is_turned_off_whom_leads_would_miss(boss, ana, bob):
    cleo = make_rep("Cleo Park")
    LastResort.objects.create(rep=ana, position=1)

    asked = choose(boss, REPS, "turn_off", [ana, bob, cleo])
    assert [why for why, _ in asked.context["left"]] == ["a last resort: name somebody else there first"]
    say_yes(boss, REPS, asked)

    assert list(Rep.objects.active()) == [ana]


def test_a_secret_that_was_exchanged_meanwhile_is_not_exchanged_again(boss, now):
    hook = Webhook.objects.create(name="CRM", url="https://crm.example/", secret="whsec_" + "a" * 32, events=["x"])
    listed = reverse("admin:routing_webhook_changelist")

    asked = choose(boss, listed, "exchange_secret", [hook])
    answers = [say_yes(boss, listed, asked) for _ in range(2)]

    hook.refresh_from_db()
    assert hook.former_secret == "whsec_" + "a" * 32
    assert "1 webhook stays as it is. Exchanged since you chose it" in told(answers[1])[0]


def test_of_an_act_on_all_at_once_it_is_told_who_stayed_too(boss, leads, ana, now):
    waiting = [make_lead(now) for _ in range(2)]
    asked = choose(boss, LEADS, "route_again", waiting)
    lead_actions.quarantine(lead=waiting[0], reason="spam", now=now, actor="Ana")

    said = told(say_yes(boss, LEADS, asked))

    assert "1 lead looked at again" in said[0]
    assert "1 lead stays as it is" in said[1]


@pytest.mark.parametrize(("error", "words"), [(OperationalError, "was busy"), (IntegrityError, "refused it")])
def test_what_the_database_says_is_told_of_acts_on_all_at_once(boss, leads, now, monkeypatch, error, words):
    def fail(*args, **kwargs):
        raise error("no")

    waiting = make_lead(now)
    monkeypatch.setattr("routing.admin.bulk.leads.look_again", fail)

    assert words in told(do_with_all(boss, LEADS, "route_again", waiting))[0]


def test_the_lead_of_a_submission_is_released_from_review(boss, same_submission):
    answer = do_with_all(boss, reverse("admin:routing_submission_changelist"), "release", same_submission)

    assert Lead.objects.get().status == "pending"
    assert "1 submission released" in told(answer)[0]


@pytest.fixture
def same_submission(now):
    lead = make_lead(now, status="quarantined", route_after=None)
    form = Form.objects.create(name="Talk to us", slug="talk", kind="demo")
    return Submission.objects.create(form=form, key="a", lead=lead, received_at=now, status="accepted", raw="{}")
