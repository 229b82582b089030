"""Export → import → export gives the same text, whatever the configuration is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reps.models import Rep, TimeOff, WorkingHours
from routing.models import RoutingSettings
from routing.rulebook.config.export import export_data, export_text
from routing.services.importing.run import import_config
from tests.examples import examples
from tests.factories import make_account, make_catch_all, make_pool, make_rep, make_rule, make_settings, make_team
from tests.routing.config_sample import FULL, SMALL

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)


class Undo(Exception):
    """Ends a transaction without a trace."""


def in_an_empty_database(text: str, *, is_json: bool = False) -> str:
    """The export after importing `text` alone; nothing stays."""
    exported = ""
    with pytest.raises(Undo), transaction.atomic():
        import_config(text=text, now=NOW, is_json=is_json)
        exported = export_text(as_json=is_json)
        raise Undo
    return exported


@pytest.mark.parametrize("text", [FULL, SMALL], ids=["full", "small"])
def test_export_import_export_is_a_fixpoint(text: str) -> None:
    exported = in_an_empty_database(text)

    assert in_an_empty_database(exported) == exported


def test_importing_ones_own_export_changes_nothing() -> None:
    import_config(text=FULL, now=NOW)

    again = import_config(text=export_text(), now=NOW)

    assert (again.changes, again.version) == ([], None)


def test_json_is_a_fixpoint_too() -> None:
    import_config(text=FULL, now=NOW)

    again = import_config(text=export_text(as_json=True), now=NOW, is_json=True)

    assert again.changes == []


def test_defaults_are_left_out() -> None:
    import_config(text=SMALL, now=NOW)

    assert export_data() == {
        "version": 1,
        "reps": [{"email": "ana@acme.example", "name": "Ana Diaz"}, {"email": "bob@acme.example", "name": "Bob Ray"}],
        "pools": [{"name": "SMB", "members": [{"rep": "ana@acme.example"}, {"rep": "bob@acme.example"}]}],
        "rules": [
            {"name": "Demos", "when": [[{"field": "kind", "op": "is", "value": "demo"}]], "to": {"pool": "SMB"}},
            {"name": "Catch-all", "when": [], "to": {"pool": "SMB"}},
        ],
    }


def test_an_empty_installation_exports_its_empty_sections() -> None:
    assert export_data() == {"version": 1, "reps": [], "pools": [], "rules": []}


def test_somebody_with_hours_of_their_own_but_none_of_them_stays_so() -> None:
    make_catch_all(make_pool(make_rep("Ana", hours=Rep.Hours.OWN)))

    assert import_config(text=export_text(), now=NOW, draft=True).changes == []


def test_hours_written_in_another_way_stay() -> None:
    make_settings(working_hours={"mon": ["09:00-12:00"], "tue": ["09:00-12:00"]})
    make_catch_all(make_pool(make_rep("Ana")))

    assert import_config(text=export_text(), now=NOW, draft=True).changes == []
    assert RoutingSettings.objects.get().working_hours == {"mon": ["09:00-12:00"], "tue": ["09:00-12:00"]}


def test_a_leave_noted_in_another_zone_keeps_its_days() -> None:
    ana = make_rep("Ana", timezone="America/Los_Angeles")
    make_catch_all(make_pool(ana))
    start = datetime(2026, 3, 9, 23, tzinfo=UTC)  # midnight in Berlin, where Ana was
    TimeOff.objects.create(rep=ana, starts_at=start, ends_at=start + timedelta(days=2), whole_days=True)

    assert export_data()["time_off"] == [{"rep": ana.email, "from": "2026-03-10", "to": "2026-03-11"}]


def test_words_that_look_like_something_else_stay_words() -> None:
    make_account("NO", postal_code="01234", industry="1e5", country="NO")
    make_account("2026-12-20", name_key="2026 12 20", industry="true", postal_code="22:00")
    make_catch_all(make_pool(make_rep("Ana")))

    assert import_config(text=export_text(), now=NOW, draft=True).changes == []


def test_what_is_archived_is_not_exported() -> None:
    pool = make_pool(make_rep("Ana"))
    make_catch_all(pool)
    make_rule(name="Old", pool=pool, archived_at=NOW)

    assert [rule["name"] for rule in export_data()["rules"]] == ["Catch-all"]


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: Any) -> None:
    pool = make_pool(*(make_rep(team=make_team()) for _ in range(3)))
    make_catch_all(pool)
    with django_assert_num_queries(28):
        export_data()
    for n in range(5):
        make_rule(pool=pool)
        make_account(domains=(f"d{n}.example",))
        WorkingHours.objects.create(rep=make_rep(), weekday=n, start=time(9), end=time(17))

    with django_assert_num_queries(28 + 3):  # domains, aliases and people of accounts
        export_data()


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    import_config(text=SMALL, now=NOW)

    call_command("export_config", str(tmp_path / "company.yaml"))

    assert yaml.safe_load((tmp_path / "company.yaml").read_text())["reps"][0]["name"] == "Ana Diaz"


# --- any small configuration -------------------------------------------------------------------------------------

EMAILS = ["ana@acme.example", "bob@acme.example", "cy@acme.example"]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
HOURS = st.sampled_from(
    [None, "always", {}, {"mon-fri": ["09:00-17:00"]}, {"sat": ["22:00-02:00"], "sun": ["12:00-24:00"]}]
)
CAPS = st.dictionaries(st.sampled_from(["hour", "day", "open"]), st.integers(0, 50), max_size=2)
CONDITIONS = st.lists(
    st.lists(
        st.one_of(
            st.builds(lambda n: {"field": "employees", "op": "gt", "value": n}, st.integers(0, 5000)),
            st.builds(lambda t: {"field": "company", "op": "contains", "value": t}, WORDS),
            st.just({"field": "domain", "op": "empty"}),
        ),
        min_size=1,
        max_size=2,
    ),
    min_size=1,
    max_size=2,
)


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    pools = draw(st.lists(WORDS, min_size=1, max_size=2, unique=True))
    destinations = st.one_of(
        st.sampled_from(pools).map(lambda name: {"pool": name}),
        st.sampled_from(EMAILS).map(lambda email: {"rep": email, "away": "next"}),
        st.just({"territory": True}),
        st.builds(lambda reason, days: {"park": reason, "review_days": days}, WORDS, st.integers(1, 90)),
    )
    names = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    rules: list[dict[str, Any]] = [
        {
            "name": name,
            "when": draw(CONDITIONS),
            "to": draw(destinations),
            "enabled": draw(st.booleans()),
            "when_nobody": draw(st.sampled_from(["next", "assign_anyway", {"wait_minutes": 1.5}])),
            "note": draw(st.one_of(st.just(""), WORDS)),
            "active": {"weekdays": draw(st.lists(st.integers(0, 6), max_size=3))},
        }
        for name in names[1:]
    ]
    return {
        "settings": {"duplicate_minutes": draw(st.integers(0, 60)), "match_threshold": draw(st.floats(0, 1))},
        "reps": [
            {
                "email": email,
                "name": draw(WORDS),
                "working_hours": draw(HOURS),
                "caps": draw(CAPS),
                "about": draw(WORDS),
            }
            for email in EMAILS
        ],
        "pools": [
            {
                "name": name,
                "members": [
                    {"rep": email, "weight": draw(st.integers(1, 5000)) / 1000}
                    for email in draw(st.lists(st.sampled_from(EMAILS), unique=True))
                ],
            }
            for name in pools
        ],
        "rules": [*rules, {"name": names[0], "when": [], "to": {"pool": pools[0]}}],
    }


@pytest.mark.one_database("what a file says is the same on both; the sample goes there and back on each")
@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(config=configs())
def test_any_configuration_is_a_fixpoint(config: dict[str, Any]) -> None:
    exported = in_an_empty_database(json.dumps(config, ensure_ascii=False))

    assert in_an_empty_database(exported) == exported
