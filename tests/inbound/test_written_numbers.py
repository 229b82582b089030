"""The transform “number”, and amounts: what people write is the one number that it is, or none with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.intake.mapping import apply_mapping, read_mapping
from routing.intake.mapping.numbers import Unfit, read_number
from tests.work import work_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("50k", 50_000), ("50 K", 50_000), ("1.2m", 1_200_000), ("2 million", 2_000_000), ("1.5 Mio", 1_500_000),
        ("1,5 Mio.", 1_500_000), ("3,2 Mrd. €", 3_200_000_000), ("20 Tsd. EUR", 20_000), ("$1.5bn", 1_500_000_000),
        ("1e6", 1_000_000), ("1.5e3", 1_500), ("$1,200", 1_200), ("1.200 €", 1_200), ("€ 1.200,50", 1_200.5),
        ("1 200 000", 1_200_000), ("1'234.50", 1_234.5), ("1.234.567", 1_234_567), ("0.500", 0.5), ("500,- €", 500),
        ("~500", 500), ("ca. 500", 500), ("500+", 500), ("> 500", 500), ("up to 500", 500), ("bis zu 500", 500),
        ("120 employees", 120), ("-5", -5), ("1,10", 1.1), ("0.1k", 100), ("007", None), (" 12 ", 12),
    ],
)  # fmt: skip
def test_one_number_is_read(text: str, number: float | None) -> None:
    assert read_or_none(text) == number


@pytest.mark.parametrize(
    ("text", "upper"),
    [
        ("50-100k", 100_000), ("50k–100k", 100_000), ("10 to 20", 20), ("von 10 bis 20 €", 20), ("1-2 Mio.", 2_000_000),
        ("between 50 and 100", 100), ("zwischen 50 und 100k", 100_000), ("$1,000 - $5,000", 5_000),
    ],
)  # fmt: skip
def test_of_a_range_the_upper_end_counts(text: str, upper: float) -> None:
    assert read_number(text) == upper


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("many", "no number is in it"),
        ("", "no number is in it"),
        ("3 offices", "“offices” beside the number is not understood"),
        ("500 per month", "“per” beside the number is not understood"),
        ("20 %", "“%” beside the number is not understood"),
        ("5²", "“²” beside the number is not understood"),
        ("2 lakh", "“lakh” beside the number is not understood"),
        ("100k-50k", "its upper end is not the larger one"),
        ("2026-12-31", "this is not one number"),
        ("50 and 100", "this is not one number"),
        ("3 50", "this is no number"),
        ("1,20,000", "this is no number"),
        ("12.34.56", "this is no number"),
        ("030-123456", "this is no number"),
        ("1.200 Mio", "before “mio” it is not clear whether its mark separates thousands"),
        ("1e400", "this number is too large"),
        ("9" * 101, "it is longer than 100 characters"),
        ("(500)", "“(” beside the number is not understood"),
    ],
)
def test_what_could_be_another_number_is_none(text: str, why: str) -> None:
    with pytest.raises(Unfit) as caught:
        read_number(text)

    assert str(caught.value) == why


@pytest.mark.parametrize(("mark", "number"), [(".", 1_200_000), (",", 1_200_000_000)])
def test_with_the_decimal_mark_it_is_clear(mark: str, number: int) -> None:
    assert read_number("1.200 Mio", mark) == number


def read_or_none(text: str) -> int | float | None:
    try:
        return read_number(text)
    except Unfit:
        return None


@settings(max_examples=200)
@given(text=st.text(alphabet="0123456789.,-+ ekm'€~()²٣abto", max_size=120), mark=st.sampled_from(["", ".", ","]))
def test_whatever_is_written_it_is_a_number_or_a_reason(text: str, mark: str) -> None:
    try:
        assert abs(read_number(text, mark)) <= 10**18
    except Unfit as unfit:
        assert str(unfit)


@pytest.mark.parametrize("part", ["1", "1.", "1 ", "1e", "-", "k", ".", "1,000", "a."])
def test_a_long_text_is_little_work(part: str) -> None:
    texts = [part * (size // len(part)) for size in (100, 100_000)]

    assert work_of(lambda: [read_or_none(text) for text in texts]) < 1.0


# --- fields of money that no transform reads ----------------------------------------------------------------------


def amount(value: Any, *transforms: str) -> Any:
    mapping = read_mapping({"expected_amount": {"path": "sum", "transforms": list(transforms)}})
    mapped = apply_mapping(mapping, {"sum": value})
    return mapped.errors.get("expected_amount") or mapped.facts.get("expected_amount")


@pytest.mark.parametrize("text", ["1.500", "1.500 €", "12.500,00", "50k", "10-20k", "1.200.000", "1e6", "$1,234.56"])
def test_an_amount_is_read_as_by_the_transform(text: str) -> None:
    assert amount(text) == amount(text, "number") == read_number(text)


@pytest.mark.parametrize("number", [1.5, 1500, 1.125, [1.125], [1.125, ""]])
def test_a_number_is_the_number_that_it_is(number: Any) -> None:
    assert amount(number) == (number[0] if isinstance(number, list) else number)


@pytest.mark.parametrize("text", ["a lot", "500 per month", "5, 10", True])
def test_an_amount_that_is_none_is_left_out_with_the_reason(text: Any) -> None:
    (why,) = amount(text)

    assert "at sum" in why
    assert why.rpartition(": ")[2] == amount(text, "number")[0].rpartition(": ")[2]
