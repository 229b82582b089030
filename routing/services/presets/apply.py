"""Apply a preset: the draft gets what it lacks, and nothing that is there is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from routing.models import Pool, Rule
from routing.services.presets.make import Draft, make
from routing.services.presets.missing import what_is_missing
from routing.services.presets.options import CannotApply, read_options, recipe_of
from routing.services.presets.recipes import Preset, Recipe
from routing.services.presets.test_leads import lead_that_shows
from routing.services.simulate import Simulation, simulate
from routing.services.which_version import DRAFT


@dataclass(frozen=True, slots=True)
class Applied:
    """What a preset made, what is still missing, and a test lead with what the draft would do with it now."""

    preset: Preset
    pools: tuple[Pool, ...]
    rules: tuple[Rule, ...]
    created: list[str]
    missing: list[str]
    test_lead: dict[str, Any]
    preview: Simulation

    @property
    def changed(self) -> bool:
        """False where everything was there already."""
        return bool(self.created)


@transaction.atomic
def apply_preset(*, name: str, options: Mapping[str, Any], user: User | None, now: datetime) -> Applied:
    """Set up a preset in the draft: everything or nothing, and nothing twice.

    `options`: `members` (e-mail addresses; all active people) and `pool` (the name of its pool), both optional.
    Members are live at once, but nothing routes to a pool before the draft is published.
    Raises NoSuchPreset and CannotApply.
    """
    recipe, asked = recipe_of(name), read_options(options)
    try:
        draft = make(recipe, asked, user=user, now=now)
    except ValidationError as error:
        raise CannotApply(error.message_dict) from error
    return _told(recipe, draft, now)


def preview_preset(*, name: str, options: Mapping[str, Any], user: User | None, now: datetime) -> Applied:
    """What `apply_preset` would make and what its test lead would meet; nothing of it stays. Raises the same."""
    with transaction.atomic():
        applied = apply_preset(name=name, options=options, user=user, now=now)
        transaction.set_rollback(True)
    return applied


def _told(recipe: Recipe, draft: Draft, now: datetime) -> Applied:
    lead = lead_that_shows(recipe, draft, now)
    preview = simulate(lead=lead, at=None, version=DRAFT, now=now)
    return Applied(
        preset=recipe.preset,
        pools=tuple(draft.pools.values()),
        rules=tuple(draft.rules),
        created=draft.created,
        missing=what_is_missing(recipe, draft, preview=preview),
        test_lead=lead,
        preview=preview,
    )
