"""What somebody asks of a repair, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.models import RulebookVersion
from routing.services.asked_spans import read_instant
from routing.services.work_progress import CannotRun

FIELDS = frozenset({"from", "to", "since", "until", "apply"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Leads that version `wrong` decided from `since` until `until` are decided again by version `right`."""

    wrong: int
    right: int
    since: datetime
    until: datetime
    apply: bool = False


def read_asked(params: Mapping[str, Any], now: datetime) -> Asked:
    """`{"from": 4, "to": 5, "since": …, "until": …, "apply": false}`; without `to` it is the published version.

    Without `since` from when the version was published; without `until` until now. Raises CannotRun.
    """
    errors: dict[str, list[str]] = {
        name: [f"Unknown field. A repair takes {', '.join(sorted(FIELDS))}."] for name in params.keys() - FIELDS
    }
    published = dict(RulebookVersion.objects.order_by("number").values_list("number", "published_at"))
    wrong = _version(params, "from", None, published, errors)
    right = _version(params, "to", max(published, default=None), published, errors)
    until = read_instant(params, "until", errors) or now
    since = read_instant(params, "since", errors) or published.get(wrong or 0, until)
    apply = params.get("apply", False)
    if not isinstance(apply, bool):
        errors["apply"] = ["Say true or false."]
    if errors or wrong is None or right is None:
        raise CannotRun(errors)
    return _sensible(Asked(wrong, right, since, until, apply))


def _sensible(asked: Asked) -> Asked:
    """Raises CannotRun if there is nothing that it could do."""
    errors: dict[str, list[str]] = {}
    if asked.wrong == asked.right:
        errors["to"] = ["Another version than the one whose decisions are to be repaired."]
    if asked.since >= asked.until:
        errors["since"] = ["Since lies before until."]
    if errors:
        raise CannotRun(errors)
    return asked


def _version(
    params: Mapping[str, Any],
    name: str,
    default: int | None,
    published: Mapping[int, datetime],
    errors: dict[str, list[str]],
) -> int | None:
    number = params.get(name)
    number = default if number is None else number
    if isinstance(number, int) and not isinstance(number, bool) and number in published:
        return number
    errors[name] = [f"The number of a version, 1 to {max(published)}." if published else "Nothing was published yet."]
    return None
