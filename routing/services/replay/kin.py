"""Earlier leads of the same person or company, as a version has decided them so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from routing.engine.types import EarlierLead, Lead

MOST = 4
"""So many of the newest leads of one person or company are remembered: routing looks at the newest, too."""


class Kin:
    """Found by person and company; a lead that is decided anew takes its own place."""

    def __init__(self, earlier: Iterable[EarlierLead]) -> None:
        self._known: defaultdict[tuple[str, int], dict[int, EarlierLead]] = defaultdict(dict)
        for lead in earlier:
            self.remember(lead)

    def remember(self, lead: EarlierLead) -> None:
        for name in _names(lead):
            known = self._known[name]
            known.pop(lead.id, None)
            known[lead.id] = lead
            if len(known) > MOST:
                del known[next(iter(known))]

    def of(self, lead: Lead) -> tuple[EarlierLead, ...]:
        """Those that may be of the same person or company."""
        found: dict[int, EarlierLead] = {}
        for name in _names(lead):
            if name in self._known:
                found |= self._known[name]
        return tuple(other for key, other in found.items() if key != lead.id)


def _names(lead: Lead | EarlierLead) -> Iterator[tuple[str, int]]:
    account = lead.account if isinstance(lead, EarlierLead) else lead.match.id if lead.match else None
    keys = {
        "email": lead.email_identity,
        "phone": lead.phone_identity,
        "company": lead.company_identity,
        "account": account,
    }
    return ((kind, key) for kind, key in keys.items() if key is not None)
