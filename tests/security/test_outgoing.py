"""Nothing of the product calls an address inside: every door that leads out, every way to write such an address."""

from __future__ import annotations

import ast
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as product
from django.test import Client

from reps.models import Rep
from routing.models import Form, Webhook, WebhookDelivery
from routing.notifications import chat
from routing.notifications.http import Refused, Unreachable
from routing.services.api_keys import create_api_key
from routing.services.audit.run import ping_deadman
from routing.services.people.calendars import fetch
from routing.services.submissions.captcha import ask_captcha
from routing.services.webhooks.send import try_delivery
from tests.conftest import NOW
from tests.factories import make_rep
from tests.receiver import Receiver, Reply, receiver
from tests.routing.calls import call_all
from tests.routing.test_deliver_alerts import alert
from tests.routing.test_outgoing_http import INWARD, ODD

PUBLIC = "93.184.215.14"
MORE = [
    "https://127.1:443/", "https://127.000.000.001/", "https://0x7f.1/", "https://017700000001/", "https://①②⑦.⓪.⓪.①/",
    "https://[::ffff:169.254.169.254]/latest/meta-data/", "https://[::127.0.0.1]/", "https://[0:0:0:0:0:0:0:1]/",
    "https://localhost./", "https://LOCALHOST/", "https://127.0.0.1%2f@example.com/", "https://example.com@127.0.0.1/",
    "https://127.0.0.1#@example.com/", "https://127.0.0.1\\@example.com/", "https://10.0.0.1:6379/", "https://[fd00::1]/",
    "https://metadata.google.internal/", "gopher://127.0.0.1:6379/_SET", "unix:///var/run/docker.sock", "https://0/",
    "https://inside.example/", "https://both.example/", "https://rebinding.example/",
]  # fmt: skip
ADDRESSES = [*(url for url in INWARD if ":6379" not in url), *ODD, *MORE]
INTERNAL = {"inside.example": ["10.1.2.3"], "both.example": [PUBLIC, "127.0.0.1"], "localhost.": ["127.0.0.1"],
            "localhost": ["127.0.0.1"], "metadata.google.internal": ["169.254.169.254"]}  # fmt: skip
"""What the fake resolver says; rebinding.example is public only the first time that it is asked for."""


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where to anything connected, or tried to; nobody ever answers."""
    hosts: list[str] = []
    asked: list[str] = []

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else str(host)
        asked.append(name)
        found = INTERNAL.get(name.lower()) or real_or_public(name)
        if name == "rebinding.example" and asked.count(name) > 1:
            found = ["127.0.0.1"]
        return [
            (socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found
        ]

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):  # not Redis' socket
            hosts.append(str(address[0]))
        raise ConnectionRefusedError

    def real_or_public(name: str) -> list[str]:
        try:
            return [socket.inet_ntoa(socket.inet_aton(name))]
        except OSError:
            return [PUBLIC] if name.endswith((".example", ".com")) else ["127.0.0.1"]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return hosts


# --- the doors -------------------------------------------------------------------------------------------------------


def by_webhook(url: str, settings: Any) -> None:
    hook = Webhook(name="CRM", url=url, secret="whsec_" + "a" * 32)
    assert not try_delivery(WebhookDelivery(uuid=uuid4(), body="{}"), hook, now=NOW).ok


def by_agent(url: str, settings: Any) -> None:
    alert(NOW, make_rep(kind=Rep.Kind.AGENT, webhook=url))
    call_all(NOW)


def by_calendar(url: str, settings: Any) -> None:
    fetch(url)


def by_captcha(url: str, settings: Any) -> None:
    settings.TURNSTILE_VERIFY_URL = url
    ask_captcha(Form(captcha="turnstile", captcha_secret="x", captcha_site_key="x"), "token")


def by_the_switch_of_a_dead_man(url: str, settings: Any) -> None:
    settings.DEADMAN_URL = url
    ping_deadman()


def by_teams(url: str, settings: Any) -> None:
    chat.send("teams", url.replace("https://", "workflows://") + "/643e69f83c8944/KODuebWbDGYFr0z0eu", "text")


DOORS: Mapping[str, Callable[[str, Any], None]] = {
    "webhook": by_webhook,
    "agent": by_agent,
    "calendar": by_calendar,
    "captcha": by_captcha,
    "dead man": by_the_switch_of_a_dead_man,
    "teams": by_teams,
}


@pytest.mark.django_db
@pytest.mark.one_database("no address is checked by a database")
@pytest.mark.parametrize("door", DOORS)
def test_no_door_leads_inside(door: str, connected: list[str], settings: Any) -> None:
    for url in ADDRESSES:
        with suppress(Refused, Unreachable, chat.Unusable, chat.NotTaken):
            DOORS[door](url, settings)
        assert set(connected) <= {PUBLIC}, url


def test_a_name_that_changes_its_address_while_it_is_called_is_not_followed(
    connected: list[str], settings: Any
) -> None:
    for _ in range(3):
        with pytest.raises((Refused, Unreachable)):
            by_calendar("https://rebinding.example/a.ics", settings)
    assert connected == [PUBLIC]


@pytest.fixture
def pair() -> Iterator[tuple[Receiver, Receiver]]:
    """Somebody outside who sends callers on to somebody inside."""
    with receiver() as outside, receiver() as inside:
        yield outside, inside


@pytest.mark.django_db
@pytest.mark.one_database("no redirect is followed by a database")
@pytest.mark.parametrize("door", [door for door in DOORS if door != "teams"])
def test_no_door_follows_anybody_inside(door: str, pair: tuple[Receiver, Receiver], settings: Any) -> None:
    outside, inside = pair
    settings.OUTGOING_ALLOWED = [outside.host]
    for status in (301, 302, 303, 307, 308):
        outside.answer = lambda call, status=status: Reply(status, {"Location": f"{inside.url}/"})
        try:
            DOORS[door](outside.url, settings)
        except Exception as error:
            assert "redirect" in str(error).lower() or str(status) in str(error), error
    assert outside.calls
    assert inside.calls == []


# --- what is told at once --------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.one_database("no address is checked by a database")
def test_an_address_inside_is_refused_as_it_is_saved(client: Client) -> None:
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {create_api_key(name='ops', scopes=['config:write']).secret}"
    for url in (*INWARD, *ODD):
        if IN_FIGURES.search(url):
            answer = client.post("/api/v1/webhooks", {"name": "CRM", "url": url}, content_type="application/json")
            assert (answer.status_code, list(answer.json()["errors"])) == (400, ["url"]), url


IN_FIGURES = re.compile(r"//(\d+\.\d+\.\d+\.\d+|\[)|^(?!https://)")
"""What can be told without a resolver: agents' and calendars' addresses are looked at when they are called."""


# --- there is one way out --------------------------------------------------------------------------------------------

CARRIERS = {
    "httpx",
    "httpcore",
    "requests",
    "aiohttp",
    "urllib3",
    "urllib.request",
    "http.client",
    "ftplib",
    "telnetlib",
}
WAY_OUT = {
    "routing/notifications/http.py",
    "routing/notifications/plugins.py",  # Apprise's calls are carried by it
    "routing/management/benchmark/loopback.py",  # calls what the benchmark has started itself
    "leadrouting/identity/provider_views.py",  # asks the one OpenID provider that the environment names
}


def test_only_one_module_calls_others() -> None:
    callers = {
        str(path.relative_to(product.BASE_DIR))
        for app in ("routing", "reps", "leadrouting")
        for path in Path(product.BASE_DIR, app).rglob("*.py")
        if CARRIERS & _imported(path)
    }

    assert callers <= WAY_OUT


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names | {name.split(".")[0] for name in names if not name.startswith(("urllib", "http."))}
