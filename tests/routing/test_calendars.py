"""Calendar feeds: their entries are time off, whatever the other side sends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

import pytest

from reps.models import Rep, TimeOff
from routing.models import Incident
from routing.services.people.calendar_feed import MOST_BYTES, Unreadable, read_feed
from routing.services.people.calendars import read_calendars
from tests.factories import make_lead, make_rep, make_settings
from tests.work import work_of

BERLIN = ZoneInfo("Europe/Berlin")
HEAD, FOOT = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n", "END:VCALENDAR\r\n"
EASTER = "UID:easter\r\nDTSTART;VALUE=DATE:20260330\r\nDTEND;VALUE=DATE:20260404\r\nSUMMARY:Easter"


def feed(*events: str, before: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\nDTSTAMP:20260101T000000Z\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"{HEAD}{before}{body}{FOOT}".encode()


def read(now, *events: str) -> list[tuple[datetime, datetime, bool]]:
    found = read_feed(feed(*events), zone=BERLIN, now=now)
    return [(absence.start.astimezone(UTC), absence.end.astimezone(UTC), absence.whole_days) for absence in found]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_whole_days_are_days_of_the_rep_and_the_last_one_is_not_included(now) -> None:
    """Summer time begins in the night before the first of them."""
    assert read(now, EASTER) == [(utc(2026, 3, 29, 22), utc(2026, 4, 3, 22), True)]


def test_a_day_without_an_end_is_one_day(now) -> None:
    assert read(now, "UID:a\r\nDTSTART;VALUE=DATE:20260310") == [(utc(2026, 3, 9, 23), utc(2026, 3, 10, 23), True)]


def test_times_have_their_own_zone_or_the_reps(now) -> None:
    assert read(
        now,
        "UID:a\r\nDTSTART:20260310T080000Z\r\nDTEND:20260310T090000Z",
        "UID:b\r\nDTSTART;TZID=America/New_York:20260311T090000\r\nDURATION:PT1H",
        "UID:c\r\nDTSTART:20260312T090000\r\nDTEND:20260312T100000",
    ) == [
        (utc(2026, 3, 10, 8), utc(2026, 3, 10, 9), False),
        (utc(2026, 3, 11, 13), utc(2026, 3, 11, 14), False),
        (utc(2026, 3, 12, 8), utc(2026, 3, 12, 9), False),
    ]


def test_repeating_entries_are_there_each_time_but_for_those_left_out(now) -> None:
    weekly = "UID:w\r\nDTSTART:20260105T080000Z\r\nDTEND:20260105T090000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\n"

    found = read(now, f"{weekly}EXDATE:20260316T080000Z")

    assert [start.date().isoformat() for start, _, _ in found[:3]] == ["2026-03-09", "2026-03-23", "2026-03-30"]
    assert found[-1][0] < now + timedelta(days=90)


@pytest.mark.parametrize("mark", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"])
def test_what_is_cancelled_or_free_is_no_absence(now, mark) -> None:
    assert read(now, f"{EASTER}\r\n{mark}") == []


def test_what_is_over_or_far_away_is_left_out(now) -> None:
    assert read(now, "UID:a\r\nDTSTART;VALUE=DATE:20260101", "UID:b\r\nDTSTART;VALUE=DATE:20270101") == []


BOMBS = {
    "too large": b"BEGIN:VCALENDAR\r\n" + b"X" * MOST_BYTES,
    "too many": feed(*["UID:a\r\nDTSTART:20260310T080000Z"] * 5_001),
    "each second": feed("UID:a\r\nDTSTART:20260101T000000Z\r\nRRULE:FREQ=SECONDLY"),
    "each second of a day": feed(
        "UID:a\r\nDTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=1,2;BYSECOND=1,2"
    ),
    "since Caesar": feed(*["UID:a\r\nDTSTART:00010101T000000Z\r\nRRULE:FREQ=DAILY"] * 5),
    "nothing": b"",
    "a page": b"<html>Sign in</html>",
    "torn": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:soon\r\nEND:VCAL",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_hostile_feed_is_refused_soon(now, bomb) -> None:
    def read() -> None:
        with pytest.raises(Unreadable):
            read_feed(bomb, zone=BERLIN, now=now)

    assert work_of(read) < 100  # million steps


def test_a_zone_with_endless_rules_costs_nothing(now) -> None:
    standard = (
        "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100"
    )
    zone = f"BEGIN:VTIMEZONE\r\nTZID:Evil\r\n{standard}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"

    assert len(read_feed(feed(EASTER, before=zone), zone=BERLIN, now=now)) == 1


# --- with a server -----------------------------------------------------------------------------------------------


class Server:
    """A calendar's address: what it answers, and how often it was asked."""

    def __init__(self) -> None:
        self.body, self.status, self.asked = feed(EASTER), 200, 0
        self.url = ""


@pytest.fixture
def server(settings) -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            self.send_response(state.status)
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{http.server_port}/ana.ics"
    settings.OUTGOING_ALLOWED = ["127.0.0.1"]
    yield state
    http.shutdown()
    http.server_close()


@pytest.fixture
def ana(db, server):
    make_settings()
    return make_rep("Ana Diaz", timezone="Europe/Berlin", calendar_url=server.url)


def days(rep: Rep) -> list[str]:
    return [f"{leave.reason} {leave.starts_at:%m-%d}" for leave in rep.time_off.order_by("starts_at")]


def again(now: datetime) -> Callable[[], datetime]:
    """An hour later each time."""
    hours = iter(range(1, 100))
    return lambda: now + timedelta(hours=next(hours))


def test_entries_of_the_feed_are_time_off(ana, now) -> None:
    assert read_calendars(now=now) == 1
    assert days(ana) == ["Easter 03-29"]
    assert TimeOff.objects.get().whole_days


def test_a_feed_is_read_once_an_hour(ana, server, now) -> None:
    for minutes in (0, 30, 59, 61):
        read_calendars(now=now + timedelta(minutes=minutes))

    assert server.asked == 2


def test_what_is_moved_added_or_removed_in_the_feed_follows(ana, server, now) -> None:
    later = again(now)
    read_calendars(now=now)
    key = TimeOff.objects.get().pk
    server.body = feed(EASTER.replace("0330", "0331"), "UID:b\r\nDTSTART;VALUE=DATE:20260501\r\nSUMMARY:May Day")

    read_calendars(now=later())
    moved = days(ana)
    kept = TimeOff.objects.filter(pk=key).exists()
    server.body = feed()
    read_calendars(now=later())

    assert moved == ["Easter 03-30", "May Day 04-30"]
    assert kept
    assert days(ana) == []


def test_time_off_that_was_made_by_hand_stays(ana, server, now) -> None:
    TimeOff.objects.create(rep=ana, starts_at=now, ends_at=now + timedelta(days=1), reason="By hand")
    server.body = feed()

    read_calendars(now=now)

    assert days(ana) == ["By hand 03-03"]


def test_a_feed_that_is_taken_away_takes_its_entries_along(ana, now) -> None:
    read_calendars(now=now)
    Rep.objects.update(calendar_url="")

    read_calendars(now=now)

    assert days(ana) == []


def test_waiting_leads_are_looked_at_again(ana, now) -> None:
    later = now + timedelta(days=1)
    lead = make_lead(
        now, status="held", held_reason="nobody_available", held_since=now, hold_deadline_at=later, route_after=later
    )

    read_calendars(now=now)

    lead.refresh_from_db()
    assert lead.route_after == now


def test_a_feed_that_fails_keeps_what_was_read_and_says_why(ana, server, now) -> None:
    later = again(now)
    read_calendars(now=now)
    server.status = 500

    read_calendars(now=later())

    ana.refresh_from_db()
    assert ana.calendar_error == "The calendar answered 500 instead of its entries."
    assert days(ana) == ["Easter 03-29"]


def test_after_a_day_of_failures_people_are_told_until_it_works_again(ana, server, now) -> None:
    server.status = 404
    read_calendars(now=now)
    read_calendars(now=now + timedelta(hours=23))
    assert not Incident.objects.exists()

    read_calendars(now=now + timedelta(hours=24))
    assert "Ana Diaz" in Incident.objects.open().get().text

    server.status = 200
    read_calendars(now=now + timedelta(hours=25))
    assert not Incident.objects.open().exists()


def test_a_private_address_is_not_called(ana, server, settings, now) -> None:
    settings.OUTGOING_ALLOWED = []

    read_calendars(now=now)

    ana.refresh_from_db()
    assert (server.asked, "OUTGOING_ALLOWED" in ana.calendar_error) == (0, True)


def test_two_megabytes_are_not_read_to_the_end(ana, server, now) -> None:
    server.body = b"BEGIN:VCALENDAR\r\n" + b"X" * 10 * MOST_BYTES

    read_calendars(now=now)

    ana.refresh_from_db()
    assert ana.calendar_error == "It is larger than 2 MB."
