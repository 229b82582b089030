"""Beside the form of an account: the group as a tree, and the leads that were matched to it lately."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from routing.insights.account_groups import MOST_ACCOUNTS, MOST_LEVELS, group_of
from routing.models import Account
from tests.admin.conftest import without_menu
from tests.factories import make_account, make_lead, make_rep

DAY = timedelta(days=1)


def page(client, account):
    return client.get(f"/admin/routing/account/{account.pk}/change/")


def names(node):
    return {node["name"]: [names(child) for child in node["children"]]}


@pytest.fixture
def group(db):
    top = make_account("Globex")
    europe = make_account("Globex Europe", parent=top, owner=make_rep("Ana Diaz"))
    return top, europe, make_account("Globex Spain", parent=europe), make_account("Globex US", parent=top)


def test_from_anywhere_in_a_group_the_whole_of_it_is_shown(boss, group):
    whole = {"Globex": [{"Globex Europe": [{"Globex Spain": []}]}, {"Globex US": []}]}

    assert [names(page(boss, account).context["group_top"]) for account in group] == [whole] * 4


def test_owners_and_leads_stand_beside_the_names(boss, group, now):
    make_lead(timezone.now() - DAY, account=group[1])
    make_lead(timezone.now() - 40 * DAY, account=group[1])
    make_lead(timezone.now() - DAY, account=group[1], test=True)

    node = page(boss, group[0]).context["group_top"]["children"][0]

    assert (node["owner"], node["leads"]) == ("Ana Diaz", 1)


def test_an_account_alone_has_no_tree(boss, db):
    assert page(boss, make_account("Initech")).context["group"] is None


def test_accounts_that_lie_in_themselves_are_shown_once(boss, db):
    one, two = make_account("One"), make_account("Two")
    Account.objects.filter(pk=one.pk).update(parent=two)
    Account.objects.filter(pk=two.pk).update(parent=one)

    shown = page(boss, one)

    assert shown.status_code == 200
    assert shown.context["group"].size == 2


def test_a_group_too_large_or_too_deep_is_cut_and_says_so(db, now):
    wide, deep = make_account("Wide"), make_account("Deep")
    Account.objects.bulk_create(
        Account(name=f"Wide {n}", name_key=f"wide{n}", parent=wide) for n in range(MOST_ACCOUNTS + 5)
    )
    last = deep
    for n in range(MOST_LEVELS + 2):
        last = make_account(f"Deep {n}", parent=last)

    assert [(found.size, found.cut) for found in (group_of(one, now=now) for one in (wide, deep))] == [
        (MOST_ACCOUNTS, True), (MOST_LEVELS + 1, True)
    ]  # fmt: skip


def test_matched_leads_are_listed_with_their_evidence(boss, group):
    make_lead(timezone.now() - DAY, account=group[3], account_evidence="domain globex.com", account_confidence=0.97)

    [match] = page(boss, group[3]).context["matches"]

    assert match["evidence"] == "domain globex.com, 97% sure"


def test_a_larger_level_takes_no_more_queries(boss, group):
    with without_menu():
        with CaptureQueriesContext(connection) as few:
            page(boss, group[0])
        for n in range(6):
            make_account(f"Globex {n}", parent=group[0])
            make_lead(timezone.now() - DAY, account=group[0])
        with CaptureQueriesContext(connection) as many:
            page(boss, group[0])

    assert len(many) == len(few)
