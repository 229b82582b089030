"""What strangers typed, made safe for a mail: one line or a paragraph, addresses and links that are what they say."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.headerregistry import Address
from urllib.parse import urlsplit

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LINE_LENGTH = 150
PARAGRAPH_LENGTH = 3000
PHONE_LENGTH = 40
CUT = "…"

# Controls (VT, FS, DEL and C1 among them), the line separators of Unicode, lone surrogates, and the marks that
# turn the direction of a whole line around.
UNSAFE_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]+")
UNSAFE_IN_A_PARAGRAPH = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]+"
)
PHONE = re.compile(r"\+[0-9]{5,15}")
HOST = re.compile(r"[\w.-]+(:[0-9]{1,5})?")


def one_line(value: object, limit: int = LINE_LENGTH) -> str:
    """As a single line of at most `limit` characters, fit for a header."""
    text = " ".join(UNSAFE_IN_A_LINE.sub(" ", str(value)[: 4 * limit]).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT


def paragraph(value: object, limit: int = PARAGRAPH_LENGTH) -> str:
    """As text of at most `limit` characters that keeps its line breaks, but no more than one empty line in a row."""
    text = str(value)[: 4 * limit].replace("\r\n", "\n").replace("\r", "\n")
    lines = (line.rstrip() for line in UNSAFE_IN_A_PARAGRAPH.sub(" ", text).split("\n"))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT


def bare_address(value: str) -> str:
    """The one e-mail address that `value` is; empty if it is anything else, or cannot stand in a header as it is."""
    try:
        validate_email(value)
        value.encode("ascii")
        return value if Address(addr_spec=value).addr_spec == value else ""
    except (ValidationError, ValueError, HeaderParseError, IndexError):
        return ""


def phone_text(value: str) -> str:
    """An international number in groups, as people read it; anything else as it is."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return one_line(value, PHONE_LENGTH)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def phone_link(value: str) -> str:
    """A tel: link to an international number; empty for anything else."""
    digits = re.sub(r"[ ().-]", "", value)
    return f"tel:{digits}" if PHONE.fullmatch(digits) else ""


def mail_link(value: str) -> str:
    """A mailto: link to a plain address; empty for anything else."""
    address = bare_address(value)
    return f"mailto:{address}" if address and not re.search(r"[?&%#]", address) else ""


def web_link(value: str) -> str:
    """An http(s) link without user name, password or odd host; empty for anything else."""
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(parts.netloc) or one_line(value) != value:
        return ""
    return value
