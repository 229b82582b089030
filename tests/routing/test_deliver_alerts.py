"""Delivering alerts to a real SMTP server: what arrives, what is refused, what no longer holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from reps.models import Rep
from routing import outbox
from routing.models import Assignment, Lead, LeadEvent, OutboxMessage, RulebookVersion
from routing.services.deliver_alerts import deliver_alerts
from tests.factories import make_owned_lead, make_rep, make_team
from tests.smtp import Sink, html, plain, use

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=2)


@pytest.fixture
def local() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def real(local: Sink, settings: Any) -> Iterator[Sink]:
    with Sink() as sink:
        use(settings, real=sink, local=local)
        yield sink


def alert(now: datetime, rep: Rep | None = None, *, kind: str = "alert", **fields: Any) -> OutboxMessage:
    """A lead that a rep owns since just now, and the message about it."""
    rep = rep or make_rep("Ana Diaz")
    method = fields.setdefault("method", "round_robin")
    address = fields.pop("address", "")
    lead = own(now, rep, **fields)
    assignment = Assignment.objects.create(lead=lead, rep=rep, method=method, assigned_at=now)
    message = OutboxMessage(
        key=f"{kind}:{lead.uuid}:1", kind=kind, lead=lead, assignment=assignment, rep=rep, address=address,
        created_at=now, available_at=now,
    )  # fmt: skip
    outbox.publish([message])
    return OutboxMessage.objects.get(key=message.key)


def own(now: datetime, rep: Rep, **fields: Any) -> Lead:
    method = fields.pop("method")
    lead = make_owned_lead(now, rep, owned_at=now, **fields)
    Lead.objects.filter(pk=lead.pk).update(method=method)
    return lead


def deliver(now: datetime, **options: Any) -> int:
    """With a watch that stands still, so that everything happens at `now`."""
    return deliver_alerts(now=now, **{"elapsed": lambda: 0.0} | options)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


# --- what arrives -------------------------------------------------------------------------------------------------


def test_the_owner_gets_a_mail_in_two_parts_and_the_clock_starts(real: Sink, now: datetime) -> None:
    message = alert(now, company="Globex")

    assert deliver(now) == 1

    [mail] = real.of(message.rep.email)
    assert mail.get_content_type() == "multipart/alternative"
    assert "Please answer by 16:05 (UTC), in 5 minutes." in plain(mail)
    assert "Please answer by 16:05 (UTC), in 5 minutes." in html(mail)
    assert (fresh(message).result, fresh(message).done_at) == ("sent", now)
    assert (fresh(message.assignment).alerted_at, fresh(message.assignment).due_at) == (now, now + timedelta(minutes=5))


def test_a_version_that_cannot_be_read_stops_no_alert(real: Sink, now: datetime) -> None:
    message = alert(now)
    RulebookVersion.objects.create(number=1, content={"settings": None}, published_at=now)
    Assignment.objects.update(rulebook_version=1)

    assert deliver(now) == 1

    assert fresh(message.assignment).due_at == now + timedelta(minutes=5)


def test_the_headers_say_what_it_is_and_where_an_answer_goes(real: Sink, now: datetime) -> None:
    message = alert(now, email="mia@globex.example", company="Globex", first_name="Mia", last_name="Chen")
    Lead.objects.update(kind="demo")

    deliver(now)

    [mail] = real.mails
    assert mail["Subject"] == "New lead: Mia Chen (Globex) – demo request"
    assert mail["Message-ID"] == f"<alert.{message.lead.uuid}.1@acme.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "mia@globex.example"
    assert mail["To"] == message.rep.email


def test_the_mail_links_to_the_lead_page(real: Sink, now: datetime) -> None:
    message = alert(now)

    deliver(now)

    url = f"https://leads.acme.example/admin/routing/lead/{message.lead_id}/change/"
    assert url in plain(real.mails[0])
    assert f'href="{url}"' in html(real.mails[0])


def test_running_twice_sends_nothing_twice(real: Sink, now: datetime) -> None:
    alert(now)

    assert [deliver(now), deliver(now), deliver(now + LATER)] == [1, 0, 0]
    assert len(real.mails) == 1


def test_a_crash_between_sending_and_marking_costs_one_twin_with_the_same_id(
    real: Sink, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert(now)
    with monkeypatch.context() as crash, pytest.raises(KeyboardInterrupt):
        crash.setattr("routing.services.deliver_alerts.store_fates", _die)
        deliver(now)

    assert deliver(now + timedelta(seconds=59)) == 0
    assert deliver(now + timedelta(seconds=61)) == 1
    assert len(real.mails) == 2
    assert real.mails[0]["Message-ID"] == real.mails[1]["Message-ID"]


def _die(*args: object, **options: object) -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize("messages", [2, 18])
def test_queries_do_not_grow_with_messages(
    messages: int, real: Sink, now: datetime, django_assert_num_queries: Any
) -> None:
    ana = make_rep("Ana")
    for _ in range(messages):
        alert(now, ana)

    with django_assert_num_queries(12):
        deliver(now)


def test_one_connection_carries_a_whole_batch(real: Sink, now: datetime) -> None:
    for _ in range(45):
        alert(now)

    assert deliver(now) == 45
    assert real.connections == 1


def test_the_alert_is_sent_at_the_instant_it_is_sent(real: Sink, now: datetime) -> None:
    message = alert(now)
    seconds = count()

    deliver_alerts(now=now, elapsed=lambda: float(next(seconds)))

    assert fresh(message.assignment).alerted_at > now
    assert fresh(message.assignment).due_at > now + timedelta(minutes=5)


# --- who gets it --------------------------------------------------------------------------------------------------


def test_a_copy_goes_to_the_address_of_the_rule_and_starts_no_clock(real: Sink, now: datetime) -> None:
    message = alert(now, kind="notify", address="desk@partner.example", company="Globex")

    deliver(now)

    [mail] = real.of("desk@partner.example")
    assert mail["Subject"].startswith("Ana Diaz has a new lead: Mia Chen")
    assert mail["Reply-To"] is None
    assert fresh(message.assignment).alerted_at is None


def test_people_of_the_demo_never_get_real_mail(real: Sink, local: Sink, now: datetime) -> None:
    made_up = make_rep("Demo Dan", demo=True)
    alert(now, made_up)
    alert(now, kind="notify", address=made_up.email)
    alert(now, make_rep("Real Rita"))

    assert deliver(now) == 3

    assert local.to == [made_up.email, made_up.email]
    assert [to.split("@")[0].rstrip("0123456789") for to in real.to] == ["real"]


def test_without_a_mail_server_everything_goes_to_the_mailbox(local: Sink, settings: Any, now: datetime) -> None:
    use(settings, real=None, local=local)
    alert(now)

    assert deliver(now) == 1
    assert len(local.mails) == 1


def test_a_test_lead_alerts_only_its_tester(real: Sink, now: datetime, django_user_model: Any) -> None:
    tester = django_user_model.objects.create_user("tess", "tess@acme.example")
    rep = make_rep("Ana Diaz")
    alert(now, rep, test=True, submitted_by=tester)
    alert(now, rep, kind="notify", address="desk@partner.example", test=True, submitted_by=tester)

    assert deliver(now) == 2

    assert real.to == ["tess@acme.example"]
    assert real.subjects[0].startswith("[Test] New lead")
    assert "The lead goes to Ana Diaz, who has not been told." in plain(real.mails[0])


def test_a_test_lead_of_nobody_alerts_nobody(real: Sink, now: datetime) -> None:
    message = alert(now, test=True)

    assert deliver(now) == 1
    assert (fresh(message).result, real.mails) == ("suppressed", [])


def test_many_leads_that_nobody_took_reach_the_last_resort_as_one_mail(real: Sink, now: datetime) -> None:
    boss = make_rep("Bo Ossa")
    messages = [alert(now, boss, kind="last_resort", method="last_resort") for _ in range(30)]

    assert deliver(now) == 30

    assert real.subjects == ["30 leads that nobody took are yours now"]
    assert all(str(message.lead_id) in plain(real.mails[0]) for message in messages)
    assert Assignment.objects.filter(alerted_at=now).count() == 30


def test_one_lead_that_nobody_took_is_a_mail_of_its_own(real: Sink, now: datetime) -> None:
    alert(now, kind="last_resort", method="last_resort")

    deliver(now)

    assert real.subjects[0].startswith("Nobody took it: Mia Chen")


# --- what no longer holds -----------------------------------------------------------------------------------------


def test_an_alert_is_not_sent_to_somebody_who_lost_the_lead(real: Sink, now: datetime) -> None:
    message = alert(now)
    Assignment.objects.update(ended_at=now, end_reason="declined")

    assert deliver(now) == 1
    assert (fresh(message).result, fresh(message).error, real.mails) == ("suppressed", "The lead has moved on.", [])


def test_an_alert_is_not_sent_once_the_lead_has_another_owner(real: Sink, now: datetime) -> None:
    message = alert(now)
    Lead.objects.update(owner=make_rep("Bob"))

    deliver(now)

    assert fresh(message).result == "suppressed"


def test_a_refused_address_is_given_up_at_once_and_the_manager_hears(real: Sink, now: datetime) -> None:
    boss = make_rep("Bo Ossa")
    ana = make_rep("Ana Diaz", team=make_team(manager=boss))
    real.rcpt[ana.email] = "550 no such user"
    message = alert(now, ana)

    assert deliver(now) == 1
    assert deliver(now) == 1

    assert (fresh(message).result, fresh(message).error) == ("failed", "550 no such user")
    assert real.of(boss.email)[0]["Subject"].startswith("Ana Diaz could not be told: Mia Chen")
    assert "550 no such user" in plain(real.mails[0])
    assert LeadEvent.objects.get(lead=message.lead).kind == "alert_failed"
    assert fresh(message.assignment).alerted_at is None


def test_without_a_manager_the_last_resort_hears(real: Sink, now: datetime) -> None:
    ana, other = make_rep("Ana"), make_rep("Zoe")
    real.rcpt[ana.email] = "550 no"
    alert(now, ana)

    deliver(now), deliver(now)

    assert real.to == [other.email]


def test_a_manager_who_cannot_be_told_either_ends_it(real: Sink, now: datetime) -> None:
    ana, zoe = make_rep("Ana"), make_rep("Zoe")
    real.rcpt |= {ana.email: "550 no", zoe.email: "550 no"}
    alert(now, ana)

    assert [deliver(now) for _ in range(4)] == [1, 1, 0, 0]
    assert LeadEvent.objects.count() == 2


def test_a_refusal_for_now_is_tried_again_with_the_same_id(real: Sink, now: datetime) -> None:
    message = alert(now)
    real.rcpt[message.rep.email] = "451 greylisted"

    assert deliver(now) == 0
    assert (fresh(message).tries, fresh(message).error) == (1, "451 greylisted")
    real.rcpt.clear()
    assert deliver(now + LATER) == 1

    assert real.mails[0]["Message-ID"] == f"<alert.{message.lead.uuid}.1@acme.example>"


def test_after_fifteen_tries_it_is_given_up(real: Sink, now: datetime) -> None:
    message = alert(now)
    real.rcpt[message.rep.email] = "451 never"

    for hours in range(0, 40, 2):
        deliver(now + timedelta(hours=hours))

    assert (fresh(message).tries, fresh(message).result) == (15, "failed")


def test_one_refusal_does_not_hinder_the_others(real: Sink, now: datetime) -> None:
    bad, worse = make_rep("Bad"), make_rep("Worse")
    real.rcpt |= {bad.email: "550 no", worse.email: "451 later"}
    for rep in (bad, make_rep("One"), worse, make_rep("Two")):
        alert(now, rep)

    assert deliver(now) == 3
    assert len(real.mails) == 2


def test_while_the_server_is_away_nothing_is_counted_and_nothing_is_lost(
    real: Sink, settings: Any, now: datetime
) -> None:
    settings.EMAIL_PORT = 1
    messages = [alert(now) for _ in range(3)]

    for minutes in range(60):
        assert deliver(now + timedelta(minutes=minutes)) == 0
    settings.EMAIL_PORT = real.port

    assert {fresh(message).tries for message in messages} == {0}
    assert deliver(now + timedelta(hours=1)) == 3


def test_the_mailbox_being_away_does_not_hold_up_real_mail(real: Sink, settings: Any, now: datetime) -> None:
    settings.MAILBOX_ADDRESS = ("127.0.0.1", 1)
    alert(now, make_rep(demo=True))
    alert(now)

    assert deliver(now) == 1
    assert len(real.mails) == 1


def test_a_sender_that_is_refused_is_an_outage_and_no_message_is_given_up(real: Sink, now: datetime) -> None:
    real.sender = "550 not you"
    message = alert(now)

    assert deliver(now) == 0
    assert (fresh(message).result, fresh(message).tries) == ("", 0)
    assert "not you" in fresh(message).error


def test_a_server_that_takes_few_mails_a_connection_gets_a_new_one(real: Sink, now: datetime) -> None:
    real.drop_after = 3
    for _ in range(10):
        alert(now)

    assert deliver(now) == 10
    assert (len(real.mails), real.connections) == (10, 4)


def test_a_server_that_hangs_up_at_one_mail_takes_the_others(real: Sink, now: datetime) -> None:
    odd = make_rep("Odd")
    real.hang_up[odd.email] = 99
    messages = [alert(now, rep) for rep in (make_rep("One"), odd, make_rep("Two"))]

    assert deliver(now) == 2
    assert (fresh(messages[1]).result, fresh(messages[1]).tries) == ("", 1)


def test_a_text_that_the_server_does_not_like_is_replaced_by_a_minimal_one(real: Sink, now: datetime) -> None:
    message = alert(now, first_name="Cheap", last_name="Pills")
    real.data[message.rep.email] = ["554 spam"]

    assert deliver(now) == 1

    assert real.subjects == ["New lead"]
    assert "Pills" not in plain(real.mails[0])
    assert f"/admin/routing/lead/{message.lead_id}/change/" in plain(real.mails[0])


def test_a_mail_that_cannot_be_built_is_replaced_by_a_minimal_one(
    real: Sink, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert(now)
    monkeypatch.setattr("routing.services.deliver_alerts.compose", lambda *args, **options: 1 / 0)

    assert deliver(now) == 1
    assert real.subjects == ["New lead"]


def test_an_address_that_is_none_is_given_up(real: Sink, now: datetime) -> None:
    message = alert(now, kind="notify", address="Bob, evil@x <b@x>")

    assert deliver(now) == 1
    assert fresh(message).result == "failed"


def test_what_there_is_no_time_for_is_put_back_untried(real: Sink, now: datetime) -> None:
    messages = [alert(now) for _ in range(4)]
    seconds = count(0, 15)

    deliver_alerts(now=now, elapsed=lambda: float(next(seconds)))

    assert len(real.mails) == 1
    assert deliver(now + LATER) == 3
    assert {fresh(message).tries for message in messages} == {1}


# --- what strangers typed -----------------------------------------------------------------------------------------

HOSTILE = ["\x0b\x1c", "a\r\nBcc: x@y.example", "\u2028", "<script>alert(1)</script>", "{{7*7}}", "\u202egnp.exe"]


def test_hostile_leads_amid_good_ones_all_arrive(real: Sink, now: datetime) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    for number in range(30):
        value = HOSTILE[number % len(HOSTILE)] + "W" * number
        alert(now, ana, first_name=value, company=value, message=value * 999, attributes={value: value})
        alert(now, bob, first_name="Mia", company="Globex")

    assert deliver(now) == 60

    assert (len(real.of(ana.email)), len(real.of(bob.email))) == (30, 30)
    assert all(mail["Bcc"] is None and "<script>" not in html(mail) for mail in real.mails)
    assert not [subject for subject in real.subjects if subject == "New lead"]
