"""Take one row out of the configuration, of whatever section: archived, deleted, or refused with what still uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from reps.models import Rep, Skill, Team, TimeOff
from routing.engine.folding import fold
from routing.engine.types import NeedKind
from routing.models import Account, Form, InboundAddress, Pool, Rule
from routing.rulebook.requirements import read_needs
from routing.services.edit_conflicts import as_it_is_now, check_revision
from routing.services.manage import archive
from routing.services.manage.archive import StillUsed
from routing.services.manage.people import remove_rep, remove_teams, remove_time_off
from routing.services.publish import one_at_a_time
from routing.services.waiting import look_at_waiting_leads_again


@transaction.atomic
def remove_row(*, section: str, row: Any, now: datetime, revision: str = "") -> None:
    """Raises StillUsed with what refers to it, RemovedMeanwhile, and EditedMeanwhile if `revision` is another one's."""
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    row = as_it_is_now(row)
    if revision:
        check_revision(row, revision)
    REMOVERS[section](row, now)


def _rep(rep: Rep, now: datetime) -> None:
    try:
        remove_rep(rep=rep, now=now)
    except ProtectedError as error:
        kinds = sorted({str(row._meta.verbose_name_plural) for row in error.protected_objects})
        raise StillUsed([f"{rep.name} is named by {', '.join(kinds)}. Set active to false instead."]) from error


def _team(team: Team, now: datetime) -> None:
    remove_teams(teams=[team], now=now)


def _time_off(leave: TimeOff, now: datetime) -> None:
    remove_time_off(leaves=[leave], now=now)


def _skill(skill: Skill, now: datetime) -> None:
    rows = [*Rule.objects.current(), *Pool.objects.current()]
    uses = [f"{rep.name} has it." for rep in skill.reps.order_by("name")]
    uses += [
        f"{'Rule' if isinstance(row, Rule) else 'Pool'} “{row}” requires it."
        for row in rows
        if any(need.kind == NeedKind.SKILL and need.name == fold(skill.name) for need in read_needs(row.requires))
    ]
    if uses:
        raise StillUsed(uses)
    skill.delete()


def _account(account: Account, now: datetime) -> None:
    """Its leads stay, without an account."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    account.delete()


def _door(door: Form | InboundAddress) -> None:
    """A form or an inbound address; what came in goes with it, but the leads that became of it stay."""
    door.delete()


REMOVERS: Mapping[str, Callable[[Any, datetime], None]] = {
    "reps": _rep,
    "teams": _team,
    "time_off": _time_off,
    "skills": _skill,
    "accounts": _account,
    "pools": lambda row, now: archive.archive_pool(pool=row, now=now),
    "rules": lambda row, now: archive.archive_rule(rule=row, now=now),
    "territories": lambda row, now: archive.archive_territory(territory=row, now=now),
    "sla_policies": lambda row, now: archive.archive_sla(policy=row, now=now),
    "topics": lambda row, now: archive.archive_topic(topic=row, now=now),
    "tables": lambda row, now: archive.archive_table(table=row, now=now),
    "sources": lambda row, now: archive.archive_source(source=row, now=now),
    "examples": lambda row, now: archive.archive_example(example=row, now=now),
    "forms": lambda row, now: _door(row),
    "inbound": lambda row, now: _door(row),
}
