"""What won deals teach: more than is usual of a topic, once reps differ beyond chance; never less than was declared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from routing.engine.expertise import learn_expertise, learned_level, level_of
from routing.engine.performance import Counted
from routing.engine.strategies import fit_of
from routing.engine.types import Assigned, ExpertiseTable, Learned, Strategy, TopicTag
from tests.engine.builders import ANA, BOB, CAT, SMB, decide_one, lead, people, rep, rulebook

DAY = date(2026, 3, 2)
K8S, PAY = "kubernetes", "payments"


def learn(rows: list[Counted], *, before: bool = False) -> ExpertiseTable:
    return learn_expertise(day=DAY, k=30, faded=rows, whole=rows, before=before)


def rows(*counted: tuple[int, str, int, int]) -> list[Counted]:
    return [Counted(who, (topic,), float(won), float(of)) for who, topic, won, of in counted]


DIFFERENT = rows((ANA, K8S, 60, 100), (ANA, PAY, 20, 100), (BOB, K8S, 20, 100), (BOB, PAY, 20, 100),
                 (CAT, K8S, 20, 100), (CAT, PAY, 21, 100))  # fmt: skip


def test_who_wins_more_of_a_topic_than_is_usual_knows_more_of_it() -> None:
    table = learn(DIFFERENT)

    assert table.differ
    assert table.reps[ANA][K8S].level >= 1
    assert table.reps[ANA][K8S].rate > 1.5 * table.reps[ANA][K8S].usual
    assert table.reps[BOB][K8S].level == table.reps[CAT][K8S].level == 0


def test_having_had_many_such_leads_teaches_nothing() -> None:
    table = learn([*DIFFERENT, Counted(4, (K8S,), 200.0, 1000.0)])

    assert table.reps[4][K8S].level == 0


@pytest.mark.parametrize("wins", [(22, 18, 20), (6, 4, 5)])
def test_what_chance_can_make_teaches_nothing(wins: tuple[int, ...]) -> None:
    table = learn(rows(*((who, K8S, won, 5 * sum(wins) // 3) for who, won in zip((ANA, BOB, CAT), wins, strict=True))))

    assert not table.differ
    assert [table.reps[who][K8S].level for who in (ANA, BOB, CAT)] == [0, 0, 0]


def test_few_wins_teach_less_than_many_of_the_same_share() -> None:
    few = learn([*DIFFERENT, Counted(4, (K8S,), 3.0, 5.0)])

    assert 0 <= few.reps[4][K8S].level < few.reps[ANA][K8S].level


def test_a_topic_of_which_nothing_was_won_is_not_learned_however_good_somebody_is() -> None:
    table = learn([*DIFFERENT, Counted(ANA, ("backup",), 0.0, 1.0), Counted(BOB, ("backup",), 1.0, 9.0)])

    assert table.reps[ANA]["backup"].level == 0


def test_nothing_at_all_is_a_table_too() -> None:
    assert learn([]).reps == {}


@pytest.mark.parametrize(
    ("rate", "usual", "wins", "level"),
    [(0.3, 0.2, 5, 1), (0.24, 0.2, 5, 0.4), (0.1, 0.2, 5, 0), (0.9, 0.2, 5, 2), (0.3, 0.2, 0.5, 0), (0.3, 0, 5, 0)],
)
def test_half_as_much_again_is_a_level_and_two_are_the_most(
    rate: float, usual: float, wins: float, level: float
) -> None:
    assert learned_level(rate, usual, wins) == pytest.approx(level)


def taught(level: float) -> dict[str, Learned]:
    return {K8S: Learned(level, 0.3, 0.2, 40.0, 12.0)}


@pytest.mark.parametrize(("declared", "learned", "level"), [(0, 1.2, 1.2), (2, 0.4, 2.4), (2, 2, 3), (2, 0, 2)])
def test_both_parts_add_up_to_the_highest_level_at_most(declared: float, learned: float, level: float) -> None:
    state = rep(ANA, expertise={K8S: declared} if declared else {})

    assert level_of(state, K8S, taught(learned)) == pytest.approx(level)
    assert fit_of(state, [TopicTag(K8S, 0.8, "", "message", 0.5)], taught(learned)) == pytest.approx(0.4 * level / 3)


@pytest.mark.parametrize(("learns", "owner"), [(True, BOB), (False, ANA)])
def test_what_was_learned_decides_only_where_the_pool_learns(learns: bool, owner: int) -> None:
    those = people(ANA, BOB)
    states = {ANA: rep(ANA, expertise={K8S: 2}), BOB: rep(BOB, expertise={K8S: 1})}
    table = ExpertiseTable(DAY, True, 0.01, {BOB: taught(1.5)})
    those = replace(those, reps=those.reps | states, expertise={SMB: table})

    book = rulebook(smb={"strategy": Strategy.INTENT, "learns": learns})

    decision = decide_one(lead(topics=(TopicTag(K8S, 1.0, "k8s", "message"),)), book, those)

    assert isinstance(decision, Assigned)
    assert decision.rep == owner


def test_what_cannot_be_a_count_teaches_nothing_and_is_not_kept() -> None:
    broken = [Counted(ANA, (K8S,), float("nan"), 100.0), Counted(BOB, (PAY,), 3.0, float("inf"))]

    assert learn([*DIFFERENT, *broken]) == learn(DIFFERENT)
