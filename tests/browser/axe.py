"""What axe-core finds on a page that is open: serious and critical faults of WCAG 2.1 A and AA."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
RUN = """async ([part, only]) => {
    const how = {runOnly: only, resultTypes: ["violations"], preload: false}
    const found = await axe.run(document.querySelector(part), how)
    const grave = found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact))
    const told = (fault) => fault.nodes.slice(0, 4).map((one) => `${one.target}: ${one.failureSummary}`)
    return grave.map((fault) => [fault.id, ...told(fault)].join(" "))
}"""
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
AT_REST = """() => document.getAnimations().forEach((one) => { try { one.finish() } catch { one.cancel() } })"""
DARK = "(dark) => { document.documentElement.classList.toggle('dark', dark) }"
"""As the button of the admin does; pages of our own follow the browser."""


@cache
def _script() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


def faults_of(page: Page, part: str = "html") -> list[str]:
    """In light colours all faults, in dark ones those of contrast. `part`: what is looked at, by its selector."""
    page.evaluate(_script())
    light: list[Any] = page.evaluate(RUN, [part, {"type": "tag", "values": RULES}])
    _show(page, dark=True)
    dark: list[Any] = page.evaluate(RUN, [part, CONTRAST])
    _show(page, dark=False)
    return [*light, *(f"in the dark: {fault}" for fault in dark)]


def _show(page: Page, *, dark: bool) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.evaluate(DARK, dark)
    page.evaluate(AT_REST)
