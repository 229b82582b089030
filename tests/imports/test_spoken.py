"""Places, languages, days and choices are taken as people call them, in English and German; codes stay as they are."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest

from reps.models import Rep, TimeOff
from routing.models import Account, Lead, Territory
from routing.services.imports import spoken, start
from routing.services.imports.sections import accounts, cells, reps, time_off
from tests.factories import make_pool, make_rep
from tests.imports.doing import brought_in, csv, fresh, work_off

pytestmark = pytest.mark.django_db


@pytest.mark.one_database("it reads no table")
@pytest.mark.parametrize(
    ("read", "text", "code"),
    [
        (spoken.country, "Deutschland", "DE"), (spoken.country, "United States", "US"), (spoken.country, "AT", "AT"),
        (spoken.country, "Atlantis", "Atlantis"), (spoken.language, "Deutsch", "de"), (spoken.language, "French", "fr"),
        (spoken.language, "Französisch", "fr"), (spoken.language, "pt-BR", "pt-BR"), (spoken.language, "en", "en"),
        (spoken.language, "Elvish", "Elvish"), (spoken.days, "Mo–Fr", "mon-fri"), (spoken.days, "Samstag", "sat"),
        (spoken.days, "monday-thursday", "mon-thu"), (spoken.days, "mon-fri", "mon-fri"),
    ],
)  # fmt: skip
def test_what_people_call_it_becomes_its_code(read: Any, text: str, code: str) -> None:
    assert read(text) == code


@pytest.mark.one_database("it reads no table")
@pytest.mark.parametrize(
    ("text", "country", "code"),
    [("CA", "US", "US-CA"), ("New York", "US", "US-NY"), ("Bayern", "DE", "DE-BY"), ("US-TX", "", "US-TX"),
     ("US-TX", "DE", "US-TX"), ("CA", "", "CA")],
)  # fmt: skip
def test_a_region_is_that_of_its_country(text: str, country: str, code: str) -> None:
    assert spoken.region(text, country) == code


@pytest.mark.one_database("it reads no table")
@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (accounts.STAGE, "Kunde", "customer"), (accounts.STAGE, "Customer", "customer"), (reps.KIND, "Mensch", "human"),
        (accounts.STAGE, "vip", "vip"), (time_off.HAND_OVER, "nothing", None), (time_off.WHICH_LEADS, "all", "open"),
        (time_off.HAND_OVER, "Vertretung", "backup"), (cells.HOURS, "immer", "always"),
        (cells.HOURS, "Mo-Fr 08:00–16:00", {"mon-fri": ["08:00-16:00"]}),
    ],
)  # fmt: skip
def test_choices_are_read_as_people_call_them(kind: cells.Cells, text: str, value: Any) -> None:
    assert kind.read(text) == value


def sent(section: str, header: str, line: str, now: datetime) -> list[Any]:
    row = start.start_import(section=section, file_name="", stream=io.BytesIO(csv(line, header=header)), now=now)
    start.check(imported=row, now=now)
    work_off(now)
    start.confirm(imported=row, now=now)
    work_off(now)
    return list(fresh(row).rows.values_list("state", "errors"))


@pytest.fixture
def ana(db: None) -> Rep:
    rep = make_rep("Ana", email="ana@acme.example")
    make_pool(rep, name="SMB")
    return rep


def test_a_german_list_of_reps_is_taken_as_it_is(ana: Rep, now: datetime) -> None:
    header, line = (
        "E-Mail;Name;Zeitzone;Arbeitszeiten;Sprachen;Aktiv",
        ("eva@acme.example;Eva;Europe/Berlin;Mo-Fr 09:00-17:00;Deutsch, Englisch;ja"),
    )

    assert sent("reps", header, line, now) == [("new", {})]
    assert Rep.objects.get(email="eva@acme.example").languages == ["de", "en"]


def test_an_american_list_of_territories_is_taken_as_it_is(ana: Rep, now: datetime) -> None:
    said = sent("territories", "Name,Country,State,Zip,Owner", "West,United States,CA,94*,ana@acme.example", now)

    assert said == [("new", {})]
    assert list(Territory.objects.values_list("countries", "regions")) == [(["US"], ["US-CA"])]


def test_a_german_list_of_accounts_is_taken_as_it_is(ana: Rep, now: datetime) -> None:
    line = "Globex;Deutschland;Bayern;80331;ana@acme.example;Kunde"

    assert sent("accounts", "Firma;Land;Bundesland;PLZ;Betreuer;Status", line, now) == [("new", {})]
    assert list(Account.objects.values_list("country", "region", "stage")) == [("DE", "DE-BY", "customer")]


def test_a_german_list_of_leave_is_taken_as_it_is(ana: Rep, now: datetime) -> None:
    said = sent("time_off", "Mitarbeiter;Von;Bis;Grund;Welche Leads",
                "ana@acme.example;31.12.2026;02.01.2027;Urlaub;alle", now)  # fmt: skip

    assert said == [("new", {})]
    assert TimeOff.objects.get().hand_over_leads == TimeOff.HandOverLeads.OPEN


def test_a_lead_may_name_its_language_in_german(now: datetime) -> None:
    brought_in(csv("mia@globex.com,Deutsch", header="E-Mail,Sprache"), now)

    assert Lead.objects.get().language == "de"


@pytest.mark.parametrize("section", ["territories", "tables"])
def test_a_pool_in_the_column_of_reps_is_told_where_it_goes(ana: Rep, section: str, now: datetime) -> None:
    header, line = ("Territory,Owner", "West,SMB") if section == "territories" else ("Table,Key,Owner", "P,A,SMB")

    ((state, errors),) = sent(section, header, line, now) or [("", {})]

    assert (state, "a pool goes into the column for pools" in errors["Owner"][0]) == ("rejected", True)
