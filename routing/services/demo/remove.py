"""Remove the demo company without a trace, and without touching anything of the user's own.

The user's own leads that demo people own are routed anew; own pools in which demo people took turns start counting
anew. Own rules, territories and settings that name rows of the demo stand in the way, and are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q

from reps.models import Rep, Skill, Team, TimeOff
from routing.engine.folding import fold
from routing.engine.types import NeedKind
from routing.models import (
    Account,
    ApiKey,
    Assignment,
    ControlDay,
    Decision,
    DecisionSnapshot,
    Example,
    Form,
    Identity,
    InboundAddress,
    LastResort,
    Lead,
    Ledger,
    LedgerAccount,
    LedgerDay,
    LookupTable,
    MailboxMessage,
    Offer,
    PeopleSnapshot,
    Pool,
    PoolMember,
    Posting,
    RoutingSettings,
    Rule,
    RulebookVersion,
    ScheduledVersion,
    Signal,
    SlaPolicy,
    Source,
    Territory,
    Topic,
)
from routing.models.reading import one_by_one
from routing.rulebook.check import problems
from routing.rulebook.content import draft_content
from routing.services.demo.own_uses import own_uses, required_by_own
from routing.services.demo.people import SKILLS
from routing.services.manage import SECTIONS, StillUsed
from routing.services.publish import frozen, one_at_a_time, publish_locked, published
from routing.services.waiting import look_at_waiting_leads_again

AT_ONCE = 500
VERSIONS_AT_ONCE = 10
FLAGGED: tuple[Any, ...] = (
    Form, InboundAddress, Example, Rule, LookupTable, Territory, SlaPolicy, Source, Topic, Pool, Account, Team, Rep,
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
        if uses := own_uses():
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


def _free_own_leads(keys: dict[Any, set[int]], now: datetime) -> int:
    """The user's own leads that demo people own, or that joined one of theirs, are due as if they were new."""
    own = Lead.objects.filter(demo=False)
    own.filter(owner__in=keys[Rep]).exclude(closed_at=None).update(owner=None)
    own.undecided().update(resume=None)
    offered = Offer.objects.standing().filter(Q(rep__in=keys[Rep]) | Q(pool__in=keys[Pool])).values("lead")
    theirs = Q(owner__in=keys[Rep]) | Q(duplicate_of__demo=True) | Q(owner=None, closed_at=None, pk__in=offered)
    return own.filter(theirs).update(
        status=Lead.Status.PENDING,
        owner=None,
        owned_at=None,
        method="",
        duplicate_of=None,
        held_since=None,
        held_reason="",
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
    Offer.objects.filter(Q(rep__in=keys[Rep]) | Q(pool__in=keys[Pool])).delete()
    Offer.objects.filter(rule__in=keys[Rule]).update(rule=None)
    Assignment.objects.filter(rep__in=keys[Rep]).delete()
    Assignment.objects.filter(pool__in=keys[Pool]).update(pool=None)
    Assignment.objects.filter(rule__in=keys[Rule]).update(rule=None)
    Assignment.objects.filter(posting__ledger__in=ledgers).update(posting=None)
    Posting.objects.filter(ledger__in=ledgers).update(reverses=None)
    Posting.objects.filter(ledger__in=ledgers).delete()
    LedgerAccount.objects.filter(ledger__in=ledgers).delete()
    LedgerDay.objects.filter(ledger__in=ledgers).delete()
    _remove_snapshots()


def _remove_snapshots() -> None:
    """Those that no decision and no turn refers to any more."""
    used = {
        key
        for model in (Decision, Posting)
        for key in model.objects.exclude(snapshot=None).values_list("snapshot", flat=True).distinct()
    }
    unused = sorted(set(DecisionSnapshot.objects.values_list("pk", flat=True)) - used)
    for start in range(0, len(unused), AT_ONCE):
        DecisionSnapshot.objects.filter(pk__in=unused[start : start + AT_ONCE]).delete()
    seen = DecisionSnapshot.objects.exclude(people=None).values("people")
    PeopleSnapshot.objects.exclude(pk__in=seen).delete()


def _ledgers(keys: dict[Any, set[int]]) -> set[int]:
    """The demo's ledgers, and those of the user's own pools in which people of the demo had an account.

    Those start anew: a ledger from which some accounts are taken away would no longer sum to zero.
    """
    own = LedgerAccount.objects.filter(rep__in=keys[Rep]).values_list("ledger", flat=True)
    won = Posting.objects.filter(winner__in=keys[Rep]).values_list("ledger", flat=True)
    counted = LedgerDay.objects.filter(rep__in=keys[Rep]).values_list("ledger", flat=True)
    return {*_demo_ledgers(), *own, *won, *counted}


def _demo_ledgers() -> set[int]:
    """Of the demo's pools, and of their fairness groups unless a pool of the user's own joined one."""
    pools = Pool.objects.filter(demo=True)
    groups = set(pools.exclude(fairness_group=None).values_list("fairness_group", flat=True))
    groups -= set(Pool.objects.filter(demo=False, fairness_group__in=groups).values_list("fairness_group", flat=True))
    return groups | set(pools.values_list("ledger", flat=True))


def _remove_versions(keys: dict[Any, set[int]]) -> bool:
    """Versions that name rows of the demo, also those that are to be published later; whether one was published."""
    sections = {section: keys[model] for model, section in SECTIONS.items()}
    for scheduled in one_by_one(ScheduledVersion.objects.all(), VERSIONS_AT_ONCE):
        if _names(scheduled.content, sections, keys[Rep]):
            scheduled.delete()
    versions = one_by_one(RulebookVersion.objects.all(), VERSIONS_AT_ONCE)
    named = [row for row in versions if _names(row.content, sections, keys[Rep])]
    for version in named:
        version.delete()
    # the next version takes over the number of the first that went
    ControlDay.objects.filter(version__in=[version.number for version in named]).delete()
    return bool(named)


def _names(content: Mapping[str, Any], sections: Mapping[str, set[int]], reps: set[int]) -> bool:
    """Whether a rulebook names rows or people of the demo."""
    rows = any(row["id"] in keys for section, keys in sections.items() for row in content.get(section, ()))
    return rows or any(rule["to"].get("rep") in reps for rule in content["rules"])


def _remove_rows(keys: dict[Any, set[int]]) -> None:
    reps = keys[Rep]
    addresses = list(Rep.objects.filter(pk__in=reps).values_list("email", flat=True))
    ledgers = _demo_ledgers()
    Signal.objects.filter(demo=True).delete()
    LastResort.objects.filter(rep__in=reps).delete()
    User.objects.filter(rep__in=reps, username=F("rep__email"), is_superuser=False).delete()  # made for the demo
    RoutingSettings.objects.filter(sla__demo=True).update(sla=None)
    Territory.objects.filter(demo=True).update(parent=None)
    for model in FLAGGED:
        model.objects.filter(demo=True).delete()
    Ledger.objects.filter(pk__in=ledgers).delete()
    required = required_by_own(NeedKind.SKILL)
    unused = [
        skill.pk for skill in Skill.objects.filter(name__in=SKILLS, reps=None) if fold(skill.name) not in required
    ]
    Skill.objects.filter(pk__in=unused).delete()
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
