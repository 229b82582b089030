"""What is exported and imported again changes nothing, and says so."""

from __future__ import annotations

import pytest

from routing.services.importing.run import import_config
from routing.services.imports.sections.all import KINDS
from tests.conftest import NOW
from tests.imports.tables import exported, looked_at
from tests.routing.config_sample import FULL

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    import_config(text=FULL, now=NOW)


@pytest.mark.parametrize("section", KINDS)
def test_an_export_that_is_imported_again_changes_nothing(company, section):
    rows = exported(KINDS[section])

    outcomes = looked_at(section, *rows)

    assert rows
    assert [(key, o.errors, o.before, o.after) for key, o in outcomes.items() if o.state != "unchanged"] == []


@pytest.mark.parametrize("section", KINDS)
def test_nothing_goes_if_the_whole_list_is_imported_again(company, section):
    outcomes = looked_at(section, *exported(KINDS[section]), whole=True)

    assert {outcome.state for outcome in outcomes.values()} == {"unchanged"}
