"""The whole ladder with real processes and short minutes: mail → accept on a phone; no answer → the next; a manager."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.conftest import open_browser
from tests.processes.company import ask, lead, manage, post
from tests.processes.conftest import data, empty_system  # noqa: F401  fixtures
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


@pytest.fixture
def system(data: Path) -> Iterator[Running]:  # noqa: F811
    file = data / "company.yaml"
    file.write_text(yaml.safe_dump(COMPANY), encoding="utf-8")
    manage(data, "import_config", str(file))
    with running(data, "--no-demo") as system:
        yield system


@pytest.fixture
def phone(system: Running) -> Iterator[Page]:
    with open_browser(f"http://127.0.0.1:{system.port}", viewport=PHONE) as page:
        yield page


def send(system: Running, number: int) -> None:
    token = manage(system.data, "create_api_key", f"form {number}", "--scopes", "leads:write").split()[-1]
    assert post(system.port, token, lead(number)) == 202


def mails(system: Running) -> list[tuple[str, str, str]]:
    """To whom, subject and text, in the order in which they arrived."""
    return ask(system.data, "SELECT recipient, subject, text FROM routing_mailboxmessage ORDER BY id")


def alerted(system: Running) -> list[str]:
    """Who was told that the lead is theirs, in order."""
    rows = ask(
        system.data,
        "SELECT r.email FROM routing_assignment a JOIN reps_rep r ON r.id = a.rep_id"
        " WHERE a.alerted_at IS NOT NULL ORDER BY a.attempt",
    )
    return [email for (email,) in rows]


def accept_link(text: str) -> str:
    return re.search(r"http://\S+/a/\S+\?do=accept", text).group()


def test_a_rep_accepts_from_the_mail_in_two_taps_and_keeps_the_lead(system: Running, phone: Page) -> None:
    send(system, 1)
    [(recipient, _, text)] = wait_for(lambda: mails(system))

    phone.goto(accept_link(text))
    number = re.search(r"tap (\d)", phone.get_by_text("To accept, tap").inner_text()).group(1)
    phone.get_by_role("button", name=number, exact=True).click()

    expect(phone.get_by_role("status")).to_have_text("Accepted.")
    [(accepted, due)] = ask(system.data, "SELECT accepted_at, step_at FROM routing_assignment")
    assert accepted is not None
    assert due > accepted
    assert alerted(system) == [recipient]


def test_without_an_answer_the_next_rep_has_it_and_then_the_manager_once_and_loudly(
    system: Running, phone: Page
) -> None:
    send(system, 2)
    wait_for(lambda: len(alerted(system)) == 3, 60)
    told = wait_for(lambda: rows if len(rows := mails(system)) >= 5 else [], 20)

    first, second, manager = alerted(system)
    assert {first, second} == {ANA, BEN}
    assert manager == BOSS
    assert sorted(recipient for recipient, _, _ in told) == [ANA, ANA, BEN, BEN, BOSS]  # theirs; no longer theirs
    stale = accept_link(next(text for recipient, _, text in told if recipient == first and "do=accept" in text))
    answer = phone.request.get(stale)
    assert (answer.status, "Bo Ossa" in answer.text()) == (409, True)
