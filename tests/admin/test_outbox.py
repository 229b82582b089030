"""The outbox: what did not leave, why, and trying it again."""

from __future__ import annotations

import pytest
from django.urls import reverse

from routing import outbox
from routing.models import OutboxMessage
from routing.services.access import Role
from tests.admin.bulk import choose, do_with_all
from tests.factories import make_lead, make_rep

PAGE = reverse("admin:routing_outboxmessage_changelist")


@pytest.fixture
def given_up(now):
    lead, ana = make_lead(now), make_rep("Ana Diaz")
    outbox.publish([OutboxMessage(key="a", kind="alert", lead=lead, rep=ana, created_at=now, available_at=now)])
    [message] = outbox.claim(now=now, limit=1)
    message.error = "550 no such user"
    outbox.give_up([message], now=now)
    return message


def try_again(client, message):
    return do_with_all(client, PAGE, "try_again", message).content.decode()


def test_the_list_says_what_did_not_leave_by_which_way_and_why(boss, given_up):
    page = boss.get(PAGE, {"unsent": "given_up"}).content.decode()

    assert all(text in page for text in ("Alert to the owner", given_up.rep.email, "E-mail", "Given up", "550 no such"))


@pytest.mark.parametrize("unsent", ["waiting", "failing"])
def test_the_filter_leaves_out_the_rest(boss, given_up, unsent):
    assert "550 no such" not in boss.get(PAGE, {"unsent": unsent}).content.decode()


def test_what_was_given_up_is_tried_again(boss, given_up):
    assert "1 message will be sent now." in try_again(boss, given_up)
    assert OutboxMessage.objects.get().done_at is None


def test_what_was_sent_is_not_sent_again(boss, given_up):
    OutboxMessage.objects.update(result="sent")

    assert "Sent already" in try_again(boss, given_up)


def test_whoever_may_not_change_leads_cannot_try_again(sign_in, given_up):
    choose(sign_in(Role.READ_ONLY), PAGE, "try_again", [given_up])

    assert OutboxMessage.objects.get().result == "failed"
