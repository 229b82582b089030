"""A lead's story is shared by a link: it shows little, expires, and can be ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from routing.models import Assignment, AuditEntry, Decision, Lead, SharedLink
from routing.services import lead_actions as acts
from routing.services.access import Role
from routing.services.shared_links import (
    KEPT,
    LONGEST,
    SharedLinkEnded,
    open_shared,
    share_lead,
    shared_url,
    stop_sharing,
)
from tests.factories import make_lead, make_owned_lead, make_rep

DAY = timedelta(days=1)
SECRETS = (
    "mia@globex.example", "+12125550100", "Call me at once", "Rue Secrète", "is ill", "in a meeting", "Pierre",
    "fair list",
)  # fmt: skip


@pytest.fixture
def grace(db):
    return User.objects.create_user("grace")


@pytest.fixture
def lead(now, db):
    """Everything about it that nobody outside is told stands in it."""
    ana = make_rep("Ana Diaz")
    owned = make_owned_lead(
        now, ana, owned_at=now, first_name="Mia", last_name="Chen", company="Globex", email="mia@globex.example",
        phone="+12125550100", message="Call me at once", attributes={"street": "Rue Secrète"},
        source="fair list of Pierre",
    )  # fmt: skip
    reason = "Ana Diaz owns the request of Pierre Schmidt, of the same company (Ben Ray: is ill)"
    Decision.objects.create(lead=owned, outcome="assigned", method="direct", rep=ana, reason=reason, decided_at=now)
    Assignment.objects.create(lead=owned, rep=ana, method="direct", assigned_at=now, alerted_at=now)
    return owned


@pytest.fixture
def link(lead, grace, now):
    return share_lead(lead=lead, lasts=DAY, user=grace, now=now)


def read(link):
    """By somebody who never signed in."""
    return Client().get(shared_url(link))


def page_of(client, lead):
    return client.get(reverse("admin:routing_lead_change", args=[lead.pk]))


def test_whoever_has_the_link_reads_the_story(link):
    answer = read(link)
    text = answer.content.decode()

    assert answer.status_code == 200
    assert "Mia Chen" in text and "Globex" in text
    assert "At once it went to <b>Ana Diaz</b> (round robin)." in text
    assert "so far, and no answer yet" in text


def test_no_address_nothing_typed_and_nothing_about_others_is_shown(link, lead, now):
    bob = make_rep("Bob Ray")
    acts.reassign(lead=lead, rep=bob, reason="Ana is ill", counts=False, now=now, actor="grace@acme.example")
    acts.decline(lead=lead, rep=bob, reason="other", note="in a meeting", now=now, actor="Bob Ray")

    text = read(link).content.decode()

    assert [secret for secret in (*SECRETS, bob.email, "grace@acme.example", "/admin/") if secret in text] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "parked", "review_date": "2026-06-01", "park_reason": "is ill"},
        {"status": "quarantined", "screen_reason": "is ill"},
        {"status": "closed", "owner": None},
        {"status": "pending"},
    ],
)
def test_in_every_state_it_tells_nothing_that_was_typed(fields, link, lead, now):
    nobodys = {"owner": None, "owned_at": None, "route_after": now, "first_name": "", "last_name": ""}
    Lead.objects.filter(pk=lead.pk).update(**nobodys | fields)

    answer = read(link)

    assert answer.status_code == 200
    assert [secret for secret in SECRETS if secret in answer.content.decode()] == []


def test_a_duplicate_does_not_name_the_other_lead(link, lead, now):
    other = make_lead(now, first_name="Pierre", email="pierre@globex.example")
    Lead.objects.filter(pk=lead.pk).update(owner=None, owned_at=None, status="duplicate", duplicate_of=other)

    text = read(link).content.decode()

    assert "It joined an earlier one." in text
    assert "Pierre" not in text and "pierre" not in text


def test_the_page_is_kept_nowhere_found_by_no_search_and_can_only_be_read(link):
    answer = read(link)

    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex"
    assert "<form" not in answer.content.decode() and "<script" not in answer.content.decode()
    assert Client().post(shared_url(link)).status_code == 405


def test_a_name_is_never_taken_for_markup(link, lead):
    Lead.objects.filter(pk=lead.pk).update(first_name="<script>alert(1)</script>", company="<img src=x>")

    text = read(link).content.decode()

    assert "<script" not in text and "<img src=x" not in text


@pytest.mark.parametrize("name", ["mia@globex.example", "+1 212 555 0100"])
def test_what_stands_as_a_name_but_may_be_an_address_is_not_shown(name, link, lead):
    Lead.objects.filter(pk=lead.pk).update(first_name=name, last_name="")

    page = read(link).content.decode()

    assert name not in page and "Somebody" in page


def test_it_opens_nothing_while_whoever_made_it_may_not_sign_in(link, grace, now):
    User.objects.filter(pk=grace.pk).update(is_active=False)

    assert read(link).status_code == 410


def test_it_ends_by_itself(link, now):
    assert open_shared(shared_url(link).split("/")[-2], now=link.ends_at - timedelta(seconds=1)) == link

    with pytest.raises(SharedLinkEnded):
        open_shared(shared_url(link).split("/")[-2], now=link.ends_at)


def test_it_can_be_ended_at_once(boss, link, lead):
    boss.post(reverse("admin:routing_lead_unshare", args=[lead.pk, link.pk]))

    assert read(link).status_code == 410


def test_a_changed_address_opens_nothing(link):
    address = shared_url(link)

    assert Client().get(address[:-2] + ("a/" if address[-2] != "a" else "b/")).status_code == 404
    assert Client().get(reverse("shared:lead", args=[link.uuid.hex])).status_code == 404


def test_it_is_gone_with_the_lead(link, lead):
    lead.delete()

    assert read(link).status_code == 404


def test_a_link_is_made_on_the_page_and_shown_there_with_its_end(boss, lead):
    boss.post(reverse("admin:routing_lead_share", args=[lead.pk]), {"days": "7"})

    page = page_of(boss, lead)

    [shown] = page.context["links"]
    assert Client().get(shown["url"]).status_code == 200
    assert "10 Mar 2026" in shown["ends"]
    assert "in 7 days" in shown["ends"].replace("\xa0", " ")


@pytest.mark.parametrize("days", ["", "0", "365", "x"])
def test_it_lasts_for_one_of_the_offered_times(days, boss, lead):
    boss.post(reverse("admin:routing_lead_share", args=[lead.pk]), {"days": days})

    assert not SharedLink.objects.exists()


def test_what_has_ended_is_no_longer_shown(boss, link, lead, grace, now):
    stop_sharing(link=link, user=grace, now=now)

    assert page_of(boss, lead).context["links"] == []


def test_sharing_and_ending_stand_in_the_audit_log_once(link, grace, now):
    stop_sharing(link=link, user=grace, now=now)
    stop_sharing(link=link, user=grace, now=now)

    assert list(AuditEntry.objects.order_by("pk").values_list("action", "user")) == [
        ("lead.shared", grace.pk),
        ("lead.unshared", grace.pk),
    ]


def test_an_owner_does_not_share_and_is_not_offered_it(sign_in, lead):
    own = sign_in(Role.REP, rep=lead.owner)

    assert own.post(reverse("admin:routing_lead_share", args=[lead.pk]), {"days": "7"}).status_code == 403
    assert "share-form" not in page_of(own, lead).content.decode()


def test_the_link_of_one_lead_is_not_ended_through_another(boss, link, now):
    other = make_lead(now)

    assert boss.post(reverse("admin:routing_lead_unshare", args=[other.pk, link.pk])).status_code == 404
    assert SharedLink.objects.standing(now).get() == link


@pytest.mark.parametrize("lasts", [timedelta(), LONGEST + timedelta(seconds=1)])
def test_no_link_lasts_for_no_time_or_for_ever(lasts, lead, grace, now):
    with pytest.raises(ValueError, match="30 days"):
        share_lead(lead=lead, lasts=lasts, user=grace, now=now)


def test_links_that_ended_long_ago_are_removed_when_another_is_made(link, lead, grace, now):
    share_lead(lead=lead, lasts=DAY, user=grace, now=link.ends_at + KEPT + DAY)

    assert not SharedLink.objects.filter(pk=link.pk).exists()
