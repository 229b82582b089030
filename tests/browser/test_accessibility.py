"""Every page of forms, doors, files, people's data and keys can be used by everybody: axe finds nothing serious."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page

from routing.forms import remembered
from routing.models import ApiKey, Form, FormField, Import, InboundAddress, Lead, Submission
from routing.services.imports import start
from routing.services.work import run_next
from tests.browser.axe import faults_of
from tests.browser.conftest import sign_in_quietly

pytestmark = pytest.mark.browser
ROWS = b"email,country,company\nkim@initech.example,DE,Initech\nnobody,DE,Hooli\n"
PERSON = "kim@initech.example"


def work_off() -> None:
    while run_next(clock=timezone.now):
        pass


def sent() -> Import:
    return start.start_import(section="leads", file_name="fair.csv", stream=io.BytesIO(ROWS), now=timezone.now())


def under_way() -> Import:
    chosen = start.choose_columns(imported=sent(), mapping=None, options={}, now=timezone.now())
    return start.check(imported=chosen, now=timezone.now())


def checked() -> Import:
    imported = under_way()
    work_off()
    return imported


def done() -> Import:
    imported = checked()
    start.confirm(imported=imported, now=timezone.now())
    work_off()
    return imported


def page_of(name: str, make: Callable[[], object]) -> Callable[[], str]:
    return lambda: reverse(f"admin:routing_{name}", args=[getattr(make(), "pk", "leads")])


PAGES: dict[str, Callable[[], str]] = {
    "forms": lambda: reverse("admin:routing_form_changelist"),
    "leads that are filtered": lambda: reverse("admin:routing_lead_changelist") + "?answer=late",
    "a form": page_of("form_change", Form.objects.first),
    "a new form": lambda: reverse("admin:routing_form_add"),
    "inbound addresses": lambda: reverse("admin:routing_inboundaddress_changelist"),
    "an inbound address": page_of("inboundaddress_change", InboundAddress.objects.first),
    "imports": lambda: reverse("admin:routing_import_changelist"),
    "an upload": page_of("import_upload", lambda: None),
    "columns": page_of("import_columns", sent),
    "a preview": page_of("import_change", checked),
    "what was done": page_of("import_change", done),
    "an undo": page_of("import_undo", done),
    "progress": page_of("import_change", under_way),
    "rules": lambda: reverse("admin:routing_rule_changelist"),
    "fields and comparisons": lambda: reverse("admin:routing_rule_conditions"),
    "the territory map": lambda: reverse("admin:routing_territory_map") + "?place=US",
    "submissions": lambda: reverse("admin:routing_submission_changelist"),
    "a submission": page_of("submission_change", Submission.objects.first),
    "people's data": lambda: reverse("admin:routing_suppression_changelist"),
    "a search for somebody": lambda: reverse("admin:routing_suppression_person"),
    "the audit log": lambda: reverse("admin:routing_auditentry_changelist"),
    "keys": lambda: reverse("admin:routing_apikey_changelist"),
    "a key": page_of("apikey_change", ApiKey.objects.first),
    "a new key": lambda: reverse("admin:routing_apikey_add"),
    "a changed password": lambda: reverse("admin:password_change"),
}


@pytest.fixture
def boss(page: Page, site: str) -> Page:
    sign_in_quietly(page, site, User.objects.get(username="boss"))
    return page


def look(page: Page, name: str, found: dict[str, list[str]], part: str = "html") -> None:
    if faults := faults_of(page, part):
        found[name] = faults


def test_the_pages_of_the_admin(boss: Page) -> None:
    found: dict[str, list[str]] = {}
    for name, address in PAGES.items():
        boss.goto(address())
        look(boss, name, found, "html" if name == "forms" else "#main")  # the menu is the same everywhere

    assert found == {}


def test_what_the_admin_answers(boss: Page) -> None:
    """Pages that come of something that was sent."""
    found: dict[str, list[str]] = {}
    door = InboundAddress.objects.earliest("pk")
    boss.goto(reverse("admin:routing_inboundaddress_test", args=[door.pk]))
    boss.locator("textarea").first.fill('{"email": "kim@initech.example", "size": "?"}')
    boss.get_by_role("button", name="Try it").click()
    look(boss, "the test box", found)

    boss.goto(reverse("admin:routing_suppression_person"))
    boss.get_by_label("E-mail address").fill(Lead.objects.exclude(email="").values_list("email", flat=True)[0])
    boss.locator("button[value=search]").click()
    look(boss, "everything about somebody", found)
    boss.locator("button[value=confirm]").click()
    look(boss, "asked before erasing", found)

    boss.context.clear_cookies()
    boss.goto("/admin/login/")
    look(boss, "the sign-in", found)
    boss.get_by_label("Username").fill("boss")
    boss.get_by_label("Password").fill("a wrong password")
    boss.get_by_role("button", name="Log in").click()
    look(boss, "a sign-in that failed", found)

    assert found == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_form(browser: Browser, site: str, language: str) -> None:
    remembered.forget()
    page = browser.new_context(base_url=site).new_page()
    found: dict[str, list[str]] = {}
    form = Form.objects.create(name="Demo", slug="demo", language=language, consent_text="You may write to me.")
    for position, name in enumerate(("first_name", "email", "country", "kind", "message")):
        FormField.objects.create(form=form, position=position, name=name, required=name == "email")
    page.goto("/f/demo/")
    look(page, "the form", found)
    page.locator("form").evaluate("(form) => { form.noValidate = true; form.elements.email.value = 'mia@' }")
    page.locator("form button").last.click()
    look(page, "with what is wrong", found)
    page.locator("[name=email]").fill("mia@globex.com")
    page.locator("form button").last.click()
    look(page, "thanks", found)
    page.context.close()

    assert Lead.objects.filter(email="mia@globex.com").exists()
    assert found == {}
