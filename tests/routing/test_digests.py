"""A manager's digest comes in the morning of a working day, and says what there is to say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reps.models import Rep, Team
from routing.models import Assignment, Incident, Lead, OutboxMessage
from routing.notifications.messages import Envelope, Message
from routing.services.digests import digest_mail, publish_digests
from routing.services.problem_mails import problem_mail
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_catch_all, make_lead, make_pool, make_rep, make_team

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
EIGHT = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)
"""A Tuesday, 08:00 in New York."""


@pytest.fixture
def boss() -> Rep:
    return make_rep("Boss")


@pytest.fixture
def team(boss: Rep) -> Team:
    """With one rep and one agent, who have a lead each since yesterday."""
    team = make_team(name="East", manager=boss)
    reps = [make_rep("Ana", team=team), make_rep("Bot", team=team, kind="agent", webhook="https://bot.example")]
    make_catch_all(make_pool(*reps))
    publish(note="", user=None, now=EIGHT - 20 * HOUR)
    for _ in reps:
        make_lead(EIGHT - 20 * HOUR, company="Globex")
    route_all(now=EIGHT - 20 * HOUR)
    return team


def due(**fields: Any) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind=OutboxMessage.Kind.MANAGER_DIGEST, **fields))


def mail(now: datetime = EIGHT) -> Message:
    publish_digests(now=now)
    return digest_mail(due()[0], Envelope(("k",), "acme.example"), now=now)


def test_a_digest_is_written_once_at_eight(team: Team, boss: Rep) -> None:
    assert publish_digests(now=EIGHT - timedelta(minutes=1)) == 0
    assert publish_digests(now=EIGHT) == 1
    assert publish_digests(now=EIGHT + HOUR) == 0

    [message] = due()
    assert message.rep == boss
    assert message.payload["since"] == (EIGHT - 24 * HOUR).isoformat()


def test_on_mondays_it_tells_of_friday_too(team: Team) -> None:
    publish_digests(now=EIGHT - 24 * HOUR)

    assert due()[0].payload["since"] == (EIGHT - 4 * 24 * HOUR).isoformat()


@pytest.mark.parametrize(
    ("fields", "day", "written"),
    [({}, 5, 0), ({"digest": "weekly"}, 0, 0), ({"digest": "weekly"}, 6, 1), ({"digest": ""}, 0, 0)],
)
def test_it_keeps_to_the_days_that_were_chosen(team: Team, fields: dict[str, str], day: int, written: int) -> None:
    Team.objects.update(**fields)

    assert publish_digests(now=EIGHT + timedelta(days=day)) == written


def test_a_team_that_works_on_sundays_hears_on_sundays(team: Team) -> None:
    team.working_hours.create(weekday=6, start="09:00", end="17:00")

    assert publish_digests(now=EIGHT + timedelta(days=5)) == 1


def test_a_team_without_news_gets_no_mail(boss: Rep) -> None:
    make_team(name="Quiet", manager=boss)
    publish_digests(now=EIGHT)

    assert [message.result for message in due()] == [OutboxMessage.Result.SUPPRESSED]
    assert publish_digests(now=EIGHT + HOUR) == 0


def test_it_names_what_is_not_answered_with_a_link(team: Team) -> None:
    Assignment.objects.update(due_at=EIGHT - 2 * HOUR)

    text = mail().text

    for lead in Lead.objects.all():
        assert f"- {lead.label}: {lead.owner}, 2 hours late" in text
        assert f"/admin/routing/lead/{lead.pk}/change/" in text


def test_it_says_how_fast_leads_were_answered(team: Team) -> None:
    assigned = EIGHT - 20 * HOUR
    Assignment.objects.update(due_at=assigned + HOUR, responded_at=assigned + timedelta(minutes=4))

    text = mail().text

    assert "Answered in time: 2 of 2 (100%)" in text
    assert "half within 4 minutes, 9 of 10 within 4 minutes" in text
    assert "NOT ANSWERED NOW" not in text


def test_people_and_agents_stand_apart(team: Team) -> None:
    people, agents = mail().text.split("AGENTS\n")

    assert "- Ana: 1 leads, 1 turns of 1.0 entitled to, 1 open, 1 not answered" in people
    assert "- Bot:" in agents
    assert "Bot" not in people.split("WHO HAS WHAT")[1]


def test_it_says_why_leads_wait(team: Team) -> None:
    make_lead(
        EIGHT, status=Lead.Status.HELD, held_reason="empty_pool", held_since=EIGHT,
        hold_deadline_at=EIGHT + HOUR, route_after=EIGHT + HOUR,
    )  # fmt: skip

    assert "- 1 because their pool is empty" in mail().text


def test_the_subject_says_the_most_important(team: Team) -> None:
    assert mail().subject == "East, since Monday, 2 March: 2 leads, 2 not answered"


def test_a_name_from_a_form_cannot_break_the_mail(team: Team) -> None:
    Lead.objects.update(first_name="<script>\u2028", last_name="\x0b{{7*7}}")

    assert "<script>" not in mail().html


@pytest.mark.parametrize(("over", "subject"), [(False, "Alerts are not sent"), (True, "Over: Alerts are not sent")])
def test_a_problem_is_told_in_words(over: bool, subject: str) -> None:
    incident = Incident.objects.create(kind=Incident.Kind.UNSENT, text="3 messages.", opened_at=EIGHT, seen_at=EIGHT)
    message = OutboxMessage(payload={"incident": incident.pk, "over": over})

    told = problem_mail(message, Envelope(("k",), "acme.example"))

    assert told.subject == subject
    assert "- 3 messages.\n  since 3 March, 13:00 UTC" in told.text
