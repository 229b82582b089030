"""Would it be worth it? The section of the performance lab that shows what past deals say."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from routing.admin.lab.past import evaluation
from routing.models import Pool, Work
from routing.services.access import Role
from tests.admin.conftest import without_menu
from tests.factories import make_pool, make_rep


def policy(name: str, uplift: float = 0.0, half: float = 0.0, *, claims: bool = False) -> dict[str, Any]:
    interval = {"uplift": uplift, "low": uplift - half, "high": uplift + half}
    return {
        "name": name, **interval, "claims_uplift": claims, "rate": 0.25, "by_propensity": interval, "brier": None,
        "effective_leads": 1234.4, "never_had_such_leads": 0.01, "ece": 0.0123,
    }  # fmt: skip


def report(*policies: dict[str, Any], verdict: str = "yes", **changed: Any) -> dict[str, Any]:
    return {
        "pool": 1, "name": "SMB", "refused": "", "missing": 0, "band": 1.0, "open": 1, "from": "2026-01-05",
        "to": "2026-10-06", "kinds_by": ["source", "size"], "deals": 1200, "judged": 800, "reps": 4,
        "policies": [policy("turn"), *policies], "reps_differ": {"verdict": verdict, "p_value": 0.01},
        "warnings": ["Look <twice>."],
    } | changed  # fmt: skip


@pytest.fixture
def pool(db: None) -> Pool:
    return make_pool(make_rep("Ana"), make_rep("Bob"), name="SMB")


def done(pool: Pool, now: Any, found: dict[str, Any] | None = None, **fields: Any) -> Work:
    state = {"status": Work.Status.DONE, "finished_at": now, "report": found} | fields
    return Work.objects.create(kind=Work.Kind.EVALUATE, params={"pool": pool.pk}, created_at=now, **state)


def section(client: Any, pool: Pool) -> str:
    page = client.get(reverse("admin:routing_pool_lab"), {"pool": pool.pk}).content.decode()
    return page[page.index('aria-labelledby="past"') : page.index('aria-labelledby="worth"')]


def test_what_may_be_claimed_is_said_in_a_sentence() -> None:
    found = evaluation(report(policy("greedy_rate", 0.1, 0.2), policy("second_generation", 0.12, 0.05, claims=True)))

    assert found["answer"] == "It would have been worth it"
    assert "1 of 2 ways of sharing by results would have won more" in found["words"]
    assert "+12.0% leads won (Results, second generation)" in found["words"]


@pytest.mark.parametrize(
    ("verdict", "answer"),
    [
        ("no", "Nothing to gain: the deals do not show that reps differ beyond chance"),
        ("yes", "Reps differ, but no way of sharing is shown to win more than by turn"),
        ("not enough data", "Not enough data to say whether reps differ at all"),
    ],
)
def test_where_nothing_may_be_claimed_it_says_so(verdict: str, answer: str) -> None:
    found = evaluation(report(policy("greedy_rate", 0.1, 0.2), verdict=verdict))

    assert (found["answer"], found["clear"], found["words"]) == (answer, False, "")


def test_a_warning_calls_the_ways_of_sharing_as_the_picture_does() -> None:
    said = "A guess: first_generation 6%, second_generation_advantage 5% of the leads, go by turn, some_later_way 9%."

    assert evaluation(report(warnings=[said]))["warnings"] == [
        "A guess: “Results, first generation” 6%, “Second generation, by advantage” 5% of the leads, go by turn, "
        "some_later_way 9%."
    ]


def test_strips_lie_on_both_sides_of_going_by_turn() -> None:
    turn, down, up = evaluation(report(policy("greedy_rate", -0.1, 0.1), policy("first_generation", 0.1, 0.1)))["rows"]

    assert turn["base"]
    assert (down["low"], down["width"], down["at"]) == ("6.0", "154.0", "83.0")
    assert (up["low"], up["at"], up["text"]) == (
        "160.0",
        "237.0",
        "Results, first generation: +10.0% leads won, 9 of 10 times between 0.0% and +20.0%; not claimed",
    )


def test_the_newest_result_is_shown_and_can_be_asked_for_again(boss: Any, pool: Pool, now: Any) -> None:
    done(pool, now, report(policy("greedy_rate", 0.1, 0.2), verdict="no"))
    done(pool, now, report(policy("greedy_rate", 0.3, 0.1, claims=True)))

    shown = section(boss, pool)

    assert "It would have been worth it" in shown
    assert "Look &lt;twice&gt;." in shown
    assert "Work it out again" in shown
    assert "#what-was-measured" in shown


def test_each_state_says_what_to_do(boss: Any, pool: Pool, now: Any) -> None:
    assert "Work it out" in section(boss, pool)

    few = {"refused": "It takes 200 leads with an outcome, and there are 150.", "missing": 50, "name": "SMB"}
    done(pool, now, few | {"pool": pool.pk})
    assert "Too few past deals: 50 more leads with an outcome are needed" in section(boss, pool)

    done(pool, now, None, status=Work.Status.FAILED)
    assert "The last try broke off" in section(boss, pool)

    done(pool, now, None, status=Work.Status.QUEUED, finished_at=None)
    assert "It is being worked out" in section(boss, pool)
    assert "Work it out" not in section(boss, pool)


def test_the_button_has_it_worked_out_and_its_page_shows_the_same(boss: Any, pool: Pool, now: Any) -> None:
    boss.post(reverse("admin:routing_work_start", args=["evaluate"]), {"pool": pool.pk})
    work = Work.objects.get()
    assert (work.kind, work.params) == ("evaluate", {"pool": pool.pk})

    Work.objects.update(status="done", finished_at=now, report=report(policy("greedy_rate", 0.1, 0.2), verdict="no"))
    page = boss.get(reverse("admin:routing_work_change", args=[work.pk])).content.decode()

    assert "Would it be worth it in SMB?" in page
    assert "Nothing to gain" in page


def test_a_manager_may_ask_for_it(sign_in: Any, pool: Pool) -> None:
    manager = sign_in(Role.MANAGER)

    assert "Work it out" in section(manager, pool)
    assert manager.post(reverse("admin:routing_work_start", args=["evaluate"]), {"pool": pool.pk}).status_code == 302


def test_it_takes_one_query_however_many_results_there_are(boss: Any, pool: Pool, now: Any) -> None:
    counts = []
    for _ in range(2):
        done(pool, now, report(policy("greedy_rate", 0.1, 0.2)))
        with without_menu():
            section(boss, pool)
            with CaptureQueriesContext(connection) as queries:
                section(boss, pool)
        counts.append(sum("routing_work" in query["sql"] for query in queries))

    assert counts == [1, 1]
