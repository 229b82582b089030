"""Pages full of payloads in a real browser: no dialog, nothing that the policy had to stop, nothing asked of others."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page

from routing.models import Lead
from routing.services.action_links import ActionLink, sign
from tests.browser.conftest import sign_in_quietly
from tests.security.planting import plant

pytestmark = [pytest.mark.browser, pytest.mark.further]
LISTS = (
    "lead",
    "account",
    "rule",
    "pool",
    "signal",
    "form",
    "submission",
    "import",
    "webhook",
    "work",
    "outboxmessage",
)


@pytest.fixture
def site(bare_site):
    """Everything with a payload in every text."""
    User.objects.create_superuser("boss", "boss@acme.example", "a good password")
    plant(timezone.now())
    return bare_site


def test_no_payload_acts_in_a_browser(page: Page, site: str) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    lead = Lead.objects.filter(owner__isnull=False).latest("pk")
    assert lead.owner_id is not None

    page.goto(f"/a/{sign(ActionLink(lead.pk, lead.owner_id, lead.attempt))}")
    sign_in_quietly(page, site, User.objects.get(username="boss"))
    page.goto("/admin/")
    page.goto(f"/admin/routing/lead/{lead.pk}/change/")
    for name in LISTS:
        page.goto(f"/admin/routing/{name}/")
    assert lead.owner is not None
    lead.owner.user = User.objects.create_user("owner")
    lead.owner.save()
    sign_in_quietly(page, site, lead.owner.user)
    for address in ("/inbox/", f"/inbox/leads/{lead.uuid}/", "/inbox/settings/"):
        page.goto(address)
        assert "cn4ry" in page.content()

    assert dialogs == []
