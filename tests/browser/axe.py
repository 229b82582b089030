"""What axe-core finds on a page that is open: serious and critical faults of WCAG 2.1 A and AA."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
RUN = """async ([part, only, without]) => {
    const rules = Object.fromEntries(without.map((rule) => [rule, {enabled: false}]))
    const how = {runOnly: only, rules, resultTypes: ["violations"], preload: false, iframes: false}
    const found = await axe.run(document.querySelector(part), how)
    const grave = found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact))
    const told = (fault) => fault.nodes.slice(0, 4).map((one) => `${one.target}: ${one.failureSummary}`)
    return grave.map((fault) => [fault.id, ...told(fault)].join(" "))
}"""
COLOUR = "color-contrast"
"""The rule that takes longest, by far."""
AT_REST = """() => document.getAnimations().forEach((one) => { try { one.finish() } catch { one.cancel() } })"""
COLOURS = """(part) => [...document.querySelectorAll(`${part} *`)].flatMap((one) => [...one.classList])
    .filter((name) => !/^(column|field|form|dynamic|model|module)-/.test(name))"""
"""Columns and fields have classes of their own names, and no colours."""
DARK = "(dark) => { document.documentElement.classList.toggle('dark', dark) }"
"""As the button of the admin does; pages of our own follow the browser."""


@cache
def _script() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


def faults_of(page: Page, part: str = "html") -> list[str]:
    """In light colours all faults, in dark ones those of contrast. `part`: what is looked at, by its selector."""
    return [*faults_in_light(page, part), *faults_in_the_dark(page, part)]


def faults_in_light(page: Page, part: str = "html", *, contrast: bool = True) -> list[str]:
    """All of them, or all but those of contrast."""
    page.evaluate(_script())
    found: list[str] = page.evaluate(RUN, [part, {"type": "tag", "values": RULES}, [] if contrast else [COLOUR]])
    return found


def faults_in_the_dark(page: Page, part: str = "html") -> list[str]:
    """Those of contrast; of a page that was looked at in light."""
    _show(page, dark=True)
    found: list[str] = page.evaluate(RUN, [part, {"type": "rule", "values": [COLOUR]}, []])
    _show(page, dark=False)
    return [f"in the dark: {fault}" for fault in found]


def colours_of(page: Page, part: str) -> set[str]:
    """The classes in this part that may bring colours with them."""
    return set(page.evaluate(COLOURS, part))


def _show(page: Page, *, dark: bool) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.evaluate(DARK, dark)
    page.evaluate(AT_REST)
