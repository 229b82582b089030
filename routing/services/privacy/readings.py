"""A text as whoever reads it decodes it: %40 of a plain form or an address, and \\u0040 of JSON, stand for a sign.

What is found there is told by where it stands in the text as it came, so that it can be taken out of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

ENCODED = re.compile(r"((?:%[0-9A-Fa-f]{2})+)|\\u([0-9A-Fa-f]{4})|\\([\"\\/bfnrt])|%[0-9A-Fa-f]?\Z")
"""Also what is left of a sign at the end of a text that was cut there."""
BLANK = re.compile(r"\+(?=[^\s+&=@]{0,200}%(?:25)*40)")
"""A + before an address of a plain form. Before one with a bare @ it is part of it."""
ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
DEEPEST = 3
"""So often may a text be encoded: an address in an address, in a form."""
NO_DIGIT = r"(?:[^0-9%\\]|%(?:25)*[0-9A-Fa-f]{2}|\\(?:u[0-9A-Fa-f]{4})?)"
"""One sign, or a byte of one, as a database finds it. Each can be read in one way only, so that it finds it fast."""


def is_in(text: str, pattern: re.Pattern[str]) -> bool:
    """Whether the text has it, however it is encoded."""
    return any(pattern.search(reading) for reading, _ in _readings(text))


def replaced(text: str, pattern: re.Pattern[str], by: str) -> str:
    """The text with something else where it has it; the rest stays as it came."""
    parts: list[str] = []
    last = 0
    for start, end in _spans(text, pattern):
        if end > last:  # not within what went just now
            parts += [text[last:start], by] if start >= last else []
            last = end
    return "".join([*parts, text[last:]])


def encoded(word: str) -> str:
    """A pattern of it for databases, whichever of its signs are encoded."""
    return "".join(map(_any_way, word))


def _spans(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    return sorted(
        (starts[match.start()], starts[match.end()])
        for reading, starts in _readings(text)
        for match in pattern.finditer(reading)
    )


def _readings(text: str) -> Iterator[tuple[str, Sequence[int]]]:
    """The text, then what it is decoded; with each where its signs begin in the text, and where it ends."""
    starts: Sequence[int] = range(len(text) + 1)
    yield text, starts
    for _ in range(DEEPEST):
        before, (text, starts) = text, _decoded(text, starts)
        if text == before:
            return
        yield text, starts


def _decoded(text: str, starts: Sequence[int]) -> tuple[str, Sequence[int]]:
    if "%" not in text and "\\" not in text:
        return text, starts
    plain, last = BLANK.sub(" ", text), 0
    signs: list[str] = []
    begins: list[int] = []
    for match in ENCODED.finditer(plain):
        signs.append(plain[last : match.start()])
        begins.extend(starts[last : match.start()])
        at = match.start()
        for sign, length in _signs(match):
            signs.append(sign)
            begins.append(starts[at])
            at += length
        last = match.end()
    begins.extend(starts[last:])
    return "".join([*signs, plain[last:]]), begins


def _signs(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    """What is encoded there, and how much of the text each sign of it takes."""
    percent, code, escaped = match.groups()
    if percent:
        for sign in bytes.fromhex(percent.replace("%", "")).decode("utf-8", "surrogateescape"):
            yield sign, 3 * len(sign.encode("utf-8", "surrogateescape"))
    elif code:
        yield chr(int(code, 16)), len(match[0])
    elif escaped:
        yield ESCAPED.get(escaped, escaped), len(match[0])


def _any_way(sign: str) -> str:
    ways = [re.escape(sign)] + [r"\+"] * (sign == " ")
    for form in sorted({form for form in (sign, sign.lower(), sign.upper()) if len(form) == 1}):
        ways.append("".join(f"%(?:25)*{byte:02X}" for byte in form.encode()))
        ways.append(rf"\\u{ord(form):04x}")
    return f"(?:{'|'.join(ways)})"
