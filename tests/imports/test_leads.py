"""Leads from a file: checked, shown, routed only once somebody said so, and taken back."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from routing.models import (
    Assignment,
    ColumnMapping,
    Consent,
    Import,
    ImportChunk,
    Lead,
    LedgerAccount,
    OutboxMessage,
    Pool,
    Posting,
)
from routing.notifications.briefs import load_briefs
from routing.services.alert_mails import compose, load_clocks
from routing.services.change_lead import change_lead
from routing.services.imports import start
from routing.services.imports.rows_out import error_file
from routing.services.lead_actions import accept, respond
from routing.services.lead_actions.refusals import WrongState
from routing.services.privacy.suppression import suppress
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.services.sla.clock import start_clocks
from routing.services.statement import statement
from routing.services.work_progress import CannotRun
from tests.factories import make_catch_all, make_pool, make_rep, make_settings
from tests.imports.doing import brought_in, checked, csv, fresh, handed_in, rows_by_state, taken_back, work_off

pytestmark = pytest.mark.django_db
THREE = csv("mia@globex.com,DE,Globex", "leo@initech.com,US,Initech", "no address,US,Nobody")


@pytest.fixture
def pool(now: datetime) -> Pool:
    """Ana and Bob take turns."""
    make_settings()
    pool = make_pool(make_rep("Ana"), make_rep("Bob"), name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now)
    return pool


def balances() -> int:
    return LedgerAccount.objects.aggregate(sum=Sum("balance"))["sum"] or 0


# --- check -------------------------------------------------------------------------------------------------------


def test_a_checked_file_has_made_no_lead(pool: Pool, now: datetime) -> None:
    imported = checked(THREE, now)

    assert imported.status == Import.Status.READY
    assert rows_by_state(imported) == {"new": [1, 2], "rejected": [3]}
    assert not Lead.objects.exists()


def test_a_rejected_row_says_what_is_wrong_beside_its_column(pool: Pool, now: datetime) -> None:
    row = checked(THREE, now).rows.get(number=3)

    assert list(row.errors) == ["email"]
    assert "no e-mail address" in row.errors["email"][0]


def test_the_preview_says_who_would_get_how_many(pool: Pool, now: datetime) -> None:
    imported = checked(csv(*(f"p{n}@x{n}.com,DE," for n in range(8))), now)

    preview = imported.report["preview"]
    assert {row["name"]: row["leads"] for row in preview["reps"]} == {"Ana": 4, "Bob": 4}
    assert not Posting.objects.exists()


def test_the_preview_knows_people_who_came_before(pool: Pool, now: datetime) -> None:
    first = receive_lead(facts={"email": "mia@globex.com"}, now=now).lead
    route_all(now=now)
    first.refresh_from_db()

    imported = checked(csv(*["mia@globex.com,DE,"] * 4), now + timedelta(days=1))

    assert [row["name"] for row in imported.report["preview"]["reps"]] == [first.owner.name]


def test_without_published_rules_the_preview_says_so(now: datetime) -> None:
    assert "No rulebook is published" in checked(THREE, now).report["preview"]["problem"]


def test_a_row_with_a_known_id_is_news_about_that_lead(pool: Pool, now: datetime) -> None:
    receive_lead(facts={"email": "mia@globex.com", "external_id": "A-1"}, now=now)
    receive_lead(facts={"email": "leo@globex.com", "external_id": "A-2"}, now=now)

    imported = checked(csv("mia@globex.com,A-1,Mia", "leo@globex.com,A-2,", header="email,external_id,first_name"), now)

    assert rows_by_state(imported) == {"changed": [1], "unchanged": [2]}


def test_the_same_id_twice_in_a_file_is_rejected(pool: Pool, now: datetime) -> None:
    imported = checked(csv("a@x.com,A-1", "b@x.com,A-1", header="email,id"), now)

    assert rows_by_state(imported) == {"new": [1], "rejected": [2]}


def test_the_same_person_twice_is_said_and_taken(pool: Pool, now: datetime) -> None:
    imported = checked(csv("a@x.com,DE,", "a@x.com,DE,"), now)

    assert rows_by_state(imported) == {"new": [1, 2]}
    assert "Row 1 has the same" in imported.rows.get(number=2).errors["email"][0]
    assert list(imported.report["notes"].values()) == [1]


def test_whoever_asked_to_be_erased_does_not_come_back(pool: Pool, now: datetime) -> None:
    suppress(["mia@globex.com"], now=now)

    assert rows_by_state(checked(THREE, now)) == {"rejected": [1, 3], "new": [2]}


def test_who_is_erased_between_check_and_import_is_rejected_then(pool: Pool, now: datetime) -> None:
    imported = checked(THREE, now)
    suppress(["mia@globex.com"], now=now)
    start.confirm(imported=imported, now=now)
    work_off(now)

    assert list(Lead.objects.values_list("email", flat=True)) == ["leo@initech.com"]
    assert fresh(imported).report["applied"] == {"new": 1, "rejected": 2}


def test_a_line_of_json_that_cannot_be_read_is_one_rejected_row(pool: Pool, now: datetime) -> None:
    imported = checked(b'{"email": "mia@globex.com"}\n{"email": oops}\n{"email": "leo@initech.com"}\n', now)

    assert rows_by_state(imported) == {"new": [1, 3], "rejected": [2]}
    assert "Line 2 is not JSON" in imported.rows.get(number=2).errors[""][0]


def test_a_file_that_breaks_off_fails_with_its_line(pool: Pool, now: datetime) -> None:
    lines = [f"p{n}@x.com,DE," for n in range(20)]
    imported = checked(csv(*lines, 'q@x.com,"DE'), now)

    assert imported.status == Import.Status.FAILED
    assert "Line 22" in imported.error


# --- columns and options -------------------------------------------------------------------------------------------


def test_columns_are_guessed_in_english_and_german(now: datetime) -> None:
    imported = handed_in(csv("x", header="E-Mail-Adresse;Vorname;Postleitzahl;Firma;utm_source;Telefonnumer"), now)

    assert imported.mapping == {
        "E-Mail-Adresse": "email", "Vorname": "first_name", "Postleitzahl": "postal_code", "Firma": "company",
        "utm_source": "utm.source", "Telefonnumer": "phone",
    }  # fmt: skip


def test_columns_are_remembered_for_the_same_header(now: datetime) -> None:
    content = csv("x", header="Wer,Woher")
    first = start.start_import(section="leads", file_name="", stream=io.BytesIO(content), now=now)
    start.choose_columns(imported=first, mapping={"Wer": "email", "Woher": "source"}, options={"test": True}, now=now)

    assert handed_in(content, now).mapping == {"Wer": "email", "Woher": "source"}
    assert ColumnMapping.objects.count() == 1


@pytest.mark.parametrize(
    ("mapping", "place"),
    [
        ({"email": "mail"}, "mapping.email"),
        ({"nobody": "email"}, "mapping.nobody"),
        ({"email": "email", "country": "email"}, "mapping.country"),
        ({"company": "company"}, "email"),
        ({"email": 5}, "mapping.email"),
    ],
)
def test_columns_that_cannot_be_are_refused(mapping: dict[str, str], place: str, now: datetime) -> None:
    imported = handed_in(THREE, now)

    with pytest.raises(CannotRun) as refused:
        start.choose_columns(imported=imported, mapping=mapping, options={}, now=now)

    assert place in refused.value.errors


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"defaults": {"country": "Atlantis"}}, "defaults.country"),
        ({"defaults": {"colour": "red"}}, "defaults.colour"),
        ({"defaults": "web"}, "defaults"),
        ({"test": "maybe"}, "test"),
        ({"speed": 3}, "speed"),
        ({"unmapped": "nowhere"}, "unmapped"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], place: str, now: datetime) -> None:
    with pytest.raises(CannotRun) as refused:
        handed_in(THREE, now, **options)

    assert place in refused.value.errors


def test_defaults_hold_for_rows_that_say_nothing(pool: Pool, now: datetime) -> None:
    brought_in(csv("a@x.com,,", "b@y.com,FR,"), now, defaults={"country": "DE", "source": "fair"})

    assert list(Lead.objects.order_by("pk").values_list("country", "source")) == [("DE", "fair"), ("FR", "fair")]


def test_columns_without_a_field_can_become_attributes(pool: Pool, now: datetime) -> None:
    brought_in(csv("a@x.com,XL", header="email,Shirt"), now, unmapped="attributes")

    assert Lead.objects.get().attributes == {"Shirt": "XL"}


def test_consent_is_kept_with_its_words(pool: Pool, now: datetime) -> None:
    content = csv("a@x.com,ja", "b@x.com,nein", "c@x.com,", header="email,Einwilligung")
    brought_in(content, now, consent_wording="Call me")

    assert list(Consent.objects.values_list("given", "wording", "origin")) == [
        (True, "Call me", "file list.csv"), (False, "Call me", "file list.csv"),
    ]  # fmt: skip


def test_test_leads_stay_apart(pool: Pool, now: datetime) -> None:
    brought_in(THREE, now, test=True)

    assert Lead.objects.filter(test=True).count() == 2


# --- import --------------------------------------------------------------------------------------------------------


def test_confirmed_leads_are_routed_and_known_by_their_rows(pool: Pool, now: datetime) -> None:
    imported = brought_in(THREE, now)
    route_all(now=now)

    assert imported.status == Import.Status.DONE
    assert imported.report["applied"] == {"new": 2, "rejected": 1}
    assert Assignment.objects.count() == 2
    assert {row.lead.email for row in imported.rows.filter(applied=True)} == {"mia@globex.com", "leo@initech.com"}
    assert Lead.objects.filter(priority=Lead.Priority.IMPORTED).count() == 2
    assert not ImportChunk.objects.exists()


def test_route_now_needs_nobody_to_confirm(pool: Pool, now: datetime) -> None:
    imported = checked(THREE, now, route_now=True)

    assert imported.status == Import.Status.DONE
    assert Lead.objects.count() == 2


def test_a_dry_run_cannot_be_confirmed(pool: Pool, now: datetime) -> None:
    imported = checked(THREE, now, dry_run=True)

    with pytest.raises(WrongState, match="dry run"):
        start.confirm(imported=imported, now=now)


def test_a_known_lead_is_changed(pool: Pool, now: datetime) -> None:
    receive_lead(facts={"email": "mia@globex.com", "external_id": "A-1"}, now=now)

    brought_in(csv("mia@globex.com,A-1,Mia", header="email,external_id,first_name"), now)

    assert list(Lead.objects.values_list("first_name", flat=True)) == ["Mia"]


def test_an_id_that_came_in_between_is_news_then(pool: Pool, now: datetime) -> None:
    imported = checked(csv("mia@globex.com,A-1,Mia", header="email,external_id,first_name"), now)
    receive_lead(facts={"email": "mia@globex.com", "external_id": "A-1"}, now=now)
    start.confirm(imported=imported, now=now)
    work_off(now)

    assert fresh(imported).report["applied"] == {"changed": 1, "rejected": 0}
    assert Lead.objects.get().first_name == "Mia"


def test_a_file_is_confirmed_once(pool: Pool, now: datetime) -> None:
    imported = brought_in(THREE, now)

    with pytest.raises(WrongState):
        start.confirm(imported=imported, now=now)


def test_a_cancelled_file_is_gone_on_with(pool: Pool, now: datetime) -> None:
    imported = checked(THREE, now)
    start.cancel(imported=imported, now=now)
    assert fresh(imported).status == Import.Status.CANCELLED

    start.confirm(imported=imported, now=now)
    work_off(now)

    assert Lead.objects.count() == 2


def test_a_run_that_is_cancelled_before_it_begins_leaves_no_lead(pool: Pool, now: datetime) -> None:
    imported = checked(THREE, now)
    start.confirm(imported=imported, now=now)
    start.cancel(imported=imported, now=now)
    work_off(now)

    assert not Lead.objects.exists()
    start.confirm(imported=imported, now=now)
    work_off(now)
    assert fresh(imported).status == Import.Status.DONE


def test_rows_of_a_check_that_failed_later_are_not_confirmed(pool: Pool, now: datetime) -> None:
    imported = checked(THREE, now)
    ImportChunk.objects.update(data=b'email,country,company\na@x.com,"DE')
    start.check(imported=imported, now=now)
    work_off(now)
    assert fresh(imported).status == Import.Status.FAILED

    with pytest.raises(WrongState):
        start.confirm(imported=imported, now=now)


def test_the_error_file_can_be_mended_and_sent_again(pool: Pool, now: datetime) -> None:
    imported = checked(THREE, now)

    text = b"".join(error_file(imported)).decode("utf-8-sig")
    again = handed_in(text.encode(), now)

    assert text.splitlines()[0] == "email,country,company,Row,What is wrong"
    assert text.splitlines()[1].startswith("no address,US,Nobody,4,")
    assert again.mapping | {"Row": "", "What is wrong": ""} == again.mapping


# --- undo ----------------------------------------------------------------------------------------------------------


def test_an_undone_import_leaves_no_lead_and_gives_every_turn_back(pool: Pool, now: datetime) -> None:
    imported = brought_in(csv(*(f"p{n}@x{n}.com,DE," for n in range(7))), now)
    route_all(now=now)

    imported = taken_back(imported, now)

    assert imported.status == Import.Status.UNDONE
    assert imported.report["undone"] == {"undone": 7, "stays": 0}
    assert not Lead.objects.exists()
    assert balances() == 0
    assert set(LedgerAccount.objects.values_list("balance", flat=True)) == {0}
    assert imported.rows.get(number=1).values["email"] == "p0@x0.com"


def test_statements_add_up_after_an_undo(pool: Pool, now: datetime) -> None:
    imported = brought_in(csv(*(f"p{n}@x{n}.com,DE," for n in range(3))), now)
    route_all(now=now)
    taken_back(imported, now + timedelta(minutes=1))

    for member in pool.members.all():
        told = statement(rep=member.rep, since=now - timedelta(days=1), until=now + timedelta(days=1))
        assert sum(line.amount for line in told.lines) == told.closing - told.opening


def test_what_somebody_has_worked_on_stays_and_says_so(pool: Pool, now: datetime) -> None:
    imported = brought_in(THREE, now)
    route_all(now=now)
    kept = Lead.objects.get(email="mia@globex.com")
    accept(lead=kept, rep=kept.owner, now=now, actor="Ana")

    imported = taken_back(imported, now)

    assert imported.report["undone"] == {"undone": 1, "stays": 1}
    assert list(Lead.objects.all()) == [kept]
    assert "worked on" in imported.rows.get(lead=kept).errors["undo"][0]
    assert balances() == 0


def test_an_owner_who_was_alerted_hears_once_of_all(pool: Pool, now: datetime) -> None:
    imported = brought_in(csv(*(f"p{n}@x{n}.com,DE," for n in range(6))), now)
    route_all(now=now)
    start_clocks(dict.fromkeys(Assignment.objects.values_list("pk", flat=True), now), now=now)

    taken_back(imported, now)

    told = OutboxMessage.objects.filter(kind=OutboxMessage.Kind.IMPORT_UNDONE)
    assert sorted(message.payload["leads"] for message in told) == [3, 3]
    assert {message.available_at for message in told} == {now}
    briefs = load_briefs([told[0]])
    mail = compose(briefs, load_clocks(briefs, now=now), now=now)
    assert mail.subject == "3 leads of yours were taken back"
    assert "You need not do anything" in mail.text
    assert "You need not do anything" in mail.html


def test_an_owner_who_never_heard_hears_nothing(pool: Pool, now: datetime) -> None:
    imported = brought_in(THREE, now)
    route_all(now=now)

    taken_back(imported, now)

    assert not OutboxMessage.objects.filter(kind=OutboxMessage.Kind.IMPORT_UNDONE).exists()


def test_a_lead_that_a_later_request_joined_stays(pool: Pool, now: datetime) -> None:
    imported = brought_in(csv("mia@globex.com,DE,"), now)
    route_all(now=now)
    receive_lead(facts={"email": "mia@globex.com"}, now=now + timedelta(seconds=5))
    route_all(now=now + timedelta(seconds=5))

    imported = taken_back(imported, now + timedelta(minutes=1))

    assert imported.report["undone"]["stays"] == 1
    assert Lead.objects.count() == 2


def test_a_changed_lead_gets_back_what_it_said(pool: Pool, now: datetime) -> None:
    receive_lead(facts={"email": "mia@globex.com", "external_id": "A-1", "city": "Bonn"}, now=now)
    header = "email,external_id,first_name,city,attributes.size"
    imported = brought_in(csv("mia@globex.com,A-1,Mia,Köln,XL", header=header), now)
    assert Lead.objects.get().city == "Köln"

    imported = taken_back(imported, now)

    lead = Lead.objects.get()
    assert (lead.first_name, lead.city, lead.attributes) == ("", "Bonn", {})


def test_what_was_changed_since_stays(pool: Pool, now: datetime) -> None:
    receive_lead(facts={"email": "mia@globex.com", "external_id": "A-1"}, now=now)
    imported = brought_in(csv("mia@globex.com,A-1,Mia,Köln", header="email,external_id,first_name,city"), now)
    change_lead(lead=Lead.objects.get(), facts={"city": "Ulm"}, now=now, actor="Bo")

    imported = taken_back(imported, now)

    assert (Lead.objects.get().first_name, Lead.objects.get().city) == ("", "Ulm")
    assert "city" in imported.rows.get().errors["undo"][0]


def test_an_undone_import_is_not_undone_again(pool: Pool, now: datetime) -> None:
    imported = taken_back(brought_in(THREE, now), now)

    with pytest.raises(WrongState, match="undone already"):
        start.undo(imported=imported, now=now)


def test_the_same_list_can_be_imported_again_after_an_undo(pool: Pool, now: datetime) -> None:
    content = csv("mia@globex.com,A-1", header="email,external_id")
    taken_back(brought_in(content, now), now)

    brought_in(content, now + timedelta(minutes=1))
    route_all(now=now + timedelta(minutes=1))

    assert Lead.objects.get().status == Lead.Status.ASSIGNED


def test_answered_leads_keep_their_answer(pool: Pool, now: datetime) -> None:
    imported = brought_in(csv("mia@globex.com,DE,"), now)
    route_all(now=now)
    lead = Lead.objects.get()
    respond(lead=lead, rep=lead.owner, channel="phone", note="", now=now, actor="Ana")

    assert taken_back(imported, now).report["undone"]["stays"] == 1


def test_an_id_in_another_spelling_is_the_same_lead_when_it_is_imported_too(pool: Pool, now: datetime) -> None:
    receive_lead(facts={"email": "mia@globex.com", "external_id": "Caf\u00e9 1", "company": "Old"}, now=now)

    imported = brought_in(csv("mia@globex.com,DE,New,Cafe\u0301  1", header="email,country,company,external_id"), now)

    assert (imported.status, imported.error, rows_by_state(imported)) == ("done", "", {"changed": [1]})
    assert Lead.objects.get().company == "New"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock")
def test_all_leads_of_a_step_are_locked_before_anything_else(pool: Pool, now: datetime) -> None:
    """Routing locks leads, then ledgers and people: a lead that is locked behind these would block both."""
    for n in range(2):
        receive_lead(facts={"email": f"m{n}@a.com", "external_id": f"K{n}"}, now=now)
    lines = [f"m{n}@a.com,DE,New,K{n}" for n in range(2)] + ["leo@initech.com,US,Initech,K9"]
    imported = checked(csv(*lines, header="email,country,company,external_id"), now)

    with CaptureQueriesContext(connection) as applying:
        start.confirm(imported=imported, now=now)
        work_off(now)
    route_all(now=now)
    every = {str(lead.pk) for lead in Lead.objects.all()}
    with CaptureQueriesContext(connection) as undoing:
        taken_back(imported, now)

    assert {"'K0'", "'K1'"} <= locked_first(applying)
    assert (locked_first(undoing), Lead.objects.count()) == (every, 2)


def locked_first(queries: CaptureQueriesContext) -> set[str]:
    """What the first statement names that locks leads."""
    sql = next(one["sql"] for one in queries if re.search(r'FROM "routing_lead".* FOR NO KEY UPDATE', one["sql"]))
    return set(re.findall(r"IN \(([^)]*)\)", sql)[0].split(", "))
