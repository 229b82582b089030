"""Domains and parents that are typed on the page of an account: made registrable, or refused with the reason."""

from __future__ import annotations

import pytest
from django.urls import reverse

from routing.models import Account, AccountAlias
from tests.admin.test_forms import no_rows
from tests.factories import make_account


def post(client, account, domain="", *, excluded=False, **fields):
    posted = {"name": account.name, "stage": "prospect"} | no_rows("domains", "aliases", "people") | fields
    if domain:
        posted |= {"domains-TOTAL_FORMS": 1, "domains-0-account": account.pk, "domains-0-domain": domain}
    if excluded:
        posted["domains-0-excluded"] = "on"
    return client.post(reverse("admin:routing_account_change", args=[account.pk]), posted).content.decode()


def test_a_web_address_is_kept_as_its_registrable_domain(boss, db):
    account = make_account("Globex")

    post(boss, account, "https://www.Globex.co.uk/about")

    assert account.domains.get().domain == "globex.co.uk"


@pytest.mark.parametrize(
    ("domain", "error"),
    [
        ("globex", "is not a domain. Write one such as globex.com."),
        ("gmail.com", "is used by people of many companies"),
    ],
)
def test_what_shows_no_company_is_refused(boss, db, domain, error):
    account = make_account("Globex")

    assert error in post(boss, account, domain)
    assert not account.domains.exists()


def test_free_mail_may_be_excluded(boss, db):
    account = make_account("Globex")

    post(boss, account, "gmail.com", excluded=True)

    assert account.domains.get().excluded


def test_a_parent_that_lies_in_the_account_is_refused(boss, db):
    top = make_account("Top")
    low = make_account("Low", parent=top)

    page = post(boss, top, parent=low.pk)

    assert "Low lies in Top itself. Choose another parent." in page
    assert Account.objects.get(pk=top.pk).parent is None


def test_a_name_that_is_removed_finds_the_account_no_more(boss, db):
    account = make_account("Globex")
    alias = AccountAlias.objects.create(account=account, name="Initech", name_key="initech")
    account.name_blocks.create(block="=x", name_key="initech")
    row = {"aliases-TOTAL_FORMS": 1, "aliases-INITIAL_FORMS": 1, "aliases-0-id": alias.pk}

    post(boss, account, **row, **{"aliases-0-account": account.pk, "aliases-0-name": "Initech", "aliases-0-DELETE": 1})

    assert set(account.name_blocks.values_list("name_key", flat=True)) == {"globex"}
