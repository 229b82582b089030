"""`manage.py explain LEAD [--rep EMAIL]`: why a lead went where it went, and why not to somebody else."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db.models import Q

from reps.models import Rep
from routing.clock import current_time
from routing.management.starting import CheckedCommand
from routing.models import Decision, Lead
from routing.services.explain import Explanation, explain

MOST_LISTED = 20


class Command(CheckedCommand):
    help = "Tells why a lead went where it went and, with --rep, why not to that rep and what would have changed it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("lead", help="Its id, its e-mail address, or the name of the person.")
        parser.add_argument("--rep", metavar="EMAIL", help="Also: why not this rep.")
        parser.add_argument("--json", type=Path, dest="file", metavar="FILE", help="Also write it to a file.")

    def handle(self, *, lead: str, rep: str | None, file: Path | None, **options: Any) -> None:
        found = self._lead(lead)
        person = _rep(rep) if rep else None
        decision = Decision.objects.filter(lead=found).select_related("rep", "pool").order_by("-pk").first()
        if decision is None:
            raise CommandError(f"Nothing has been decided about {found.label} yet.")
        told = explain(decision=decision, rep=person, now=current_time())
        if file:
            file.write_text(
                json.dumps(asdict(told), indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
            )
        self._tell(found, decision, told, person)

    def _lead(self, text: str) -> Lead:
        leads = list(_leads(text.strip())[: MOST_LISTED + 1])
        if not leads:
            raise CommandError(f"There is no lead “{text}”. Give its id, its e-mail address, or the person's name.")
        if len(leads) > 1:
            shown = "\n".join(f"  {one.uuid}  {one.submitted_at:%Y-%m-%d %H:%M}  {one.label}" for one in leads)
            raise CommandError(f"There are several leads “{text}”. Give the id of one of them:\n{shown}")
        return leads[0]

    def _tell(self, lead: Lead, decision: Decision, told: Explanation, rep: Rep | None) -> None:
        got = decision.rep.name if decision.rep else "nobody"
        self.stdout.write(self.style.MIGRATE_HEADING(f"{lead.label}: {decision.outcome} → {got}"))
        self.stdout.write(f"Decided {decision.decided_at:%Y-%m-%d %H:%M:%S} UTC")
        for sentence in told.sentences:
            self.stdout.write(f"- {sentence}")
        if rep is not None and told.why_not:
            title = f"Why {rep.name}?" if decision.rep_id == rep.pk else f"Why not {rep.name}?"
            self.stdout.write(self.style.MIGRATE_HEADING(title))
            self.stdout.write(f"- {told.why_not}")
            if told.counterfactual:
                self.stdout.write(f"- {told.counterfactual['text']}")


def _leads(text: str) -> Any:
    """By id, else by address, else by name; the newest first."""
    rows = Lead.objects.order_by("-submitted_at", "-pk")
    try:
        return rows.filter(uuid=UUID(text))
    except ValueError:
        pass
    if "@" in text:
        return rows.filter(email__iexact=text)
    wanted = Q()
    for word in text.split():
        wanted &= Q(first_name__icontains=word) | Q(last_name__icontains=word)
    return rows.filter(wanted) if wanted else rows.none()


def _rep(email: str) -> Rep:
    rep = Rep.objects.filter(email__iexact=email.strip()).first()
    if rep is None:
        raise CommandError(f"There is no rep with the address “{email}”.")
    return rep
