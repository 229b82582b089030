"""Whatever is sent, the answer is a problem with a sentence in it, never a 500."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from routing.api.problems import MEDIA_TYPE, MOST_ERRORS
from routing.models import Lead
from tests.api.conftest import API, send

BAD_BODIES = {
    "no body": (b"", 400),
    "not JSON": (b"email=mia", 400),
    "broken off": (b'{"email": "mia@glo', 400),
    "a list": (b"[1]", 400),
    "a text": (b'"mia@globex.com"', 400),
    "null": (b"null", 400),
    "two objects": (b"{}{}", 400),
    "100,000 lists deep": (b'{"attributes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "100,000 objects deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "900 lists deep": (b'{"attributes": ' + b"[" * 900 + b"]" * 900 + b"}", 400),
    "a number of 5,000 digits": (b'{"email": "mia@globex.com", "employees": ' + b"9" * 5000 + b"}", 400),
    "a number beyond 64 bits": (b'{"email": "mia@globex.com", "employees": 18446744073709551616}', 400),
    "a negative number of 5,000 digits": (b'{"employees": -' + b"9" * 5000 + b"}", 400),
    "a fraction too large": (b'{"email": "mia@globex.com", "annual_revenue": 1e999}', 400),
    "NaN": (b'{"email": "mia@globex.com", "employees": NaN}', 400),
    "Infinity": (b'{"email": "mia@globex.com", "employees": -Infinity}', 400),
    "invalid UTF-8": (b'{"email": "mia@globex.com", "first_name": "\xff\xfe"}', 400),
    "UTF-16": ('{"email": "mia@globex.com"}'.encode("utf-16"), 400),
    "a surrogate in UTF-8": (b'{"email": "mia@globex.com", "first_name": "\xed\xa0\x80"}', 400),
    "a name twice": (b'{"email": "mia@globex.com", "email": "leo@globex.com"}', 400),
    "a name twice inside": (b'{"email": "mia@globex.com", "attributes": {"a": 1, "a": 2}}', 400),
    "an endless name": (b'{"email": "mia@globex.com", "' + b"x" * 900_000 + b'": 1}', 400),
    "a name that is a lone surrogate": (rb'{"email": "mia@globex.com", "\ud800": 1}', 400),
    "a name that is NUL": (rb'{"email": "mia@globex.com", "\u0000": 1}', 400),
    "an empty name": (b'{"email": "mia@globex.com", "": 1}', 400),
    "20,000 unknown names": (json.dumps({f"field{n}": n for n in range(20_000)}).encode(), 400),
    "3 MB": (b'{"email": "mia@globex.com", "message": "' + b"x" * 3_000_000 + b'"}', 413),
    "just over 1 MB": (b" " * (1024 * 1024 + 1), 413),
}
WRONG_VALUES: list[tuple[str, Any]] = [
    ("email", "no address"),
    ("email", ["mia@globex.com"]),
    ("email", {"address": "mia@globex.com"}),
    ("email", True),
    ("email", "a" * 300 + "@globex.com"),
    ("phone", "call me"),
    ("country", "Atlantis"),
    ("employees", -1),
    ("employees", 1.5),
    ("employees", 2**40),
    ("annual_revenue", "much"),
    ("kind", "holiday"),
    ("test", "yes"),
    ("consent", 1),
    ("utm", "campaign"),
    ("attributes", []),
    ("attributes", {"a": {"b": 1}}),
    ("attributes", {"a": [[1]]}),
    ("first_name", "x" * 101),
    ("external_id", {}),
]
CONTENT_TYPES = {
    "application/x-www-form-urlencoded": 415,
    "multipart/form-data; boundary=x": 415,
    "text/plain": 415,
    "text/json": 415,
    "application/json; charset=latin-1": 415,
    "application/json; charset=utf-16": 415,
    "application/vnd.api+json": 415,
    "": 415,
    "json": 415,
    "/": 415,
    ";;;=;": 415,
    "application/json" + ";a=b" * 5000: 415,
    "application/json": 202,
    "Application/JSON": 202,
    'application/json; charset="UTF-8"': 202,
    "application/json; charset=utf8": 202,
}


def post(client: Client, body: bytes, content_type: str = "application/json", **extra: Any) -> Any:
    return client.generic("POST", f"{API}/leads", body, content_type=content_type, **extra)


def assert_problem(answer: Any, status: int) -> None:
    assert (answer.status_code, answer["Content-Type"]) == (status, MEDIA_TYPE), answer.content[:500]
    problem = answer.json()
    assert problem.keys() >= {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert problem["detail"]


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_a_problem(api: Client, name: str) -> None:
    body, status = BAD_BODIES[name]

    assert_problem(post(api, body), status)
    assert not Lead.objects.exists()


@pytest.mark.parametrize(("field", "value"), WRONG_VALUES)
def test_a_wrong_value_is_named(api: Client, field: str, value: Any) -> None:
    answer = send(api, {"email": "mia@globex.com"} | {field: value})

    assert_problem(answer, 400)
    assert [name.partition(".")[0] for name in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_only_json_in_utf_8_is_read(api: Client, content_type: str) -> None:
    answer = post(api, b'{"email": "mia@globex.com"}', content_type)

    assert answer.status_code == CONTENT_TYPES[content_type]


def test_a_byte_order_mark_is_passed_over(api: Client) -> None:
    assert post(api, b'\xef\xbb\xbf{"email": "mia@globex.com"}').status_code == 202


def test_errors_are_few_and_short_enough_to_read(api: Client) -> None:
    problem = post(api, json.dumps({f"{n}" + "x" * 500: n for n in range(900)}).encode()).json()

    assert len(problem["errors"]) == MOST_ERRORS
    assert max(map(len, problem["errors"])) < 200


# --- bodies that lie about their length --------------------------------------------------------------------------


def test_a_body_that_says_it_is_too_large_is_not_read(api: Client) -> None:
    assert_problem(post(api, b"{}", CONTENT_LENGTH="3000000"), 413)


def test_a_body_shorter_than_it_says_is_not_json(api: Client) -> None:
    broken_off = {"CONTENT_LENGTH": "5000", "wsgi.input": BytesIO(b'{"email": "mia@globex.com"')}

    assert_problem(post(api, b"{}", **broken_off), 400)


@pytest.mark.parametrize("length", ["-5", "many", "1.5"])
def test_a_length_that_is_no_number_is_no_body(api: Client, length: str) -> None:
    assert_problem(post(api, b'{"email": "mia@globex.com"}', CONTENT_LENGTH=length), 400)


def chunked(client: Client, body: bytes, **environ: Any) -> Any:
    """What a server hands on of a chunked request: no length, and an input that ends by itself."""
    headers = {
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": BytesIO(body),
    }
    return post(client, b"", **headers | environ)


def test_a_chunked_body_is_read(api: Client) -> None:
    answer = chunked(api, b'{"email": "mia@globex.com"}', **{"wsgi.input_terminated": True})

    assert answer.status_code == 202


def test_a_chunked_body_is_never_read_beyond_the_limit(api: Client) -> None:
    assert_problem(chunked(api, b" " * 2_000_000, **{"wsgi.input_terminated": True}), 413)


class BrokenInput(BytesIO):
    """A chunk whose length is no number: each server raises an error of its own."""

    def read(self, size: int | None = -1) -> bytes:
        raise ValueError("invalid chunk size")


def test_a_chunked_body_that_breaks_off_is_the_senders_fault(api: Client) -> None:
    answer = chunked(api, b"", **{"wsgi.input_terminated": True, "wsgi.input": BrokenInput()})

    assert_problem(answer, 400)


def test_a_server_that_does_not_unchunk_asks_for_a_length(api: Client) -> None:
    assert_problem(chunked(api, b'{"email": "mia@globex.com"}'), 411)


# --- addresses, methods, parameters ------------------------------------------------------------------------------

BAD_ADDRESSES = [
    "leads/1",
    "leads/" + "0" * 32,
    "leads/{00000000-0000-4000-8000-000000000000}",
    "leads/00000000-0000-4000-8000-000000000000",
    "leads/%00",
    "leads/%ff%fe",
    "leads/" + "x" * 3000,
    "leads/../leads",
    "pools/SMB/ledger",
    "leads/",
    "nothing",
    "",
]
BAD_PARAMETERS = [
    "page_size=0",
    "page_size=501",
    "page_size=-1",
    "page_size=ten",
    "page_size=1e2",
    "page_size=%D9%A3",
    "page_size=" + "9" * 6000,
    "page_size=5&page_size=6",
    "source=",
    "status=",
    "cursor=abc",
    "cursor=%00",
    "cursor=%F0%9F%98%80",
    "cursor=" + "a:" * 3000,
    "ordering=name",
    "ordering=",
    "ordering=-pk",
    "status=lost",
    "status=held,nowhere",
    "test=maybe",
    "email=%00",
    "submitted_from=yesterday",
    "submitted_from=2026-03-03",
    "submitted_from=2026-03-03T16:00:00",
    "submitted_from=0001-01-01T00:00:00%2B14:00",
    "submitted_from=9999-12-31T23:59:59-14:00",
    "submitted_from=2026-02-30T16:00:00Z",
    "shoe_size=43",
    "owner__password=x",
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_an_address_where_nothing_is_answers_404(api: Client, address: str) -> None:
    assert_problem(api.get(f"{API}/{address}"), 404)


@pytest.mark.parametrize("query", BAD_PARAMETERS)
def test_a_bad_parameter_is_named(api: Client, query: str) -> None:
    answer = api.get(f"{API}/leads?{query}")

    assert_problem(answer, 400)
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_thousands_of_parameters_are_refused(api: Client) -> None:
    assert_problem(api.get(f"{API}/leads?" + "&".join(f"p{n}=1" for n in range(2000))), 400)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "PATCH", "BREW", "QUERYSET", "INITIAL"])
def test_a_method_that_an_address_does_not_know_answers_405(api: Client, method: str) -> None:
    answer = api.generic(method, f"{API}/leads")

    assert_problem(answer, 405)
    assert answer["Allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize("address", ["schema/", "docs/"])
def test_the_document_and_its_page_are_only_read(api: Client, address: str) -> None:
    assert_problem(api.post(f"{API}/{address}"), 405)


def test_head_answers_what_get_would_without_the_body(api: Client) -> None:
    answer = api.head(f"{API}/leads")

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("accept", ["text/html", "application/xml;q=0.9", "*/*;q=0", "\x7f", "a" * 9000])
def test_the_answer_is_json_whatever_is_asked_for(api: Client, accept: str) -> None:
    assert api.get(f"{API}/leads", headers={"Accept": accept})["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("address", "allowed"), [("leads", "GET, HEAD, POST, OPTIONS"), ("simulations", "POST, OPTIONS")]
)
def test_options_answers_what_can_be_done_to_whoever_has_a_key(api: Client, address: str, allowed: str) -> None:
    answer = api.options(f"{API}/{address}")

    assert (answer.status_code, answer.content, answer["Allow"]) == (204, b"", allowed)
    assert Client().options(f"{API}/{address}").status_code == 401


@pytest.mark.parametrize("address", ["leads", "nothing", "reps/none"])
def test_no_answer_is_kept_and_its_language_is_named(api: Client, address: str) -> None:
    answer = api.get(f"{API}/{address}")

    assert (answer["Cache-Control"], answer["Content-Language"]) == ("no-store", "en")
