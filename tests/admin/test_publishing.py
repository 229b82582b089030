"""From the draft to what leads follow: look, publish with a note, read a version, go back to it."""

from __future__ import annotations

from django.urls import reverse

from routing.models import Pool, RulebookVersion
from routing.services.publish import published
from tests.factories import make_pool, make_rule

PUBLISH = "admin:routing_rulebookversion_publish"


def change(rule, **fields):
    for name, value in fields.items():
        setattr(rule, name, value)
    rule.save()


def test_the_page_says_what_publishing_would_change(boss, company):
    change(company["rule"], name="Another name")

    page = boss.get(reverse(PUBLISH)).content.decode()

    assert "1 change since version 1" in page
    assert "Another name" in page


def test_publishing_makes_a_version_with_the_note(boss, company):
    change(company["rule"], name="Another name")

    boss.post(reverse(PUBLISH), {"note": "Clearer name"})

    assert (published().number, published().note) == (2, "Clearer name")
    assert str(published().published_by).startswith("user-")


def test_what_blocks_publishing_is_said_and_nothing_is_published(boss, company):
    change(company["rule"], conditions=[[{"field": "country", "op": "is", "value": "Narnia"}]])

    page = boss.post(reverse(PUBLISH), {"note": ""}).content.decode()

    assert "Mend this first" in page
    assert "Narnia" in page
    assert published().number == 1


def test_looking_at_the_page_publishes_nothing(boss, company):
    change(company["rule"], name="Another name")

    boss.get(reverse(PUBLISH))
    boss.head(reverse(PUBLISH))

    assert published().number == 1


def test_without_changes_there_is_nothing_to_publish(boss, company):
    page = boss.get(reverse(PUBLISH)).content.decode()

    assert "The draft is live" in page
    assert "Publish now" not in page


def test_before_the_first_version_the_page_says_so(boss, db):
    assert "Nothing is published yet" in boss.get(reverse(PUBLISH)).content.decode()


def test_a_version_reads_in_plain_words(boss, company):
    page = boss.get(reverse("admin:routing_rulebookversion_change", args=[published().pk])).content.decode()

    assert "country is US" in page
    assert f"pool {company['pool'].name}" in page
    assert "ALL THE REST" in page


def test_an_earlier_version_can_be_made_live_again(boss, company):
    change(company["rule"], name="Another name")
    boss.post(reverse(PUBLISH), {"note": ""})

    boss.post(reverse("admin:routing_rulebookversion_again", args=[1]))

    assert published().number == 3
    assert published().content == RulebookVersion.objects.get(number=1).content


def test_going_back_needs_a_click_not_a_link(boss, company):
    response = boss.get(reverse("admin:routing_rulebookversion_again", args=[1]))

    assert response.status_code == 405
    assert RulebookVersion.objects.count() == 1


def test_a_version_that_never_was_is_not_found(boss, company):
    assert boss.post(reverse("admin:routing_rulebookversion_again", args=[99])).status_code == 404


def test_a_pool_that_a_rule_names_stays_and_the_page_says_why(boss, company):
    pool = company["pool"]

    response = boss.post(reverse("admin:routing_pool_delete", args=[pool.pk]), {"post": "yes"}, follow=True)

    assert f"Rule “{company['rule'].name}” sends leads to it." in response.content.decode()
    assert Pool.objects.current().filter(pk=pool.pk).exists()


def test_a_pool_of_the_draft_alone_is_removed_with_its_ledger(boss, company):
    pool = make_pool()

    boss.post(reverse("admin:routing_pool_delete", args=[pool.pk]), {"post": "yes"})

    assert not Pool.objects.filter(pk=pool.pk).exists()


def test_archived_rows_are_gone_from_the_lists(boss, company, now):
    rule = make_rule(pool=company["pool"], archived_at=now)

    assert boss.get(reverse("admin:routing_rule_change", args=[rule.pk])).status_code == 404
