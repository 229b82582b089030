"""Row by row, each in a transaction of its own: what fails with one stops and undoes none of the others."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from routing.admin.bulk.act import BulkAct, Doing, Left
from routing.admin.bulk.chosen import Sorted, sort
from routing.rulebook.config.errors import InvalidConfig
from routing.services.lead_actions.refusals import Invalid, Refusal
from routing.services.outbox_retry import CannotRetry
from routing.services.sign_ins import CannotInvite

logger = logging.getLogger(__name__)

REFUSALS = (Left, Refusal, ValidationError, InvalidConfig, CannotInvite, CannotRetry)
BUSY = "The database was busy, and nothing was changed. Try again."


def do_each(act: BulkAct, rows: list[Any], states: Mapping[int, str], doing: Doing, *, spared: bool) -> Sorted | str:
    """What was done, and what was left and why; or, of an act on all at once, what is told of it."""
    found = sort(act, rows)
    if spared:
        found.applies += [row for several in found.spared.values() for row in several]
    else:
        for why, several in found.spared.items():
            found.left.setdefault(why, []).extend(several)
    if act.together is not None and found.applies:
        return act.together(found.applies, doing)
    done = []
    for row in found.applies:
        if why := _refused(act, row, replace(doing, state=states.get(row.pk, ""))):
            found.leave(row, why)
        else:
            done.append(row)
    found.applies = done
    return found


def _refused(act: BulkAct, row: Any, doing: Doing) -> str:
    """Do it to one; if that cannot be done, why not."""
    try:
        with transaction.atomic():
            act.run(row, doing)
    except REFUSALS as refused:
        return _said(refused)
    except DatabaseError:
        logger.exception("bulk_row_failed", extra={"act": act.name, "row": row.pk})
        return BUSY
    return ""


def _said(refused: Exception) -> str:
    if isinstance(refused, Invalid):
        return " ".join(text for texts in refused.errors.values() for text in texts)
    if isinstance(refused, ValidationError):
        return " ".join(refused.messages)
    if isinstance(refused, InvalidConfig):
        return " ".join(error.message for error in refused.errors)
    return str(refused)
