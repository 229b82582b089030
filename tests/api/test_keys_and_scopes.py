"""Every address × every kind of key. A new address that is not listed here fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from routing.api import authentication
from routing.api.urls import ACTIONS, urlpatterns
from routing.api.views.configuration import CALLED, path_of
from routing.models import ApiKey, Scope
from routing.services.api_keys import NewKey, create_api_key
from tests.api.conftest import API, client_with

pytestmark = pytest.mark.one_database("each case reads one row, the key, which the rest of the API's tests do, too")
NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"
NEEDED: dict[tuple[str, str], Scope] = {
    ("leads", "get"): Scope.LEADS_READ,
    ("leads", "post"): Scope.LEADS_WRITE,
    ("lead", "get"): Scope.LEADS_READ,
    ("decisions", "get"): Scope.LEADS_READ,
    ("timeline", "get"): Scope.LEADS_READ,
    ("shared-links", "get"): Scope.LEADS_READ,
    ("shared-links", "post"): Scope.LEADS_WRITE,
    ("shared-link", "delete"): Scope.LEADS_WRITE,
    ("lead", "patch"): Scope.LEADS_WRITE,
    ("lead", "delete"): Scope.LEADS_WRITE,
    ("why", "get"): Scope.LEADS_READ,
    **{(f"lead-{name}", "post"): Scope.LEADS_WRITE for name in ACTIONS},
    ("signals", "get"): Scope.LEADS_READ,
    ("signals", "post"): Scope.SIGNALS_WRITE,
    ("settings", "get"): Scope.CONFIG_READ,
    ("settings", "patch"): Scope.CONFIG_WRITE,
    **{(path_of(section), "get"): Scope.CONFIG_READ for section in CALLED},
    **{(path_of(section), "post"): Scope.CONFIG_WRITE for section in CALLED},
    **{(f"{path_of(section)}-one", "get"): Scope.CONFIG_READ for section in CALLED},
    **{(f"{path_of(section)}-one", "patch"): Scope.CONFIG_WRITE for section in CALLED if section != "skills"},
    **{(f"{path_of(section)}-one", "delete"): Scope.CONFIG_WRITE for section in CALLED},
    ("rep-pause", "post"): Scope.CONFIG_WRITE,
    ("rep-resume", "post"): Scope.CONFIG_WRITE,
    ("rep-statement", "get"): Scope.CONFIG_READ,
    ("rep-invite", "post"): Scope.CONFIG_WRITE,
    ("rep-hand-over", "post"): Scope.CONFIG_WRITE,
    ("rep-leaving", "get"): Scope.CONFIG_READ,
    ("rep-leaving", "post"): Scope.CONFIG_WRITE,
    ("rep-leaving", "delete"): Scope.CONFIG_WRITE,
    ("agent-secret", "post"): Scope.CONFIG_WRITE,
    ("webhooks", "get"): Scope.CONFIG_READ,
    ("webhooks", "post"): Scope.CONFIG_WRITE,
    ("webhook", "get"): Scope.CONFIG_READ,
    ("webhook", "patch"): Scope.CONFIG_WRITE,
    ("webhook", "delete"): Scope.CONFIG_WRITE,
    ("webhook-rotate", "post"): Scope.CONFIG_WRITE,
    ("webhook-test", "post"): Scope.CONFIG_WRITE,
    ("webhook-retry", "post"): Scope.CONFIG_WRITE,
    ("webhook-deliveries", "get"): Scope.CONFIG_READ,
    ("webhook-delivery", "get"): Scope.CONFIG_READ,
    ("webhook-delivery-retry", "post"): Scope.CONFIG_WRITE,
    ("outbox", "get"): Scope.CONFIG_READ,
    ("outbox-retry", "post"): Scope.CONFIG_WRITE,
    ("pool-members", "get"): Scope.CONFIG_READ,
    ("pool-members", "post"): Scope.CONFIG_WRITE,
    ("pool-member", "get"): Scope.CONFIG_READ,
    ("pool-member", "patch"): Scope.CONFIG_WRITE,
    ("pool-member", "delete"): Scope.CONFIG_WRITE,
    ("pool-pause", "post"): Scope.CONFIG_WRITE,
    ("pool-resume", "post"): Scope.CONFIG_WRITE,
    ("routing-pause", "post"): Scope.CONFIG_WRITE,
    ("routing-resume", "post"): Scope.CONFIG_WRITE,
    ("scheduled", "get"): Scope.CONFIG_READ,
    ("scheduled-one", "delete"): Scope.CONFIG_WRITE,
    ("rollback", "post"): Scope.CONFIG_WRITE,
    ("version", "get"): Scope.CONFIG_READ,
    ("lint", "get"): Scope.CONFIG_READ,
    ("repair", "post"): Scope.CONFIG_WRITE,
    ("repairs", "get"): Scope.CONFIG_READ,
    ("repair-run", "get"): Scope.CONFIG_READ,
    ("repair-cancel", "post"): Scope.CONFIG_WRITE,
    ("simulations", "post"): Scope.CONFIG_READ,
    ("replays", "get"): Scope.CONFIG_READ,
    ("replays", "post"): Scope.CONFIG_WRITE,
    ("replay", "get"): Scope.CONFIG_READ,
    ("replay-cancel", "post"): Scope.CONFIG_WRITE,
    ("preset", "post"): Scope.CONFIG_WRITE,
    ("performance", "get"): Scope.INSIGHTS_READ,
    ("speed", "get"): Scope.INSIGHTS_READ,
    ("fairness", "get"): Scope.INSIGHTS_READ,
    ("coverage", "get"): Scope.INSIGHTS_READ,
    ("pool-end-control", "post"): Scope.CONFIG_WRITE,
    ("load", "get"): Scope.INSIGHTS_READ,
    ("pool-ledger", "get"): Scope.CONFIG_READ,
    ("publish", "post"): Scope.CONFIG_WRITE,
    ("versions", "get"): Scope.CONFIG_READ,
    ("diff", "get"): Scope.CONFIG_READ,
    ("inbound-rotate", "post"): Scope.CONFIG_WRITE,
    ("audit", "get"): Scope.CONFIG_READ,
    ("person-search", "post"): Scope.LEADS_READ,
    ("person-export", "post"): Scope.LEADS_READ,
    ("person-erase", "post"): Scope.CONFIG_WRITE,
    ("leads-import", "post"): Scope.LEADS_WRITE,
    ("imports", "get"): Scope.LEADS_WRITE,
    ("imports", "post"): Scope.LEADS_WRITE,
    ("import", "get"): Scope.LEADS_WRITE,
    ("import-rows", "get"): Scope.LEADS_WRITE,
    **{(f"import-{act}", "post"): Scope.LEADS_WRITE for act in ("confirm", "cancel", "undo")},
}
ALSO = {name: {Scope.CONFIG_WRITE} for name, _ in NEEDED if name.startswith("import")}
"""What files are about, their sections say: leads, or the configuration."""
OPEN_TO_ALL = {"schema", "docs", "unknown"}
CALLS = [(name, method, scope) for (name, method), scope in NEEDED.items()]


def call(client: Client, name: str, method: str) -> Any:
    needed = next(str(pattern.pattern).count("<") for pattern in urlpatterns if pattern.name == name)
    return client.generic(
        method.upper(),
        reverse(f"api:{name}", args=[NO_SUCH_ID] * needed),
        b"{}",
        content_type="application/json",
    )


def served_by(pattern: URLPattern) -> set[tuple[str, str]]:
    view = pattern.callback.view_class  # type: ignore[attr-defined]
    return {
        (str(pattern.name), method)
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(view, method) and method in view.http_method_names
    }


def test_every_address_and_method_is_listed_here() -> None:
    served = set().union(*(served_by(pattern) for pattern in urlpatterns if pattern.name not in OPEN_TO_ALL))

    assert served == NEEDED.keys()


@pytest.mark.parametrize(("name", "method", "scope"), CALLS)
def test_without_a_key_nothing_is_answered(db: None, name: str, method: str, scope: Scope) -> None:
    answer = call(Client(), name, method)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(("name", "method", "scope"), CALLS)
def test_every_scope_opens_its_addresses_and_no_others(
    api_with: Callable[..., Client], name: str, method: str, scope: Scope
) -> None:
    allowed = {given for given in Scope.values if call(api_with(given), name, method).status_code != 403}

    assert allowed == {scope} | ALSO.get(name, set())


@pytest.mark.parametrize(("name", "method", "scope"), CALLS)
def test_a_revoked_key_opens_nothing(new_key: NewKey, name: str, method: str, scope: Scope) -> None:
    ApiKey.objects.update(revoked_at=datetime.now(UTC))

    assert call(client_with(new_key.secret), name, method).status_code == 401


@pytest.mark.parametrize(("name", "method", "scope"), CALLS)
def test_an_expired_key_opens_nothing(new_key: NewKey, name: str, method: str, scope: Scope) -> None:
    ApiKey.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert call(client_with(new_key.secret), name, method).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer a b",
        "Basic dXNlcjpwYXNzd29yZA==",
        "Token abc",
        "Bearer \xff\xfe",
        "Bearer " + "x" * 8000,
        "wrong",
    ],
)
def test_a_wrong_key_is_refused(new_key: NewKey, header: str) -> None:
    answer = Client(headers={"Authorization": header}).get(f"{API}/leads")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_the_first_characters_of_a_key_are_no_key(new_key: NewKey) -> None:
    for wrong in (new_key.key.prefix, new_key.key.digest, new_key.secret[:-1], new_key.secret + "x"):
        assert client_with(wrong).get(f"{API}/leads").status_code == 401


def test_the_word_bearer_is_read_in_any_case(new_key: NewKey) -> None:
    assert Client(headers={"Authorization": f"bearer {new_key.secret}"}).get(f"{API}/leads").status_code == 200


def test_a_sign_in_to_the_admin_is_no_key(admin_client: Client) -> None:
    assert admin_client.get(f"{API}/leads").status_code == 401


def test_the_schema_and_its_page_are_open_to_everybody(client: Client, db: None) -> None:
    assert [client.get(reverse(f"api:{name}")).status_code for name in ("schema", "docs")] == [200, 200]


# --- what is kept of a key ---------------------------------------------------------------------------------------


def test_the_secret_itself_is_kept_nowhere(new_key: NewKey) -> None:
    row = ApiKey.objects.values().get()

    assert new_key.secret not in str(row)
    assert new_key.secret.startswith(row["prefix"])
    assert len(row["digest"]) == 64


def test_a_use_is_noted_once_a_minute(api: Client) -> None:
    api.get(f"{API}/leads")
    noted = ApiKey.objects.get().last_used_at

    api.get(f"{API}/leads")

    assert noted is not None
    assert ApiKey.objects.get().last_used_at == noted


def test_a_use_after_a_minute_is_noted_again(api: Client, key: ApiKey) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    ApiKey.objects.update(last_used_at=long_ago)

    api.get(f"{API}/leads")

    key.refresh_from_db()
    assert key.last_used_at is not None
    assert key.last_used_at > long_ago


def test_a_key_that_was_just_used_is_not_looked_up_again(api: Client) -> None:
    api.get(f"{API}/leads")

    with CaptureQueriesContext(connection) as queries:
        api.get(f"{API}/leads")

    assert not [query for query in queries if "routing_apikey" in query["sql"]]


def test_a_revoked_key_stops_when_its_moment_of_trust_is_over(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 0.0)
    api.get(f"{API}/leads")
    ApiKey.objects.update(revoked_at=datetime.now(UTC))

    assert api.get(f"{API}/leads").status_code == 401


def test_a_remembered_key_expires_on_time(api: Client, new_key: NewKey) -> None:
    api.get(f"{API}/leads")
    remembered, _ = authentication._recent[new_key.key.digest]
    remembered.key.expires_at = datetime.now(UTC) - timedelta(seconds=1)

    assert api.get(f"{API}/leads").status_code == 401


def test_a_key_with_several_scopes_does_several_things(api_with: Callable[..., Client]) -> None:
    client = api_with(Scope.LEADS_READ, Scope.CONFIG_READ)

    assert [client.get(f"{API}/{path}").status_code for path in ("leads", "reps")] == [200, 200]


def test_the_answer_says_which_scope_is_missing(api_with: Callable[..., Client]) -> None:
    problem = api_with(Scope.LEADS_WRITE).get(f"{API}/leads").json()

    assert (problem["title"], problem["detail"]) == ("Forbidden", "This key lacks the scope leads:read.")


def test_two_keys_never_have_the_same_secret(db: None) -> None:
    first, second = (create_api_key(name="twin", scopes=["leads:read"]) for _ in range(2))

    assert first.secret != second.secret
