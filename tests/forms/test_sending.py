"""A form is opened, filled in and sent without JavaScript: one lead comes of it, whatever is done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from routing.models import Form, Lead, Submission
from routing.services.privacy.erasing import erase_person
from routing.services.submissions import receive
from tests.forms.conftest import ANSWERS, Visitor

pytestmark = pytest.mark.django_db


def test_a_form_that_is_sent_becomes_a_lead(visitor: Visitor) -> None:
    response = visitor.send(ANSWERS | {"attributes.team size": "11+"})

    lead = Lead.objects.get()
    assert response.status_code == 303
    assert (lead.email, lead.first_name, lead.form, lead.kind, lead.source) == (
        "mia@globex.com", "Mia", "demo", "demo", "website",
    )  # fmt: skip
    assert lead.attributes == {"team size": "11+"}


def test_what_was_sent_is_kept_as_it_came(visitor: Visitor) -> None:
    visitor.send()

    row = Submission.objects.get()
    assert (row.status, row.lead, row.page) == (
        Submission.Status.ACCEPTED,
        Lead.objects.get(),
        "http://testserver/f/demo/",
    )
    assert '["email", "mia@globex.com"]' in row.raw
    assert "127.0.0.1" not in row.raw + row.visitor


def test_the_page_after_it_thanks_by_name_and_names_nobody_in_its_address(visitor: Visitor) -> None:
    address = visitor.send()["Location"]

    page = visitor.client.get(address).content.decode()

    assert "Thank you, Mia!" in page
    assert not any(word in address for word in ("Mia", "mia", "globex"))


def test_reloading_the_page_after_it_sends_nothing(visitor: Visitor) -> None:
    address = visitor.send()["Location"]

    for _ in range(3):
        visitor.client.get(address)

    assert Lead.objects.count() == 1


def test_a_double_click_makes_one_lead_and_thanks_twice(visitor: Visitor) -> None:
    answers = [visitor.send() for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert Lead.objects.count() == 1


def test_going_back_and_sending_something_else_is_a_lead_of_its_own(visitor: Visitor) -> None:
    visitor.send()
    visitor.send(ANSWERS | {"email": "leo@globex.com"})

    assert set(Lead.objects.values_list("email", flat=True)) == {"mia@globex.com", "leo@globex.com"}


def test_mistakes_are_shown_beside_their_fields_and_nothing_typed_is_lost(visitor: Visitor) -> None:
    response = visitor.send({"first_name": "Mia", "email": "mia@", "message": "A <long> text"})

    page = response.content.decode()
    assert response.status_code == 422
    assert 'aria-invalid="true" autofocus' in page.partition('name="email"')[2].partition(">")[0]
    assert "Please give an e-mail address such as name@example.com." in page
    assert "A &lt;long&gt; text" in page and 'value="Mia"' in page and 'value="mia@"' in page
    assert "<title>Error: Get in touch</title>" in page


def test_each_error_is_tied_to_its_field(visitor: Visitor) -> None:
    page = visitor.send({"email": ""}).content.decode()

    tag = page.partition('name="email"')[2].partition(">")[0]
    described = tag.partition('aria-describedby="')[2].partition('"')[0]
    assert f'id="{described}">Please fill this in.' in page


def test_what_cannot_be_a_lead_is_kept_for_review(visitor: Visitor) -> None:
    visitor.send({"email": "mia@"})

    row = Submission.objects.get()
    assert (row.status, Lead.objects.count()) == (Submission.Status.INVALID, 0)
    assert row.errors == {"email": ["Please give an e-mail address such as name@example.com."]}
    assert list(Submission.objects.to_review()) == [row]


def test_a_correction_takes_the_place_of_the_mistake(visitor: Visitor) -> None:
    visitor.send({"email": "mia@"})
    visitor.send()

    row = Submission.objects.get()
    assert (row.lead, row.errors, row.attempts) == (Lead.objects.get(), {}, 2)


def test_campaign_tags_of_the_pages_address_come_with_it(form: Form) -> None:
    visitor = Visitor()
    visitor.open("?utm_source=google&utm_campaign=Spring&gclid=x1&evil=1")

    visitor.send()

    lead = Lead.objects.get()
    assert lead.utm == {"source": "google", "campaign": "Spring", "gclid": "x1"}
    assert lead.campaign == "Spring"


def test_a_form_names_the_campaign_where_the_address_names_none(make_form: Callable[..., Form]) -> None:
    make_form(campaign="Always")
    visitor = Visitor()
    visitor.open()

    visitor.send()

    assert Lead.objects.get().campaign == "Always"


@pytest.mark.parametrize(
    "name", ["external_id", "test", "owner", "status", "score", "id", "form", "utm", "attributes.x"]
)
def test_what_the_form_does_not_ask_is_not_taken(visitor: Visitor, name: str) -> None:
    visitor.send(ANSWERS | {name: "1"})

    lead = Lead.objects.get()
    assert (lead.external_id, lead.test, lead.owner, lead.form, lead.utm, lead.attributes) == (
        "",
        False,
        None,
        "demo",
        {},
        {},
    )


def test_answers_are_checked_against_what_can_be_chosen(visitor: Visitor) -> None:
    page = visitor.send(ANSWERS | {"attributes.team size": "a million"}).content.decode()

    assert "Please choose one of these." in page


def test_numbers_and_boxes_of_ones_own_are_kept_as_such(make_form: Callable[..., Form]) -> None:
    make_form(
        {"name": "email"},
        {"name": "attributes.seats", "widget": "number"},
        {"name": "attributes.news", "widget": "checkbox"},
    )
    visitor = Visitor()
    visitor.open()

    visitor.send({"email": "mia@globex.com", "attributes.seats": "12.5", "attributes.news": "on"})

    assert Lead.objects.get().attributes == {"seats": 12.5, "news": True}


@pytest.mark.parametrize(("ticked", "given"), [({"consent": "on"}, True), ({}, False)])
def test_consent_is_kept_with_its_words(make_form: Callable[..., Form], ticked: Any, given: bool) -> None:
    make_form(consent_text="You may write to me.")
    visitor = Visitor()
    visitor.open()

    visitor.send(ANSWERS | ticked)

    row = Lead.objects.get().consents.get()
    assert (row.given, row.wording, row.origin) == (given, "You may write to me.", "Demo request")


@pytest.mark.parametrize("said", ["on", "Ja", "1", "you may  write to me."])
def test_a_clear_yes_and_the_words_themselves_are_a_consent(make_form: Callable[..., Form], said: str) -> None:
    make_form(consent_text="You may write to me.")
    Visitor().send_json(ANSWERS | {"consent": said})

    assert Lead.objects.get().consents.get().given is True


@pytest.mark.parametrize("said", ["nein", "n", "unchecked", "No"])
def test_a_word_that_says_no_is_no_consent(make_form: Callable[..., Form], said: str) -> None:
    make_form(consent_text="You may write to me.")
    Visitor().send_json(ANSWERS | {"consent": said})

    assert Lead.objects.get().consents.get().given is False


@pytest.mark.parametrize("said", ["null", "I do not agree", "You may not write to me."])
def test_what_is_neither_yes_nor_no_is_left_out_of_the_consent(make_form: Callable[..., Form], said: str) -> None:
    make_form(consent_text="You may write to me.")
    Visitor().send_json(ANSWERS | {"consent": said})

    lead = Lead.objects.get()
    assert (lead.consent, lead.consents.count()) == (None, 0)
    assert said in lead.submissions.get().errors["consent"][0]


def test_a_consent_that_is_needed_must_be_clear(make_form: Callable[..., Form]) -> None:
    make_form(consent_text="You may write to me.", consent_required=True)
    response = Visitor().send_json(ANSWERS | {"consent": "I do not agree"})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["consent"]
    assert "checked" not in response.json()["html"]


def test_a_box_that_says_no_in_words_is_not_ticked(make_form: Callable[..., Form]) -> None:
    make_form({"name": "email"}, {"name": "attributes.news", "widget": "checkbox"})
    Visitor().send_json({"email": "mia@globex.com", "attributes.news": "nein"})

    assert Lead.objects.get().attributes == {"news": False}


def test_consent_that_is_needed_is_asked_for(make_form: Callable[..., Form]) -> None:
    make_form(consent_text="You may write to me.", consent_required=True)
    visitor = Visitor()
    visitor.open()

    response = visitor.send()

    assert (response.status_code, Lead.objects.count()) == (422, 0)
    assert "Please tick this box." in response.content.decode()


def test_somebody_who_gives_neither_address_nor_number_is_told(make_form: Callable[..., Form]) -> None:
    make_form({"name": "email"}, {"name": "phone"})
    visitor = Visitor()
    visitor.open()

    page = visitor.send({}).content.decode()

    assert page.count("Please give an e-mail address or a phone number") == 2  # in the summary, and beside the field


def test_a_page_of_somebodys_own_may_send_without_key_and_time(form: Form) -> None:
    answers = [Client(enforce_csrf_checks=True).post("/f/demo/", ANSWERS) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert Lead.objects.get().screen_reason == ""


def test_json_is_taken_as_well(form: Form) -> None:
    response = Client().post(
        "/f/demo/", ANSWERS, content_type="application/json", headers={"Accept": "application/json"}
    )

    assert (response.status_code, response.json()["sent"]) == (200, True)
    assert Lead.objects.get().email == "mia@globex.com"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("x" * 1_100_000, "application/x-www-form-urlencoded", 413),
        ("&".join(f"a{n}=1" for n in range(1_100)), "application/x-www-form-urlencoded", 400),
        ("[1]", "application/json", 400),
        ('{"email": {"a": 1}}', "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ("email=a", "text/plain", 400),
        ("email=a", "application/x-www-form-urlencoded; charset=utf-7", 400),
        ("--x", "multipart/form-data", 400),
        ("--x", "multipart/form-data; boundary=x", 400),
    ],
)
def test_bodies_that_no_form_sends_are_refused_in_words(form: Form, body: str, kind: str, status: int) -> None:
    response = Client().generic("POST", "/f/demo/", body, content_type=kind)

    assert response.status_code in (status, 422)
    assert "<h1" in response.content.decode() or status == 303


@pytest.mark.parametrize(
    "body", ['{"email": "a\\ud800"}', '{"\\ud800": "\\u0000", "message": "\\udfff"}', '{"email": "\\u0000"}']
)
def test_half_characters_in_json_are_answered_as_mistakes(form: Form, body: str) -> None:
    response = Client().post("/f/demo/", body, content_type="application/json")

    assert response.status_code == 422


def test_characters_that_no_database_keeps_do_no_harm(visitor: Visitor) -> None:
    visitor.send(ANSWERS | {"first_name": "Mi\0a", "message": "x\ud800y".encode("utf-8", "surrogatepass")})

    assert Lead.objects.get().first_name == "Mia"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_form_takes_no_other_methods(form: Form, method: str) -> None:
    assert getattr(Client(), method)("/f/demo/").status_code == 405


@pytest.mark.parametrize("path", ["/f/demo/", "/f/demo/embed.js", "/f/demo/thanks/x/"])
def test_a_form_that_was_closed_is_not_there(form: Form, path: str) -> None:
    Form.objects.update(active=False)

    assert Client().get(path).status_code == 404


def test_a_form_takes_no_cookie_and_sets_none(visitor: Visitor) -> None:
    response = visitor.send()

    assert not visitor.client.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_a_page_takes_three_queries_and_a_submission_few(visitor: Visitor, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):  # on PostgreSQL one of them asks for the time
        visitor.open()
    with django_assert_max_num_queries(40):
        visitor.send()


def test_whoever_is_erased_while_it_is_in_hand_has_sent_it_after_that(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    real = receive._captcha

    def after_an_erasure(asked: Any, sent: Any) -> Any:
        erase_person(email=ANSWERS["email"], never_again=True, now=now)
        return real(asked, sent)

    monkeypatch.setattr(receive, "_captcha", after_an_erasure)

    response = visitor.send()

    assert (response.status_code, Submission.objects.get().lead) == (303, Lead.objects.get())
    assert Lead.objects.get().screen_reason == "asked to be erased"
