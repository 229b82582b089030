"""A second step and an OpenID provider: with settings that ask for them, in a run of pytest of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from leadrouting.identity.configuration import apps_of, middleware_of, read_identity, settings_of
from tests.security.openid import CLIENT, SECRET

ROOT = Path(__file__).parents[2]
OIDC = {"OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET, "OIDC_NAME": "Acme"}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.mark.processes
@pytest.mark.further
@pytest.mark.one_database("a run of its own, on SQLite")
def test_with_both_switched_on_every_case_holds(tmp_path):
    issuer = f"http://127.0.0.1:{free_port()}"

    passed = run_with(
        tmp_path, "identity_cases.py", "identity_access_cases.py", MFA="required", OIDC_ISSUER=issuer, **OIDC
    )

    assert passed > 90


@pytest.mark.processes
@pytest.mark.further
@pytest.mark.one_database("a run of its own, on SQLite")
def test_a_second_step_that_is_optional_is_asked_of_whoever_has_set_it_up(tmp_path):
    assert run_with(tmp_path, "identity_optional_cases.py", MFA="optional") > 3


def run_with(folder, *files, **asked):
    """How many cases passed; all that there are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADROUTING_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]

    run = subprocess.run(
        [*command, *(f"tests/security/{file}" for file in files)],
        cwd=ROOT, env=kept | asked | {"TMPDIR": str(folder)}, capture_output=True, text=True,
    )  # fmt: skip

    assert run.returncode == 0, run.stdout + run.stderr
    return int(re.search(r"(\d+) passed", run.stdout)[1])


class TestOff:
    def test_nothing_of_it_is_there(self):
        assert not any(
            "allauth" in name or "identity" in name for name in settings.INSTALLED_APPS + settings.MIDDLEWARE
        )
        assert not hasattr(settings, "ACCOUNT_ADAPTER")

    @pytest.mark.parametrize("name", ["mfa_index", "account_login", "openid_connect_login"])
    def test_it_has_no_addresses(self, name):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def read(monkeypatch, **given):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return read_identity()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"MFA": "yes"}, "MFA: “yes” is none of: off, optional, required."),
        ({"OIDC_ISSUER": "https://login.acme.example"}, "needs OIDC_CLIENT_ID"),
        ({"OIDC_ONLY": "1"}, "would let nobody in"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_in_words(monkeypatch, given, text):
    with pytest.raises(ImproperlyConfigured, match=re.escape(text)):
        read(monkeypatch, **given)


def test_each_part_brings_only_what_it_needs(monkeypatch):
    only_steps = read(monkeypatch, MFA="optional")
    monkeypatch.delenv("MFA")
    only_provider = read(monkeypatch, OIDC_ISSUER="https://login.acme.example/", **OIDC)

    assert not any("socialaccount" in name for name in apps_of(only_steps))
    assert not any(
        "mfa" in name or "SecondStep" in name for name in apps_of(only_provider) + middleware_of(only_provider)
    )
    assert only_provider.issuer == "https://login.acme.example"
    assert settings_of(only_provider)["SOCIALACCOUNT_STORE_TOKENS"] is False
