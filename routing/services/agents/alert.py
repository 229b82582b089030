"""Alerts to agents: one try each, and whoever does not acknowledge in time loses the lead at once.

The call itself happens under no lock. What came of it is stored under the lead's, and only if the lead is still the
agent's: an agent that has answered through the API meanwhile has acknowledged, whatever became of the call.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial

from django.db import DatabaseError, transaction

from reps.models import Rep
from routing import outbox
from routing.models import Assignment, EndReason, Lead, LeadEvent, OutboxMessage
from routing.notifications.briefs import Brief, load_briefs
from routing.notifications.http import Caller, Refused, Unreachable
from routing.notifications.signing import signed_headers
from routing.services.agents.documents import agent_body
from routing.services.agents.secret import signing_secrets
from routing.services.alert_fates import Fate, Told, store_fates
from routing.services.lead_actions.ownership import lock_lead, note_event
from routing.services.sla.moving import move_on

logger = logging.getLogger(__name__)
CHANNELS = (OutboxMessage.Channel.AGENT.value,)
LEASE = timedelta(seconds=60)
EACH = 4
"""No agent is called much more often at a time: one that hangs keeps no other waiting."""
LONGEST_WAIT = 45.0
"""No agent is waited for longer, whatever its ack_seconds: the lease of its message ends after a minute."""
Clock = Callable[[], datetime]


def claim_agent_calls(now: datetime, limit: int, busy: Collection[str]) -> list[tuple[str, Callable[[Clock], None]]]:
    """Take alerts to agents that are due; each is one call. Agents that have calls enough are passed over."""
    calls, claimed = Counter(busy), list[OutboxMessage]()
    while len(claimed) < limit:
        enough = [int(rep) for rep, number in calls.items() if number >= EACH]
        few = min(EACH, limit - len(claimed))
        messages = outbox.claim(now=now, limit=few, channels=CHANNELS, lease=LEASE, without=enough)
        if not messages:
            break
        claimed += messages
        calls.update(str(message.rep_id) for message in messages)
    return [(str(message.rep_id), partial(alert_agent, message)) for message in claimed]


def alert_agent(message: OutboxMessage, clock: Clock, *, caller: Caller | None = None) -> None:
    """Tell the agent of its lead, and store whether it acknowledged."""
    [brief] = load_briefs([message])
    if why := brief.not_sent or _not_for_agents(brief):
        # whoever is never called would keep the lead for ever
        fate = Fate.SUPPRESSED if brief.not_sent else Fate.FAILED
        store_fates([Told(brief, fate, error=why)], now=clock())
        return
    assignment = brief.assignment
    assert assignment is not None  # _not_for_agents
    error = _call(brief, assignment, now=clock(), caller=caller)
    _settle(brief, assignment, error, now=clock())


def _not_for_agents(brief: Brief) -> str:
    if brief.assignment is None or brief.recipient is None or brief.recipient.kind != Rep.Kind.AGENT:
        return "The owner is no agent."
    return "A made-up agent is never called." if brief.local else ""


def _call(brief: Brief, assignment: Assignment, *, now: datetime, caller: Caller | None) -> str:
    """Call the agent; why that is no acknowledgement, "" if it is one."""
    rep = assignment.rep
    try:
        body = agent_body(brief, assignment, now=now)
        headers = signed_headers(signing_secrets(rep), brief.message.key, body, now=now)
        caller = caller or Caller(seconds=min(float(rep.ack_seconds), LONGEST_WAIT))
        answer = caller.call("POST", rep.webhook, headers=headers, content=body.encode())
    except (Refused, Unreachable) as error:
        return str(error)
    except Lead.DoesNotExist:
        return "The lead is gone."
    except DatabaseError:
        raise  # tried again once its lease is over
    except Exception as error:
        logger.exception("agent_not_called", extra={"messages": [brief.message.pk]})
        return type(error).__name__
    return "" if answer.ok else f"It answered {answer.status}."


@transaction.atomic
def _settle(brief: Brief, asked: Assignment, error: str, *, now: datetime) -> None:
    """Store what came of a call, if the lead is still the agent's."""
    lead = Lead.objects.filter(pk=asked.lead_id).first()
    if lead is None:
        return
    row = lock_lead(lead)
    assignment = Assignment.objects.current().select_related("rep").filter(pk=asked.pk).first()
    if assignment is None:
        store_fates([Told(brief, Fate.SUPPRESSED, error="The lead has moved on.")], now=now)
    elif not error or assignment.accepted_at or assignment.responded_at:
        _acknowledged(brief, row, assignment, now=now)
    else:
        _unacknowledged(brief, row, assignment, error, now=now)


def _acknowledged(brief: Brief, lead: Lead, assignment: Assignment, *, now: datetime) -> None:
    if assignment.acknowledged_at is None:
        Assignment.objects.filter(pk=assignment.pk).update(acknowledged_at=now)
        name = assignment.rep.name
        note_event(lead, LeadEvent.Kind.ACKNOWLEDGED, f"{name} acknowledged the alert", actor=name, now=now)
    store_fates([Told(brief, Fate.SENT, at=now)], now=now)


def _unacknowledged(brief: Brief, lead: Lead, assignment: Assignment, error: str, *, now: datetime) -> None:
    """The lead goes on without this agent."""
    rep = assignment.rep
    logger.warning("agent_silent", extra={"rep": rep.pk, "lead": lead.pk, "cause": error})
    why = f"{rep.name} did not acknowledge it within {rep.ack_seconds} seconds: {error}"
    note_event(lead, LeadEvent.Kind.ALERT_FAILED, why, actor="", now=now)
    brief.message.error = error
    outbox.give_up([brief.message], now=now)
    move_on(assignment=assignment, reason=EndReason.UNACKNOWLEDGED, why=why, now=now)
