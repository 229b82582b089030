"""Every page and every action of every registered model answers, with rows present, within a constant budget."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.conftest import fill, without_menu
from tests.admin.help_of_fields import asks_something, fields_without_help

admin.autodiscover()
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ONE_ROW = {"routing.RoutingSettings"}  # its list leads to the one form


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def row_of(model):
    return model._default_manager.order_by("pk").first()


def offers(model, verb):
    """Whether the pages of a model offer a verb to somebody who may do everything."""
    request = type("Request", (), {"user": type("User", (), {"has_perm": lambda self, name: True})()})()
    return getattr(admin.site._registry[model], f"has_{verb}_permission")(request)


def says_when_it_counts(page):
    """Whether a form says that it is live at once, or draft until published: one of both, not both."""
    return (b"Live at once." in page.content) + (b"In draft until published." in page.content) == 1


def says_where_it_is_told_of(page):
    return b'<a class="lr-doc" href="/admin/docs/' in page.content


def asked_by_the_owner(path):
    request = RequestFactory().get(path)
    request.user = User(is_active=True, is_staff=True, is_superuser=True)
    return request


@pytest.fixture(scope="class")
def owner(company_of_class, django_db_blocker):
    """Signed in once for all pages, which are looked at without the menu."""
    client = Client()
    with django_db_blocker.unblock():
        client.force_login(User.objects.create_superuser("owner"))
    with without_menu():
        yield client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
@pytest.mark.usefixtures("db")
class TestPages:
    def test_the_list_answers(self, model, owner):
        response = owner.get(address(model, "changelist"))

        assert response.status_code == (302 if model._meta.label in ONE_ROW else 200)
        assert says_where_it_is_told_of(response) or response.status_code == 302

    def test_the_list_can_be_searched(self, model, owner):
        response = owner.get(address(model, "changelist"), {"q": "a b@c.example"})

        assert response.status_code == (302 if model._meta.label in ONE_ROW else 200)

    def test_the_page_of_a_row_says_when_a_change_counts_and_what_each_field_is_for(self, model, owner):
        page = owner.get(address(model, "change", row_of(model).pk))

        assert page.status_code == 200
        assert says_where_it_is_told_of(page)
        assert says_when_it_counts(page) or not offers(model, "change")
        assert fields_without_help(page) == []

    def test_the_form_of_a_new_row_says_when_it_counts_and_what_each_field_is_for(self, model, owner):
        page = owner.get(address(model, "add"))

        assert page.status_code == (200 if offers(model, "add") else 403)
        assert (says_when_it_counts(page) and asks_something(page)) or not offers(model, "add")
        assert fields_without_help(page) == []

    def test_the_history_of_a_row_answers(self, model, owner):
        page = owner.get(address(model, "history", row_of(model).pk))

        assert page.status_code == 200 and says_where_it_is_told_of(page)

    def test_the_question_before_deleting_answers_where_rows_can_go(self, model, owner):
        response = owner.get(address(model, "delete", row_of(model).pk))

        assert response.status_code == (200 if offers(model, "delete") else 403)
        assert says_where_it_is_told_of(response) or not offers(model, "delete")

    def test_a_row_that_is_gone_is_not_found(self, model, owner):
        assert owner.get(address(model, "change", 987654)).status_code == 404

    def test_every_action_answers(self, model, owner):
        changelist = address(model, "changelist")
        actions = admin.site._registry[model].get_actions(asked_by_the_owner(changelist))

        for action in actions:
            response = owner.post(changelist, {"action": action, ACTION_CHECKBOX_NAME: [row_of(model).pk]})
            assert response.status_code in (200, 302), action


def test_a_list_of_12_takes_as_many_queries_as_a_list_of_3(boss, db, now):
    fill(now, 3)
    with without_menu():
        queries_of_lists(boss)  # what is kept in memory after a first look is not counted
        queries_of_3 = queries_of_lists(boss)
        fill(now, 9)
        queries_of_12 = queries_of_lists(boss)

    assert queries_of_12 == queries_of_3
    assert [label for label, queries in queries_of_12.items() if queries > 30] == []


def queries_of_lists(client):
    """Of each model."""
    counts = {}
    for model in MODELS:
        if model._meta.label not in ONE_ROW:
            with CaptureQueriesContext(connection) as queries:
                client.get(address(model, "changelist"))
            counts[model._meta.label] = len(queries)
    return counts


@pytest.mark.parametrize("name", ["lead", "pool", "account", "rep", "team"])
def test_a_page_takes_as_many_queries_whatever_else_there_is(name, boss, db, now):
    row = fill(now, 2)[name]
    counts = []

    for copies in (1, 10):
        fill(now, copies)
        with without_menu():
            boss.get(address(type(row), "change", row.pk))  # what is kept in memory afterwards is not counted
            with CaptureQueriesContext(connection) as queries:
                boss.get(address(type(row), "change", row.pk))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_dashboard_takes_as_many_queries_at_30_rows_as_at_3(boss, db, now):
    counts = []

    for copies in (3, 27):
        fill(now, copies)
        with CaptureQueriesContext(connection) as queries:
            boss.get(reverse("admin:index"))
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_an_empty_installation_says_what_to_do_next(boss):
    page = boss.get(reverse("admin:index")).content.decode()

    assert "No rulebook is published yet" in page
    assert "No lead has arrived yet" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("routing_mailboxmessage", "No mails yet"),
        ("routing_outboxmessage", "No messages yet"),
        ("routing_lastresort", "No people yet"),
        ("reps_timeoff", "No stretches of time off yet"),
    ],
)
def test_an_empty_list_names_what_it_has_none_of(boss, page, says):
    assert says in boss.get(reverse(f"admin:{page}_changelist")).content.decode()


@pytest.mark.django_db
def test_every_list_to_choose_from_by_typing_answers_in_an_order(boss):
    asked = [
        {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
        for model, page in admin.site._registry.items()
        for field in page.autocomplete_fields
    ]

    refused = [one for one in asked if boss.get(reverse("admin:autocomplete"), one).status_code != 200]

    assert asked and refused == []
