"""Stored decisions explained: why, why not somebody else, and what would have had to be different."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reps.models import Rep, TimeOff, WorkingHours
from routing.models import Decision, Lead, LedgerAccount, Pool
from routing.services.explain import BY_HAND, OTHERS, TOO_OLD, Explanation, explain
from routing.services.lead_actions.reassign import reassign
from routing.services.publish import publish
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings
from tests.routing.lead_acts import open_company, routed

pytestmark = pytest.mark.django_db
MINUTES_25 = timedelta(minutes=25)


def told(lead: Lead, rep: Rep | None, now: datetime, **more: Any) -> Explanation:
    return explain(decision=Decision.objects.filter(lead=lead).latest("pk"), rep=rep, now=now, **more)


def what_if(lead: Lead, rep: Rep, now: datetime) -> str:
    found = told(lead, rep, now).counterfactual
    assert found is not None
    return str(found["text"])


def test_the_winner_is_told_why(now: datetime) -> None:
    _, (ana, *_) = open_company(now)

    explained = told(routed(now), ana, now)

    assert explained.why_not is not None
    assert explained.why_not.startswith("Ana got the lead. It was Ana's turn")
    assert explained.counterfactual is None


def test_somebody_else_needs_a_higher_balance(now: datetime) -> None:
    _, (_, bob, _) = open_company(now)
    lead = routed(now)

    wanted = "with a balance of at least +0.01 leads instead of +0.00"
    assert what_if(lead, bob, now) == f"Bob would have got the lead {wanted}."


def test_a_full_day_is_one_lead_too_short(now: datetime) -> None:
    _, (ana, bob, _) = open_company(now)
    Rep.objects.filter(pk=ana.pk).update(caps={"day": 1})
    routed(now)
    LedgerAccount.objects.filter(rep=ana).update(balance=2_000_000_000)

    lead = routed(now, email="x@y.example")

    assert "day cap of 1 reached" in (told(lead, ana, now).why_not or "")
    assert what_if(lead, ana, now) == "Ana would have got the lead if their day cap were 2 instead of 1."


def test_leave_is_a_gate(now: datetime) -> None:
    _, (ana, *_) = open_company(now)
    TimeOff.objects.create(rep=ana, starts_at=now - MINUTES_25, ends_at=now + MINUTES_25)

    assert what_if(routed(now), ana, now) == "Ana would have got the lead if they had not been on leave."


def test_a_pause_that_hides_a_leave_is_not_the_only_change(now: datetime) -> None:
    _, (ana, *_) = open_company(now)
    Rep.objects.filter(pk=ana.pk).update(paused=True)
    TimeOff.objects.create(rep=ana, starts_at=now - timedelta(days=3), ends_at=now + timedelta(days=3))

    assert what_if(routed(now), ana, now) == "No single change would have given the lead to Ana."


def test_a_quarter_of_an_hour_later_somebody_else_was_on_shift_alone(now: datetime) -> None:
    _, (ana, bob) = open_company(now, "Ana", "Bob")
    WorkingHours.objects.create(rep=ana, weekday=now.weekday(), start=time(8), end=time(16, 25))
    Rep.objects.filter(pk=ana.pk).update(hours=Rep.Hours.OWN, timezone="UTC")

    assert what_if(routed(now), bob, now) == "Bob would have got the lead if it had come 25 minutes later."


def owed(pool: Pool, leads: dict[Rep, int]) -> None:
    """Balances in whole leads."""
    for rep, balance in leads.items():
        LedgerAccount.objects.create(ledger=pool.ledger, rep=rep, balance=balance * 1_000_000_000)


def test_a_person_in_no_pool_that_was_asked(now: datetime) -> None:
    pool, (ana, bob, cy) = open_company(now)
    zoe, gone = make_rep("Zoe"), make_rep("Gone")
    make_pool(zoe, name="Enterprise")
    owed(pool, {ana: -1, bob: -1, cy: -1, gone: 3})

    lead = routed(now)

    assert told(lead, zoe, now).why_not == "Zoe is not a member of SMB, the pool that the lead went to."
    assert what_if(lead, zoe, now) == "Zoe would have got the lead if they were a member of SMB."


def test_a_larger_company_would_have_gone_to_the_rep_of_the_rule(now: datetime) -> None:
    make_settings()
    zoe, bob, cy = make_rep("Zoe"), make_rep("Bob"), make_rep("Cy")
    big = [[{"field": "employees", "op": "gte", "value": 500}]]
    make_rule(name="Big", position=1, conditions=big, destination="rep", rep=zoe)
    pool = make_pool(bob, cy, name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    owed(pool, {bob: 2, cy: -2})

    found = told(routed(now, employees=320), zoe, now).counterfactual

    assert found == {
        "kind": "fact",
        "what": "employees",
        "from": 320,
        "to": 500,
        "text": "Zoe would have got the lead if its employees were “500” instead of “320”.",
    }


def test_a_manual_assignment_was_decided_by_a_person(now: datetime) -> None:
    _, (_, bob, cy) = open_company(now)
    lead = routed(now)
    reassign(lead=lead, rep=cy, reason="knows her", counts=False, now=now, actor="Boss")

    explained = told(lead, bob, now)

    assert BY_HAND in explained.sentences
    assert (explained.counterfactual, explained.complete) == (None, False)


def test_an_old_decision_tells_what_it_can(now: datetime) -> None:
    _, (_, bob, _) = open_company(now)
    lead = routed(now)
    Decision.objects.filter(lead=lead).update(snapshot=None, trace=b"")

    explained = told(lead, bob, now)

    assert explained.sentences[-1] == TOO_OLD
    assert explained.why_not


def test_a_rep_sees_nothing_of_the_others(now: datetime) -> None:
    _, (ana, bob, cy) = open_company(now)
    TimeOff.objects.create(rep=cy, starts_at=now - MINUTES_25, ends_at=now + MINUTES_25)
    lead = routed(now)

    own = told(lead, bob, now, for_rep=bob)

    assert "leave" not in " ".join([*own.sentences, own.why_not or ""])
    assert told(lead, cy, now, for_rep=bob).why_not == OTHERS
    assert "got the lead" in (told(lead, ana, now, for_rep=bob).why_not or "")


def test_spam_goes_to_nobody(now: datetime) -> None:
    _, (ana, *_) = open_company(now)
    lead = routed(now)
    Decision.objects.filter(lead=lead).update(outcome="quarantined", rep=None, method="", reason="honeypot", trace=b"")

    assert told(lead, ana, now).why_not == "Nobody got the lead. It went to review: honeypot."


def test_explaining_writes_nothing(now: datetime, django_assert_max_num_queries: Any) -> None:
    _, (_, bob, _) = open_company(now)
    lead = routed(now)
    before = list(Lead.objects.values()), list(LedgerAccount.objects.values()), Decision.objects.count()

    with django_assert_max_num_queries(45):
        told(lead, bob, now)

    assert (list(Lead.objects.values()), list(LedgerAccount.objects.values()), Decision.objects.count()) == before


def run(*words: str) -> str:
    out = StringIO()
    call_command("explain", *words, stdout=out)
    return out.getvalue()


def test_the_command_finds_a_lead_by_id_address_or_name(now: datetime, tmp_path: Path) -> None:
    _, (_, bob, _) = open_company(now)
    lead = routed(now, first_name="Mia", last_name="Chen")

    shown = run("mia chen", "--rep", bob.email, "--json", str(tmp_path / "told.json"))

    assert "It was Ana's turn" in shown
    assert "Why not Bob?" in shown
    assert "Bob would have got the lead" in shown
    assert json.loads((tmp_path / "told.json").read_text())["counterfactual"]["kind"] == "balance"
    assert run(str(lead.uuid)) == run("MIA@globex.com")


def test_the_command_lists_leads_that_are_called_alike(now: datetime) -> None:
    open_company(now)
    leads = [routed(now, first_name="Mia", email=f"mia@c{n}.example") for n in (1, 2)]

    with pytest.raises(CommandError) as refused:
        run("mia")

    assert all(str(lead.uuid) in str(refused.value) for lead in leads)


@pytest.mark.parametrize("words", [["nobody"], ["x@y.example"], ["mia@globex.com", "--rep", "x@y.example"]])
def test_the_command_says_what_it_cannot_find(now: datetime, words: list[str]) -> None:
    open_company(now)
    routed(now)

    with pytest.raises(CommandError, match="There is no"):
        run(*words)
