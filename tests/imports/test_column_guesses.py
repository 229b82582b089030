"""Columns are recognised by the names that people in sales give them, in English and German."""

from __future__ import annotations

import io
from datetime import datetime

import pytest

from routing.services.imports import start
from routing.services.imports.all_sections import SECTIONS
from routing.services.imports.mapping import guess
from tests.imports.doing import checked, csv

pytestmark = pytest.mark.django_db
HEADERS = [
    ("reps", "E-Mail;Name;Team;Aktiv;Zeitzone;Arbeitszeiten;Feiertage;Sprachen;Fähigkeiten;Vertretung;Pausiert bis;"
     "Leads pro Tag", "email name team active timezone working_hours holidays languages skills backup paused_until "
     "caps_day"),
    ("reps", "Email Address,Full Name,Timezone,Working hours,Language,Is active,Daily cap,Max open leads,Deputy",
     "email name timezone working_hours languages active caps_day caps_open backup"),
    ("members", "Pool;E-mail;Gewichtung;Einarbeitung in Wochen;Leads pro Woche",
     "pool rep weight ramp_weeks caps_week"),
    ("members", "Queue,Name,Email,Share,Ramp start", "pool - rep weight ramp_from"),
    ("territories", "Gebiet;Land;PLZ;Besitzer", "name countries postal_codes owner_rep"),
    ("territories", "Name,Country,State,Zip,Owner", "name countries regions postal_codes owner_rep"),
    ("territories", "Vertriebsgebiet;Bundesland;Branche;Mitarbeiter ab;Mitarbeiter bis;Umsatz von;Gültig ab;Gültig bis",
     "name regions industries employees_min employees_max annual_revenue_min from to"),
    ("accounts", "Company,Website,Account Owner,Status,Named account,Country,State,Zip,Phone,Number of employees",
     "name domains owner stage target country region postal_code phone employees"),
    ("accounts", "Firma;Domain;Betreuer;Konzern;Zielkunde;Land;PLZ;Telefon;Mitarbeiterzahl;Auch bekannt als",
     "name domains owner parent target country postal_code phone employees aliases"),
    ("time_off", "Employee,Start date,End date,Leave type,Handover", "rep from to reason hand_over"),
    ("time_off", "Mitarbeiter;Von;Bis;Grund;Vertretung", "rep from to reason hand_over"),
    ("tables", "Table name,Code,Owner,Queue", "table key rep pool"),
    ("tables", "Tabelle;Schlüssel;Mitarbeiter;Gruppe", "table key rep pool"),
    ("leads", "First,Last,Company / Account,Zip/Postal Code,No. of Employees,Country/Region,State/Region",
     "first_name last_name company postal_code employees country region"),
    ("accounts", "Account Name,Billing Country,Billing State/Province,Billing Zip/Postal Code,No. of Employees",
     "name country region postal_code employees"),
    ("territories", "Territory Name,Country/Region,State/Region,Zip/Postal Code,Owner",
     "name countries regions postal_codes owner_rep"),
    ("leads", "Id,Your id,Zip,State", "id external_id postal_code region"),
    ("leads", "Id;Anrede;Ansprechpartner", "external_id - name"),
    ("leads", "Work email,E-mail,utm_source,Attributes.Size", "- email utm.source attributes.Size"),
]  # fmt: skip


@pytest.mark.parametrize(("section", "header", "fields"), HEADERS)
def test_columns_are_guessed_from_what_people_call_them(section: str, header: str, fields: str) -> None:
    names = header.replace(";", ",").split(",")

    assert [field or "-" for field in guess(SECTIONS[section], names).values()] == fields.split()


@pytest.mark.one_database("it reads no table")
@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_has_a_name_in_german_too_and_no_two_own_the_same_label(section: str) -> None:
    fields = [field for field in SECTIONS[section].fields if not field.prefix]

    assert [field.name for field in fields if not field.words] == []
    assert len({field.label for field in fields}) == len(fields)


def test_the_report_names_the_columns_that_nothing_was_made_of(now: datetime) -> None:
    report = checked(csv("mia@globex.com,XL,b", header="email,Shirt,Shoe"), now).report

    assert report["left_out"] == ["Shirt", "Shoe"]
    assert report["notes"] == {"columns were left out: “Shirt”, “Shoe”": 2}


def test_columns_that_become_attributes_are_not_left_out(now: datetime) -> None:
    report = checked(csv("mia@globex.com,XL", header="email,Shirt"), now, unmapped="attributes").report

    assert (report["left_out"], report["notes"]) == ([], {})


def test_the_columns_of_a_file_of_errors_are_left_out_in_silence(now: datetime) -> None:
    report = checked(csv("mia@globex.com,2,no", header="email,Row,What is wrong"), now).report

    assert report["left_out"] == []


@pytest.mark.parametrize("said", ["time-off", "Time Off", "TIME_OFF", "time_off"])
def test_a_section_is_named_in_any_way_of_writing(said: str, now: datetime) -> None:
    content = io.BytesIO(b"rep,from,to\n")

    assert start.start_import(section=said, file_name="", stream=content, now=now).section == "time_off"
