"""Somebody leaves for good: everything they have goes where the plan says, on their day, as one act.

Open leads go over, live things change, and a version is published that changes only that person; an open draft and
publications to come follow. Then they are inactive. If anything stands against it, nothing happens at all.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from reps.models import Rep
from routing.engine.types import HeldReason, Pool
from routing.models import Account, Assignment, Departure, EndReason, Incident, Lead, Offer, ScheduledVersion
from routing.models.bounds import TOO_FAR, is_far_away
from routing.rulebook.check import problems
from routing.services.batches.lock import lock_ledgers, lock_people_of_leads, lock_reps
from routing.services.importing.rows import Import
from routing.services.people import live
from routing.services.people.belongings import counts, open_leads, standing_offers
from routing.services.people.moving import Leaving, Owned, by_turn, end_offers, put_back, store_moves, to_rep
from routing.services.people.plans import (
    NOBODY,
    Choice,
    Kind,
    Place,
    Plan,
    To,
    heirs,
    problems_of,
    read_plan,
    write_plan,
)
from routing.services.people.replacing import Replacing, replace_in_draft, replaced, replacing
from routing.services.privacy import audit_log
from routing.services.publish import one_at_a_time, published, store_version
from routing.services.run_examples import failures
from routing.services.waiting import look_at_waiting_leads_again
from routing.snapshots.rulebook import Published, current_rulebook

logger = logging.getLogger(__name__)
TRIES = 20
"""So often a hand-over begins anew because a router gave its rep a lead in the same moment."""
TRY_AGAIN = timedelta(minutes=10)
LONGEST_ERROR = 500
TECHNICAL = "It failed for a technical reason, which the log names. It is tried again every ten minutes."


class CannotLeave(Exception):
    """The plan cannot be carried out; `errors` says what is wrong, by kind of thing."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(" ".join(dict.fromkeys(text for texts in errors.values() for text in texts)))
        self.errors = {kind: list(texts) for kind, texts in errors.items()}


class HasEnded(Exception):
    """The departure was carried out or called off before."""


class _Meanwhile(Exception):
    """They got a lead after their leads were locked."""


@dataclass(frozen=True, slots=True)
class _Examined:
    """What was wrong with the published rulebook before: a hand-over is not held up by it."""

    problems: Collection[str]
    failures: Collection[str]


def planned(rep: Rep) -> Departure | None:
    """The departure of a rep that is still to come."""
    return Departure.objects.planned().filter(rep=rep).first()


def plan_departure(*, rep: Rep, leaves_at: datetime, plan: Plan, user: User | None, now: datetime) -> Departure:
    """Plan it, or change what is planned; carried out at once if its time has come. Raises CannotLeave."""
    if not rep.active:
        raise CannotLeave({"rep": [f"{rep.name} is inactive already."]})
    if is_far_away(leaves_at):
        raise CannotLeave({"date": [TOO_FAR]})
    if errors := problems_of(plan, rep, counts(rep)):
        raise CannotLeave(errors)
    if leaves_at <= now:
        return _again_and_again(lambda: _carry_out(_save(rep, now, plan, user, now), now=now))
    return _save(rep, leaves_at, plan, user, now)


@transaction.atomic
def cancel_departure(*, departure: Departure, now: datetime) -> Departure:
    """They stay. Raises HasEnded."""
    row = Departure.objects.select_for_update(no_key=True).get(pk=departure.pk)
    if row.done_at or row.cancelled_at:
        raise HasEnded(f"{row.rep.name} has left already." if row.done_at else "This was called off before.")
    row.cancelled_at, row.error = now, ""
    row.save(update_fields=["cancelled_at", "error"])
    audit_log.note(action="departure.cancelled", subject=row, now=now)
    _close_incident(row, now)
    return row


def carry_out(*, departure: Departure, now: datetime) -> Departure:
    """Hand everything over now. Done before: nothing happens. Raises CannotLeave, and then nothing has changed."""
    return _again_and_again(lambda: _carry_out(departure, now=now))


def carry_out_due(*, now: datetime) -> int:
    """The departures whose day has come. One that fails is told to people, and tried again ten minutes later."""
    due = list(Departure.objects.planned().filter(leaves_at__lte=now).select_related("rep"))
    failed = _failed_lately([departure for departure in due if departure.error], now)
    return sum(_tried(departure, now=now) for departure in due if str(departure.uuid) not in failed)


def _tried(departure: Departure, *, now: datetime) -> bool:
    try:
        carry_out(departure=departure, now=now)
    except CannotLeave as refusal:
        _note_failure(departure, str(refusal), now=now)
    except (OperationalError, InterfaceError):
        raise  # an outage is nobody's fault: the next round tries again
    except Exception:
        logger.exception("departure_failed", extra={"departure": str(departure.uuid)})
        _note_failure(departure, TECHNICAL, now=now)
    else:
        return True
    return False


def _save(rep: Rep, leaves_at: datetime, plan: Plan, user: User | None, now: datetime) -> Departure:
    with transaction.atomic():
        standing = Departure.objects.planned().select_for_update(no_key=True).filter(rep=rep).first()
        row = standing or Departure(rep=rep, created_at=now)
        row.leaves_at, row.plan, row.error, row.requested_by = leaves_at, write_plan(plan), "", user
        row.save()
        _close_incident(row, now)
        audit_log.note(action="departure.planned", subject=row, detail={"rep": str(rep.uuid)}, user=user, now=now)
        return row


def _again_and_again(act: Any) -> Departure:
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                done: Departure = act()
                return done
        except _Meanwhile:
            if attempt == TRIES - 1:
                raise CannotLeave({"leads": ["They are given leads faster than these go over. Pause them."]}) from None
    raise AssertionError("unreachable")


# --- the act -----------------------------------------------------------------------------------------------------


def _carry_out(departure: Departure, *, now: datetime) -> Departure:
    """Inside a transaction of its own. Leads are locked first, then accounts, ledgers and people."""
    rep = Rep.objects.select_related("team").get(pk=departure.rep_id)
    plan = read_plan(departure.plan, rep)
    owned = _lock_leads(rep, now)
    one_at_a_time()
    rules = current_rulebook()
    row = Departure.objects.select_for_update(no_key=True).get(pk=departure.pk)
    if row.done_at or row.cancelled_at:
        return row
    owned += _lock_the_rest(rep, plan, owned, rules)
    has = counts(rep)
    if errors := problems_of(plan, rep, has):
        raise CannotLeave(errors)
    examined = _examine(now)
    row.report = {kind.value: count for kind, count in has.items() if count}
    change = replacing(rep, plan)
    leaving = Leaving(rep, f"{rep.name} left", _actor(row), EndReason.LEFT, now)
    offers = list(standing_offers(rep).select_related("lead"))
    live.hand_over(rep, plan, now=now)
    _deactivate(rep)
    row.report["version"] = _publish(rep, change, row, examined, now=now)
    _move(owned, plan, leaving, rules)
    end_offers(offers, leaving)
    row.done_at, row.error = now, ""
    row.save()
    audit_log.note(action="departure.carried_out", subject=row, detail={"rep": str(rep.uuid)}, now=now)
    _close_incident(row, now)
    return row


def _lock_leads(rep: Rep, now: datetime) -> list[Owned]:
    """Their open leads with their assignments; also those that wait or are offered to them, in one order."""
    offered = Offer.objects.standing().filter(rep=rep).values("lead")
    waiting = Q(status=Lead.Status.HELD) & ~Q(held_reason=HeldReason.OFFERED)
    mine = Q(owner=rep, status=Lead.Status.ASSIGNED)
    rows = Lead.objects.filter(mine | waiting | Q(pk__in=offered)).order_by("pk").select_for_update(no_key=True)
    leads = {row.pk: row for row in rows if row.owner_id == rep.pk}
    look_at_waiting_leads_again(now=now)
    return _with_assignments(leads)


def _lock_the_rest(rep: Rep, plan: Plan, owned: list[Owned], rules: Published | None) -> list[Owned]:
    """What else is concerned; and the leads that they were given while that was waited for.

    Those are locked out of order, so nobody is waited for: one that somebody else holds begins it all anew.
    """
    leads = [lead for lead, _ in owned]
    accounts = Account.objects.filter(Q(owner=rep) | Q(people__rep=rep)).values_list("pk", flat=True)
    lock_people_of_leads(leads, {*accounts, *(lead.account_id for lead in leads if lead.account_id)})
    pools = _pools_of_leads(plan, rules)
    lock_ledgers({pool.ledger for pool in pools.values()})
    concerned = {rep.pk, *heirs(plan), *Rep.objects.filter(backup=rep).values_list("pk", flat=True)}
    lock_reps(pool_ids=pools, rep_ids=concerned)
    later = open_leads(rep).exclude(pk__in=[lead.pk for lead in leads]).order_by("pk")
    skip = connection.features.has_select_for_update_skip_locked
    locked = {lead.pk: lead for lead in later.select_for_update(no_key=True, skip_locked=skip)}
    if later.exclude(pk__in=locked).exists():
        raise _Meanwhile
    return _with_assignments(locked)


def _with_assignments(leads: Mapping[int, Lead]) -> list[Owned]:
    current = Assignment.objects.current().filter(lead__in=leads).order_by("lead_id")
    return [(leads[assignment.lead_id], assignment) for assignment in current]


def _deactivate(rep: Rep) -> None:
    fresh = Rep.objects.get(pk=rep.pk)
    fresh.active = False
    fresh._change_reason = "Left"  # type: ignore[attr-defined]  # read by the history
    fresh.save()


def _pools_of_leads(plan: Plan, rules: Published | None) -> dict[int, Pool]:
    """The published pools that leads are to go to."""
    choice = plan.get(Kind.LEADS, Choice(NOBODY))
    wanted = {place.pool for place in (choice.to, *choice.items.values())}
    return {key: pool for key, pool in rules.rulebook.pools.items() if key in wanted} if rules else {}


def _move(owned: list[Owned], plan: Plan, leaving: Leaving, rules: Published | None) -> None:
    """Each lead to its place: at most as many rounds as there are places."""
    choice = plan.get(Kind.LEADS, Choice(NOBODY))
    there: defaultdict[Place, list[Owned]] = defaultdict(list)
    for lead, before in owned:
        there[choice.place(lead.pk)].append((lead, before))
    for place, leads in there.items():
        _move_to(place, leads, leaving, rules)


def _move_to(place: Place, owned: list[Owned], leaving: Leaving, rules: Published | None) -> None:
    if place.to is To.REP:
        store_moves(to_rep(owned, Rep.objects.get(pk=place.rep or 0)), leaving, published=rules)
        return
    pool = rules.rulebook.pools.get(place.pool or 0) if rules else None
    if pool is None or rules is None:
        put_back(owned, leaving)
        return
    moves, batch = by_turn(owned, pool, leaving, rules)
    store_moves(moves, leaving, published=rules, batch=batch)
    placed = {move.lead.pk for move in moves}
    put_back([(lead, before) for lead, before in owned if lead.pk not in placed], leaving)


def _actor(departure: Departure) -> str:
    user = departure.requested_by
    return (user.get_full_name() or user.get_username()) if user else ""


# --- the rulebook ------------------------------------------------------------------------------------------------


def _examine(now: datetime) -> _Examined:
    newest = published()
    if newest is None:
        return _Examined((), ())
    return _Examined(
        {str(problem) for problem in problems(newest.content)},
        {result.name for result in failures(newest.content, now=now)},
    )


def _publish(rep: Rep, change: Replacing, departure: Departure, before: _Examined, *, now: datetime) -> int | None:
    """The published version, the publications to come and the draft without them; the number of the new version."""
    replace_in_draft(Import(departure.requested_by, now, reason=f"{rep.name} left"), rep, change)
    for scheduled in ScheduledVersion.objects.filter(ended_at=None):
        content = replaced(scheduled.content, change)
        if content != scheduled.content:
            scheduled.content = content
            scheduled.save(update_fields=["content"])
    newest = published()
    if newest is None or (content := replaced(newest.content, change)) == newest.content:
        return None
    _refuse_new_problems(content, before, now=now)
    note, user = f"{rep.name} left", departure.requested_by
    return store_version(content, after=newest, note=note, user=user, now=now).number


def _refuse_new_problems(content: dict[str, Any], before: _Examined, *, now: datetime) -> None:
    found = [text for problem in problems(content) if (text := str(problem)) not in before.problems]
    if not found:
        found = [str(result) for result in failures(content, now=now) if result.name not in before.failures]
    if found:
        raise CannotLeave({"rulebook": found})


# --- failures ----------------------------------------------------------------------------------------------------


def _failed_lately(departures: Collection[Departure], now: datetime) -> set[str]:
    """Their keys, if they were tried in the last ten minutes."""
    if not departures:
        return set()
    open_ones = Incident.objects.open().filter(kind=Incident.Kind.DEPARTURE, seen_at__gt=now - TRY_AGAIN)
    return set(open_ones.values_list("subject", flat=True))


@transaction.atomic
def _note_failure(departure: Departure, error: str, *, now: datetime) -> None:
    Departure.objects.filter(pk=departure.pk).update(error=error[:LONGEST_ERROR])
    text = f"{departure.rep.name} could not leave: {error}"[:LONGEST_ERROR]
    incident, created = Incident.objects.open().get_or_create(
        kind=Incident.Kind.DEPARTURE,
        subject=str(departure.uuid),
        defaults={"text": text, "opened_at": now, "seen_at": now},
    )
    if not created:
        incident.text, incident.seen_at = text, now
        incident.save(update_fields=["text", "seen_at"])


def _close_incident(departure: Departure, now: datetime) -> None:
    found = Incident.objects.open().filter(kind=Incident.Kind.DEPARTURE, subject=str(departure.uuid))
    found.update(closed_at=now)
