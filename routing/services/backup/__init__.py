"""The whole database as one file, and back, from either kind of database to either kind."""

from __future__ import annotations

from routing.services.backup.content import CannotRestore, Content
from routing.services.backup.restore import look_into, restore
from routing.services.backup.settle import Settled, last_sign_of_life, settle_restored
from routing.services.backup.write import backup

__all__ = [
    "CannotRestore",
    "Content",
    "Settled",
    "backup",
    "last_sign_of_life",
    "look_into",
    "restore",
    "settle_restored",
]
