"""The command that makes a key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from routing.models import ApiKey, Scope
from routing.services.api_keys import usable_key
from tests.factories import make_rep


def create(name: str = "website", *, scopes: str = "leads:write", **options: Any) -> str:
    out = StringIO()
    call_command("create_api_key", name, scopes=scopes, stdout=out, **options)
    return out.getvalue()


def test_the_key_is_printed_alone_and_works(db: None) -> None:
    printed = create(scopes="leads:write, leads:read")

    key = usable_key(secret=printed.strip(), now=datetime.now(UTC))
    assert printed.count("\n") == 1
    assert key is not None
    assert (key.name, key.scopes) == ("website", ["leads:write", "leads:read"])


@pytest.mark.parametrize("scopes", ["leads:everything", "leads:read,leads", "", ","])
def test_an_unknown_scope_is_refused_with_the_known_ones(db: None, scopes: str) -> None:
    with pytest.raises(CommandError, match=", ".join(Scope.values)):
        create(scopes=scopes)

    assert not ApiKey.objects.exists()


def test_a_key_can_have_an_end_and_a_tester(db: None) -> None:
    create(expires_days=30, test_email="tester@acme.example")

    key = ApiKey.objects.get()
    assert key.expires_at is not None
    assert abs(key.expires_at - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)
    assert key.test_email == "tester@acme.example"


def test_the_key_of_a_rep_is_for_their_own_leads_only(db: None) -> None:
    rep = make_rep("Ana")

    with pytest.raises(CommandError, match="config:read, insights:read shows what is everybody's"):
        create(scopes="leads:read,config:read,insights:read", rep=rep.email)
    assert not ApiKey.objects.exists()


def test_a_key_can_belong_to_a_rep(db: None) -> None:
    ana = make_rep("Ana")

    create(rep=ana.email.upper())

    assert ApiKey.objects.get().rep == ana


@pytest.mark.parametrize("address", ["nobody@acme.example", " "])
def test_a_key_of_a_rep_that_is_unknown_is_refused(db: None, address: str) -> None:
    with pytest.raises(CommandError, match="--rep: there is no rep"):
        create(rep=address)

    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(("option", "value"), [("expires_days", 0), ("expires_days", 10**9), ("test_email", "nobody")])
def test_an_option_that_makes_no_sense_is_refused(db: None, option: str, value: Any) -> None:
    with pytest.raises(CommandError, match=option.replace("_", "-")):
        create(**{option: value})


@pytest.mark.parametrize("name", [" ", "x" * 101])
def test_a_key_needs_a_name(db: None, name: str) -> None:
    with pytest.raises(CommandError, match="name"):
        create(name)
