"""Inbound addresses and forms by the API and the configuration file: keys and secrets are in no answer and no file."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from routing.api.authentication import forget_keys
from routing.models import Form, InboundAddress, Lead, Scope
from routing.rulebook.config.export import export_text
from routing.services.api_keys import create_api_key
from routing.services.importing.run import import_config
from tests.inbound.conftest import MIA, new_address
from tests.routing.config_sample import SMALL

pytestmark = pytest.mark.django_db
API = "/api/v1/inbound"
INBOUND = (
    "inbound: [{name: Landing pages, mapping: {email: contact.email}, signature: hex, signature_header: X-Sign}]\n"
)


@pytest.fixture
def api(db: None) -> Client:
    forget_keys()
    return Client(headers={"Authorization": f"Bearer {create_api_key(name='ops', scopes=Scope.values).secret}"})


def call(client: Client, method: str, address: str, **body: Any) -> Any:
    return client.generic(method, address, json.dumps(body), content_type="application/json")


def test_the_address_is_in_the_answer_to_making_one_and_nowhere_else(api: Client) -> None:
    made = call(api, "POST", API, name="Zapier", mapping={"email": "contact.email"}).json()

    sent = Client().post(made["url"], json.dumps(MIA), content_type="application/json")

    assert (sent.status_code, Lead.objects.get().email) == (202, "mia@globex.com")
    assert made["key"] not in api.get(f"{API}/{made['id']}").content.decode()


def test_a_key_is_exchanged(api: Client) -> None:
    made = call(api, "POST", API, name="Zapier", mapping={"email": "contact.email"}).json()

    fresh = call(api, "POST", f"{API}/{made['id']}/rotate").json()

    answers = [
        Client().post(url, json.dumps(MIA), content_type="application/json") for url in (made["url"], fresh["url"])
    ]
    assert [answer.status_code for answer in answers] == [404, 202]


def test_use_does_not_change_its_etag(api: Client) -> None:
    made = call(api, "POST", API, name="Zapier", mapping={"email": "contact.email"}).json()
    before = api.get(f"{API}/{made['id']}")["ETag"]

    Client().post(made["url"], json.dumps(MIA), content_type="application/json")

    assert api.get(f"{API}/{made['id']}")["ETag"] == before


@pytest.mark.parametrize(
    ("address", "secret", "values"),
    [
        (API, "signature_secret", {"mapping": {}, "signature": "hex", "signature_header": "X-Sign"}),
        ("/api/v1/forms", "captcha_secret",
         {"fields": [{"field": "email"}], "captcha": "turnstile", "captcha_site_key": "site"}),
    ],
)  # fmt: skip
def test_a_secret_is_kept_and_never_answered(api: Client, address: str, secret: str, values: Any) -> None:
    made = call(api, "POST", address, name="Mine", **values, **{secret: "s3cret-value"})
    changed = call(api, "PATCH", f"{address}/{made.json()['id']}", source="fair")

    row: Any = (InboundAddress if address == API else Form).objects.get()
    assert (getattr(row, secret), row.source) == ("s3cret-value", "fair")
    assert "s3cret-value" not in made.content.decode() + changed.content.decode() + export_text()


def test_two_rows_of_one_name_are_refused_with_the_row(api: Client) -> None:
    answer = call(api, "POST", API, name="Mine", mapping={"attributes.plan": "a", "attributes.Plan ": "b"})

    assert (answer.status_code, InboundAddress.objects.count()) == (400, 0)
    assert answer.json()["errors"] == {
        "mapping.attributes.Plan ": ["This is “attributes.plan” again, written otherwise. Make one row of both."]
    }


def test_an_import_keeps_key_and_secret(now: datetime) -> None:
    door = new_address(signature="hex", signature_header="X-Sign", signature_secret="s3cret")

    import_config(text=SMALL + INBOUND, now=now)

    row = InboundAddress.objects.get()
    assert (row.digest, row.signature_secret) == (door.address.digest, "s3cret")
    assert row.mapping == {"email": "contact.email"}


def test_an_import_says_what_a_new_address_lacks(now: datetime) -> None:
    changes = " ".join(import_config(text=SMALL + INBOUND, now=now).changes)

    assert "give it a new key: in the admin, or with POST /api/v1/inbound/" in changes
    assert "“Landing pages” has no secret yet, so nothing passes its check." in changes


def test_two_forms_cannot_have_one_address(now: datetime) -> None:
    forms = (
        "forms: [{name: A, slug: talk, fields: [{field: email}]}, {name: B, slug: talk, fields: [{field: email}]}]\n"
    )

    with pytest.raises(Exception, match=r'forms\[1\].slug: "talk" is the address of the form "A" already.'):
        import_config(text=SMALL + forms, now=now)


def test_questions_are_replaced_as_a_whole_and_said(now: datetime) -> None:
    forms = "forms: [{{name: A, fields: [{{field: email}}, {{field: {}}}]}}]\n"
    new = import_config(text=SMALL + forms.format("company"), now=now).changes
    assert [change for change in new if change.startswith("Form")] == ["Form “A” is new."]

    changes = import_config(text=SMALL + forms.format("phone"), now=now).changes

    assert changes == ["Form “A”: fields: email, company → email, phone."]
    assert list(Form.objects.get().fields.values_list("name", flat=True)) == ["email", "phone"]
