"""Accounts as rows: the rows of one account combine their domains, other names and people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from routing.models import Account
from routing.rulebook.config.accounts import read_account
from routing.rulebook.config.known import known_to
from routing.services.importing.accounts import import_accounts
from routing.services.importing.rows import Import, reps_by_email
from routing.services.importing.shown import documents_of, rows_of
from routing.services.imports.sections.cells import CODES, EMAIL, FLAG, NAMES, PEOPLE, WHOLE, one_of
from routing.services.imports.sections.columns import Column
from routing.services.imports.sections.kinds import (
    Documents,
    Key,
    Kind,
    Places,
    Report,
    all_others,
    pieces,
    read_documents,
    refuse_loops,
)

STAGE = one_of(
    prospect="interessent,interessentin,lead", customer="kunde,kundin,bestandskunde,client",
    former="former customer,ex-customer,ehemalig,ehemaliger kunde",
)  # fmt: skip
COLUMNS = (
    Column("name", "Account", "name", example="Globex", hint="The name of the company.", required=True,
           words=("account name", "company", "company name", "organisation", "organization", "customer", "name",
                  "firma", "firmenname", "unternehmen", "kunde", "kundenname")),
    Column("domains", "Domains", "domains", CODES, "globex.com; globex.de", "Of its mail and its website.",
           words=("domain", "website", "web site", "web", "url", "homepage", "e-mail domain", "domäne", "domänen",
                  "webseite", "internetadresse")),
    Column("aliases", "Other names", "aliases", NAMES, "Globex Corp", "Separated by semicolons.",
           words=("aliases", "alias", "also known as", "aka", "other name", "trading as", "andere namen",
                  "weitere namen", "auch bekannt als")),
    Column("parent", "Part of", "parent", example="", hint="The account that it belongs to.",
           words=("parent", "parent account", "parent company", "group", "belongs to", "muttergesellschaft",
                  "mutterkonzern", "konzern", "gehört zu", "teil von", "übergeordneter account")),
    Column("owner", "Owner", "owner", EMAIL, "ana@acme.example", "The e-mail address of a rep.",
           words=("account owner", "owner e-mail", "owner email", "account executive", "account manager", "rep",
                  "sales rep", "assigned to", "besitzer", "inhaber", "kundenbetreuer", "betreuer", "zuständig",
                  "verantwortlich", "eigentümer")),
    Column("people", "Our people", "people", PEOPLE, "csm: bob@acme.example", "Roles and reps.",
           words=("account team", "people", "contacts with us", "unser team", "unsere leute", "kontoteam",
                  "ansprechpartner bei uns")),
    Column("stage", "Stage", "stage", STAGE, "customer", hint="prospect, customer or former.",
           words=("status", "lifecycle", "lifecycle stage", "account type", "type", "phase", "stufe", "kundenstatus")),
    Column("target", "Target account", "target", FLAG, "yes", "yes or no.",
           words=("target", "named account", "abm", "key account", "strategic", "zielkunde", "zielaccount",
                  "wunschkunde", "schlüsselkunde")),
    Column("country", "Country", "country", example="US", hint="ISO 3166-1, such as US.",
           words=("country code", "country/region", "billing country", "land", "länderkürzel", "staat")),
    Column("region", "Region", "region", example="US-TX", hint="ISO 3166-2, such as US-TX.",
           words=("state", "province", "county", "state/province", "state/region", "billing state/province",
                  "billing state", "bundesland", "kanton")),
    Column("postal_code", "Postal code", "postal_code", example="77001", hint="With its leading zeros.",
           words=("postcode", "zip", "zip code", "zipcode", "zip/postal code", "billing zip/postal code",
                  "billing zip", "plz", "postleitzahl")),
    Column("phone", "Phone", "phone", example="+17135550100", hint="With its country code.",
           words=("phone number", "telephone", "tel", "main phone", "telefon", "telefonnummer", "rufnummer")),
    Column("industry", "Industry", "industry", example="energy",
           words=("sector", "vertical", "branche", "wirtschaftszweig")),
    Column("employees", "Employees", "employees", WHOLE, "5200",
           words=("company size", "number of employees", "no. of employees", "headcount", "size", "mitarbeiter",
                  "mitarbeiterzahl", "anzahl mitarbeiter", "unternehmensgröße")),
    Column("excluded_domains", "Not its domains", "excluded_domains", CODES, "", "Never matched to this account.",
           words=("excluded domains", "excluded domain", "ignored domains", "ausgeschlossene domains",
                  "nicht ihre domains", "fremde domains")),
)  # fmt: skip


def _existing(keys: Collection[Key] | None = None) -> dict[Key, dict[str, Any]]:
    found: dict[Key, dict[str, Any]] = {}
    for some in pieces(keys):
        rows = rows_of("accounts") if some is None else rows_of("accounts").filter(name__in=[key[0] for key in some])
        found |= {(row["name"],): row for row in documents_of("accounts", list(rows))}
    return found


def _read(documents: Documents, existing: Documents, report: Report) -> dict[Key, Any]:
    known = known_to({"accounts": list(documents.values())})
    specs = read_documents(documents, read_account, known, report)
    refuse_loops(specs, known.accounts, report)
    return specs


def _write(run: Import, specs: Mapping[Key, Any], gone: Collection[Key]) -> None:
    for account in Account.objects.filter(name__in=[key[0] for key in gone]):
        account.delete()
    import_accounts(run, list(specs.values()), reps_by_email())


ACCOUNTS = Kind(
    section="accounts",
    one="account",
    many="accounts",
    columns=COLUMNS,
    keys=("name",),
    existing=_existing,
    read=_read,
    write=_write,
    gone=all_others,
    places=Places("country", "region", "postal_code"),
    whole="Accounts that the file does not name are deleted; their leads stay.",
)
