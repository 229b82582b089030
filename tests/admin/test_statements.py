"""The statement of a rep as a page: each line with its lead and why it is there; what there was and moved add up."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from routing.models import Lead
from routing.services.lead_actions.reassign import reassign
from routing.services.lead_actions.review import quarantine
from tests.admin.conftest import without_menu
from tests.factories import make_pool
from tests.routing.lead_acts import open_company, routed

MINUTE = timedelta(minutes=1)


def page(client, rep, **asked):
    return client.get(reverse("admin:reps_rep_statement", args=[rep.pk]), asked)


def thousandths(shown):
    """What stands in a cell, as a whole number."""
    text = shown.split(">")[1].split("<")[0] if shown else "0"
    return round(float(text.replace("−", "-").replace(",", "")) * 1000)


def a_quarter_of_an_hour(now):
    """Ana gets a lead and Bob one; hers is given to Cy by hand, and his turns out to be spam."""
    pool, reps = open_company(now - 20 * MINUTE)
    hers, his = (routed(now - (15 - n) * MINUTE, email=f"x@c{n}.example") for n in range(2))
    reassign(lead=hers, rep=reps[2], reason="knows her", counts=True, now=now - 9 * MINUTE, actor="Boss")
    quarantine(lead=his, reason="spam", now=now - 5 * MINUTE, actor="Boss")
    return pool, reps


def test_every_line_has_its_lead_and_says_why_it_is_there(boss, db, now):
    _, (_, bob, _) = a_quarter_of_an_hour(now)

    [ledger] = page(boss, bob).context["ledgers"]

    assert [line["why"] for line in ledger["lines"]] == [
        "Their turn was given back: spam",
        "Their share; given to Cy by hand: knows her",
        "They got it",
        "Their share; Ana got it",
    ]
    first = Lead.objects.earliest("pk")
    assert reverse("admin:routing_lead_change", args=[first.pk]) in ledger["lines"][-1]["lead"]


def test_somebody_elses_turn_that_was_given_back_is_told(boss, db, now):
    _, (_, _, cy) = a_quarter_of_an_hour(now)

    [ledger] = page(boss, cy).context["ledgers"]

    assert [line["why"] for line in ledger["lines"][:2]] == [
        "The turn of Bob was given back: spam",
        "Given to them by hand: knows her",
    ]


def test_what_there_was_and_what_moved_is_what_there_is(boss, db, now):
    _, reps = a_quarter_of_an_hour(now)

    for rep in reps:
        [ledger] = page(boss, rep).context["ledgers"]
        moved = sum(thousandths(line["earned"]) - thousandths(line["paid"]) for line in ledger["lines"])
        sums = [thousandths(ledger[name]) for name in ("opening", "earned", "paid", "closing")]
        assert abs(sums[0] + sums[1] + sums[2] - sums[3]) <= 2  # each is rounded to the thousandth
        assert abs(sums[0] + moved - sums[3]) <= len(ledger["lines"])
        assert ledger["lines"][0]["balance"] == ledger["closing"]


def test_one_pool_alone_can_be_asked_for(boss, db, now):
    pool, (ana, *_) = a_quarter_of_an_hour(now)

    assert len(page(boss, ana, pool=pool.pk).context["ledgers"]) == 1
    assert page(boss, ana, pool=make_pool(ana).pk).context["ledgers"] == []
    assert len(page(boss, ana, pool="x").context["ledgers"]) == 1


def test_it_takes_as_many_queries_however_many_lines(boss, db, now):
    _, (ana, *_) = a_quarter_of_an_hour(now)
    counts = []
    for copies in (1, 5):
        for number in range(copies):
            routed(now, email=f"y@c{copies}-{number}.example")
        with without_menu(), CaptureQueriesContext(connection) as queries:
            page(boss, ana)
        counts.append(len(queries))

    assert counts[0] == counts[1]
