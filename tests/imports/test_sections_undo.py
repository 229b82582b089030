"""Undo puts former documents back, unless somebody changed them since."""

from __future__ import annotations

import pytest

from reps.models import Rep
from routing.models import Account, LookupRow, PoolMember, Territory
from routing.services.importing.rows import Import
from routing.services.importing.run import import_config
from routing.services.imports.sections.all import KINDS
from routing.services.imports.sections.settle import apply, put_back
from tests.conftest import NOW
from tests.factories import make_owned_lead
from tests.imports.tables import exported, things
from tests.routing.config_sample import FULL

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database("what a sheet says is decided by readers; the round trip runs on both"),
]
CHANGES = {
    "reps": {"name": "Another", "caps_day": "7", "working_hours": "tue 10:00-11:00", "languages": "de"},
    "members": {"weight": "3", "caps_day": "7"},
    "territories": {"priority": "9", "cities": "Dresden"},
    "accounts": {"stage": "former", "aliases": "Another name", "industry": "steel"},
    "tables": {"rep": "", "pool": "Spare"},
    "time_off": {"reason": "another"},
}
NEW = {
    "reps": {"email": "new@acme.example", "name": "New"},
    "members": {"pool": "Spare", "rep": "bob@acme.example"},
    "territories": {"name": "Texas", "countries": "US", "regions": "US-TX", "owner_pool": "SMB"},
    "accounts": {"name": "Initech", "domains": "initech.com"},
    "tables": {"table": "Codes", "key": "x", "pool": "SMB"},
    "time_off": {"rep": "bob@acme.example", "from": "2027-02-01", "to": "2027-02-02"},
}


@pytest.fixture
def company():
    import_config(text=FULL, now=NOW)


def run():
    return Import(None, NOW)


@pytest.mark.parametrize("section", KINDS)
def test_what_was_changed_or_added_is_as_it_was_before(company, section):
    kind = KINDS[section]
    before = kind.existing(None)
    rows = [row | CHANGES[section] for row in exported(kind)[:1]] + [NEW[section]]

    outcomes = apply(kind, things(section, rows), gone=(), run=run())
    changed = kind.existing(None)
    stays = put_back(kind, outcomes, run=run())

    assert sorted(outcome.state for outcome in outcomes) == ["changed", "new"]
    assert changed != before
    assert stays == {}
    assert kind.existing(None) == before


@pytest.mark.parametrize("section", ["members", "territories", "accounts", "tables", "time_off"])
def test_what_was_removed_comes_back(company, section):
    kind = KINDS[section]
    before = kind.existing(None)
    gone = [key for key in before if key != ("USA",) and key != ("Energy Holding",)][:1]

    outcomes = apply(kind, {}, gone=gone, run=run())
    without = kind.existing(None)
    put_back(kind, outcomes, run=run())

    assert gone[0] not in without
    assert kind.existing(None) == before


@pytest.mark.parametrize(
    "use",
    [
        lambda rep: make_owned_lead(NOW, rep),
        lambda rep: PoolMember.objects.create(rep=rep, pool=PoolMember.objects.earliest("pk").pool),
    ],
)
def test_a_new_rep_who_has_something_by_now_becomes_inactive(company, use):
    outcomes = apply(KINDS["reps"], things("reps", [NEW["reps"]]), gone=(), run=run())
    use(Rep.objects.get(email="new@acme.example"))

    put_back(KINDS["reps"], outcomes, run=run())

    assert not Rep.objects.get(email="new@acme.example").active


def test_who_became_inactive_is_active_again(company):
    outcomes = apply(KINDS["reps"], {}, gone=[("robo@acme.example",)], run=run())
    inactive = Rep.objects.get(email="robo@acme.example").active

    put_back(KINDS["reps"], outcomes, run=run())

    assert not inactive
    assert Rep.objects.get(email="robo@acme.example").active


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("reps", lambda: Rep.objects.update(about="changed since")),
        ("members", lambda: PoolMember.objects.update(weight=9)),
        ("territories", lambda: Territory.objects.update(cities=["Elsewhere"])),
        ("accounts", lambda: Account.objects.update(industry="changed since")),
        ("tables", lambda: LookupRow.objects.update(rep=None, pool=PoolMember.objects.earliest("pk").pool)),
    ],
)
def test_what_was_changed_since_stays_and_says_why(company, section, change):
    kind = KINDS[section]
    rows = [row | CHANGES[section] for row in exported(kind)[:1]]
    outcomes = apply(kind, things(section, rows), gone=(), run=run())
    change()
    after = kind.existing(None)

    stays = put_back(kind, outcomes, run=run())

    assert ["changed meanwhile" in why for why in stays.values()] == [True]
    assert kind.existing(None) == after
