"""The section inbound: addresses for other programs, and where in their bodies the fields of a lead stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routing.intake.mapping import InvalidMapping, check_mapping, mapping_document
from routing.models import InboundAddress, Lead
from routing.rulebook.config.errors import ConfigError, Errors, shown
from routing.rulebook.config.known import Known
from routing.rulebook.config.reader import Reader

HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
MOST_A_MINUTE = 1_000_000
KEYS = ("name", "active", "kind", "source", "campaign", "signature", "signature_header", "minute_limit", "mapping")


@dataclass(frozen=True, slots=True)
class InboundSpec:
    name: str
    columns: Mapping[str, Any]
    signature_secret: str | None = None
    """None: as it is."""


def read_inbound(row: Reader, known: Known) -> InboundSpec:
    name = row.text("name", limit=100, required=True)
    columns = {
        "name": name,
        "active": row.flag("active", True),
        "kind": row.choice("kind", Lead.Kind.OTHER.value, Lead.Kind.values),
        "source": row.text("source", limit=100),
        "campaign": row.text("campaign", limit=150),
        "signature": row.choice("signature", "", InboundAddress.Signature.values),
        "signature_header": row.text("signature_header", limit=60),
        "minute_limit": row.whole("minute_limit", 600, low=1, high=MOST_A_MINUTE),
        "mapping": _mapping(row),
    }
    header = columns["signature_header"]
    if columns["signature"] and not header:
        row.error("signature_header", "a signature needs the name of its header.")
    elif header and not HEADER.fullmatch(str(header)):
        row.error("signature_header", f"{shown(header)} is no name of a header. Write one such as X-Hub-Signature-256.")
    secret = row.text("signature_secret", limit=200) if row.gives("signature_secret") else None
    return InboundSpec(name, columns, secret)


def inbound_document(address: InboundAddress) -> dict[str, Any]:
    """An address as the file writes it."""
    return {name: getattr(address, name) for name in KEYS}


def wrong_with_inbound(document: Mapping[str, Any]) -> list[ConfigError]:
    """Everything that an import would refuse in this address."""
    errors = Errors()
    reader = Reader(document, "", errors)
    read_inbound(reader, None)  # type: ignore[arg-type]  # it refers to nothing
    reader.close()
    return errors.found


def _mapping(row: Reader) -> dict[str, Any]:
    try:
        return mapping_document(check_mapping(row.raw("mapping") if row.has("mapping") else {}))
    except InvalidMapping as error:
        for name, texts in error.errors.items():
            for text in texts:
                row.error("mapping" if name == "mapping" else f"mapping.{name}", text)
        return {}
