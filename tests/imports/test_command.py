"""manage.py import_file: checked here and now, imported with --route."""

from __future__ import annotations

from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from routing.models import Lead
from routing.services.publish import publish
from tests.factories import make_catch_all, make_pool, make_rep, make_settings
from tests.imports.doing import csv

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("the engine behind it is tested on both")]


@pytest.fixture
def file(tmp_path: Path, now: datetime) -> Path:
    make_settings()
    make_catch_all(make_pool(make_rep("Ana"), name="SMB"))
    publish(note="", user=None, now=now)
    path = tmp_path / "list.csv"
    path.write_bytes(csv("mia@globex.com,DE,Globex", "nobody,DE,"))
    return path


def run(*said: str) -> str:
    told = StringIO()
    call_command("import_file", *said, stdout=told)
    return told.getvalue()


def test_a_file_is_checked_and_nothing_written(file: Path) -> None:
    told = run(str(file))

    assert "2 rows: 1 new, 1 rejected." in told
    assert "row 3: email: This is no e-mail address." in told
    assert "Ana would get about 1 lead" in told
    assert not Lead.objects.exists()


def test_with_route_it_is_imported(file: Path) -> None:
    told = run(
        str(file), "--route", "--mapping", "email=email", "--mapping", "company=company", "--default", "source=fair"
    )

    assert "Imported: 1 new, 1 rejected." in told
    assert (Lead.objects.get().source, Lead.objects.get().country) == ("fair", "")


def test_rejected_rows_are_written_to_a_file(file: Path) -> None:
    run(str(file), "--errors", str(file.with_name("errors.csv")))

    assert "nobody,DE,,3,email: This is no e-mail address." in file.with_name("errors.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (["--mapping", "email"], "COLUMN=FIELD"),
        (["--mapping", "email=colour"], "There is no field"),
        (["--default", "country=Atlantis"], "defaults.country"),
        (["--section", "tables"], "No column is mapped"),
    ],
)
def test_what_is_said_wrongly_is_told(file: Path, said: list[str], wrong: str) -> None:
    with pytest.raises(CommandError, match=wrong):
        run(str(file), *said)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("nowhere.csv")
