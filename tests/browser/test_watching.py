"""The watch over every page sees what it is there for."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import watched

pytestmark = pytest.mark.browser
ELSEWHERE = "http://elsewhere.invalid/"
WRONG = {
    "an error": "console.error('Oops')",
    "what the policy refuses": "document.head.append(Object.assign(document.createElement('script'), {text: '1'}))",
    "a request to another host": f"location.assign('{ELSEWHERE}')",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_on_a_page_fails_its_test(wrong: str, visitor: BrowserContext, site: str) -> None:
    with visitor.new_page() as page, pytest.raises(AssertionError), watched(page, site):
        page.goto("/inbox/login/")
        with page.expect_request(ELSEWHERE) if ELSEWHERE in WRONG[wrong] else page.expect_console_message():
            page.evaluate(f"() => {{ {WRONG[wrong]} }}")
