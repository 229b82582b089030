"""What a lead does without because it could not be read: left out of its facts, and noted as it was written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from routing.intake import InvalidLead
from routing.intake.clean import Errors, storable_errors
from routing.intake.multipart import File
from routing.intake.multipart import left_out as files_left_out
from routing.models import Lead, LeadEvent, Submission
from routing.services.receive_lead import NotTakenIn

LONGEST_EVENT = 500
REACHABLE = ("email", "phone")
"""One of them must be left of a lead that is not known."""
MOST_TRIES = 4
"""Of a field that is left out others may have been read, such as a region by its country."""
T = TypeVar("T")


def as_far_as_read(facts: Mapping[str, Any], take: Callable[[Mapping[str, Any]], T]) -> tuple[T, Errors]:
    """What is taken of the facts that can be read, and what is wrong with those that cannot.

    Raises InvalidLead with all that is wrong if nothing can be taken of those that are left.
    """
    unread: Errors = {}
    for _ in range(MOST_TRIES):
        try:
            return take(facts), unread
        except NotTakenIn:
            raise
        except InvalidLead as error:
            unread |= {name: texts for name, texts in error.errors.items() if name not in unread}
            rest = without(facts, error.errors)
            if rest == facts:
                break
            facts = rest
    raise InvalidLead(unread)


def without(facts: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The facts without these; of utm and attributes without their entries named so (attributes.plan)."""
    rest = {name: value for name, value in facts.items() if name not in names}
    for name in ("utm", "attributes"):
        if name in rest:
            rest[name] = {key: value for key, value in rest[name].items() if f"{name}.{key}" not in names}
    return rest


def with_files(left_out: Errors, files: Iterable[File]) -> Errors:
    """What is left out, and the files that came with it: no lead has any."""
    said = files_left_out(files)
    return left_out | {name: left_out.get(name, []) + texts for name, texts in said.items()}


def note(submission: Submission, lead: Lead, left_out: Errors, now: datetime) -> None:
    """For whoever looks at the submission, and for the rep who reads what happened to the lead."""
    kept = storable_errors(left_out)
    submission.errors = kept
    submission.save(update_fields=["errors"])
    said = "; ".join(f"{name}: {texts[0]}" for name, texts in kept.items())
    text = f"Could not be read, and was left out: {said}"[:LONGEST_EVENT]
    LeadEvent.objects.create(lead=lead, kind=LeadEvent.Kind.CLEANED, text=text, happened_at=now)
