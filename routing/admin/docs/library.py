"""Which docs and pictures there are: a closed list, found once for a process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings

from routing.admin.docs.reading import Doc, read_doc


@cache
def docs() -> Mapping[str, Path]:
    """By the name in its address, where each lies. Empty in an installation that was made without them."""
    return {path.stem: path for path in sorted(settings.DOCS_DIR.glob("*.md"))}


@cache
def pictures() -> Mapping[str, Path]:
    """By file name, where each lies."""
    return {path.name: path for path in sorted((settings.DOCS_DIR / "pictures").glob("*.png"))}


def doc_named(name: str) -> Doc | None:
    """None if there is none of that name. Read anew only after it was written."""
    path = docs().get(name)
    return _read(path, path.stat().st_mtime_ns) if path and path.exists() else None


@lru_cache(maxsize=64)
def _read(path: Path, written: int) -> Doc:
    return read_doc(path.read_text(encoding="utf-8"), known=docs().keys(), pictures=pictures().keys())
