"""Nobody guesses a password on, from however many addresses, and nobody locks the owner out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from routing.models import AuditEntry, OutboxMessage, ThrottleCount
from routing.notifications.briefs import load_briefs
from routing.services.sign_ins import sign_in_mail
from tests.factories import make_rep

PASSWORD = "a good password"
TRIES = 2
PAGES = ("/inbox/login/", "/admin/login/")
pytestmark = pytest.mark.one_database("the counters have tests of their own on both")


@pytest.fixture(autouse=True)
def few_tries(settings, now):
    settings.SIGN_IN_TRIES = TRIES
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture(autouse=True)
def ana(db) -> User:
    user = User.objects.create_user("ana@acme.example", "ana@acme.example", PASSWORD, is_staff=True, is_superuser=True)
    make_rep("Ana Diaz", email=user.email, user=user)
    return user


def sign_in(password=PASSWORD, *, page=PAGES[0], name="ana@acme.example", address="203.0.113.5", client=None):
    return (client or Client()).post(page, {"username": name, "password": password}, REMOTE_ADDR=address)


def guess(times, **where):
    return [sign_in("wrong", **where).status_code for _ in range(times)]


@pytest.mark.parametrize("page", PAGES)
def test_after_some_wrong_tries_one_has_to_wait_and_is_told_how_long(page):
    guess(TRIES, page=page)

    answer = sign_in("wrong", page=page)

    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "Wait 15 minutes" in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_the_right_password_does_not_open_what_is_blocked(page):
    guess(TRIES, page=page)

    assert sign_in(page=page).status_code == 429


def test_the_old_password_is_guessed_at_as_seldom_on_the_page_that_changes_it(ana):
    client = Client()
    client.force_login(ana)

    def change(old):
        form = {"old_password": old, "new_password1": "a better secret", "new_password2": "a better secret"}
        return client.post("/admin/password_change/", form)

    assert [change("wrong").status_code for _ in range(TRIES)] == [200] * TRIES
    answer = change(PASSWORD)

    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "Wait 15 minutes" in answer.content.decode()
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


def test_who_knows_the_old_password_changes_it_as_often_as_they_like(ana):
    client = Client()
    client.force_login(ana)
    old = PASSWORD
    for number in range(TRIES * 3):
        new = f"a better secret {number}"
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        assert client.post("/admin/password_change/", form).status_code == 302
        old = new


def test_a_wrong_sign_in_is_told_once(ana):
    page = sign_in("wrong", page="/admin/login/").content.decode()

    assert page.count("Mind small and capital letters") == 1
    assert "Please correct the error" not in page


@pytest.mark.parametrize(
    ("address", "form", "told"),
    [
        (
            "/admin/password_change/",
            {"old_password": "wrong", "new_password1": "a better secret", "new_password2": "a better secret"},
            "Your old password was entered incorrectly",
        ),
        (
            "/admin/auth/user/{}/password/",
            {"password1": "a better secret", "password2": "another", "usable_password": "true"},
            "The two password fields",
        ),
    ],
)
def test_what_is_wrong_with_a_password_is_told_once(ana, address, form, told):
    client = Client()
    client.force_login(ana)

    page = client.post(address.format(ana.pk), form).content.decode()

    assert page.count(told) == 1
    assert "Please correct the error" not in page


def test_the_two_pages_count_together():
    assert guess(TRIES, page=PAGES[0]) + guess(1, page=PAGES[1]) == [200, 200, 429]


def test_upper_case_is_the_same_sign_in():
    guess(TRIES, name="ANA@acme.example")

    assert sign_in().status_code == 429


def test_it_is_over_after_a_while(now):
    guess(TRIES)
    with time_machine.travel(now + timedelta(minutes=15), tick=False):
        assert sign_in().status_code == 302


def test_right_passwords_are_counted_against_nobody():
    assert {sign_in().status_code for _ in range(TRIES * 5 + 1)} == {302}


def test_the_owner_gets_in_from_elsewhere():
    guess(TRIES + 1)

    assert sign_in(address="198.51.100.7").status_code == 302


def test_guessing_from_ever_new_addresses_comes_to_an_end():
    answers = [guess(1, address=f"198.51.100.{n}")[0] for n in range(TRIES * 3 + 1)]

    assert answers == [200] * TRIES * 3 + [429]
    assert sign_in(address="192.0.2.1").status_code == 429


def test_it_does_not_lock_out_the_browser_that_the_owner_uses():
    mine = Client()
    sign_in(client=mine)
    mine.post("/inbox/logout/")
    for n in range(TRIES * 3 + 1):
        guess(1, address=f"198.51.100.{n}")

    assert sign_in(client=mine).status_code == 302


def test_guessing_in_a_known_browser_comes_to_an_end_too():
    stolen = Client()
    sign_in(client=stolen)
    stolen.post("/inbox/logout/")

    assert guess(TRIES * 2 + 1, client=stolen)[-2:] == [200, 429]


def test_a_browser_is_known_only_for_those_who_signed_in_in_it():
    User.objects.create_user("bob@acme.example", password=PASSWORD)
    bobs = Client()
    sign_in(name="bob@acme.example", client=bobs)
    bobs.post("/inbox/logout/")

    assert guess(TRIES + 1, client=bobs)[-1] == 429


@pytest.mark.parametrize("forged", ["", "x", "WyJhIiwgWzFdXQ:1xVJTf:n4sq_EML", '["a", [1]]'])
def test_a_forged_cookie_makes_no_browser_known(forged):
    browser = Client()
    browser.cookies["browser"] = forged

    assert guess(TRIES + 1, client=browser)[-1] == 429


def test_one_address_cannot_try_everybody():
    answers = [guess(1, name=f"somebody{n}@acme.example")[0] for n in range(TRIES * 5 + 1)]

    assert answers[-2:] == [200, 429]


def test_whoever_writes_a_forwarded_address_is_still_counted_as_one():
    answers = [
        Client().post(
            PAGES[0], {"username": "ana@acme.example", "password": "wrong"}, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}"
        ).status_code
        for n in range(TRIES + 1)
    ]  # fmt: skip

    assert answers[-1] == 429


def test_the_limits_do_not_tell_who_has_a_sign_in():
    guess(TRIES)
    guess(TRIES, name="nobody@acme.example", address="198.51.100.1")
    known, unknown = sign_in("wrong"), sign_in("wrong", name="nobody@acme.example", address="198.51.100.1")

    assert known.status_code == unknown.status_code == 429
    assert "Wait 15 minutes" in known.content.decode() and "Wait 15 minutes" in unknown.content.decode()


def test_a_locked_out_owner_gets_in_by_mail_and_in_that_browser_from_then_on(now):
    mine = Client()
    for n in range(TRIES * 3 + 1):
        guess(1, address=f"198.51.100.{n}")
    mine.post("/inbox/password/", {"address": "ana@acme.example"})
    mail = sign_in_mail(load_briefs(list(OutboxMessage.objects.all())), None, now)
    page = mine.get(re.search(r"http://[^/]+(/inbox/password/\S+)", mail.text)[1], follow=True)
    chosen = {"new_password1": "another good one 7", "new_password2": "another good one 7"}
    assert mine.post(page.request["PATH_INFO"], chosen)["Location"] == "/inbox/"
    mine.post("/inbox/logout/")

    assert sign_in("another good one 7", client=mine).status_code == 302


def test_only_so_many_mails_go_to_one_mailbox_within_an_hour(now):
    for minute in range(0, 50, 2):
        with time_machine.travel(now + timedelta(minutes=minute), tick=False):
            Client().post("/inbox/password/", {"address": "ana@acme.example"}, REMOTE_ADDR=f"198.51.100.{minute}")

    assert OutboxMessage.objects.count() == 5


def test_one_address_cannot_ask_for_mails_to_everybody():
    answers = [Client().post("/inbox/password/", {"address": f"a{n}@acme.example"}) for n in range(26)]

    assert (answers[24].status_code, answers[25].status_code) == (200, 429)
    assert answers[25]["Retry-After"] == "3600"


def test_addresses_and_names_are_kept_as_keyed_hashes_only():
    guess(TRIES)

    kept = str(list(ThrottleCount.objects.values()))
    assert "203.0.113" not in kept and "ana" not in kept


def test_sign_ins_and_blocks_are_in_the_audit_log_once_and_nothing_that_was_typed(ana):
    sign_in()
    guess(TRIES + 3)
    guess(TRIES + 3, name="my password by mistake")

    entries = list(AuditEntry.objects.order_by("pk").values_list("action", "user", "subject_id"))
    assert entries == [("signed_in", ana.pk, ""), ("sign_in.blocked", None, str(ana.pk)), ("sign_in.blocked", None, "")]
