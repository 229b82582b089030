"""Mappings to start from, one for each program, with a body as that program sends it (bodies/)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

BODIES = Path(__file__).parent / "bodies"
ORDER = (
    "typeform", "hubspot_workflow", "hubspot_form", "facebook", "webflow", "webflow_v1", "zapier", "google_ads",
    "linkedin",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InboundPreset:
    """`lead` is what becomes of `body` at an address with this mapping, kind and source."""

    slug: str
    name: str
    about: str
    content_type: str
    source: str
    kind: str
    mapping: Mapping[str, Any]
    body: Any
    lead: Mapping[str, Any]


@cache
def inbound_presets() -> Mapping[str, InboundPreset]:
    """By their slugs, in the order in which they are offered."""
    return {slug: _read(slug) for slug in ORDER}


def _read(slug: str) -> InboundPreset:
    return InboundPreset(slug=slug, **json.loads((BODIES / f"{slug}.json").read_text(encoding="utf-8")))
