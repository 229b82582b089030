"""Repair: leads that one version decided are decided again by another, as far as nobody has answered them."""

from routing.services.repair.asked import Asked, read_asked
from routing.services.repair.run import run_repair

__all__ = ["Asked", "read_asked", "run_repair"]
