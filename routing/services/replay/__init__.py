"""Replay: the leads of the last days through the draft and through what is published, beside what happened."""

from routing.services.replay.asked import Asked, read_asked
from routing.services.replay.run import run_replay

__all__ = ["Asked", "read_asked", "run_replay"]
