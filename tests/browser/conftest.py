"""A real browser, and a served copy of the product with one row of everything."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, expect, sync_playwright

from routing.services.work import run_next
from tests.browser.served import Served, serving

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--process-per-site",  # a second page of the same site needs no new process, and none of its code compiled again
]
PATIENCE = 60_000
"""Milliseconds that the slowest machine may take for one step; only what fails takes as long."""
TELL_REFUSED = """addEventListener("securitypolicyviolation",
    (what) => console.error(`refused: ${what.effectiveDirective} ${what.blockedURI}`))"""
NOT_LOADED = "Failed to load resource"
KEPT_BY_PAGES = "local_storage,service_workers,cache_storage,indexeddb"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests here.

    Its loop runs in this thread as long as it lives, and Django takes that for asynchronous code, which may not use
    the database. Nothing here is asynchronous: only this thread uses this thread's connections.
    """
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")  # the first takes a third less
    if path is None:
        missing = "NO BROWSER: install chromium-headless-shell or chromium; nothing else shows that the pages work."
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def served(
    browser: Browser, django_test_environment: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The product behind an address. The browser comes first: it allows to make rows in its thread."""
    file = tmp_path_factory.mktemp("served") / "leadrouting.sqlite3"
    with django_db_blocker.unblock(), serving(file) as served:
        yield served


@pytest.fixture
def site(served: Served) -> str:
    """The address of the product; the owner signs in with boss and “a good password”."""
    return served.show_one_of_each()


@pytest.fixture
def bare_site(served: Served) -> str:
    """The address of the product without a row."""
    return served.show_nothing()


@pytest.fixture(scope="package")
def frequent_visitor(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """Who has been on the site before, and knows its files."""
    with browser.new_context(base_url=served.address) as context:
        yield context


@pytest.fixture
def visitor(frequent_visitor: BrowserContext) -> BrowserContext:
    """A browser that knows nobody.

    Nor what it was asked to tap: links that two tests sign in one second are the same link.
    """
    frequent_visitor.clear_cookies()
    return frequent_visitor


@pytest.fixture
def page(visitor: BrowserContext, site: str) -> Iterator[Page]:
    """A page of a browser that knows nobody. Every error that it reports fails the test."""
    with visitor.new_page() as page:
        session = visitor.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": site, "storageTypes": KEPT_BY_PAGES})
        with watched(page, site):
            yield page


@pytest.fixture
def boss(page: Page, site: str) -> Page:
    """The owner of the installation, signed in."""
    sign_in_quietly(page, site, User.objects.get(username="boss"))
    return page


@pytest.fixture
def plain(browser: Browser, site: str) -> Iterator[Page]:
    """The owner in a browser that runs no script."""
    with open_page(browser, site, java_script_enabled=False) as page:
        sign_in_quietly(page, site, User.objects.get(username="boss"))
        yield page


@contextmanager
def open_page(browser: Browser, address: str, *, also: Iterable[str] = (), **options: Any) -> Iterator[Page]:
    """A page of a browser that has seen nothing yet, on a site, which must report no error.

    `also`: other sites that it may ask.
    """
    with browser.new_context(base_url=address, **options) as context:
        page = context.new_page()
        with watched(page, address, *also):
            yield page


@contextmanager
def watched(page: Page, *sites: str) -> Iterator[None]:
    """No error, nothing that the content policy refused, and nothing asked of anybody but these sites.

    A page that is itself an answer of 4xx, as a form that was not accepted, is no error.
    """
    wrong: list[str] = []
    said: list[tuple[str, str]] = []
    refusals: set[str] = set()

    def look_whither(request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https", "ws", "wss") and not request.url.startswith(sites):
            wrong.append(f"asks {request.url}")

    def note_refusal(answer: Response) -> None:
        if 400 <= answer.status < 500 and answer.request.is_navigation_request():
            refusals.add(answer.url)

    page.set_default_timeout(PATIENCE)
    page.add_init_script(TELL_REFUSED)
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("console", lambda one: said.append((one.location["url"], one.text)) if one.type == "error" else None)
    page.on("response", note_refusal)
    page.context.on("request", look_whither)
    yield
    page.context.remove_listener("request", look_whither)
    wrong += [f"{url}: {text}" for url, text in said if url not in refusals or not text.startswith(NOT_LOADED)]
    assert wrong == []


def work_off() -> None:
    """Do what waits for a worker: no worker runs beside the site."""
    while run_next(clock=timezone.now):
        pass


def sign_in_quietly(page: Page, site: str, user: User) -> None:
    """Leave the browser as the sign-in page would."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
