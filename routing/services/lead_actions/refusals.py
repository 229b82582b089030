"""Why an action on a lead is refused, each with what to do."""

from __future__ import annotations

from reps.models import Rep


class Refusal(Exception):
    """An action that was not done, and changed nothing."""


class NotTheirs(Refusal):
    """Somebody else owns the lead by now, or nobody."""

    def __init__(self, owner: Rep | None) -> None:
        super().__init__(f"{owner.name} has this lead now." if owner else "Nobody has this lead now.")
        self.owner = owner


class NotOffered(Refusal):
    """The lead was not offered to this rep."""

    def __init__(self) -> None:
        super().__init__("This lead is not offered to you.")


class WrongState(Refusal):
    """The lead is in a state in which this cannot be done."""


class Invalid(Refusal):
    """What was sent cannot be used; `errors` holds what is wrong by field."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(texts)}" for field, texts in errors.items()))
        self.errors = errors


class AskedToBeErased(Invalid):
    """It is the address or number of somebody who is not to be taken in."""
