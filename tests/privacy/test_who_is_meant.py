"""Whom an erasure means: them however they are written, and nobody who shares a name or the beginning of an address."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Rep
from routing import spool
from routing.models import Form, Import, Lead, Submission
from routing.services.privacy.erasing import erase_person
from routing.services.privacy.erasing_rep import _texts
from routing.services.privacy.looking_up import look_up
from routing.services.privacy.people import Person, person_named
from routing.services.privacy.place import Place
from routing.services.privacy.places import PLACES
from routing.services.privacy.redaction import without
from routing.services.privacy.spooled import spooled_naming
from tests.factories import make_rep
from tests.privacy.conftest import MIA, PHONE, received

LONG_PAGE = "https://acme.example/?x="
FULL = Submission._meta.get_field("page").max_length or 0
NAMESAKE = [["name", "Mia Wolf"], ["email", "other@elsewhere.example"]]


def sent(now: datetime, raw: str = "", page: str = "", **fields: Any) -> Submission:
    form = Form.objects.get_or_create(name="Contact", slug="contact")[0]
    key = str(Submission.objects.count())
    return Submission.objects.create(form=form, key=key, raw=raw, page=page, received_at=now, **fields)


def full(end: str) -> str:
    """A page's address that was cut where its column ends."""
    return LONG_PAGE + end.rjust(FULL - len(LONG_PAGE), "y")


# --- nobody else -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["", full("")], ids=["no page", "full page"])
def test_what_a_namesake_sent_stays(page: str, mia: Lead, now: datetime) -> None:
    theirs = sent(now, json.dumps(NAMESAKE), page)

    erase_person(email=MIA, now=now)

    assert Submission.objects.get() == theirs


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["example.com.au", "example.community", "example.com-x.de"])
def test_whoever_has_a_longer_address_stays(host: str, mia: Lead, now: datetime) -> None:
    theirs = sent(now, f'[["email","mia.wolf@{host}"],["message","write to mia.wolf@{host}."]]')

    erase_person(email=MIA, now=now)

    assert Submission.objects.get() == theirs


@pytest.mark.django_db
@pytest.mark.parametrize("after", [".", ". Thanks", ".Thanks", "...", ".\nRegards", ".)", ".csv"])
def test_an_address_at_the_end_of_a_sentence_is_theirs(after: str, mia: Lead, now: datetime) -> None:
    sent(now, json.dumps([["message", f"Write to mia.wolf@example.com{after}"]]))

    erase_person(email=MIA, now=now)

    assert not Submission.objects.exists()


@pytest.mark.django_db
def test_a_lead_of_a_namesake_keeps_their_name(mia: Lead, now: datetime) -> None:
    most = Lead._meta.get_field("campaign").max_length or 0
    who = {"email": "o@e.example", "phone": "", "company": "Initech"}
    other = received(now, **who, message="I am Mia Wolf", campaign="x" * most)

    erase_person(email=MIA, now=now)

    other.refresh_from_db()
    assert other.message == "I am Mia Wolf"


@pytest.mark.django_db
def test_a_file_of_a_namesake_that_waits_on_disk_stays(mia: Lead, now: datetime, settings: Any, tmp_path: Any) -> None:
    settings.SPOOL_DIR = tmp_path
    spool.put({"form": "contact", "raw": json.dumps(NAMESAKE)}, now=now)

    assert spooled_naming(person_named(email=MIA)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["&campaign=mia", "&campaign=mia.wolf", "&name=Mia Wol"])
def test_a_page_that_ends_like_an_address_or_a_name_stays_as_it_is(end: str, mia: Lead, now: datetime) -> None:
    theirs = sent(now, '[["email","noah@other.example"]]', full(end))

    erase_person(email=MIA, now=now)

    assert Submission.objects.get(pk=theirs.pk).page == full(end)


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["&email=mia.wolf@exam", "&email=mia.wolf%40exam", "&email=mia.wolf%40ex%4"])
def test_an_address_that_was_cut_off_goes_and_what_may_be_somebody_elses_stays(end: str, now: datetime) -> None:
    theirs = sent(now, '[["email","noah@other.example"]]', full(end))

    known = look_up(person=person_named(email=MIA), now=now)
    erase_person(email=MIA, now=now)

    kept = Submission.objects.get(pk=theirs.pk)
    assert kept.raw == theirs.raw
    assert kept.page == full(end)[: FULL - len(end)] + "&email=[erased]"
    assert known.count == 0


# --- however it is written ---------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("before", ["", "%20", "+", "%0A", "%C2%A0", "%E2%80%9C", "%3C", "%E2%80%93", "%2C", "%A0"])
def test_an_address_is_found_behind_any_sign_of_a_plain_form(before: str, now: datetime) -> None:
    sent(now, f"name=Jo&message=ask{before or '='}mia.wolf%40example.com")

    erase_person(email=MIA, now=now)

    assert not Submission.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "raw",
    [
        '{"email": "mia.wolf\\u0040example.com"}',
        'no JSON: "mia.wolf\\u0040example.com"',
        "email=mia%2Ewolf%40example.com",
        "email=%6Dia.wolf%40example.com",
        "page=https%3A%2F%2Fx.example%2F%3Femail%3Dmia.wolf%2540example.com",
        '{"page": "https://x.example/?email=mia%2Ewolf%40example.com"}',
        '{"tel": 4930901820}',
        "tel=%C2%A0030901820",
        "tel=%28030%29+90%2018%2020",
        "tel=030%E2%80%9390%E2%80%9318%E2%80%9320",
        "tel=030%20%E2%80%93%20901820",
        "tel=030%20/%2090-18-20",
    ],
)
def test_they_are_found_however_a_sign_is_encoded(raw: str, now: datetime) -> None:
    sent(now, raw)

    erase_person(email=MIA, phone=PHONE, now=now)

    assert not Submission.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "raw",
    ["email=anna%2Bmia.wolf%40example.com", "email=anna%2Emia.wolf%40example.com", '["anna+mia.wolf@example.com"]'],
)
def test_a_longer_address_is_somebody_elses_however_it_is_encoded(raw: str, now: datetime) -> None:
    sent(now, raw)

    erase_person(email=MIA, now=now)

    assert Submission.objects.exists()


@pytest.mark.one_database("No database takes part.")
def test_of_a_text_that_stays_nothing_else_is_changed() -> None:
    person = Person(emails=frozenset([MIA]))
    text = "a%20b=%E2%80%9Cmia%2Ewolf%40example.com%E2%80%9D&c=+%2B\\n %zz mia.wolf@example.com, 100%"

    left = without(text, person.pattern)

    assert left == "a%20b=%E2%80%9C[erased]%E2%80%9D&c=+%2B\\n %zz [erased], 100%"


# --- what it costs others ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_code_or_a_hash_that_fills_its_column_is_not_looked_into(now: datetime) -> None:
    """Every country has two letters: all leads would be read."""
    received(now, email="noah@example.com", phone="", country="DE", message="Hello")
    rep: Rep = make_rep("Cleo Fox")
    person = Person(emails=frozenset([rep.email]), names=frozenset([rep.name]))
    [leads] = [place for place in PLACES if place.name == "leads"]
    columns = tuple(_texts(leads))
    place = Place("leads", "", Lead, "", columns, named=columns, written=True)

    assert "country" in columns
    assert not place._as_text().filter(place._naming(person)).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Import.Status.RUNNING, Import.Status.UNDOING])
def test_what_is_being_imported_keeps_the_columns_it_is_read_by(status: str, now: datetime) -> None:
    values = {"columns": [MIA], "mapping": {MIA: "email"}, "options": {"defaults": {"campaign": MIA}}}
    running = Import.objects.create(section="leads", format="csv", status=status, created_at=now, **values)
    done = Import.objects.create(section="leads", format="csv", status="done", created_at=now, **values)

    erase_person(email=MIA, now=now)

    running.refresh_from_db()
    done.refresh_from_db()
    assert (running.columns, running.mapping, running.options) == tuple(values.values())
    assert (done.columns, done.mapping, done.options) == ([], {}, {"defaults": {"campaign": "[erased]"}})


@pytest.mark.django_db
def test_submissions_are_locked_in_the_order_in_which_forms_lock_them(mia: Lead, now: datetime) -> None:
    """All at once: a form that has the first waits for none of the others."""
    [submissions] = [place for place in PLACES if place.name == "submissions"]
    own = sent(now, "{}", lead=mia, status=Submission.Status.ACCEPTED)
    named = sent(now, json.dumps([MIA]))

    with CaptureQueriesContext(connection) as asked:
        submissions.erase(person_named(email=MIA))

    both = f'"lead_id" IN ({mia.pk})', f'"id" IN ({named.pk})', " ASC"
    [locking] = [query["sql"] for query in asked if all(part in query["sql"] for part in both)]
    assert "FOR UPDATE" in locking or connection.vendor == "sqlite"
    assert not Submission.objects.filter(pk__in=[own.pk, named.pk]).exists()
