"""What must hold of every company at every moment, worked out from the rows alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F

from reps.caps import Cap, read_caps
from reps.models import Rep, TimeOff
from routing.engine.decide import decide
from routing.engine.types import ONE_LEAD, TIE, Assigned, Deferred, Held, LedgerKey
from routing.models import (
    Assignment,
    Decision,
    Lead,
    LeadEvent,
    LedgerAccount,
    Offer,
    PoolMember,
    Posting,
    RulebookVersion,
)
from routing.models.assignments import AssignmentQuerySet
from routing.snapshots.postings import ledger_of, read_posting
from routing.snapshots.rebuild import rebuild
from tests.routing.machine_company import on_shift

OWNED = (Lead.Status.ASSIGNED, Lead.Status.CLOSED)
BY_HAND = frozenset({"manual", "claim", "manager"})
"""People chose these owners: the gates only warn, and nothing can be rebuilt."""
UNCOUNTED = frozenset({"returning", "same_company", "account", "overflow", "last_resort"})
KEEP_OFF_SHIFT = frozenset({"returning", "same_company", "account", "last_resort"})
BURST = 3
SOON = timedelta(minutes=2)
BANDS = {"performance": 1, "intent": 5}


# --- every lead is somewhere -------------------------------------------------------------------------------------


def check_leads(now: datetime) -> None:
    owners: dict[int, int] = {}
    for key, rep in Assignment.objects.current().values_list("lead_id", "rep_id"):
        assert key not in owners, f"lead {key} has two open assignments"
        owners[key] = rep
    first = Offer.objects.standing().exclude(kind=Offer.Kind.SECOND)
    offered = set(first.values_list("lead_id", flat=True))
    for lead in Lead.objects.order_by("pk"):
        assert _is_somewhere(lead, now), f"lead {lead.pk} is {lead.status} with nothing to go on by"
        assert owners.pop(lead.pk, None) == lead.owner_id, f"lead {lead.pk}: owner and assignment differ"
        if lead.pk in offered:
            assert (lead.status, lead.held_reason) == ("held", "offered"), (
                f"lead {lead.pk} is {lead.status} and offered"
            )
    assert not owners
    second = Offer.objects.standing().filter(kind=Offer.Kind.SECOND)
    assert not second.exclude(lead__status="assigned").exists(), "a second offer of a lead that nobody owns"
    moving = Assignment.objects.current().filter(step_at__isnull=False)
    assert not moving.exclude(lead__status="assigned", responded_at=None).exists(), "a step where none is to come"
    assert not moving.filter(clock_started_at=None).exists(), "a step before the owner was told"


def _is_somewhere(lead: Lead, now: datetime) -> bool:
    """Owned; held with a deadline; parked with a date; aside with a reason; pending and due; closed."""
    match lead.status:
        case Lead.Status.ASSIGNED:
            return lead.owner_id is not None and lead.closed_at is None
        case Lead.Status.HELD:
            due = lead.hold_deadline_at is not None and lead.route_after is not None
            return due and bool(lead.held_reason) and lead.held_since is not None
        case Lead.Status.PARKED:
            return lead.review_date is not None
        case Lead.Status.DUPLICATE:
            return lead.duplicate_of is not None and lead.duplicate_of.status != Lead.Status.DUPLICATE
        case Lead.Status.QUARANTINED:
            return bool(lead.screen_reason)
        case Lead.Status.PENDING:
            return lead.route_after is not None and lead.route_after <= now + SOON
        case _:
            return lead.closed_at is not None


def check_routed(now: datetime, last_resort: Iterable[Rep]) -> None:
    """Once everything due was routed: nothing is pending, and past the deadline somebody owns the lead."""
    assert not Lead.objects.pending(now).exists()
    active = {rep.pk for rep in Rep.objects.filter(pk__in=[rep.pk for rep in last_resort], active=True)}
    late = Lead.objects.held().filter(hold_deadline_at__lte=now).exclude(held_reason__in=["offered", "paused"])
    for lead in late:
        had = set(Assignment.objects.filter(lead=lead).values_list("rep_id", flat=True))
        assert active <= had, f"lead {lead.pk} waits past its deadline"


# --- who the engine gave leads to --------------------------------------------------------------------------------


def check_given(assignments: Iterable[Assignment], now: datetime) -> None:
    """The gates, for leads that were routed just now."""
    for one in assignments:
        if one.method in BY_HAND:
            continue
        where = f"lead {one.lead_id} to {one.rep.name} by {one.method}"
        assert one.rep.active, f"{where}, who is inactive"
        if one.method == "last_resort":
            continue
        assert not _paused(one.rep, now), f"{where}, who is paused"
        assert not _on_leave(one.rep, now), f"{where}, who is on leave"
        if one.method not in KEEP_OFF_SHIFT:
            assert on_shift(one.rep, now) or _anyway(one), f"{where}, who is off shift"
        assert not _had_before(one), f"{where}, who lost it before"
        _check_caps(one, where)
        if one.released and one.pool_id and one.method not in UNCOUNTED | {"direct"}:
            waiting = _before(one).current().filter(released=True, responded_at=None, lead__closed_at=None)
            assert waiting.count() < BURST, f"{where} faster than the pace"


def _paused(rep: Rep, now: datetime) -> bool:
    return rep.paused and (rep.paused_until is None or rep.paused_until > now)


def _on_leave(rep: Rep, now: datetime) -> bool:
    """A leave of more than five days begins two days early."""
    for leave in TimeOff.objects.filter(rep=rep, ends_at__gt=now):
        early = timedelta(days=2) if leave.ends_at - leave.starts_at > timedelta(days=5) else timedelta()
        if leave.starts_at - early <= now:
            return True
    return False


def _anyway(one: Assignment) -> bool:
    """By the version that decided: the draft may say something else by now."""
    rules = RulebookVersion.objects.get(number=one.rulebook_version).content["rules"]
    return any(rule["id"] == one.rule_id and rule["when_nobody"] == "assign_anyway" for rule in rules)


def _had_before(one: Assignment) -> bool:
    """Whether they declined or let go of it, and nobody had it routed anew since."""
    lost = Assignment.objects.filter(lead=one.lead_id, rep=one.rep_id, end_reason__in=["declined", "released"])
    anew = LeadEvent.objects.filter(lead=one.lead_id, kind=LeadEvent.Kind.ROUTED_AGAIN).order_by("happened_at").last()
    return lost.filter(ended_at__gt=anew.happened_at).exists() if anew else lost.exists()


def _before(one: Assignment) -> AssignmentQuerySet:
    """What the rep had been given when this one came."""
    return Assignment.objects.filter(rep=one.rep_id, pk__lt=one.pk, lead__test=False)


def _check_caps(one: Assignment, where: str) -> None:
    member = PoolMember.objects.filter(pool=one.pool_id, rep=one.rep_id).first()
    owned: list[tuple[int | None, Cap]] = [(None, cap) for cap in read_caps(one.rep.caps)]
    owned += [(one.pool_id, cap) for cap in read_caps(member.caps)] if member else []
    for pool, cap in owned:
        if one.method in UNCOUNTED and not cap.every_kind:
            continue
        used = _used(one, pool, cap)
        fits = used + one.units <= cap.limit or (used == 0 and cap.limit > 0)
        assert fits, f"{where} beyond the {cap.kind} cap of {cap.limit}: {used} used"


def _used(one: Assignment, pool: int | None, cap: Cap) -> int:
    rows = _before(one)
    if pool is not None:
        rows = rows.filter(pool=pool)
    if not cap.every_kind:
        rows = rows.exclude(method__in=UNCOUNTED)
    since = one.assigned_at.astimezone(ZoneInfo(one.rep.timezone or "Europe/Berlin"))
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match cap.kind:
        case "hour":
            rows = rows.filter(assigned_at__gt=one.assigned_at - timedelta(hours=1))
        case "day":
            rows = rows.filter(assigned_at__gte=midnight)
        case "week":
            rows = rows.filter(assigned_at__gte=midnight - timedelta(days=midnight.weekday()))
        case "open":
            rows = rows.current().filter(lead__status="assigned", lead__owner=F("rep"))
        case _:
            rows = rows.current().filter(responded_at=None, lead__closed_at=None)
    return sum(rows.values_list("units", flat=True))


# --- ledgers -----------------------------------------------------------------------------------------------------


def check_ledgers() -> None:
    """Sums of zero, balances that are exactly their postings, and each posting reversed at most once."""
    owed: Counter[tuple[LedgerKey, int]] = Counter()
    reversed_: Counter[int] = Counter()
    for row in Posting.objects.order_by("pk"):
        posting = read_posting(row)
        assert sum(amount for _, amount in posting.lines) == 0, f"posting {row.pk} does not sum to 0"
        owed.update({(posting.ledger, rep): amount for rep, amount in posting.lines})
        reversed_.update([row.reverses_id] if row.reverses_id else [])
    assert all(times == 1 for times in reversed_.values()), "a posting was reversed twice"
    accounts = {
        (LedgerKey(row.ledger_id, row.turns_by, row.control), row.rep_id): row.balance
        for row in LedgerAccount.objects.all()
    }
    for key in owed.keys() | accounts.keys():
        assert accounts.get(key, 0) == owed[key], f"the balance of {key} is {accounts.get(key)}, posted {owed[key]}"
    assert not Posting.objects.filter(lead__test=True).exists(), "a test lead took a turn"


def check_bounds(bands: dict[int, float | None]) -> None:
    """How far from zero the engine lets a balance go, by lock row; None where a method does not promise any.

    Manual turns, reversals and claims move a balance by no more than they posted.
    """
    moved: Counter[LedgerKey] = Counter()
    saving: set[LedgerKey] = set()
    claimed = set(Assignment.objects.filter(method__in=BY_HAND).exclude(posting=None).values_list("posting", flat=True))
    for row in Posting.objects.all():
        if row.saved or row.paid_out:
            saving.add(ledger_of(row))
        if row.kind != "turn" or row.pk in claimed:
            moved[ledger_of(row)] += sum(max(0, amount) for _, amount in read_posting(row).lines)
    balances: defaultdict[LedgerKey, list[int]] = defaultdict(list)
    for account in LedgerAccount.objects.all():
        balances[LedgerKey(account.ledger_id, account.turns_by, account.control)].append(account.balance)
    for key, found in balances.items():
        band = 0 if key.control else bands.get(key.ledger)
        if band is None or key in saving:
            continue
        members = len(found)
        bound = (1 + band) * (members - 1) / 2 * ONE_LEAD + TIE * members + moved[key]
        assert max(map(abs, found)) <= bound, f"{key}: {found} beyond {bound}"


# --- decisions ---------------------------------------------------------------------------------------------------


def check_rebuilt(decisions: Iterable[Decision]) -> None:
    """From what was stored the engine comes to the same again."""
    for row in decisions:
        if row.method in BY_HAND:
            continue
        rebuilt = rebuild(row)
        again = decide(rebuilt.lead, rebuilt.rulebook, rebuilt.batch)
        assert not isinstance(again, Deferred), f"decision {row.pk} is deferred when rebuilt"
        said = (again.reason[:500], getattr(again, "rep", None), getattr(again, "pool", None))
        assert said == (row.reason, row.rep_id, row.pool_id), f"decision {row.pk} differs when rebuilt: {said}"
        if isinstance(again, Assigned):
            assert again.method == row.method
            stored = read_posting(row.posting) if row.posting else None
            assert again.posting == stored, f"decision {row.pk} posts otherwise when rebuilt"
        if isinstance(again, Held):
            kept = Offer.objects.filter(decision=row).order_by("pk").values_list("rep_id", flat=True)
            assert [offer.rep for offer in again.offers] == list(kept)
