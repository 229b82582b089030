"""Every field of the admin says in a sentence what it is for: what test_every_page.py does not open, and the judge."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from routing.admin.import_access import ACCESS
from routing.admin.lead_actions import ACTIONS as OF_LEADS
from routing.admin.rep_actions import ACTIONS as OF_REPS
from routing.admin.work import STARTS, MonthForm
from routing.models import Import, InboundAddress, Submission, Topic
from tests.admin.conftest import without_menu
from tests.admin.help_of_fields import fields_without_help, is_help


@pytest.fixture
def owner(same_company):
    client = Client()
    client.force_login(User.objects.create_superuser("owner"))
    with without_menu():
        yield client


def silent(client, *addresses):
    """By address, the fields that say nothing. Every page has its way to the docs, too."""
    pages = {address: client.get(address) for address in addresses}
    assert [address for address, page in pages.items() if page.status_code != 200] == []
    assert [
        address for address, page in pages.items() if b'class="lr-doc" href="/admin/docs/' not in page.content
    ] == []
    return {address: fields for address, page in pages.items() if (fields := fields_without_help(page))}


def address(name, *args):
    return reverse(f"admin:{name}", args=args)


class TestFields:
    def test_what_is_asked_before_something_is_done_with_a_lead_says_what_it_is_for(self, owner, same_company):
        lead = same_company["lead"].pk

        assert silent(owner, *(address("routing_lead_do", lead, name) for name in OF_LEADS)) == {}

    def test_what_is_asked_about_people_says_what_it_is_for(self, owner, same_company):
        rep = same_company["rep"].pk
        asked = [address("reps_rep_do", rep, name) for name in OF_REPS]
        pages = [address("reps_rep_leaving", rep), address("reps_rep_week"), address("reps_rep_coverage")]

        assert silent(owner, *asked, *pages) == {}

    def test_what_is_asked_before_long_work_and_before_publishing_says_what_it_is_for(self, owner):
        Topic.objects.create(name="a draft")  # else there is nothing to publish
        asked = [address("routing_work_start", kind) for kind in STARTS]
        pages = ["rulebookversion_publish", "rule_simulate", "rule_presets", "territory_map"]

        assert silent(owner, *asked, *(address(f"routing_{page}") for page in pages)) == {}

    def test_what_is_asked_about_a_file_says_what_it_is_for(self, owner, now):
        upload = [address("routing_import_upload", section) for section in ACCESS]
        row = Import.objects.create(section="leads", format="csv", columns=["email", "x"], created_at=now)

        assert silent(owner, *upload, address("routing_import_columns", row.pk)) == {}

    def test_what_is_asked_about_submissions_and_people_says_what_it_is_for(self, owner):
        door, kept = InboundAddress.objects.earliest("pk").pk, Submission.objects.earliest("pk").pk
        pages = [address("routing_inboundaddress_test", door), address("routing_submission_lead", kept)]

        assert silent(owner, *pages, address("routing_suppression_person")) == {}

    def test_passwords_say_what_they_are_for(self, owner):
        other = User.objects.create_user("other")

        assert silent(owner, address("password_change"), address("auth_user_password_change", other.pk)) == {}


@pytest.mark.parametrize("text", ["", "Help.", "Working hours.", "The name", "ISO code"])
def test_no_sentence_or_the_label_again_is_no_help(text):
    assert not is_help(text, "Working hours")


def test_a_field_without_help_is_found(boss, monkeypatch):
    monkeypatch.setattr(MonthForm.base_fields["month"], "help_text", "Month")
    page = address("routing_work_start", "month")

    assert silent(boss, page) == {page: ["month"]}
