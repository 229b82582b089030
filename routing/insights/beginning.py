"""How far an installation is on its way to the first lead that finds its rep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reps.models import Rep
from routing.models import ApiKey, Form, InboundAddress, Lead, Rule, RulebookVersion


@dataclass(frozen=True, slots=True)
class Beginning:
    """`people` can get leads, `invited` of them can sign in. Forms, addresses and keys are those that are open."""

    people: int
    invited: int
    shares: bool
    published: bool
    tested: bool
    arrived: bool
    forms: int
    addresses: int
    keys: int

    @property
    def doors(self) -> int:
        """Ways in which a lead can come."""
        return self.forms + self.addresses + self.keys

    @property
    def over(self) -> bool:
        """Leads come in, and are routed."""
        return self.published and self.arrived


def beginning(*, now: datetime) -> Beginning:
    """A constant number of small queries."""
    people = Rep.objects.active()
    keys = ApiKey.objects.usable(now).filter(rep=None)
    return Beginning(
        people=people.count(),
        invited=people.exclude(user=None).count(),
        shares=Rule.objects.current().exists(),
        published=RulebookVersion.objects.exists(),
        tested=Lead.objects.filter(test=True).exists(),
        arrived=Lead.objects.filter(test=False).exists(),
        forms=Form.objects.active().count(),
        addresses=InboundAddress.objects.active().count(),
        keys=keys.count(),
    )
