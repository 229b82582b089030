"""The pages: small, in the visitor's language, with a strict policy; shown only in pages of origins that it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from routing.forms.rendering import component_css
from routing.intake.form_look import BadLook, read_look, style_sheet
from routing.models import Form, FormField, Lead, Submission
from tests.forms.conftest import ANSWERS, Visitor, told

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what browsers get is the same on both")]
HOME = "https://www.example.com"
EVIL = ["null", "https://evil.example", "http://www.example.com", "https://www.example.com:444", "https://www.example.com.evil.example",
    "https://sub.www.example.com", "HTTPS://WWW.EXAMPLE.COM"]  # fmt: skip


@pytest.fixture
def embedded(make_form: Callable[..., Form]) -> Form:
    return make_form(origins=[HOME])


@pytest.mark.parametrize(
    ("own", "accepted", "label"),
    [
        ("", "de-AT,de;q=0.9,en;q=0.5", "Vorname"),
        ("", "en-GB", "First name"),
        ("", "fr,it", "First name"),
        ("de", "en-GB", "Vorname"),
        ("en", "de", "First name"),
    ],
)
def test_a_form_speaks_the_language_of_its_visitor(make_form: Any, own: str, accepted: str, label: str) -> None:
    make_form(language=own)

    page = Client().get("/f/demo/", headers={"Accept-Language": accepted}).content.decode()

    assert f">{label} " in page
    assert f'<html lang="{"de" if label == "Vorname" else "en"}"' in page


def test_errors_and_thanks_stay_in_that_language(form: Form) -> None:
    visitor = Visitor()
    visitor.open("?lang=de")

    wrong = visitor.send({"email": ""})
    right = visitor.client.get(visitor.send()["Location"])

    assert "Bitte füllen Sie dieses Feld aus." in wrong.content.decode()
    assert "Vielen Dank, Mia!" in right.content.decode()


def test_a_page_with_all_it_loads_is_small(make_form: Callable[..., Form]) -> None:
    names = ["first_name", "last_name", "email", "phone", "company", "job_title", "city", "kind", "message"]
    make_form(*({"name": name} for name in names), consent_text="x" * 500)
    page = Visitor().open().content.decode()
    files = [
        finders.find(path.split("/static/")[1]) for path in re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', page)
    ]

    assert len(files) == 2
    assert len(page.encode()) + sum(Path(str(file)).stat().st_size for file in files) < 30_000


def test_a_country_can_be_chosen_from_all_in_the_visitors_language(make_form: Callable[..., Form]) -> None:
    make_form({"name": "country", "widget": "select"}, {"name": "email"})

    page = Client().get("/f/demo/?lang=de").content.decode()

    assert '<option value="DE">Deutschland</option>' in page
    assert len(page.encode()) < 25_000


def test_a_page_lets_no_script_of_others_in(form: Form) -> None:
    policy = Visitor().open()["Content-Security-Policy"] + ";"

    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy


def test_a_captcha_lets_in_its_own_hosts_alone(make_form: Callable[..., Form]) -> None:
    make_form(captcha="turnstile", captcha_site_key="1x")

    response = Visitor().open()

    assert "script-src 'self' https://challenges.cloudflare.com;" in response["Content-Security-Policy"] + ";"
    assert '<div class="cf-turnstile" data-sitekey="1x">' in response.content.decode()


def test_what_the_address_says_is_filled_in_and_cannot_break_out(form: Form) -> None:
    page = Client().get('/f/demo/?company="><script>alert(1)</script>&unknown=x').content.decode()

    assert "&quot;&gt;&lt;script&gt;" in page and "<script>alert" not in page


def test_words_of_the_form_cannot_break_out(make_form: Callable[..., Form]) -> None:
    bad = '"><img src=x onerror=alert(1)>{{7*7}}'
    make_form(
        {"name": "email", "label": bad, "help_text": bad, "default": bad}, title=bad, introduction=bad, button=bad[:60],
        thanks=bad, consent_text=bad,
    )  # fmt: skip
    visitor = Visitor()
    pages = [visitor.open(), visitor.send({"email": bad, "consent": "on"})]
    pages.append(visitor.client.get(visitor.send()["Location"]))

    assert not any("<img" in page.content.decode() for page in pages)


# --- look ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "look",
    [
        {"accent": "#1d4ed8", "background": "#fff", "text": "rgb(10 20 30 / 90%)", "border": "silver"},
        {"radius": "0.5rem", "font": '"Open Sans", Arial, sans-serif', "scheme": "dark"},
        {"accent": ""},
    ],
)
def test_proper_looks_are_kept(look: dict[str, str]) -> None:
    assert read_look(look) == {name: value for name, value in look.items() if value}


BAD_VALUES = [
    "red;}body{display:none}", "url(https://evil.example)", "expression(alert(1))", "</style><script>", "var(--x)",
    "#12345", "red/**/", "\\72 ed", "rgb(0,0,0", "1px solid !important", "red}", 5, ["red"],
]  # fmt: skip


@pytest.mark.parametrize("value", BAD_VALUES, ids=str)
def test_nothing_else_gets_into_a_style_sheet(value: Any) -> None:
    for name in ("accent", "background", "radius", "font", "scheme"):
        with pytest.raises(BadLook):
            read_look({name: value})
        assert style_sheet({name: value}, selector=":root") == ""


def test_words_on_the_accent_can_be_read() -> None:
    assert "--look-on-accent:#111111" in style_sheet({"accent": "#ffd400"}, selector=":root")
    assert "--look-on-accent:#ffffff" in style_sheet({"accent": "#0b3d91"}, selector=":root")


def test_a_look_stands_in_the_page_with_the_nonce_of_its_policy(make_form: Callable[..., Form]) -> None:
    make_form(theme={"accent": "#0b3d91", "evil": "x"})

    response = Visitor().open()

    nonce = re.search(r"style-src 'self' 'nonce-([^']+)'", response["Content-Security-Policy"])
    assert nonce and f'<style nonce="{nonce[1]}">:root{{--look-accent:#0b3d91' in response.content.decode()


# --- in other pages ------------------------------------------------------------------------------------------------


def test_the_script_is_small_and_can_be_kept_for_a_while(form: Form) -> None:
    response = Client().get("/f/demo/embed.js")

    assert len(response.content) < 10_000
    assert response["Content-Type"].startswith("text/javascript")
    assert (response["Cache-Control"], response["Cross-Origin-Resource-Policy"]) == (
        "public, max-age=300",
        "cross-origin",
    )
    assert "Formular \\u00f6ffnen" in response.content.decode()


def test_a_page_of_a_named_origin_gets_the_form(embedded: Form) -> None:
    response = Client().get(
        "/f/demo/?embed=1&lang=de&page=https://www.example.com/a?email=x&utm_source=ad", headers={"Origin": HOME}
    )

    body = told(response)
    assert response["Access-Control-Allow-Origin"] == HOME
    assert "Origin" in response["Vary"] and "Access-Control-Allow-Credentials" not in response
    assert 'name="lr_page" value="https://www.example.com/a"' in body["html"]
    assert 'name="utm_source" value="ad"' in body["html"] and "Vorname" in body["html"]
    assert body["css"].startswith(component_css()[:50])


@pytest.mark.parametrize("origin", EVIL)
def test_no_other_page_may_read_or_send_it(embedded: Form, origin: str) -> None:
    client = Client()
    answers = [
        client.get("/f/demo/?embed=1", headers={"Origin": origin}),
        client.options("/f/demo/", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
        client.post("/f/demo/", ANSWERS, headers={"Origin": origin, "Accept": "application/json"}),
    ]

    assert not any("Access-Control-Allow-Origin" in answer for answer in answers)
    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert not Lead.objects.exists()


def test_what_came_from_elsewhere_is_kept_for_review(embedded: Form) -> None:
    Client().post("/f/demo/", ANSWERS, headers={"Origin": "https://evil.example"})

    assert Submission.objects.get().errors == {
        "": ["It was sent from https://evil.example, which is none of the form's origins."]
    }


def test_a_browser_that_asks_first_is_answered(embedded: Form) -> None:
    response = Client().options("/f/demo/", headers={"Origin": HOME, "Access-Control-Request-Method": "POST"})

    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (204, HOME)
    assert response["Access-Control-Allow-Methods"] == "GET, POST"


def test_an_origin_of_one_form_means_nothing_to_another(embedded: Form, make_form: Callable[..., Form]) -> None:
    make_form(name="Other", slug="other")

    assert "Access-Control-Allow-Origin" not in Client().get("/f/other/?embed=1", headers={"Origin": HOME})


def test_its_own_host_may_always_send(form: Form) -> None:
    assert Client().post("/f/demo/", ANSWERS, headers={"Origin": "https://testserver"}).status_code == 303


def test_a_script_gets_the_form_again_with_what_is_wrong(embedded: Form) -> None:
    visitor = Visitor()
    visitor.page = {"lr_key": "0b3a8f0e-7b0b-4b1a-9b1a-0b3a8f0e7b0b"}

    response = visitor.send_json({"email": "mia@", "message": "Hello"}, Origin=HOME)

    body = told(response)
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (422, HOME)
    assert (
        "Please give an e-mail address" in body["html"]
        and "Hello" in body["html"]
        and visitor.page["lr_key"][:8] in body["html"]
    )


def test_a_script_is_told_where_to_go_on(embedded: Form) -> None:
    Form.objects.update(redirect_url="https://www.example.com/thanks", redirect_hosts=["www.example.com"])

    assert told(Visitor().send_json(ANSWERS))["redirect"] == "https://www.example.com/thanks"


def test_a_hidden_question_is_hidden(make_form: Callable[..., Form]) -> None:
    make_form({"name": "email"}, {"name": "attributes.plan", "widget": FormField.Widget.HIDDEN, "default": "pro"})
    visitor = Visitor()

    assert '<input type="hidden" name="attributes.plan" value="pro">' in visitor.open().content.decode()
    visitor.send()
    assert Lead.objects.get().attributes == {"plan": "pro"}


def test_a_hidden_question_without_an_answer_stops_nobody(make_form: Callable[..., Form]) -> None:
    """Visitors could not give one."""
    hidden = {"name": "attributes.plan", "widget": FormField.Widget.HIDDEN, "required": True}
    make_form({"name": "email"}, hidden)

    Visitor().send({"email": "mia@globex.com"})

    assert Lead.objects.get().attributes == {}
