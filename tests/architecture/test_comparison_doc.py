"""docs/comparison.md says nothing of another product without a source, nor of ours without a page that is there."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

DOCS = Path(settings.BASE_DIR, "docs")
PAGE = (DOCS / "comparison.md").read_text(encoding="utf-8")
TEXT, _, SOURCES = PAGE.partition("## Sources")
OTHERS = ("LeanData", "Chili Piper", "Kubaru", "Distribution Engine", "Odoo CRM", "HubSpot")
WITHOUT_CLAIM = re.compile(r"\bnot (described in the pages|in the copies) read\b|\bno: MIT")
LABEL = re.compile(r"\[([A-Z]\d+)\]")


def test_every_source_is_named_with_its_address_and_used():
    used, listed = set(LABEL.findall(TEXT)), re.findall(r"^\| \[([A-Z]\d+)\]", SOURCES, re.MULTILINE)
    addresses = re.findall(r"^\[([A-Z]\d+)\]: https://", SOURCES, re.MULTILINE)

    assert sorted(used) == sorted(listed) == sorted(addresses)


def test_every_row_about_another_product_names_a_source_or_says_that_nothing_was_read():
    rows = [line for line in TEXT.splitlines() if line.startswith(tuple(f"| **{name}" for name in OTHERS))]

    assert len(rows) > 60
    assert [row for row in rows if not LABEL.search(row) and not WITHOUT_CLAIM.search(row)] == []


def test_our_own_pages_and_tests_are_where_the_page_says():
    links = re.findall(r"\]\(([a-z]+\.md(?:#[a-z0-9-]+)?|#[a-z-]+)\)", PAGE)
    tests = re.findall(r"`(tests/[\w/.]+)`", PAGE)

    assert [link for link in links if not _is_there(link)] == []
    assert [path for path in tests if not Path(settings.BASE_DIR, path).exists()] == []


def _is_there(link: str) -> bool:
    name, _, heading = link.partition("#")
    page = DOCS / (name or "comparison.md")
    return page.exists() and (not heading or heading in _headings(page.read_text(encoding="utf-8")))


def _headings(text: str) -> set[str]:
    """As a repository's pages are linked: lower case, blanks as dashes, nothing but letters and digits."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
