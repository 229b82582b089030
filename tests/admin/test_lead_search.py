"""Searching the list of leads: by key among all, by text among the newest, and among all for whoever asks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from routing.admin import lead_search
from routing.services.access import Role
from routing.services.identities import set_identities
from tests.factories import make_lead, make_owned_lead, make_rep

LIST = reverse("admin:routing_lead_changelist")


def found(client, **asked):
    listed = client.get(LIST, asked).context["cl"]
    return [lead.email for lead in listed.result_list], listed.result_count


def known(lead):
    set_identities([lead])
    lead.save()
    return lead


@pytest.fixture
def ana(db):
    return make_rep("Ana Diaz")


@pytest.fixture
def leads(now, ana, monkeypatch):
    """An old lead, and two newer ones: only these are looked through."""
    monkeypatch.setattr(lead_search, "NEWEST", 2)
    known(
        make_owned_lead(
            now - timedelta(days=900), ana, email="mia@globex.com", domain="globex.com", phone="+493012345678"
        )
    )
    known(make_lead(now - timedelta(hours=1), email="leo@globex.com", domain="globex.com"))
    make_lead(now, email="zoe@acme.com", company="Acme")


@pytest.mark.parametrize(
    ("text", "emails"),
    [
        ("mia@globex.com", ["mia@globex.com"]),
        (" MIA@globex.com ", ["mia@globex.com"]),
        ("+49 30 12345678", ["mia@globex.com"]),
        ("globex.com", ["leo@globex.com", "mia@globex.com"]),
        ("globex", ["leo@globex.com"]),
        ("a@globex", []),
        ("zoe acme", ["zoe@acme.com"]),
        ("nobody@globex.com", []),
    ],
)
def test_what_is_typed_whole_is_found_however_old_and_a_text_among_the_newest(boss, leads, text, emails):
    assert found(boss, q=text) == (emails, len(emails))


def test_a_text_is_found_however_old_by_whoever_asks_for_all(boss, leads):
    assert found(boss, q="globex", search="all") == (["leo@globex.com", "mia@globex.com"], 2)


def test_the_page_says_that_not_all_were_looked_through_and_leads_to_a_search_that_does(boss, leads):
    some, everything = (boss.get(LIST, asked) for asked in ({"q": "mia", "p": 1}, {"q": "mia", "search": "all"}))

    assert some.context["looked_through"]["url"] == "?q=mia&search=all"
    assert "The newest 2 leads were looked through" in some.content.decode()
    assert not everything.context["looked_through"]
    assert not boss.get(LIST).context["looked_through"]


def test_where_there_are_no_older_ones_nothing_is_said(boss, leads, monkeypatch):
    monkeypatch.setattr(lead_search, "NEWEST", 3)

    assert found(boss, q="a@globex") == (["mia@globex.com"], 1)
    assert not boss.get(LIST, {"q": "mia"}).context["looked_through"]


@pytest.mark.parametrize("most", [0, 1])
@pytest.mark.parametrize("text", ["globex.com", "mia@globex.com", "o"])
def test_of_many_found_none_is_lost_whether_by_key_or_by_text(boss, leads, text, most, monkeypatch):
    few = found(boss, q=text)
    monkeypatch.setattr(lead_search, "KEYS", most)

    assert found(boss, q=text) == few


def test_a_filter_narrows_what_a_key_finds(boss, leads, ana):
    assert found(boss, q="globex.com", owner__id__exact=ana.pk) == (["mia@globex.com"], 1)


def test_a_rep_finds_their_own_leads_however_old_and_nobody_elses(sign_in, leads, ana):
    client = sign_in(Role.REP, rep=ana)

    assert found(client, q="a@globex") == (["mia@globex.com"], 1)
    assert found(client, q="a@globex", search="all") == (["mia@globex.com"], 1)
    assert found(client, q="leo@globex.com") == ([], 0)
