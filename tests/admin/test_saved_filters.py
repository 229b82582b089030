"""Saved filters of the list of leads: whose they are, who else has them, what is kept of an address."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from routing.models import AuditEntry, SavedFilter
from routing.services import saved_filters
from routing.services.access import Role
from tests.factories import make_owned_lead, make_rep

LIST = reverse("admin:routing_lead_changelist")
SAVE = reverse("admin:routing_lead_save_filter")


def save(client, name="My late ones", query="answer=late", **more):
    return client.post(SAVE, {"name": name, "query": query} | more, follow=True)


def remove(client, row):
    return client.post(reverse("admin:routing_lead_remove_filter", args=[row.pk]))


def names_on(client, query=""):
    return [one["row"].name for one in client.get(f"{LIST}?{query}").context["saved"]["rows"]]


def test_the_present_filters_become_a_link_above_the_list(boss, now):
    page = save(boss, query="status__exact=assigned&answer=late&status__exact=held")

    row = SavedFilter.objects.get()
    assert row.query == "answer=late&status__exact=assigned&status__exact=held"
    assert f'href="{LIST}?answer=late&amp;status__exact=assigned&amp;status__exact=held"' in page.content.decode()
    assert "Saved as “My late ones”." in page.content.decode()


def test_a_link_leads_to_the_leads_that_it_was_saved_for(boss, now):
    ana = make_rep("Ana Diaz")
    own = make_owned_lead(now, ana)
    make_owned_lead(now, make_rep("Bob Ray"))
    save(boss, query=f"owner__id__exact={ana.pk}")

    page = boss.get(f"{LIST}?{SavedFilter.objects.get().query}")

    assert list(page.context["cl"].result_list) == [own]
    assert [one["present"] for one in page.context["saved"]["rows"]] == [True]


def test_neither_the_text_that_is_looked_for_nor_the_page_is_kept(boss):
    save(boss, query="q=mia%40globex.com&p=3&o=-1&answer=late&_facets=1&source=")

    assert SavedFilter.objects.get().query == "answer=late"


@pytest.mark.parametrize("query", ["", "q=mia%40globex.com", "p=2&o=1", "source="])
def test_where_nothing_is_filtered_nothing_is_saved(query, boss):
    assert "Nothing is filtered." in save(boss, query=query).content.decode()
    assert not SavedFilter.objects.exists()


def test_a_name_that_is_there_gets_the_new_filters(boss):
    save(boss)
    save(boss, query="answer=open")

    assert [row.query for row in SavedFilter.objects.all()] == ["answer=open"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "x" * 61}, "Give it a name"),
        ({"name": "a\x00b"}, "Give it a name"),
        ({"query": "source=" + "x" * 1001}, "Too many filters"),
        ({"query": "source=" + "x" * 5000}, "Too many filters"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_reason(wrong, reason, boss):
    assert reason in save(boss, **wrong).content.decode()
    assert not SavedFilter.objects.exists()


def test_somebody_keeps_so_many_and_no_more(boss, now, monkeypatch):
    monkeypatch.setattr(saved_filters, "MOST", 1)
    save(boss, name="One")

    assert "You have 1 saved filters. Remove one first." in save(boss, name="Two").content.decode()
    assert "Saved as" in save(boss, name="One", query="answer=open").content.decode()


class TestOthers:
    @pytest.fixture
    def ops(self, sign_in):
        return sign_in(Role.SALES_OPS)

    @pytest.fixture
    def manager(self, sign_in):
        return sign_in(Role.MANAGER)

    @pytest.fixture
    def rep(self, sign_in):
        return sign_in(Role.REP, rep=make_rep("Ana Diaz"))

    def test_one_s_own_are_nobody_else_s(self, ops, manager):
        save(ops, name="Mine")

        assert names_on(ops) == ["Mine"]
        assert names_on(manager) == []
        assert remove(manager, SavedFilter.objects.get()).status_code == 404

    def test_shared_ones_stand_behind_one_s_own_for_whoever_sees_all_leads(self, ops, manager, rep):
        save(ops, name="Everybody's", shared="on")
        save(manager, name="Mine")
        save(rep, name="Ours")

        assert names_on(manager) == ["Mine", "Everybody's"]
        assert names_on(rep) == ["Ours"]
        assert AuditEntry.objects.filter(action="filter.shared").count() == 1

    def test_only_who_may_publish_shares(self, manager):
        assert 'name="shared"' not in manager.get(f"{LIST}?answer=late").content.decode()
        assert save(manager, shared="on").status_code == 403
        assert not SavedFilter.objects.exists()

    def test_who_may_share_removes_what_anybody_shared_and_nothing_else(self, ops, boss):
        save(boss, name="Shared", shared="on")
        save(boss, name="Own")
        shared, own = SavedFilter.objects.get(shared=True), SavedFilter.objects.get(shared=False)

        assert remove(ops, own).status_code == 404
        assert remove(ops, shared).status_code == 302
        assert list(SavedFilter.objects.all()) == [own]
        assert AuditEntry.objects.filter(action="filter.removed").count() == 1

    def test_find_finds_them_by_name(self, ops, manager):
        save(ops, name="Overdue in Texas", shared="on")
        find = {"s": "overdue tex", "part": "1"}

        assert f'href="{LIST}?answer=late"' in manager.post(reverse("admin:search"), find).content.decode()


def test_they_are_shown_in_one_query_however_many(boss, now):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            boss.get(LIST)
        return len(asked)

    save(boss, name="One")
    queries()  # what is kept in memory after a first look is not counted
    of_one = queries()
    for n in range(9):
        save(boss, name=f"Another {n}", shared="on")

    assert queries() == of_one


def test_they_go_with_whoever_saved_them(boss):
    save(boss)

    User.objects.all().delete()

    assert not SavedFilter.objects.exists()


def test_nothing_but_the_filters_of_the_list_is_kept(boss):
    save(boss, query="answer=late&first_name=Mia&email=mia%40globex.com&id=1&uuid=x")

    assert SavedFilter.objects.get().query == "answer=late"


def test_of_a_filter_asked_twice_the_last_still_counts(boss):
    save(boss, query="arrived=7d&answer=late&arrived=30d")

    assert SavedFilter.objects.get().query == "answer=late&arrived=7d&arrived=30d"


def test_a_filter_that_is_no_longer_shared_is_written_down_as_removed(boss):
    save(boss, name="Ours", shared="on")
    save(boss, name="Ours")

    assert [entry.action for entry in AuditEntry.objects.filter(action__startswith="filter.").order_by("pk")] == [
        "filter.shared", "filter.removed"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["owner__id__exact", "pool"])
def test_a_key_that_no_database_holds_is_no_server_error(boss, name):
    assert boss.get(f"{LIST}?{name}={'9' * 30}", follow=True).status_code == 200
    assert boss.get(f"/admin/routing/rule/?{name}={'9' * 30}", follow=True).status_code == 200
