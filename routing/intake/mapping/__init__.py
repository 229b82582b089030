"""What another program sends, as facts of a lead: paths lead to values, transforms make them fit. Never raises."""

from __future__ import annotations

from routing.intake.mapping.apply import Mapped, apply_mapping
from routing.intake.mapping.check import InvalidMapping, Mapping, check_mapping, read_mapping
from routing.intake.mapping.ends import End, Kind
from routing.intake.mapping.fit import shown
from routing.intake.mapping.lines import mapping_document, transform_lines, transforms_of_lines
from routing.intake.mapping.transforms import TRANSFORMS
from routing.intake.mapping.ways import Look

__all__ = [
    "TRANSFORMS",
    "End",
    "InvalidMapping",
    "Kind",
    "Look",
    "Mapped",
    "Mapping",
    "apply_mapping",
    "check_mapping",
    "mapping_document",
    "read_mapping",
    "shown",
    "transform_lines",
    "transforms_of_lines",
]
