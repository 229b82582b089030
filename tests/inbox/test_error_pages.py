"""The pages for what is not there, not allowed, or broken: in words, and with a way on."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse


def test_an_address_that_leads_nowhere_leads_on(client, db):
    response = client.get("/nothing/here")

    assert response.status_code == 404
    assert "This page is not here" in response.content.decode()
    assert reverse("inbox:leads") in response.content.decode()


def test_a_form_from_elsewhere_is_told_what_to_do(ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana.user)

    response = client.post("/inbox/settings/quiet/")

    assert response.status_code == 403
    assert "Nothing was done" in response.content.decode()


def test_a_page_of_the_admin_that_is_not_for_a_rep_says_so(anas, ana):
    ana.user.is_staff = True
    ana.user.save()

    response = anas.get(reverse("admin:routing_rule_changelist"))

    assert response.status_code == 403
    assert "You may not see this" in response.content.decode()


def test_the_pages_of_mistakes_need_no_database():
    assert "mistake of ours" in render_to_string("500.html")
    assert "The database" in render_to_string("503.html", {"text": "The database is away."})
