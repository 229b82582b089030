"""Files over the API: sent in by one request, followed, confirmed, undone."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from routing.models import AuditEntry, Import, ImportChunk, Lead, Scope
from routing.services.api_keys import create_api_key
from routing.services.publish import publish
from routing.spreadsheets.write import Sheet, xlsx_file
from tests.api.conftest import API, client_with
from tests.factories import make_catch_all, make_pool, make_rep, make_settings
from tests.imports.doing import csv, work_off

pytestmark = pytest.mark.django_db
THREE = csv("mia@globex.com,US,Globex", "leo@initech.com,US,Initech", "no address,US,Nobody")
LEADS = f"{API}/leads/import"


@pytest.fixture
def ready(now: datetime) -> None:
    make_settings()
    make_catch_all(make_pool(make_rep("Ana"), name="SMB"))
    publish(note="", user=None, now=now)


def send(client: Client, body: bytes = THREE, kind: str = "text/csv", address: str = LEADS, **headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic("POST", address, body, content_type=kind, headers=names)


def followed(client: Client, answer: Any) -> dict[str, Any]:
    work_off(timezone.now())
    found: dict[str, Any] = client.get(answer["Location"]).json()
    return found


def test_a_file_is_sent_checked_confirmed_and_undone(api: Client, ready: None) -> None:
    answer = send(api)
    assert answer.status_code == 202
    assert answer.json()["status"] == "checking"
    checked = followed(api, answer)
    assert checked["report"]["states"] == {"new": 2, "rejected": 1}
    assert checked["report"]["preview"]["reps"][0]["leads"] == 2

    assert api.post(f"{answer['Location']}/confirm", content_type="application/json").json()["status"] == "running"
    assert followed(api, answer)["report"]["applied"] == {"new": 2, "rejected": 1}
    rows = api.get(f"{answer['Location']}/rows?state=new").json()["results"]
    assert [row["lead"] for row in rows] == [str(lead.uuid) for lead in Lead.objects.order_by("pk")]

    assert api.post(f"{answer['Location']}/undo", content_type="application/json").json()["status"] == "undoing"
    assert followed(api, answer)["report"]["undone"] == {"undone": 2, "stays": 0}
    assert api.post(f"{answer['Location']}/undo", content_type="application/json").status_code == 409


def test_route_now_needs_one_request(api: Client, ready: None) -> None:
    followed(api, send(api, address=f"{LEADS}?route=now"))

    assert Lead.objects.count() == 2
    assert Lead.objects.first().api_key is not None


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/jsonl"])
def test_json_lines_are_taken(api: Client, ready: None, kind: str) -> None:
    body = b'{"email": "mia@globex.com", "attributes": {"size": "L"}}\n'

    assert followed(api, send(api, body, kind))["report"]["states"] == {"new": 1}


def test_excel_is_taken(api: Client, ready: None) -> None:
    with xlsx_file([Sheet("Leads", ["E-Mail", "PLZ"], [["mia@globex.com", "01067"]])]) as file:
        answer = send(api, file.read(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")

    assert followed(api, answer)["mapping"] == {"E-Mail": "email", "PLZ": "postal_code"}


def test_a_form_says_columns_and_defaults(api: Client, ready: None) -> None:
    file = io.BytesIO(b"Wer;Ort\nmia@globex.com;Bonn\n")
    file.name = "fair.csv"
    answer = api.post(
        LEADS, {"file": file, "mapping": '{"Wer": "email"}', "defaults": '{"source": "fair"}', "route": "now"}
    )
    found = followed(api, answer)

    assert (found["file_name"], found["mapping"]) == ("fair.csv", {"Wer": "email", "Ort": ""})
    assert (Lead.objects.get().source, Lead.objects.get().city) == ("fair", "")


@pytest.mark.parametrize(
    ("address", "body", "kind", "status", "field"),
    [
        (LEADS, b"", "text/csv", 400, "file"),
        (LEADS, b"", "multipart/form-data; boundary=x", 400, "file"),
        (LEADS, b"{}", "application/json", 415, ""),
        (LEADS, b'a,"b\n', "text/csv", 400, "file"),
        (LEADS, b"colour\nred\n", "text/csv", 400, "email"),
        (f"{LEADS}?mapping=[]", THREE, "text/csv", 400, "mapping"),
        (f"{LEADS}?mapping=%7B%22email%22:%22colour%22%7D", THREE, "text/csv", 400, "mapping.email"),
        (f"{LEADS}?speed=9", THREE, "text/csv", 400, "speed"),
        (f"{LEADS}?section=reps", THREE, "text/csv", 400, "section"),
        (f"{LEADS}?route=soon", THREE, "text/csv", 400, "route"),
        (f"{LEADS}?route=later", THREE, "text/csv", 400, "route"),
        (f"{LEADS}?delimiter=%00", THREE, "text/csv", 400, "delimiter"),
        (f"{LEADS}?whole=true", THREE, "text/csv", 400, "whole"),
        (f"{API}/imports?section=everything", THREE, "text/csv", 400, "section"),
        (LEADS, b"PK\x03\x04" + b"x" * 99, "text/csv", 400, "file"),
    ],
)
def test_what_cannot_be_a_file_is_refused(
    api: Client, address: str, body: bytes, kind: str, status: int, field: str
) -> None:
    answer = send(api, body, kind, address)

    assert answer.status_code == status, answer.content
    assert field in answer.json().get("errors", {"": ""})
    assert not Import.objects.exists()


@pytest.mark.parametrize("route", ["later", "soon", "Now", "true"])
def test_route_is_now_or_left_out_and_says_so(api: Client, route: str) -> None:
    answer = send(api, address=f"{LEADS}?route={route}")

    assert answer.json()["errors"]["route"] == [
        "Send route=now, or leave it out: then the file waits until it is confirmed."
    ]


def test_a_section_may_be_written_with_a_dash(api: Client) -> None:
    answer = send(api, b"rep,from,to\n", address=f"{API}/imports?section=time-off")

    assert (answer.status_code, answer.json()["section"]) == (202, "time_off")


def test_a_file_that_is_too_large_is_not_kept(api: Client, settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = 20

    assert send(api).status_code == 413
    assert not ImportChunk.objects.exists()


def test_a_length_that_is_too_large_is_refused_unread(api: Client, settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = settings.API_MAX_BODY_BYTES = 20

    assert send(api).status_code == 413


def test_the_same_key_and_file_is_the_same_import(api: Client, ready: None) -> None:
    first, second = send(api, Idempotency_Key="k1"), send(api, Idempotency_Key="k1")

    assert second["Idempotent-Replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]
    assert send(api, THREE + b"\n", Idempotency_Key="k1").status_code == 422


def test_every_scope_brings_in_its_own(api_with: Callable[..., Client]) -> None:
    leads, config = api_with(Scope.LEADS_WRITE), api_with(Scope.CONFIG_WRITE)
    accounts = b"name\nGlobex\n"

    assert send(leads).status_code == 202
    assert send(config).status_code == 403
    assert send(leads, accounts, address=f"{API}/imports?section=accounts").status_code == 403
    assert send(config, accounts, address=f"{API}/imports?section=accounts").status_code == 202
    assert [row["section"] for row in leads.get(f"{API}/imports").json()["results"]] == ["leads"]
    assert [row["section"] for row in config.get(f"{API}/imports").json()["results"]] == ["accounts"]


def test_what_another_scope_brought_in_is_not_there(api_with: Callable[..., Client]) -> None:
    where = send(api_with(Scope.LEADS_WRITE))["Location"]

    config = api_with(Scope.CONFIG_WRITE)
    answers = [config.get(where), config.get(f"{where}/rows"), *(config.post(f"{where}/{act}") for act in ACTS)]

    assert {answer.status_code for answer in answers} == {404}


ACTS = ("confirm", "cancel", "undo")


def test_who_may_only_write_sees_no_file_of_others(api_with: Callable[..., Client]) -> None:
    """Its rows are people, whom the same key cannot read anywhere else."""
    where = send(api_with(Scope.LEADS_WRITE))["Location"]
    writer, reader = api_with(Scope.LEADS_WRITE), api_with(Scope.LEADS_WRITE, Scope.LEADS_READ)

    answers = [writer.get(where), writer.get(f"{where}/rows"), *(writer.post(f"{where}/{act}") for act in ACTS)]

    assert {answer.status_code for answer in answers} == {404}
    assert writer.get(f"{API}/imports").json()["results"] == []
    assert reader.get(f"{where}/rows").status_code == 200


def test_readers_and_reps_bring_in_nothing(api_with: Callable[..., Client], db: None) -> None:
    of_rep = client_with(create_api_key(name="ana", scopes=[Scope.LEADS_WRITE], rep=make_rep("Ana")).secret)

    for client in (api_with(Scope.LEADS_READ, Scope.CONFIG_READ), of_rep):
        assert send(client).status_code == 403
        assert client.get(f"{API}/imports").status_code == 403


def test_rows_come_in_pages(api: Client, ready: None) -> None:
    where = send(api)["Location"]
    work_off(timezone.now())

    first = api.get(f"{where}/rows?page_size=2&ordering=-number").json()
    second = api.get(first["next"]).json()

    assert [row["number"] for row in first["results"] + second["results"]] == [3, 2, 1]
    assert "email" in first["results"][0]["errors"]
    assert api.get(f"{where}/rows?state=odd").status_code == 400


def test_a_cancelled_check_can_be_confirmed_no_more_before_it_is_made_again(api: Client, ready: None) -> None:
    where = send(api)["Location"]
    assert api.post(f"{where}/confirm", content_type="application/json").status_code == 409
    assert api.post(f"{where}/cancel", content_type="application/json").status_code == 200
    work_off(timezone.now())

    assert api.get(where).json()["status"] == "cancelled"
    assert api.post(f"{where}/confirm", content_type="application/json").status_code == 409


def test_who_did_what_with_files_is_noted_without_naming_anybody(api: Client, ready: None) -> None:
    followed(api, send(api, address=f"{LEADS}?route=now"))

    notes = AuditEntry.objects.filter(action__startswith="import")
    assert {"import.sent", "import.started"} <= set(notes.values_list("action", flat=True))
    assert "globex" not in json.dumps([note.detail for note in notes])


@pytest.mark.parametrize("bad", ["\\u0000", "\\ud800"])
@pytest.mark.parametrize(
    "said",
    [
        {"defaults": '{"company": "AcmeX"}'},
        {"mapping": '{"email": "email", "country": "attributes.aX"}'},
        {"defaults": '{"attributes.aX": "1"}'},
    ],
)
def test_what_no_database_keeps_is_not_kept_of_what_is_said(api: Client, said: dict[str, str], bad: str) -> None:
    (part, text), *_ = said.items()

    answer = send(api, address=f"{LEADS}?{urlencode({part: text.replace('X', bad)})}")

    assert answer.status_code == 202
    assert send(api, address=f"{LEADS}?consent_wording=a%00b").json()["options"] == {"consent_wording": "ab"}
