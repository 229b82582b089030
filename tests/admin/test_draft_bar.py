"""The draft: what can be done with it stands on every page that changes it; it can be read and printed as a whole."""

from __future__ import annotations

import pytest
from django.urls import reverse

from routing.services.access import Role
from routing.services.publish import publish
from tests.factories import make_catch_all, make_pool, make_rep, make_rule

DRAFT = "/admin/routing/rulebookversion/draft/"
WAYS = (
    "look and publish",
    "Check",
    "Simulate a lead",
    "Replay past leads",
    "Repair decisions",
    "Roll back",
    "to print",
)


@pytest.fixture
def company(db, now):
    pool = make_pool(make_rep("Ana Diaz"), name="Sales")
    make_catch_all(pool)
    publish(note="first", user=None, now=now)
    return make_rule(
        name="Germany", position=1, pool=pool, conditions=[[{"field": "country", "op": "is", "value": "DE"}]]
    )


@pytest.mark.parametrize("page", ["rule", "pool", "territory", "topic", "slapolicy"])
def test_every_list_of_the_draft_says_what_can_be_done_with_it(boss, company, page):
    shown = boss.get(reverse(f"admin:routing_{page}_changelist")).content.decode()

    assert "In draft until published" in shown
    assert [way for way in WAYS if way not in shown] == []


def test_so_does_every_form(boss, company):
    shown = boss.get(reverse("admin:routing_rule_change", args=[company.pk])).content.decode()

    assert [way for way in WAYS if way not in shown] == []


def test_who_may_not_publish_finds_no_replay_and_no_repair(sign_in, company):
    shown = sign_in(Role.READ_ONLY).get(reverse("admin:routing_rule_changelist")).content.decode()

    assert "Simulate a lead" in shown
    assert "Replay past leads" not in shown and "Repair decisions" not in shown


def test_the_draft_is_read_as_sentences(boss, company):
    shown = boss.get(DRAFT).content.decode()

    assert "1 change since version 1" in shown
    assert shown.index("Germany") < shown.index("ALL THE REST")


def test_a_draft_that_is_live_says_so(boss, company, now):
    publish(note="second", user=None, now=now)

    assert "It says exactly what version 2 says" in boss.get(DRAFT).content.decode()


def test_without_any_version_it_says_that_leads_wait(boss, db):
    assert "Nothing is published yet: leads wait." in boss.get(DRAFT).content.decode()
