"""An installation with a payload in every text, and its owner's browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.test import Client

from tests.conftest import NOW
from tests.security.asking import keep
from tests.security.company import World, a_world
from tests.security.planting import plant


@pytest.fixture(scope="module")
def planted(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Model]]:
    """Made once for a whole file; what its tests change is rolled back after each of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            rows = plant(NOW)
        yield rows
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def made_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once for a whole file."""
    with django_db_blocker.unblock(), a_world() as made:
        yield made


@pytest.fixture
def world(made_world: World, db: None) -> World:
    """A company with somebody of each role at its doors: each who asks finds it as it was made."""
    keep()
    return made_world


@pytest.fixture
def boss(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client
