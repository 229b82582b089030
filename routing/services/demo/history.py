"""60 days in the life of the demo company: every lead really went through the router, at an instant of the past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model

from reps.schedules import Window
from routing.engine.deadlines import deadline
from routing.engine.delays import Stretch, Whose
from routing.engine.sla import Standing
from routing.models import Assignment, Decision, Lead, OutboxMessage, Posting
from routing.models.bulk import update_rows
from routing.services.demo.interest import signals
from routing.services.demo.people import BERLIN, LOS_ANGELES, NEW_YORK, email_of
from routing.services.demo.visitors import DAYS, Bunch, bunches
from routing.services.measure_performance import measure_performance
from routing.services.merge_duplicates import merge_duplicates
from routing.services.receive_lead import receive_leads
from routing.services.receive_signal import receive_signal
from routing.services.route_pending import route_pending
from routing.services.sla.clock import set_clock
from routing.services.sla.first_response import COLUMNS as FIRST_RESPONSE
from routing.services.sla.first_response import UNOWNED, of_owner, share_out
from routing.services.sla.policies import Policies
from routing.snapshots.people import HoursSettings, load_windows_of
from routing.snapshots.rulebook import current_rulebook

SHIFT_STARTS = ((BERLIN, time(9, 0, 30)), (NEW_YORK, time(8, 0, 30)), (LOS_ANGELES, time(8, 0, 30)))
SLOW_AFTER = timedelta(minutes=40)
RESULTS_KNOWN = timedelta(days=6)
"""Before now: from then on pools that go by results know those of the weeks before."""
DEALS = {
    Lead.Outcome.WON: (timedelta(days=12), 0.14),
    Lead.Outcome.LOST: (timedelta(days=6), 0.34),
    Lead.Outcome.QUALIFIED: (timedelta(days=2), 0.30),
}
"""How long it takes, and how often it comes to that. The rest is still open."""
WON_AFTER, LOST_AFTER = timedelta(days=2), timedelta(days=2)
LARGE = 200
"""Employees."""
WINS = {
    email_of("Ana Diaz"): (0.3, 0.7),
    email_of("Daniel Brooks"): (0.95, 0.8),
    email_of("Lukas Brandt"): (0.03, 0.05),
}
"""How often they win large and small companies: the reps of the pool that goes by results differ, and by kind of lead.
What others win is the same for all of them. So far apart that a few dozen leads show it."""


def make_history(*, now: datetime, random: Random) -> None:
    """Take in and route what the visitors wrote, and answer it; what came of the first weeks counts in the last."""
    observed = signals(now, random)
    for part in _in_parts(bunches(now, random), now):
        for bunch in part:
            _release_held(bunch.routed_at)
            observed = _observe(observed, bunch.routed_at)
            _take_in(bunch, random)
        _answer(now, random)
        measure_performance(now=part[-1].routed_at)
    _release_held(now)
    _observe(observed, now)
    _answer(now, random)
    measure_performance(now=now)


def _in_parts(all_bunches: list[Bunch], now: datetime) -> list[list[Bunch]]:
    """The bunches before and after the day from which on results are known."""
    known = now - RESULTS_KNOWN
    parts = [[bunch for bunch in all_bunches if (bunch.routed_at < known) is early] for early in (True, False)]
    return [part for part in parts if part]


def _take_in(bunch: Bunch, random: Random) -> None:
    leads = receive_leads(submissions=bunch.submissions, now=bunch.routed_at, priority=Lead.Priority.LIVE, demo=True)
    for lead in leads:  # who is in a control group goes by it: the same company of the same day has the same history
        lead.uuid = UUID(int=random.getrandbits(128), version=4)
    update_rows(Lead, ("uuid",), [(lead.pk, lead.uuid) for lead in leads])
    _route(bunch.routed_at)
    if bunch.posted_twice:
        merge_duplicates(now=bunch.routed_at)


def _observe(observed: list[dict[str, Any]], until: datetime) -> list[dict[str, Any]]:
    """Receive the signals up to an instant; those after it are left."""
    due = [facts for facts in observed if datetime.fromisoformat(facts["observed_at"]) <= until]
    for facts in due:
        receive_signal(facts=facts, now=until, demo=True)
    return observed[len(due) :]


def _route(now: datetime) -> None:
    """Until nothing goes on in a further batch."""
    while route_pending(now=now).put_back:
        pass


def _release_held(now: datetime) -> None:
    """Whoever waited for a shift to start was routed then."""
    for shift in _shift_starts(now):
        first = Lead.objects.held().order_by("held_since").values_list("held_since", flat=True).first()
        if first is None:
            return
        if first < shift:
            _route(shift)


def _shift_starts(now: datetime) -> list[datetime]:
    """The starts of shifts in the three days before `now`."""
    zones = [(ZoneInfo(name), at) for name, at in SHIFT_STARTS]
    days = [now.date() - timedelta(days=ago) for ago in range(3, -1, -1)]
    return sorted(start for zone, at in zones for day in days if (start := datetime.combine(day, at, zone)) < now)


# --- afterwards: every lead of a bunch at its own instant, and what its owner did -------------------------------


@dataclass(slots=True)
class _Story:
    """A lead with its rows, told from the instant at which it was decided."""

    lead: Lead
    decisions: list[Decision]
    assignment: Assignment | None
    messages: list[OutboxMessage]
    postings: list[Posting]


def _answer(now: datetime, random: Random) -> None:
    stories = _stories()
    policies = _policies(now)
    for story in stories:
        _move_to_its_own_instant(story, random)
        if story.assignment:
            _alert(story, story.assignment, policies, random)
            _respond(story, story.assignment, policies.working, now, random)
            _let_clock_run(story, story.assignment, policies, now)
            _close(story, story.assignment, now, random)
    _store(stories)


def _stories() -> list[_Story]:
    """Of the leads that were decided and whose story was not told yet."""
    told = Assignment.objects.filter(lead__demo=True).exclude(alerted_at=None).values("lead")
    decided = Lead.objects.filter(demo=True, pk__in=Decision.objects.values("lead"))
    leads = list(decided.exclude(pk__in=told).order_by("submitted_at", "pk"))
    decisions, messages, postings = (
        _by_lead(model.objects.filter(lead__in=leads).order_by("pk")) for model in (Decision, OutboxMessage, Posting)
    )
    assignments = {row.lead_id: row for row in Assignment.objects.filter(lead__in=leads).select_related("rep")}
    return [
        _Story(lead, decisions[lead.pk], assignments.get(lead.pk), messages[lead.pk], postings[lead.pk])
        for lead in leads
    ]


def _by_lead(rows: Any) -> defaultdict[int, list[Any]]:
    grouped: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.lead_id].append(row)
    return grouped


def _policies(now: datetime) -> Policies:
    """What the owners were promised, and the hours in which they work."""
    published = current_rulebook()
    return Policies({published.number: published} if published else {}, _working_time(now))


def _working_time(now: datetime) -> Mapping[int, Sequence[Window] | None]:
    reps = set(Assignment.objects.filter(lead__demo=True).values_list("rep_id", flat=True))
    start, end = now - timedelta(days=DAYS + 1), now + timedelta(days=14)
    return load_windows_of(rep_ids=reps, start=start, end=end, settings=HoursSettings(timezone=NEW_YORK))


def _move_to_its_own_instant(story: _Story, random: Random) -> None:
    """A bunch was routed at its end; each of its leads looks as if it had been routed when it came."""
    lead, routed_at = story.lead, story.decisions[0].decided_at
    at_once = lead.submitted_at + timedelta(seconds=random.uniform(0.12, 0.6))
    for decision in story.decisions:
        decision.decided_at = at_once if decision.decided_at == routed_at else decision.decided_at
    for posting in story.postings:
        posting.posted_at = at_once if posting.posted_at == routed_at else posting.posted_at
    if lead.held_since:
        lead.held_since = at_once
    if lead.owned_at == routed_at:
        lead.owned_at = lead.first_owned_at = at_once
    if story.assignment and lead.owned_at:
        story.assignment.assigned_at = lead.owned_at


def _alert(story: _Story, assignment: Assignment, policies: Policies, random: Random) -> None:
    sent = assignment.assigned_at + timedelta(seconds=random.uniform(0.2, 1.4))
    assignment.alerted_at = sent
    set_clock(assignment, policies, sent)
    for message in story.messages:
        message.created_at = message.available_at = assignment.assigned_at
        message.done_at, message.result, message.tries = sent, OutboxMessage.Result.SENT, 1


def _respond(
    story: _Story,
    assignment: Assignment,
    working: Mapping[int, Sequence[Window] | None],
    now: datetime,
    random: Random,
) -> None:
    """Most within minutes of their working time, some slowly, a few never."""
    if assignment.alerted_at is None or random.random() < 0.04:
        return
    minutes = random.lognormvariate(1.0, 0.8) if random.random() < 0.88 else random.uniform(15, 240)
    answered = deadline(assignment.alerted_at, minutes, working[assignment.rep_id])
    if answered is None or answered > now:
        return
    assignment.responded_at = answered
    if random.random() < 0.7:
        assignment.accepted_at = assignment.alerted_at + (answered - assignment.alerted_at) * random.uniform(0.2, 0.9)


def _let_clock_run(story: _Story, assignment: Assignment, policies: Policies, now: datetime) -> None:
    """What time brought by now is done already, so that nobody hears of it when the clock begins to go round."""
    answered = assignment.responded_at
    if assignment.due_at and assignment.due_at <= (answered or now):
        assignment.breached_at = assignment.due_at
    if answered is not None:
        assignment.step_at = None
        waits = [Stretch(row.decided_at, Whose.NOBODY) for row in story.decisions if row.outcome in UNOWNED]
        share_out(story.lead, [*waits, *of_owner(assignment, policies)], answered_at=answered)
        return
    while (due := policies.next_step(assignment)) and due.at <= now:
        assignment.step = Standing(assignment.step).with_taken(due.number)
    assignment.step_at = due.at if due else None


def _close(story: _Story, assignment: Assignment, now: datetime, random: Random) -> None:
    """Quick answers win more often."""
    if assignment.responded_at is None or assignment.alerted_at is None:
        return
    slow = assignment.responded_at - assignment.alerted_at > SLOW_AFTER
    chance = random.random() + (0.05 if slow else 0)
    for outcome, (duration, share) in _deals(story.lead, assignment.rep.email).items():
        chance -= share
        ended = assignment.responded_at + duration * random.uniform(0.3, 2.5)
        if chance < 0:
            if ended < now:
                _set_outcome(story.lead, outcome, ended, random)
            return


def _deals(lead: Lead, rep: str) -> Mapping[Lead.Outcome, tuple[timedelta, float]]:
    if rep not in WINS:
        return DEALS
    large, small = WINS[rep]
    wins = large if (lead.employees or 0) > LARGE else small
    return {Lead.Outcome.WON: (WON_AFTER, wins), Lead.Outcome.LOST: (LOST_AFTER, 1 - wins)}


def _set_outcome(lead: Lead, outcome: Lead.Outcome, ended: datetime, random: Random) -> None:
    lead.outcome, lead.outcome_at = outcome, ended
    if outcome == Lead.Outcome.QUALIFIED:
        return
    lead.status, lead.closed_at = Lead.Status.CLOSED, ended
    if outcome == Lead.Outcome.WON:
        lead.amount = max(lead.employees or 50, 10) * random.choice((90, 120, 150, 200))


LEAD = (
    *("owned_at", "first_owned_at", "held_since", "status", "outcome", "outcome_at", "closed_at", "amount"),
    *FIRST_RESPONSE,
)
ASSIGNMENT = (
    *("assigned_at", "alerted_at", "clock_started_at", "due_at", "step", "step_at", "breached_at"),
    *("accepted_at", "responded_at"),
)
MESSAGE = ("created_at", "available_at", "done_at", "result", "tries")


def _store(stories: Sequence[_Story]) -> None:
    _update(Lead, LEAD, [story.lead for story in stories])
    _update(Assignment, ASSIGNMENT, [story.assignment for story in stories if story.assignment])
    _update(Decision, ("decided_at",), [row for story in stories for row in story.decisions])
    _update(Posting, ("posted_at",), [row for story in stories for row in story.postings])
    _update(OutboxMessage, MESSAGE, [row for story in stories for row in story.messages])


def _update(model: type[Model], columns: Sequence[str], rows: Sequence[Model]) -> None:
    update_rows(model, columns, [(row.pk, *(getattr(row, column) for column in columns)) for row in rows])
