"""Texts are read in workers before anything is locked; routing looks up what was read, and says where it could not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reps.models import Expertise
from routing.intent import embeddings
from routing.intent.language_model import LanguageModel
from routing.models import Lead, RoutingSettings, TextReading, Topic
from routing.services import reading
from routing.services.publish import publish
from routing.services.reading import read_aside, read_texts, standing_problem
from routing.services.route_pending import route_pending
from routing.services.try_message import try_message
from routing.snapshots.rulebook import Published, current_rulebook
from routing.snapshots.traces import expand
from tests.factories import make_catch_all, make_lead, make_pool, make_rep
from tests.intent.test_language_model import model_at, says, tag
from tests.receiver import Receiver, Reply, receiver

pytestmark = pytest.mark.django_db


class SameThread:
    """Runs at once what others run beside us."""

    map = staticmethod(map)

    def __enter__(self) -> SameThread:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is open."""


MESSAGE = "Buyers should be able to pay with Visa and get refunds. mia@globex.com"
BROKEN = Reply(500)
QUOTE = "Buyers should be able to pay with Visa and get refunds."


@pytest.fixture
def worker() -> Iterator[None]:
    embeddings.permit()
    yield
    embeddings.permit(False)


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    settings.LANGUAGE_MODEL_URL, settings.LANGUAGE_MODEL_NAME = "https://model.example.com/v1", "small"
    with receiver() as found:
        found.answer = lambda call: says(tag("payments", 0.9, QUOTE))
        monkeypatch.setattr(reading, "make_model", lambda: model_at(found))
        yield found


def experts(now: datetime, extractor: str) -> Published:
    """Bob knows payments; by turn it would be Ana."""
    ana, bob = make_rep("Ana Diaz"), make_rep("Bob Ray")
    Expertise.objects.create(rep=bob, topic="payments", level=3)
    Topic.objects.create(name="payments", keywords=["stripe"], about="Charging customers by card, refunds.")
    RoutingSettings.objects.update_or_create(pk=1, defaults={"extractor": extractor})
    make_catch_all(make_pool(ana, bob, name="Experts", strategy="intent"))
    publish(note="", user=None, now=now)
    published = current_rulebook()
    assert published
    return published


def routed(now: datetime, **fields: Any) -> Lead:
    lead = make_lead(now, **{"message": MESSAGE} | fields)
    route_pending(now=now)
    lead.refresh_from_db()
    return lead


def trace_of(lead: Lead) -> dict[str, Any]:
    return expand([lead.decisions.latest("pk")])[0]


def test_a_lead_goes_to_whoever_knows_what_the_model_read(now: datetime, server: Receiver, worker: None) -> None:
    experts(now, "language_model")

    lead = routed(now)

    assert lead.owner and lead.owner.name == "Bob Ray"
    assert trace_of(lead)["topics"][0]["quote"] == QUOTE
    assert trace_of(lead)["notes"] == []
    assert len(server.calls) == 1


def test_nothing_of_a_text_is_kept_but_places_in_it(now: datetime, server: Receiver, worker: None) -> None:
    experts(now, "language_model")
    routed(now)

    [row] = TextReading.objects.all()
    assert row.tags == [["payments", 0.9, 0, len(QUOTE)]]
    assert "Visa" not in row.key + row.why and len(row.key) == 64


def test_a_text_is_read_once_whoever_sends_it(now: datetime, server: Receiver, worker: None) -> None:
    experts(now, "language_model")
    routed(now)
    routed(now + timedelta(days=1), email="other@initech.com")

    assert len(server.calls) == 1


def test_a_server_that_fails_costs_one_lead_and_decisions_say_so(now: datetime, server: Receiver, worker: None) -> None:
    experts(now, "language_model")
    server.answer = lambda call: BROKEN

    first = routed(now, message="Do you work with stripe?")
    calls = len(server.calls)
    second = routed(now + timedelta(seconds=30), message="We use stripe, too.", email="other@initech.com")

    assert first.owner and first.owner.name == "Bob Ray"
    assert trace_of(first)["notes"][-1].startswith("Topics were found by keywords: the model's server answered with")
    assert "left alone for a minute" in trace_of(second)["notes"][-1]
    assert len(server.calls) == calls == 2


def test_when_the_day_is_paid_for_keywords_go_on(now: datetime, server: Receiver, worker: None, settings: Any) -> None:
    settings.LANGUAGE_MODEL_CALLS_PER_DAY = 1
    published = experts(now, "language_model")
    routed(now)
    routed(now, message="We use stripe.", email="other@initech.com")

    assert len(server.calls) == 1
    assert standing_problem(published.rulebook, now=now) == reading.SPENT
    assert standing_problem(published.rulebook, now=now + timedelta(days=1)) == ""


def test_tokens_have_a_budget_of_their_own(now: datetime, server: Receiver, settings: Any) -> None:
    settings.LANGUAGE_MODEL_TOKENS_PER_DAY = 40
    published = experts(now, "language_model")
    read_texts(["We use stripe."], published.rulebook, now=now)

    assert standing_problem(published.rulebook, now=now) == reading.SPENT


@pytest.mark.django_db(transaction=True)
def test_no_call_is_made_while_anything_is_locked(
    now: datetime, server: Receiver, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    experts(now, "language_model")
    inside: list[bool] = []

    def noting() -> LanguageModel:
        inside.append(connection.in_atomic_block)
        return model_at(server)

    monkeypatch.setattr(reading, "make_model", noting)
    monkeypatch.setattr(reading, "ThreadPoolExecutor", lambda places: SameThread())

    assert routed(now).owner
    assert inside == [False]


def test_a_text_that_could_not_be_read_is_tried_again_after_a_while(now: datetime, server: Receiver) -> None:
    rulebook = experts(now, "language_model").rulebook
    good, server.answer = server.answer, lambda call: BROKEN
    read_texts([MESSAGE], rulebook, now=now)
    server.answer = good
    read_texts([MESSAGE], rulebook, now=now + timedelta(minutes=2))
    read_texts([MESSAGE], rulebook, now=now + timedelta(minutes=6))

    assert len(server.calls) == 3
    assert TextReading.objects.get().why == ""


def test_without_a_model_the_setting_costs_nothing_and_says_what_to_do(now: datetime, worker: None) -> None:
    published = experts(now, "language_model")

    assert "LANGUAGE_MODEL_URL" in standing_problem(published.rulebook, now=now)
    assert "LANGUAGE_MODEL_URL" in trace_of(routed(now))["notes"][-1]


def test_a_process_that_is_no_worker_reads_nothing(now: datetime, server: Receiver) -> None:
    experts(now, "language_model")

    assert "has not been read yet" in trace_of(routed(now))["notes"][-1]
    assert server.calls == []


def test_by_keywords_nothing_is_looked_up(now: datetime, worker: None) -> None:
    experts(now, "keywords")
    make_lead(now, message=MESSAGE)
    with CaptureQueriesContext(connection) as queries:
        route_pending(now=now)

    assert not [one for one in queries if "textreading" in one["sql"]]


def test_by_meaning_a_lead_finds_its_expert_without_a_keyword(now: datetime, model: None) -> None:
    experts(now, "embeddings")

    lead = routed(now)

    assert lead.owner and lead.owner.name == "Bob Ray"
    assert trace_of(lead)["topics"][0]["quote"] == QUOTE


def test_the_test_box_reads_by_meaning_beside_the_web_server_and_keeps_nothing(now: datetime, model: None) -> None:
    published = experts(now, "embeddings")
    embeddings.permit(False)
    begun = embeddings._model.cache_info().misses

    result = read_aside(MESSAGE, published.rulebook, now=now)

    # a machine that is very busy may need longer: then keywords answer, and it says so
    assert result == reading.NO_TIME or isinstance(result, list) and [one.topic for one in result] == ["payments"]
    assert embeddings._model.cache_info().misses == begun
    assert not TextReading.objects.exists()


def test_the_test_box_says_why_keywords_answer(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    experts(now, "embeddings")
    monkeypatch.setattr(embeddings, "_folder", lambda: None)

    tried = try_message(text="We use stripe.", domain="", pool=None, now=now)

    assert "make learning" in tried.note
    assert [one.topic for one in tried.topics] == ["payments"]


def test_the_test_box_shows_what_a_language_model_reads(now: datetime, server: Receiver) -> None:
    experts(now, "language_model")

    tried = try_message(text=MESSAGE, domain="", pool=None, now=now)

    assert (tried.note, [one.quote for one in tried.topics]) == ("", [QUOTE])
