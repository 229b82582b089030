"""What the fields of people refuse, in words for the person who typed it."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

from reps.caps import check_caps
from reps.catch_up import check_catch_up
from reps.public_holidays import is_known

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2}|-[A-Z][a-z]{3})?")


def validate_caps(value: object) -> None:
    """Raise ValidationError unless value is caps such as {"hour": 5, "open": {"limit": 40, "all": true}}."""
    if errors := check_caps(value):
        raise ValidationError(errors)


def validate_catch_up(value: object) -> None:
    """Raise ValidationError unless value is terms such as {"share": 0.5, "cap": 5, "max_rate": 1.5}."""
    if errors := check_catch_up(value):
        raise ValidationError(errors)


def validate_languages(value: object) -> None:
    """Raise ValidationError unless value is a list of language codes such as ["en", "pt-BR"]."""
    if not isinstance(value, list):
        raise ValidationError('Languages are written as a list of codes, such as ["en", "es"].')
    wrong = [str(code) for code in value if not (isinstance(code, str) and _LANGUAGE.fullmatch(code))]
    if wrong:
        raise ValidationError(
            [f"“{code}” is not a language code. Use codes such as en, es or pt-BR." for code in wrong]
        )


def validate_holidays(value: str) -> None:
    """Raise ValidationError unless the public holidays of this country, or country and region, are known."""
    if value and not is_known(value):
        raise ValidationError(
            "No public holidays are known for “%(value)s”. Use a country such as US, or country and region: US-CA.",
            params={"value": value},
        )
