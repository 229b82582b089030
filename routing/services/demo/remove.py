"""Remove the demo company without a trace, and without touching anything of the user's own.

The user's own leads that demo people own are routed anew; own pools in which demo people took turns start counting
anew. Own rules, territories and settings that name rows of the demo stand in the way, and are listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q

from reps.models import Rep, Skill, Team, TimeOff
from routing.models import (
    Account,
    ApiKey,
    Assignment,
    Decision,
    DecisionSnapshot,
    Example,
    Identity,
    LastResort,
    Lead,
    Ledger,
    LedgerAccount,
    LookupTable,
    MailboxMessage,
    Pool,
    PoolMember,
    Posting,
    RoutingSettings,
    Rule,
    RulebookVersion,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.rulebook.check import problems
from routing.rulebook.content import draft_content
from routing.services.demo.company import SKILLS
from routing.services.manage import SECTIONS, StillUsed
from routing.services.publish import frozen, one_at_a_time, publish_locked, published
from routing.services.waiting import look_at_waiting_leads_again

AT_ONCE = 500
FLAGGED: tuple[Any, ...] = (
    Example, Rule, LookupTable, Territory, SlaPolicy, Source, Topic, Pool, Account, Team, Rep,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, and how many leads of the user's own are routed anew."""

    reps: int
    leads: int
    routed_anew: int


def remove_demo_company(*, now: datetime, user: User | None = None) -> Removed:
    """Everything or nothing. Raises StillUsed with what of the user's own names rows of the demo.

    Where the user's own draft is complete it is published, so that their leads go on being routed.
    """
    with transaction.atomic():
        look_at_waiting_leads_again(now=now)
        one_at_a_time()
        if uses := _own_uses():
            raise StillUsed(uses)
        keys = {model: set(model.objects.filter(demo=True).values_list("pk", flat=True)) for model in FLAGGED}
        removed = Removed(
            reps=len(keys[Rep]), leads=Lead.objects.filter(demo=True).count(), routed_anew=_free_own_leads(keys, now)
        )
        _remove_leads()
        _remove_what_was_decided(keys)
        had_versions = _remove_versions(keys)
        _remove_rows(keys)
        if had_versions:
            _publish_what_is_left(user, now)
    return removed


def _own_uses() -> list[str]:
    """What of the user's own draft names rows of the demo."""
    rules = Rule.objects.current().filter(demo=False)
    territories = Territory.objects.current().filter(demo=False)
    of_demo = Q(pool__demo=True) | Q(overflow_pool__demo=True) | Q(rep__demo=True) | Q(sla__demo=True)
    named = chain(
        (f"Rule “{rule}”" for rule in rules.filter(of_demo)),
        (
            f"Territory “{row}”"
            for row in territories.filter(Q(owner_rep__demo=True) | Q(owner_pool__demo=True) | Q(parent__demo=True))
        ),
    )
    return [f"{name} names somebody or something of the demo company. Change it first." for name in named]


def _free_own_leads(keys: dict[Any, set[int]], now: datetime) -> int:
    """The user's own leads that demo people own, or that joined one of theirs, are due as if they were new."""
    own = Lead.objects.filter(demo=False)
    own.filter(owner__in=keys[Rep]).exclude(closed_at=None).update(owner=None)
    own.undecided().update(resume=None)
    return own.filter(Q(owner__in=keys[Rep]) | Q(duplicate_of__demo=True)).update(
        status=Lead.Status.PENDING,
        owner=None,
        owned_at=None,
        method="",
        duplicate_of=None,
        held_since=None,
        hold_deadline_at=None,
        resume=None,
        route_after=now,
    )


def _remove_leads() -> None:
    leads = Lead.objects.filter(demo=True)
    identities = {
        key for row in leads.values_list("email_identity", "phone_identity", "company_identity") for key in row
    }
    Decision.objects.filter(lead__demo=True).delete()
    leads.delete()
    for column in ("email_identity", "phone_identity", "company_identity"):
        identities -= set(Lead.objects.filter(**{f"{column}__in": identities}).values_list(column, flat=True))
    Identity.objects.filter(pk__in=identities).delete()


def _remove_what_was_decided(keys: dict[Any, set[int]]) -> None:
    """Decisions, assignments and turns that name the demo's people, pools and rules, of the user's own leads too."""
    ledgers = _ledgers(keys)
    Decision.objects.filter(Q(rep__in=keys[Rep]) | Q(pool__in=keys[Pool])).delete()
    Decision.objects.filter(posting__ledger__in=ledgers).update(posting=None)
    Assignment.objects.filter(rep__in=keys[Rep]).delete()
    Assignment.objects.filter(pool__in=keys[Pool]).update(pool=None)
    Assignment.objects.filter(rule__in=keys[Rule]).update(rule=None)
    Posting.objects.filter(ledger__in=ledgers).delete()
    LedgerAccount.objects.filter(ledger__in=ledgers).delete()
    used = {
        key
        for model in (Decision, Posting)
        for key in model.objects.exclude(snapshot=None).values_list("snapshot", flat=True).distinct()
    }
    unused = sorted(set(DecisionSnapshot.objects.values_list("pk", flat=True)) - used)
    for start in range(0, len(unused), AT_ONCE):
        DecisionSnapshot.objects.filter(pk__in=unused[start : start + AT_ONCE]).delete()


def _ledgers(keys: dict[Any, set[int]]) -> set[int]:
    """The demo's ledgers, and those of the user's own pools in which people of the demo had an account.

    Those start anew: a ledger from which some accounts are taken away would no longer sum to zero.
    """
    own = LedgerAccount.objects.filter(rep__in=keys[Rep]).values_list("ledger", flat=True)
    won = Posting.objects.filter(winner__in=keys[Rep]).values_list("ledger", flat=True)
    return {*Pool.objects.filter(demo=True).values_list("ledger", flat=True), *own, *won}


def _remove_versions(keys: dict[Any, set[int]]) -> bool:
    """Versions that name rows of the demo; whether there were any."""
    sections = {section: keys[model] for model, section in SECTIONS.items()}
    demo_reps, removed = keys[Rep], False
    for version in RulebookVersion.objects.iterator():
        names_rows = any(
            row["id"] in keys_ for section, keys_ in sections.items() for row in version.content.get(section, ())
        )
        names_reps = any(rule["to"].get("rep") in demo_reps for rule in version.content["rules"])
        if names_rows or names_reps:
            version.delete()
            removed = True
    return removed


def _remove_rows(keys: dict[Any, set[int]]) -> None:
    reps = keys[Rep]
    addresses = list(Rep.objects.filter(pk__in=reps).values_list("email", flat=True))
    ledgers = list(Pool.objects.filter(demo=True).values_list("ledger", flat=True))
    LastResort.objects.filter(rep__in=reps).delete()
    User.objects.filter(rep__in=reps, username=F("rep__email"), is_superuser=False).delete()  # made for the demo
    RoutingSettings.objects.filter(sla__demo=True).update(sla=None)
    Territory.objects.filter(demo=True).update(parent=None)
    for model in FLAGGED:
        model.objects.filter(demo=True).delete()
    Ledger.objects.filter(pk__in=ledgers).delete()
    Skill.objects.filter(name__in=SKILLS, reps=None).delete()
    ApiKey.objects.filter(demo=True).delete()
    MailboxMessage.objects.filter(recipient__in=addresses).delete()
    _remove_history(keys)
    if not Rule.objects.exists():
        RoutingSettings.objects.all().delete()
        RoutingSettings.history.all().delete()


def _remove_history(keys: dict[Any, set[int]]) -> None:
    """Who changed what, of rows that were the demo's."""
    for model, those in keys.items():
        model.history.filter(id__in=those).delete()
    TimeOff.history.filter(rep_id__in=keys[Rep]).delete()
    PoolMember.history.filter(Q(rep_id__in=keys[Rep]) | Q(pool_id__in=keys[Pool])).delete()


def _publish_what_is_left(user: User | None, now: datetime) -> None:
    """The versions that were live are gone; what is the user's own goes on."""
    content, newest = frozen(draft_content()), published()
    if not problems(content) and (newest is None or newest.content != content):
        publish_locked(note="Without the demo company", user=user, now=now)
