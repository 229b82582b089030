"""Territories as rows: the rows of one territory combine their places, industries, sources and languages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from routing.models import Territory
from routing.rulebook.config.known import known_to
from routing.rulebook.config.territories import read_territory
from routing.services.importing.draft import import_territories
from routing.services.importing.rows import Import, pools_by_name, reps_by_email
from routing.services.imports.sections.cells import AMOUNT, CODES, DAY, LANGUAGES, NAMES, REP_OF_A_PLACE, WHOLE
from routing.services.imports.sections.columns import Column
from routing.services.imports.sections.kinds import (
    Documents,
    Key,
    Kind,
    Places,
    Report,
    all_others,
    existing_by,
    one_place,
    read_documents,
    refuse_loops,
)
from routing.services.manage.archive import retire

POSTAL = "Codes, beginnings or ranges: 94*; 90000-96199; 01067. Leading zeros count. They need exactly one country."
COLUMNS = (
    Column("name", "Territory", "name", example="California", hint="Several rows of one name combine.", required=True,
           words=("territory name", "name", "area", "patch", "gebiet", "gebietsname", "vertriebsgebiet",
                  "verkaufsgebiet", "bezirk")),
    Column("parent", "Part of", "parent", example="", hint="The territory that it lies in.",
           words=("parent", "parent territory", "belongs to", "übergeordnet", "übergeordnetes gebiet", "obergebiet",
                  "gehört zu", "teil von")),
    Column("priority", "Priority", "priority", WHOLE, "0", "The higher wins where two overlap.",
           words=("prio", "rank", "priorität", "rang", "vorrang")),
    Column("from", "From", "from", DAY, "", "The first day, such as 2026-12-20.",
           words=("valid from", "start", "start date", "starts", "von", "ab", "gültig ab", "gültig von", "beginn")),
    Column("to", "To", "to", DAY, "", "The last day.",
           words=("valid to", "valid until", "until", "end", "end date", "ends", "bis", "gültig bis", "ende")),
    Column("countries", "Countries", "countries", CODES, "US", "ISO 3166-1, such as US.",
           words=("country", "country code", "country/region", "land", "länder", "länderkürzel", "staat")),
    Column("regions", "Regions", "regions", CODES, "US-CA", "ISO 3166-2, such as US-CA.",
           words=("region", "state", "states", "state/province", "state/region", "province", "provinces", "county",
                  "bundesland", "bundesländer", "kanton", "kantone", "regionen")),
    Column("cities", "Cities", "cities", NAMES, "", "Separated by semicolons.",
           words=("city", "town", "towns", "stadt", "städte", "ort", "orte")),
    Column("postal_codes", "Postal codes", "postal_codes", CODES, "90000-96199", POSTAL,
           words=("postal code", "zip/postal code", "zip", "zips", "zip code", "zip codes", "zipcode", "zipcodes",
                  "postcode", "postcodes", "plz", "postleitzahl", "postleitzahlen")),
    Column("industries", "Industries", "industries", NAMES, "", "Separated by semicolons.",
           words=("industry", "sector", "sectors", "vertical", "verticals", "branche", "branchen")),
    Column("employees_min", "Employees from", "employees.min", AMOUNT, "1",
           words=("min employees", "employees min", "minimum employees", "mitarbeiter ab", "mitarbeiter von",
                  "mitarbeiter min", "mindestens mitarbeiter")),
    Column("employees_max", "Employees to", "employees.max", AMOUNT, "500",
           words=("max employees", "employees max", "maximum employees", "mitarbeiter bis", "mitarbeiter max",
                  "höchstens mitarbeiter")),
    Column("annual_revenue_min", "Annual revenue from", "annual_revenue.min", AMOUNT, "",
           words=("min revenue", "revenue from", "revenue min", "minimum revenue", "umsatz ab", "umsatz von",
                  "umsatz min", "jahresumsatz ab", "jahresumsatz von")),
    Column("annual_revenue_max", "Annual revenue to", "annual_revenue.max", AMOUNT, "",
           words=("max revenue", "revenue to", "revenue max", "maximum revenue", "umsatz bis", "umsatz max",
                  "jahresumsatz bis")),
    Column("sources", "Sources", "sources", NAMES, "", "Separated by semicolons.",
           words=("source", "lead source", "lead sources", "quelle", "quellen", "herkunft", "leadquelle")),
    Column("languages", "Languages", "languages", LANGUAGES, "", "Codes, such as en.",
           words=("language", "sprache", "sprachen")),
    Column("owner_rep", "Owner (rep)", "owner.rep", REP_OF_A_PLACE, "ana@acme.example",
           "A rep, or a pool in the next column.",
           words=("owner", "rep", "sales rep", "owner e-mail", "owner email", "salesperson", "account executive",
                  "assigned to", "besitzer", "besitzerin", "inhaber", "zuständig", "verantwortlich", "vertriebler",
                  "verkäufer", "eigentümer")),
    Column("owner_pool", "Owner (pool)", "owner.pool", example="",
           words=("pool", "owner pool", "queue", "besitzer pool", "gruppe", "zuständiger pool")),
)  # fmt: skip


def _read(documents: Documents, existing: Documents, report: Report) -> dict[Key, Any]:
    there = {**existing, **documents}
    known = known_to({"territories": list(there.values())})
    specs = read_documents(documents, read_territory, known, report)
    refuse_loops(specs, {row["name"]: row.get("parent") for row in existing.values()}, report)
    return specs


def _write(run: Import, specs: Mapping[Key, Any], gone: Collection[Key]) -> None:
    import_territories(run, list(specs.values()), reps_by_email(), pools_by_name())
    retire(rows=Territory.objects.current().filter(name__in=[key[0] for key in gone]), now=run.now)


TERRITORIES = Kind(
    section="territories",
    one="territory",
    many="territories",
    columns=COLUMNS,
    keys=("name",),
    existing=existing_by("territories", "name"),
    read=_read,
    write=_write,
    gone=all_others,
    places=Places("countries", "regions", "postal_codes"),
    draft=True,
    whole="Territories that the file does not name are taken out of the draft.",
    fold=one_place("owner_rep", "owner_pool", "owner"),
)
