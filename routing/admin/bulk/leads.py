"""What can be done with many leads: the actions of the page of one lead, each lead by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from routing.admin.bulk.act import BulkAct, Doing, Left, allowed_to
from routing.admin.lead_actions import ACTIONS
from routing.admin.lead_actions import Doing as DoingOne
from routing.models import Assignment, Lead
from routing.services.access import ROUTE_LEADS
from routing.services.lead_actions import do_if_unchanged, state_of
from routing.services.route_again import route_again

Status = Lead.Status
STANDS: Mapping[str, str] = {
    Status.PENDING: "Being routed just now",
    Status.HELD: "Waiting, without an owner",
    Status.ASSIGNED: "Has an owner",
    Status.PARKED: "In nurture",
    Status.DUPLICATE: "A duplicate: restore it first",
    Status.QUARANTINED: "In review: restore it first",
    Status.CLOSED: "Closed",
}
ANSWERED = "Answered already"


def _assignment(lead: Any) -> Assignment | None:
    """Of a lead of the list, which knows its own."""
    return lead.open_assignments[0] if lead.open_assignments else None


def _answered(lead: Any) -> str:
    current = _assignment(lead)
    return ANSWERED if lead.status == Status.ASSIGNED and current and current.responded_at else ""


def _why_not(name: str) -> Callable[[Any], str]:
    return lambda lead: "" if ACTIONS[name].allowed(lead) else STANDS[lead.status]


def _same_owner(lead: Lead, doing: Doing) -> None:
    if lead.owner_id is not None and (rep := doing.data.get("rep")) and lead.owner_id == rep.pk:
        raise Left(f"{rep.name} has it already")


def _itself(lead: Lead, doing: Doing) -> None:
    if (of := doing.data.get("of")) and of.pk == lead.pk:
        raise Left("It is the one that the others repeat")


def _run(name: str) -> Callable[[Any, Doing], object]:
    """The action of the page of one lead, if the lead is still as it was chosen."""

    def run(lead: Any, doing: Doing) -> object:
        _same_owner(lead, doing)
        _itself(lead, doing)
        others = [doing.data["of"]] if "of" in doing.data else []
        return do_if_unchanged(
            lead=lead,
            state=doing.state,
            act=lambda row: ACTIONS[name].run(DoingOne(row, doing.data, doing.now, doing.actor)),
            others=others,
        )

    return run


def _act(name: str, title: str, hint: str, done: str, *, button: str, spares: bool = False) -> BulkAct:
    one = ACTIONS[name]
    return BulkAct(
        name=name,
        title=title,
        hint=hint,
        button=button,
        done=done,
        may=allowed_to(ROUTE_LEADS),
        run=_run(name),
        why_not=_why_not(name),
        spares=_answered if spares else lambda lead: "",
        state=lambda lead: state_of(lead, _assignment(lead)),
        form=one.form,
        red=one.red,
    )


def look_again(keys: list[int], doing: Doing) -> str:
    """Decide now about those of the leads that wait; what came of it, in words."""
    left = route_again(now=doing.now, lead_ids=keys)
    owned = Lead.objects.filter(pk__in=keys).owned().count()
    text = f"{len(keys) - left} {'lead' if len(keys) - left == 1 else 'leads'} looked at again: {owned} now owned."
    return f"{text} {left} more follow in the background." if left else text


LEAD_ACTS = (
    _act(
        "reassign", "Reassign to one rep", "They are all given to one rep, each with an alert and a new time to "
        "answer. The rep's leave, hours and limits are passed, with a warning in the timeline.", "reassigned",
        button="Reassign {}", spares=True,
    ),
    BulkAct(
        "route_again", "Route again now, those that wait",
        "Routing looks at them at once, instead of when something changes. Leads with an owner keep theirs.",
        "Look again now at {}", "looked at", allowed_to(ROUTE_LEADS),
        together=lambda leads, doing: look_again([lead.pk for lead in leads], doing),
        why_not=lambda lead: "" if lead.status in (Status.HELD, Status.PENDING) else STANDS[lead.status],
    ),
    _act(
        "route", "Route again, whoever has them", "The rules decide anew about each, as if nobody had owned it. "
        "Owners lose theirs and are told; turns taken stay taken.", "routed again",
        button="Route {} again", spares=True,
    ),
    _act(
        "release", "Release from their owners", "The owners give them up and are told. Each is routed again, never "
        "back to the same owner.", "released", button="Release {}", spares=True,
    ),
    _act(
        "park", "Send to nurture", "Nobody has them for now: they are routed again on the day you choose, or when "
        "something new is heard.", "sent to nurture", button="Send {} to nurture", spares=True,
    ),
    _act(
        "restore", "Restore: from review, duplicates, nurture", "They go back to routing. They are neither screened "
        "nor compared again.", "restored", button="Restore {}",
    ),
    _act(
        "duplicate", "Duplicates of one lead", "They join the lead that you name, with what they say anew; a turn is "
        "given back if the pool says so.", "joined to it", button="Join {} to another lead",
    ),
    _act(
        "spam", "Mark as spam", "They go to review; a turn is given back if the pool says so. They can be restored.",
        "marked as spam", button="Mark {} as spam",
    ),
)  # fmt: skip
