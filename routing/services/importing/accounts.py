"""Import accounts. Those that the file does not name stay as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from reps.models import Rep
from routing.intake.company_names import name_key
from routing.models import Account, AccountAlias, AccountDomain, AccountPerson
from routing.rulebook.config.accounts import AccountSpec
from routing.rulebook.words import value_in_words
from routing.services.account_names import index_names
from routing.services.importing.rows import Import, replace_children, sync

Specs: TypeAlias = Mapping[int, AccountSpec]
"""What the file says, by the key of each account."""


def import_accounts(run: Import, specs: Sequence[AccountSpec], reps: Mapping[str, Rep]) -> dict[str, Account]:
    """All accounts by name, those that the file does not name included."""
    names = {rep.pk: rep.name for rep in reps.values()}
    run.names["owner_id"] = lambda key: names[key]
    accounts = {account.name: account for account in Account.objects.all()}
    known = set(accounts)
    accounts |= sync(run, "Account", accounts, {spec.name: _fields(spec, reps) for spec in specs}, Account)
    account_names = {account.pk: account.name for account in accounts.values()}
    run.names["parent_id"] = lambda key: account_names[key]
    parents = {spec.name: {"parent_id": accounts[spec.parent].pk if spec.parent else None} for spec in specs}
    sync(run, "Account", accounts, parents, Account, silent={spec.name for spec in specs} - known)
    _import_children(run, {accounts[spec.name].pk: spec for spec in specs}, reps, known)
    index_names(account_ids=[accounts[spec.name].pk for spec in specs])
    return accounts


def _fields(spec: AccountSpec, reps: Mapping[str, Rep]) -> dict[str, Any]:
    return {
        "name": spec.name,
        "name_key": name_key(spec.name),
        "owner_id": reps[spec.owner].pk if spec.owner else None,
        "stage": spec.stage,
        "target": spec.target,
        "country": spec.country,
        "region": spec.region,
        "postal_code": spec.postal_code,
        "phone": spec.phone,
        "industry": spec.industry,
        "employees": spec.employees,
    }


def _import_children(run: Import, specs: Specs, reps: Mapping[str, Rep], known: set[str]) -> None:
    silent = {key for key, spec in specs.items() if spec.name not in known}
    labels = {key: f"Account “{spec.name}”" for key, spec in specs.items()}
    _import_domains(run, specs, labels, silent)
    _import_aliases(run, specs, labels, silent)
    _import_people(run, specs, labels, silent, reps)


def _import_domains(run: Import, specs: Specs, labels: Mapping[int, str], silent: Collection[int]) -> None:
    replace_children(
        run,
        "domains",
        AccountDomain.objects.filter(account__in=specs),
        {
            key: (
                labels[key],
                [(d, False) for d in spec.domains] + [(d, True) for d in spec.excluded_domains],
            )
            for key, spec in specs.items()
        },
        owner="account_id",
        content=lambda row: (row.domain, row.excluded),
        build=lambda key, pair: AccountDomain(account_id=key, domain=pair[0], excluded=pair[1]),
        model=AccountDomain,
        silent=silent,
        in_words=lambda pairs: value_in_words([f"not {d}" if excluded else d for d, excluded in pairs]),
    )


def _import_aliases(run: Import, specs: Specs, labels: Mapping[int, str], silent: Collection[int]) -> None:
    replace_children(
        run,
        "aliases",
        AccountAlias.objects.filter(account__in=specs),
        {key: (labels[key], spec.aliases) for key, spec in specs.items()},
        owner="account_id",
        content=lambda row: row.name,
        build=lambda key, name: AccountAlias(account_id=key, name=name, name_key=name_key(name)),
        model=AccountAlias,
        silent=silent,
    )


def _import_people(
    run: Import, specs: Specs, labels: Mapping[int, str], silent: Collection[int], reps: Mapping[str, Rep]
) -> None:
    emails = {rep.pk: rep.email for rep in reps.values()}
    replace_children(
        run,
        "people",
        AccountPerson.objects.filter(account__in=specs),
        {key: (labels[key], tuple(spec.people.items())) for key, spec in specs.items()},
        owner="account_id",
        content=lambda row: (row.role, emails[row.rep_id]),
        build=lambda key, pair: AccountPerson(account_id=key, role=pair[0], rep=reps[pair[1]]),
        model=AccountPerson,
        silent=silent,
        in_words=lambda pairs: value_in_words([f"{role} {email}" for role, email in pairs]),
    )
