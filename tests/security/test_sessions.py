"""Sessions, cookies and headers: what a stolen, planted or forgotten one is worth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import make_rep

PASSWORD = "a good password"
PAGES = ("/inbox/login/", "/admin/login/")
pytestmark = pytest.mark.one_database("browsers and their cookies, whatever the database")
PRODUCTION = """
import json, django; django.setup()
from django.core.management import call_command
from django.test import Client
call_command("check", deploy=True, fail_level="WARNING")
page = Client().get("/inbox/login/", secure=True, HTTP_HOST="leads.example.com")
plain = Client().get("/inbox/login/", HTTP_HOST="leads.example.com")
stranger = Client().get("/inbox/login/", secure=True, HTTP_HOST="evil.example")
print(json.dumps({"headers": dict(page.headers), "cookies": page.cookies.output(header=""),
    "plain": [plain.status_code, plain["Location"]], "stranger": stranger.status_code}))
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if "_COOKIE_" in name}, default=str))
"""


@pytest.fixture
def ana(db) -> User:
    user = User.objects.create_user("ana@acme.example", "ana@acme.example", PASSWORD, is_staff=True, is_superuser=True)
    make_rep("Ana Diaz", email=user.email, user=user)
    return user


def sign_in(client: Client, page: str = PAGES[0], **given: str):
    return client.post(page, {"username": "ana@acme.example", "password": PASSWORD, **given})


@pytest.mark.parametrize("page", PAGES)
def test_a_planted_session_is_worth_nothing_after_the_sign_in(ana, page):
    client = Client()
    client.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted = client.session.session_key
    sign_in(client, page)

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert thief.get("/inbox/").status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_nobody_is_signed_in_by_a_form_of_another_site(ana, page):
    client = Client(enforce_csrf_checks=True)

    assert sign_in(client, page).status_code == 403
    assert client.get("/inbox/").status_code == 302


def test_the_token_of_a_page_is_another_after_the_sign_in(ana):
    client = Client()
    client.get(PAGES[0])
    before = client.cookies[settings.CSRF_COOKIE_NAME].value
    sign_in(client)

    assert client.cookies[settings.CSRF_COOKIE_NAME].value != before


def test_signing_out_ends_the_session_also_for_whoever_kept_the_cookie(ana):
    client = Client()
    sign_in(client)
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/inbox/logout/")
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept

    assert thief.get("/inbox/").status_code == 302


def test_a_new_password_ends_all_other_sessions(ana):
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        sign_in(client)
    form = {"old_password": PASSWORD, "new_password1": "another good one 7", "new_password2": "another good one 7"}
    assert here.post("/admin/password_change/", form).status_code == 302

    assert [client.get("/inbox/").status_code for client in (here, elsewhere)] == [200, 302]


def test_whoever_is_switched_off_is_out_at_once(ana):
    client = Client()
    sign_in(client)
    User.objects.update(is_active=False)

    assert [client.get(page).status_code for page in ("/inbox/", "/admin/")] == [302, 302]
    assert sign_in(Client()).status_code == 200


def test_a_session_ends_by_itself(ana, settings):
    client = Client()
    sign_in(client)

    assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == settings.SESSION_COOKIE_AGE == 14 * 24 * 3600


@pytest.mark.parametrize("page", PAGES)
def test_signing_in_leads_to_no_other_site(ana, page):
    for stranger in (
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "https:evil.example",
        "/\\evil",
    ):
        assert "evil" not in sign_in(Client(), page, next=stranger)["Location"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(ana):
    client = Client()
    client.get(PAGES[0])
    sign_in(client)

    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.BROWSER_COOKIE_NAME):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", ""), (
            name
        )


@pytest.fixture(scope="module")
def production(tmp_path_factory) -> tuple[dict, dict]:
    """What a production with the settings of the docs answers, and its cookies."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADROUTING_")}
    given = {
        "PRODUCTION": "1", "SECRET_KEY": "x" * 20 + "abcdefghijklmnopqrstuvwxyz0123456789!", "BEHIND_PROXY": "1",
        "ALLOWED_HOSTS": "leads.example.com", "PUBLIC_URL": "https://leads.example.com",
        "EMAIL_URL": "smtp+tls://mail.example", "LEADROUTING_DATA": str(tmp_path_factory.mktemp("data")),
        "DJANGO_SETTINGS_MODULE": "leadrouting.settings", "MFA": "required", "LEAD_RETENTION_DAYS": "730",
    }  # fmt: skip
    command, place = [sys.executable, "-c", PRODUCTION], Path(__file__).parents[2]
    run = subprocess.run(command, env=kept | given, cwd=place, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    answer, cookies = run.stdout.strip().splitlines()[-2:]
    return json.loads(answer), json.loads(cookies)


@pytest.mark.processes
class TestProduction:
    def test_plain_http_is_sent_to_https(self, production):
        assert production[0]["plain"] == [301, "https://leads.example.com/inbox/login/"]

    def test_a_year_of_https_only(self, production):
        header = production[0]["headers"]["Strict-Transport-Security"]

        assert header == "max-age=31536000; includeSubDomains; preload"

    def test_other_host_names_are_not_answered(self, production):
        assert production[0]["stranger"] == 400

    def test_cookies_are_bound_to_this_host_and_to_https(self, production):
        answer, cookies = production

        assert {cookies[f"{name}_COOKIE_NAME"] for name in ("SESSION", "CSRF", "BROWSER")} == {
            "__Host-sessionid", "__Host-csrftoken", "__Host-browser",
        }  # fmt: skip
        assert cookies["SESSION_COOKIE_SECURE"] and cookies["CSRF_COOKIE_SECURE"]
        assert cookies["SESSION_COOKIE_DOMAIN"] is None
        assert "Secure" in answer["cookies"] and "Path=/" in answer["cookies"]
