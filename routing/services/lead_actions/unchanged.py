"""What is done to a lead only if it is still as somebody saw it: chosen in a list, confirmed a while later."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db import transaction

from routing.models import Assignment, Lead
from routing.services.lead_actions.ownership import assignment_of, lock_family_rows
from routing.services.lead_actions.refusals import Refusal


class ChangedMeanwhile(Refusal):
    """The lead is no longer as it was seen."""

    def __init__(self) -> None:
        super().__init__("Changed since you chose it. Look at it again.")


def state_of(lead: Lead, assignment: Assignment | None) -> str:
    """What must not have changed: status, owner, attempt, and whether the owner has answered."""
    answered = assignment is not None and assignment.responded_at is not None
    return f"{lead.status}.{lead.owner_id or 0}.{lead.attempt}.{int(answered)}"


@transaction.atomic
def do_if_unchanged(*, lead: Lead, state: str, act: Callable[[Lead], Lead], others: Collection[Lead] = ()) -> Lead:
    """Do it unless the lead has changed since it was in this state; `others` are leads that the act touches too.

    Raises ChangedMeanwhile, and whatever the act raises; then nothing was done.
    """
    locked = lock_family_rows(lead, *others)
    row = locked.get(lead.pk)
    if row is None or state_of(row, assignment_of(row)) != state:
        raise ChangedMeanwhile
    return act(row)
