"""What is typed into the forms of people, pools, accounts, settings and keys, and what is stored of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from reps.admin_fields import CapsField, ListField, RangeField, WeekHoursField
from reps.models import Rep, Team, TimeOff, WorkingHours
from routing.clock import current_time
from routing.models import Account, ApiKey, LastResort, Ledger, Pool, PoolMember, RoutingSettings
from routing.services.api_keys import usable_key
from tests.factories import make_account, make_lead, make_pool, make_rep, make_team


def no_rows(*prefixes):
    return {f"{prefix}-{part}": 0 for prefix in prefixes for part in ("TOTAL_FORMS", "INITIAL_FORMS")}


POOL = {
    "strategy": "round_robin",
    "fairness": "share",
    "totals_days": 30,
    "minimum_fit": 0.2,
    "expertise": "declared",
    "performance_mode": "best_leads",
    "shrinkage_k": 30,
    "half_life_days": 120,
    "control_share": 0.1,
    "offer": "assign",
    "offer_minutes": 5,
}
"""What the form of a pool sends besides its name and members."""
LEAVE = {"hand_over_leads": "unanswered"}


def rep_form(rep, **fields):
    posted = {"name": rep.name, "email": rep.email, "hours": rep.hours, "active": "on", "languages": "en"}
    posted |= {"kind": rep.kind, "ack_seconds": 10}
    return posted | no_rows("working_hours", "time_off", "expertise", "channels") | fields


def waiting_lead():
    now = current_time()
    later = {"hold_deadline_at": now + timedelta(days=3), "route_after": now + timedelta(hours=9)}
    return make_lead(now, status="held", held_reason="nobody_available", held_since=now, **later)


def is_due(lead):
    lead.refresh_from_db()
    return lead.route_after <= current_time() + timedelta(minutes=1)


def save_rep(client, rep, **fields):
    return client.post(reverse("admin:reps_rep_change", args=[rep.pk]), rep_form(rep, **fields))


def test_a_list_is_typed_with_commas():
    assert ListField(upper=True).clean(" us, CA ,us\nde ") == ["US", "CA", "DE"]


def test_a_cap_keeps_whether_it_counts_every_lead():
    field = CapsField()

    typed = ["5", "", "", "40", "", False, False, False, True, False]

    assert field.clean(typed) == {"hour": 5, "open": {"limit": 40, "all": True}}


def test_caps_come_back_as_they_went():
    caps = {"hour": 5, "open": {"limit": 40, "all": True}}
    field = CapsField()

    assert field.clean(field.widget.decompress(caps)) == caps


def test_a_range_may_be_open_at_an_end():
    assert RangeField().clean(["", "500"]) == {"max": 500}


def test_a_range_upside_down_is_refused():
    with pytest.raises(Exception, match="must not be greater"):
        RangeField().clean(["500", "1"])


def test_hours_are_typed_a_line_for_each_stretch_of_days():
    assert WeekHoursField().clean("mon-fri 09:00-12:00, 13:00-18:00\nsat: 10:00-12:00") == {
        "mon-fri": ["09:00-12:00", "13:00-18:00"],
        "sat": ["10:00-12:00"],
    }


def test_hours_that_cannot_be_read_are_refused():
    with pytest.raises(Exception, match="funday"):
        WeekHoursField().clean("funday 09:00-12:00")


def test_a_rep_is_saved_with_languages_and_caps(boss, db):
    rep = make_rep()

    save_rep(boss, rep, languages="en, es", caps_hour="5")

    rep.refresh_from_db()
    assert (rep.languages, rep.caps) == (["en", "es"], {"hour": 5})


def test_saving_a_rep_lets_routing_look_at_waiting_leads_again(boss, db):
    rep, lead = make_rep(), waiting_lead()

    save_rep(boss, rep)

    assert is_due(lead)


def test_switching_a_pause_off_takes_its_details_with_it(boss, now):
    rep = make_rep(paused=True, paused_until=now, paused_reason="training")

    save_rep(boss, rep, paused_reason="training")

    rep.refresh_from_db()
    assert (rep.paused, rep.paused_until, rep.paused_reason) == (False, None, "")


def test_leave_is_whole_local_days_of_the_rep(boss, db):
    rep = make_rep(timezone="America/New_York")

    boss.post(
        reverse("admin:reps_timeoff_add"), {"rep": rep.pk, "first_day": "2026-12-24", "last_day": "2026-12-26"} | LEAVE
    )

    leave = TimeOff.objects.get()
    assert leave.whole_days
    assert (leave.starts_at, leave.ends_at) == (
        datetime(2026, 12, 24, 5, tzinfo=UTC),
        datetime(2026, 12, 27, 5, tzinfo=UTC),
    )


def test_leave_may_begin_and_end_at_a_time_of_day(boss, db):
    rep = make_rep(timezone="Europe/Berlin")
    posted = {"first_day": "2026-03-05", "from_time": "12:00", "last_day": "2026-03-05", "to_time": "14:30"} | LEAVE

    boss.post(reverse("admin:reps_timeoff_add"), posted | {"rep": rep.pk})

    assert TimeOff.objects.get().ends_at == datetime(2026, 3, 5, 13, 30, tzinfo=UTC)


def test_leave_that_ends_before_it_starts_is_refused_beside_the_day(boss, db):
    posted = {"rep": make_rep().pk, "first_day": "2026-03-05", "last_day": "2026-03-01"}

    page = boss.post(reverse("admin:reps_timeoff_add"), posted)

    assert "last_day" in page.context["adminform"].form.errors


def test_a_leave_shows_the_days_it_was_typed_with(boss, db):
    rep = make_rep(timezone="America/New_York")
    boss.post(
        reverse("admin:reps_timeoff_add"), {"rep": rep.pk, "first_day": "2026-12-24", "last_day": "2026-12-26"} | LEAVE
    )

    form = boss.get(reverse("admin:reps_timeoff_change", args=[TimeOff.objects.get().pk])).context["adminform"].form

    assert str(form.initial["last_day"]) == "2026-12-26"


def test_a_team_is_saved_with_its_working_hours(boss, db):
    team = make_team()
    posted = {"name": team.name, "timezone": "Europe/Berlin"} | {
        "working_hours-TOTAL_FORMS": 1,
        "working_hours-INITIAL_FORMS": 0,
        "working_hours-0-weekday": 0,
        "working_hours-0-start": "09:00",
        "working_hours-0-end": "17:00",
    }

    boss.post(reverse("admin:reps_team_change", args=[team.pk]), posted)

    assert str(WorkingHours.objects.get(team=team)) == "Monday 09:00–17:00"


def test_a_new_pool_gets_its_ledger(boss, db):
    boss.post(reverse("admin:routing_pool_add"), {"name": "SMB"} | POOL | no_rows("members"))

    assert Pool.objects.get().ledger == Ledger.objects.get()


def test_members_are_added_changed_and_removed_on_the_page_of_the_pool(boss, db):
    ana, bob, cleo = make_rep("Ana"), make_rep("Bob"), make_rep("Cleo")
    pool = make_pool(ana, bob)
    first, second = pool.members.order_by("pk")
    posted = POOL | {"name": pool.name, "members-TOTAL_FORMS": 3, "members-INITIAL_FORMS": 2}
    posted |= {
        "members-0-id": first.pk,
        "members-0-pool": pool.pk,
        "members-0-weight": "2",
        "members-0-ramp_weeks": "0",
    }
    posted |= {"members-1-id": second.pk, "members-1-pool": pool.pk, "members-1-weight": "1", "members-1-DELETE": "on"}
    posted |= {"members-1-ramp_weeks": "0", "members-2-ramp_weeks": "0"}
    posted |= {"members-2-pool": pool.pk, "members-2-rep": cleo.pk, "members-2-weight": "1", "members-2-caps_day": "10"}

    boss.post(reverse("admin:routing_pool_change", args=[pool.pk]), posted)

    rows = PoolMember.objects.order_by("pk").values_list("rep__name", "weight", "caps")
    assert list(rows) == [("Ana", Decimal(2), {}), ("Cleo", Decimal(1), {"day": 10})]


def test_the_share_that_weights_result_in_is_shown(boss, db):
    pool = make_pool(make_rep(), make_rep(), weights=[3, 1])

    page = boss.get(reverse("admin:routing_pool_change", args=[pool.pk])).content.decode()

    assert "75%" in page
    assert "25%" in page


@pytest.mark.parametrize(
    ("method", "band", "words"),
    [
        ("performance", 2, "Whoever has the best results with such leads may go first, while nobody"),
        ("performance", 1, "more than 1 turn behind them"),
        ("performance", 0, "Strictly by turn"),
        ("intent", None, "more than 5 turns behind them"),
        ("round_robin", 7, "By turn the order is never left"),
        ("load_balanced", None, "The fewest open leads decide"),
    ],
)
def test_a_turn_tolerance_says_what_it_means(method, band, words, boss, db):
    pool = make_pool(strategy=method, band=band)

    page = boss.get(reverse("admin:routing_pool_change", args=[pool.pk])).content.decode()

    assert words in page.split("lr-tolerance__words")[1]


def test_a_turn_tolerance_is_typed_and_none_is_the_usual_one(boss, db):
    pool = make_pool(strategy="intent", band=3)
    address, posted = reverse("admin:routing_pool_change", args=[pool.pk]), POOL | no_rows("members")

    for typed, stored in (("2.5", 2.5), ("", None)):
        boss.post(address, posted | {"name": pool.name, "strategy": "intent", "band": typed})
        pool.refresh_from_db()
        assert pool.band == stored


def test_a_closed_part_opens_where_something_in_it_is_wrong(boss, db):
    posted = POOL | no_rows("members") | {"name": "SMB", "fairness": "totals", "totals_days": "x"}

    form = boss.post(reverse("admin:routing_pool_add"), posted).context["adminform"]

    assert [part.is_collapsible for part in form if part.name == "Advanced"] == [False]


def test_an_account_gets_the_key_that_its_name_is_found_by(boss, db):
    posted = {"name": "Acme Labs, Inc.", "stage": "prospect"} | no_rows("domains", "aliases", "people")

    boss.post(reverse("admin:routing_account_add"), posted)

    assert Account.objects.get().name_key == "acme labs"


def test_another_name_of_an_account_gets_its_key_too(boss, db):
    account = make_account("Globex")
    posted = {"name": "Globex", "stage": "prospect"} | no_rows("domains", "aliases", "people")
    posted |= {"aliases-TOTAL_FORMS": 1, "aliases-0-account": account.pk, "aliases-0-name": "Globex GmbH"}

    boss.post(reverse("admin:routing_account_change", args=[account.pk]), posted)

    assert account.aliases.get().name_key == "globex"


def test_settings_that_were_never_saved_show_the_defaults_and_can_be_saved(boss, db):
    page = boss.get(reverse("admin:routing_routingsettings_changelist"), follow=True)
    posted = {name: value for name, value in page.context["adminform"].form.initial.items() if value not in (None, {})}

    boss.post(
        reverse("admin:routing_routingsettings_change", args=[1]),
        posted | {"working_hours": "mon-fri 09:00-18:00", "paused": "on", "same_company": "on"},
    )

    saved = RoutingSettings.objects.get()
    assert (saved.paused, saved.working_hours) == (True, {"mon-fri": ["09:00-18:00"]})


def test_the_last_resort_is_typed_reordered_and_emptied(boss, db):
    ana, bob = make_rep("Ana"), make_rep("Bob")
    lead = waiting_lead()
    page = reverse("admin:routing_lastresort_changelist")
    for n, rep in enumerate((ana, bob), start=1):
        boss.post(reverse("admin:routing_lastresort_add"), {"rep": rep.pk, "position": n})
    first, second = LastResort.objects.all()
    order = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    order |= {"form-0-id": first.pk, "form-0-position": 2, "form-1-id": second.pk, "form-1-position": 1}

    boss.post(page, order)
    assert [row.rep for row in LastResort.objects.all()] == [bob, ana]

    keys = [first.pk, second.pk]
    boss.post(page, {"action": "delete_selected", "_selected_action": keys, "post": "yes"})
    assert (LastResort.objects.count(), is_due(lead)) == (0, True)


def test_removing_a_team_lets_routing_look_at_waiting_leads_again(boss, db):
    lead = waiting_lead()
    team = make_team()

    boss.post(reverse("admin:reps_team_delete", args=[team.pk]), {"post": "yes"})

    assert (Team.objects.exists(), is_due(lead)) == (False, True)


def test_a_new_key_is_shown_once_and_works(boss, now):
    response = boss.post(
        reverse("admin:routing_apikey_add"), {"name": "Website", "scopes": ["leads:write"]}, follow=True
    )

    secret = str(next(iter(response.context["messages"]))).split("<code>")[1].split("</code>")[0]
    assert usable_key(secret=secret, now=now) == ApiKey.objects.get()
    assert secret not in boss.get(reverse("admin:routing_apikey_changelist")).content.decode()


def test_a_key_of_a_rep_with_what_is_everybodys_is_refused_beside_the_scopes(boss, db):
    values = {"name": "Ana's", "scopes": ["leads:read", "config:read"], "rep": make_rep("Ana").pk}

    page = boss.post(reverse("admin:routing_apikey_add"), values)

    assert "config:read shows what is everybody" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_that_would_have_ended_is_not_made(boss, db):
    values = {"name": "Website", "scopes": ["leads:write"], "expires_at_0": "2020-01-01", "expires_at_1": "09:00"}

    page = boss.post(reverse("admin:routing_apikey_add"), values)

    assert "lies in the past" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_an_old_state_is_looked_at_but_not_brought_back(boss, db):
    rep = make_rep("Ana")
    Rep.objects.filter(pk=rep.pk).update(name="Ana Diaz")
    version = rep.history.first()

    address = reverse("admin:reps_rep_simple_history", args=[rep.pk, version.pk])

    assert boss.get(address).status_code == 200
    assert boss.post(address, rep_form(rep)).status_code == 403
