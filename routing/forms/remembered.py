"""Forms as this process read them last: served on while the database is away."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import InterfaceError, OperationalError

from routing.services.forms.asked import AskedForm, load_form, load_forms

_forms: dict[str, AskedForm] = {}


@dataclass(frozen=True, slots=True)
class Found:
    """`asked`: None if there is no such form; `away`: nobody can say, the database is away and it was never read.

    `doubtful`: nobody can say, but all others were read, so that there was none a while ago.
    """

    asked: AskedForm | None
    away: bool = False
    doubtful: bool = False


def find(slug: str) -> Found:
    """The form as it is now; while the database is away, as it was."""
    try:
        if not _forms:
            _forms.update(load_forms())  # the first time all of them: who knows which is asked for in an outage
        asked = load_form(slug=slug)
    except (OperationalError, InterfaceError):
        return Found(_forms.get(slug), away=slug not in _forms, doubtful=bool(_forms) and slug not in _forms)
    if asked is None:
        _forms.pop(slug, None)
    else:
        _forms[slug] = asked
    return Found(asked)


def forget() -> None:
    """As in a process that has just started."""
    _forms.clear()
