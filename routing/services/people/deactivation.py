"""Switching somebody to inactive by itself: refused where leads would find nobody, else with a warning of what is left.

*Is leaving* does it with everything that belongs to it.
"""

from __future__ import annotations

from reps.models import Rep
from routing.models import LastResort
from routing.services.people.belongings import counts
from routing.services.people.plans import IN_WORDS

INSTEAD = "Use “Is leaving”, which hands everything over."


def why_not_deactivate(rep: Rep) -> str:
    """Why they have to stay active for now; empty if they need not."""
    if LastResort.objects.filter(rep=rep).exists():
        return f"{rep.name} is a last resort: leads that nobody takes go to them. Name somebody else there. {INSTEAD}"
    if not Rep.objects.active().exclude(pk=rep.pk).exists():
        return f"{rep.name} is the only one who is active: leads that nobody takes go to them. Add somebody first."
    return ""


def left_behind(rep: Rep) -> str:
    """What an inactive rep still has, in one sentence; empty if nothing."""
    has = [f"{IN_WORDS[kind]} ({count})" for kind, count in counts(rep).items() if count]
    return f"{rep.name} is inactive and still has: {', '.join(has)}. {INSTEAD}" if has else ""
