"""What a Content-Type says of the text: whatever it is, at every kind of address, it costs nobody an answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from django.test import RequestFactory

from leadrouting.requests import Request
from leadrouting.wsgi import application
from routing.models import Form

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database("read before any database is asked")]
ADDRESSES = (
    "/readyz", "/f/demo/", "/f/demo/embed.js", "/in/nobody", "/api/v1/leads", "/api/v1/leads/import", "/api/v1/docs/",
    "/inbox/login/", "/inbox/password/", "/admin/login/", "/admin/", "/nowhere",
)  # fmt: skip
NO_CHARSETS = (
    "zlib",
    "base64",
    "rot13",
    "idna",
    "undefined",
    "punycode",
    "utf-16",
    "unicode_escape",
    "a b",
    "",
    "\xff",
)
UNREADABLE = ("charset*=nothing''%ff", "charset*=zlib''x", "boundary*=nothing''x", "charset*0=ut; charset*1=f-8")
PARAMETERS = (*(f"charset={each}" for each in NO_CHARSETS), *UNREADABLE)
FIELDS = {
    "application/x-www-form-urlencoded": b"username=a&password=%EB&email=mia%40globex.com",
    "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na\xeb\r\n--x--\r\n',
}


@pytest.fixture(autouse=True)
def _form() -> None:
    Form.objects.create(name="Demo", slug="demo")


def asked(method: str, path: str, kind: str, body: bytes) -> dict[str, Any]:
    """What the web server hands over."""
    plain = RequestFactory().generic(method, path, body, "text/plain", QUERY_STRING="lang=de&email=a%EB")
    return plain.environ | {"CONTENT_TYPE": kind}


def status_of(environ: dict[str, Any]) -> int:
    statuses: list[str] = []
    b"".join(application(environ, lambda status, headers: statuses.append(status)))
    return int(statuses[0].split()[0])


def failed(path: str, given: str) -> list[tuple[str, str]]:
    """What was asked for in vain: with a query, and with fields of both kinds."""
    sent = [("GET", "text/plain", b""), *(("POST", kind, body) for kind, body in FIELDS.items())]
    asking = ((method, kind, asked(method, path, f"{kind}; {given}", body)) for method, kind, body in sent)
    return [
        (method, kind) for method, kind, environ in asking if status_of(environ) >= HTTPStatus.INTERNAL_SERVER_ERROR
    ]


@pytest.mark.parametrize("given", PARAMETERS)
def test_no_charset_costs_an_answer(given: str) -> None:
    assert failed("/f/demo/", given) == []


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("given", ["charset=zlib", "charset*=nothing''%ff"])
def test_so_it_is_at_every_kind_of_address(path: str, given: str) -> None:
    assert failed(path, given) == []


def test_text_is_read_in_the_charset_of_its_sender() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="first_name"\r\n\r\nZo\xeb\r\n--x--\r\n'
    request = Request(asked("POST", "/f/demo/", "multipart/form-data; boundary=x; charset=latin1", body))

    assert request.POST["first_name"] == "Zoë"
