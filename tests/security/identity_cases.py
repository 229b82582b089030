"""Cases of signing in with MFA=required and an OpenID provider; run by test_identity.py with these settings."""

from __future__ import annotations

import base64
import hmac
import html
import re
import struct
import time
from datetime import timedelta
from io import StringIO
from types import ModuleType
from urllib.parse import urlsplit

import httpx
import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import include, path

from leadrouting.identity.urls import addresses
from routing.models import AuditEntry, OutboxMessage
from routing.notifications.briefs import load_briefs
from routing.services.access import Role
from routing.services.sign_ins import sign_in_mail
from tests.factories import make_rep
from tests.security.openid import make_key, running

PASSWORD = "a good password"
SIGN_IN, CODE, SET_UP = "/inbox/login/", "/second-step/authenticate/", "/second-step/app/activate/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen_clock(now):
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def make_user(name, *, staff=False):
    user = User.objects.create_user(f"{name}@acme.example", f"{name}@acme.example", PASSWORD, is_staff=staff)
    if staff:
        user.groups.add(Group.objects.get(name=Role.ADMIN.value))
    else:
        make_rep(name, email=user.email, user=user)
    return user


@pytest.fixture
def boss():
    return make_user("boss", staff=True)


@pytest.fixture
def ana():
    return make_user("ana")


def code_of(secret, at=None):
    """RFC 6238, computed here anew."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    number = struct.unpack(">I", digest[digest[-1] & 15 :][:4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def by_password(user, client=None, page=SIGN_IN, **extra):
    client = client or Client()
    client.post(page, {"username": user.username, "password": PASSWORD, **extra})
    return client


def set_up(client):
    """The secret of the app, once its first code was taken."""
    secret = client.get(SET_UP).context["form"].secret
    assert client.post(SET_UP, {"code": code_of(secret)}).status_code == 302
    return secret


def who(client):
    """Whom the admin and the inbox let in."""
    return client.get("/admin/").status_code, client.get("/inbox/").status_code


@pytest.fixture
def app(boss, frozen_clock):
    """The secret of the boss's app, and a while later."""
    secret = set_up(by_password(boss))
    frozen_clock.shift(timedelta(hours=1))
    return secret


class TestSecondStep:
    def test_the_admin_has_no_sign_in_of_its_own(self, boss):
        client = Client()

        assert client.get("/admin/login/?next=/admin/auth/")["Location"] == "/inbox/login/?next=%2Fadmin%2Fauth%2F"
        assert who(by_password(boss, client, "/admin/login/")) == (302, 302)

    def test_whoever_may_open_the_admin_sets_up_an_app_first(self, boss):
        client = by_password(boss)
        before = who(client)
        assert client.get(SIGN_IN)["Location"] == SET_UP

        set_up(client)

        assert (before, who(client)) == ((302, 302), (200, 403))

    def test_the_password_alone_opens_nothing_from_then_on(self, boss, app):
        client = by_password(boss)

        assert who(client) == (302, 302)
        assert client.get("/second-step/").status_code == client.get("/second-step/codes/").status_code == 302

    def test_password_and_code_open_what_was_asked_for(self, boss, app):
        client = by_password(boss, next="/admin/auth/user/")

        answer = client.post(CODE, {"code": code_of(app)})

        assert answer["Location"] == "/admin/auth/user/"
        assert client.get("/admin/auth/user/").status_code == 200

    @pytest.mark.parametrize("code", ["000000", "", "x" * 10_000, "１２３４５６", "-1", "\x00"])
    def test_a_wrong_code_does_not(self, boss, app, code):
        client = by_password(boss)
        client.post(CODE, {"code": code})

        assert who(client) == (302, 302)

    def test_a_code_opens_once(self, boss, app):
        by_password(boss).post(CODE, {"code": code_of(app)})
        second = by_password(boss)
        cache.clear()  # as another process of the web server has it

        assert b"used already" in second.post(CODE, {"code": code_of(app)}).content
        assert who(second) == (302, 302)

    @pytest.mark.parametrize("written", ["{}-{}", "{}{}"])
    def test_nor_written_otherwise_or_a_while_later(self, boss, app, frozen_clock, written):
        frozen_clock.move_to(int(time.time()) // 900 * 900 + 899)  # just before the counts begin anew
        code = code_of(app)
        by_password(boss).post(CODE, {"code": code})
        second = by_password(boss)
        cache.clear()
        frozen_clock.shift(timedelta(seconds=20))

        assert b"used already" in second.post(CODE, {"code": written.format(code[:3], code[3:])}).content
        assert who(second) == (302, 302)

    def test_with_a_lost_secret_key_nobody_is_let_in_and_told_why(self, boss, app, settings):
        settings.SECRET_KEY = "another one"
        client = by_password(boss)

        assert b"cannot be read any more" in client.post(CODE, {"code": code_of(app)}).content
        assert who(client) == (302, 302)

    def test_guessing_codes_comes_to_an_end(self, boss, app):
        client = by_password(boss)
        for n in range(settings.SIGN_IN_TRIES):
            client.post(CODE, {"code": f"{n:06d}"})

        answer = client.post(CODE, {"code": code_of(app)})

        assert (answer.status_code, answer["Retry-After"]) == (429, "900")
        assert b"Wait 15 minutes" in answer.content

    def test_a_code_without_the_password_is_nothing(self, app):
        client = Client()

        assert client.post(CODE, {"code": code_of(app)})["Location"] == SIGN_IN
        assert who(client) == (302, 302)

    def test_a_session_made_by_another_way_is_half_a_sign_in(self, boss, app):
        client = Client()
        client.force_login(boss)

        assert who(client) == (302, 302)
        assert client.get("/admin/auth/user/").status_code == 302

    def test_the_link_of_a_mail_is_no_way_around(self, boss, app, now):
        client = Client()
        client.post("/inbox/password/", {"address": boss.email})
        mail = sign_in_mail(load_briefs(list(OutboxMessage.objects.all())), None, now)
        page = client.get(re.search(r"http://[^/]+(/inbox/password/\S+)", mail.text)[1], follow=True)
        client.post(page.request["PATH_INFO"], {f"new_password{n}": "another good one 7" for n in (1, 2)})

        assert who(client) == (302, 302)
        assert client.get(SIGN_IN).status_code == 200

    def test_a_recovery_code_opens_once(self, boss, app):
        recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
        first, second = by_password(boss), by_password(boss)
        for client in (first, second):
            client.post(CODE, {"code": recovery})

        assert (who(first), who(second)) == ((200, 403), (302, 302))

    def test_recovery_codes_are_shown_and_saved_by_their_owner(self, boss):
        client = by_password(boss)
        set_up(client)
        shown = client.get("/second-step/codes/").content.decode()

        assert shown.count("<li><code>") == 10
        assert client.get("/second-step/codes/download/").content.decode().split()[0] in shown

    def test_the_session_gets_another_name_at_every_step(self, boss, app):
        client = Client()
        client.get(SIGN_IN)
        names = [client.cookies["sessionid"].value if "sessionid" in client.cookies else ""]
        by_password(boss, client)
        names.append(client.cookies["sessionid"].value)
        client.post(CODE, {"code": code_of(app)})
        names.append(client.cookies["sessionid"].value)

        assert len(set(names)) == 3

    def test_a_rep_may_do_without(self, ana):
        assert who(by_password(ana)) == (302, 200)

    def test_a_rep_who_has_one_is_asked_for_it(self, ana, frozen_clock):
        secret = set_up(by_password(ana))
        frozen_clock.shift(timedelta(hours=1))
        client = by_password(ana)
        before = who(client)
        client.post(CODE, {"code": code_of(secret)})

        assert (before, who(client)) == ((302, 302), (302, 200))

    def test_who_needs_one_cannot_switch_it_off(self, boss):
        client = by_password(boss)
        set_up(client)

        assert b"Everybody who may open the admin" in client.post("/second-step/app/deactivate/").content
        assert Authenticator.objects.filter(type="totp").exists()

    def test_a_rep_switches_it_off_after_the_password_was_asked_again(self, ana, frozen_clock):
        client = by_password(ana)
        set_up(client)
        frozen_clock.shift(timedelta(hours=1))
        asked = client.post("/second-step/app/deactivate/")
        assert asked["Location"].startswith("/sign-in/password/")
        client.post("/sign-in/password/", {"password": PASSWORD})
        client.post("/second-step/app/deactivate/")

        assert not Authenticator.objects.exists()

    def test_the_secret_lies_encrypted_in_the_database(self, app):
        assert app not in str(list(Authenticator.objects.values()))

    @pytest.mark.parametrize("way", ["command", "admin"])
    def test_whoever_lost_their_phone_is_helped_in(self, boss, app, way):
        if way == "command":
            call_command("remove_second_step", boss.username, stdout=StringIO())
        else:
            other = by_password(make_user("other", staff=True))
            set_up(other)
            action = {"action": "remove_second_steps", "_selected_action": [boss.pk]}
            other.post("/admin/auth/user/", action)

        assert by_password(boss).get(SIGN_IN)["Location"] == SET_UP
        assert AuditEntry.objects.filter(action="second_step.removed", subject_id=str(boss.pk)).count() == 1

    def test_no_page_of_the_admin_shows_secrets_of_it(self, boss, app):
        client = by_password(boss)
        client.post(CODE, {"code": code_of(app)})

        assert client.get("/admin/mfa/authenticator/").status_code == 404
        assert client.get("/admin/account/emailaddress/").status_code == 404

    @pytest.mark.parametrize("page", ["signup/", "email/", "password/change/", "password/reset/"])
    def test_pages_of_the_library_that_are_not_needed_are_not_there(self, page):
        assert {Client().get(f"{start}{page}").status_code for start in ("/", "/accounts/", "/sign-in/")} == {404}


# --- the provider ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server():
    with running(urlsplit(settings.IDENTITY.issuer).port) as provider:
        yield provider


@pytest.fixture
def provider(server, ana):
    """Where Ana has a company account. Its tokens are dated by the real clock, so ours shows that, too."""
    server.be("ana@acme.example")
    with time_machine.travel(time_machine.escape_hatch.time.time(), tick=True):
        yield server


def leave(client, next_page=""):
    page = client.post("/oidc/company/login/" + (f"?next={next_page}" if next_page else ""))
    return html.unescape(re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.content.decode())[1])


def come_back(client, address):
    back = urlsplit(httpx.get(address).headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def through(client=None, next_page=""):
    client = client or Client()
    return client, come_back(client, leave(client, next_page))


class TestProvider:
    def test_somebody_known_by_a_verified_address_is_signed_in(self, provider):
        client, answer = through()

        assert answer["Location"] == "/inbox/"
        assert who(client) == (302, 200)

    def test_they_come_to_the_page_that_was_asked_for(self, provider):
        assert through(next_page="/inbox/numbers/")[1]["Location"] == "/inbox/numbers/"

    def test_never_to_a_stranger(self, provider):
        assert through(next_page="https://evil.example/")[1]["Location"] == "/inbox/"

    def test_the_same_person_is_known_later_under_another_address(self, provider, ana):
        through()
        provider.be("ana.diaz@acme.example", sub="id of ana@acme.example")

        assert through()[1]["Location"] == "/inbox/"

    def test_the_address_of_somebody_linked_is_no_way_in_for_another(self, provider):
        through()
        provider.be("ana@acme.example", sub="somebody else", verified=False)

        assert through()[1].status_code == 403

    @pytest.mark.parametrize("claims", [{"email_verified": False}, {"email": ""}, {"email": None}])
    def test_an_address_that_is_not_verified_lets_nobody_in(self, provider, claims):
        provider.claims = claims
        client, answer = through()

        assert (answer.status_code, who(client)) == (403, (302, 302))
        assert b"has not verified" in answer.content

    def test_somebody_unknown_is_not_let_in(self, provider):
        provider.be("mallory@acme.example")
        client, answer = through()

        assert (answer.status_code, User.objects.count()) == (403, 1)
        assert b"Nobody here has the address" in answer.content

    def test_an_address_that_two_have_is_nobodys(self, provider):
        User.objects.create_user("twin", "ANA@acme.example")

        assert through()[1].status_code == 403

    def test_somebody_switched_off_is_not_let_in(self, provider):
        User.objects.update(is_active=False)
        client, answer = through()

        assert client.get(answer["Location"]).status_code == 403
        assert who(client) == (302, 302)

    @pytest.mark.parametrize(
        "claims", [{"aud": "somebody else"}, {"iss": "https://evil.example"}, {"exp": 1}], ids=["aud", "iss", "exp"]
    )
    def test_a_token_for_somebody_else_or_from_elsewhere_or_too_old_is_refused(self, provider, claims):
        provider.claims = claims
        client, answer = through()

        assert (answer.status_code, who(client)) == (403, (302, 302))

    def test_a_token_that_another_signed_is_refused(self, provider):
        provider.signing_key = make_key()

        assert through()[1].status_code == 403

    def test_a_page_about_somebody_else_than_the_token_is_refused(self, provider):
        provider.about = {"sub": "another"}

        assert through()[1].status_code == 403

    def test_coming_back_in_another_browser_signs_nobody_in(self, provider):
        stranger = Client()
        answer = come_back(stranger, leave(Client()))

        assert (answer.status_code, who(stranger)) == (403, (302, 302))

    def test_coming_back_twice_signs_in_once(self, provider):
        client = Client()
        back = urlsplit(httpx.get(leave(client)).headers["Location"])
        client.get(f"{back.path}?{back.query}")
        client.post("/inbox/logout/")

        assert client.get(f"{back.path}?{back.query}").status_code == 403

    @pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?error=access_denied&state=x", "?code=x&state=x"])
    def test_coming_from_nowhere_signs_nobody_in(self, provider, query):
        assert Client().get(f"/oidc/company/callback/{query}").status_code == 403

    def test_leaving_needs_the_token_of_the_page(self, provider):
        assert Client(enforce_csrf_checks=True).post("/oidc/company/login/").status_code == 403
        assert Client().get("/oidc/company/login/").status_code == 405

    @pytest.mark.parametrize("process", ["connect", "redirect", "nonsense"])
    def test_one_goes_there_only_to_sign_in(self, provider, ana, process):
        client = by_password(ana)

        assert client.post(f"/oidc/company/login/?process={process}").status_code == 404
        assert client.post("/oidc/company/login/", {"process": process}).status_code == 404

    def test_other_providers_are_not_found(self, provider):
        assert Client().post("/oidc/google/login/").status_code == 404

    def test_a_provider_that_is_away_is_told_in_words(self, ana, monkeypatch):
        app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
        monkeypatch.setitem(app["settings"], "server_url", "http://127.0.0.1:9")
        answer = Client().post("/oidc/company/login/")

        assert answer.status_code == 502
        assert b"did not answer" in answer.content

    def test_whoever_may_open_the_admin_takes_the_second_step_too(self, provider, boss):
        provider.be(boss.email)
        client, _ = through()
        assert who(client) == (302, 302)
        secret = set_up(client)
        assert who(client) == (200, 403)

        again, answer = through()
        assert (answer["Location"], who(again)) == (CODE, (302, 302))
        assert secret

    def test_what_it_says_of_people_is_not_kept(self, provider):
        through()
        from allauth.socialaccount.models import SocialAccount, SocialToken  # noqa: PLC0415  only with these settings

        assert (SocialAccount.objects.get().extra_data, SocialToken.objects.count()) == ({}, 0)


@pytest.fixture
def only(settings):
    """As with OIDC_ONLY and OIDC_SIGN_UP."""
    settings.IDENTITY = settings.IDENTITY._replace(only=True, sign_up=Role.READ_ONLY.value)
    settings.AUTHENTICATION_BACKENDS = ["leadrouting.sign_in.passwords.NoPasswords"]
    module = ModuleType("only_urls")
    from leadrouting.urls import urlpatterns  # noqa: PLC0415  once the settings are there

    module.urlpatterns = [path("", include(addresses(settings.IDENTITY))), *urlpatterns[1:]]
    module.handler500 = "leadrouting.health.server_error"
    settings.ROOT_URLCONF = module


class TestOnly:
    def test_no_password_opens_anything(self, only, ana):
        assert who(by_password(ana)) == (302, 302)

    def test_whoever_got_in_by_password_before_is_out(self, ana, request):
        client = by_password(ana)
        request.getfixturevalue("only")

        assert who(client) == (302, 302)

    @pytest.mark.parametrize("page", ["/inbox/password/", "/inbox/password/MQ/cx2-token/"])
    def test_there_is_no_page_for_passwords(self, only, page):
        assert (Client().get(page).status_code, Client().post(page).status_code) == (404, 405)

    def test_the_sign_in_offers_the_provider_alone(self, only):
        page = Client().get(SIGN_IN).content.decode()

        assert "Sign in with Acme" in page
        assert "password" not in page

    def test_somebody_new_gets_the_role_that_the_settings_name(self, only, provider):
        provider.be("new@acme.example", given_name="Neo", family_name="Newman")
        through()

        user = User.objects.get(username="new@acme.example")
        assert [group.name for group in user.groups.all()] == ["Read-only"]
        assert (user.get_full_name(), user.has_usable_password(), user.is_superuser) == ("Neo Newman", False, False)
