"""`make screenshots`: every page of a fresh demo company, wide, dark and on a phone, into screenshots/.

It looks while it goes: errors on a browser's console, refused content and requests to other hosts are told, and make
the exit code 1.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.pages import INBOX, OPEN_TO_ALL, pages_of_admin
from tests.processes.running import ROOT, Running, running

FOLDER = ROOT / "screenshots"
LOOKS = {
    "wide": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
}
CHOSEN = (("/admin/routing/lead/", "reassign"), ("/admin/reps/rep/", "leave"))
"""Lists with an act on several rows, whose page asks before anything happens."""
SIGN_IN = re.compile(r"^  (\S+) +(\S+)  \((.+)\)$", re.MULTILINE)
PATIENCE = 60_000
"""Milliseconds for one page."""


class Photographer:
    """One browser in one look, signed in as one person or nobody; keeps what went wrong."""

    def __init__(self, browser: Browser, site: str, look: str, wrong: list[str]) -> None:
        self.site, self.look, self.wrong = site, look, wrong
        self.page = browser.new_context(base_url=site, **LOOKS[look]).new_page()  # type: ignore[arg-type]
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        self.page.on("request", lambda request: self._look_whither(request.url))

    def sign_in(self, page: str, name: str, password: str) -> None:
        self.page.goto(page)
        self.page.locator("input[name=username]").fill(name)
        self.page.locator("input[name=password]").fill(password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda address: "login" not in address)

    def take(self, address: str) -> None:
        answer = self.page.goto(address, wait_until="networkidle")
        if answer is None or answer.status >= 400:
            self._note(f"answered {answer.status if answer else 'nothing'}")
        self.keep(re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-") or "start")

    def choose(self, address: str, act: str) -> None:
        """The page that asks before the act is done with the first rows of a list."""
        self.page.goto(address)
        for box in self.page.locator("#result_list input.action-select").all()[:5]:
            box.check()
        self.page.locator("#changelist-actions select[name=action]").select_option(act)
        self.page.locator("#changelist-actions button[name=index]").click()
        self.page.wait_for_load_state("networkidle")
        self.keep(f"bulk-{act}")

    def keep(self, name: str) -> None:
        (FOLDER / self.look).mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=FOLDER / self.look / f"{name}.png", full_page=True)

    def _note(self, text: str) -> None:
        self.wrong.append(f"{self.look} {urlsplit(self.page.url).path}: {text}")

    def _look_whither(self, url: str) -> None:
        if urlsplit(url).scheme.startswith("http") and not url.startswith(self.site):
            self._note(f"asks {url}")


def replayed(page: Page) -> str:
    """The page of a replay that is over."""
    page.goto("/admin/routing/work/start/replay/")
    page.locator("article button").click()
    page.locator("#compared").wait_for()
    return urlsplit(page.url).path


def take_all(system: Running) -> list[str]:
    """Every page in every look; what went wrong."""
    site, wrong = f"http://127.0.0.1:{system.port}", list[str]()
    people = {what.split(",")[-1].strip(): (name, password) for name, password, what in SIGN_IN.findall(system.words())}
    boss, rep = people["may do everything"], next(who for what, who in people.items() if "inbox" in what)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        guide = Photographer(browser, site, "wide", [])
        guide.sign_in("/admin/login/", *boss)
        addresses = []
        for address in pages_of_admin(guide.page):
            guide.page.goto(address)
            addresses.append(address)
        addresses.append(replayed(guide.page))
        for look in LOOKS:
            anybody, owner, seller = (Photographer(browser, site, look, wrong) for _ in range(3))
            for address in OPEN_TO_ALL:
                anybody.take(address)
            owner.sign_in("/admin/login/", *boss)
            for address in addresses:
                owner.take(address)
            for address, act in CHOSEN:
                owner.choose(address, act)
            seller.sign_in("/inbox/login/", *rep)
            for address in INBOX:
                seller.take(address)
            sys.stdout.write(f"{look}: {len(OPEN_TO_ALL) + len(addresses) + len(CHOSEN) + len(INBOX)} pages\n")
        browser.close()
    return wrong


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="leadrouting-") as folder, running(Path(folder)) as system:
        wrong = take_all(system)
    sys.stdout.write("".join(f"{line}\n" for line in [f"They lie in {FOLDER}.", *wrong]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
