"""No table with text in it is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.urls import NoReverseMatch, reverse

from routing.services.privacy.nothing_of_leads import NOTHING_OF_LEADS, OTHER_APPS
from routing.services.privacy.places import PLACES, covered

TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField)
MODELS = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def texts(model: Any) -> set[str]:
    """Columns that can hold whatever somebody typed."""
    return {field.name for field in model._meta.concrete_fields if isinstance(field, TEXTS) and not field.choices}


def reason_for(model: Any) -> str:
    """Why nothing about leads stands in it, if that is said."""
    whose = getattr(model, "instance_type", model)  # a history tells of its model
    return NOTHING_OF_LEADS.get(whose._meta.label_lower, "") or OTHER_APPS.get(model._meta.app_label, "")


@pytest.mark.parametrize("model", [model for model in MODELS if texts(model)], ids=lambda model: model._meta.label)
def test_every_text_belongs_to_a_place_or_has_a_reason_not_to(model: Any) -> None:
    left = texts(model) - covered().get(model, set())

    assert not left or reason_for(model), f"Put {sorted(left)} into places.py, or into nothing_of_leads.py with why."


@pytest.mark.parametrize("name", NOTHING_OF_LEADS)
def test_a_reason_is_about_a_table_that_there_is(name: str) -> None:
    assert texts(apps.get_model(name))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_place_names_columns_that_there_are(place: Any) -> None:
    assert set(place.covers) <= {field.name for field in place.model._meta.concrete_fields}
    assert set(place.named) <= set(place.covers)


@pytest.mark.parametrize("place", [place for place in PLACES if place.page], ids=lambda place: place.name)
def test_a_place_links_to_a_page_that_there_is(place: Any) -> None:
    try:
        assert reverse(f"admin:{place.page[0]}", args=[1])
    except NoReverseMatch:
        pytest.fail(f"There is no page {place.page[0]}.")
