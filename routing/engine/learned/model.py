"""A learned model: a lead's chance to be won, its score among such leads, and the reasons in points."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from routing.engine.learned.features import Feature, in_words
from routing.engine.learned.fit import chance

MOST_REASONS = 4
LEAST_POINTS = 1.0
"""What moves a score by less is no reason."""
PLACES = 101
"""Log odds of the examples at each hundredth, from the least to the most."""
DIGITS = 6
BEYOND_BELIEF = 1e6
"""No weight is so large: with one that is, sums might be no numbers."""


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """Weights in log odds by feature; `means` are what each group adds on average.

    `slope` and `offset` make a calibrated chance of the sum. `places` are the sums of the examples at each hundredth.
    """

    intercept: float
    weights: Mapping[Feature, float]
    means: Mapping[str, float]
    slope: float
    offset: float
    places: tuple[float, ...]


class Scored(NamedTuple):
    """What a model says of a lead: the chance to be won (0 to 1), the score (0 to 100), and what moved it most.

    Each reason is (points, words): by so many points the score differs from that of a lead which is like any other
    in this respect.
    """

    chance: float
    score: float
    reasons: tuple[tuple[float, str], ...]


def score_features(model: ScoreModel, features: Sequence[Feature]) -> Scored:
    """Never fails: what the model has not seen adds nothing and takes nothing."""
    own: defaultdict[str, float] = defaultdict(float)
    said: defaultdict[str, list[Feature]] = defaultdict(list)
    for feature in features:
        weight = model.weights.get(feature)
        if weight is not None:
            own[feature.group] += weight
            said[feature.group].append(feature)
    total = model.intercept + sum(own.values())
    score = place(model, total)
    moved = []
    for group, features_said in said.items():
        points = score - place(model, total - own[group] + model.means.get(group, 0.0))
        if abs(points) >= LEAST_POINTS:
            moved.append((round(points), ", ".join(map(in_words, features_said))))
    moved.sort(key=lambda reason: (-abs(reason[0]), reason[1]))
    return Scored(chance_of(model, total), round(score), tuple(moved[:MOST_REASONS]))


def chance_of(model: ScoreModel, total: float) -> float:
    """The calibrated chance that a sum of weights stands for."""
    return chance(model.slope * total + model.offset)


def place(model: ScoreModel, total: float) -> float:
    """Of a hundred examples, how many had a smaller sum; of equals, half."""
    total = round(total, DIGITS)  # as the places are, so that equals are equal
    below, through = bisect_left(model.places, total), bisect_right(model.places, total)
    if below < through:
        return (below + through - 1) / 2 * 100 / (len(model.places) - 1)
    if below in (0, len(model.places)):
        return 100.0 if below else 0.0
    left, right = model.places[below - 1], model.places[below]
    return (below - 1 + (total - left) / (right - left)) * 100 / (len(model.places) - 1)


def places_of(sums: Iterable[float]) -> tuple[float, ...]:
    """The sum at each hundredth of all of them."""
    ordered = sorted(sums)
    last = len(ordered) - 1
    return tuple(ordered[round(number * last / (PLACES - 1))] for number in range(PLACES))


# --- as it is stored ----------------------------------------------------------------------------------------------


def write_model(model: ScoreModel) -> dict[str, Any]:
    """As JSON. What is read from it again is what scored before: numbers are rounded when the model is made."""
    return {
        "intercept": model.intercept,
        "weights": [[*feature, weight] for feature, weight in model.weights.items()],
        "means": dict(model.means),
        "slope": model.slope,
        "offset": model.offset,
        "places": list(model.places),
    }


def read_model(content: Any) -> ScoreModel | None:
    """The inverse of write_model; None if it is not one any more, whatever it is instead."""
    try:
        model = ScoreModel(
            intercept=_number(content["intercept"]),
            weights={Feature(str(group), str(value)): _number(weight) for group, value, weight in content["weights"]},
            means={str(group): _number(mean) for group, mean in content["means"].items()},
            slope=_number(content["slope"]),
            offset=_number(content["offset"]),
            places=tuple(_number(number) for number in content["places"]),
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None
    ordered = list(model.places) == sorted(model.places) and len(model.places) == PLACES
    return model if ordered and model.slope > 0 else None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < BEYOND_BELIEF:
        raise ValueError(f"“{value}” is no number.")
    return float(value)
