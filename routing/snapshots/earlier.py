"""For each lead, the few earlier ones that can make it a duplicate, returning, or of the same company.

Each is found by one probe of an index, so a company with ten thousand leads costs no more than one with two.
Test leads know only test leads, so that they leave no mark on real ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.lookups import Exact

from routing.engine.types import EarlierLead, MatchedAccount, Settings
from routing.intake.normalise import is_role_mailbox
from routing.models import Account, Lead

NEVER_THE_ORIGINAL = (Lead.Status.QUARANTINED, Lead.Status.DUPLICATE, Lead.Status.PENDING)
"""What is pending is either decided in this batch, which the engine knows of, or to be waited for."""
NOT_PENDING = tuple(status for status in Lead.Status if status is not Lead.Status.PENDING)
"""Said in this way, PostgreSQL looks for a person's leads. Of those that are pending it often believes that there are
none, however many have just come in, and would read them all for each lead.
"""
SAME_NAME = Q(name_key=OuterRef("name_key")) & ~Q(name_key="")
SAME_EMAIL = Q(email_identity=OuterRef("email_identity"))
# two people may share a phone: only if one side has no e-mail, or the names agree
SAME_PHONE = Q(phone_identity=OuterRef("phone_identity")) & (
    Q(email="") | Q(Exact(OuterRef("email"), Value(""))) | Q(email=OuterRef("email")) | SAME_NAME
)
# without a form it is the kind of request that tells two posts apart
SAME_FORM = Q(form=OuterRef("form")) & (~Q(form="") | Q(kind=OuterRef("kind")))


def load_earlier(
    rows: Sequence[Lead], *, settings: Settings, matches: Mapping[int, MatchedAccount | None], now: datetime
) -> defaultdict[int, list[EarlierLead]]:
    """Lead → earlier leads, oldest first. A constant number of queries at most."""
    company_since = now - timedelta(days=settings.company_days)
    found = _probe(rows, company_since)
    by_account = _newest_of_accounts(rows, matches, company_since)
    for row in rows:
        match = matches.get(row.pk)
        if match and (newest := by_account.get((match.id, row.test))):
            found.setdefault(row.pk, set()).add(newest)
    wanted = {other for others in found.values() for other in others}
    values = {row.pk: earlier_lead(row) for row in Lead.objects.filter(pk__in=wanted)} if wanted else {}
    earlier: defaultdict[int, list[EarlierLead]] = defaultdict(list)
    for pk, others in found.items():
        earlier[pk] = [values[other] for other in sorted(others) if other in values and other != pk]
    return earlier


def in_flight(rows: Sequence[Lead]) -> frozenset[int]:
    """Those of the leads that must wait: the same person's earlier lead is pending, and in no hands of this batch."""
    own = {row.pk for row in rows}
    earlier = Lead.objects.filter(SAME_EMAIL, pk__lt=OuterRef("pk"), test=OuterRef("test"))
    first = earlier.exclude(status__in=NOT_PENDING)
    waiting = Lead.objects.filter(pk__in=own, email_identity__isnull=False).annotate(
        first=Subquery(first.order_by("-submitted_at").values("pk")[:1])
    )
    return frozenset(pk for pk, first in waiting.values_list("pk", "first") if first is not None and first not in own)


def _probe(rows: Sequence[Lead], company_since: datetime) -> dict[int, set[int]]:
    shared = [row for row in rows if is_role_mailbox(row.email)]
    own = [row for row in rows if not is_role_mailbox(row.email)]
    return _probe_leads(own, SAME_EMAIL, company_since) | _probe_leads(shared, SAME_EMAIL & SAME_NAME, company_since)


def _probe_leads(rows: Sequence[Lead], same_email: Q, company_since: datetime) -> dict[int, set[int]]:
    probes = dict(_probes(rows, same_email, company_since))
    if not probes:
        return {}
    found = Lead.objects.filter(pk__in=[row.pk for row in rows]).annotate(**probes).values_list("pk", *probes)
    return {pk: {other for other in others if other is not None} for pk, *others in found}


def _probes(rows: Sequence[Lead], same_email: Q, company_since: datetime) -> Iterator[tuple[str, Subquery]]:
    """By what at least one of the rows has: often none of them came with a phone."""
    twin = SAME_FORM & Q(pk__lt=OuterRef("pk")) & ~Q(status__in=NEVER_THE_ORIGINAL)
    owned = Q(owner__isnull=False)
    if any(row.email_identity_id for row in rows):
        yield "twin_by_email", _newest(same_email & twin)
        yield "owned_by_email", _newest(same_email & owned)
    if any(row.phone_identity_id for row in rows):
        yield "twin_by_phone", _newest(SAME_PHONE & twin)
        yield "owned_by_phone", _newest(SAME_PHONE & owned)
    if any(row.company_identity_id for row in rows):
        of_company = Q(company_identity=OuterRef("company_identity"), test=OuterRef("test"))
        yield "owned_by_company", _newest_owned(of_company, company_since)


def _newest(condition: Q) -> Subquery:
    leads = Lead.objects.filter(condition, test=OuterRef("test"))
    return Subquery(leads.order_by("-submitted_at").values("pk")[:1])


def _newest_owned(condition: Q, since: datetime) -> Subquery:
    return Subquery(_open_or_recent(Lead.objects.filter(condition, owner__isnull=False), since).values("pk")[:1])


def _open_or_recent(leads: QuerySet[Lead], since: datetime) -> QuerySet[Lead]:
    return leads.filter(Q(closed_at=None) | Q(owned_at__gte=since)).order_by("-owned_at")


def _newest_of_accounts(
    rows: Iterable[Lead], matches: Mapping[int, MatchedAccount | None], since: datetime
) -> dict[tuple[int, bool], int | None]:
    """The newest lead of each account, by (account, test)."""
    found: dict[tuple[int, bool], int | None] = {}
    for test in (False, True):
        accounts = {match.id for row in rows if row.test is test and (match := matches.get(row.pk))}
        if accounts:
            newest = _newest_owned(Q(account=OuterRef("pk"), test=test), since)
            pairs = Account.objects.filter(pk__in=accounts).annotate(newest=newest).values_list("pk", "newest")
            found |= {(account, test): lead for account, lead in pairs}
    return found


def earlier_lead(row: Lead) -> EarlierLead:
    """A lead row as the ladder compares others with it."""
    return EarlierLead(
        id=row.pk,
        label=row.label,
        submitted_at=row.submitted_at,
        form=row.form,
        kind=row.kind,
        email=row.email,
        phone=row.phone,
        name_key=row.name_key,
        email_identity=row.email_identity_id,
        phone_identity=row.phone_identity_id,
        company_identity=row.company_identity_id,
        account=row.account_id,
        undecided=row.owner_id is None,
        owner=row.owner_id,
        owned_at=row.owned_at,
        open=row.closed_at is None,
    )
