"""What is kept of people, and how it goes: suppression, retention, access, erasure; and who did what."""

from __future__ import annotations

from routing.services.privacy.suppression import digest_of, lift, suppress, suppressed_among

__all__ = ["digest_of", "lift", "suppress", "suppressed_among"]
