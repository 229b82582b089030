"""What waited on disk while the database was away becomes leads: each once, however often this is begun.

A try is counted in the file's name before it is made: what kills whoever tries it is set aside after some tries, and
holds up no other. A file goes when its lead is committed; whoever dies in between finds the same key again.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from routing import spool
from routing.services.forms import words
from routing.services.forms.asked import AskedForm, load_form
from routing.services.submissions import store
from routing.services.submissions.answers import read_again
from routing.services.submissions.receive import AWAY, database_answers, make_lead

logger = logging.getLogger(__name__)
MOST = 500
"""So many are taken in one turn, then others have theirs."""
MOST_TRIES = 5
TOO_MUCH = ("57014", "54")
"""What PostgreSQL calls a statement that was ended, and one beyond its limits."""
Asked = dict[str, AskedForm | None]


class Unknown(Exception):
    """What nobody can make a submission of."""


def drain(*, now: datetime) -> int:
    """Take in what waits, oldest first; how many.

    Raises OperationalError while the database is still away, or takes nothing in: its disk is full, or others write.
    """
    done = 0
    forms: Asked = {}
    spool.clear_abandoned(now=now)
    for file in spool.waiting()[:MOST]:
        if file.tries >= MOST_TRIES:
            _set_aside(file, "tried too often")
        elif begun := spool.begin(file):
            done += _drain_one(begun, forms)
    return done


def _drain_one(file: spool.Waiting, forms: Asked) -> int:
    try:
        _take_in(spool.read(file), forms)
    except FileNotFoundError:
        return 0  # another drainer was faster
    except AWAY as error:
        if not (database_answers() and _is_too_much(error)):
            spool.put_back(file)
            raise
        logger.warning("spool_file_failed", extra={"file": file.path.name}, exc_info=True)
        return 0
    except (Unknown, ValueError, KeyError, TypeError) as error:
        _set_aside(file, type(error).__name__)
        return 0
    except Exception:
        logger.exception("spool_file_failed", extra={"file": file.path.name})
        return 0
    spool.done(file)
    return 1


def _take_in(entry: dict[str, Any], forms: Asked) -> None:
    received_at = datetime.fromisoformat(entry["received_at"])
    answers = read_again(entry["raw"])
    asked = _form(entry["form"], forms)
    begun = store.begin(
        form=asked.form,
        key=entry["key"],
        raw=entry["raw"],
        content_type=entry["content_type"],
        page=answers.page,
        visitor=entry["visitor"],
        now=received_at,
        spooled=True,
        doubt=entry["quarantine"],
    )
    if begun.submission.lead_id is not None:
        return
    if entry["robot"]:
        store.refuse(begun.submission, {"": [words.ROBOT]})
    else:
        make_lead(asked, begun.submission, answers, quarantine=entry["quarantine"], now=received_at)


def _form(slug: str, forms: Asked) -> AskedForm:
    """Closed since then or not: it was acknowledged."""
    if slug not in forms:
        forms[slug] = load_form(slug=slug, closed=True)
    asked = forms[slug]
    if asked is None:
        raise Unknown(slug)
    return asked


def _set_aside(file: spool.Waiting, why: str) -> None:
    logger.error("spool_file_set_aside", extra={"file": file.path.name, "cause": why})
    spool.set_aside(file)


def _is_too_much(error: Exception) -> bool:
    """Whether the file is at fault: PostgreSQL says that it took too long, or is more than it can take."""
    state = str(getattr(error.__cause__, "sqlstate", None) or "")
    return state.startswith(TOO_MUCH)
