"""Delivering alerts to a real SMTP server: what arrives, what is refused, what no longer holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from reps.models import Channel, Rep
from routing import outbox
from routing.models import Assignment, Lead, LeadEvent, MailboxMessage, Offer, OutboxMessage, RulebookVersion
from routing.notifications.briefs import load_briefs
from routing.notifications.ways import next_ways
from routing.services.action_links import ActionLink, read
from routing.services.alert_fates import Fate, Told, store_fates
from routing.services.alert_mails import COMPOSERS
from routing.services.deliver_alerts import deliver_alerts
from routing.services.privacy.erasing import erase_lead
from tests.factories import make_lead, make_owned_lead, make_rep, make_team
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
    message = unpublished(now, rep or make_rep("Ana Diaz"), kind=kind, **fields)
    outbox.publish([message])
    return OutboxMessage.objects.get(key=message.key)


def unpublished(now: datetime, rep: Rep, *, kind: str = "alert", **fields: Any) -> OutboxMessage:
    """The same, for those of which many are published together."""
    method = fields.setdefault("method", "round_robin")
    address = fields.pop("address", "")
    lead = make_owned_lead(now, rep, owned_at=now, **fields)
    assignment = Assignment.objects.create(lead=lead, rep=rep, method=method, assigned_at=now)
    return OutboxMessage(
        key=f"{kind}:{lead.uuid}:1", kind=kind, lead=lead, assignment=assignment, rep=rep, address=address,
        created_at=now, available_at=now,
    )  # fmt: skip


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


def test_the_mail_names_the_language(real: Sink, now: datetime) -> None:
    message = alert(now, language="de")

    deliver(now)

    assert re.search(r"Language:? +German", plain(real.of(message.rep.email)[0]))


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


def test_the_mail_links_to_the_lead_in_the_inbox(real: Sink, now: datetime) -> None:
    message = alert(now)

    deliver(now)

    url = f"https://leads.acme.example/inbox/leads/{message.lead.uuid}/"
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

    assert deliver(now + outbox.LEASE) == 0
    assert deliver(now + outbox.LEASE + timedelta(seconds=1)) == 1
    assert len(real.mails) == 2
    assert real.mails[0]["Message-ID"] == real.mails[1]["Message-ID"]


def _die(*args: object, **options: object) -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize("messages", [2, 11])
def test_queries_do_not_grow_with_messages(
    messages: int, real: Sink, now: datetime, django_assert_num_queries: Any
) -> None:
    for _ in range(messages):
        alert(now)

    with django_assert_num_queries(18):
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
    assert all(str(message.lead.uuid) in plain(real.mails[0]) for message in messages)
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

    deliver(now), deliver(now)

    assert (fresh(message).result, fresh(message).error) == ("failed", "550 no such user")
    assert real.of(boss.email)[0]["Subject"].startswith("Ana Diaz could not be told: Mia Chen")
    assert "550 no such user" in plain(real.mails[0])
    assert LeadEvent.objects.filter(lead=message.lead, kind="alert_failed").exists()
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

    assert [deliver(now) for _ in range(4)] == [1, 2, 0, 0]
    assert (real.mails, OutboxMessage.objects.waiting().count()) == ([], 0)


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
    assert f"/inbox/leads/{message.lead.uuid}/" in plain(real.mails[0])


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

    deliver_alerts(now=now, elapsed=lambda: 36.0 * len(real.mails))

    assert len(real.mails) == 1
    assert deliver(now + LATER) == 3
    assert {fresh(message).tries for message in messages} == {1}


# --- whom no mail reaches -----------------------------------------------------------------------------------------


def channel(rep: Rep, kind: str = "slack") -> Channel:
    return Channel.objects.create(rep=rep, kind=kind, address=f"{kind}://x", position=2)


def test_a_lead_whose_owner_no_way_reaches_moves_on(real: Sink, now: datetime) -> None:
    message = alert(now)
    real.rcpt[message.rep.email] = "550 no such user"

    deliver(now)

    assert fresh(message.assignment).end_reason == "undeliverable"
    assert fresh(message.lead).status == "pending"


def test_a_refused_mail_goes_by_the_next_channel_and_nobody_loses_the_lead(real: Sink, now: datetime) -> None:
    ana = make_rep("Ana Diaz")
    Channel.objects.create(rep=ana, kind="email")
    slack = channel(ana)
    message = alert(now, ana)
    real.rcpt[ana.email] = "550 no such user"

    deliver(now)

    following = OutboxMessage.objects.latest("pk")
    assert (following.kind, following.channel, following.way) == ("alert", "slack", slack)
    assert following.key == f"{message.key}:slack"
    assert fresh(message.assignment).ended_at is None


def test_a_channel_that_failed_says_so_until_it_works_again(now: datetime) -> None:
    slack = channel(make_rep())
    message = alert(now, slack.rep)
    [brief] = load_briefs([message])

    store_fates([Told(brief, Fate.FAILED, error="channel_not_found")], now=now)
    assert (fresh(slack).failed_at, fresh(slack).error) == (now, "channel_not_found")

    store_fates([Told(brief, Fate.SENT, at=now)], now=now)
    assert (fresh(slack).failed_at, fresh(slack).error) == (None, "")


def test_when_chat_and_mail_failed_the_lead_moves_on(real: Sink, now: datetime) -> None:
    slack = channel(make_rep())
    message = alert(now, slack.rep)
    real.rcpt[slack.rep.email] = "550 no such user"

    store_fates([Told(load_briefs([message])[0], Fate.FAILED, error="gone")], now=now)
    assert fresh(message.assignment).ended_at is None
    deliver(now)

    assert fresh(message.assignment).end_reason == "undeliverable"


def on_two_ways(now: datetime) -> tuple[OutboxMessage, OutboxMessage]:
    """An alert by mail that has not left, and the same to a chat; there is a third way."""
    ana = make_rep("Ana", team=make_team(manager=make_rep("Bo")))
    Channel.objects.create(rep=ana, kind="email", position=1)
    channel(ana), channel(ana, "sms")
    first = alert(now, ana)
    outbox.publish(list(next_ways([first], now=now).copies.values()))
    return first, OutboxMessage.objects.latest("pk")


@pytest.mark.parametrize("result", ["", "sent"])
def test_what_was_told_or_will_be_on_another_way_is_not_told_on_a_third(result: str, now: datetime) -> None:
    first, second = on_two_ways(now)
    OutboxMessage.objects.filter(pk=second.pk).update(result=result, done_at=now if result else None)

    store_fates([Told(load_briefs([first])[0], Fate.FAILED, error="gone")], now=now)

    assert list(OutboxMessage.objects.values_list("kind", "channel").order_by("pk")) == [
        ("alert", "email"),
        ("alert", "slack"),
    ]
    assert fresh(first.assignment).ended_at is None


def test_once_the_other_way_has_failed_too_the_third_is_taken(now: datetime) -> None:
    for message in on_two_ways(now):
        store_fates([Told(load_briefs([message])[0], Fate.FAILED, error="gone")], now=now)

    assert OutboxMessage.objects.latest("pk").channel == "sms"


@pytest.mark.parametrize("answer", ["554 5.7.1 client host blocked", "550 5.7.1 relaying denied"])
def test_a_refusal_that_may_be_meant_for_us_takes_no_lead_from_anybody(answer: str, real: Sink, now: datetime) -> None:
    boss = make_rep("Bo")
    message = alert(now, make_rep("Ana", team=make_team(manager=boss)))
    real.rcpt[message.rep.email] = answer

    deliver(now), deliver(now)

    assert fresh(message.assignment).ended_at is None
    assert "The lead is still theirs." in plain(real.of(boss.email)[0])


def test_a_text_that_is_refused_twice_takes_no_lead_from_anybody(real: Sink, now: datetime) -> None:
    message = alert(now)
    real.data[message.rep.email] = ["554 spam", "554 spam"]

    deliver(now)

    assert (fresh(message).result, fresh(message.assignment).ended_at) == ("failed", None)


def test_an_outage_takes_no_lead_from_anybody(real: Sink, settings: Any, now: datetime) -> None:
    settings.EMAIL_PORT = 1
    message = alert(now)

    for minutes in range(20):
        deliver(now + timedelta(minutes=minutes))

    assert fresh(message.assignment).ended_at is None
    assert not OutboxMessage.objects.exclude(pk=message.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_lead_that_was_erased_meanwhile_does_not_undo_the_others(real: Sink, now: datetime) -> None:
    gone, good = alert(now), alert(now)
    briefs = load_briefs([gone, good])
    Assignment.objects.filter(lead=gone.lead).delete()
    gone.lead.delete()

    store_fates([Told(briefs[0], Fate.FAILED, error="x"), Told(briefs[1], Fate.SENT, at=now)], now=now)

    assert fresh(good).result == "sent"


# --- servers that hang, and processes that die --------------------------------------------------------------------


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 0.3


def test_a_server_that_hangs_after_the_text_costs_at_most_one_twin_a_lease(
    real: Sink, impatient: None, now: datetime
) -> None:
    message = alert(now)
    real.hang[message.rep.email] = 2

    for seconds in range(0, 60, 5):
        deliver(now + timedelta(seconds=seconds))

    sent = real.of(message.rep.email)
    assert 2 <= len(sent) <= 3
    assert len({mail["Message-ID"] for mail in sent}) == 1
    assert fresh(message).result == "sent"


def test_a_server_that_hangs_each_time_is_out_after_two(real: Sink, impatient: None, now: datetime) -> None:
    messages = [alert(now) for _ in range(5)]
    for message in messages:
        real.hang[message.rep.email] = 9

    deliver(now)

    assert [fresh(message).tries for message in messages] == [1, 1, 0, 0, 0]


def test_what_somebody_else_has_taken_over_is_not_sent(real: Sink, now: datetime) -> None:
    messages = [alert(now) for _ in range(3)]

    def elapsed() -> float:
        if real.mails:
            OutboxMessage.objects.waiting().update(held_by="another")
        return 6.0 * len(real.mails)

    deliver_alerts(now=now, elapsed=elapsed)

    assert [mail["To"] for mail in real.mails] == [messages[0].rep.email]


def interrupted(message: OutboxMessage, tries: int) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(error=outbox.INTERRUPTED, tries=tries)


def test_what_ended_its_sender_is_sent_after_the_others_and_alone(real: Sink, now: datetime) -> None:
    suspects = [alert(now) for _ in range(3)]
    for suspect in suspects:
        interrupted(suspect, 1)
    good = alert(now)

    deliver(now)

    assert real.to == [good.rep.email, suspects[0].rep.email]
    assert [fresh(suspect).tries for suspect in suspects] == [2, 1, 1]


def test_what_ended_its_sender_thrice_is_sent_without_what_the_lead_typed(real: Sink, now: datetime) -> None:
    interrupted(alert(now), 2)

    deliver(now)

    assert real.subjects == ["New lead"]


def test_what_goes_on_ending_its_sender_is_given_up(real: Sink, now: datetime) -> None:
    message = alert(now)
    interrupted(message, outbox.MAX_TRIES - 1)

    deliver(now)

    assert (fresh(message).result, real.mails) == ("failed", [])


# --- many at once -------------------------------------------------------------------------------------------------


def test_five_hundred_leads_to_one_rep_are_all_named_and_their_clocks_started(real: Sink, now: datetime) -> None:
    ana = make_rep("Ana Diaz")
    messages = [unpublished(now, ana) for _ in range(500)]
    outbox.publish(messages)

    for seconds in range(0, 30, 10):
        deliver(now + timedelta(seconds=seconds))

    said = "".join(plain(mail) for mail in real.mails)
    assert all(str(message.lead.uuid) in said for message in messages)
    assert len(real.mails) <= 3
    assert not Assignment.objects.filter(clock_started_at=None).exists()


def test_up_to_ten_alerts_a_minute_are_mails_of_their_own(real: Sink, now: datetime) -> None:
    ana = make_rep("Ana Diaz")
    for _ in range(10):
        alert(now, ana)

    deliver(now)

    assert len(real.mails) == 10


def test_somebody_who_just_got_ten_gets_the_next_ones_together_a_little_later(real: Sink, now: datetime) -> None:
    ana = make_rep("Ana Diaz")
    for _ in range(10):
        alert(now, ana)
    deliver(now)
    late = [alert(now, ana) for _ in range(3)]

    assert deliver(now + timedelta(seconds=1)) == 0
    assert deliver(now + timedelta(seconds=11)) == 3

    assert real.subjects[10:] == ["3 new leads for you"]
    assert {fresh(one).tries for one in late} == {1}


def test_others_do_not_wait_for_somebody_who_gets_too_many(real: Sink, now: datetime) -> None:
    ana, bob = make_rep("Ana"), make_rep("Bob")
    for _ in range(19):
        alert(now, ana)
    alert(now, bob)

    deliver(now)

    assert len(real.of(bob.email)) == 1


def test_alerts_that_a_rule_wants_in_a_digest_are_one_mail(real: Sink, now: datetime) -> None:
    ana = make_rep("Ana Diaz")
    for _ in range(3):
        alert(now, ana)
    Assignment.objects.update(alert="digest")
    alert(now, ana)

    deliver(now)

    assert sorted(real.subjects)[0] == "3 new leads for you"
    assert len(real.mails) == 2


def test_a_mail_about_many_goes_with_a_lead_that_is_erased_though_it_has_no_address(now: datetime) -> None:
    lead = make_lead(now, email="", phone="+17135550100")
    text = f"1. Somebody: https://leads.acme.example/inbox/leads/{lead.uuid}/"
    MailboxMessage.objects.create(recipient="ana@acme.example", text=text, received_at=now)

    erase_lead(lead=lead, now=now)

    assert not MailboxMessage.objects.exists()


# --- every kind ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("remind", "Still waiting: Mia Chen"),
        ("late", "Ana Diaz has not answered: Mia Chen"),
        ("exhausted", "NOBODY ANSWERED: Mia Chen"),
        ("handed_over", "1 lead was handed over to you"),
    ],
)
def test_each_kind_is_a_mail_of_its_own(kind: str, subject: str, real: Sink, now: datetime) -> None:
    alert(now, make_rep("Ana Diaz"), kind=kind)

    assert deliver(now) == 1
    assert real.subjects[0].startswith(subject)


@pytest.mark.parametrize("kind", ["exhausted", "handed_over", "last_resort", "moved_here"])
def test_whatever_tells_an_owner_starts_the_clock(kind: str, real: Sink, now: datetime) -> None:
    message = alert(now, kind=kind)

    deliver(now)

    assert fresh(message.assignment).clock_started_at == now


@pytest.mark.parametrize("kind", ["alert", "remind", "late"])
def test_nobody_is_told_of_a_lead_that_was_answered_meanwhile(kind: str, real: Sink, now: datetime) -> None:
    message = alert(now, kind=kind)
    Assignment.objects.update(responded_at=now)

    deliver(now)

    assert (fresh(message).error, real.mails) == ("The lead has been answered.", [])


def test_the_buttons_are_links_signed_for_lead_rep_and_attempt(real: Sink, now: datetime) -> None:
    message = alert(now, phone="+17135550100")

    deliver(now)

    found = re.findall(r"https://leads.acme.example/a/([^?\s]+)[?]do=(\w+)", plain(real.mails[0]))
    assert [act for _, act in found] == ["accept", "decline", "call", "mail"]
    assert {read(token) for token, _ in found} == {ActionLink(message.lead_id, message.rep_id, attempt=1)}


def lost(now: datetime, **fields: Any) -> OutboxMessage:
    message = alert(now, make_rep("Ana Diaz"), kind="taken_away")
    bob = make_rep("Bob Ray")
    Assignment.objects.update(ended_at=now, end_reason="too_slow")
    Lead.objects.update(owner=bob)
    OutboxMessage.objects.update(payload={"why": "You did not answer within 5 minutes."})
    return message


def test_whoever_lost_a_lead_hears_who_has_it_and_why(real: Sink, now: datetime) -> None:
    lost(now)

    assert deliver(now) == 1
    assert "Bob Ray has it now." in plain(real.mails[0])
    assert "You did not answer within 5 minutes." in plain(real.mails[0])


def test_whoever_has_it_again_is_not_told_that_it_is_gone(real: Sink, now: datetime) -> None:
    message = lost(now)
    Lead.objects.update(owner=message.rep)

    deliver(now)

    assert real.mails == []


def test_the_next_owner_reads_what_the_last_one_said(real: Sink, now: datetime) -> None:
    message = alert(now)
    Assignment.objects.update(attempt=2)
    Assignment.objects.create(
        lead=message.lead, rep=make_rep("Scout"), attempt=1, method="round_robin", assigned_at=now, ended_at=now,
        end_reason="declined", note="Wants a demo on Friday.",
    )  # fmt: skip

    deliver(now)

    assert "What Scout said" in plain(real.mails[0])
    assert "Wants a demo on Friday." in html(real.mails[0])


def offer(now: datetime, rep: Rep, **fields: Any) -> OutboxMessage:
    lead = make_lead(now, status="held", held_reason="offered", held_since=now, hold_deadline_at=now, **fields)
    row = Offer.objects.create(lead=lead, rep=rep, kind="claim", offered_at=now, until=now + timedelta(minutes=15))
    outbox.publish(
        [
            OutboxMessage(
                key=f"offer:{row.pk}", kind="offer", lead=lead, offer=row, rep=rep, created_at=now, available_at=now
            )
        ]
    )
    return OutboxMessage.objects.latest("pk")


def test_the_time_of_an_offer_starts_when_it_was_sent(real: Sink, now: datetime) -> None:
    message = offer(now, make_rep("Ana Diaz"))

    assert deliver(now) == 1

    assert "Take it by 16:05 (UTC), in 5 minutes." in plain(real.mails[0])
    assert (fresh(message.offer).alerted_at, fresh(message.offer).until) == (now, now + timedelta(minutes=5))


def test_an_offer_that_is_over_is_not_made(real: Sink, now: datetime) -> None:
    message = offer(now, make_rep("Ana Diaz"))
    Offer.objects.update(ended_at=now, result="expired")

    deliver(now)

    assert (fresh(message).error, real.mails) == ("The offer is over.", [])


def test_a_test_alert_needs_no_lead(real: Sink, now: datetime) -> None:
    ana = make_rep("Ana Diaz")
    outbox.publish([OutboxMessage(key="t", kind="test_alert", rep=ana, created_at=now, available_at=now)])

    assert deliver(now) == 1
    assert real.subjects == ["Test: alerts reach you here"]


@pytest.mark.parametrize("kind", OutboxMessage.Kind.values)
def test_of_a_test_lead_no_rep_ever_hears(kind: str, real: Sink, now: datetime, django_user_model: Any) -> None:
    tester = django_user_model.objects.create_user("tess", "tess@acme.example")
    alert(now, kind=kind, test=True, submitted_by=tester)

    deliver(now)

    assert set(real.to) <= {"tess@acme.example"}


def test_every_kind_has_a_composer() -> None:
    assert set(COMPOSERS) == set(OutboxMessage.Kind)


# --- what strangers typed -----------------------------------------------------------------------------------------

HOSTILE = ["\x0b\x1c", "a\r\nBcc: x@y.example", "\u2028", "<script>alert(1)</script>", "{{7*7}}", "\u202egnp.exe"]


@pytest.mark.one_database("what a mail says of them; that anything can be stored is shown where leads come in")
def test_hostile_leads_amid_good_ones_all_arrive(real: Sink, settings: Any, now: datetime) -> None:
    settings.ALERTS_PER_MINUTE = 1000
    ana, bob = make_rep("Ana"), make_rep("Bob")
    messages = []
    for number in range(100):
        value = HOSTILE[number % len(HOSTILE)] + "W" * (number % 60)
        hostile = {"first_name": value, "company": value, "message": value * 999, "attributes": {value: value}}
        messages += [unpublished(now, ana, **hostile), unpublished(now, bob, first_name="Mia", company="Globex")]
    outbox.publish(messages)

    assert [deliver(now) for _ in range(3)] == [100, 100, 0]

    assert (len(real.of(ana.email)), len(real.of(bob.email))) == (100, 100)
    assert all(mail["Bcc"] is None and "<script>" not in html(mail) for mail in real.mails)
    assert not [subject for subject in real.subjects if subject == "New lead"]
