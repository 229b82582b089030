"""From an empty installation to leads that find their rep: people, a way that is looked at first, five steps."""

from __future__ import annotations

import pytest
from django.urls import reverse

from reps.models import Rep
from routing.models import Pool, Rule
from routing.services.access import Role
from routing.services.publish import publish
from tests.admin.bulk import told
from tests.factories import make_lead, make_rep

HOME, WAYS = reverse("admin:index"), reverse("admin:routing_rule_presets")


def current(client, page=HOME):
    return [step.title for step in client.get(page).context["steps"] if step.current]


def test_each_step_leads_to_the_next_until_leads_come_in(boss, now):
    assert current(boss) == ["Add people"]

    boss.post(WAYS, {"add": "people", "people": "Ana Diaz ana@acme.example\nBob Ray <bob@acme.example>"})
    assert current(boss) == ["Choose a way"]

    boss.post(WAYS, {"name": "round_robin"})
    assert current(boss) == ["Publish"]

    publish(note="", user=None, now=now)
    assert current(boss) == ["Send a test lead"]

    sent = boss.post(reverse("admin:routing_rule_send_test_lead"), follow=True)
    assert "What is left before real leads come" in told(sent)[0]
    assert current(boss) == current(boss, WAYS) == ["Let leads in"]

    make_lead(now)
    assert boss.get(HOME).context["steps"] == []


def test_what_is_left_before_real_leads_come_is_said(boss, now, settings):
    settings.EMAIL_URL = ""
    make_rep("Ana Diaz")

    *_, last = boss.get(HOME).context["steps"]

    assert [(part.done, part.title) for part in last.further] == [
        (False, "Inbound addresses"),
        (False, "Mailbox"),
        (False, "Reps"),
    ]
    assert "1 rep has no sign-in yet" in last.further[2].text


def test_a_way_is_looked_at_before_anything_is_made(boss, db):
    make_rep("Ana Diaz")

    page = boss.post(WAYS, {"look": "round_robin"})

    looked = page.context["looked"]
    assert "Pool “Sales”: Round robin (by turn)." in looked["created"]
    assert looked["winner"] == "Ana Diaz"
    assert not Pool.objects.exists()
    assert not Rule.objects.exists()
    assert "test_lead" not in boss.session


def test_a_way_is_looked_at_for_those_who_are_ticked(boss, db):
    make_rep("Ana Diaz")
    bob = make_rep("Bob Ray")

    page = boss.post(WAYS, {"look": "round_robin", "members": [bob.pk]})

    assert page.context["looked"]["winner"] == "Bob Ray"
    assert "those ticked" in page.content.decode()


def test_a_line_that_cannot_be_used_is_named_and_nobody_is_added(boss, db):
    make_rep("Ana Diaz", email="ana@acme.example")
    typed = "Bob Ray bob@acme.example\nsomebody\nAna ana@acme.example\ncleo@acme"

    page = boss.post(WAYS, {"add": "people", "people": typed})

    assert page.context["people_form"].errors["people"] == [
        "Line 2: One name and one e-mail address, please.",
        "Line 4: Enter a valid email address.",
        "ana@acme.example is there already.",
    ]
    assert "cleo@acme" in page.content.decode()
    assert Rep.objects.count() == 1


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Ana Diaz ana@acme.example", "Ana Diaz"),
        ("Ana Diaz <ana@acme.example>", "Ana Diaz"),
        ("ana@acme.example, Ana Diaz", "Ana Diaz"),
        ("Ana.Diaz@acme.example", "Ana Diaz"),
    ],
)
def test_people_are_typed_in_many_ways(boss, db, line, name):
    boss.post(WAYS, {"add": "people", "people": line})

    assert Rep.objects.get().name == name


@pytest.mark.parametrize("role", [Role.MANAGER, Role.READ_ONLY])
def test_who_may_not_publish_is_told_that_leads_wait_and_gets_no_steps(sign_in, db, role):
    page = sign_in(role).get(HOME)

    assert page.context["steps"] == []
    assert "every lead waits" in page.content.decode()


def test_who_may_not_add_people_adds_none(sign_in, db):
    answer = sign_in(Role.READ_ONLY).post(WAYS, {"add": "people", "people": "Ana ana@acme.example"})

    assert answer.status_code == 403
    assert not Rep.objects.exists()
