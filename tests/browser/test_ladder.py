"""The whole ladder with real processes and short minutes: mail → accept on a phone; no answer → the next; a manager."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page
from tests.processes.company import ask, import_company, lead, post
from tests.processes.conftest import shared_data  # noqa: F401  a fixture
from tests.processes.running import Running, running, wait_for

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
SECONDS = 4
ANA, BEN, BOSS = "ana@acme.example", "ben@acme.example", "boss@acme.example"
COMPANY: dict[str, Any] = {
    "version": 1,
    "settings": {"sla": "quick", "last_resort": [BOSS]},
    "teams": [{"name": "Sales", "manager": BOSS}],
    "reps": [
        {"email": email, "name": name, "team": "Sales", "working_hours": "always"}
        for email, name in ((ANA, "Ana Diaz"), (BEN, "Ben Ray"), (BOSS, "Bo Ossa"))
    ],
    "pools": [{"name": "All", "members": [{"rep": ANA}, {"rep": BEN}]}],
    "sla_policies": [
        {
            "name": "quick",
            "first_response_minutes": SECONDS / 60,
            "clock": "always",
            "steps": [{"after_minutes": SECONDS / 60, "do": "reassign"}],
        }
    ],
    "rules": [{"name": "Catch-all", "when": [], "to": {"pool": "All"}}],
}


@pytest.fixture(scope="module")
def company(shared_data: Path) -> Iterator[tuple[Running, str]]:  # noqa: F811
    """The product with the company, and a key. The tests share it; each sends in a lead of its own."""
    [token] = import_company(shared_data, COMPANY, ["--scopes", "leads:write"])
    with running(shared_data, "--no-demo") as system:
        yield system, token


@pytest.fixture
def phone(browser: Browser, company: tuple[Running, str]) -> Iterator[Page]:
    with open_page(browser, f"http://127.0.0.1:{company[0].port}", viewport=PHONE) as page:
        yield page


def mails(system: Running, about: str) -> list[tuple[str, str]]:
    """To whom and what, in the order in which they arrived, of the mails that name this lead."""
    rows = ask(system.data, "SELECT recipient, subject, text FROM routing_mailboxmessage ORDER BY id")
    return [(recipient, text) for recipient, subject, text in rows if about in subject + text]


def alerted(system: Running, about: str) -> list[str]:
    """Who was told that this lead is theirs, in order."""
    rows = ask(
        system.data,
        "SELECT r.email FROM routing_assignment a JOIN reps_rep r ON r.id = a.rep_id JOIN routing_lead l"
        f" ON l.id = a.lead_id WHERE l.first_name = '{about}' AND a.alerted_at IS NOT NULL ORDER BY a.attempt",
    )
    return [email for (email,) in rows]


def accept_link(text: str) -> str:
    return re.search(r"http://\S+/a/\S+\?do=accept", text).group()


def test_a_rep_accepts_from_the_mail_in_two_taps_and_keeps_the_lead(company, phone: Page) -> None:
    system, token = company
    assert post(system.port, token, lead(1, first_name="Ada")) == 202
    [(recipient, text)] = wait_for(lambda: mails(system, "Ada"))

    phone.goto(accept_link(text))
    number = re.search(r"tap (\d)", phone.get_by_text("To accept, tap").inner_text()).group(1)
    phone.get_by_role("button", name=number, exact=True).click()

    expect(phone.get_by_role("status")).to_have_text("Accepted.")
    accepted_by = "SELECT accepted_at, step_at FROM routing_assignment WHERE accepted_at IS NOT NULL"
    [(accepted, due)] = ask(system.data, accepted_by)
    assert due > accepted
    assert alerted(system, "Ada") == [recipient]


def test_without_an_answer_the_next_rep_has_it_and_then_the_manager_once_and_loudly(company, phone: Page) -> None:
    system, token = company
    assert post(system.port, token, lead(2, first_name="Zoe")) == 202
    wait_for(lambda: len(alerted(system, "Zoe")) == 3, 60)
    told = wait_for(lambda: rows if len(rows := mails(system, "Zoe")) >= 5 else [], 20)

    first, second, manager = alerted(system, "Zoe")
    assert {first, second} == {ANA, BEN}
    assert manager == BOSS
    assert sorted(recipient for recipient, _ in told) == [ANA, ANA, BEN, BEN, BOSS]  # theirs; no longer theirs
    stale = accept_link(next(text for recipient, text in told if recipient == first and "do=accept" in text))
    answer = phone.request.get(stale)
    assert (answer.status, "Bo Ossa" in answer.text()) == (409, True)
