"""Leads find their accounts: by person, domain and exact name, with evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep
from routing.engine.types import MatchedAccount, Settings
from routing.intake.company_names import name_key
from routing.matching import match_accounts, match_leads
from routing.matching.blocks import blocks_to_store
from routing.matching.books import LARGEST_BLOCK
from routing.models import (
    Account,
    AccountAlias,
    AccountDomain,
    AccountExclusion,
    AccountNameBlock,
    AccountPerson,
    AccountSuggestion,
    Identity,
    Lead,
)
from routing.services import manage
from routing.services.account_names import index_names
from routing.services.account_suggestions import store_suggestions
from routing.services.importing.run import import_config
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead, receive_leads
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_pool, make_rep, make_settings
from tests.routing.config_sample import FULL
from tests.routing.plans import explained, full_scans

pytestmark = pytest.mark.django_db
Match = Callable[..., MatchedAccount | None]
Suggest = Callable[..., list[tuple[str, float]]]


def account(name: str, *domains: str, **fields: Any) -> Account:
    row = Account.objects.create(name=name, name_key=name_key(name), **fields)
    AccountDomain.objects.bulk_create(AccountDomain(account=row, domain=domain) for domain in domains)
    index_names(account_ids=[row.pk])
    return row


@pytest.fixture
def match(now: datetime) -> Match:
    def match_one(settings: Settings | None = None, **facts: Any) -> MatchedAccount | None:
        lead = receive_lead(facts=facts, now=now).lead
        return match_accounts([lead], settings or Settings())[lead.pk]

    return match_one


@pytest.fixture
def suggest(now: datetime) -> Suggest:
    def suggest_for_one(settings: Settings | None = None, **facts: Any) -> list[tuple[str, float]]:
        lead = receive_lead(facts={"email": "a@gmail.com"} | facts, now=now).lead
        matching = match_leads([lead], settings or Settings())[lead.pk]
        return [(suggestion.name, suggestion.confidence) for suggestion in matching.suggestions]

    return suggest_for_one


def found(matched: MatchedAccount | None) -> tuple[str, float] | None:
    return (matched.name, matched.confidence) if matched else None


def test_the_domain_of_an_address_tells_the_account(match: Match) -> None:
    account("Globex", "globex.com", "globex.de")

    assert found(match(email="a@eu.globex.de")) == ("Globex", 0.95)


def test_the_domain_of_a_website_tells_the_account(match: Match) -> None:
    account("Globex", "globex.com")

    assert found(match(email="a@gmail.com", website="https://www.globex.com/x")) == ("Globex", 0.95)


@pytest.mark.parametrize("domain", ["st.com", "test.com.au", "test.co", "mytest.com", "globextest.com"])
def test_a_part_of_a_domain_is_not_the_domain(match: Match, domain: str) -> None:
    account("Test", "test.com")

    assert match(email=f"a@{domain}") is None


@pytest.mark.parametrize("domain", ["gmail.com", "yahoo.de", "mailinator.com"])
def test_free_mail_never_matches_even_if_an_account_lists_it(match: Match, domain: str) -> None:
    account("Careless", domain)

    assert match(email=f"a@{domain}") is None


def test_free_mail_set_as_the_domain_of_a_lead_never_matches(now: datetime) -> None:
    account("Careless", "gmail.com")
    lead = Lead.objects.create(email="a@gmail.com", domain="gmail.com", submitted_at=now, route_after=now)

    assert match_accounts([lead], Settings()) == {lead.pk: None}


def test_an_excluded_domain_never_matches_that_account(match: Match) -> None:
    globex = account("Globex")
    AccountDomain.objects.create(account=globex, domain="globex.org", excluded=True)

    assert match(email="a@globex.org", company="Globex") is None
    assert found(match(email="a@globex.com", company="Globex")) == ("Globex", 0.9)


def test_a_person_of_an_account_is_known_wherever_they_write_from(match: Match) -> None:
    globex = account("Globex")
    Identity.objects.create(kind="email", key="mia@gmail.com", account=globex)

    assert found(match(email="Mia@gmail.com")) == ("Globex", 1.0)


def test_a_person_is_known_by_phone_only_without_an_address(match: Match) -> None:
    globex = account("Globex")
    Identity.objects.create(kind="phone", key="+14155552671", account=globex)

    assert found(match(phone="+1 415 555 2671")) == ("Globex", 1.0)
    assert match(phone="+1 415 555 2671", email="mia@gmail.com") is None


def test_the_address_of_a_desk_is_not_a_person(match: Match) -> None:
    Identity.objects.create(kind="email", key="info@gmail.com", account=account("Globex"))

    assert match(email="info@gmail.com") is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("U.S. Bank", "US Bank"),
        ("Acme Labs, Inc.", "acme labs"),
        ("Müller GmbH & Co. KG", "Muller"),
        ("AT&T", "at & t"),
    ],
)
def test_the_same_name_written_otherwise_matches(match: Match, ours: str, theirs: str) -> None:
    account(ours)

    assert found(match(email="a@gmail.com", company=theirs)) == (ours, 0.8)


def test_an_alias_is_a_name(match: Match) -> None:
    globex = account("Globex")
    AccountAlias.objects.create(account=globex, name="Globex Corp", name_key=name_key("Glo Inc"))

    assert found(match(email="a@gmail.com", company="GLO")) == ("Globex", 0.8)


@pytest.mark.parametrize(
    ("ours", "facts"),
    [
        ({"region": "US-TX"}, {"country": "US", "region": "TX"}),
        ({"postal_code": "77001", "country": "US"}, {"postal_code": "77001"}),
        ({"postal_code": "SW1A1AA"}, {"postal_code": "sw1a 1aa"}),
        ({"phone": "+1 (713) 555-0100"}, {"phone": "+17135550100"}),
        ({}, {"email": "a@globex.io"}),
    ],
    ids=["region", "postal code", "postal code in other form", "phone", "name in the domain"],
)
def test_a_name_that_something_agrees_with_is_surer(match: Match, ours: Any, facts: Any) -> None:
    account("Globex Inc", **ours)

    assert found(match(**{"email": "a@gmail.com", "company": "globex"} | facts)) == ("Globex Inc", 0.9)


def test_a_postal_code_of_another_country_does_not_agree(match: Match) -> None:
    account("Globex", postal_code="94105", country="DE")

    assert found(match(email="a@gmail.com", company="Globex", country="US", postal_code="94105")) == ("Globex", 0.8)


def test_the_stem_of_an_accounts_domain_agrees(match: Match) -> None:
    account("Globex International", "glx-group.com")

    matched = match(email="a@glxgroup.de", company="Globex International Ltd")

    assert found(matched) == ("Globex International", 0.9)


def test_a_name_that_two_accounts_have_needs_something_that_agrees(match: Match) -> None:
    account("Apollo", region="US-TX")
    account("Apollo, Inc.", region="US-CA")

    assert match(email="a@gmail.com", company="Apollo") is None
    assert found(match(email="a@gmail.com", company="Apollo", region="US-CA")) == ("Apollo, Inc.", 0.9)


def test_below_the_threshold_is_no_match(match: Match) -> None:
    account("Globex")

    assert match(Settings(match_threshold=0.85), email="a@gmail.com", company="Globex") is None


def test_a_customer_is_chosen_before_a_surer_prospect(match: Match) -> None:
    account("Globex Prospect", "globex.com")
    account("Globex", stage=Account.Stage.CUSTOMER)

    assert found(match(email="a@globex.com", company="Globex")) == ("Globex", 0.9)


def test_all_evidence_is_told_the_strongest_first(match: Match) -> None:
    account("Globex", "globex.com", region="US-TX")

    matched = match(email="a@globex.com", company="Globex", region="US-TX")

    assert matched
    assert matched.evidence == "domain globex.com; same company name and the name in globex.com and region"


def test_the_account_comes_with_owner_people_and_facts(match: Match) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    globex = account(
        "Globex", "globex.com", owner=ana, stage="customer", target=True, country="US", region="US-TX",
        industry="energy", employees=5200,
    )  # fmt: skip
    AccountPerson.objects.create(account=globex, role="csm", rep=bob)

    matched = match(email="a@globex.com")

    assert matched and (matched.id, matched.owner, matched.people) == (globex.pk, ana.pk, {"csm": bob.pk})
    assert matched.facts == {
        "account.name": "Globex", "account.stage": "customer", "account.target": True, "account.country": "US",
        "account.region": "US-TX", "account.postal_code": "", "account.industry": "energy", "account.employees": 5200,
        "account.owner": ana.email,
    }  # fmt: skip


@pytest.mark.parametrize(("hierarchy", "owner"), [("child", "Ana"), ("parent", "Boss")])
def test_the_hierarchy_tells_whose_owner_answers(match: Match, hierarchy: str, owner: str) -> None:
    top = account("Globex Holding", owner=make_rep("Boss"))
    middle = account("Globex Europe", parent=top, owner=make_rep("Max"))
    account("Globex", "globex.com", parent=middle, owner=make_rep("Ana"))

    matched = match(Settings(account_hierarchy=hierarchy), email="a@globex.com")

    assert matched and matched.name == "Globex"
    assert Rep.objects.get(pk=matched.owner).name == owner


def test_accounts_that_are_each_others_parents_are_survived(match: Match) -> None:
    one = account("One", "one.com", owner=make_rep("Ana"))
    other = account("Other", parent=one, owner=make_rep("Bob"))
    Account.objects.filter(pk=one.pk).update(parent=other)

    matched = match(Settings(account_hierarchy="parent"), email="a@one.com")

    assert matched and matched.owner == one.owner_id


def test_nobody_is_matched_where_there_is_no_account(match: Match) -> None:
    assert match(email="a@globex.com", company="Globex") is None


def test_no_leads_ask_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert match_accounts([], Settings()) == {}


# --- close names -------------------------------------------------------------------------------------------------


def test_a_close_name_with_two_corroborations_matches(match: Match) -> None:
    account("Globex Inc", region="US-TX", phone="+17135550100")

    matched = match(email="a@gmail.com", company="Globx", region="US-TX", phone="+17135550100")

    assert found(matched) == ("Globex Inc", 0.8)
    assert matched and matched.evidence == "similar company name and phone number and region"


@pytest.mark.parametrize(
    "facts",
    [
        {"region": "US-TX"},
        {"postal_code": "77001"},
        {"phone": "+17135550100"},
        {"email": "a@globex.de"},
    ],
    ids=["region", "postal code", "phone", "name in the domain"],
)
def test_a_close_name_with_one_corroboration_is_suggested(match: Match, suggest: Suggest, facts: Any) -> None:
    account("Globex Inc", "globex.com", region="US-TX", postal_code="77001", phone="+17135550100")

    assert suggest(company="Globx", **facts) == [("Globex Inc", 0.7)]
    assert match(**{"email": "b@gmail.com", "company": "Globx"} | facts) is None


def test_a_close_name_alone_is_nothing(suggest: Suggest) -> None:
    account("Globex Inc", region="US-TX")

    assert suggest(company="Globx", region="US-CA") == []


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Delta Airlines", "Delta Dental"),
        ("Apple", "Applebee's"),
        ("First National Bank of Ohio", "First National Bank of Iowa"),
        ("Test", "ST"),
    ],
)
def test_a_look_alike_is_not_even_suggested(suggest: Suggest, ours: str, theirs: str) -> None:
    account(ours, region="US-TX", postal_code="77001")

    assert suggest(company=theirs, country="US", region="TX", postal_code="77001") == []


def test_a_bank_of_the_same_name_in_another_state_is_another_bank(match: Match) -> None:
    account("First National Bank", region="US-TX")
    account("First National Bank, Inc.", region="US-OH")

    assert match(email="a@gmail.com", company="First National Bank", region="US-CA") is None


def test_an_alias_may_be_close_too(suggest: Suggest) -> None:
    globex = account("Globex", region="US-TX")
    AccountAlias.objects.create(account=globex, name="Hammersmith", name_key="hammersmith")
    index_names(account_ids=[globex.pk])

    assert suggest(company="Hammersmit", region="US-TX") == [("Globex", 0.7)]


def test_close_names_are_not_asked_for_where_the_domain_tells(match: Match) -> None:
    account("Globex", "globex.com")
    account("Globexx", region="US-TX", phone="+17135550100", stage="customer")

    matched = match(email="a@globex.com", company="Globx", region="US-TX", phone="+17135550100")

    assert found(matched) == ("Globex", 0.95)


def test_an_excluded_name_neither_matches_nor_is_suggested(match: Match, suggest: Suggest) -> None:
    globex = account("Globex", region="US-TX")
    for name in ("globex", "globx"):
        AccountExclusion.objects.create(account=globex, name=name, name_key=name)

    assert match(email="a@gmail.com", company="Globex Inc.") is None
    assert suggest(company="Globx", region="US-TX") == []


def test_an_excluded_domain_is_no_suggestion_either(suggest: Suggest) -> None:
    globex = account("Globex", region="US-TX")
    AccountDomain.objects.create(account=globex, domain="globx.org", excluded=True)

    assert suggest(email="a@globx.org", company="Globx", region="US-TX") == []


def test_less_than_the_threshold_is_a_suggestion(suggest: Suggest) -> None:
    account("Globex")

    assert suggest(Settings(match_threshold=0.85), company="Globex") == [("Globex", 0.8)]


def test_a_key_that_too_many_names_share_is_not_used(suggest: Suggest) -> None:
    globex = account("Globex", region="US-TX")
    assert suggest(company="Globx", region="US-TX")

    AccountNameBlock.objects.bulk_create(
        AccountNameBlock(account=globex, block=block, name_key=f"globex {n}")
        for block in blocks_to_store("globex")
        for n in range(LARGEST_BLOCK)
    )

    assert suggest(company="Globx", region="US-TX") == []


def test_suggestions_are_kept_with_the_lead_and_go_with_their_reason(suggest: Suggest, now: datetime) -> None:
    account("Globex", region="US-TX")
    suggest(company="Globx", region="US-TX")
    lead = Lead.objects.get()
    store_suggestions(suggestions={lead.pk: match_leads([lead], Settings())[lead.pk].suggestions}, now=now)
    assert str(AccountSuggestion.objects.get(lead=lead)) == "Globex: similar company name and region"

    store_suggestions(suggestions={lead.pk: ()}, now=now)

    assert not AccountSuggestion.objects.exists()


def test_routing_keeps_what_it_suggests(now: datetime) -> None:
    account("Globex", region="US-TX")
    make_settings()
    make_catch_all(make_pool(make_rep()))
    publish(note="", user=None, now=now)

    lead = receive_lead(facts={"email": "a@gmail.com", "company": "Globx", "region": "US-TX"}, now=now).lead
    route_all(now=now)

    assert lead.account_suggestions.get().account.name == "Globex"


# --- how accounts are found by close names ------------------------------------------------------------------------


def test_another_name_is_found_by_its_new_name_only(suggest: Suggest) -> None:
    globex = manage.save_account(account=Account(name="Globex", region="US-TX"))
    globex.name = "Hammersmith"
    manage.save_account(account=globex, aliases=["Initech"])

    assert suggest(company="Globx", region="US-TX") == []
    assert suggest(company="Hammersmit", region="US-TX") == suggest(company="Inittech", region="US-TX") != []


def test_an_alias_that_is_gone_finds_nothing(suggest: Suggest) -> None:
    globex = manage.save_account(account=Account(name="Globex", region="US-TX"), aliases=["Hammersmith"])

    manage.remove_alias(alias=globex.aliases.get())

    assert suggest(company="Hammersmit", region="US-TX") == []


def test_an_imported_account_is_found_by_a_close_name(suggest: Suggest, now: datetime) -> None:
    import_config(text=FULL, now=now)
    name = Account.objects.filter(name="Globex").get().name

    assert {found for found, _ in suggest(company="Globx", email="a@globex.fr")} == {name}


def test_the_same_names_are_not_written_again(django_assert_num_queries: Any) -> None:
    globex = account("Globex")

    with django_assert_num_queries(2):
        index_names(account_ids=[globex.pk])


def test_accounts_that_were_there_before_are_found_too(suggest: Suggest) -> None:
    globex = account("Globex", region="US-TX")
    globex.name_blocks.all().delete()

    import_module("routing.migrations.0003_account_names").index_names(apps, None)

    assert suggest(company="Globx", region="US-TX") == [("Globex", 0.7)]


def test_an_account_never_lies_in_itself() -> None:
    top = manage.save_account(account=Account(name="Top"))
    low = manage.save_account(account=Account(name="Low", parent=top))
    top.parent = low

    with pytest.raises(ValidationError, match="Low lies in Top itself. Choose another parent."):
        manage.save_account(account=top)


# --- cost ------------------------------------------------------------------------------------------------------


def _crowd() -> int:
    """SQLite plans alike for any number of rows; PostgreSQL reads a table whole unless it is large."""
    return 2_000 if connection.vendor == "sqlite" else 20_000


def _many_accounts(count: int) -> None:
    accounts = Account.objects.bulk_create(
        Account(name=f"Company {n} Inc.", name_key=name_key(f"Company {n} Inc.")) for n in range(count)
    )
    AccountDomain.objects.bulk_create(
        AccountDomain(account=row, domain=f"company{n}.com") for n, row in enumerate(accounts)
    )
    Account.objects.filter(pk=accounts[1].pk).update(parent=accounts[0])


def _leads(now: datetime, count: int) -> list[Lead]:
    facts = [{"email": f"a@company{n + 1}.com", "company": f"company {n + 1}"} for n in range(count)]
    return receive_leads(submissions=facts, now=now)


def test_the_number_of_queries_does_not_grow_with_the_leads(now: datetime) -> None:
    _many_accounts(40)
    one, many = _leads(now, 1), _leads(now, 30)

    with CaptureQueriesContext(connection) as for_one:
        match_accounts(one, Settings(account_hierarchy="parent"))
    with CaptureQueriesContext(connection) as for_many:
        matches = match_accounts(many, Settings(account_hierarchy="parent"))

    assert len(for_one) == len(for_many) <= 6
    assert all(matches.values())


def test_among_a_crowd_of_accounts_rows_are_looked_up(now: datetime) -> None:
    _many_accounts(_crowd())
    leads = _leads(now, 20)

    with explained("routing_account") as plans, explained("routing_accountdomain") as more:
        matches = match_accounts(leads, Settings(account_hierarchy="parent"))

    assert all(matches.values()) and plans and more
    for table in ("routing_account", "routing_accountdomain"):
        assert not full_scans([*plans, *more], table)


def _misspelt(now: datetime, count: int) -> list[Lead]:
    """Leads of companies whose names are close to those of accounts in the same state."""
    Account.objects.update(region="US-TX")
    named = [f"Kelwicon {'bcdfghjkl'[n % 9]}{'aeiou'[n % 5]}sterfield" for n in range(count)]
    for name in set(named):
        account(name, region="US-TX")
    facts = [{"email": f"a{n}@gmail.com", "company": name[:-1], "region": "US-TX"} for n, name in enumerate(named)]
    return receive_leads(submissions=facts, now=now)


def test_the_number_of_queries_for_close_names_does_not_grow_with_the_leads(now: datetime) -> None:
    leads = _misspelt(now, 30)

    with CaptureQueriesContext(connection) as for_one:
        match_leads(leads[:1], Settings())
    with CaptureQueriesContext(connection) as for_many:
        matchings = match_leads(leads, Settings())

    assert len(for_one) == len(for_many) <= 9
    assert all(matching.suggestions for matching in matchings.values())


def test_among_a_crowd_of_accounts_close_names_are_looked_up(now: datetime) -> None:
    _many_accounts(_crowd())
    index_names(account_ids=Account.objects.values_list("pk", flat=True))
    leads = _misspelt(now, 20)

    with explained("routing_account") as plans:
        matchings = match_leads(leads, Settings())

    assert all(matching.suggestions for matching in matchings.values())
    assert any("account_name_block" in plan for plan in plans)
    for table in ("routing_account", "routing_accountdomain", "routing_accountnameblock", "found"):
        assert not full_scans(plans, table)
