"""Leads that write their company otherwise find its account, and whoever is told otherwise stays away."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from routing.engine.types import MatchedAccount, Settings
from routing.intake.company_names import name_key
from routing.matching import match_leads
from routing.matching.blocks import blocks_to_store
from routing.models import Account, AccountAlias, AccountDomain, AccountExclusion, Lead
from routing.services.account_names import index_names
from routing.services.importing.run import import_config
from routing.services.receive_lead import receive_lead
from routing.services.teach_match import teach_match
from tests.routing.config_sample import FULL

pytestmark = pytest.mark.django_db
HERE = {"country": "US", "region": "TX", "postal_code": "77001"}
ADDRESS = {"country": "US", "region": "US-TX", "postal_code": "77001"}


def account(name: str, *domains: str, **fields: Any) -> Account:
    row = Account.objects.create(name=name, name_key=name_key(name), **fields)
    AccountDomain.objects.bulk_create(AccountDomain(account=row, domain=domain) for domain in domains)
    index_names(account_ids=[row.pk])
    return row


def lead_of(now: datetime, company: str, **facts: Any) -> Lead:
    return receive_lead(facts={"email": "a@gmail.com", "company": company} | facts, now=now).lead


def match(now: datetime, company: str, **facts: Any) -> MatchedAccount | None:
    lead = lead_of(now, company, **facts)
    return match_leads([lead], Settings())[lead.pk].account


def said(matched: MatchedAccount | None) -> str:
    return f"{matched.name}: {matched.evidence} ({matched.confidence:.2f})" if matched else "none"


def test_the_same_name_in_other_letters_is_the_same_name(now: datetime) -> None:
    account("Аэрофлот", **ADDRESS)

    alone, corroborated = match(now, "Aeroflot"), match(now, "AEROFLOT", **HERE)

    assert said(alone) == "Аэрофлот: same company name (read as “aeroflot”), which no other account has (0.80)"
    assert said(corroborated) == "Аэрофлот: same company name (read as “aeroflot”) and postal code and region (0.90)"


def test_two_accounts_whose_names_may_be_spelt_so_are_not_told_apart(now: datetime) -> None:
    account("Müller AG")
    account("Müller & Co. KG")

    assert match(now, "Mueller") is None


def test_what_was_read_into_a_name_is_only_similar(now: datetime) -> None:
    account("Brannock Tools", **ADDRESS)

    matched = match(now, "Brannock Tools Germany GmbH", **HERE)
    elsewhere = match(now, "Brannock Tools Germany GmbH")

    told = "similar company name (read as “brannock tools”) and postal code and region"
    assert said(matched) == f"Brannock Tools: {told} (0.80)"
    assert elsewhere is None


@pytest.mark.parametrize("company", ["Brannock Engrg. - Einkauf", "Engineering, Brannock", "BrannockEngineering"])
def test_the_same_name_however_it_is_set_is_enough_alone(now: datetime, company: str) -> None:
    account("Brannock Engineering")

    told = said(match(now, company))
    assert told.startswith("Brannock Engineering: same company name")
    assert told.endswith("which no other account has (0.80)")


def test_a_domain_of_that_name_and_its_country_are_two_facts(now: datetime) -> None:
    account("Brannock Tools", country="US")
    here, elsewhere = ({"email": "a@brannocktools.io", "country": country} for country in ("US", "FR"))

    matched = match(now, "Branock Tools", **here)

    assert said(matched) == ("Brannock Tools: similar company name and the name in brannocktools.io and country (0.80)")
    assert match(now, "Branock Tools", **elsewhere) is None
    assert match(now, "Branock Tools", country="US") is None
    assert match(now, "Brennick Tools", **here) is None


def test_a_branch_in_the_country_of_its_name_is_told_by_its_domain(now: datetime) -> None:
    account("Brannock Tools", country="US")
    there = {"email": "a@brannocktools.io", "country": "DE"}

    matched = match(now, "Brannock Tools Germany GmbH", **there)

    told = "the name in brannocktools.io and the country that it is named after"
    read = "similar company name (read as “brannock tools”)"
    assert said(matched) == f"Brannock Tools: {read} and {told} (0.80)"
    assert match(now, "Brannock Tools France", **there) is None


def test_the_switchboard_implies_its_country(now: datetime) -> None:
    account("Brannock Tools", country="US", phone="+17135550100")

    assert match(now, "Branock Tools", country="US", phone="+17135550100") is None


def test_a_name_written_by_ear_matches_where_two_facts_agree(now: datetime) -> None:
    account("Philippson Quarz", **ADDRESS)

    assert said(match(now, "Filipson Kvars", **HERE)) == "none"
    assert said(match(now, "Filipson Quartz", **HERE)) == "none"
    assert said(match(now, "Filipson Kuarz", **HERE)).startswith("Philippson Quarz: similar company name")
    assert match(now, "Filipson Kuarz", region="TX", country="US") is None


def test_a_branch_of_one_of_two_is_told_by_its_place(now: datetime) -> None:
    account("Acme Inc.", **ADDRESS)
    account("Acme S.A.", country="FR", region="FR-IDF")

    assert match(now, "Acme Germany GmbH", country="DE") is None
    assert said(match(now, "Acme USA", **HERE)).startswith("Acme Inc.: similar company name")


@pytest.mark.parametrize("company", ["brannock.com", "https://www.brannock.com/"])
def test_a_company_called_by_its_web_address_is_the_one_of_that_domain(now: datetime, company: str) -> None:
    account("Brannock Tools", "brannock.com")

    assert said(match(now, company)) == "Brannock Tools: company called brannock.com (0.95)"


def test_another_ending_is_only_a_similar_name(now: datetime) -> None:
    account("Brannock Tools", "brk.com", **ADDRESS)

    told = "company called brk.de, almost as brk.com, and postal code and region"
    assert said(match(now, "brk.de", **HERE)) == f"Brannock Tools: {told} (0.80)"
    assert match(now, "brk.de", country="DE") is None


def test_free_mail_as_a_company_is_no_web_address(now: datetime) -> None:
    account("Careless", "gmail.com", **ADDRESS)

    assert match(now, "gmail.com", **HERE) is None


def test_a_name_that_is_only_alike_is_a_suggestion_at_the_same_address(now: datetime) -> None:
    account("Sterling Industries", **ADDRESS)
    lead = lead_of(now, "Stirling Industries", **HERE)

    found = match_leads([lead], Settings())[lead.pk]

    assert found.account is None
    assert [(one.name, one.confidence) for one in found.suggestions] == [("Sterling Industries", 0.6)]


def test_a_name_that_is_only_alike_matches_with_its_telephone(now: datetime) -> None:
    account("Sterling Industries", phone="+17135550100", **ADDRESS)

    matched = match(now, "Stirling Industries", region="TX", country="US", phone="+17135550100")

    assert said(matched) == "Sterling Industries: similar company name and phone number and region (0.80)"


@pytest.mark.parametrize(
    "company",
    ["brannock.com", "Brannock Tools Germany", "Бранок", "Tools, Brannock", "Brannock Tools - Einkauf", "Branok"],
)
def test_whoever_is_told_that_it_is_the_wrong_company_stays_away(now: datetime, company: str) -> None:
    account("Brannock Tools", "brannock.com", **ADDRESS)
    account("Branok", **ADDRESS)
    lead = lead_of(now, company, **HERE)
    found = match_leads([lead], Settings())[lead.pk].account
    assert found is not None

    told = Account.objects.get(pk=found.id)
    teach_match(lead=lead, account=told, same=False, now=now, actor="mia@acme.example")

    again = match(now, company, email="b@gmail.com", **HERE)
    assert again is None or again.id != told.pk


def test_a_name_that_is_none_of_the_account_is_not_read_into_another(now: datetime) -> None:
    globex = account("Brannock Tools", **ADDRESS)
    AccountExclusion.objects.create(account=globex, name="Brannock Tools Inc.", name_key="brannock tools")

    assert match(now, "Brannock Tools Germany", **HERE) is None


def test_an_alias_is_found_in_other_letters(now: datetime) -> None:
    globex = account("Globex")
    AccountAlias.objects.create(account=globex, name="Müßig", name_key=name_key("Müßig"))
    index_names(account_ids=[globex.pk])

    assert match(now, "Muessig") is not None


def test_an_imported_account_is_found_in_other_letters(now: datetime) -> None:
    import_config(text=FULL.replace("name: Globex", "name: Аэрофлот"), now=now)

    assert match(now, "Aeroflot") is not None


def test_accounts_that_were_there_before_are_found_in_other_letters(now: datetime) -> None:
    old = account("Аэрофлот")
    old.name_blocks.exclude(name_key=old.name_key).delete()
    as_it_is = account("Globex")
    kept = set(as_it_is.name_blocks.values_list("pk", flat=True))

    import_module("routing.migrations.0020_names_in_other_letters").index_names(apps, None)

    assert match(now, "Aeroflot") is not None
    assert set(as_it_is.name_blocks.values_list("pk", flat=True)) == kept


def test_accounts_that_were_there_before_are_found_by_their_sound(now: datetime) -> None:
    old, as_it_is = account("Philippson"), account("Globex")
    old.name_blocks.filter(block__startswith="!").delete()
    kept = set(as_it_is.name_blocks.values_list("pk", flat=True))

    import_module("routing.migrations.0022_names_by_sound").index_sounds(apps, None)

    assert set(old.name_blocks.values_list("block", flat=True)) == blocks_to_store("philippson")
    assert set(as_it_is.name_blocks.values_list("pk", flat=True)) == kept
