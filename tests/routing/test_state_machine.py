"""Whatever people, programs and the clock do to a company, in any order: what must hold of it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import TestCase
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from reps.models import Rep, TimeOff
from routing.doorbell import muted
from routing.models import Assignment, Decision, Lead, Offer, PoolMember, Rule
from routing.services.change_lead import change_lead
from routing.services.change_rep import change_rep
from routing.services.lead_actions import (
    accept,
    claim,
    decline,
    mark_duplicate,
    park,
    quarantine,
    reassign,
    release,
    respond,
    restore,
    route_lead,
    set_outcome,
)
from routing.services.lead_actions.refusals import Refusal
from routing.services.manage import remove_member, remove_time_off, save_member, save_time_off
from routing.services.pause_pool import pause_pool
from routing.services.pause_routing import pause_routing, resume_routing
from routing.services.publish import CannotPublish, publish
from routing.services.receive_lead import KeyReused, receive_lead
from routing.services.receive_signal import receive_signal
from routing.services.route_pending import route_pending
from routing.services.sla.clock import start_clocks, start_offers
from routing.services.sweep import TASKS
from tests.routing.machine_checks import (
    BANDS,
    check_bounds,
    check_given,
    check_leads,
    check_ledgers,
    check_rebuilt,
    check_routed,
)
from tests.routing.machine_company import KINDS, PEOPLE, START, Shape, found_company

Row = TypeVar("Row")
picks = st.integers(0, 30)
reasons = st.sampled_from(["spam", "duplicate", "bad_data", "wrong_territory", "no_capacity", "not_my_field", "other"])
shapes = st.builds(
    Shape,
    strategy=st.sampled_from(["round_robin", "load_balanced", "performance", "intent"]),
    offer=st.sampled_from(["exclusive", "claim"]),
    fairness=st.sampled_from(["share", "share", "totals"]),
    turns_by=st.sampled_from(["", "", "kind", "source"]),
    shared=st.booleans(),
    caught_up=st.booleans(),
)
posts = st.fixed_dictionaries(
    {"email": st.sampled_from(PEOPLE), "kind": st.sampled_from(KINDS), "form": st.sampled_from(["demo", "ebook"])},
    optional={
        "country": st.sampled_from(["DE", "FR", "US", "US", "US"]),
        "language": st.sampled_from(["fr", "de", "en"]),
        "source": st.sampled_from(["one", "two"]),
        "message": st.sampled_from(["we run k8s", "hello"]),
        "test": st.sampled_from([False, False, True]),
    },
)
MOST_BATCHES = 60
ONLY_LOOKS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")


class Routing(RuleBasedStateMachine):
    """Each example is a company of its own, in a transaction that is rolled back."""

    @initialize(shape=shapes, first=st.lists(posts, min_size=4, max_size=12))
    def found(self, shape: Shape, first: list[dict[str, Any]]) -> None:
        self.now, self.shape = START, shape
        self.posted: list[tuple[Lead, dict[str, Any]]] = []
        self.seen_assignment = self.seen_decision = 0
        self._outer = transaction.atomic()
        self._outer.__enter__()
        self._muted = muted()
        self._muted.__enter__()
        self._watched = connection.execute_wrapper(self._watch)
        self._watched.__enter__()
        self.written = True
        self.company = found_company(shape)
        self.bands = self._bands()
        self.post(first, routed=True)

    def _bands(self) -> dict[int, float | None]:
        """By lock row of the ledger."""
        smb, enterprise, offers = self.company.pools
        promised = self.shape.strategy != "load_balanced" and self.shape.fairness == "share"
        band = BANDS.get(self.shape.strategy, 0) if promised else None
        group = smb.fairness_group_id
        return {group: band} if group else {smb.ledger_id: 0, enterprise.ledger_id: band, offers.ledger_id: 0}

    def teardown(self) -> None:
        if not hasattr(self, "_outer"):
            return
        try:
            check_rebuilt(Decision.objects.select_related("lead", "posting").order_by("pk"))
        finally:
            self._watched.__exit__(None, None, None)
            self._muted.__exit__(None, None, None)
            transaction.set_rollback(True)
            self._outer.__exit__(None, None, None)

    def _watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.written = self.written or not sql.lstrip().startswith(ONLY_LOOKS)
        return execute(sql, params, many, context)

    @contextmanager
    def act(self) -> Iterator[None]:
        """A moment later, somebody does something; what follows from the commit happens, too."""
        self.now += timedelta(seconds=1)
        with TestCase.captureOnCommitCallbacks(execute=True):
            yield

    def on_lead(self, pick: int, do: Callable[[Lead], object], **which: Any) -> None:
        """One of the leads, which may be in no state for it: then nothing changes."""
        lead = chosen(Lead.objects.filter(**which).order_by("pk"), pick)
        if lead is None:
            return
        with self.act(), suppress(Refusal):
            do(lead)

    def route(self) -> None:
        with self.act():
            for _ in range(MOST_BATCHES):
                routed = route_pending(now=self.now, limit=20)
                assert not routed.failed
                if not routed.worked:
                    break
            else:
                raise AssertionError("routing goes round and round")
        check_given(self._new_assignments(), self.now)
        check_routed(self.now, [self.company.boss, self.company.reps[0]])

    def _new_assignments(self) -> list[Assignment]:
        fresh = Assignment.objects.filter(pk__gt=self.seen_assignment).select_related("rep").order_by("pk")
        return list(fresh)

    # --- leads come in ---------------------------------------------------------------------------------------

    @rule(some=st.lists(posts, min_size=1, max_size=6), routed=st.sampled_from([True, True, False]))
    def post(self, some: list[dict[str, Any]], routed: bool) -> None:
        for facts in some:
            with self.act():
                key = str(len(self.posted))
                lead = receive_lead(facts=facts, now=self.now, idempotency_key=key, body_hash=digest(facts)).lead
                # chance decides nothing here: the control group hangs on the id
                Lead.objects.filter(pk=lead.pk).update(uuid=UUID(int=len(self.posted)))
                self.posted.append((lead, facts))
        if routed:
            self.route()

    @precondition(lambda self: self.posted)
    @rule(pick=picks)
    def post_again(self, pick: int) -> None:
        number = pick % len(self.posted)
        lead, facts = self.posted[number]
        with self.act():
            again = receive_lead(facts=facts, now=self.now, idempotency_key=str(number), body_hash=digest(facts))
            assert (again.lead.pk, again.replayed) == (lead.pk, True)
            with pytest.raises(KeyReused):
                receive_lead(facts=facts, now=self.now, idempotency_key=str(number), body_hash="another")

    @rule(
        subject=st.one_of(
            st.sampled_from(PEOPLE).map(lambda email: {"email": email}),
            st.sampled_from(["globex.com", "hooli.com"]).map(lambda domain: {"domain": domain}),
        )
    )
    def signal(self, subject: dict[str, Any]) -> None:
        with self.act():
            receive_signal(facts={"kind": "hiring", "text": "k8s engineers", **subject}, now=self.now)

    # --- time passes -----------------------------------------------------------------------------------------

    @rule()
    def route_now(self) -> None:
        self.route()

    @rule(minutes=st.sampled_from([1, 6, 16, 45, 200, 700, 1_440, 4_320]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        for task in TASKS:
            with self.act():
                task(now=self.now)
        self.route()

    @rule()
    def tell(self) -> None:
        """Every alert leaves: clocks run, and steps of SLA policies come due."""
        with self.act():
            owners = Assignment.objects.current().filter(alerted_at=None).values_list("pk", flat=True)
            start_clocks(dict.fromkeys(owners, self.now), now=self.now)
            offers = Offer.objects.standing().filter(alerted_at=None).values_list("pk", flat=True)
            start_offers(dict.fromkeys(offers, self.now), now=self.now)

    # --- what reps do ----------------------------------------------------------------------------------------

    @rule(pick=picks, answer=st.booleans())
    def accept_or_answer(self, pick: int, answer: bool) -> None:
        def do(lead: Lead) -> None:
            assert lead.owner is not None
            if answer:
                respond(lead=lead, rep=lead.owner, channel="call", note="", now=self.now, actor="")
            else:
                accept(lead=lead, rep=lead.owner, now=self.now, actor="")

        self.on_lead(pick, do, owner__isnull=False)

    @rule(pick=picks, reason=reasons)
    def decline(self, pick: int, reason: str) -> None:
        def do(lead: Lead) -> None:
            assert lead.owner is not None
            decline(lead=lead, rep=lead.owner, reason=reason, note="", now=self.now, actor="")

        self.on_lead(pick, do, owner__isnull=False)

    @rule(pick=picks, take=st.booleans(), reason=reasons)
    def answer_an_offer(self, pick: int, take: bool, reason: str) -> None:
        offer = chosen(Offer.objects.select_related("lead", "rep").order_by("pk"), pick)
        if offer is None:
            return
        with self.act(), suppress(Refusal):
            if take:
                claim(lead=offer.lead, rep=offer.rep, now=self.now, actor="")
            else:
                decline(lead=offer.lead, rep=offer.rep, reason=reason, note="", now=self.now, actor="")

    # --- what managers do ------------------------------------------------------------------------------------

    @rule(pick=picks, do=st.sampled_from([quarantine, release, restore, route_lead]))
    def manage(self, pick: int, do: Callable[..., Lead]) -> None:
        why = {"reason": "so"} if do in (quarantine, release) else {}
        self.on_lead(pick, lambda lead: do(lead=lead, now=self.now, actor="Bo", **why))

    @rule(pick=picks, other=picks)
    def mark_duplicate(self, pick: int, other: int) -> None:
        of = chosen(Lead.objects.order_by("pk"), other)
        self.on_lead(pick, lambda lead: mark_duplicate(lead=lead, of=of or lead, now=self.now, actor="Bo"))

    @rule(pick=picks)
    def park(self, pick: int) -> None:
        day = self.now.date() + timedelta(days=2)
        self.on_lead(pick, lambda lead: park(lead=lead, reason="later", review_date=day, now=self.now, actor="Bo"))

    @rule(pick=picks, to=picks, counts=st.booleans())
    def reassign(self, pick: int, to: int, counts: bool) -> None:
        rep = Rep.objects.order_by("pk")[to % 5]
        self.on_lead(
            pick, lambda lead: reassign(lead=lead, rep=rep, reason="", counts=counts, now=self.now, actor="Bo")
        )

    @rule(pick=picks, stage=st.sampled_from(["qualified", "won", "lost"]))
    def outcome(self, pick: int, stage: str) -> None:
        self.on_lead(
            pick, lambda lead: set_outcome(lead=lead, stage=stage, amount=None, reason="", now=self.now, actor="Bo")
        )

    @rule(pick=picks, facts=posts)
    def change_lead(self, pick: int, facts: dict[str, Any]) -> None:
        facts = {name: value for name, value in facts.items() if name not in ("test", "email")}
        self.on_lead(pick, lambda lead: change_lead(lead=lead, facts=facts, now=self.now, actor="Bo"))

    # --- people and rules ------------------------------------------------------------------------------------

    @rule(
        pick=picks,
        changes=st.sampled_from(
            [
                {"active": False}, {"active": True}, {"active": True}, {"paused": True}, {"paused": False},
                {"caps": {}}, {"caps": {"hour": 1}}, {"caps": {"open": {"limit": 2, "all": True}}},
                {"caps": {"week": 3, "unanswered": 2}}, {"backup": None}, {"languages": ["en", "fr"]},
            ]
        ),
    )  # fmt: skip
    def change_rep(self, pick: int, changes: dict[str, Any]) -> None:
        rep = Rep.objects.order_by("pk")[pick % 5]
        with self.act(), suppress(ValidationError):  # a last resort, or the only one, stays active
            change_rep(rep=rep, changes=changes, now=self.now)

    @rule(pick=picks, ahead=st.sampled_from([-60, 0, 1_500]), days=st.sampled_from([1, 9]), end=st.booleans())
    def leave(self, pick: int, ahead: int, days: int, end: bool) -> None:
        rep = self.company.reps[pick % 4]
        starts = self.now + timedelta(minutes=ahead)
        with self.act():
            if end:
                remove_time_off(leaves=list(TimeOff.objects.filter(rep=rep)), now=self.now)
            else:
                leave = TimeOff(rep=rep, starts_at=starts, ends_at=starts + timedelta(days=days))
                save_time_off(time_off=leave, now=self.now)

    @rule(pick=picks, of=picks, weight=st.sampled_from([0, 0.5, 1, 3]), caps=st.sampled_from([{}, {"day": 2}]))
    def membership(self, pick: int, of: int, weight: float, caps: dict[str, int]) -> None:
        rep, pool = self.company.reps[pick % 4], self.company.pools[of % 3]
        with self.act():
            if weight:
                save_member(pool=pool, rep=rep, weight=weight, caps=caps, now=self.now)
            elif member := PoolMember.objects.filter(pool=pool, rep=rep).first():
                remove_member(member=member, now=self.now)

    @rule(
        pick=picks,
        changes=st.sampled_from(
            [
                {"enabled": False}, {"enabled": True}, {"when_nobody": "next"}, {"when_nobody": "assign_anyway"},
                {"when_nobody": "wait", "wait_minutes": 20}, {"away": "wait"}, {"away": "backup"}, {"units": 2},
                {"same_company": False}, {"alert": "none"}, {"requires": {"languages": ["de"]}}, {"requires": {}},
            ]
        ),
    )  # fmt: skip
    def change_rule(self, pick: int, changes: dict[str, Any]) -> None:
        one = self.company.rules[pick % len(self.company.rules)]
        if not one.catch_all:
            Rule.objects.filter(pk=one.pk).update(**changes)

    @rule()
    def publish(self) -> None:
        with self.act(), suppress(CannotPublish):
            publish(note="", user=None, now=self.now)

    @rule(paused=st.booleans())
    def pause_everything(self, paused: bool) -> None:
        with self.act():
            (pause_routing if paused else resume_routing)(now=self.now)

    @rule(pick=picks, paused=st.booleans())
    def pause_pool(self, pick: int, paused: bool) -> None:
        with self.act():
            pause_pool(pool=self.company.pools[pick % 3], paused=paused, now=self.now)

    # --- what must hold --------------------------------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        """Looked at where something was written: time alone makes nothing wrong of what was right."""
        if self.written:
            check_leads(self.now)
            check_ledgers()
            check_bounds(self.bands)
            self._check_new_decisions()
        self.written = False

    def _check_new_decisions(self) -> None:
        fresh = Decision.objects.filter(pk__gt=self.seen_decision).select_related("lead", "posting").order_by("pk")
        check_rebuilt(fresh)
        self.seen_decision = max([self.seen_decision, *(row.pk for row in fresh)])
        self.seen_assignment = max([self.seen_assignment, *(one.pk for one in self._new_assignments())])


def chosen(rows: Any, pick: int) -> Any:
    """One of the rows, or None of none."""
    keys = list(rows.values_list("pk", flat=True))
    return rows.get(pk=keys[pick % len(keys)]) if keys else None


def digest(facts: dict[str, Any]) -> str:
    return sha256(repr(facts).encode()).hexdigest()


def run(examples: int, *, steps: int, at_length: bool) -> None:
    """Only at length is a failure made smaller, which takes minutes."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Routing,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=not at_length,
            phases=[phase for phase in Phase if at_length or phase not in (Phase.shrink, Phase.explain)],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_what_must_hold_holds_whatever_happens() -> None:
    run(4, steps=40, at_length=False)


@pytest.mark.long
@pytest.mark.django_db
def test_what_must_hold_holds_whatever_happens_for_long() -> None:
    run(240, steps=60, at_length=True)
