"""The charsets in which programs send text besides UTF-8: those that write ASCII as ASCII, by the names senders use."""

from __future__ import annotations

import codecs
import re

UTF_8 = "utf-8"
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}", re.ASCII)
AS_BROWSERS_DO = {"ascii": UTF_8, "iso8859-1": "cp1252"}
"""What they mean who name these."""
KNOWN = frozenset(
    {UTF_8, "koi8-r", "koi8-u", "mac-roman", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "gb2312", "gbk"}
    | {"gb18030", "big5", "big5hkscs", "cp874", "tis-620", *(f"cp{page}" for page in range(1250, 1259))}
    | {f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)}
)
"""By their names in Python; none that is no charset (base64, zlib, idna) or could hide markup (UTF-7, UTF-16)."""


class UnknownCharset(ValueError):
    """The text says which."""


def codec_of(label: str) -> str:
    """The codec of a charset as somebody names it; UTF-8 of no name. Raises UnknownCharset."""
    name = label.strip("\"' ").lower()
    if not name:
        return UTF_8
    try:
        found = codecs.lookup(name).name if LABEL.fullmatch(name) else ""
    except (LookupError, ValueError):
        found = ""
    found = AS_BROWSERS_DO.get(found, found)
    if found not in KNOWN:
        raise UnknownCharset(f"The charset “{name[:40]}” is not known. Send the body in UTF-8.")
    return found
