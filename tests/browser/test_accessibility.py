"""Every page can be used by everybody, on any screen: axe finds nothing serious, nothing scrolls sideways.

What a browser complains of, what the content policy refuses and what is asked of others fails every test here; that
stands in conftest.py.
"""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

from routing.engine.ledger import entitle, pay
from routing.engine.types import LedgerKey, Member
from routing.forms import remembered
from routing.models import Form, FormField, Import, InboundAddress, Lead, LedgerAccount, Pool, Territory
from routing.services.imports import start
from routing.snapshots.postings import posting_row
from tests.browser.axe import colours_of, faults_in_light, faults_in_the_dark
from tests.browser.conftest import open_page, sign_in_quietly, work_off
from tests.browser.pages import INBOX, pages_around_rows, pages_of_admin
from tests.factories import make_owned_lead, make_pool, make_rep
from tests.inbox.conftest import own, with_sign_in

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtsgesellschaftskapitän"
ROWS = b"email,country,company\nkim@initech.example,DE,Initech\nnobody,DE,Hooli\n"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 720}
OPEN_ALL = "() => document.querySelectorAll('#main details').forEach((one) => { one.open = true })"
FITS = "() => document.documentElement.scrollWidth <= innerWidth"
SMALL = """() => [...document.querySelectorAll("button, .button, .tabs a, summary, input, select")]
    .filter((one) => one.checkVisibility() && !one.closest(".sr") && one.type !== "checkbox" && one.type !== "radio")
    .filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"""
"""What a thumb would miss."""


def fill_pictures() -> None:
    """A ledger with a turn in it, and a place that two territories claim."""
    pool = Pool.objects.earliest("pk")
    member = pool.members.get()
    bob = make_rep("Bob Ray")
    turn = pay(entitle([Member(member.rep_id, 1000), Member(bob.pk, 1000)]), LedgerKey(pool.ledger_id), bob.pk)
    posting_row(turn, now=timezone.now()).save()
    LedgerAccount.objects.filter(ledger=pool.ledger, rep=member.rep_id).update(balance=10**9 // 2)
    LedgerAccount.objects.create(ledger=pool.ledger, rep=bob, balance=-(10**9) // 2)
    Territory.objects.create(name="South", countries=["US", "DE"], owner_rep=bob)


class Walk:
    """Looks at one page after the other, and keeps what is wrong; at colours, light and dark, where there are new ones.

    `all_colours`: at those of every page.
    """

    def __init__(self, page: Page, *, all_colours: bool = False) -> None:
        self.page, self.all_colours = page, all_colours
        self.found: dict[str, list[str]] = {}
        self.seen: set[str] = set()

    def press(self, button: Locator) -> None:
        """Press what sends something, and wait for the page that answers."""
        with self.page.expect_navigation():
            button.click()

    def look(self, name: str, part: str = "#main") -> None:
        self.page.evaluate(OPEN_ALL)
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        faults = [] if self._fits() else ["scrolls sideways on a phone"]
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        colours = colours_of(self.page, part)
        new = self.all_colours or not self.seen >= colours
        self.seen |= colours
        faults += faults_in_light(self.page, part, contrast=new)
        faults += faults_in_the_dark(self.page, part) if new else []
        if faults:
            self.found[name] = faults

    def _fits(self) -> bool:
        """Pictures follow the width a moment later."""
        try:
            self.page.wait_for_function(FITS)
        except TimeoutError:
            return False
        return True


@pytest.mark.parametrize(
    ("every", "all_colours"),
    [
        pytest.param(6, False, id="each sixth page"),
        pytest.param(1, False, id="each page", marks=pytest.mark.further),
        pytest.param(1, True, id="each page and all colours", marks=pytest.mark.long),
    ],
)
def test_every_page_of_the_admin(boss: Page, every: int, all_colours: bool) -> None:
    fill_pictures()
    walk = Walk(boss, all_colours=all_colours)

    for address in pages_of_admin(boss, every=every):
        boss.goto(address)
        walk.look(address, "html" if address == "/admin/" else "#main")  # the menu is the same everywhere

    assert walk.found == {}


@pytest.mark.further
def test_every_page_around_a_row(boss: Page) -> None:
    walk = Walk(boss)
    looked = []

    for address in pages_around_rows(boss):
        boss.goto(address)
        walk.look(address)
        looked.append(address)

    assert walk.found == {}
    assert {address.rsplit("/", 2)[1] for address in looked} == {"add", "history", "delete"}


@pytest.mark.further
def test_the_docs_of_the_api(page: Page) -> None:
    walk = Walk(page)
    page.goto("/api/v1/docs/")
    page.locator("#operations-tag-leads").click()
    page.locator("#operations-leads-send_lead .opblock-summary-control").click()
    expect(page.get_by_label("Body", exact=True)).to_be_visible()

    walk.look("an operation", "html")

    assert walk.found == {}


def sent() -> Import:
    return start.start_import(section="leads", file_name="fair.csv", stream=io.BytesIO(ROWS), now=timezone.now())


def test_an_import_at_every_step(boss: Page) -> None:
    walk = Walk(boss)
    imported = sent()

    def look(page: str) -> None:
        boss.goto(reverse(f"admin:routing_import_{page}", args=[imported.pk]))
        walk.look(f"{page} {imported.status}")

    look("columns")
    imported = start.choose_columns(imported=imported, mapping=None, options={}, now=timezone.now())
    imported = start.check(imported=imported, now=timezone.now())
    look("change")
    work_off()
    look("change")
    start.confirm(imported=imported, now=timezone.now())
    work_off()
    look("change")
    look("undo")

    assert walk.found == {}


def test_what_the_admin_answers(boss: Page) -> None:
    """Pages that come of something that was sent."""
    walk = Walk(boss)
    door = InboundAddress.objects.earliest("pk")
    boss.goto(reverse("admin:routing_inboundaddress_test", args=[door.pk]))
    boss.locator("textarea").first.fill('{"email": "kim@initech.example", "size": "?"}')
    walk.press(boss.get_by_role("button", name="Try it"))
    walk.look("the test box")

    boss.goto(reverse("admin:routing_suppression_person"))
    boss.get_by_label("E-mail address").fill(Lead.objects.exclude(email="").values_list("email", flat=True)[0])
    walk.press(boss.locator("button[value=search]"))
    walk.look("everything about somebody")
    walk.press(boss.locator("button[value=confirm]"))
    walk.look("asked before erasing")

    boss.context.clear_cookies()
    boss.goto("/admin/login/")
    walk.look("the sign-in", "html")
    boss.get_by_label("Username").fill("boss")
    boss.get_by_label("Password").fill("a wrong password")
    walk.press(boss.get_by_role("button", name="Log in"))
    walk.look("a sign-in that failed", "html")

    assert walk.found == {}


def test_the_pages_of_the_inbox(browser: Browser, bare_site: str) -> None:
    ana = with_sign_in(make_rep("Ana Diaz", email="ana@acme.example"))
    make_pool(ana)
    now = timezone.now()
    lead = make_owned_lead(now, ana, first_name="Bartholomew-Maximilian", company=LONG, phone="+14155552671")
    own(lead, ana, now)
    with open_page(browser, bare_site) as page:
        walk = Walk(page)
        page.goto("/inbox/login/")
        walk.look("the sign-in", "html")
        sign_in_quietly(page, bare_site, User.objects.get(email=ana.email))
        for address in (*INBOX, f"/inbox/leads/{lead.uuid}/", f"/inbox/leads/{lead.uuid}/decline/"):
            page.goto(address)
            walk.look(address, "html")
            page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            assert page.evaluate(SMALL) == [], address

    assert walk.found == {}


def test_a_form_and_what_it_answers(browser: Browser, bare_site: str) -> None:
    remembered.forget()
    form = Form.objects.create(name="Demo", slug="demo", language="de", consent_text="You may write to me.")
    for position, name in enumerate(("first_name", "email", "country", "kind", "message")):
        FormField.objects.create(form=form, position=position, name=name, required=name == "email")
    with open_page(browser, bare_site) as page:
        walk = Walk(page)
        page.goto("/f/demo/")
        walk.look("the form", "html")
        page.locator("form").evaluate("(form) => { form.noValidate = true; form.elements.email.value = 'mia@' }")
        walk.press(page.locator("form button").last)
        walk.look("with what is wrong", "html")
        page.locator("[name=email]").fill("mia@globex.com")
        walk.press(page.locator("form button").last)
        walk.look("thanks", "html")

    assert Lead.objects.filter(email="mia@globex.com").exists()
    assert walk.found == {}
