"""Every preset turns the body that its program sends into exactly these facts of a lead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from routing.models import Lead
from routing.services.inbound.addresses import make_address, path_of
from routing.services.inbound.ids import LONG_ENOUGH, PLACE
from routing.services.inbound.presets import BODIES, inbound_presets

OWN = ("attributes", "utm", "consent", "employees")


def facts_of(lead: Lead, names: Any) -> dict[str, Any]:
    return {name: str(value) if name.endswith(("revenue", "amount")) else value for name in names
            if (value := getattr(lead, name)) or name in OWN or isinstance(value, bool)}  # fmt: skip


@pytest.mark.one_database("what is mapped, not how it is stored")
@pytest.mark.django_db
@pytest.mark.parametrize("slug", inbound_presets())
def test_a_body_of_this_program_becomes_this_lead(slug: str) -> None:
    preset = inbound_presets()[slug]
    values = {"name": preset.name, "mapping": preset.mapping, "kind": preset.kind, "source": preset.source}
    address, key = make_address(values=values)
    expected = {name: value.replace(PLACE, address.uuid.hex[:LONG_ENOUGH]) if name == "external_id" else value
                for name, value in preset.lead.items()}  # fmt: skip

    answer = Client().post(path_of(key), json.dumps(preset.body), content_type=preset.content_type)

    assert (answer.status_code, sorted(answer.json())) == (202, ["id", "status"])
    assert facts_of(Lead.objects.get(), expected) == expected


def test_every_body_is_offered() -> None:
    assert sorted(inbound_presets()) == sorted(path.stem for path in BODIES.glob("*.json"))
