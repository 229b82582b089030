"""An optional answer that cannot be read costs no lead: it is left out, and noted as it was typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from routing.models import Form, Lead, LeadEvent, Submission
from routing.services.submissions import store
from routing.services.submissions.answers import read_answers
from routing.services.submissions.unfinished import finish_begun
from routing.services.timeline import timeline
from tests.forms.conftest import Visitor

pytestmark = pytest.mark.django_db
MakeForm = Callable[..., Form]
EMAIL = {"name": "email", "required": True}
MIA = {"email": "mia@globex.com"}


def send(make_form: MakeForm, *questions: dict[str, Any], **answers: str) -> Any:
    make_form(*questions)
    visitor = Visitor()
    visitor.open()
    return visitor.send(dict(answers))


@pytest.mark.parametrize("phone", ["call me", "12", "see signature", "+49"])
def test_an_optional_phone_that_is_none_costs_no_lead(make_form: MakeForm, phone: str) -> None:
    response = send(make_form, EMAIL, {"name": "phone"}, **MIA, phone=phone)

    lead = Lead.objects.get()
    assert (response.status_code, lead.email, lead.phone) == (303, "mia@globex.com", "")
    note = LeadEvent.objects.get(lead=lead, kind=LeadEvent.Kind.CLEANED).text
    assert note.startswith("Could not be read, and was left out: phone:") and f"“{phone}”" in note
    assert note in [entry.text for entry in timeline(lead, for_rep=True)]
    row = Submission.objects.get()
    assert (row.status, row.lead, list(row.errors)) == (Submission.Status.ACCEPTED, lead, ["phone"])


@pytest.mark.parametrize("required", [True, False])
def test_what_no_database_keeps_costs_no_answer(make_form: MakeForm, required: bool) -> None:
    make_form(EMAIL, {"name": "phone", "required": required})
    visitor = Visitor()
    visitor.open()
    body = visitor.page | MIA | {"phone": "\ud83d\0 12"}

    answer = visitor.client.post(
        visitor.path, json.dumps(body), content_type="application/json", headers={"Accept": "application/json"}
    )

    assert answer.status_code == (422 if required else 200), answer.content
    assert str(Submission.objects.get().errors).isprintable()


@pytest.mark.one_database("what is read is the same on both")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("website", "mailto:mia@globex.com"),
        ("employees", "quite a few"),
        ("country", "Atlantis"),
        ("region", "Atlantis"),
        ("language", "Klingonese"),
        ("annual_revenue", "confidential"),
    ],
)
def test_so_with_every_optional_answer(make_form: MakeForm, name: str, value: str) -> None:
    response = send(make_form, EMAIL, {"name": name}, **MIA, **{name: value})

    assert response.status_code == 303
    assert not getattr(Lead.objects.get(), name) and f"“{value}”" in str(Submission.objects.get().errors[name])


@pytest.mark.one_database("what is read is the same on both")
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("phone", "call me", "Please give the number with its country code"),
        ("website", "mailto:mia@globex.com", "Please give a web address"),
        ("annual_revenue", "confidential", "Please give a number"),
    ],
)
def test_a_required_one_is_asked_again(make_form: MakeForm, name: str, value: str, error: str) -> None:
    response = send(make_form, EMAIL, {"name": name, "required": True}, **MIA, **{name: value})

    page = response.content.decode()
    assert (response.status_code, Lead.objects.count()) == (422, 0)
    assert f'id="lead-form-2-error">{error}' in page and f'value="{value}"' in page


@pytest.mark.one_database("what is read is the same on both")
@pytest.mark.parametrize("answers", [{"phone": "call me"}, {"email": "mia@"}, {"email": "mia@", "phone": "call me"}])
def test_whoever_could_not_be_reached_then_is_asked_again(make_form: MakeForm, answers: dict[str, str]) -> None:
    response = send(make_form, {"name": "email"}, {"name": "phone"}, **answers)

    page = response.content.decode()
    assert (response.status_code, Lead.objects.count()) == (422, 0)
    for name in answers:
        assert f'id="lead-form-{["email", "phone"].index(name) + 1}-error">' in page
    assert "Please give an e-mail address or a phone number" not in page


@pytest.mark.one_database("what is read is the same on both")
@pytest.mark.parametrize("name", ["phone", "country", "campaign"])
def test_what_is_hidden_stops_nobody(make_form: MakeForm, name: str) -> None:
    """Visitors could not put it right."""
    response = send(make_form, EMAIL, {"name": name, "widget": "hidden"}, **MIA, **{name: "x" * 400})

    assert response.status_code == 303
    assert list(Submission.objects.get().errors) == [name]


@pytest.mark.one_database("what is read is the same on both")
def test_one_mistake_is_not_two(make_form: MakeForm) -> None:
    response = send(make_form, EMAIL, {"name": "phone"}, email="mia@", phone="call me")

    page = response.content.decode()
    assert page.count('class="lead-form__error"') == 1 and 'value="call me"' in page


def test_sent_twice_it_is_noted_once(make_form: MakeForm) -> None:
    make_form(EMAIL, {"name": "phone"})
    visitor = Visitor()
    visitor.open()
    for _ in range(2):
        visitor.send(MIA | {"phone": "call me"})

    assert LeadEvent.objects.filter(kind=LeadEvent.Kind.CLEANED).count() == 1


def test_so_it_is_after_its_process_died(make_form: MakeForm, now: datetime) -> None:
    form = make_form(EMAIL, {"name": "phone"})
    answers = read_answers([("email", "mia@globex.com"), ("phone", "call me")], now=now)
    store.begin(form=form, key=answers.key, raw=answers.raw, content_type="x", now=now)

    finish_begun(now=now + timedelta(minutes=2))

    assert Lead.objects.get().events.filter(kind=LeadEvent.Kind.CLEANED, text__contains="“call me”").exists()
