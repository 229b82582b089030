"""What pages of somebody's own send in parts: files are named, and what broke off is asked for again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from routing.intake.multipart import File
from routing.models import Form, Lead, LeadEvent, Submission
from routing.services.submissions import store
from routing.services.submissions.answers import read_answers
from routing.services.submissions.drain import drain
from routing.services.submissions.unfinished import finish_begun
from routing.services.timeline import timeline
from tests.forms.conftest import ANSWERS, Visitor
from tests.forms.test_spool import database_away

pytestmark = pytest.mark.django_db
SAID = "A file, “cv.pdf”, of 4 bytes. Files are not kept."
BROKE_OFF = "Not all of this arrived. Please look through it and send it again."


def with_file(name: str = "cv") -> dict[str, Any]:
    return ANSWERS | {name: SimpleUploadedFile("cv.pdf", b"%PDF")}


def parts(**answers: str) -> bytes:
    heads = (f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}' for name, text in answers.items())
    return "".join(f"--x\r\n{head}\r\n" for head in heads).encode() + b"--x--\r\n"


def post(body: bytes, kind: str = "multipart/form-data; boundary=x", **meta: Any) -> Any:
    return Client().generic("POST", "/f/demo/", body, content_type=kind, **meta)


def test_a_file_is_named_where_people_read_of_the_lead(visitor: Visitor) -> None:
    assert visitor.send(with_file()).status_code == 303

    lead, row = Lead.objects.get(), Submission.objects.get()
    assert row.errors == {"cv": [SAID]}
    assert any(SAID in entry.text for entry in timeline(lead, for_rep=True))
    assert ["cv", "cv.pdf", 4] in json.loads(row.raw)


def test_so_it_is_with_what_waited_on_disk(visitor: Visitor, now: datetime) -> None:
    with database_away():
        visitor.send(with_file())

    drain(now=now + timedelta(minutes=5))

    assert (Submission.objects.get().errors, Lead.objects.get().email) == ({"cv": [SAID]}, "mia@globex.com")


def test_so_it_is_after_its_process_died(form: Form, now: datetime) -> None:
    answers = read_answers([("email", "mia@globex.com")], [File("cv", "cv.pdf", 4)], now=now)
    store.begin(form=form, key=answers.key, raw=answers.raw, content_type="x", now=now)

    finish_begun(now=now + timedelta(minutes=2))

    assert SAID in Lead.objects.get().events.get(kind=LeadEvent.Kind.CLEANED).text


def test_what_is_refused_names_it_too(visitor: Visitor) -> None:
    response = visitor.send({"email": "mia@", "cv\0": SimpleUploadedFile("cv.pdf", b"%PDF")})

    assert response.status_code == 422
    assert sorted(Submission.objects.get().errors) == ["cv\ufffd", "email"]


def test_a_file_in_the_place_of_an_answer_is_no_answer(visitor: Visitor) -> None:
    response = visitor.send({"email": SimpleUploadedFile("cv.pdf", b"%PDF")})

    assert (response.status_code, Lead.objects.count()) == (422, 0)


def test_where_nobody_chose_a_file_nothing_is_noted(visitor: Visitor) -> None:
    nothing = b'--x\r\nContent-Disposition: form-data; name="cv"; filename=""\r\n\r\n\r\n'

    assert post(nothing + parts(email="mia@globex.com")).status_code == 303
    assert Submission.objects.get().errors == {}


# --- it broke off -------------------------------------------------------------------------------------------------


def test_what_broke_off_is_asked_for_again_with_all_that_arrived(form: Form) -> None:
    response = post(parts(email="mia@globex.com", first_name="Mia", message="Please call")[:-14])

    page = response.content.decode()
    assert (response.status_code, Submission.objects.count()) == (400, 0)
    assert BROKE_OFF in page
    assert 'value="mia@globex.com"' in page and 'value="Mia"' in page and "Please" in page


def test_its_visitor_sends_the_page_once_more_and_is_one_lead(visitor: Visitor) -> None:
    post(parts(**visitor.page | ANSWERS)[:-6])

    assert visitor.send().status_code == 303
    assert (Lead.objects.count(), Submission.objects.count()) == (1, 1)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_less_than_was_announced_broke_off(form: Form, kind: str) -> None:
    body = b"email=mia%40globex.com&first_na" if "url" in kind else parts(email="mia@globex.com")

    response = post(body, kind, **{"CONTENT_LENGTH": "400", "wsgi.input": BytesIO(body)})

    assert response.status_code == 400
    assert BROKE_OFF in response.content.decode() and 'value="mia@globex.com"' in response.content.decode()


def test_a_script_is_told_in_its_own_way(form: Form) -> None:
    response = post(parts(email="mia@globex.com")[:-6], HTTP_ACCEPT="application/json")

    assert (response.status_code, response.json()["sent"]) == (400, False)
    assert BROKE_OFF in response.json()["html"]


def test_it_is_said_in_german(make_form: Callable[..., Form]) -> None:
    make_form(language="de")

    assert "Nicht alles ist angekommen." in post(parts(email="mia@globex.com")[:-6]).content.decode()


@pytest.mark.parametrize(
    "body",
    [b"--x", b"\r\n--x\r\n", b"--x\r\n\r\n--x--", b"--x\r\nContent-Disposition: x\r\n\r\n1\r\n--x--", b"--y--", b"\0"],
)
def test_what_nobody_can_read_is_told_in_words(form: Form, body: bytes) -> None:
    response = post(body)

    assert (response.status_code, "This cannot be read" in response.content.decode()) == (400, True)


def test_while_the_database_is_away_it_is_no_different(visitor: Visitor) -> None:
    with database_away():
        response = post(parts(email="mia@globex.com")[:-6])

    assert (response.status_code, BROKE_OFF in response.content.decode()) == (400, True)


def test_bytes_that_are_no_text_cost_no_lead(form: Form) -> None:
    assert post(parts(email="mia@globex.com", first_name="Zo").replace(b"Zo", b"Zo\xeb")).status_code == 303
    assert Lead.objects.get().first_name.startswith("Zo")
