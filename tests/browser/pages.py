"""Every page of the product, as people find it: in the menu, in lists, beside a row. Pictures and tests share it."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page

BESIDE_ROWS = {
    "/admin/routing/rule/": ("history/", "delete/"),
    "/admin/routing/pool/": ("ledger/", "results/"),
    "/admin/reps/rep/": ("statement/", "leaving/"),
}
"""What lies beside the first row of a list."""
FURTHER = (
    "/admin/routing/rulebookversion/draft/",
    "/admin/routing/import/upload/leads/",
    "/admin/routing/work/start/replay/",
    "/admin/routing/rule/add/",
    "/admin/routing/rule/conditions/",
    "/admin/routing/form/add/",
    "/admin/routing/apikey/add/",
    "/admin/routing/lead/?answer=late",
    "/admin/routing/territory/map/?place=US",
)
INBOX = ("/inbox/", "/inbox/availability/", "/inbox/leave/", "/inbox/numbers/", "/inbox/settings/")
OPEN_TO_ALL = ("/f/talk-to-sales/", "/api/v1/docs/", "/admin/login/", "/inbox/login/")
"""The form is that of the demo company."""


def pages_of_admin(page: Page, *, every: int = 1) -> Iterator[str]:
    """The address of each page; to be opened before the next is asked for, because a page tells what lies behind it.

    `every`: 3 means each third entry of the menu, with what lies behind it, and each third of the further ones.
    """
    yield "/admin/"
    entries = page.locator("#nav-sidebar a[href^='/admin/']").evaluate_all("all => all.map(a => a.pathname)")
    for entry in list(dict.fromkeys(entries))[::every]:
        if entry == "/admin/":
            continue
        yield entry
        rows = page.locator("#result_list a[href*='/change/']")
        if rows.count():
            row = str(rows.first.evaluate("row => row.pathname"))
            yield row
            yield from (row.removesuffix("change/") + part for part in BESIDE_ROWS.get(entry, ()))
    yield from FURTHER[::every]


def pages_around_rows(page: Page) -> Iterator[str]:
    """Where a row of each list is added, where the history of one stands, and what asks before it is deleted.

    As far as there are such pages; to be opened as those above.
    """
    page.goto("/admin/")
    entries = page.locator("#nav-sidebar a[href^='/admin/']").evaluate_all("all => all.map(a => a.pathname)")
    for entry in dict.fromkeys(entries):
        page.goto(entry)
        yield from _linked(page, f"a[href^='{entry}add/']")
        page.goto(entry)
        for row in _linked(page, "#result_list a[href*='/change/']"):
            page.goto(row)
            yield from _linked(page, "a[href*='/history/'], a[href*='/delete/']")


def _linked(page: Page, links: str) -> list[str]:
    """Of several that lead to pages of one kind the first."""
    found = page.locator(links).evaluate_all("all => all.map(a => a.pathname)")
    return list({address.rsplit("/", 2)[1]: address for address in reversed(found)}.values())
