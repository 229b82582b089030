"""Lines to what was started on this machine to be measured: the only calls of the benchmark, and nowhere else."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException

Line = HTTPConnection
BROKEN = (OSError, HTTPException)
"""What a call raises that was not answered whole."""


def connect(port: int, *, patience: float) -> Line:
    """To this port of this machine; so many seconds are waited for an answer."""
    return Line("127.0.0.1", port, timeout=patience)
