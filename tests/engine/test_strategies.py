"""The strategies: whom of those who may a pool chooses, and what it does without the numbers it goes by."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from re import match
from typing import Any

import pytest

from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.performance import Counted
from routing.engine.skill import learned_table
from routing.engine.strategies import ABOVE_USUAL, STRATEGIES, fit_of
from routing.engine.types import (
    ONE_LEAD,
    Assigned,
    CapKind,
    Fairness,
    Lead,
    LedgerKey,
    Member,
    Method,
    People,
    PerformanceMode,
    PerformanceTable,
    Record,
    Rulebook,
    Selection,
    Strategy,
    TopicTag,
    TurnsBy,
)
from tests.engine.builders import (
    ANA,
    BOB,
    CAT,
    DAN,
    NOW,
    SMB,
    cap,
    decide_all,
    decide_one,
    lead,
    owners,
    people,
    rep,
    rulebook,
    take_turns,
)

LEAD = ONE_LEAD


def by(strategy: Strategy, **settings: Any) -> Rulebook:
    return rulebook(smb={"strategy": strategy, "control_share": 0, **settings})


def assigned(those: People, book: Rulebook, one: Lead | None = None) -> Assigned:
    decision = decide_one(one or lead(), book, those)
    assert isinstance(decision, Assigned)
    return decision


def selection(decision: Assigned) -> Selection:
    assert decision.trace.selection is not None
    return decision.trace.selection


def test_every_strategy_has_its_function() -> None:
    assert set(STRATEGIES) == set(Strategy)


def test_a_strategy_that_is_unknown_goes_by_turn() -> None:
    assert assigned(people(ANA, BOB), by("psychic")).method is Method.ROUND_ROBIN  # type: ignore[arg-type]


@pytest.mark.parametrize("strategy", Strategy)
def test_nobody_whom_a_gate_refuses_is_ever_chosen(strategy: Strategy) -> None:
    those = replace(people(ANA, BOB, rep(CAT, caps=(cap(CapKind.DAY, 1, 1),))), performance=RESULTS)
    one = lead(owned_before=frozenset({ANA}), topics=(tag("security"),))

    assert owners([decide_one(one, by(strategy), those)]) == [BOB]


@pytest.mark.parametrize("strategy", Strategy)
def test_every_strategy_earns_and_pays_in_the_ledger(strategy: Strategy) -> None:
    those = replace(people(ANA, BOB, CAT), performance=RESULTS)

    posting = assigned(those, by(strategy)).posting

    assert posting is not None
    assert sum(amount for _, amount in posting.lines) == 0
    assert [amount for rep, amount in posting.lines if rep != posting.winner] == [LEAD // 3] * 2


# --- load balanced ----------------------------------------------------------------------------------------------


def loaded(*units: int, weights: tuple[int, ...] = (1000, 1000, 1000), **fields: Any) -> People:
    states = [rep(n, open_units=open_units) for n, open_units in enumerate(units, start=1)]
    members = [Member(state.id, weight) for state, weight in zip(states, weights, strict=False)]
    return people(*states, pools={SMB: members}, **fields)


LOAD = by(Strategy.LOAD_BALANCED)


@pytest.mark.parametrize(
    ("those", "owner", "method"),
    [
        (loaded(3, 1, 2), BOB, Method.LOAD_BALANCED),
        (loaded(2, 2, 2), ANA, Method.ROUND_ROBIN),
        (loaded(2, 1, 1), BOB, Method.LOAD_BALANCED),
        (loaded(2, 3, 2, weights=(1000, 2000, 1000)), BOB, Method.LOAD_BALANCED),
        (
            loaded(1, 2, 9, weights=(1000, 2000, 1000), balances={SMB: {ANA: -5000, BOB: 5000}}),
            BOB,
            Method.LOAD_BALANCED,
        ),
        (loaded(2), ANA, Method.LOAD_BALANCED),
    ],
)
def test_the_fewest_open_units_by_weight_win_and_the_turn_decides_between_equals(
    those: People, owner: int, method: Method
) -> None:
    decision = assigned(those, LOAD)

    assert (decision.rep, decision.method) == (owner, method)


def test_what_the_batch_gave_is_open_too() -> None:
    assert take_turns(LOAD, loaded(0, 2, 2), 5)[0] == [ANA, ANA, BOB, CAT, ANA]


def test_the_trace_shows_the_loads() -> None:
    decision = assigned(loaded(3, 1, 2, weights=(1000, 500, 1000)), LOAD)

    assert selection(decision).scores == {ANA: 3, BOB: 2, CAT: 2}
    assert selection(decision).deciding == "fewest open units, then highest balance"
    assert decision.reason == "Highest balance of 2 with the fewest open units in SMB (2 by weight); 3 could take it"


# --- performance ------------------------------------------------------------------------------------------------


def table(**wins: int) -> PerformanceTable:
    """Of 100 leads each so many were won, all of one kind."""
    records = {key: Record(float(number), 100.0) for key, number in wins.items()}
    reps = {n: {(): records[key]} for n, key in ((ANA, "ana"), (BOB, "bob"), (CAT, "cat")) if key in records}
    everything = Record(sum(wins.values()), 100.0 * len(wins))
    return PerformanceTable(date(2026, 3, 2), (), {(): everything}, reps)


RESULTS = {SMB: table(ana=10, bob=30, cat=20)}
BEST = by(Strategy.PERFORMANCE)


def performers(**fields: Any) -> People:
    return people(ANA, BOB, CAT, **{"performance": RESULTS} | fields)


def test_the_best_result_within_the_band_wins() -> None:
    decision = assigned(performers(balances={SMB: {ANA: LEAD // 2, BOB: -LEAD // 2}}), BEST)

    assert (decision.rep, decision.method) == (BOB, Method.PERFORMANCE)
    assert selection(decision).deciding == "best expected result"
    assert "of such leads won) of 3 who could take it" in decision.reason


def test_whoever_is_further_behind_than_the_band_waits() -> None:
    decision = assigned(performers(balances={SMB: {ANA: LEAD // 2, BOB: -LEAD // 2 - 1, CAT: 1}}), BEST)

    assert decision.rep == CAT
    assert "2 within the turn tolerance of 1" in decision.reason


def test_a_wider_band_lets_results_decide_more() -> None:
    got, _ = take_turns(by(Strategy.PERFORMANCE, band=3 * LEAD), performers(), 5)

    assert Counter(got)[BOB] > Counter(take_turns(BEST, performers(), 5)[0])[BOB]


def test_a_band_changes_which_leads_a_rep_gets_not_how_many() -> None:
    counts = Counter(take_turns(BEST, performers(), 300)[0])

    assert all(abs(counts[who] - 100) <= 2 for who in (ANA, BOB, CAT))


def test_equal_results_go_by_turn() -> None:
    decision = assigned(performers(performance={SMB: table(ana=10, bob=10, cat=10)}), BEST)

    assert (decision.rep, decision.method) == (ANA, Method.ROUND_ROBIN)


@pytest.mark.parametrize("tables", [{}, {SMB: PerformanceTable(date(2026, 3, 2))}])
def test_without_results_it_goes_by_turn_and_says_so(tables: dict[int, PerformanceTable]) -> None:
    decision = assigned(performers(performance=tables, balances={SMB: {CAT: 5000}}), BEST)

    assert (decision.rep, decision.method) == (CAT, Method.ROUND_ROBIN)
    assert selection(decision).notes == ("There are no results to go by yet, so it went by turn",)


@pytest.mark.parametrize("differ", [True, False])
def test_where_nothing_shows_that_reps_differ_it_goes_by_turn_and_says_so(differ: bool) -> None:
    known = specialists()[SMB].skill
    assert known is not None
    learned = replace(specialists()[SMB], skill=replace(known, differ=differ))
    decision = assigned(performers(performance={SMB: learned}, balances={SMB: {CAT: 5000}}), BEST, from_web())

    if differ:
        assert (decision.rep, decision.method) == (ANA, Method.PERFORMANCE)
    else:
        assert (decision.rep, decision.method) == (CAT, Method.ROUND_ROBIN)
        said = "Nothing shows that the reps of SMB differ, so it went by turn"
        assert selection(decision).notes == (said,)


WEB, FAIR = ("web",), ("fair",)


def from_web() -> Lead:
    return lead(facts={"source": "web"})


def specialists() -> dict[int, PerformanceTable]:
    """Ana wins most of everything, Bob nearly as much as she of what fairs bring."""
    won = {(ANA, WEB): 180, (ANA, FAIR): 120, (BOB, WEB): 20, (BOB, FAIR): 100, (CAT, WEB): 60, (CAT, FAIR): 60}
    counted = [Counted(rep, kind, wins, 400) for (rep, kind), wins in won.items()]
    return {SMB: learned_table(day=NOW.date(), dimensions=("source",), k=30, faded=counted, whole=counted, before=True)}


@pytest.mark.parametrize(("source", "first"), [("web", ANA), ("fair", BOB)])
def test_a_lead_goes_to_whose_result_is_furthest_above_their_own_usual_one(source: str, first: int) -> None:
    """Ana wins more from fairs than Bob, but her turn is worth more elsewhere."""
    decision = assigned(performers(performance=specialists()), BEST, lead(facts={"source": source}))

    assert (decision.rep, decision.method) == (first, Method.PERFORMANCE)
    assert selection(decision).deciding == ABOVE_USUAL
    scores = selection(decision).scores
    assert scores[first] == max(scores.values()) > 0
    assert match(
        r"Best result against their usual in SMB \([\d.]+% of such leads won, [\d.]+% of all\)", decision.reason
    )


def test_with_one_kind_of_lead_nobody_is_above_their_usual_and_it_goes_by_turn() -> None:
    counted = [Counted(rep, WEB, wins, 400) for rep, wins in ((ANA, 180), (BOB, 20), (CAT, 60))]
    table = learned_table(day=NOW.date(), dimensions=("source",), k=30, faded=counted, whole=counted, before=True)
    decision = assigned(performers(performance={SMB: table}, balances={SMB: {CAT: 5000}}), BEST, from_web())

    assert (decision.rep, decision.method) == (CAT, Method.ROUND_ROBIN)


def test_a_new_rep_gets_as_many_leads_as_everybody_and_leaves_to_the_others_what_is_theirs() -> None:
    """Of Dan nothing is known: he is expected to do what the average rep does."""
    those = people(ANA, BOB, DAN, performance=specialists())
    counts = Counter(take_turns(BEST, those, 90)[0])

    assert all(abs(counts[who] - 30) <= 2 for who in (ANA, BOB, DAN))
    scores = selection(assigned(those, BEST, from_web())).scores
    assert scores[BOB] < scores[DAN] < scores[ANA]


def test_who_changes_team_gets_the_leads_they_were_good_at_before() -> None:
    """Bob comes to a pool of Cat and Dan. What he did with fairs elsewhere is known of him."""
    decision = assigned(people(CAT, DAN, BOB, performance=specialists()), BEST, lead(facts={"source": "fair"}))

    assert decision.rep == BOB


def test_more_leads_go_to_better_results_by_their_tilted_weights() -> None:
    book = by(Strategy.PERFORMANCE, mode=PerformanceMode.MORE_LEADS)
    those = performers(pools={SMB: [Member(ANA, 500), Member(BOB, 1500), Member(CAT, 1000)]})

    counts = Counter(take_turns(book, those, 60)[0])

    assert all(abs(counts[who] - fair) <= 2 for who, fair in ((ANA, 10), (BOB, 30), (CAT, 20)))


def test_the_control_group_goes_by_turn_in_a_ledger_of_its_own() -> None:
    book = by(Strategy.PERFORMANCE, control_share=1)
    decision = assigned(performers(balances={SMB: {CAT: LEAD}}), book)

    assert (decision.rep, decision.method) == (ANA, Method.ROUND_ROBIN)
    assert decision.posting is not None
    assert decision.posting.ledger == LedgerKey(SMB, control=True)
    assert "control group" in selection(decision).notes[0]


def test_the_control_group_is_the_share_that_was_asked_for() -> None:
    batch = Batch(performers(), NOW)
    made = decide_all([lead(n) for n in range(1000)], by(Strategy.PERFORMANCE, control_share=0.1), batch)

    control = [one for one in made if isinstance(one, Assigned) and one.posting and one.posting.ledger.control]

    assert 70 <= len(control) <= 130
    assert all(one.method is Method.ROUND_ROBIN for one in control)
    assert sum(batch.accounts(LedgerKey(SMB)).balances.values()) == 0
    assert sum(batch.accounts(LedgerKey(SMB, control=True)).balances.values()) == 0


@pytest.mark.parametrize("strategy", [Strategy.ROUND_ROBIN, Strategy.LOAD_BALANCED, Strategy.INTENT])
def test_only_pools_that_go_by_results_have_a_control_group(strategy: Strategy) -> None:
    decision = assigned(people(ANA), by(strategy, control_share=1))

    assert decision.posting is not None
    assert not decision.posting.ledger.control


# --- intent -----------------------------------------------------------------------------------------------------


def tag(topic: str, confidence: float = 1.0, decay: float = 1.0) -> TopicTag:
    return TopicTag(topic, confidence, "we run it on k8s", "message", decay)


def experts(**fields: Any) -> People:
    return people(
        rep(ANA, expertise={"kubernetes": 3}),
        rep(BOB, expertise={"kubernetes": 1, "security": 2}),
        rep(CAT, expertise={"security": 3}),
        DAN,
        **fields,
    )


FITTING = by(Strategy.INTENT, band=5 * LEAD)


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ([tag("kubernetes")], ANA),
        ([tag("Kubernetes"), tag("security")], BOB),
        ([tag("kubernetes", 0.4), tag("security")], CAT),
        ([tag("kubernetes", decay=0.3), tag("security", 0.9)], CAT),
        ([tag("kubernetes", 0.9), tag("security", 0.95)], BOB),
    ],
)
def test_the_best_fit_wins(tags: list[TopicTag], owner: int) -> None:
    those = replace(experts(), reps=experts().reps | {BOB: rep(BOB, expertise={"kubernetes": 2, "security": 2})})

    decision = assigned(those, FITTING, lead(topics=tuple(tags)))

    assert (decision.rep, decision.method) == (owner, Method.INTENT)


def test_only_those_who_fit_earn_and_pay() -> None:
    decision = assigned(experts(), FITTING, lead(topics=(tag("kubernetes"),)))

    assert decision.posting is not None
    assert decision.posting.lines == ((ANA, -LEAD // 2), (BOB, LEAD // 2))
    assert selection(decision).weights == {ANA: 1000, BOB: 1000}
    assert selection(decision).scores == {ANA: 1, BOB: pytest.approx(1 / 3), CAT: 0, DAN: 0}
    assert [candidate.share for candidate in selection(decision).candidates()] == [LEAD // 2, LEAD // 2, 0, 0]
    assert decision.reason == "Best fit in SMB (fit 1.00; 2 fit) of 4 who could take it"


def test_equal_fits_go_by_turn() -> None:
    those = replace(experts(balances={SMB: {ANA: -5000, BOB: 5000}}), reps=experts().reps | {BOB: experts().reps[ANA]})
    those = replace(those, reps=those.reps | {BOB: rep(BOB, expertise={"kubernetes": 3})})

    decision = assigned(those, FITTING, lead(topics=(tag("kubernetes"),)))

    assert (decision.rep, selection(decision).deciding) == (BOB, "best fit, then highest balance")


def test_the_best_fit_waits_beyond_the_band() -> None:
    topics = (tag("kubernetes"),)
    got = owners(decide_all([lead(n, topics=topics) for n in range(20)], FITTING, Batch(experts(), NOW)))

    assert got[:5] == [ANA] * 5
    assert Counter(got[10:]) == {ANA: 5, BOB: 5}


@pytest.mark.parametrize(
    ("topics", "note"),
    [
        ((), "Nothing is known of what this lead is about, so it went by turn"),
        ((tag("fintech"),), "Nobody who could take it has a fit of 0.2 or more, so it went by turn"),
        ((tag("kubernetes", 0.1),), "Nobody who could take it has a fit of 0.2 or more, so it went by turn"),
    ],
)
def test_where_nobody_fits_everybody_goes_by_turn(topics: tuple[TopicTag, ...], note: str) -> None:
    decision = assigned(experts(balances={SMB: {DAN: 5000}}), FITTING, lead(topics=topics))

    assert (decision.rep, decision.method, selection(decision).notes) == (DAN, Method.ROUND_ROBIN, (note,))
    assert decision.posting is not None
    assert len(decision.posting.lines) == 4


def test_an_expert_who_is_away_leaves_the_lead_to_the_next_best() -> None:
    one = lead(topics=(tag("kubernetes"),), owned_before=frozenset({ANA}))

    assert assigned(experts(), FITTING, one).rep == BOB


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), -1.0])
def test_a_fit_is_a_number_whatever_comes_in(broken: float) -> None:
    state = rep(ANA, expertise={"kubernetes": broken})

    assert 0 <= fit_of(state, [tag("kubernetes", broken, broken), tag("kubernetes")]) <= 2


# --- fairness by totals -----------------------------------------------------------------------------------------


def totals(won: dict[int, int], joined_days_ago: dict[int, float] | None = None, **fields: Any) -> People:
    joined = {(SMB, who): NOW - timedelta(days=days) for who, days in (joined_days_ago or {}).items()}
    return people(ANA, BOB, CAT, totals={LedgerKey(SMB): won}, joined=joined, **fields)


TOTALS = rulebook(smb={"fairness": Fairness.TOTALS})


@pytest.mark.parametrize(
    ("those", "owner"),
    [
        (totals({ANA: 3, BOB: 1, CAT: 2}), BOB),
        (totals({ANA: 3, BOB: 1}), CAT),
        (totals({ANA: 3, BOB: 4, CAT: 4}, pools={SMB: [ANA, Member(BOB, 2000), CAT]}), BOB),
        (totals({ANA: 1, BOB: 1, CAT: 1}, balances={SMB: {CAT: LEAD}}), ANA),
        (totals({}), ANA),
    ],
)
def test_the_lowest_total_by_weight_is_next(those: People, owner: int) -> None:
    decision = assigned(those, TOTALS)

    assert (decision.rep, decision.method) == (owner, Method.ROUND_ROBIN)


def test_what_the_batch_gave_counts_in_the_total() -> None:
    assert take_turns(TOTALS, totals({ANA: 2, BOB: 0, CAT: 1}), 6)[0] == [BOB, CAT, BOB, ANA, BOB, CAT]


def test_a_newcomer_starts_at_the_pools_level() -> None:
    those = totals({ANA: 30, BOB: 30}, {CAT: 0})

    assert Counter(take_turns(TOTALS, those, 9)[0]) == {ANA: 3, BOB: 3, CAT: 3}


def test_a_newcomer_of_ten_days_is_compared_by_what_they_had_since() -> None:
    assert assigned(totals({ANA: 30, BOB: 30, CAT: 11}, {CAT: 10}), TOTALS).rep != CAT
    assert assigned(totals({ANA: 30, BOB: 30, CAT: 9}, {CAT: 10}), TOTALS).rep == CAT


def test_totals_are_shown_in_the_trace() -> None:
    decision = assigned(totals({ANA: 3, BOB: 1, CAT: 2}), TOTALS)

    assert selection(decision).scores == {ANA: 3, BOB: 1, CAT: 2}
    assert decision.reason == "Lowest total in SMB (1.00 leads by weight in 30 days) of 3 who could take it"


# --- turns counted separately -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turns_by", "facts", "counted"),
    [
        (TurnsBy.KIND, {"kind": "Demo"}, "demo"),
        (TurnsBy.GRADE, {"grade": "A"}, "a"),
        (TurnsBy.SOURCE, {"source": "Müller & Co"}, "muller & co"),
        (TurnsBy.SOURCE, {}, ""),
        (TurnsBy.SOURCE, {"source": "x" * 300}, "x" * 100),
        (None, {"kind": "demo"}, ""),
    ],
)
def test_turns_are_counted_in_the_ledger_of_the_leads_kind(
    turns_by: TurnsBy | None, facts: dict[str, Any], counted: str
) -> None:
    posting = assigned(people(ANA), rulebook(smb={"turns_by": turns_by}), lead(facts=facts)).posting

    assert posting is not None
    assert posting.ledger == LedgerKey(SMB, counted)


def test_nobody_gets_the_same_number_but_the_worse_leads() -> None:
    book = rulebook(smb={"turns_by": TurnsBy.KIND})
    kinds = ["demo", "content"] * 6
    made = decide_all(
        [lead(n, facts={"kind": kind}) for n, kind in enumerate(kinds)], book, Batch(people(ANA, BOB), NOW)
    )

    got = Counter(zip(kinds, owners(made), strict=True))

    assert set(got.values()) == {3}


def test_pools_of_one_group_share_one_ledger_with_weights_of_their_own() -> None:
    book = rulebook(enterprise={"ledger": SMB})
    batch = Batch(people(ANA, BOB, pools={SMB: [ANA, BOB], 20: [Member(ANA, 3000), BOB]}), NOW)

    first = decide(lead(), book, batch)
    batch.record(lead(), first)  # type: ignore[arg-type]

    assert owners([first]) == [ANA]
    assert batch.accounts(LedgerKey(SMB)).balances == {ANA: -LEAD // 2, BOB: LEAD // 2}
