"""Submissions whose process died between keeping them and making a lead of them: made by the clock."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from routing.intake.bodies import kept_body
from routing.models import Submission
from routing.services.forms.asked import ask
from routing.services.inbound import receive as inbound
from routing.services.submissions import receive as forms
from routing.services.submissions import store
from routing.services.submissions.answers import read_again

logger = logging.getLogger(__name__)
AFTER = timedelta(seconds=60)
"""Longer than anybody works on one."""
MOST = 100
UNCHECKED = "The captcha could not be checked: the process that received it ended."
FAILED = "The server could not make a lead of it. Its log says why."


def finish_begun(*, now: datetime) -> int:
    """Go on with what nobody has gone on with for a minute; how many.

    Raises one of AWAY if the database is. Where it takes one of them too long, the others go on, and that one waits.
    """
    begun = Submission.objects.filter(status=Submission.Status.RECEIVED, received_at__lt=now - AFTER, lead=None)
    done = 0
    for submission in begun.select_related("form", "inbound").order_by("received_at")[:MOST]:
        try:
            _finish(submission)
        except forms.AWAY:
            if not forms.database_answers():
                raise
            logger.warning("submission_waits", extra={"submission": str(submission.uuid)}, exc_info=True)
            continue
        except Exception:
            logger.exception("submission_failed", extra={"submission": str(submission.uuid)})
            store.refuse(submission, {"": [FAILED]})
        done += 1
    return done


def _finish(submission: Submission) -> None:
    """As it would have been when it came: what was suspicious about it was noted with it."""
    then = submission.received_at
    if submission.form is not None:
        reason = store.doubt_of(submission) or (UNCHECKED if submission.form.captcha else "")
        forms.make_lead(ask(submission.form), submission, read_again(submission.raw), quarantine=reason, now=then)
    elif (address := submission.inbound) is not None:
        body = kept_body(submission.raw, submission.content_type)
        mapped = inbound.map_body(address.mapping, body)
        inbound.make_lead(submission=submission, address=address, mapped=mapped, now=then)
