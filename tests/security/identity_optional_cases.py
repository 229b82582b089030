"""Cases of signing in with MFA=optional; run by test_identity.py with this setting."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.security import identity_cases as required
from tests.security.identity_cases import CODE, SIGN_IN, by_password, code_of, who

pytestmark = pytest.mark.django_db
frozen_clock, boss, app = required.frozen_clock, required.boss, required.app


def test_the_password_alone_opens_the_admin_until_there_is_an_app(boss):
    assert who(by_password(boss))[0] == 200


def test_from_then_on_the_password_alone_opens_nothing(boss, app):
    client = by_password(boss)

    assert (who(client), client.get("/second-step/codes/").status_code) == ((302, 302), 302)


def test_password_and_code_open_the_admin(boss, app):
    client = by_password(boss)
    client.post(CODE, {"code": code_of(app)})

    assert who(client)[0] == 200


def test_a_session_made_by_another_way_is_half_a_sign_in(boss, app):
    client = Client()
    client.force_login(boss)

    assert who(client) == (302, 302)
    assert client.get(SIGN_IN).status_code == 200


def test_there_is_no_address_of_a_provider():
    assert Client().post("/oidc/company/login/").status_code == 404
