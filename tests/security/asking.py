"""Asking an address: one cell of the table of who may open what, through everything that decides, without ceremony."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.http import HttpResponseBase

REFUSED = {401, 403, 404, 405, 410}
FORM_TYPE, JSON_TYPE = "application/x-www-form-urlencoded", "application/json"
SAFE, UNSAFE = ("GET", "HEAD", "OPTIONS"), ("POST", "PUT", "PATCH", "DELETE")
METHODS = (*SAFE, *UNSAFE)


class Answer(NamedTuple):
    """What came back, and whether the database was written to."""

    status: int
    to_sign_in: bool
    wrote: bool
    headers: Any

    @property
    def refused(self) -> bool:
        return self.to_sign_in or self.status in REFUSED

    @property
    def names_methods(self) -> bool:
        """What any page answers to OPTIONS: which methods it knows, and nothing of what it holds."""
        return self.status == 200 and "Allow" in self.headers and self.headers.get("Content-Length") == "0"


class Visitor:
    """Who comes with a session, with a key, or with nothing; every request is the first of theirs."""

    def __init__(self, *, session: str = "", key: str = "") -> None:
        self.brings = {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session}"} if session else {}
        self.brings |= {"HTTP_AUTHORIZATION": f"Bearer {key}"} if key else {}
        self.handler = BaseHandler()
        self.handler.load_middleware()

    def ask(self, method: str, address: str, body: bytes = b"", content_type: str = FORM_TYPE) -> Answer:
        """One cell; whatever it does is undone."""
        before = written()
        response = self.answer(method, address, body, content_type)
        wrote = written() != before
        if wrote or connection.needs_rollback:
            undo()
        to_sign_in = response.status_code == 302 and "/login/" in response["Location"] and "logout" not in address
        return Answer(response.status_code, to_sign_in, wrote, response.headers)

    def answer(self, method: str, address: str, body: bytes, content_type: str) -> HttpResponseBase:
        """As a server has it answered, with all middleware. The cross-site check is shown elsewhere."""
        path, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": unquote(path), "QUERY_STRING": query, "SCRIPT_NAME": "",
            "SERVER_NAME": "testserver", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body), **self.brings,
        }  # fmt: skip
        environ |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))} if body else {}
        request = WSGIRequest(environ)
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        response = self.handler.get_response(request)
        for close in response._resource_closers:  # response.close() would end the transaction as well
            close()
        return response


def written() -> int:
    """How many rows were written so far; only SQLite says so."""
    return connection.connection.total_changes if connection.vendor == "sqlite" else 0


FRESH = "fresh"


def keep() -> None:
    """What is there now is what every cell finds."""
    connection.cursor().execute(f"SAVEPOINT {FRESH}")


def undo() -> None:
    """Back to that; a savepoint stays after it was returned to."""
    connection.set_rollback(False)
    connection.cursor().execute(f"ROLLBACK TO SAVEPOINT {FRESH}")
