"""Public holidays of a country, or of a region of it, by codes such as US, US-CA or DE-BY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from django.utils.functional import SimpleLazyObject

# Loaded at its first use: it costs every start of every process a tenth of a second, and few of them need it.
_library: Any = SimpleLazyObject(lambda: import_module("holidays"))


def is_known(code: str) -> bool:
    """Whether there is a calendar for this country, or country and region."""
    country, dash, region = code.partition("-")
    regions = _library.list_supported_countries(include_aliases=False).get(country)
    return regions is not None and (region in regions if dash else True)


def public_holidays(code: str, years: Iterable[int]) -> dict[date, str]:
    """Day → name of the holiday. None for an empty or unknown code."""
    if not code:
        return {}
    return {day: name for year in years for day, name in _of_year(code, year).items()}


@lru_cache(maxsize=4_096)
def _of_year(code: str, year: int) -> Mapping[date, str]:
    if not is_known(code):
        return MappingProxyType({})
    country, _, region = code.partition("-")
    return MappingProxyType(dict(_library.country_holidays(country, subdiv=region or None, years=year)))
