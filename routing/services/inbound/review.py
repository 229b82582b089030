"""What is known of a submission that no lead came of: the facts in it, as far as they can be read; and trying again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.intake.asked import is_askable
from routing.intake.bodies import kept_body
from routing.intake.mapping import Mapped
from routing.models import InboundAddress, Submission
from routing.services.forms.asked import ask
from routing.services.inbound.receive import Taken, defaults_of, make_lead, map_body, with_own_id
from routing.services.submissions.answers import Answers
from routing.services.submissions.understanding import understand


def suggested_facts(submission: Submission) -> dict[str, Any]:
    """What somebody starts from who makes a lead of it by hand."""
    if submission.inbound:
        facts = mapped_again(submission, submission.inbound).facts
        return defaults_of(submission.inbound) | with_own_id(facts, submission.inbound)
    return _of_form(submission)


def try_again(*, submission: Submission, now: datetime) -> Taken | None:
    """By the mapping as it is now; None if it came by a form: its answers would be the same."""
    if submission.inbound is None or submission.lead_id is not None:
        return None
    mapped = mapped_again(submission, submission.inbound)
    return make_lead(submission=submission, address=submission.inbound, mapped=mapped, now=now)


def mapped_again(submission: Submission, address: InboundAddress) -> Mapped:
    return map_body(address.mapping, kept_body(submission.raw, submission.content_type))


def _of_form(submission: Submission) -> dict[str, Any]:
    """As it was typed; numbers as its form reads them."""
    body = kept_body(submission.raw, "application/x-www-form-urlencoded").value
    given = {name: text for name, text in (body if isinstance(body, Mapping) else {}).items() if isinstance(text, str)}
    form = submission.form
    read = understand(ask(form), Answers(given, submission.raw, "", "")).facts if form else {}
    facts: dict[str, Any] = {}
    for name, text in given.items():
        if not is_askable(name) or not text.strip():
            continue
        outer, dot, inner = name.partition(".")
        value = read.get(outer, {}).get(inner) if dot else read.get(name)
        value = value if isinstance(value, int | float) and not isinstance(value, bool) else text.strip()
        if dot:
            facts.setdefault(outer, {})[inner] = value
        else:
            facts[name] = value
    said = {"form": form.slug, "kind": form.kind, "source": form.source, "campaign": form.campaign} if form else {}
    return {name: value for name, value in said.items() if value} | facts
