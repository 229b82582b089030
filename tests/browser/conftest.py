"""A real browser, and a served copy of the product with one row of everything."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.admin.conftest import fill

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 15_000
"""Milliseconds that the slowest machine may take for one step; only what fails takes as long."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests here: each has a context of its own, that knows nothing of the others.

    Its loop runs in this thread as long as it lives, and Django takes that for asynchronous code, which may not use
    the database. Nothing here is asynchronous: only this thread uses this thread's connections.
    """
    path = shutil.which("chromium")
    if path is None:
        missing = "NO BROWSER: install Debian's package chromium, else nothing shows that the pages work."
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def site(live_server, transactional_db):
    """The address of the product; the owner signs in with boss and “a good password”."""
    User.objects.create_superuser("boss", "boss@acme.example", "a good password")
    fill(timezone.now())
    return live_server.url


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page of a browser that has seen nothing yet. Every error that it reports fails the test."""
    with open_page(browser, site) as page:
        yield page


@contextmanager
def open_page(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page of a browser that has seen nothing yet, on a site, which must report no error."""
    errors: list[str] = []
    page = browser.new_context(base_url=address, **options).new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    try:
        yield page
    finally:
        for context in browser.contexts:
            context.close()
    assert errors == []


def sign_in_quietly(page: Page, site: str, user: User) -> None:
    """Leave the browser as the sign-in page would."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
