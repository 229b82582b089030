"""From examples to a model that was judged on leads it was not made from, or the reason why there is none.

Examples are put in the order of time in which their outcomes became known. The first 60 % fit, the next 20 % calibrate,
the last 20 % judge: what is said of the procedure rests on leads that came after everything it had seen. The model that
scores is then made by the same procedure one step later: fitted on the first 80 %, calibrated on the last 20 %.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from math import sqrt
from typing import NamedTuple

from routing.engine.learned.features import Feature
from routing.engine.learned.figures import Figures, Judged, judge
from routing.engine.learned.fit import Columns, Row, alike, curve, fit, log_odds, loss_of
from routing.engine.learned.model import DIGITS, ScoreModel, chance_of, places_of
from routing.engine.performance import decay

CODE_VERSION = 1
"""Of the features and of this procedure: another one makes other models of the same examples."""
LEAST_OUTCOMES = 500
LEAST_WINS = 50
"""And as many lost."""
LEAST_PART_WINS = 10
"""Won, and lost, in each of the parts that fit, calibrate and judge."""
BEYOND_CHANCE = 2.33
"""Standard errors by which it must beat the plain rate: by luck in 1 of 100 cases. It is asked each night."""
HALF_LIFE_DAYS = 365.0
SEEN_ENOUGH = 20
"""A value that fewer examples have says nothing, and names nobody."""
MOST_VALUES = 30
"""Of one fact: the most frequent."""
FITS, CALIBRATES = 0.6, 0.8
"""Where the parts end."""
PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0)
FOLDS = 3


class Example(NamedTuple):
    """A lead whose outcome is known since `at`, a day counted from anywhere. `key` tells it from all others."""

    at: float
    key: str
    features: tuple[Feature, ...]
    won: bool


class Trained(NamedTuple):
    """What came of it. `model` is None, or is not to be used, for the reason in `refused`."""

    model: ScoreModel | None
    refused: str
    outcomes: int
    wins: int
    penalty: float | None = None
    figures: Figures | None = None
    counts_most: tuple[tuple[str, float], ...] = ()


def train(examples: Iterable[Example], *, seed: int, alive: Callable[[], object] = lambda: None) -> Trained:
    """The same examples and seed give the same model, in whatever order they come.

    The seed puts examples of the same day in an order: a file that is imported may be sorted by outcome. `alive` is
    called now and then.
    """
    ordered = sorted(examples, key=lambda one: (int(one.at), sha256(f"{seed}:{one.key}".encode()).digest()))
    wins = sum(one.won for one in ordered)
    bare = Trained(None, _too_little(ordered, wins), len(ordered), wins)
    if bare.refused:
        return bare
    penalty = choose_penalty(ordered[: _share(ordered, FITS)], alive)
    first, second = _share(ordered, FITS), _share(ordered, CALIBRATES)
    trial = make_model(ordered[:first], ordered[first:second], penalty)
    alive()
    rate = sum(one.won for one in ordered[:second]) / second
    figures = judge([Judged(chance_for(trial, one.features), one.won) for one in ordered[second:]], rate)
    model = make_model(ordered[:second], ordered[second:], penalty)
    alive()
    refused = _refused(trial, model, figures)
    return Trained(model, refused, len(ordered), wins, penalty, figures, counts_most(model, ordered))


def _too_little(ordered: Sequence[Example], wins: int) -> str:
    losses = len(ordered) - wins
    if len(ordered) < LEAST_OUTCOMES or min(wins, losses) < LEAST_WINS:
        return (
            f"{len(ordered):,} leads have an outcome, {wins:,} of them won; it takes {LEAST_OUTCOMES:,}, with at least "
            f"{LEAST_WINS} won and {LEAST_WINS} lost"
        )
    edges = (0, _share(ordered, FITS), _share(ordered, CALIBRATES), len(ordered))
    for start, end in zip(edges, edges[1:], strict=False):
        won = sum(one.won for one in ordered[start:end])
        if min(won, end - start - won) < LEAST_PART_WINS:
            return (
                "in a part of the time nearly all leads ended alike: each part needs at least "
                f"{LEAST_PART_WINS} won and {LEAST_PART_WINS} lost"
            )
    return ""


def _refused(trial: ScoreModel, model: ScoreModel, figures: Figures) -> str:
    if min(trial.slope, model.slope) <= 0:
        return "what it learned did not hold on later leads: those that it ranked higher were won less often"
    if figures.gain < BEYOND_CHANCE:
        return (
            f"on {figures.leads:,} later leads it is not better than the plain rate beyond chance "
            f"(Brier {figures.brier:.4f} against {figures.plain:.4f})"
        )
    return ""


def _share(ordered: Sequence[Example], part: float) -> int:
    return round(len(ordered) * part)


# --- a model ------------------------------------------------------------------------------------------------------


def make_model(fitted: Sequence[Example], calibrated: Sequence[Example], penalty: float) -> ScoreModel:
    """Fitted on some examples, calibrated on others."""
    columns = columns_of(fitted)
    rows, features = _rows(fitted, columns), list(columns)
    weights = [round(weight, DIGITS) for weight in fit(rows, len(columns) + 1, penalty)]
    sums = [log_odds(weights, _columns(one, columns)) for one in calibrated]
    offset, slope = platt(sums, [one.won for one in calibrated])
    by_feature = {feature: weights[columns[feature]] for feature in features}
    return ScoreModel(
        intercept=weights[0],
        weights=by_feature,
        means=_means(fitted, by_feature),
        slope=round(slope, DIGITS),
        offset=round(offset, DIGITS),
        places=tuple(round(one, DIGITS) for one in places_of(sums)),
    )


def columns_of(examples: Iterable[Example]) -> dict[Feature, int]:
    """The columns of all values that are frequent enough; a fact that is the same for all has none."""
    counts = Counter(feature for one in examples for feature in one.features)
    by_group: defaultdict[str, list[Feature]] = defaultdict(list)
    for feature in sorted(counts, key=lambda feature: (-counts[feature], feature)):
        by_group[feature.group].append(feature)
    kept = [
        feature
        for values in by_group.values()
        if len(values) > 1
        for feature in values[:MOST_VALUES]
        if counts[feature] >= SEEN_ENOUGH
    ]
    return {feature: number for number, feature in enumerate(sorted(kept), start=1)}


def _rows(examples: Sequence[Example], columns: Mapping[Feature, int]) -> list[Row]:
    last = examples[-1].at
    weighted = ((one, decay(int(last) - int(one.at), HALF_LIFE_DAYS)) for one in examples)
    return alike(Row(_columns(one, columns), weight, weight * one.won) for one, weight in weighted)


def _columns(example: Example, columns: Mapping[Feature, int]) -> Columns:
    return tuple(sorted({columns[feature] for feature in example.features if feature in columns}))


def _means(examples: Sequence[Example], weights: Mapping[Feature, float]) -> dict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    for one in examples:
        for feature in one.features:
            if feature in weights:
                sums[feature.group] += weights[feature]
    return {group: round(total / len(examples), DIGITS) for group, total in sorted(sums.items())}


def platt(sums: Sequence[float], won: Sequence[bool]) -> tuple[float, float]:
    """Offset and slope of the chances that fit best, by Platt's way: a logistic curve over the sums."""
    wins = sum(won)
    high, low = (wins + 1) / (wins + 2), 1 / (len(won) - wins + 2)
    mean = sum(sums) / len(sums)
    spread = sqrt(sum((one - mean) ** 2 for one in sums) / len(sums))
    if not spread > 0:
        return 0.0, 0.0
    lines = [((one - mean) / spread, high if is_won else low) for one, is_won in zip(sums, won, strict=True)]
    offset, slope = curve(lines)
    return offset - slope * mean / spread, slope / spread


def choose_penalty(ordered: Sequence[Example], alive: Callable[[], object] = lambda: None) -> float:
    """The penalty with which what was learned of earlier examples loses least on the next ones; of equals the most."""
    losses = dict.fromkeys(PENALTIES, 0.0)
    for fold in range(1, FOLDS + 1):
        end, until = (round(len(ordered) * part / (FOLDS + 1)) for part in (fold, fold + 1))
        columns = columns_of(ordered[:end])
        rows = _rows(ordered[:end], columns)
        later = alike(Row(_columns(one, columns), 1.0, float(one.won)) for one in ordered[end:until])
        weights = None
        for penalty in sorted(PENALTIES, reverse=True):
            weights = fit(rows, len(columns) + 1, penalty, weights)
            losses[penalty] += loss_of(later, weights)
            alive()
    return min(PENALTIES, key=lambda penalty: (round(losses[penalty], DIGITS), -penalty))


def chance_for(model: ScoreModel, features: Iterable[Feature]) -> float:
    """The chance alone, without score and reasons."""
    return chance_of(model, sum([model.weights.get(one, 0.0) for one in features], start=model.intercept))


def counts_most(model: ScoreModel, examples: Sequence[Example]) -> tuple[tuple[str, float], ...]:
    """By fact, how far it moves the log odds of leads: the standard deviation of what it adds, the largest first."""
    squares: defaultdict[str, float] = defaultdict(float)
    for one in examples:
        own: defaultdict[str, float] = defaultdict(float)
        for feature in one.features:
            own[feature.group] += model.weights.get(feature, 0.0)
        for group, mean in model.means.items():
            squares[group] += (own[group] - mean) ** 2
    spread = {group: round(sqrt(square / len(examples)), 4) for group, square in squares.items()}
    return tuple(sorted(spread.items(), key=lambda one: (-one[1], one[0])))
