"""Two people edit one row in the admin: the second is told, and what they typed stays."""

from __future__ import annotations

import pytest
from django.urls import reverse

from routing.models import Topic
from routing.services.edit_conflicts import revision_of
from tests.admin.test_forms import rep_form
from tests.factories import make_rep


@pytest.fixture
def topic(db):
    return Topic.objects.create(name="kubernetes", keywords=["k8s"])


def page_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def test_the_form_knows_which_state_it_shows(boss, topic):
    assert revision_of(topic) in boss.get(page_of(topic)).content.decode()


def test_whoever_saves_first_saves(boss, topic):
    boss.post(page_of(topic), {"name": "k8s", "keywords": "k8s, helm", "revision": revision_of(topic)})

    assert Topic.objects.get().keywords == ["k8s", "helm"]


def test_the_second_to_save_is_told_and_keeps_what_they_typed(boss, topic):
    token = revision_of(topic)
    Topic.objects.update(keywords=["helm"])

    page = boss.post(page_of(topic), {"name": "mine", "keywords": "k8s", "revision": token})

    assert "changed this topic" in page.content.decode()
    assert 'value="mine"' in page.content.decode()
    assert Topic.objects.get().name == "kubernetes"


def test_saving_again_after_being_told_is_refused_again(boss, topic):
    token = revision_of(topic)
    Topic.objects.update(keywords=["helm"])

    page = boss.post(page_of(topic), {"name": "mine", "keywords": "k8s", "revision": token})

    assert page.context["revision"] == token


def test_a_rep_is_not_saved_over_a_change_of_their_hours(boss, db):
    rep = make_rep()
    token = revision_of(rep)
    rep.working_hours.create(weekday=0, start="09:00", end="17:00")

    page = boss.post(page_of(rep), rep_form(rep, name="Another", revision=token))

    assert page.status_code == 200
    rep.refresh_from_db()
    assert rep.name != "Another"
