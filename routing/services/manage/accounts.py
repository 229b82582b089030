"""Change accounts: live at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from reps.models import Rep
from routing.intake.company_names import name_key
from routing.models import Account, AccountAlias, AccountPerson
from routing.services.account_names import index_names
from routing.services.manage.errors import check


@transaction.atomic
def save_account(*, account: Account, aliases: Iterable[str] | None = None) -> Account:
    """Save a new or changed account with the keys that its names are found by. `aliases` replace the earlier ones.

    Raises ValidationError, such as where the account would lie in itself, by way of its parents.
    """
    account.name_key = name_key(account.name)
    check(account)
    account.save()
    if aliases is not None:
        account.aliases.all().delete()
        AccountAlias.objects.bulk_create(new_alias(account, name) for name in aliases)
    index_names(account_ids=[account.pk])
    return account


def new_alias(account: Account, name: str) -> AccountAlias:
    """Another name of an account, not saved yet."""
    return AccountAlias(account=account, name=name, name_key=name_key(name))


@transaction.atomic
def save_alias(*, alias: AccountAlias) -> AccountAlias:
    """Save one other name of an account."""
    alias.name_key = name_key(alias.name)
    check(alias)
    alias.save()
    index_names(account_ids=[alias.account_id])
    return alias


@transaction.atomic
def remove_alias(*, alias: AccountAlias) -> None:
    """Remove one other name of an account."""
    alias.delete()
    index_names(account_ids=[alias.account_id])


@transaction.atomic
def set_people(*, account: Account, people: Mapping[str, Rep]) -> None:
    """Who of ours has which role on an account, besides its owner: csm, sdr, deal_owner or any other."""
    rows = [AccountPerson(account=account, role=role.strip(), rep=rep) for role, rep in people.items()]
    AccountPerson.objects.filter(account=account).delete()
    for row in rows:
        check(row)
    AccountPerson.objects.bulk_create(rows)
