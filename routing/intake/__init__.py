"""Facts in, clean facts out: what somebody sent becomes the values of a lead, or an error that says what to send."""

from __future__ import annotations

from routing.intake.domains import registrable_domain
from routing.intake.facts import READERS, CleanFacts, InvalidLead, external_id_of, prepare
from routing.intake.places import load_data as load_places

FIELDS = tuple(READERS)
"""The names a submission may use."""


def load_data() -> None:
    """Read the lists of places and domains now, so that the first lead does not wait and children share them."""
    load_places()
    registrable_domain("example.com")


__all__ = ["FIELDS", "CleanFacts", "InvalidLead", "external_id_of", "load_data", "prepare"]
