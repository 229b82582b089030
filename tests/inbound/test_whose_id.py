"""Strangers never become one lead by the numbers that programs give, and a refusal never becomes a consent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from routing.intake.mapping.nobody import names_nobody
from routing.models import InboundAddress, Lead
from routing.services.inbound.addresses import make_address, path_of
from routing.services.inbound.presets import inbound_presets
from tests.inbound.conftest import new_address

pytestmark = [pytest.mark.django_db]
MIA, JON = "mia@globex.com", "jon@hooli.com"
PLAIN = {"email": "email", "external_id": "id"}


def door(slug: str, name: str = "A") -> str:
    preset = inbound_presets()[slug]
    return make_address(values={"name": name, "mapping": preset.mapping, "kind": preset.kind}).key


def post(key: str, body: Any) -> dict[str, Any]:
    answer = Client().post(path_of(key), json.dumps(body), content_type="application/json")
    assert answer.status_code == 202
    said: dict[str, Any] = answer.json()
    return said


def emails() -> list[str]:
    return sorted(Lead.objects.values_list("email", flat=True))


def hubspot(number: int, email: str) -> dict[str, Any]:
    return {"vid": 51, "portal-id": number, "properties": {"email": {"value": email}}}


def google(email: str, *, test: bool) -> dict[str, Any]:
    column = {"column_id": "EMAIL", "string_value": email}
    return {"lead_id": "TeSter-1", "is_test": test, "user_column_data": [column]}


# --- whose id it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "one", "other"),
    [
        ("zapier", {"id": 7, "email": MIA, "company": "Globex", "opt_in": "yes"}, {"id": 7, "email": JON}),
        ("hubspot_workflow", hubspot(1, MIA), hubspot(2, JON)),
    ],
)
def test_two_sources_that_count_alike_are_two_leads(slug: str, one: Any, other: Any) -> None:
    post(door(slug, "A"), one)
    post(door(slug, "B"), other)

    assert emails() == [JON, MIA]
    assert Lead.objects.get(email=JON).consent is not True


def test_the_same_id_at_the_same_address_is_the_same_lead() -> None:
    key = door("zapier")
    post(key, {"id": 7, "email": MIA})
    post(key, {"id": 7, "email": MIA, "company": "Globex"})

    assert Lead.objects.get().company == "Globex"


def test_an_address_that_gets_another_name_keeps_its_ids() -> None:
    key = door("zapier")
    post(key, {"id": 7, "email": MIA})
    InboundAddress.objects.update(name="B")
    post(key, {"id": 7, "email": MIA, "company": "Globex"})

    assert Lead.objects.get().company == "Globex"


def test_an_id_that_somebody_mapped_is_the_companys_own_at_whatever_address() -> None:
    for name in ("A", "B"):
        post(new_address(name=name, mapping=PLAIN).key, {"id": "crm-7", "email": MIA, "from": name})

    assert Lead.objects.get().external_id == "crm-7"


@pytest.mark.parametrize("nobody", ["0", 0, "N/A", "null", "None", False, True, "-", "0000-00", [0]])
@pytest.mark.parametrize("slug", ["zapier", None])
def test_what_stands_where_an_id_is_missing_is_no_id(slug: str | None, nobody: Any) -> None:
    key = door(slug) if slug else new_address(mapping=PLAIN).key
    answers = [post(key, {"id": nobody, "email": email}) for email in (MIA, JON)]

    assert emails() == [JON, MIA]
    assert ["external_id" in answer["left_out"] for answer in answers] == [True, True]


@pytest.mark.parametrize(
    "nobody",
    [
        *("#N/A", "#REF!", "#VALUE!", "(not set)", "not_set", "(null)", "<null>", "(none)", "[object Object]", "\\N"),
        *("{{contact.id}}", "lead-{{contact.id}}", "${id}", "%ID%", "{lead_id}", "*|UNIQID|*", "<%= id %>", -1, "-1"),
        *("NoneType", "n.a.", "N. A.", "k.A.", "unset", "missing", "no", "no id", "empty", "void", "keine"),
        *("not available", "null null", "undefined-undefined"),
    ],
)
def test_what_programs_and_templates_leave_where_an_id_is_missing_names_nobody(nobody: Any) -> None:
    assert names_nobody(nobody)


@pytest.mark.parametrize(
    "number",
    [
        *(1, 10, -7, "0007", "id-none-7", "A-1", "1-", "(1)", "-1-2", "null-7", "none7", "N-1", "#7", "REF", "value"),
        *("KA", "#12-REF", "50%", "%41%42", "{6F9619FF-8B86-D011-B42D-00CF4FC964FF}", "[ABC]", "<a.b@mail.test>"),
        *("missing-link-12", "no-7", "void*7", "nobody"),
    ],
)
def test_what_is_an_id_is_never_taken_for_none(number: Any) -> None:
    assert not names_nobody(number)


@pytest.mark.parametrize("nobody", ["#N/A", "(not set)", "{{contact.id}}"])
def test_strangers_without_an_id_are_never_one_lead(nobody: str) -> None:
    key = new_address(mapping=PLAIN).key
    for email in (MIA, JON):
        post(key, {"id": nobody, "email": email})

    assert emails() == [JON, MIA]


def test_no_id_at_hubspot_is_none_behind_its_prefix_either() -> None:
    post(door("hubspot_workflow"), {"vid": 0, "properties": {"email": {"value": MIA}}})

    assert Lead.objects.get().external_id == ""


def test_where_one_id_is_missing_the_next_one_counts() -> None:
    post(new_address(mapping=PLAIN | {"external_id": ["id", "number"]}).key, {"id": "0", "number": "7", "email": MIA})

    assert Lead.objects.get().external_id == "7"


@pytest.mark.parametrize("tests", [(True, False), (False, True)])
def test_a_test_never_has_the_id_of_a_real_lead(tests: tuple[bool, bool]) -> None:
    key = door("google_ads")
    for test in tests:
        post(key, google("test@example.com" if test else MIA, test=test))

    assert sorted(Lead.objects.values_list("email", "test")) == [(MIA, False), ("test@example.com", True)]


# --- consent ------------------------------------------------------------------------------------------------------


def webflow(**data: str) -> dict[str, Any]:
    return {"triggerType": "form_submission", "payload": {"name": "C", "id": "1", "data": {"Email": MIA} | data}}


def hubspot_form(consent: Any) -> dict[str, Any]:
    return {"fields": [{"name": "email", "value": MIA}], "legalConsentOptions": {"consent": consent}}


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("zapier", {"email": MIA, "consent": "I do not agree", "opt_in": "yes"}),
        ("zapier", {"email": MIA, "consent": "yes", "opt_in": "I do not agree"}),
        ("zapier", {"email": MIA, "opt_in": "None"}),
        ("zapier", {"email": MIA, "consent": "yes", "Consent": "I do not agree"}),
        ("zapier", {"email": MIA, "opt_in": "null"}),
        ("zapier", {"email": MIA, "opt_in": "undefined"}),
        ("webflow", webflow(Newsletter="Nein danke", Consent="true")),
        ("hubspot_form", hubspot_form({"consentToProcess": "nope", "communications": [{"value": True, "text": "N"}]})),
    ],
)
def test_what_is_neither_yes_nor_no_is_left_out(slug: str, body: Any) -> None:
    answer = post(door(slug), body)

    assert "neither yes nor no" in answer["left_out"]["consent"][0]
    assert Lead.objects.get().consent is None


@pytest.mark.parametrize(("one", "other"), [("no", "yes"), ("yes", "no"), ("who knows", "no")])
def test_one_no_is_a_no(one: str, other: str) -> None:
    post(door("zapier"), {"email": MIA, "consent": one, "opt_in": other})

    assert Lead.objects.get().consent is False


def test_one_no_is_a_no_however_its_name_is_written() -> None:
    post(door("zapier"), {"email": MIA, "consent": "yes", "Consent": "no"})

    assert Lead.objects.get().consent is False


@pytest.mark.parametrize(("said", "consent"), [("yes", True), ("no", False), ("", False)])
def test_what_the_mapping_says_counts_where_nothing_was_said(said: str, consent: bool) -> None:
    post(new_address(mapping=PLAIN | {"consent": ["ok", {"value": False}]}).key, {"email": MIA, "ok": said})

    assert Lead.objects.get().consent is consent


def test_what_one_way_cannot_read_another_may() -> None:
    words = {"path": "ok", "transforms": [{"map": {"Gern": "yes"}}]}
    post(new_address(mapping=PLAIN | {"consent": ["ok", words]}).key, {"email": MIA, "ok": "Gern"})

    assert Lead.objects.get().consent is True
