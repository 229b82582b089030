"""POST /in/KEY with the id of a known lead: it changes by what is said, and nothing else of it, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from routing.intake.bodies import item_body
from routing.models import Consent, InboundAddress, Lead, Submission
from routing.services.inbound.trying import would_make
from routing.services.privacy import suppress
from tests.inbound.conftest import MAPPING, MIA

pytestmark = pytest.mark.django_db
Send = Callable[..., Any]
KIM = {"contact": {"email": "kim@hooli.com", "name": "Kim"}, "id": "8", "agreed": True}


@pytest.fixture
def known(send: Send) -> Lead:
    send(KIM)
    send(MIA | {"id": "7", "agreed": True})
    return Lead.objects.get(external_id="7")


def facts_of(lead: Lead) -> tuple[Any, ...]:
    lead = Lead.objects.get(pk=lead.pk)
    return lead.email, lead.first_name, lead.consent, lead.kind, lead.source


def test_a_consent_is_withdrawn_by_the_id_alone(send: Send, known: Lead) -> None:
    answer = send({"id": 7, "agreed": False})

    assert (answer.status_code, answer.json()) == (202, {"id": str(known.uuid), "status": "pending"})
    assert facts_of(known) == ("mia@globex.com", "Mia", False, "demo", "ads")
    assert Submission.objects.latest("pk").lead == known


def test_nobody_else_is_changed(send: Send, known: Lead) -> None:
    send({"id": "7", "agreed": False})

    assert Lead.objects.count() == 2
    assert Lead.objects.get(external_id="8").consent is True


@pytest.mark.parametrize("body", [{"id": "9"}, {}, {"id": "0"}, {"id": None}, {"id": "7" * 151}, {"id": {"id": "7"}}])
def test_an_id_that_nobody_has_is_no_way_to_reach_somebody(send: Send, known: Lead, body: Any) -> None:
    answer = send(body | {"agreed": False})

    assert (answer.status_code, Submission.objects.latest("pk").status) == (422, "invalid")
    assert "email" in answer.json()["errors"]
    assert facts_of(known)[2] is True


def test_what_cannot_be_read_beside_it_is_left_out(send: Send, known: Lead) -> None:
    wrong = {"contact": {"email": "n/a", "phone": "call me"}, "size": "lots"}

    answer = send(wrong | {"id": "7", "agreed": False})

    assert (answer.status_code, sorted(answer.json()["left_out"])) == (202, ["email", "employees", "phone"])
    assert facts_of(known) == ("mia@globex.com", "Mia", False, "demo", "ads")


def test_what_says_nothing_takes_nothing_away(send: Send, known: Lead) -> None:
    send({"id": "7", "agreed": False, "contact": {"email": "\u200b", "name": " "}})

    assert facts_of(known)[:3] == ("mia@globex.com", "Mia", False)


def test_it_is_read_by_what_is_known(send: Send, address: InboundAddress) -> None:
    InboundAddress.objects.update(mapping=MAPPING | {"country": "country"})
    send(MIA | {"id": "7", "country": "DE"})

    answer = send({"id": "7", "contact": {"phone": "040 32999999"}})

    assert (answer.json().get("left_out"), Lead.objects.get().phone) == (None, "+494032999999")


def test_a_number_of_another_country_leaves_the_place_as_it_is(send: Send, address: InboundAddress) -> None:
    InboundAddress.objects.update(mapping=MAPPING | {"city": "city", "postal_code": "zip"})
    send({"id": "7", "contact": {"phone": "+49 40 32999999"}, "city": "Hamburg", "zip": "20095"})

    send({"id": "7", "contact": {"phone": "+43 1 5134567"}})

    lead = Lead.objects.get()
    assert (lead.phone, lead.city, lead.postal_code) == ("+4315134567", "Hamburg", "20095")


def test_it_keeps_where_the_consent_was_changed(send: Send, known: Lead) -> None:
    send({"id": "7", "agreed": False})
    send(MIA | {"id": "7", "agreed": True, "size": 5})

    said = Consent.objects.filter(lead=known).order_by("pk").values_list("given", "origin")
    assert list(said) == [(True, "Landing pages"), (False, "Landing pages"), (True, "Landing pages")]


def test_the_address_speaks_of_new_leads_alone(send: Send, known: Lead) -> None:
    Lead.objects.update(kind="pricing", source="fair", campaign="spring")
    InboundAddress.objects.update(campaign="autumn")

    send(MIA | {"id": "7", "size": 90})
    send({"id": "7", "agreed": False})

    lead = Lead.objects.get(pk=known.pk)
    assert (lead.employees, lead.consent, lead.kind, lead.source, lead.campaign) == (
        90, False, "pricing", "fair", "spring",
    )  # fmt: skip


def test_what_the_body_says_of_kind_and_source_counts(send: Send, known: Lead) -> None:
    InboundAddress.objects.update(mapping=MAPPING | {"kind": "asks", "source": "from"})

    send({"id": "7", "asks": "pricing", "from": "fair"})

    assert facts_of(known)[3:] == ("pricing", "fair")


def test_who_asked_to_be_erased_is_written_onto_nobody(send: Send, known: Lead, now: Any) -> None:
    suppress(["leo@example.com"], now=now)

    answer = send({"id": "7", "agreed": False, "contact": {"email": "leo@example.com"}})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [""])
    assert facts_of(known)[:3] == ("mia@globex.com", "Mia", True)


def test_attributes_that_a_known_lead_has_no_room_for_are_named(send: Send, known: Lead) -> None:
    send({"id": "7", "more": {f"a{number}": number for number in range(60)}})

    answer = send({"id": "7", "agreed": False, "more": {f"b{number}": number for number in range(60)}})

    assert answer.json()["left_out"]["attributes"] == [
        "Too many entries: 120, at most 100. Found: b0, b1, b2, b3, b4, b5, b6, b7, …."
    ]
    assert facts_of(known)[2] is False


def test_trying_it_out_says_what_would_change(send: Send, known: Lead, address: InboundAddress) -> None:
    found = would_make(address, item_body({"id": "7", "agreed": False, "size": "lots"}))

    assert (found.known, dict(found.lead)) == (True, {"external_id": "7", "consent": False})
    assert list(found.left_out) == ["employees"]
    assert facts_of(known)[2] is True


# --- what an address says of its leads ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["unheard of", {"is": "demo"}, "\u200b", ["demo", "pricing"]])
@pytest.mark.parametrize("source", ["x" * 151, {"of": "it"}, "\u200b"])
def test_what_the_address_says_counts_where_the_body_cannot_be_read(
    send: Send, address: InboundAddress, kind: Any, source: Any
) -> None:
    InboundAddress.objects.update(
        mapping=MAPPING | {"kind": "asks", "source": "from", "campaign": "why"}, campaign="q3"
    )

    answer = send(MIA | {"asks": kind, "from": source, "why": source})

    lead = Lead.objects.get()
    assert (answer.status_code, lead.kind, lead.source, lead.campaign) == (202, "demo", "ads", "q3")
    assert ("kind" in answer.json().get("left_out", {})) is (kind != "\u200b")
