"""What programs send in other shapes than those of the presets' own bodies: each fact ends where one looks for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from routing.models import Lead
from routing.services.inbound.addresses import make_address, path_of
from routing.services.inbound.presets import inbound_presets

pytestmark = [pytest.mark.django_db]


def lead_of(slug: str, body: Any) -> Lead:
    preset = inbound_presets()[slug]
    values = {"name": preset.name, "mapping": preset.mapping, "kind": preset.kind, "source": preset.source}
    key = make_address(values=values).key
    answer = Client().post(path_of(key), json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json().get("left_out")) == (202, None)
    return Lead.objects.get()


def facts(lead: Lead, *names: str) -> list[Any]:
    return [getattr(lead, name) for name in names]


# --- names --------------------------------------------------------------------------------------------------------


def test_typeform_with_the_references_that_it_gives_itself() -> None:
    answers = [
        {"type": "text", "text": "Mia Chen", "field": {"id": "a", "ref": "0190e1c1-7d3f", "type": "short_text"}},
        {"type": "email", "email": "mia@globex.com", "field": {"id": "b", "ref": "0190e1c2-11aa", "type": "email"}},
        {
            "type": "phone_number",
            "phone_number": "+494032999999",
            "field": {"id": "c", "ref": "0190e1c3-42bb", "type": "phone_number"},
        },
    ]

    lead = lead_of("typeform", {"event_type": "form_response", "form_response": {"token": "t1", "answers": answers}})

    assert facts(lead, "email", "phone", "attributes") == [
        "mia@globex.com",
        "+494032999999",
        {"0190e1c1-7d3f": "Mia Chen"},
    ]


def test_webflow_with_the_names_that_designers_choose() -> None:
    data = {"First Name": "Mia", "Last Name": "Chen", "Work Email": "mia@globex.com", "Company Name": "Globex",
            "Job Title": "COO", "Country": "Germany", "MESSAGE": "Call me", "Budget Range": "10k"}  # fmt: skip

    lead = lead_of(
        "webflow", {"triggerType": "form_submission", "payload": {"name": "Contact", "id": "1", "data": data}}
    )

    assert facts(lead, "first_name", "last_name", "email", "company") == ["Mia", "Chen", "mia@globex.com", "Globex"]
    assert facts(lead, "job_title", "country", "message") == ["COO", "DE", "Call me"]
    assert lead.attributes == {"Budget Range": "10k"}


@pytest.mark.parametrize(
    "names",
    [
        ("Email", "Company", "Title", "Message", "Country", "First Name"),
        ("email", "companyName", "jobTitle", "message", "country", "firstName"),
        ("E-Mail", "company_name", "job-title", "MESSAGE", "COUNTRY", "first_name"),
    ],
)
def test_zapier_with_names_in_any_spelling(names: tuple[str, ...]) -> None:
    values = ("mia@globex.com", "Globex", "COO", "Call me", "Germany", "Mia")

    lead = lead_of("zapier", dict(zip(names, values, strict=True)))

    found = facts(lead, "email", "company", "job_title", "message", "country", "first_name")
    assert found == ["mia@globex.com", "Globex", "COO", "Call me", "DE", "Mia"]
    assert lead.attributes == {}


def test_n8n_with_all_that_a_campaign_adds() -> None:
    tags = {
        "utm_source": "google",
        "utm_term": "crm",
        "utm_content": "ad 3",
        "utm_id": "7",
        "gclid": "g1",
        "fbclid": "f1",
    }

    lead = lead_of("zapier", {"email": "mia@globex.com", "ga_client_id": "1.2", **tags})

    assert lead.utm == {"source": "google", "term": "crm", "content": "ad 3", "id": "7", "gclid": "g1", "fbclid": "f1"}
    assert lead.attributes == {"ga_client_id": "1.2"}


def test_what_has_two_answers_keeps_the_second_as_an_attribute() -> None:
    lead = lead_of("zapier", {"email": "mia@globex.com", "work_email": "m.chen@globex.com"})

    assert (lead.email, lead.attributes) == ("mia@globex.com", {"work_email": "m.chen@globex.com"})


# --- Facebook -----------------------------------------------------------------------------------------------------

ANSWERS = {
    "work_email": "mia@globex.com", "work_phone_number": "+14155552671", "full_name": "Mia Chen",
    "company_name": "Globex", "job_title": "COO", "street_address": "1 Main St", "city": "San Jose", "state": "CA",
    "zip_code": "95112", "country": "US", "date_of_birth": "1990-01-01",
}  # fmt: skip


@pytest.mark.parametrize("listed", [True, False])
def test_facebook_with_all_its_usual_questions_listed_or_flat(listed: bool) -> None:
    fields = [{"name": name, "values": [value]} for name, value in ANSWERS.items()]

    lead = lead_of("facebook", {"id": "9", "platform": "fb"} | ({"field_data": fields} if listed else ANSWERS))

    assert facts(lead, "email", "phone", "last_name", "company") == ["mia@globex.com", "+14155552671", "Chen", "Globex"]
    assert facts(lead, "country", "region", "city", "postal_code") == ["US", "US-CA", "San Jose", "95112"]
    assert lead.attributes["street_address"] == "1 Main St"
    assert lead.attributes["date_of_birth"] in ("1990-01-01", ["1990-01-01"])
    assert lead.test is False


@pytest.mark.parametrize("slug", ["facebook", "zapier"])
def test_a_lead_of_facebooks_testing_tool_is_a_test(slug: str) -> None:
    dummy = {
        name: f"<test lead: dummy data for {name}>" for name in ("email", "full_name", "phone_number", "company_name")
    }
    fields = [{"name": name, "values": [value]} for name, value in dummy.items()]

    lead = lead_of(slug, {"id": "9", "field_data": fields} if slug == "facebook" else dummy)

    assert (lead.test, lead.email) == (True, "test@meta.com")


def test_facebooks_sample_notification_is_a_test() -> None:
    fields = [{"name": "email", "values": ["test@meta.com"]}]

    assert lead_of("facebook", {"leadgen_id": "444444444444", "form_id": "444444444444", "field_data": fields}).test


# --- HubSpot ------------------------------------------------------------------------------------------------------


def test_a_body_of_hubspots_forms_api() -> None:
    fields = {"email": "mia@globex.com", "firstname": "Mia", "jobtitle": "COO", "state": "California", "country": "USA",
              "interests": "routing"}  # fmt: skip
    body = {
        "submittedAt": "1772553600000",
        "fields": [{"objectTypeId": "0-1", "name": name, "value": value} for name, value in fields.items()],
        "context": {"hutk": "abc", "pageUri": "www.globex.com/a", "pageName": "A", "ipAddress": "192.0.2.1"},
        "legalConsentOptions": {
            "consent": {
                "consentToProcess": True,
                "text": "I agree",
                "communications": [{"value": False, "subscriptionTypeId": 7, "text": "News"}],
            }
        },
    }

    lead = lead_of("hubspot_form", body)

    assert facts(lead, "email", "first_name", "job_title", "region") == ["mia@globex.com", "Mia", "COO", "US-CA"]
    assert lead.consent is True
    assert lead.attributes == {
        "interests": "routing", "page": "www.globex.com/a", "page_name": "A", "hutk": "abc",
        "consent_text": "I agree", "News": False,
    }  # fmt: skip


def test_what_is_named_several_times_at_hubspot_is_a_list() -> None:
    fields = [
        {"name": "email", "value": "mia@globex.com"},
        {"name": "plan", "value": "a"},
        {"name": "plan", "value": "b"},
    ]

    assert lead_of("hubspot_form", {"fields": fields}).attributes == {"plan": ["a", "b"]}


def test_the_title_of_a_hubspot_form_is_nobodys_message() -> None:
    form = {"title": "Pricing page", "page-url": "https://www.globex.com"}

    lead = lead_of("hubspot_workflow", {"vid": 7, "email": "mia@globex.com", "form-submissions": [form]})

    assert facts(lead, "form", "message") == ["Pricing page", ""]


PROPERTIES = {
    "email": "mia@globex.com",
    "firstname": "Mia",
    "company": "Globex",
    "zip": "10115",
    "hs_lead_status": "NEW",
}


@pytest.mark.parametrize("where", ["wrapped", "flat", "top"])
def test_a_hubspot_workflow_with_properties_in_any_shape(where: str) -> None:
    noted = {name: {"value": value, "timestamp": 1772553600000, "versions": [{"value": value}]}
             for name, value in PROPERTIES.items()}  # fmt: skip
    body = {"wrapped": {"vid": 7, "properties": noted}, "flat": {"objectId": 7, "properties": PROPERTIES},
            "top": {"hs_object_id": 7} | PROPERTIES}[where]  # fmt: skip

    lead = lead_of("hubspot_workflow", body)

    found = facts(lead, "email", "first_name", "company", "postal_code")
    assert lead.external_id.startswith("hubspot-") and lead.external_id.endswith("-7")
    assert found == ["mia@globex.com", "Mia", "Globex", "10115"]
    assert lead.attributes == {"hs_lead_status": "NEW"}
