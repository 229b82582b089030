"""What somebody asks of a preset, read and refused by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reps.models import Rep
from routing.services.presets.recipes import RECIPES, Recipe

OPTIONS = ("members", "pool")
LONGEST_NAME = 100


class NoSuchPreset(Exception):
    """There is no preset of that name. The text says which there are."""


class CannotApply(Exception):
    """`errors` says what is wrong, by option."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{name}: {' '.join(texts)}" for name, texts in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Asked:
    """`named` is whether the members were named, rather than all active people."""

    members: tuple[Rep, ...]
    named: bool
    pool: str


def recipe_of(name: str) -> Recipe:
    """Raises NoSuchPreset."""
    if name not in RECIPES:
        raise NoSuchPreset(f"There is no preset “{name}”. There are {', '.join(RECIPES)}.")
    return RECIPES[name]


def read_options(options: Mapping[str, Any]) -> Asked:
    """`members`: e-mail addresses [all active people]; `pool`: a name [the preset's own]. Raises CannotApply."""
    errors = {
        str(name): [f"Unknown option. There are {' and '.join(OPTIONS)}."] for name in options if name not in OPTIONS
    }
    addresses, pool = options.get("members"), options.get("pool") or ""
    if not isinstance(pool, str) or len(pool.strip()) > LONGEST_NAME:
        errors["pool"] = [f"The name of a pool is a text of at most {LONGEST_NAME} characters."]
    members, wrong = _members(addresses)
    if wrong:
        errors["members"] = wrong
    if errors:
        raise CannotApply(errors)
    return Asked(tuple(members), bool(addresses), pool.strip())


def _members(addresses: Any) -> tuple[list[Rep], list[str]]:
    active = list(Rep.objects.active().order_by("name", "pk"))
    if not active:
        return [], ["There is nobody to share leads among. Add people first: a name and an e-mail address are enough."]
    if not addresses:
        return active, []
    if isinstance(addresses, str) or not isinstance(addresses, Sequence):
        return [], ["Send a list of e-mail addresses."]
    by_address = {rep.email: rep for rep in active}
    asked = list(dict.fromkeys(str(address).strip().lower() for address in addresses))
    wrong = [
        f"There is no active person with the address “{address}”." for address in asked if address not in by_address
    ]
    return [by_address[address] for address in asked if address in by_address], wrong
