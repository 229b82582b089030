"""Several answers to one field: the first e-mail address or number that is one counts, and no other value vanishes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from routing.intake.bodies import item_body
from routing.models import InboundAddress, Lead
from routing.services.inbound.addresses import make_address, path_of
from routing.services.inbound.presets import inbound_presets
from routing.services.inbound.trying import Tried, would_make
from tests.work import work_of

MOST_WORK = 40
"""Million steps of a loop, whatever the machine."""
MIA, JON = "mia@globex.com", "jon@hooli.com"
ROWS = {"email": ["email", "work_email"], "phone": ["phone", "mobile"], "country": "country"}


def tried(body: Any) -> Tried:
    return would_make(InboundAddress(name="x", mapping=ROWS), item_body(body))


def found(body: Any) -> tuple[Any, Any, dict[str, Any]]:
    """The two fields, and the attributes."""
    lead = tried(body).lead
    attributes = {name: value for name, value in lead.items() if name.startswith("attributes.")}
    return lead.get("email"), lead.get("phone"), attributes


@pytest.mark.parametrize(
    ("email", "others"),
    [
        ([MIA, JON], {"attributes.email": [JON]}),
        (["n/a", MIA], {"attributes.email": ["n/a"]}),
        (["Mia", MIA, 7, JON], {"attributes.email": ["Mia", 7, JON]}),
        ([{"value": JON}, MIA], {"attributes.email.1.value": JON}),
        ([MIA], {}),
    ],
)
def test_of_a_list_the_first_address_counts(email: list[Any], others: dict[str, Any]) -> None:
    assert found({"email": email}) == (MIA, None, others)


@pytest.mark.parametrize("no", ["n/a", "none", "-", "Mia Chen", "mia@", True, 0, ["n/a", "none"]])
def test_a_later_way_counts_where_the_first_leads_to_no_address(no: Any) -> None:
    assert found({"email": no, "work_email": MIA}) == (MIA, None, {"attributes.email": no})


def test_of_several_spellings_of_a_name_the_first_with_an_address_counts() -> None:
    assert found({"E-Mail": "n/a", "Email": MIA, "email": "-"}) == (
        MIA, None, {"attributes.E-Mail": "n/a", "attributes.email": "-"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "phone"),
    [
        ({"phone": ["call me", "+49 40 32999999"]}, "+494032999999"),
        ({"phone": "n/a", "mobile": "+49 40 32999999"}, "+494032999999"),
        ({"phone": ["040 32999999", "+49 30 23125000"]}, "+493023125000"),
        ({"phone": ["040 32999999", "+49 30 23125000"], "country": "Germany"}, "+494032999999"),
        ({"phone": ["040 32999999", "n/a"], "country": "nowhere", "mobile": "+49 30 23125000"}, "+493023125000"),
    ],
)
def test_of_numbers_the_first_that_can_be_read_counts(body: Any, phone: str) -> None:
    assert found({"email": MIA} | body)[1] == phone


def test_where_none_is_an_address_the_one_that_may_be_meant_is_named() -> None:
    answer = tried({"email": ["n/a", "mia(at)globex"], "phone": "+49 40 32999999"})

    assert list(answer.left_out) == ["email"]
    assert "“mia(at)globex” at email" in answer.left_out["email"][0]
    assert answer.lead["attributes.email"] == ["n/a"]


@pytest.mark.parametrize("nothing", [[], {}, [""], [[]], None, " "])
def test_nothing_is_no_address(nothing: Any) -> None:
    assert found({"email": nothing, "work_email": MIA})[0] == MIA


def test_a_megabyte_of_numbers_is_bounded_work() -> None:
    assert work_of(lambda: tried({"email": MIA, "phone": ["0" * 12] * 60_000})) < MOST_WORK


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["zapier", "webflow"])
def test_of_a_preset_too(slug: str) -> None:
    preset = inbound_presets()[slug]
    key = make_address(values={"name": "A", "mapping": preset.mapping, "kind": preset.kind}).key
    data = {"email": [MIA, JON], "work_email": "n/a", "phone": "none", "mobile": "+49 40 32999999"}
    body = data if slug == "zapier" else {"triggerType": "x", "payload": {"id": "1", "name": "C", "data": data}}

    answer = Client().post(path_of(key), json.dumps(body), content_type="application/json")

    lead = Lead.objects.get()
    assert (answer.status_code, lead.email, lead.phone) == (202, MIA, "+494032999999")
    assert lead.attributes == {"email": [JON], "work_email": "n/a", "phone": "none"}


@pytest.mark.parametrize(
    ("email", "transforms"),
    [(["n/a", {"label": "work"}, MIA], ["lower"]), (["n/a"] * 60 + [MIA], [])],
    ids=["an object among them", "many before it"],
)
def test_no_other_answer_stands_before_an_address(email: list[Any], transforms: list[str]) -> None:
    address = InboundAddress(name="x", mapping={"email": {"path": "email", "transforms": transforms}})

    assert would_make(address, item_body({"email": email})).lead["email"] == MIA


def test_a_transform_of_lists_gets_the_list() -> None:
    rows = {
        "email": {"path": "people[*].email", "transforms": ["last"]},
        "first_name": {"path": "people[*].name", "transforms": ["last"]},
        "phone": {"path": "parts[*].text", "transforms": [{"join": ""}]},
    }
    people = [{"email": JON, "name": "Jon"}, {"email": MIA, "name": "Mia"}]
    parts = [{"text": "+49"}, {"text": "40"}, {"text": "32999999"}]

    lead = would_make(InboundAddress(name="x", mapping=rows), item_body({"people": people, "parts": parts})).lead

    assert (lead["email"], lead["first_name"], lead["phone"]) == (MIA, "Mia", "+494032999999")
