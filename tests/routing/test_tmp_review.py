from __future__ import annotations
from datetime import datetime, timedelta
import pytest
from reps.models import Rep
from routing.models import *
from routing.models import Assignment, Decision, Lead, LeadEvent, Offer, Posting, Rule, PoolMember
from routing.services.change_lead import change_lead
from routing.services.lead_actions import *
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.services.sweep import sweep
from tests.factories import *
from tests.routing.lead_acts import *

pytestmark = pytest.mark.django_db
M = timedelta(minutes=1)

def test_a_claim_cap_offshift(now: datetime):
    _, reps = open_company(now, "Ana", "Bob", offer="claim", offer_minutes=60)
    ana = reps[0]
    ana.caps = {"day": 1}; ana.save()
    leads = [routed(now, email=f"x{i}@c{i}.com") for i in range(3)]
    # she goes off shift
    Rep.objects.filter(pk=ana.pk).update(paused=True)
    ana.refresh_from_db()
    got = []
    for l in leads:
        try:
            got.append(claim(lead=l, rep=ana, now=now + 10 * M, actor="Ana").status)
        except Exception as e:
            got.append(repr(e))
    print(got)
    assert got.count("assigned") == 1

def test_b_overflow_claim_of_capped(now):
    make_settings()
    ana, bob = make_rep("Ana"), make_rep("Bob", caps={"day": 1})
    empty = make_pool(name="Main")
    over = make_pool(bob, name="Over", offer="claim")
    make_rule(pool=empty, when_nobody="overflow", overflow_pool=over, destination="pool")
    make_catch_all(make_pool(ana, name="Rest"))
    publish(note="", user=None, now=now)
    make_owned = receive_lead(facts={"email": "a@a1.com", "form": "q"}, now=now).lead
    route_all(now=now)
    l = fresh(make_owned); print(l.status, l.held_reason)
    print(claim(lead=l, rep=bob, now=now, actor="Bob").status)
    l2 = receive_lead(facts={"email": "a@a2.com", "form": "q"}, now=now).lead
    route_all(now=now)
    print(fresh(l2).status, fresh(l2).held_reason, offer_results(l2))
    reassign(lead=l2, rep=ana, reason="", counts=False, now=now, actor="x")
    Assignment.objects.filter(lead=l).update(method="round_robin")
    l3 = receive_lead(facts={"email": "a@a3.com", "form": "q"}, now=now).lead
    route_all(now=now)
    print("l3", fresh(l3).status, fresh(l3).held_reason, offer_results(l3))
    print(claim(lead=l3, rep=bob, now=now, actor="Bob").status)

def test_c_patch_disposable(now):
    open_company(now)
    l = routed(now)
    first = l.owner
    change_lead(lead=l, facts={"email": "x@mailinator.com"}, now=now + M, actor="x")
    print(fresh(l).status, fresh(l).screen_reason, first, fresh(l).owner)
    route_all(now=now + M)
    print(fresh(l).status, fresh(l).screen_reason, first, fresh(l).owner)
    assert fresh(l).status == "quarantined"

def test_c2_patch_parked_disposable(now):
    open_company(now)
    l = routed(now)
    park(lead=l, reason="x", review_date=now.date() + timedelta(days=9), now=now, actor="")
    change_lead(lead=l, facts={"email": "x@mailinator.com"}, now=now + M, actor="x")
    route_all(now=now + M)
    print(fresh(l).status, fresh(l).screen_reason, fresh(l).owner)
    assert fresh(l).status == "quarantined"

def test_d_quarantined_reason_kept(now):
    open_company(now)
    l = routed(now, email="x@mailinator.com")
    print(fresh(l).status, fresh(l).screen_reason)
    change_lead(lead=l, facts={"email": "x@globex.com"}, now=now + M, actor="x")
    route_all(now=now + M)
    print(fresh(l).status, fresh(l).screen_reason)
    assert fresh(l).status != "quarantined" or fresh(l).screen_reason

def test_e_won_to_qualified(now):
    open_company(now)
    make_settings(stages={"qualified": "route"})
    publish(note="", user=None, now=now)
    l = routed(now)
    owners = [owner_of(l)]
    for stage in ("qualified", "won", "qualified"):
        set_outcome(lead=l, stage=stage, amount=None, reason="", now=now + M, actor="")
        route_all(now=now + M)
        owners.append(fresh(l).owner)
    print(owners)
    assert owners[1] == owners[3]

def test_f_park_loop(now):
    make_settings()
    ana = make_rep("Ana")
    make_rule(destination="park", park_reason="student", review_days=30)
    make_catch_all(make_pool(ana))
    publish(note="", user=None, now=now)
    l = routed(now)
    print(l.status, l.review_date)
    restore(lead=l, now=now + M, actor="Bo")
    route_all(now=now + M)
    print("restored", fresh(l).status, fresh(l).review_date)
    later = now + timedelta(days=31)
    sweep(now=later); route_all(now=later)
    print("after review", fresh(l).status, fresh(l).review_date)

def test_g_wait_forever(now):
    make_settings()
    ana, bob, cy = make_rep("Ana", paused=True, paused_until=now + timedelta(minutes=5), paused_reason="x"), make_rep("Bob"), make_rep("Cy")
    make_rule(pool=make_pool(ana), destination="pool", when_nobody="wait", wait_minutes=10)
    make_catch_all(make_pool(bob, cy))
    publish(note="", user=None, now=now)
    l = routed(now)
    print(l.status, l.held_reason, l.resume)
    Rep.objects.filter(pk=ana.pk).update(paused_until=now + timedelta(minutes=28))
    route_all(now=now + 11 * M)
    print(fresh(l).status, fresh(l).owner, fresh(l).resume)
    decline(lead=l, rep=owner_of(l), reason="other", note="", now=now + 20 * M, actor="")
    route_all(now=now + 20 * M)
    print(fresh(l).status, fresh(l).held_reason, fresh(l).owner)
    assert fresh(l).status == "assigned"

def test_h_patch_later_colleague(now):
    open_company(now)
    l1 = routed(now, email="mia@globex.com")
    l2 = routed(now + M, email="joe@globex.com")
    other = next(r for r in Rep.objects.all() if r != l1.owner)
    reassign(lead=l2, rep=other, reason="", counts=False, now=now + 2 * M, actor="")
    change_lead(lead=l1, facts={"campaign": "spring"}, now=now + 3 * M, actor="x")
    route_all(now=now + 3 * M)
    print(l1.owner, "->", fresh(l1).owner)
    assert fresh(l1).owner == l1.owner

def test_i_language(now):
    make_settings()
    ana, bob = make_rep("Ana", languages=["en"]), make_rep("Bob", languages=["de"])
    pool = make_pool(ana, bob, requires={"languages": "lead"})
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    l = routed(now, language="en")
    change_lead(lead=l, facts={"language": "de"}, now=now + M, actor="x")
    route_all(now=now + M)
    print(l.owner, "->", fresh(l).owner)
    assert fresh(l).owner == bob

def test_j_release_flag_claim(now):
    make_settings(release_burst=1)
    ana = make_rep("Ana", paused=True, paused_until=now + 5 * M, paused_reason="x")
    pool = make_pool(ana, offer="exclusive", offer_minutes=30)
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    leads = [routed(now, email=f"x{i}@c{i}.com") for i in range(4)]
    print({l.held_reason for l in leads})
    route_all(now=now + 6 * M)
    route_all(now=now + 12 * M)
    print([fresh(l).held_reason for l in leads], Offer.objects.standing().count())
    got = []
    for l in leads:
        try: got.append(claim(lead=l, rep=ana, now=now + 13 * M, actor="").status)
        except Exception as e: got.append(repr(e))
    print(got, list(Assignment.objects.values_list("released", flat=True)))

def test_k_pace_direct(now):
    make_settings(release_burst=1)
    ana = make_rep("Ana", paused=True, paused_until=now + 5 * M, paused_reason="x")
    make_rule(rep=ana, destination="rep", when_nobody="wait", wait_minutes=10)
    make_catch_all(make_pool(make_rep("Bob")))
    publish(note="", user=None, now=now)
    leads = [routed(now, email=f"x{i}@c{i}.com") for i in range(4)]
    print({l.held_reason for l in leads})
    route_all(now=now + 6 * M)
    print([(fresh(l).status, fresh(l).owner) for l in leads])

def test_l_dup_of_quarantined(now):
    open_company(now)
    l1 = routed(now)
    l2 = routed(now + M)
    print(l2.status)
    quarantine(lead=l1, reason="", now=now + M, actor="")
    sweep(now=now + M); route_all(now=now + M)
    print(fresh(l1).status, fresh(l2).status, sums())
