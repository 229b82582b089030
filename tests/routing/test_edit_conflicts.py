"""Two people edit one row: the second is told."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from reps.models import Skill, WorkingHours
from routing.models import LookupRow, LookupTable, Pool, Rule
from routing.services.edit_conflicts import EditedMeanwhile, check_revision, revision_of
from tests.factories import make_catch_all, make_pool, make_rep, make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule() -> Rule:
    return make_rule(pool=make_pool())


def test_a_row_that_nobody_changed_may_be_saved(rule: Rule) -> None:
    check_revision(rule, revision_of(rule))


def test_a_row_that_somebody_changed_may_not_and_says_who_and_when(rule: Rule) -> None:
    token = revision_of(rule)
    mine = Rule.objects.get(pk=rule.pk)
    rule._history_user = User.objects.create(username="ana", first_name="Ana", last_name="Diaz")
    rule.name = "Hers"
    rule.save()

    with pytest.raises(EditedMeanwhile, match="Ana Diaz changed this rule at") as told:
        check_revision(mine, token)

    assert str(told.value).endswith("Reload to see it; nothing of yours was saved over it.")
    assert told.value.at == rule.history.first().history_date


def test_a_change_without_history_is_noticed_too(rule: Rule) -> None:
    token = revision_of(rule)
    Rule.history.all().delete()
    Rule.objects.filter(pk=rule.pk).update(name="Quietly")

    with pytest.raises(EditedMeanwhile, match="Somebody changed this rule"):
        check_revision(rule, token)


def test_saving_without_changing_anything_is_no_change(rule: Rule) -> None:
    token = revision_of(rule)
    rule.save()

    check_revision(rule, token)


def test_a_row_that_is_gone_was_changed(rule: Rule) -> None:
    token = revision_of(rule)
    Rule.objects.filter(pk=rule.pk).delete()

    with pytest.raises(EditedMeanwhile):
        check_revision(rule, token)


def test_skills_and_hours_of_a_rep_are_part_of_the_rep() -> None:
    rep = make_rep()
    before = revision_of(rep)
    rep.skills.add(Skill.objects.create(name="security"))
    skilled = revision_of(rep)
    WorkingHours.objects.create(rep=rep, weekday=0, start="09:00", end="17:00")

    assert len({before, skilled, revision_of(rep)}) == 3


def test_rows_of_a_table_are_part_of_the_table() -> None:
    table = LookupTable.objects.create(name="Partners")
    before = revision_of(table)
    LookupRow.objects.create(table=table, key="ACME-1", rep=make_rep())

    with pytest.raises(EditedMeanwhile), transaction.atomic():
        check_revision(table, before)


def test_nobody_is_named_where_only_parts_of_the_row_changed() -> None:
    pool = make_pool(make_rep())
    pool._history_user = User.objects.create(username="ana", first_name="Ana", last_name="Diaz")
    pool.save()
    token = revision_of(Pool.objects.get())
    pool.members.update(weight=3)

    with pytest.raises(EditedMeanwhile, match="^Somebody changed this pool. ") as told:
        check_revision(pool, token)
    assert (told.value.by, told.value.at) == ("", None)


def test_another_row_of_the_kind_does_not_matter(rule: Rule) -> None:
    token = revision_of(rule)
    make_catch_all(make_pool())

    check_revision(rule, token)
