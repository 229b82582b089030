"""What the admin refuses with words, where it once broke."""

from __future__ import annotations

import pytest
from django.urls import reverse

from reps.models import Rep, WorkingHours
from routing.models import Account, Pool, Rule, SlaPolicy, Territory
from tests.admin.test_forms import no_rows, save_rep
from tests.admin.test_rules import form_of
from tests.factories import make_account, make_pool, make_rep, make_rule, make_sla, make_team

EMPTY_TERRITORY = {"name": "West", "priority": "0"}


def says(response):
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("model", "make", "posted"),
    [
        (Pool, lambda: make_pool(name="Taken"), {"strategy": "balanced"} | no_rows("members")),
        (SlaPolicy, lambda: make_sla(name="Taken"), {"first_response_minutes": "5", "clock": "always"}),
        (Territory, lambda: Territory.objects.create(name="Taken"), EMPTY_TERRITORY),
        (Rule, lambda: make_rule(name="Taken", pool=make_pool(name="Any")), None),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_name_that_is_taken_is_refused(model, make, posted, boss, db):
    row = make()
    posted = form_of(row.pool) if posted is None else posted

    page = boss.post(reverse(f"admin:routing_{model._meta.model_name}_add"), posted | {"name": "Taken"})

    assert "of that name already" in says(page)


def test_a_name_that_is_taken_is_refused_in_a_change(boss, db):
    make_pool(name="Taken")
    other = make_pool(name="Free")

    page = boss.post(
        reverse("admin:routing_pool_change", args=[other.pk]),
        {"name": "Taken", "strategy": other.strategy} | no_rows("members"),
    )

    assert "of that name already" in says(page)


def test_nobody_is_their_own_backup(boss, db):
    rep = make_rep()

    assert "their own backup" in says(save_rep(boss, rep, backup=rep.pk))


def test_an_account_is_not_its_own_parent(boss, db):
    account = make_account()
    posted = {"name": account.name, "parent": account.pk, "stage": account.stage}

    page = boss.post(
        reverse("admin:routing_account_change", args=[account.pk]), posted | no_rows("domains", "aliases", "people")
    )

    assert "its own parent" in says(page)


def test_a_territory_is_not_its_own_parent(boss, db):
    west = Territory.objects.create(name="West")

    page = boss.post(reverse("admin:routing_territory_change", args=[west.pk]), EMPTY_TERRITORY | {"parent": west.pk})

    assert "its own parent" in says(page)


def test_an_unknown_country_is_refused_beside_its_field(boss, db):
    page = boss.post(reverse("admin:routing_territory_add"), EMPTY_TERRITORY | {"countries": "ZZ", "regions": "US-CA"})

    assert page.status_code == 200
    assert "countries" in page.context["adminform"].form.errors


@pytest.mark.parametrize("second", [("09:00", "17:00"), ("16:00", "18:00")])
def test_working_hours_that_overlap_are_refused(second, boss, db):
    team = make_team()
    rows = no_rows("working_hours") | {"working_hours-TOTAL_FORMS": 2}
    for number, (start, end) in enumerate([("09:00", "17:00"), second]):
        prefix = f"working_hours-{number}"
        rows |= {f"{prefix}-weekday": 0, f"{prefix}-start": start, f"{prefix}-end": end}

    page = boss.post(reverse("admin:reps_team_change", args=[team.pk]), {"name": team.name} | rows)

    assert "overlap." in says(page)
    assert not WorkingHours.objects.filter(team=team, start="16:00").exists()


def test_a_block_of_hours_may_take_the_start_that_another_gives_up(boss, db):
    team = make_team()
    team.working_hours.all().delete()
    morning, noon = (team.working_hours.create(weekday=0, start=f"{n:02}:00", end=f"{n + 4:02}:00") for n in (8, 12))
    rows = no_rows("working_hours") | {"working_hours-TOTAL_FORMS": 2, "working_hours-INITIAL_FORMS": 2}
    for number, (block, start, end) in enumerate([(morning, "12:00", "16:00"), (noon, "16:00", "20:00")]):
        prefix = f"working_hours-{number}"
        rows |= {f"{prefix}-id": block.pk, f"{prefix}-weekday": 0, f"{prefix}-start": start, f"{prefix}-end": end}

    page = boss.post(reverse("admin:reps_team_change", args=[team.pk]), {"name": team.name} | rows)

    assert page.status_code == 302
    assert [f"{block}" for block in team.working_hours.all()] == ["Monday 12:00–16:00", "Monday 16:00–20:00"]


@pytest.mark.parametrize("key", ["²", "9" * 30, "x"])
def test_a_filter_by_what_is_no_key_shows_all(key, boss, company):
    assert boss.get(reverse("admin:routing_lead_changelist"), {"pool": key}).status_code == 200


@pytest.mark.parametrize("model", [Rep, Pool, Rule, Account])
@pytest.mark.parametrize("key", ["abc", "987654"])
def test_there_is_no_history_of_what_does_not_exist(model, key, boss, db):
    page = boss.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_history", args=[key]))

    assert page.status_code == 404


@pytest.mark.parametrize("version", ["abc", "987654"])
def test_there_is_no_old_state_that_does_not_exist(version, boss, db):
    page = boss.get(reverse("admin:reps_rep_simple_history", args=[make_rep().pk, version]))

    assert page.status_code == 404
