"""manage.py publish, rollback and lint."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from routing.models import RulebookVersion, ScheduledVersion
from routing.services.publish import publish
from tests.factories import make_catch_all, make_pool, make_rep, make_settings

pytestmark = pytest.mark.django_db


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def draft() -> None:
    make_catch_all(make_pool(make_rep("Ana Diaz"), make_rep("Bob Ray"), name="SMB"))


@pytest.mark.usefixtures("draft")
def test_publish_says_what_changes() -> None:
    assert "Version 1 is published." in run("publish", "--note", "First")
    assert RulebookVersion.objects.get().note == "First"


@pytest.mark.usefixtures("draft")
def test_publish_at_a_time_schedules() -> None:
    run("publish", "--at", "2099-12-01T08:00+01:00", "--note", "Later")

    scheduled = ScheduledVersion.objects.get()
    assert (scheduled.publish_at.isoformat(), scheduled.note) == ("2099-12-01T07:00:00+00:00", "Later")


@pytest.mark.usefixtures("draft")
@pytest.mark.parametrize(
    ("at", "message"), [("tomorrow", "is not a time"), ("2099-12-01T08:00", "offset"), ("2001-01-01T00:00Z", "past")]
)
def test_publish_refuses_a_time_that_is_none(at: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run("publish", "--at", at)


@pytest.mark.usefixtures("draft")
def test_publish_warns_of_what_will_replace_it() -> None:
    run("publish", "--at", "2099-12-01T08:00+01:00")

    assert "replace this one" in run("publish")


@pytest.mark.usefixtures("draft")
def test_rollback_publishes_an_earlier_version_again_and_keeps_the_draft(now: datetime) -> None:
    publish(note="", user=None, now=now)
    settings = make_settings(duplicate_minutes=99)
    publish(note="", user=None, now=now)

    assert "Version 3 is published; it says what version 1 said." in run("rollback", "1")
    assert RulebookVersion.objects.get(number=3).content == RulebookVersion.objects.get(number=1).content
    settings.refresh_from_db()
    assert settings.duplicate_minutes == 99


def test_rollback_to_a_version_that_is_not_there_says_so() -> None:
    with pytest.raises(CommandError, match="no version 7"):
        run("rollback", "7")


@pytest.mark.usefixtures("draft")
def test_lint_groups_by_severity_and_counts() -> None:
    make_rep("Lonely Lou")

    text = run("lint")

    assert "Notes: good to know\n  Rep “Lonely Lou”: Lonely Lou is in no pool" in text
    assert text.splitlines()[-1].startswith("0 errors, 0 warnings, ")


def test_lint_fails_on_errors() -> None:
    with pytest.raises(CommandError, match="1 error, "):
        run("lint")


@pytest.mark.usefixtures("draft")
def test_lint_writes_json(tmp_path: Path) -> None:
    make_rep("Lonely Lou")

    run("lint", "--json", tmp_path / "lint.json")

    found = json.loads((tmp_path / "lint.json").read_text())["findings"]
    assert {"severity", "code", "section", "name", "path", "message"} == found[0].keys()
