"""Tables as files: CSV, XLSX and JSON Lines, read and written as streams of rows."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def _load_openpyxl() -> None:
    """Without numpy, which it would load into every process where the extra is installed, and hardly use."""
    modules: dict[str, Any] = sys.modules
    if "numpy" in modules:
        return
    modules["numpy"] = None
    try:
        import_module("openpyxl")
    finally:
        del modules["numpy"]


_load_openpyxl()
