"""The section about companies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import phonenumbers

from routing.intake.domains import NotAnAccountDomain, account_domain
from routing.models import Account
from routing.rulebook.codes import country_problem, region_problem, role_problem
from routing.rulebook.config.errors import shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader


@dataclass(frozen=True, slots=True)
class AccountSpec:
    name: str
    domains: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    parent: str | None = None
    owner: str | None = None
    people: Mapping[str, str] = field(default_factory=dict)
    stage: str = Account.Stage.PROSPECT
    target: bool = False
    country: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""
    industry: str = ""
    employees: int | None = None
    excluded_domains: list[str] = field(default_factory=list)


def read_account(row: Reader, known: Known) -> AccountSpec:
    country = _code(row, "country")
    spec = AccountSpec(
        name=row.text("name", required=True),
        domains=_domains(row, "domains"),
        aliases=sorted(set(row.texts("aliases"))),
        parent=row.reference("parent", known.accounts, "account"),
        owner=row.reference("owner", known.reps, "rep", email=True),
        people=_people(row, known),
        stage=row.choice("stage", Account.Stage.PROSPECT.value, [stage.value for stage in Account.Stage]),
        target=row.flag("target", False),
        country=country,
        region=_code(row, "region"),
        postal_code=row.text("postal_code", limit=20),
        phone=_phone(row, country),
        industry=row.text("industry", limit=100),
        employees=row.whole("employees", None),
        excluded_domains=_domains(row, "excluded_domains"),
    )
    for domain in sorted(set(spec.domains) & set(spec.excluded_domains)):
        row.error("excluded_domains", f"{shown(domain)} is among its domains too. Keep it in one of the lists.")
    return spec


def _domains(row: Reader, key: str) -> list[str]:
    found: set[str] = set()
    for value, path in row.items(key):
        try:
            found.add(account_domain(str(value), excluded=key == "excluded_domains"))
        except NotAnAccountDomain as error:
            row.errors.add(path, str(error))
    return sorted(found)


def _people(row: Reader, known: Known) -> dict[str, str]:
    people = row.child("people")
    named = {role: people.reference(role, known.reps, "rep", email=True) for role, _ in row.pairs("people")}
    for role in named:
        if role == "owner":
            people.error(role, "the owner has a key of its own. Move it there.")
        elif message := role_problem(role):
            people.error(role, message)
    return {role: rep for role, rep in named.items() if rep}


def _code(row: Reader, key: str) -> str:
    code = row.text(key, limit=6).upper()
    problem = (country_problem if key == "country" else region_problem)(code) if code else None
    if problem:
        row.error(key, problem)
    return code


def _phone(row: Reader, country: str) -> str:
    """In the form in which leads' numbers are kept, so that they compare."""
    text = row.text("phone", limit=40)
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        row.error("phone", f"{shown(text)} is not a phone number. Write it with its country code: +17135550100.")
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
