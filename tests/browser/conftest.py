"""A real browser, and a served copy of the product with one row of everything."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from tests.admin.conftest import fill

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def site(live_server, transactional_db):
    """The address of the product; the owner signs in with boss and “a good password”."""
    User.objects.create_superuser("boss", "boss@acme.example", "a good password")
    fill(timezone.now())
    return live_server.url


@pytest.fixture
def page(site) -> Iterator[Page]:
    """A page of a fresh browser. Every error that it reports fails the test."""
    with open_browser(site) as page:
        yield page


@contextmanager
def open_browser(address: str, **options: Any) -> Iterator[Page]:
    """A page of a fresh browser on a site, which must report no error."""
    path = shutil.which("chromium")
    if path is None:
        missing = "NO BROWSER: install Debian's package chromium, else nothing shows that the pages work."
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        page = browser.new_page(base_url=address, **options)
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        yield page
        browser.close()
    assert errors == []
