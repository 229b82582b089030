"""The database refuses what forms, inbound addresses, submissions, files and counters must never hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from routing.models import (
    ColumnMapping,
    Form,
    FormField,
    Import,
    ImportChunk,
    ImportRow,
    InboundAddress,
    Submission,
    ThrottleCount,
)
from routing.services.api_keys import create_api_key
from tests.routing.refusals import refused_by

pytestmark = pytest.mark.django_db


def make_form(**fields: Any) -> Form:
    return Form.objects.create(**{"name": "Talk to sales", "slug": "talk-to-sales", **fields})


def make_inbound(**fields: Any) -> InboundAddress:
    return InboundAddress.objects.create(**{"name": "Typeform", "digest": "0f" * 32, **fields})


def submit(now: datetime, **fields: Any) -> Submission:
    return Submission.objects.create(**{"key": "a", "fingerprint": "f", "raw": "[]", "received_at": now, **fields})


def make_import(now: datetime, **fields: Any) -> Import:
    return Import.objects.create(section="leads", format="csv", created_at=now, **fields)


def test_a_form_without_an_address_is_refused() -> None:
    with refused_by("form_slug_is_given"):
        make_form(slug="")


def test_a_captcha_without_its_site_key_is_refused() -> None:
    with refused_by("form_captcha_has_a_site_key"):
        make_form(captcha=Form.Captcha.TURNSTILE)


def test_the_same_question_twice_in_a_form_is_refused() -> None:
    form = make_form()
    FormField.objects.create(form=form, name="email")

    with refused_by("form_asks_a_field_once"):
        FormField.objects.create(form=form, name="email")


def test_a_question_for_no_field_is_refused() -> None:
    with refused_by("form_field_has_a_name"):
        FormField.objects.create(form=make_form(), name="")


def test_an_inbound_address_without_a_key_is_refused() -> None:
    with refused_by("inbound_digest_is_given"):
        make_inbound(digest="")


def test_a_signature_in_no_header_is_refused() -> None:
    with refused_by("inbound_signature_has_a_header"):
        make_inbound(signature=InboundAddress.Signature.HEX)


def test_the_same_submission_of_a_form_twice_is_refused(now: datetime) -> None:
    form = make_form()
    submit(now, form=form)

    with refused_by("submission_once_a_form"):
        submit(now, form=form)


def test_the_same_submission_of_an_inbound_address_twice_is_refused(now: datetime) -> None:
    inbound = make_inbound()
    submit(now, inbound=inbound)

    with refused_by("submission_once_an_inbound"):
        submit(now, inbound=inbound)


@pytest.mark.parametrize("both", [True, False])
def test_a_submission_by_both_doors_or_none_is_refused(now: datetime, both: bool) -> None:
    doors = {"form": make_form(), "inbound": make_inbound()} if both else {}

    with refused_by("submission_came_by_one_door"):
        submit(now, **doors)


def test_a_submission_without_a_key_is_refused(now: datetime) -> None:
    with refused_by("submission_key_is_given"):
        submit(now, form=make_form(), key="")


def test_two_counts_of_one_window_are_refused(now: datetime) -> None:
    ThrottleCount.objects.create(key="form:1", window=now)

    with refused_by("throttle_counts_once_a_window"):
        ThrottleCount.objects.create(key="form:1", window=now)


def test_the_same_piece_of_a_file_twice_is_refused(now: datetime) -> None:
    imported = make_import(now)
    ImportChunk.objects.create(imported=imported, number=1, data=b"email")

    with refused_by("import_chunk_once"):
        ImportChunk.objects.create(imported=imported, number=1, data=b"email")


def test_the_same_row_of_a_file_twice_is_refused(now: datetime) -> None:
    imported = make_import(now)
    ImportRow.objects.create(imported=imported, number=1, state="new")

    with refused_by("import_row_once"):
        ImportRow.objects.create(imported=imported, number=1, state="new")


def test_the_same_key_for_two_files_is_refused(now: datetime) -> None:
    key = create_api_key(name="Website", scopes=["leads:write"]).key
    make_import(now, api_key=key, idempotency_key="monday")

    with refused_by("import_idempotency_key_once"):
        make_import(now, api_key=key, idempotency_key="monday")


def test_two_readings_of_one_header_are_refused(now: datetime) -> None:
    ColumnMapping.objects.create(section="leads", header="0f", used_at=now)

    with refused_by("column_mapping_once_a_header"):
        ColumnMapping.objects.create(section="leads", header="0f", used_at=now)
