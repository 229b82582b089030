"""The auditor: each minute somebody looks whether all promises are kept, mends what can be, and tells of the rest."""

from __future__ import annotations

from routing.services.audit.run import Audited, audit

__all__ = ["Audited", "audit"]
