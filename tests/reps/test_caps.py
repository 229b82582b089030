"""Caps, languages and holidays: what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from reps.caps import CAP_KINDS, Cap, check_caps, read_caps
from reps.models import Rep
from routing.engine.types import CapKind
from routing.models import PoolMember


def test_caps_are_the_kinds_that_the_engine_knows() -> None:
    assert list(CAP_KINDS) == [kind.value for kind in CapKind]


@pytest.mark.parametrize(
    "caps", [{}, {"hour": 5}, {"day": 0}, {"open": {"limit": 40, "all": True}, "week": {"limit": 3}}]
)
def test_sound_caps_are_accepted(caps: dict[str, Any]) -> None:
    assert check_caps(caps) == []


@pytest.mark.parametrize(
    ("caps", "message"),
    [
        ([], "Caps are written as"),
        ({"month": 5}, "“month” is not a cap"),
        ({"day": -1}, "day: a cap cannot be negative"),
        ({"day": 2.5}, "day: “2.5” is not a whole number"),
        ({"day": "20"}, "day: “20” is not a whole number"),
        ({"day": True}, "day: “True” is not a whole number"),
        ({"day": None}, "day: “None” is not a whole number"),
        ({"open": {"all": True}}, "open: the limit is missing"),
        ({"open": {"limit": -4}}, "open: a cap cannot be negative"),
        ({"open": {"limit": 4, "all": "yes"}}, "open: “all” is true or false"),
        ({"open": {"limit": 4, "only": 1}}, "open: “only” is unknown"),
    ],
)
def test_broken_caps_are_refused_in_words(caps: Any, message: str) -> None:
    (error,) = check_caps(caps)

    assert message in error


def test_caps_are_read_in_the_order_of_their_kinds() -> None:
    assert read_caps({"open": {"limit": 4, "all": True}, "hour": 2}) == [
        Cap("hour", 2),
        Cap("open", 4, every_kind=True),
    ]


@pytest.mark.parametrize("caps", [None, 5, {"day": "many"}, {"month": 3}])
def test_a_broken_cap_in_the_database_caps_nothing(caps: Any) -> None:
    assert read_caps(caps) == []


@pytest.mark.parametrize("model", [Rep, PoolMember])
def test_models_refuse_broken_caps(model: type[Rep] | type[PoolMember]) -> None:
    with pytest.raises(ValidationError, match="not a cap"):
        model._meta.get_field("caps").clean({"month": 5}, None)


@pytest.mark.parametrize("languages", [["en"], ["en", "pt-BR", "zh-Hant"], []])
def test_language_codes_are_accepted(languages: list[str]) -> None:
    Rep._meta.get_field("languages").clean(languages, None)


@pytest.mark.parametrize("languages", ["en", ["English"], ["EN"], [5], {"en": 1}])
def test_other_names_of_languages_are_refused(languages: Any) -> None:
    with pytest.raises(ValidationError, match="[Ll]anguage"):
        Rep._meta.get_field("languages").clean(languages, None)


@pytest.mark.parametrize("code", ["", "US", "US-CA", "DE-BY"])
def test_places_with_known_holidays_are_accepted(code: str) -> None:
    Rep._meta.get_field("holidays").clean(code, None)


@pytest.mark.parametrize("code", ["XX", "US-ZZ", "us", "California", "US-"])
def test_places_without_known_holidays_are_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="No public holidays are known"):
        Rep._meta.get_field("holidays").clean(code, None)
