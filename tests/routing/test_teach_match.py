"""Somebody says whether a lead belongs to an account; the lead follows, and later leads of its kind do too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.engine.types import Settings
from routing.matching import Matching, match_leads
from routing.models import Account, AccountDomain, AccountSuggestion, Identity, Lead, LeadEvent
from routing.services.account_suggestions import store_suggestions
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.services.teach_match import teach_match
from tests.factories import make_account, make_catch_all, make_lead, make_pool, make_rep, make_rule, make_settings

pytestmark = pytest.mark.django_db
Receive = Callable[..., Lead]
Teach = Callable[..., Lead]


@pytest.fixture
def receive(now: datetime) -> Receive:
    return lambda **facts: receive_lead(facts=facts, now=now).lead


@pytest.fixture
def teach(now: datetime) -> Teach:
    def teach_one(lead: Lead, account: Account, *, same: bool) -> Lead:
        return teach_match(lead=lead, account=account, same=same, now=now, actor="Ana")

    return teach_one


@pytest.fixture
def globex() -> Account:
    return make_account("Globex", domains=("globex.com",), region="US-TX")


def matching(lead: Lead) -> Matching:
    lead.refresh_from_db()
    return match_leads([lead], Settings())[lead.pk]


def account_of(lead: Lead) -> str | None:
    found = matching(lead).account
    return found.name if found else None


# --- same company ------------------------------------------------------------------------------------------------


def test_the_lead_is_matched_at_once_and_says_who_told(receive: Receive, teach: Teach, globex: Account) -> None:
    lead = teach(receive(email="mia@gmail.com"), globex, same=True)

    assert (lead.account, lead.account_evidence, lead.account_confidence) == (globex, "told by Ana", 1.0)


def test_what_somebody_said_outdoes_all_evidence(receive: Receive, teach: Teach, globex: Account) -> None:
    customer = make_account("Initech", domains=("initech.com",), stage="customer", target=True)
    lead = receive(email="info@initech.com", company="Initech")
    assert account_of(lead) == customer.name

    teach(lead, globex, same=True)

    assert account_of(lead) == "Globex"


def test_later_leads_of_the_domain_are_matched(receive: Receive, teach: Teach, globex: Account) -> None:
    teach(receive(email="mia@glx.io"), globex, same=True)

    assert account_of(receive(email="bob@eu.glx.io")) == "Globex"


def test_later_leads_of_the_name_are_matched(receive: Receive, teach: Teach, globex: Account) -> None:
    teach(receive(email="mia@gmail.com", company="GLX Corp."), globex, same=True)

    assert account_of(receive(email="bob@gmail.com", company="glx")) == "Globex"
    assert account_of(receive(email="cy@gmail.com", company="Gloebx", region="US-TX")) is None


def test_an_alias_that_was_learned_is_found_misspelt(receive: Receive, teach: Teach, globex: Account) -> None:
    teach(receive(email="mia@gmail.com", company="Hammersmith"), globex, same=True)

    (suggestion,) = matching(receive(email="bob@gmail.com", company="Hammersmit", region="US-TX")).suggestions

    assert (suggestion.name, suggestion.confidence) == ("Globex", 0.7)


def test_later_leads_of_the_person_are_matched(receive: Receive, teach: Teach, globex: Account) -> None:
    teach(receive(email="mia@gmail.com"), globex, same=True)

    assert account_of(receive(email="Mia@gmail.com", form="other")) == "Globex"


def test_free_mail_is_never_learned(receive: Receive, teach: Teach, globex: Account) -> None:
    teach(receive(email="mia@gmail.com"), globex, same=True)

    assert [*globex.domains.values_list("domain", flat=True)] == ["globex.com"]
    assert account_of(receive(email="bob@gmail.com")) is None


@pytest.mark.parametrize("company", ["", "n/a", "-", "Self-employed", "GLOBEX Inc."])
def test_a_name_that_says_nothing_new_is_not_learned(
    receive: Receive, teach: Teach, globex: Account, company: str
) -> None:
    teach(receive(email="mia@gmail.com", company=company), globex, same=True)

    assert not globex.aliases.exists()


def test_the_address_of_a_desk_stands_for_no_person(receive: Receive, teach: Teach, globex: Account) -> None:
    teach(receive(email="info@glx.io"), globex, same=True)

    assert not Identity.objects.filter(kind="email", account=globex).exists()


def test_said_twice_is_said_once(receive: Receive, teach: Teach, globex: Account) -> None:
    lead = receive(email="mia@glx.io", company="GLX")

    for _ in range(2):
        teach(lead, globex, same=True)

    assert (globex.domains.count(), globex.aliases.count()) == (2, 1)


def test_suggestions_are_gone_once_somebody_said_it(
    receive: Receive, teach: Teach, globex: Account, now: datetime
) -> None:
    lead = receive(email="mia@gmail.com", company="Globx", region="US-TX")
    store_suggestions(suggestions={lead.pk: matching(lead).suggestions}, now=now)

    teach(lead, globex, same=True)

    assert not AccountSuggestion.objects.filter(dismissed_at=None).exists()


# --- wrong company -----------------------------------------------------------------------------------------------


def test_a_domain_that_was_wrong_never_matches_this_account_again(
    receive: Receive, teach: Teach, globex: Account
) -> None:
    lead = receive(email="mia@globex.com")

    teach(lead, globex, same=False)

    assert AccountDomain.objects.get(account=globex).excluded
    assert [account_of(lead), account_of(receive(email="bob@globex.com", company="Globex"))] == [None, None]


def test_a_name_that_was_wrong_never_matches_this_account_again(
    receive: Receive, teach: Teach, globex: Account
) -> None:
    lead = receive(email="mia@gmail.com", company="Globex Inc.")

    teach(lead, globex, same=False)

    assert [account_of(lead), account_of(receive(email="bob@globex.io", company="globex"))] == [None, None]
    assert account_of(receive(email="cy@globex.com", company="globex")) == "Globex"


def test_a_suggestion_that_was_wrong_is_never_made_again(
    receive: Receive, teach: Teach, globex: Account, now: datetime
) -> None:
    lead = receive(email="mia@gmail.com", company="Globx", region="US-TX")
    store_suggestions(suggestions={lead.pk: matching(lead).suggestions}, now=now)

    teach(lead, globex, same=False)

    assert AccountSuggestion.objects.get().dismissed_at == now
    assert matching(lead).suggestions == ()


def test_the_person_belongs_to_the_account_no_longer(receive: Receive, teach: Teach, globex: Account) -> None:
    lead = receive(email="mia@gmail.com")
    Identity.objects.filter(key="mia@gmail.com").update(account=globex)
    assert account_of(lead) == "Globex"

    teach(lead, globex, same=False)

    assert account_of(lead) is None


def test_the_person_stays_with_another_account(receive: Receive, teach: Teach, globex: Account) -> None:
    initech = make_account("Initech")
    lead = teach(receive(email="mia@gmail.com"), initech, same=True)

    lead = teach(lead, globex, same=False)

    assert (lead.account, account_of(lead)) == (initech, "Initech")


def test_the_lead_is_unmatched_at_once(receive: Receive, teach: Teach, globex: Account) -> None:
    lead = teach(receive(email="mia@gmail.com"), globex, same=True)

    lead = teach(lead, globex, same=False)

    assert (lead.account, lead.account_evidence, lead.account_confidence, lead.account_told) == (None, "", None, False)
    assert account_of(lead) is None


def test_what_was_excluded_can_be_allowed_again(receive: Receive, teach: Teach, globex: Account) -> None:
    named, from_there = receive(email="mia@gmail.com", company="Globex"), receive(email="bob@globex.com")
    for same in (False, True):
        teach(named, globex, same=same)
        teach(from_there, globex, same=same)

    assert account_of(receive(email="cy@gmail.com", company="Globex")) == "Globex"
    assert account_of(receive(email="di@globex.com")) == "Globex"


# --- both --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("same", "text"),
    [
        (True, "Belongs to Globex; glx.io is a domain of it; “GLX” is a name of it"),
        (False, "Does not belong to Globex"),
    ],
)
def test_what_was_said_and_learned_is_told(
    receive: Receive, teach: Teach, globex: Account, now: datetime, same: bool, text: str
) -> None:
    lead = teach(receive(email="mia@glx.io", company="GLX"), globex, same=same)

    event = lead.events.get(kind=LeadEvent.Kind.MATCHED)
    assert (event.text, event.actor, event.happened_at) == (text, "Ana", now)


@pytest.mark.django_db(transaction=True)
def test_leads_that_wait_are_looked_at_again(now: datetime, teach: Teach) -> None:
    later = now.replace(year=now.year + 1)
    held = make_lead(
        now, status="held", held_reason="nobody", held_since=now, hold_deadline_at=later, route_after=later
    )

    teach(make_lead(now), make_account("Globex"), same=True)

    held.refresh_from_db()
    assert held.route_after == now


@pytest.mark.parametrize(("accepted", "owner"), [(False, "Olga"), (True, "Ana")])
def test_a_lead_that_nobody_touched_goes_to_the_owner_of_its_account(
    receive: Receive, teach: Teach, now: datetime, accepted: bool, owner: str
) -> None:
    make_settings()
    make_rule(name="Known account", destination="account_owner", position=1)
    make_catch_all(make_pool(make_rep("Ana")))
    publish(note="", user=None, now=now)
    lead = receive(email="mia@glx.io")
    route_all(now=now)
    if accepted:
        lead.assignments.update(accepted_at=now)

    teach(lead, make_account("Globex", owner=make_rep("Olga")), same=True)
    route_all(now=now)

    lead.refresh_from_db()
    assert lead.owner and lead.owner.name == owner


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock")
def test_leads_are_locked_before_persons_before_accounts(receive: Receive, teach: Teach, globex: Account) -> None:
    lead = receive(email="mia@globex.com", company="Globex")

    with CaptureQueriesContext(connection) as queries:
        teach(lead, globex, same=True)

    locked = [query["sql"].split(" FROM ")[1].split()[0] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert locked == ['"routing_lead"', '"routing_identity"', '"routing_account"']


def test_a_name_or_domain_is_excluded_only_if_it_was_the_evidence(
    receive: Receive, teach: Teach, globex: Account
) -> None:
    teach(receive(email="mia@other.com", company="Other"), globex, same=False)

    assert not globex.exclusions.exists() and not globex.domains.filter(excluded=True).exists()
