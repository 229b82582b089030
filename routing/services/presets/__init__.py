"""“How do you share leads?”: set up one of the five methods, or the recommended B2B set-up, in the draft."""

from __future__ import annotations

from routing.services.presets.apply import Applied, apply_preset, preview_preset
from routing.services.presets.options import CannotApply, NoSuchPreset
from routing.services.presets.recipes import Preset, list_presets

__all__ = ["Applied", "CannotApply", "NoSuchPreset", "Preset", "apply_preset", "list_presets", "preview_preset"]
