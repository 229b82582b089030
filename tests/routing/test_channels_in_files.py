"""Channels, quiet hours, calendars, digests and ramps in a configuration file. Addresses are secrets."""

from __future__ import annotations

from datetime import time

import pytest
import yaml

from reps.models import Channel, Rep, Team, TimeOff
from routing.models import PoolMember
from routing.rulebook.config.errors import InvalidConfig
from routing.rulebook.config.export import export_data, export_text
from routing.services.importing.run import import_config

pytestmark = pytest.mark.django_db
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"


def company(channels: str = "[]", *, more: str = "", member: str = "") -> str:
    return f"""
version: 1
teams: [{{name: West{more}}}]
reps: [{{email: ana@acme.example, name: Ana Diaz, channels: {channels}, quiet_hours: {{from: "22:00", until: "07:00"}},
         calendar: "webcal://calendar.example/ana.ics", booking_url: "https://cal.example/ana"}},
       {{email: bob@acme.example, name: Bob Ray}}]
pools: [{{name: SMB, members: [{{rep: ana@acme.example{member}}}]}}]
rules: [{{name: Catch-all, when: [], to: {{pool: SMB}}}}]
"""


def load(text: str, now):
    return import_config(text=text, now=now)


def in_order() -> list[tuple[str, str]]:
    return list(Channel.objects.order_by("position").values_list("kind", "address"))


def test_channels_are_stored_in_the_order_of_the_file(now) -> None:
    load(company(f'[{{kind: slack, address: "{SLACK}"}}, {{kind: email}}]'), now)

    assert in_order() == [("slack", SLACK), ("email", "")]


def test_an_export_holds_no_address_and_its_import_keeps_it(now) -> None:
    load(company(f'[{{kind: slack, address: "{SLACK}"}}, {{kind: email}}]'), now)
    exported = export_text()

    assert SLACK not in exported
    assert load(exported, now).changes == []
    assert in_order() == [("slack", SLACK), ("email", "")]
    assert export_text() == exported


def test_another_order_keeps_the_addresses(now) -> None:
    load(company(f'[{{kind: slack, address: "{SLACK}"}}, {{kind: email}}]'), now)

    done = load(company("[{kind: email}, {kind: slack, active: false}]"), now)

    assert in_order() == [("email", ""), ("slack", SLACK)]
    assert done.changes == ["Rep “Ana Diaz”: channels: Slack, E-mail → E-mail, Slack (off)."]


def test_channels_that_the_file_leaves_out_are_gone(now) -> None:
    load(company("[{kind: email}]"), now)

    load(company(), now)

    assert in_order() == []


@pytest.mark.parametrize(
    ("channels", "path"),
    [
        ("[{kind: slack}]", "reps[0].channels[0].address"),
        ("[{kind: pigeon}]", "reps[0].channels[0].kind"),
        ("[{kind: email, address: x@y.example}]", "reps[0].channels[0].address"),
        ('[{kind: slack, address: "file:///etc/passwd"}]', "reps[0].channels[0].address"),
        ("[{kind: email}, {kind: email}]", "reps[0].channels[1].kind"),
    ],
)
def test_a_channel_that_cannot_be_used_is_refused(now, channels, path) -> None:
    with pytest.raises(InvalidConfig) as refused:
        load(company(channels), now)

    assert [error.path for error in refused.value.errors] == [path]


def test_quiet_hours_and_calendar_are_stored(now) -> None:
    load(company(), now)

    ana = Rep.objects.get(name="Ana Diaz")
    assert (ana.quiet_from, ana.quiet_until) == (time(22), time(7))
    assert (ana.calendar_url, ana.booking_url) == ("https://calendar.example/ana.ics", "https://cal.example/ana")


@pytest.mark.parametrize("address", ["http://cal.example/ana", "javascript:alert(1)", "cal.example"])
def test_a_booking_page_is_one_that_browsers_go_to_safely(now, address: str) -> None:
    with pytest.raises(InvalidConfig) as refused:
        load(company().replace("https://cal.example/ana", address), now)

    assert [error.path for error in refused.value.errors] == ["reps[0].booking_url"]


@pytest.mark.parametrize(("said", "digest"), [("", "daily"), (", digest: weekly", "weekly"), (", digest: null", "")])
def test_a_manager_gets_a_digest_unless_said_otherwise(now, said, digest) -> None:
    load(company(more=said), now)

    assert Team.objects.get().digest == digest
    exported = yaml.safe_load(export_text())
    assert load(export_text(), now).changes == []
    assert ("digest" in exported["teams"][0]) == (digest != "daily")


def test_a_ramp_without_a_beginning_begins_with_the_import_and_goes_on(now) -> None:
    ramp = ", ramp: {weeks: 4}"
    load(company(member=ramp), now)
    later = now.replace(day=20)

    assert load(company(member=ramp), later).changes == []
    assert PoolMember.objects.get().ramp_from == now


def test_leaves_of_calendars_are_not_exported(now) -> None:
    load(company(), now)
    ana = Rep.objects.get(name="Ana Diaz")
    TimeOff.objects.create(rep=ana, starts_at=now, ends_at=now.replace(day=9), calendar_uid="x")

    assert "time_off" not in export_data()


def test_a_file_does_not_switch_off_a_last_resort(now) -> None:
    listed = company().replace("version: 1", "version: 1\nsettings: {last_resort: [bob@acme.example]}")
    load(listed, now)
    off = company().replace("name: Bob Ray", "name: Bob Ray, active: false")

    with pytest.raises(InvalidConfig) as refused:
        load(off, now)

    assert [error.path for error in refused.value.errors] == ["reps[1].active"]
