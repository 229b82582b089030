"""The paragraph that the page of a lead opens with, and the bar of its time: in every state, never a wrong sum."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from reps.models import Rep, WorkingHours
from routing.admin.lead_delays import LEAST_WIDTH, Waited, bar_of, rounded, waited, widths_of
from routing.admin.lead_page import told
from routing.admin.lead_story import short_why
from routing.insights.speed import Part
from routing.models import Assignment, Decision, Lead
from routing.services import lead_actions as acts
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep, make_rule

MINUTE = timedelta(minutes=1)
LENGTHS = st.lists(st.floats(0, 1e7, allow_subnormal=False), min_size=4, max_size=4)


@pytest.fixture
def ana(db):
    return make_rep("Ana Diaz")


def owned(now, rep, *, ago=60, **fields):
    """A lead that came some minutes ago; its owner got it and was told in the first of them."""
    came = now - ago * MINUTE
    lead = make_owned_lead(came, rep, owned_at=came, **fields)
    reason = f"{rep.name} owns the account Globex (by domain)"
    Decision.objects.create(lead=lead, outcome="assigned", method="account", rep=rep, reason=reason, decided_at=came)
    Assignment.objects.create(
        lead=lead, rep=rep, method="account", assigned_at=came, alerted_at=came + MINUTE,
        clock_started_at=came + MINUTE, due_at=came + 16 * MINUTE,
    )  # fmt: skip
    return lead


def said(lead, now):
    lead.refresh_from_db()
    decisions = list(Decision.objects.filter(lead=lead).order_by("-pk"))
    return strip_tags(" ".join(told(lead, decisions, now)["story"])).replace("\xa0", " ")


def seconds_of(text):
    """The length that a legend says, in seconds."""
    sizes = {"days": 86400, "day": 86400, "h": 3600, "min": 60, "s": 1}
    words = text.replace("\xa0", " ").split(" ")
    return 0 if words[0] == "under" else sum(float(words[n]) * sizes[words[n + 1]] for n in range(0, len(words), 2))


# --- the paragraph ------------------------------------------------------------------------------------------------


def test_an_answered_lead_is_told_in_order(ana, now):
    lead = owned(now, ana, company="Globex", source="website", kind="demo")
    acts.respond(lead=lead, rep=ana, channel="call", note="", now=now - 54 * MINUTE, actor="Ana Diaz")

    assert said(lead, now) == (
        f"{lead.name} of Globex came in 1 h ago through website (demo request). "
        "At once it went to Ana Diaz, who owns the account Globex. The alert left 1 min later. "
        "Ana Diaz answered by phone 5 min after the alert, 10 min before the deadline."
    )


def test_what_took_no_tenth_of_a_second_was_at_once(ana, now):
    blink = timedelta(milliseconds=49)
    lead = owned(now, ana)
    Lead.objects.filter(pk=lead.pk).update(owned_at=lead.submitted_at + blink)
    lead.assignments.update(alerted_at=lead.assignments.get().assigned_at + blink)

    assert "At once it went to Ana Diaz" in said(lead, now)
    assert "The alert left at once." in said(lead, now)


def test_an_unanswered_lead_says_how_late_it_is(ana, now):
    assert said(owned(now, ana), now).endswith("Ana Diaz has not answered, and is late: 44 min over.")


def test_a_lead_with_several_owners_names_them_with_how_long_they_had_it_and_why_no_longer(ana, now):
    lead = owned(now, ana)
    for place, name in enumerate(("Ben Ray", "Cy Poe"), start=1):
        given = now - timedelta(minutes=60 - 20 * place)
        acts.reassign(lead=lead, rep=make_rep(name), reason="is at the fair", counts=False, now=given, actor="Grace")

    text = said(lead, now)

    assert "Cy Poe got it 20 min ago, as its third owner, by hand: is at the fair." in text
    assert "Before, Ana Diaz had it for 20 min (given to somebody else), then Ben Ray for 20 min" in text


def test_of_many_owners_the_last_are_named_and_all_are_counted(ana, now):
    lead = owned(now, ana)
    for place in range(7):
        acts.reassign(lead=lead, rep=make_rep(f"Rep{place}"), reason="", counts=False, now=now, actor="Grace")

    text = said(lead, now)

    assert "as its owner number 8" in text
    assert "Before, 4 others had it, then Rep3" in text


def test_who_answered_first_is_named_though_somebody_else_has_it_now(ana, now):
    lead = owned(now, ana)
    acts.respond(lead=lead, rep=ana, channel="mail", note="", now=now - 50 * MINUTE, actor="Ana Diaz")
    acts.reassign(lead=lead, rep=make_rep("Ben Ray"), reason="", counts=False, now=now, actor="Grace")

    assert "Ana Diaz answered by mail 9 min after the alert" in said(lead, now)


def test_what_it_waited_for_is_said(ana, now):
    lead = owned(now, ana)
    parts = {"system_seconds": 60, "nobody_seconds": 1200, "outside_seconds": 600, "rep_seconds": 5}
    Lead.objects.filter(pk=lead.pk).update(first_response_at=now, **parts)

    assert "It waited 20 min for somebody who could take it and 10 min for working hours to begin." in said(lead, now)


def test_a_lead_that_waits_says_for_how_long_and_why_and_of_nobody_what_keeps_them(now, db):
    since = now - 90 * MINUTE
    lead = make_lead(
        since, status="held", held_reason="waiting", held_since=since, hold_deadline_at=now + timedelta(days=3),
    )  # fmt: skip
    reason = "Waiting at the rule “Big”: none of the 2 in SMB can take it (Ana Diaz: on leave)"
    Decision.objects.create(lead=lead, outcome="held", reason=reason, decided_at=since)

    text = said(lead, now)

    assert "Nobody owns it: it has waited 1 h 30 min at the rule “Big”: none of the 2 in SMB can take it." in text
    assert text.count("waited") == 1


def test_a_lead_that_is_offered_says_to_whom(now, db):
    lead = make_lead(
        now - MINUTE, status="held", held_reason="offered", held_since=now - MINUTE,
        hold_deadline_at=now + timedelta(days=3),
    )  # fmt: skip
    reason = "Offered to Ana Diaz. Highest balance in SMB"
    Decision.objects.create(lead=lead, outcome="held", reason=reason, decided_at=now - MINUTE)

    assert "Nobody owns it yet: it was offered to Ana Diaz 1 min ago." in said(lead, now)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "The alert has not left yet. Ana Diaz has not answered yet, and no deadline runs yet."),
        ({"alert": "digest"}, "The next digest tells them. Ana Diaz has not answered yet, and no deadline runs."),
        ({"alert": "none"}, "Its rule sends no alert. Ana Diaz has not answered yet, and no deadline runs."),
    ],
)
def test_what_becomes_of_the_alert_is_said(fields, says, ana, now):
    lead = owned(now, ana)
    lead.assignments.update(alerted_at=None, due_at=None, clock_started_at=None, **fields)

    assert said(lead, now).endswith(says)


def test_a_lead_that_was_closed_without_an_answer_says_so(ana, now):
    lead = owned(now, ana)
    acts.set_outcome(lead=lead, stage="lost", amount=None, reason="", now=now, actor="Grace")

    assert said(lead, now).endswith("It was closed as lost just now; no answer was noted.")


def test_the_rule_is_named_that_led_to_the_owner(ana, now):
    lead = owned(now, ana)
    rule = make_rule(name="Partners", pool=make_pool(ana))
    lead.assignments.update(rule=rule)

    assert "who owns the account Globex, by the rule “Partners”." in said(lead, now)


@pytest.mark.parametrize(
    ("reason", "clause"),
    [
        ("Ana Diaz owns the territory Northeast", ", who owns the territory Northeast"),
        ("Highest balance of 2 in SMB (+1.0 leads; 2 of it); 4 could take it", ": highest balance of 2 in SMB"),
        ("Overflow: highest balance in SMB", ": overflow, highest balance in SMB"),
        ("Territory North: the only one in SMB", ": Territory North, the only one in SMB"),
        ("Given to Ana Diaz instead of Ben Ray: knows them (warning: on leave)", ", by hand: knows them"),
        ("Given to Ana Diaz", ", by hand"),
        ("", ""),
    ],
)
def test_why_it_is_theirs_follows_their_name(reason, clause):
    assert short_why("Ana Diaz", reason) == clause


# --- the bar ------------------------------------------------------------------------------------------------------


@given(LENGTHS)
def test_what_the_legend_says_of_the_parts_adds_up_to_the_whole_that_it_says(lengths):
    bar = bar_of(Waited(dict(zip(Part, lengths, strict=True)), answered=True))

    assert sum(seconds_of(part["length"]) for part in bar["parts"]) == pytest.approx(seconds_of(bar["whole"]), abs=1e-6)
    assert seconds_of(bar["whole"]) == pytest.approx(sum(lengths), abs=0.51)


@given(LENGTHS.filter(any))
def test_the_bar_is_full_and_every_part_that_is_there_is_seen(lengths):
    widths = widths_of(lengths)

    assert sum(widths) == pytest.approx(100)
    assert all(width >= LEAST_WIDTH - 1e-9 for width, length in zip(widths, lengths, strict=True) if length)


def test_no_part_is_rounded_by_a_whole_unit():
    assert rounded([0.5, 0.5, 0.4, 0.6], 1) == [1, 0, 0, 1]


def test_while_no_answer_came_the_time_is_counted_to_now(ana, now):
    found = waited(owned(now, ana), now)

    assert found is not None and not found.answered
    assert found.parts == {Part.SYSTEM: 60, Part.NOBODY: 0, Part.OUTSIDE: 0, Part.REP: 59 * 60}


def test_the_time_so_far_is_what_would_be_stored_if_the_answer_came_now(ana, now):
    lead = owned(now, ana)
    so_far = waited(lead, now)
    acts.respond(lead=lead, rep=ana, channel="call", note="", now=now, actor="Ana Diaz")
    lead.refresh_from_db()

    stored = waited(lead, now + timedelta(days=1))

    assert so_far is not None and stored is not None
    assert (stored.parts, stored.answered) == (so_far.parts, True)


def test_after_half_a_year_without_an_answer_the_hours_of_the_last_days_are_still_the_reps(ana, now):
    Rep.objects.filter(pk=ana.pk).update(hours=Rep.Hours.OWN, timezone="UTC")
    for weekday in range(7):
        WorkingHours.objects.create(rep=ana, weekday=weekday, start="09:00", end="17:00")

    found = waited(owned(now, ana, ago=200 * 24 * 60), now)

    assert found is not None
    assert found.parts[Part.REP] == pytest.approx(200 * 8 * 3600, abs=60)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "parked", "review_date": "2026-06-01"},
        {"status": "quarantined"},
        {"status": "closed"},
    ],
)
def test_where_nobody_waits_for_an_answer_there_is_no_bar(fields, now, db):
    assert bar_of(waited(make_lead(now, **fields), now)) == {}


def test_a_lead_of_this_instant_has_an_empty_bar(now, db):
    bar = bar_of(waited(make_lead(now), now))

    assert (bar["whole"], {part["length"] for part in bar["parts"]}) == ("0\xa0s", {"0\xa0s"})
