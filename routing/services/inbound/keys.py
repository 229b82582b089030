"""The key under which what comes in at an address is kept, so that the same again is no other submission."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from routing.models import InboundAddress, Submission
from routing.services.inbound.ids import id_of
from routing.services.submissions import store
from routing.services.submissions.same import SAME_WITHIN


def key_of(address: InboundAddress, raw: str, facts: Mapping[str, Any], key: str, now: datetime) -> str:
    """By the sender's own key, else by its id of the lead; without any it is empty."""
    if key:
        return store.fingerprint(f"key:{key}")
    if own := id_of(facts, address):
        return _key_of_id(address, store.fingerprint(f"id:{own}"), store.fingerprint(raw), now)
    return ""


# Sorted here, not there: asked for in the order of time, SQLite reads all that came in at the address.


def _key_of_id(address: InboundAddress, key: str, said: str, now: datetime) -> str:
    """The key of this id; one of its own for what says again what was so before something else was said.

    Within ten minutes it may be the first try once more, which came late: that is no news.
    """
    keys = [key, store.key_of_its_own(key, said)]
    known = Submission.objects.filter(inbound=address, key__in=keys, fingerprint=said).exclude(lead=None).order_by()
    rows = list(known.values_list("received_at", "pk", "lead", "sent_again_at"))
    if not rows:
        return key
    so, other = _last_said(max(rows)[2], (address.pk, said))
    if other is None or so is None or other < so:
        return key
    last = max(again or at for at, _, _, again in rows)
    return key if max(last, so[0]) > now - SAME_WITHIN else store.fingerprint(f"{key}:{said}:{other[1]}")


Moment: TypeAlias = tuple[datetime, int]


def _last_said(lead: int, what: tuple[int, str]) -> tuple[Moment | None, Moment | None]:
    """When this was last said of the lead at this address, and when anything else was, anywhere."""
    rows = list(
        Submission.objects.filter(lead=lead).order_by().values_list("received_at", "pk", "inbound_id", "fingerprint")
    )
    same = [(at, pk) for at, pk, door, said in rows if (door, said) == what]
    others = [(at, pk) for at, pk, door, said in rows if (door, said) != what]
    return max(same, default=None), max(others, default=None)


def key_of_item(key: str, number: int) -> str:
    """Each object of a list has a key of its own. No header holds a line break, so no other key is the same."""
    return f"{key}\n{number}" if key else ""
