"""A form in a page of another origin, in a real browser: shown, filled in wrongly, put right, sent; a lead arrives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from routing.forms import remembered
from routing.models import Form, FormField, Lead
from tests.browser.conftest import open_page

pytestmark = pytest.mark.browser
HOSTILE = """
    * { color: lime !important; font-family: cursive !important; text-transform: uppercase !important }
    div { display: none !important } input, button, label { padding: 99px !important; visibility: hidden !important }
"""
HOST = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Host</title>
<link rel="icon" href="data:,"><style>{style}</style></head>
<body><h1>Host</h1><script src="{script}" {more} async></script><p id="place"></p></body></html>"""


@pytest.fixture
def host() -> Iterator[Any]:
    """Somebody else's web site, on another port: `host.html` is what it shows at every address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = server.html.encode()  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Silence."""

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.url = True, f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def form(host: Any, bare_site: str) -> Form:
    remembered.forget()
    form = Form.objects.create(
        name="Demo request", slug="demo", kind="demo", consent_text="You may write to me.", origins=[host.url]
    )
    for position, name in enumerate(("first_name", "last_name", "email", "message")):
        FormField.objects.create(form=form, position=position, name=name, required=name == "email")
    return form


def test_a_form_in_a_page_of_another_origin(browser: Browser, form: Form, host: Any, bare_site: str) -> None:
    host.html = HOST.format(lang="de", style=HOSTILE, script=f"{bare_site}/f/demo/embed.js", more="")
    with open_page(browser, host.url, also=[bare_site], viewport={"width": 390, "height": 800}) as page:
        page.goto("/landing?utm_source=ad&utm_campaign=Spring&secret=x")
        page.get_by_label("E-Mail-Adresse").fill("mia@")
        page.get_by_label("Vorname").fill("Mia")
        page.get_by_role("button", name="Senden").click()

        expect(page.get_by_role("alert")).to_contain_text("Eine Angabe braucht noch einen Blick.")
        email = page.get_by_label("E-Mail-Adresse")
        expect(email).to_be_focused()
        expect(email).to_have_accessible_description(
            "Bitte geben Sie eine E-Mail-Adresse an, zum Beispiel name@beispiel.de."
        )
        expect(email).to_have_value("mia@")
        expect(page.get_by_label("Vorname")).to_have_value("Mia")
        expect(email).not_to_have_css("color", "rgb(0, 255, 0)")

        email.fill("mia@globex.com")
        page.get_by_label("You may write to me.").check()
        page.get_by_role("button", name="Senden").click()
        expect(page.get_by_role("status")).to_contain_text("Vielen Dank, Mia!")

    lead = Lead.objects.get()
    assert (lead.email, lead.first_name, lead.form, lead.campaign) == ("mia@globex.com", "Mia", "demo", "Spring")
    assert lead.utm == {"source": "ad", "campaign": "Spring"}
    assert lead.consents.get().page == f"{host.url}/landing"


def test_a_country_is_chosen_by_keyboard_and_a_number_is_typed_as_at_home(
    browser: Browser, form: Form, host: Any, bare_site: str
) -> None:
    FormField.objects.create(form=form, position=5, name="country", required=True)
    FormField.objects.create(form=form, position=6, name="expected_amount")
    host.html = HOST.format(lang="de", style="", script=f"{bare_site}/f/demo/embed.js", more="")
    with open_page(browser, host.url, also=[bare_site], locale="de-AT") as page:
        page.goto("/")
        country, amount = page.get_by_label("Land"), page.get_by_label("Budget")
        expect(country).to_have_value("")
        expect(country.get_by_role("option").nth(1)).to_have_text("Österreich")
        country.focus()
        page.keyboard.type("Deu")
        expect(country).to_have_value("DE")
        page.get_by_label("E-Mail-Adresse").fill("mia@globex.com")
        amount.fill("1,500")
        page.get_by_role("button", name="Senden").click()

        expect(amount).to_have_accessible_description(
            "Das könnten zwei Zahlen sein. Bitte schreiben Sie 1500 oder 1,5."
        )
        expect(country).to_have_value("DE")
        amount.fill("1.500,50")
        page.get_by_role("button", name="Senden").click()
        expect(page.get_by_role("status")).to_contain_text("Vielen Dank!")

    lead = Lead.objects.get()
    assert (lead.country, str(lead.expected_amount)) == ("DE", "1500.50")


def test_the_page_chooses_the_place_and_the_look(browser: Browser, form: Form, host: Any, bare_site: str) -> None:
    style = ":root { color-scheme: dark; --lead-form-accent: rgb(1, 200, 3) }"
    host.html = HOST.format(
        lang="en",
        style=style,
        script=f"{bare_site}/f/demo/embed.js",
        more='data-target="#place" data-value-plan="message=Hi"',
    )
    with open_page(browser, host.url, also=[bare_site]) as page:
        page.goto("/")

        button = page.locator("#place").get_by_role("button", name="Send")
        expect(button).to_have_css("background-color", "rgb(1, 200, 3)")
        expect(page.get_by_label("Message")).to_have_value("Hi")
        expect(page.get_by_label("Message")).to_have_css("background-color", "rgb(22, 24, 27)")


def test_a_captcha_stands_in_the_form_and_its_answer_is_sent(
    browser: Browser, form: Form, host: Any, bare_site: str, settings: Any
) -> None:
    settings.TURNSTILE_VERIFY_URL = "http://127.0.0.1:9/"  # nobody there: who gave an answer gets through, for review
    Form.objects.update(captcha="turnstile", captcha_site_key="site")
    host.html = HOST.format(lang="en", style="", script=f"{bare_site}/f/demo/embed.js", more="")
    service = """window.turnstile = {ready: (f) => f(), reset: () => 0,
        render: (box) => { box.innerHTML = '<input name="cf-turnstile-response" value="good"><b>No robot</b>' }}"""
    with open_page(browser, host.url, also=[bare_site, "https://challenges.cloudflare.com/"]) as page:
        page.route(
            "https://challenges.cloudflare.com/**",
            lambda route: route.fulfill(body=service, content_type="text/javascript"),
        )
        page.goto("/")
        expect(page.get_by_text("No robot")).to_be_visible()
        page.get_by_label("E-mail address").fill("mia@globex.com")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("status")).to_contain_text("Thank you!")

    assert Lead.objects.get().email == "mia@globex.com"  # without its answer the form would have come back
