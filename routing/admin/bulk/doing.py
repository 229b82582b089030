"""Row by row, each in a transaction of its own: what fails with one stops and undoes none of the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, OperationalError, transaction

from routing.admin.bulk.act import BulkAct, Doing, Left
from routing.admin.bulk.chosen import Sorted, sort
from routing.rulebook.config.errors import InvalidConfig
from routing.services.lead_actions.refusals import Invalid, Refusal
from routing.services.outbox_retry import CannotRetry
from routing.services.sign_ins import CannotInvite

logger = logging.getLogger(__name__)

REFUSALS = (Left, Refusal, ValidationError, InvalidConfig, CannotInvite, CannotRetry)
BUSY = "The database was busy, and nothing was changed. Try again."
REFUSED = "The database refused it, and nothing was changed. The log says why."


def do_each(act: BulkAct, rows: list[Any], states: Mapping[int, str], doing: Doing, *, spared: bool) -> Sorted:
    """What was done, and what was left and why."""
    found = sort(act, rows)
    if spared:
        found.applies += [row for several in found.spared.values() for row in several]
    else:
        for why, several in found.spared.items():
            found.left.setdefault(why, []).extend(several)
    applies, found.applies = found.applies, []
    if act.together is not None and applies:
        why = _refused(act, len(applies), partial(_do_together, act, applies, doing, found))
        (found.left.setdefault(why, []) if why else found.applies).extend(applies)
        return found
    for row in applies:
        seen = replace(doing, state=states.get(row.pk, ""))
        if why := _refused(act, row.pk, partial(transaction.atomic(act.run), row, seen)):
            found.leave(row, why)
        else:
            found.applies.append(row)
    return found


def _do_together(act: BulkAct, rows: list[Any], doing: Doing, found: Sorted) -> None:
    """In the transactions of the service: routing takes one a batch."""
    assert act.together is not None
    found.told = act.together(rows, doing)


def _refused(act: BulkAct, which: int, do: Callable[[], object]) -> str:
    """Do it to one, or to all at once; if that cannot be done, why not."""
    try:
        do()
    except REFUSALS as refused:
        return _said(refused)
    except OperationalError:
        logger.exception("bulk_row_failed", extra={"act": act.name, "which": which})
        return BUSY
    except DatabaseError:
        logger.exception("bulk_row_failed", extra={"act": act.name, "which": which})
        return REFUSED
    return ""


def _said(refused: Exception) -> str:
    if isinstance(refused, Invalid):
        return " ".join(text for texts in refused.errors.values() for text in texts)
    if isinstance(refused, ValidationError):
        return " ".join(refused.messages)
    if isinstance(refused, InvalidConfig):
        return " ".join(error.message for error in refused.errors)
    return str(refused)
