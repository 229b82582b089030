"""insert_rows writes the very rows that the ORM would, and what the database forbids stays forbidden."""

from __future__ import annotations

import uuid
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from routing.models import Assignment, Decision, Lead, Ledger, LedgerAccount, OutboxMessage, Posting
from routing.models.bulk import update_rows
from routing.models.fresh import fresh_row
from routing.models.inserting import insert_new_rows, insert_rows, store_rows
from tests.factories import make_lead, make_rep
from tests.routing.refusals import refused_by

pytestmark = pytest.mark.django_db

HOSTILE = "tab\tline\nfeed\r back\\slash \\N \\. “quotes” 'single' {brace,} %s é 🙂"
MODELS = (Lead, Posting, Decision, Assignment, OutboxMessage)
MADE_UP: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
    (models.BooleanField, True),
    (models.DateTimeField, datetime.fromisoformat("2026-03-29T01:59:59.000001+02:00")),
    (models.DateField, date(2026, 2, 28)),
    (models.DecimalField, Decimal("12.50")),
    (models.FloatField, 0.1),
    (models.IntegerField, 3),
    (models.JSONField, {"text": HOSTILE, "list": [1, None, 0.5, True], "nothing": {}}),
    (models.BinaryField, bytes(range(256))),
)
CONSISTENT: dict[type[models.Model], dict[str, Any]] = {Lead: {"status": "assigned", "email": "mia@globex.example"}}
AS_STORED = {"sqlite": "quote({})", "postgresql": "{}::text"}


def made_up(field: Any, number: int) -> Any:
    if isinstance(field, models.UUIDField):
        return uuid.UUID(int=number)
    if isinstance(field, models.ForeignKey):
        return number
    if field.choices:
        return next(value for value, _ in reversed(field.flatchoices) if value)
    value = next((value for fields, value in MADE_UP if isinstance(field, fields)), f"{number} {HOSTILE}")
    return value[: field.max_length] if isinstance(value, str) else value


def full_row(model: type[models.Model], number: int) -> models.Model:
    """Every column holds something."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return model(**{field.attname: made_up(field, number) for field in fields} | CONSISTENT.get(model, {}))


def plain_row(model: type[models.Model], number: int, now: datetime) -> models.Model:
    """Whatever has a default or may be empty is left to the model."""
    needed = [
        field
        for field in model._meta.concrete_fields
        if not (field.primary_key or field.has_default() or field.null or field.blank)
    ]
    values = {field.attname: made_up(field, number) for field in needed}
    return model(**values | ({"route_after": now} if model is Lead else {}))


def stored(model: type[models.Model]) -> list[tuple[Any, ...]]:
    """All that the database has of the model but the keys, as it has it."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    asked = ", ".join(AS_STORED[connection.vendor].format(f'"{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {asked} FROM "{model._meta.db_table}" ORDER BY id')
        return list(cursor.fetchall())


@pytest.mark.parametrize("with_keys", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_every_column_is_stored_as_the_orm_stores_it(model: type[models.Model], with_keys: bool, now: datetime) -> None:
    rows = [full_row(model, 1), plain_row(model, 2, now), plain_row(model, 3, now), full_row(model, 4)]
    with transaction.atomic():
        model._default_manager.bulk_create([copy(row) for row in rows])
        by_the_orm = stored(model)
        transaction.set_rollback(True)

    with transaction.atomic():
        insert_rows(rows, with_keys=with_keys)
        assert stored(model) == by_the_orm
        transaction.set_rollback(True)  # they name reps and pools that there are not


@pytest.mark.parametrize("model", MODELS)
def test_a_fresh_row_is_what_the_models_own_constructor_makes(model: type[models.Model], now: datetime) -> None:
    given = {name: value for name, value in vars(plain_row(model, 1, now)).items() if name not in ("_state", "id")}
    full = {name: value for name, value in vars(full_row(model, 2)).items() if name != "_state"}

    for values in (given, full):
        made, fresh = vars(model(**values)), vars(fresh_row(model, **values))
        assert {**fresh, "_state": None} == {**made, "_state": None}
        assert (fresh["_state"].adding, fresh["_state"].db) == (True, None)


def test_no_two_fresh_rows_share_what_is_made_for_each() -> None:
    one, other = fresh_row(Assignment), fresh_row(Assignment)
    assert one.uuid != other.uuid

    assert fresh_row(OutboxMessage).payload is not fresh_row(OutboxMessage).payload


def test_a_fresh_row_has_no_column_that_the_model_has_not() -> None:
    with pytest.raises(TypeError, match="Posting has no column lead"):
        fresh_row(Posting, lead=None)


UNIQUE = {Lead: "uuid", Assignment: "uuid", OutboxMessage: "key"}


@pytest.mark.parametrize("model", UNIQUE)
def test_rows_that_are_new_are_stored_as_the_orm_stores_them(model: type[models.Model], now: datetime) -> None:
    rows = [full_row(model, 1), plain_row(model, 2, now), plain_row(model, 3, now), full_row(model, 4)]
    with transaction.atomic():
        model._default_manager.bulk_create([copy(row) for row in rows])
        by_the_orm = stored(model)
        transaction.set_rollback(True)

    with transaction.atomic():
        insert_new_rows(rows, twin=UNIQUE[model])
        assert stored(model) == by_the_orm
        transaction.set_rollback(True)


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_every_column_is_changed_as_the_orm_changes_it(model: type[models.Model], alike: bool, now: datetime) -> None:
    unique = {"uuid", "key", "lead", "external_id", "api_key", "reverses"}
    names = [field.name for field in model._meta.concrete_fields if not field.primary_key and field.name not in unique]
    with transaction.atomic():
        rows = insert_rows([plain_row(model, number, now) for number in (1, 2, 3)], with_keys=True)
        for row in rows if alike else rows[1:]:
            for name in names:
                attname = model._meta.get_field(name).attname
                setattr(row, attname, getattr(full_row(model, 7), attname))
        if model is Assignment and not alike:
            rows[2].attempt = 9
        changes = [(row.pk, *(getattr(row, model._meta.get_field(name).attname) for name in names)) for row in rows]
        with transaction.atomic():
            model._default_manager.bulk_update(rows, names)
            by_the_orm = stored(model)
            transaction.set_rollback(True)

        update_rows(model, names, changes)
        assert stored(model) == by_the_orm
        transaction.set_rollback(True)


def message(key: str, now: datetime, **fields: Any) -> OutboxMessage:
    return OutboxMessage(key=key, kind="alert", created_at=now, available_at=now, **fields)


def test_a_twin_changes_nothing(now: datetime) -> None:
    insert_new_rows([message("first", now, address="ana@acme.example")], twin="key")

    insert_new_rows([message("first", now, address="bob@acme.example"), message("second", now)], twin="key")

    assert set(OutboxMessage.objects.values_list("key", "address")) == {("first", "ana@acme.example"), ("second", "")}


def test_what_is_no_twin_but_wrong_is_refused(now: datetime) -> None:
    with refused_by("outbox_done_has_a_result"):
        insert_new_rows([message("first", now), message("second", now, result="sent")], twin="key")


def posting(number: int, now: datetime) -> Posting:
    return Posting(ledger_id=1, winner_id=1, entries=b"%d" % number, posted_at=now)


def test_keys_rise_with_the_rows_and_later_rows_come_after_them(now: datetime) -> None:
    with transaction.atomic():
        before = Posting.objects.create(ledger_id=1, winner_id=1, entries=b"before", posted_at=now)
        rows = insert_rows([posting(number, now) for number in range(20)], with_keys=True)
        after = Posting.objects.create(ledger_id=1, winner_id=1, entries=b"after", posted_at=now)

        keys = [before.pk, *(row.pk for row in rows), after.pk]
        assert keys == sorted(set(keys))
        assert {pk: bytes(entries) for pk, entries in Posting.objects.values_list("pk", "entries")} == {
            row.pk: row.entries for row in (before, *rows, after)
        }
        transaction.set_rollback(True)


def test_a_row_that_was_inserted_is_saved_again_as_a_change(now: datetime) -> None:
    lead, rep = make_lead(now), make_rep()
    (row,) = insert_rows([Assignment(lead=lead, rep=rep, method="manual", assigned_at=now)], with_keys=True)

    row.note = "by hand"
    row.save()

    assert list(Assignment.objects.values_list("pk", "note")) == [(row.pk, "by hand")]


def test_a_second_open_assignment_of_a_lead_is_refused(now: datetime) -> None:
    lead, rep = make_lead(now), make_rep()
    rows = [Assignment(lead=lead, rep=rep, method="manual", assigned_at=now, attempt=n) for n in (1, 2)]

    with refused_by("assignment_one_open_a_lead"):
        insert_rows(rows)


def test_a_check_of_the_database_refuses_a_row(now: datetime) -> None:
    row = Decision(lead=make_lead(now), outcome="assigned", reason="", decided_at=now)

    with refused_by("decision_assigned_names_rep_and_method"):
        insert_rows([row])


def test_a_row_that_names_nobody_is_refused(now: datetime) -> None:
    row = Assignment(lead=make_lead(now), rep_id=make_rep().pk + 1, method="manual", assigned_at=now)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([row])
        connection.check_constraints()


def test_nothing_to_insert_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert insert_rows([]) == []


@pytest.mark.parametrize("count", [1, 30])
def test_however_many_rows_are_few_statements(count: int, now: datetime, django_assert_num_queries: Any) -> None:
    with transaction.atomic():
        with django_assert_num_queries(2):  # the second is for the keys
            insert_rows([posting(number, now) for number in range(count)], with_keys=True)
        with django_assert_num_queries(1):
            insert_new_rows([message(f"{number}", now) for number in range(count)], twin="key")
        transaction.set_rollback(True)


def test_a_row_that_is_there_takes_what_has_changed_and_nothing_else(now: datetime) -> None:
    ana, bob, ledger = make_rep(), make_rep(), Ledger.objects.create(name="pool: SMB")
    known = LedgerAccount.objects.create(ledger=ledger, rep=ana, balance=1, saved=2)

    store_rows(
        [LedgerAccount(ledger=ledger, rep=ana, balance=3, saved=9), LedgerAccount(ledger=ledger, rep=bob, balance=-3)],
        unique=("ledger", "turns_by", "control", "rep"),
        changed=("balance",),
    )

    stored_now = LedgerAccount.objects.values_list("rep", "balance", "saved", "last_at")
    assert set(stored_now) == {(ana.pk, 3, 2, None), (bob.pk, -3, 0, None)}
    assert LedgerAccount.objects.get(rep=ana).pk == known.pk
