"""What is wrong with a file is said in the words of whoever has a spreadsheet: row, column, and what to do."""

from __future__ import annotations

import io
from datetime import datetime

import pytest

from routing.models import Import, Work
from routing.services.imports import start
from routing.services.imports.leads.section import LEADS
from routing.services.imports.sections.columns import IN_SHEETS
from routing.services.work import MOST_STARTS, run_next
from routing.services.work_progress import CannotRun
from tests.factories import make_pool, make_rep
from tests.imports.doing import checked, csv, fresh, handed_in, work_off

pytestmark = pytest.mark.django_db
BAD = [
    ("tables", "Table,Key,Rep,Pool", "Partners,A,ana@acme.example,SMB", "name either a rep or a pool: fill in one"),
    ("tables", "Table,Key,Rep,Pool", "Partners,A,,", "name a rep or a pool"),
    ("territories", "Territory,Country,Owner,Pool", "West,US,ana@acme.example,SMB", "name either a rep or a pool"),
    ("reps", "E-mail,Name,Kind", "bot@acme.example,Bot,agent", "into the column “Webhook of an agent”"),
    ("reps", "E-mail,Name,Quiet from,Quiet until", "a@acme.example,A,8pm,07:00", "Write 22:00."),
    ("accounts", "Account,Our people", "Globex,owner: ana@acme.example", "has a column of its own"),
]


def looked_at(section: str, content: bytes, now: datetime) -> Import:
    row = start.start_import(section=section, file_name="list.csv", stream=io.BytesIO(content), now=now)
    start.check(imported=row, now=now)
    work_off(now)
    return fresh(row)


@pytest.fixture
def company(db: None) -> None:
    make_pool(make_rep("Ana", email="ana@acme.example"), name="SMB")


@pytest.mark.parametrize(("section", "header", "line", "said"), BAD)
def test_no_row_is_told_in_the_words_of_the_configuration_file(
    company: None, section: str, header: str, line: str, said: str, now: datetime
) -> None:
    row = looked_at(section, csv(line, header=header), now).rows.get()

    text = " ".join(text for texts in row.errors.values() for text in texts)
    assert said in text
    assert not any(of_files in text for of_files, _ in IN_SHEETS)
    assert set(row.errors) <= set(header.split(",")) | {"Webhook of an agent"}


def test_what_lies_in_no_column_of_the_file_is_told_by_the_name_of_ours(company: None, now: datetime) -> None:
    row = looked_at("members", csv("SMB,ana@acme.example,2026-12-01T09:00:00Z", header="Pool,Rep,Ramp from"), now)

    assert list(row.rows.get().errors) == ["Ramp, in weeks"]


def test_options_are_named_as_senders_of_files_know_them(now: datetime) -> None:
    with pytest.raises(CannotRun, match="route=now") as refused:
        handed_in(csv(), now, whole=True)

    assert "route_now" not in str(refused.value)


def test_a_check_that_breaks_off_says_what_to_do(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError("integer division: secret of mia@globex.com")

    monkeypatch.setattr(type(LEADS), "check", broken)

    error = checked(csv("mia@globex.com,,"), now).error

    assert "nothing to do with the file" in error
    assert "Try again. If it happens again, tell whoever runs this installation" in error
    assert "secret" not in error


def test_work_that_was_begun_in_vain_says_what_to_do(now: datetime) -> None:
    Work.objects.create(kind=Work.Kind.CHECK_FILE, params={}, starts=MOST_STARTS, created_at=now)

    run_next(clock=lambda: now)

    assert "Try again. If it happens again" in Work.objects.get().error
