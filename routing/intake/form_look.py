"""The look of a form: a few values, each of a known kind, so that nothing else gets into a style sheet."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
COLOUR = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]{3,20}|"
    r"(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\([0-9.,%/ a-z+-]{1,60}\)",
    re.IGNORECASE,
)
LENGTH = re.compile(r"0|\d{1,2}(?:\.\d{1,3})?(?:px|rem|em)")
FAMILY = r"(?:[A-Za-z][A-Za-z0-9 \-]{0,60}|\"[A-Za-z0-9 \-]{1,60}\"|'[A-Za-z0-9 \-]{1,60}')"
FAMILIES = re.compile(rf"{FAMILY}(?:\s*,\s*{FAMILY}){{0,9}}")
SCHEMES = ("light", "dark", "both")
A_COLOUR = "Give a colour such as #1d4ed8, rgb(29 78 216) or navy."
DARK, LIGHT = "#111111", "#ffffff"


class BadLook(ValueError):
    """`errors` says by value what is wrong with it."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = errors


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: bool(pattern.fullmatch(text))


KINDS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    **{
        name: (_matches(COLOUR), A_COLOUR)
        for name in ("accent", "on_accent", "background", "field", "text", "border", "error")
    },
    "radius": (_matches(LENGTH), "Give a length such as 8px or 0.5rem."),
    "font": (_matches(FAMILIES), "Give names of fonts such as Inter, Arial, sans-serif."),
    "scheme": (SCHEMES.__contains__, "Give light, dark or both."),
}
"""The values that a look may have: how each is checked, and what to give."""


def read_look(theme: Any) -> dict[str, str]:
    """The look as it is kept. Raises BadLook."""
    if not isinstance(theme, Mapping):
        raise BadLook({"": "Give an object such as {“accent”: “#1d4ed8”}."})
    look: dict[str, str] = {}
    errors: dict[str, str] = {}
    for name, value in theme.items():
        text = value.strip() if isinstance(value, str) else ""
        if name not in KINDS:
            errors[str(name)[:50]] = f"Not known. There are: {', '.join(KINDS)}."
        elif text and not KINDS[name][0](text):
            errors[name] = KINDS[name][1]
        elif text:
            look[name] = text
        elif value not in ("", None):
            errors[name] = KINDS[name][1]
    if errors:
        raise BadLook(errors)
    return look


def style_sheet(theme: Any, *, selector: str) -> str:
    """The look as custom properties. What is not as it should be is left out, never written."""
    try:
        look = read_look(theme)
    except BadLook as bad:
        look = read_look({name: value for name, value in theme.items() if name not in bad.errors}) if theme else {}
    values = {f"--look-{name.replace('_', '-')}": value for name, value in look.items() if name != "scheme"}
    if "accent" in look and "on_accent" not in look:
        values["--look-on-accent"] = readable_on(look["accent"])
    if scheme := _scheme(look):
        values["color-scheme"] = scheme
    if not values:
        return ""
    return f"{selector}{{{';'.join(f'{name}:{value}' for name, value in values.items())}}}"


def scheme_of(theme: Any) -> str:
    """“light” or “dark” where the look holds for one of them alone, else empty."""
    return _scheme({name: value for name, value in theme.items() if isinstance(value, str)} if theme else {})


def readable_on(colour: str) -> str:
    """Black or white, whichever is read better on it."""
    return DARK if _luminance(colour) > 0.179 else LIGHT


def _scheme(look: Mapping[str, str]) -> str:
    """One with a background or text of its own is of one scheme, as these say; others follow the visitor's."""
    if look.get("scheme") in ("light", "dark"):
        return look["scheme"]
    if look.get("scheme") == "both":
        return ""
    if "background" in look:
        return "light" if _luminance(look["background"], unknown=1.0) > 0.179 else "dark"
    if "text" in look:
        return "dark" if _luminance(look["text"], unknown=0.0) > 0.179 else "light"
    return ""


def _luminance(colour: str, *, unknown: float = 0.0) -> float:
    """As WCAG 2.1 says; `unknown` for a colour that is not given in hexadecimal."""
    if not HEX.fullmatch(colour):
        return unknown
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
