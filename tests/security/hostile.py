"""What attackers send: values, bodies, types of content and headers, made from valid ones by a seeded chance."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.security.payloads import PAYLOADS

Tree = Any
BOUNDARY = "----frontier"


class Raw(bytes):
    """Written into JSON as it is."""


class Pairs(list[tuple[Any, Any]]):
    """An object whose names may stand twice."""


@dataclass(frozen=True)
class Shot:
    """One request, whole."""

    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


TEXTS: tuple[str, ...] = (
    "", " ", "\0", "a\0b", "\ud800", "a\udfffb", "\ufeff", "\u202egnp.exe", "\x1b[31mred", "a\r\nBcc: x@evil.example",
    "\u2028\u2029", "\x0b\x0c\x1c\x85", "é" * 400, "e\u0301" * 200, "\U0001f600" * 100, "ﷺ" * 60, "Z" + "\u0327" * 2000,
    "x" * 255, "x" * 256, "x" * 5001, "x" * 60_000, "null", "None", "undefined", "true", "NaN", "-1", "0", "1e999",
    "٣٤٥", "0x7f000001", "9" * 400, "1_000", "--", "' OR 1=1 --", "\"; DROP TABLE routing_lead; --", "%s%s%n", "${7*7}",
    "$(id)", "../../etc/passwd", "..\\..\\windows", "/dev/null", "file:///etc/passwd", "http://169.254.169.254/",
    "mia@globex.com", "MIA@GLOBEX.COM", "mia@[127.0.0.1]", "\"a b\"@x.example", "a@b@c", "@", "a@" + "b." * 200 + "com",
    "mia@xn--bcher-kva.example", "mia@bücher.example", "miａ@globex.com", "+14155552671", "0049 30 901820", "tel:1",
    "2026-03-03", "2026-13-45", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-03-03T16:00:00Z",
    "24:00", "00000000-0000-4000-8000-000000000000", "{00000000-0000-4000-8000-000000000000}", "urn:uuid:1",
    "(a+)+$", "(?i)" + "(" * 300, "[" * 300, "\\", "a" * 30 + "!", "DE", "United States", "US-CA", "demo", "en-US",
    "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "＝1", *PAYLOADS,
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (
    0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 1.5, -0.0, 1e308, 5e-324,
    Raw(b"9" * 5000), Raw(b"-" + b"9" * 5000), Raw(b"1e999"), Raw(b"NaN"), Raw(b"-Infinity"), Raw(b"1." + b"0" * 5000),
)  # fmt: skip
SHAPES: tuple[Any, ...] = (
    None, True, False, [], {}, [[]], [{}], {"": ""}, [None], {"a": {"b": {"c": 1}}}, ["x"] * 101,
    Raw(b"[" + b", ".join(b"%d" % number for number in range(3000)) + b"]"),
    Pairs([("email", "a@globex.com"), ("email", "b@globex.com")]), Pairs([("\0", 1), ("", 2)]),
    Raw(b"[" * 40 + b"]" * 40), Raw(b"[" * 9000 + b"]" * 9000), Raw(b'{"a":' * 9000 + b"1" + b"}" * 9000),
    Raw(b'"\\ud83d"'), Raw(b'"\xff\xfe"'), Raw(b'"\xed\xa0\x80"'), Raw(b'"\\x41"'), Raw(b"'one'"), Raw(b"// no"),
    Raw(b'"' + b"\\u0000" * 300 + b'"'), Raw(b""), Raw(b"0x10"), Raw(b"01"), Raw(b"+1"), Raw(b".5"), Raw(b"1,,2"),
)  # fmt: skip
NAMES: tuple[str, ...] = (
    "id", "pk", "uuid", "owner", "owner_id", "status", "score", "grade", "api_key", "demo", "priority", "__class__",
    "__proto__", "constructor", "", "\0", "\ud800", "a.b", "a[0]", "x" * 3000, "$where", "email ", "EMAIL", "_method",
    "csrfmiddlewaretoken", "attributes.x", "utm", "account__name", "password",
)  # fmt: skip
CONTENT_TYPES: tuple[str, ...] = (
    "application/json", "application/json; charset=utf-8", "application/json; charset=utf-7",
    "application/json; charset=utf-16", "application/json;charset=", "application/json; charset=\xff", "text/json",
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7", "multipart/form-data",
    "multipart/form-data; boundary=", f"multipart/form-data; boundary={BOUNDARY}", "multipart/form-data; boundary=\0",
    "multipart/form-data; boundary=" + "b" * 5000, "multipart/mixed; boundary=x", "text/plain", "text/html", "", "/",
    "application/xml", "application/octet-stream", "a/b" + ";c=d" * 3000, "application/json, text/plain", "null",
    "application/json; charset=utf-8; charset=utf-7", "APPLICATION/JSON", "image/svg+xml", "application/cbor",
)  # fmt: skip
HEADERS: Mapping[str, tuple[str, ...]] = {
    "Prefer": ("wait=-1", "wait=abc", "wait=" + "0" * 9000, "respond-async", ", , ,", "wait=\0", "\xff"),
    "Idempotency-Key": ("", " ", "a", "k" * 255, "k" * 256, "\0", "\xff", "a\tb", "' OR 1=1", "same key"),
    "Accept": ("*/*", "text/html", ";", ",", "a" * 9000, "\x7f", "text/*;q=x", "application/json;q=" + "9" * 900),
    "Accept-Language": ("de", "*", "x" * 5000, "de-" * 500, ";q=", "\xff", "en;q=1e999"),
    "If-Match": ("*", '"abc"', "W/\"x\"", "", '"' + "x" * 5000 + '"', "\xff", '"a", "b", *'),
    "If-None-Match": ("*", '"', '"' * 4000),
    "If-Modified-Since": ("yesterday", "Mon, 99 Foo 99999 99:99:99 GMT"),
    "Range": ("bytes=0-0", "bytes=-1", "bytes=99999999999999999999-", "bytes=" + "0-0," * 900, "lines=1"),
    "X-Forwarded-For": ("1.2.3.4", "::1", "1.2.3.4, " * 500, "unknown", "\xff", "<script>", "' OR 1=1", "1.2.3.4:80"),
    "X-Forwarded-Proto": ("https", "javascript", "https, http"),
    "X-Forwarded-Host": ("evil.example", "evil.example, a", "\xff"),
    "Forwarded": ("for=1.2.3.4;host=evil.example",),
    "Host": ("evil.example", "", "a b", "localhost:99999", "[::1", "127.0.0.1:80@evil.example", "\xff", "x" * 3000),
    "Origin": ("null", "https://evil.example", "http://[x", "", "file://", "https://testserver.evil.example", "\xff"),
    "Referer": ("https://evil.example/?q=<script>", "http://[x", "\xff", "x" * 9000),
    "User-Agent": ("", "<script>alert(1)</script>", "\x1b[2J", "x" * 9000, "\xff"),
    "Cookie": ("sessionid=x", "sessionid=" + "x" * 5000, ";;;=", "csrftoken=\xff", "a=b; " * 900, "messages=evil"),
    "Authorization": ("", "Bearer", "Bearer ", "Bearer a b", "Basic eDp5", "Bearer " + "x" * 9000, "Bearer \xff", "\0"),
    "X-HTTP-Method-Override": ("DELETE", "PUT"),
    "Content-Encoding": ("gzip", "br", "deflate, gzip", "identity"),
    "Transfer-Encoding": ("chunked", "gzip, chunked", "identity", "xchunked"),
    "X-CSRFToken": ("x", "x" * 64, "\xff"),
    "X-Hub-Signature-256": ("sha256=0", "sha256=" + "f" * 64, "", "\xff"),
    "Expect": ("100-continue", "500-anything"),
    "Upgrade": ("websocket", "h2c"),
}  # fmt: skip
LENGTHS = ("", "-1", "0", "1", "99999999999", "abc", "1.5", "١٢", " 5", "5, 5")
METHODS = ("GET", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "P\xf6ST", "_")


# --- values ----------------------------------------------------------------------------------------------------------


def value(chance: Random) -> Any:
    """One that no form would send."""
    return chance.choice(chance.choice((TEXTS, TEXTS, NUMBERS, SHAPES)))


def text(chance: Random) -> bytes:
    """One as it stands in an address or a form."""
    found = value(chance)
    return found.encode("utf-8", "surrogatepass") if isinstance(found, str) else written(found)


def mutated(chance: Random, tree: Tree) -> Tree:
    """A copy of a tree of JSON with one to four things wrong in it."""
    for _ in range(chance.choice((1, 1, 1, 1, 2, 4))):
        tree = _wrong_somewhere(chance, tree)
    return tree


def _wrong_somewhere(chance: Random, tree: Tree) -> Tree:
    if isinstance(tree, Mapping) and tree:
        entries = Pairs(tree.items())
    elif isinstance(tree, Pairs) and tree:
        entries = Pairs(tree)
    elif isinstance(tree, list) and tree and chance.random() < 0.7:
        at = chance.randrange(len(tree))
        return [*tree[:at], _wrong_somewhere(chance, tree[at]), *tree[at + 1 :]]
    else:
        return value(chance)
    chance.choice(DEEDS)(chance, entries)
    return entries


def _replace(chance: Random, entries: Pairs) -> None:
    at = chance.randrange(len(entries))
    name, inner = entries[at]
    deeper = isinstance(inner, Mapping | list) and bool(inner) and chance.random() < 0.6
    entries[at] = (name, _wrong_somewhere(chance, inner) if deeper else value(chance))


def _remove(chance: Random, entries: Pairs) -> None:
    del entries[chance.randrange(len(entries))]


def _repeat(chance: Random, entries: Pairs) -> None:
    entries.append((chance.choice(entries)[0], value(chance)))


def _add(chance: Random, entries: Pairs) -> None:
    entries.insert(chance.randrange(len(entries)), (chance.choice(NAMES), value(chance)))


def _rename(chance: Random, entries: Pairs) -> None:
    at = chance.randrange(len(entries))
    entries[at] = (chance.choice(NAMES), entries[at][1])


def _swap(chance: Random, entries: Pairs) -> None:
    one, other = chance.randrange(len(entries)), chance.randrange(len(entries))
    (a, x), (b, y) = entries[one], entries[other]
    entries[one], entries[other] = (a, y), (b, x)


DEEDS: tuple[Callable[[Random, Pairs], None], ...] = (_replace, _replace, _replace, _replace, _remove, _repeat, _add,
                                                      _rename, _swap)  # fmt: skip


# --- bodies ----------------------------------------------------------------------------------------------------------


def written(tree: Tree, ascii_only: bool = True) -> bytes:
    """JSON, whatever is in it."""
    if isinstance(tree, Raw):
        return bytes(tree)
    if isinstance(tree, Mapping | Pairs):
        pairs = tree.items() if isinstance(tree, Mapping) else tree
        return b"{" + b", ".join(written(str(k)) + b": " + written(v, ascii_only) for k, v in pairs) + b"}"
    if isinstance(tree, list | tuple):
        return b"[" + b", ".join(written(entry, ascii_only) for entry in tree) + b"]"
    return json.dumps(tree, ensure_ascii=ascii_only, default=str).encode("utf-8", "surrogatepass")


def garbled(chance: Random, body: bytes) -> bytes:
    """The same bytes with some changed, gone, repeated or torn off."""
    spoilt = bytearray(body or b"{}")
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(spoilt) + 1)
        match chance.randrange(5):
            case 0:
                spoilt[at : at + 1] = chance.randbytes(1)
            case 1:
                del spoilt[at : at + chance.randint(1, 40)]
            case 2:
                spoilt[at:at] = chance.choice((b"\0", b"\xff\xfe", b"}{", b'"', b"\\u", b"\r\n\r\n", b"--", b"&&=="))
            case 3:
                spoilt[at:at] = spoilt[at : at + 60] * chance.randint(1, 30)
            case _:
                del spoilt[at:]
    return bytes(spoilt)


def flat(tree: Tree) -> list[tuple[str, bytes]]:
    """The names and values of a tree as a form sends them."""
    pairs = tree.items() if isinstance(tree, Mapping) else tree if isinstance(tree, Pairs) else []
    return [
        (str(name), inner.encode("utf-8", "surrogatepass") if isinstance(inner, str) else written(inner))
        for name, inner in pairs
    ]


def urlencoded(fields: list[tuple[str, bytes]]) -> bytes:
    return b"&".join(_percent(name.encode("utf-8", "surrogatepass")) + b"=" + _percent(text) for name, text in fields)


def _percent(text: bytes) -> bytes:
    return b"".join([PERCENT[byte] for byte in text])


PERCENT = tuple(b"%%%02X" % byte if byte in b"%&=+;#\0 \r\n" or byte > 126 else bytes((byte,)) for byte in range(256))
"""Byte → how it stands in an address or a form."""


def multipart(fields: list[tuple[str, bytes]], chance: Random) -> bytes:
    """Parts, some of them with a file name, a type or an encoding of their own."""
    parts: list[bytes] = []
    for name, text in fields:
        plain = name.encode("utf-8", "surrogatepass").replace(b'"', b"%22").replace(b"\r", b"").replace(b"\n", b"")
        head = b'Content-Disposition: form-data; name="' + plain + b'"'
        if chance.random() < 0.1:
            head += chance.choice(PART_HEADS)
        parts.append(b"--" + BOUNDARY.encode() + b"\r\n" + head + b"\r\n\r\n" + text + b"\r\n")
    return b"".join(parts) + b"--" + BOUNDARY.encode() + chance.choice((b"--\r\n", b"--\r\n", b"\r\n", b""))


PART_HEADS = (
    b'; filename="../../x.csv"',
    b'; filename=""',
    b"; filename*=utf-8''%00%ff",
    b"; filename*=utf-7''+ADw-",
    b"\r\nContent-Transfer-Encoding: base64",
    b"\r\nContent-Type: text/html; charset=utf-7",
    b"\r\nContent-Length: -1",
    b"\r\n" + b"X: y\r\n" * 200,
)


# --- everything around a body ----------------------------------------------------------------------------------------


def headers(chance: Random) -> dict[str, str]:
    """None most of the time, else some that proxies, browsers and liars send."""
    if chance.random() < 0.6:
        return {}
    names = chance.sample(sorted(HEADERS), chance.choice((1, 1, 2, 5)))
    return {name: chance.choice(HEADERS[name]) for name in names}


def query(chance: Random) -> str:
    """None most of the time."""
    if chance.random() < 0.85:
        return ""
    names = chance.choices((*NAMES, "page_size", "cursor", "ordering", "q", "version", "rep", "embed", "lang"), k=2)
    pairs = [(name, text(chance)[:3000]) for name in names]
    return "?" + urlencoded(pairs).decode("latin-1")


def path(chance: Random, address: str) -> str:
    """The address itself most of the time, else one beside it."""
    if chance.random() < 0.93:
        return address
    wrong = ("/", "//", "%00", "%ff", "/../", "%2e%2e%2f", ";a=b", "\u2028", "x" * 3000, "%c0%af", "/.", "%0d%0aX:y")
    at = chance.randrange(len(address) + 1)
    return address[:at] + chance.choice(wrong) + address[at:]
