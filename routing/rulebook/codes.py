"""Codes, patterns and roles that stand in the configuration: which of them are refused, and why."""

from __future__ import annotations

from functools import lru_cache

import pycountry
import re2

LONGEST_ROLE = 50


@lru_cache(maxsize=4_096)
def country_problem(code: str) -> str | None:
    """Why this is no country."""
    if pycountry.countries.get(alpha_2=code.upper()):
        return None
    meant = pycountry.countries.get(alpha_3=code.upper()) or pycountry.countries.get(name=code)
    hint = f"Did you mean {meant.alpha_2}?" if meant else "Use an ISO 3166-1 code such as US."
    return f"“{code}” is not a country. {hint}"


@lru_cache(maxsize=4_096)
def region_problem(code: str) -> str | None:
    """Why this is no region."""
    if pycountry.subdivisions.get(code=code.upper()):
        return None
    return f"“{code}” is not a region. Use an ISO 3166-2 code such as US-CA."


def pattern_problem(pattern: str) -> str | None:
    """Why a regular expression is refused, in the words of RE2."""
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        reason = error.args[0]
        return f"the pattern is refused: {reason.decode() if isinstance(reason, bytes) else reason}."
    return None


def role_problem(role: str) -> str | None:
    """Why this is no role on an account. Companies have roles of their own, so any name is one."""
    if role.strip() and len(role) <= LONGEST_ROLE:
        return None
    return f"a role is owner, csm, sdr, deal_owner or a name of your own, of 1 to {LONGEST_ROLE} characters."
