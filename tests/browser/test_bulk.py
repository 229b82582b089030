"""Many leads at once in a real browser: ticked, looked at, reassigned; and without JavaScript."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from routing.models import Lead
from tests.browser.axe import faults_of
from tests.factories import make_lead, make_rep

pytestmark = pytest.mark.browser


def test_leads_are_ticked_looked_at_and_reassigned(boss: Page, plain: Page) -> None:
    ana, ben = make_rep("Ana Bulk"), make_rep("Ben Bulk")
    leads = [make_lead(timezone.now(), source="bulk", last_name=f"Bulk{n}", route_after=None, status="parked",
                       park_reason="later", review_date=timezone.now().date()) for n in range(3)]  # fmt: skip
    listed = f"{reverse('admin:routing_lead_changelist')}?source=bulk"

    boss.goto(listed)
    for box in boss.locator("#result_list input.action-select").all()[:2]:
        box.check()
    boss.locator("#changelist-actions select[name=action]").select_option(label="Reassign to one rep")
    boss.get_by_role("button", name="Run").click()
    expect(
        boss.get_by_role("listitem").filter(has_text="of the 2 leads that you chose will be reassigned")
    ).to_be_visible()
    assert faults_of(boss) == []
    boss.get_by_role("combobox", name="To").press("Enter")
    boss.keyboard.type("Ana Bulk")
    boss.keyboard.press("Enter")
    button = boss.get_by_role("button", name="Reassign 2 leads")
    boss.evaluate("addEventListener('submit', (event) => event.preventDefault(), {once: true})")
    button.click()
    working = boss.get_by_text("Working on 2 leads: this can take some seconds.")
    expect(working).to_be_visible()
    expect(button).to_have_attribute("aria-disabled", "true")
    boss.evaluate("dispatchEvent(new Event('pageshow'))")  # as somebody who comes back
    expect(working).to_be_hidden()
    button.dblclick()
    expect(boss.get_by_text("2 leads reassigned.")).to_be_visible()
    assert Lead.objects.filter(owner=ana).count() == 2

    plain.goto(listed)
    plain.locator("#result_list input.action-select").first.check()
    plain.locator("#changelist-actions select[name=action]").select_option(label="Reassign to one rep")
    plain.get_by_role("button", name="Run").click()
    plain.get_by_label("To").select_option(label="Ben Bulk")
    plain.get_by_role("button", name="Reassign 1 lead").click()
    expect(plain.get_by_text("1 lead reassigned.")).to_be_visible()
    assert Lead.objects.filter(owner=ben, pk__in=[lead.pk for lead in leads]).count() == 1
