"""The examples of docs/inbound.md run as they stand, and the page leaves nothing out."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from routing.intake.mapping import TRANSFORMS, read_mapping
from routing.models import Lead, Scope, Submission
from routing.services.api_keys import create_api_key
from routing.services.inbound.presets import inbound_presets

PAGE = (Path(__file__).parents[2] / "docs" / "inbound.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
YAML = "".join(re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.one_database("what the page says, not how it is stored")
@pytest.mark.django_db(transaction=True)
def test_the_shell_examples_work(live_server: Any) -> None:
    names = {"URL": live_server.url, "KEY": create_api_key(name="docs", scopes=Scope.values).secret}

    done = subprocess.run(
        ["bash", "-eu", "-c", "\n".join(SHELL)], env=os.environ | names, capture_output=True, text=True
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    mia = Lead.objects.get(email="mia.chen@globex.com")
    assert (mia.last_name, mia.consent, mia.attributes) == ("Chen", True, {"plan": "team"})
    assert Submission.objects.get(status="invalid").raw == '[["contact.email", "ignored"], ["x", "1"]]'
    assert Lead.objects.count() == 2


def test_the_mapping_of_the_page_can_be_used() -> None:
    assert len(read_mapping(yaml.safe_load(YAML)["inbound"][0]["mapping"]).entries) == 7


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_is_explained(name: str) -> None:
    assert re.search(rf"`{name}(:[^`]*)?`", PAGE)


def test_every_program_is_named() -> None:
    missing = [slug for slug, preset in inbound_presets().items() if f"| **{preset.name}** | `{slug}` |" not in PAGE]

    assert missing == []
