"""Where visitors go on after sending: to hosts that the form names, whatever is filled into the address."""

from __future__ import annotations

from typing import Any

import pytest

from routing.models import Form
from routing.rulebook.config.forms import wrong_with_form
from routing.services.forms.thanks import Known, redirect_of

HOSTS = ["www.example.com"]
EVIL = Known("Mia", "evil.example/", "https://evil.example/x")
PLACES = "Only the values of its query may have"


def said(address: str, hosts: list[str] = HOSTS) -> str:
    form = {"name": "f", "fields": [{"field": "email"}], "redirect_url": address, "redirect_hosts": hosts}
    return " ".join(f"{error.path}: {error.message}" for error in wrong_with_form(form))


@pytest.mark.parametrize(
    "address",
    [
        "https://www.example.com/thanks",
        "https://www.example.com/thanks?rep={rep}&to={booking}#top",
        "https://www.example.com/?x=by-{rep}",
        "{booking}",
    ],
)
def test_proper_addresses_are_kept(address: str) -> None:
    assert said(address) == ""


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("https://{rep}.example.com/", ["x.example.com", "{rep}.example.com"[5:]]),
        ("https://{rep}/", ["x"]),
        ("https://www.example.com.{rep}/", ["www.example.com.x"]),
        ("https://{rep}@www.example.com/", HOSTS),
        ("https://www.example.com:{rep}/", HOSTS),
        ("https://www.example.com/book/{rep}", HOSTS),
        ("https://www.example.com/{booking}", HOSTS),
        ("https://www.example.com/?{rep}=x", HOSTS),
        ("https://www.example.com/?{rep}", HOSTS),
        ("https://www.example.com/#{rep}", HOSTS),
        ("https://www.example.com/?x=1#y={rep}", HOSTS),
        ("{booking}/x", HOSTS),
        ("{booking}?x={rep}", HOSTS),
        ("{booking}.example.com", HOSTS),
        ("{rep}", HOSTS),
        ("https{rep}://www.example.com/", HOSTS),
    ],
)
def test_nothing_is_filled_in_elsewhere(address: str, hosts: list[str]) -> None:
    assert PLACES in said(address, hosts)
    assert redirect_of(Form(redirect_url=address, redirect_hosts=hosts), EVIL) == ""


@pytest.mark.parametrize("place", ["{email}", "{first_name}", "{rep.password}", "{}", "{0}", "{Rep}"])
@pytest.mark.parametrize("address", ["https://www.example.com/book/{}", "https://www.example.com/?x={}"])
def test_nothing_else_is_filled_in(address: str, place: str) -> None:
    """Least of all what tells other sites who somebody is."""
    address = address.replace("{}", place)

    assert f"{place} is nothing that is filled in here. There are {{rep}} and {{booking}}." in said(address)
    assert redirect_of(Form(redirect_url=address, redirect_hosts=HOSTS), EVIL) == ""


@pytest.mark.parametrize(
    "address",
    [
        "//www.example.com/", "/thanks", "javascript:alert(1)", "https:www.example.com", "https:/\\evil.example/",
        "https://www.example.com\\@evil.example/", "https://www.example.com@evil.example/", "https://www.example.com:99999/",
        "https://www.example.com\t.evil.example/", "http://www.example.com/", "data:text/html,x", "https://", "{rep",
    ],
)  # fmt: skip
def test_what_browsers_read_in_another_way_is_refused(address: str) -> None:
    assert said(address).startswith("redirect_url: ")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/?x={rep}", "https://www.example.com.evil.example/", "https://sub.www.example.com/",
        "https://www.example.com:8443/",
    ],
)  # fmt: skip
def test_only_hosts_that_are_named(address: str) -> None:
    assert said(address).startswith("redirect_hosts: the host of redirect_url is not among them.")
    assert redirect_of(Form(redirect_url=address, redirect_hosts=HOSTS), EVIL) == ""


@pytest.mark.parametrize(
    ("booking", "goes_to"),
    [
        ("https://www.example.com/ana", "https://www.example.com/ana"),
        ("https://evil.example/ana", ""),
        ("https://www.example.com@evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_a_reps_booking_page_is_gone_to_only_at_a_host_that_is_named(booking: str, goes_to: str) -> None:
    assert redirect_of(Form(redirect_url="{booking}", redirect_hosts=HOSTS), Known("", "Ana", booking)) == goes_to


@pytest.mark.parametrize("rep", ["a&to=https://evil.example", "a#b", "../..", "\r\nX: y", "evil.example/", "ü"])
def test_what_is_filled_in_stays_one_value(rep: str) -> None:
    form = Form(redirect_url="https://www.example.com/?rep={rep}&x=1", redirect_hosts=HOSTS)

    address = redirect_of(form, Known("", rep, ""))

    assert address.startswith("https://www.example.com/?rep=") and address.endswith("&x=1")
    assert not any(character in address.removeprefix("https://www.example.com/?rep=")[:-4] for character in "&#/\r\n")


def test_nothing_leads_anywhere_without_hosts() -> None:
    form: Any = Form(redirect_url="https://www.example.com/?rep={rep}", redirect_hosts=[])

    assert redirect_of(form, EVIL) == ""
