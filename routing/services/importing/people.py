"""Import skills, teams, reps and time off. Rows that the file does not name stay as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from reps.models import Expertise, Rep, Skill, Team, TimeOff, WorkingHours
from reps.schedules import Block, format_hours, midnight
from routing.models import LastResort
from routing.rulebook.config.documents import leave_days, zone_of
from routing.rulebook.config.file import Config
from routing.rulebook.config.people import ALWAYS, RepSpec, TeamSpec, TimeOffSpec
from routing.rulebook.content import current_settings
from routing.rulebook.words import value_in_words
from routing.services.importing.channels import import_channels
from routing.services.importing.rows import Import, replace_children, reps_by_email, sync


def import_people(run: Import, config: Config) -> dict[str, Rep]:
    """All reps by e-mail address, those that the file does not name included."""
    _import_skills(run, config.skills or [])
    reps = reps_by_email()
    known = set(reps)
    run.names["manager_id"] = run.names["backup_id"] = lambda key: names.get(key, "")
    teams = _import_teams(run, config.teams or [])
    reps |= _import_reps(run, config.reps, reps, teams)
    names = {rep.pk: rep.name for rep in reps.values()}
    _import_backups(run, config.reps, reps, known)
    _import_managers(run, config.teams or [], reps, teams)
    return reps


def _import_skills(run: Import, names: Iterable[str]) -> None:
    existing = set(Skill.objects.values_list("name", flat=True))
    new = [name for name in names if name not in existing]
    Skill.objects.bulk_create(Skill(name=name) for name in new)
    for name in new:
        run.say(f"Skill “{name}” is new.")


def _import_teams(run: Import, specs: Sequence[TeamSpec]) -> dict[str, Team]:
    teams = {team.name: team for team in Team.objects.all()}
    known = {team.pk for team in teams.values()}
    wanted = {spec.name: {"name": spec.name, "timezone": spec.timezone, "digest": spec.digest} for spec in specs}
    teams |= sync(run, "Team", teams, wanted, Team)
    hours = {teams[spec.name].pk: (f"Team “{spec.name}”", spec.blocks or ()) for spec in specs}
    _import_hours(run, "team_id", hours, hours.keys() - known)
    return teams


def _import_reps(
    run: Import, specs: Sequence[RepSpec], reps: Mapping[str, Rep], teams: Mapping[str, Team]
) -> dict[str, Rep]:
    names = {team.pk: team.name for team in teams.values()}
    run.names["team_id"] = lambda key: names[key]
    wanted = {spec.email: _rep_fields(spec, teams) for spec in specs}
    rows = sync(run, "Rep", reps, wanted, Rep)
    new = {row.pk for email, row in rows.items() if email not in reps}
    labels = {spec.email: f"Rep “{spec.name}”" for spec in specs}
    own = {
        rows[spec.email].pk: (labels[spec.email], spec.hours if isinstance(spec.hours, tuple) else ()) for spec in specs
    }
    _import_hours(run, "rep_id", own, new)
    expertise = {rows[spec.email].pk: (labels[spec.email], tuple(spec.expertise.items())) for spec in specs}
    replace_children(
        run,
        "expertise",
        Expertise.objects.filter(rep__in=expertise).order_by("topic"),
        expertise,
        owner="rep_id",
        content=lambda row: (row.topic, row.level),
        build=lambda key, pair: Expertise(rep_id=key, topic=pair[0], level=pair[1]),
        model=Expertise,
        silent=new,
        in_words=lambda pairs: value_in_words([f"{topic} {level}" for topic, level in pairs]),
    )
    import_channels(run, {rows[spec.email].pk: (labels[spec.email], spec.channels) for spec in specs}, new)
    _import_skills_of_reps(run, {rows[spec.email].pk: (labels[spec.email], spec.skills) for spec in specs}, new)
    return rows


def _rep_fields(spec: RepSpec, teams: Mapping[str, Team]) -> dict[str, Any]:
    hours = {ALWAYS: Rep.Hours.ALWAYS, None: Rep.Hours.TEAM}.get(spec.hours, Rep.Hours.OWN)  # type: ignore[arg-type]
    return {
        "email": spec.email,
        "name": spec.name,
        "team_id": teams[spec.team].pk if spec.team else None,
        "timezone": spec.timezone,
        "hours": hours.value,
        "holidays": spec.holidays,
        "languages": spec.languages,
        "about": spec.about,
        "caps": spec.caps,
        "catch_up": spec.catch_up,
        "kind": spec.kind,
        "webhook": spec.webhook,
        "ack_seconds": spec.ack_seconds,
        "paused": spec.paused is not None,
        "paused_until": spec.paused.until if spec.paused else None,
        "paused_reason": spec.paused.reason if spec.paused else "",
        "active": spec.active,
        "quiet_from": spec.quiet_hours.start if spec.quiet_hours else None,
        "quiet_until": spec.quiet_hours.end if spec.quiet_hours else None,
        "calendar_url": spec.calendar,
        "booking_url": spec.booking_url,
    }


def _import_hours(
    run: Import, owner: str, wanted: Mapping[int, tuple[str, Collection[Block]]], silent: Collection[int]
) -> None:
    replace_children(
        run,
        "working hours",
        WorkingHours.objects.filter(**{f"{owner}__in": wanted}),
        wanted,
        owner=owner,
        content=lambda row: Block(row.weekday, row.start, row.end),
        build=lambda key, block: WorkingHours(**{owner: key}, weekday=block.weekday, start=block.start, end=block.end),
        model=WorkingHours,
        silent=silent,
        in_words=lambda blocks: value_in_words(format_hours(blocks)),
    )


def _import_skills_of_reps(run: Import, wanted: Mapping[int, tuple[str, list[str]]], silent: Collection[int]) -> None:
    keys = dict(Skill.objects.values_list("name", "pk"))
    through = Rep.skills.through
    replace_children(
        run,
        "skills",
        through.objects.filter(rep__in=wanted).select_related("skill").order_by("skill__name"),
        wanted,
        owner="rep_id",
        content=lambda row: row.skill.name,
        build=lambda key, name: through(rep_id=key, skill_id=keys[name]),
        model=through,
        silent=silent,
    )


def _import_backups(run: Import, specs: Sequence[RepSpec], reps: Mapping[str, Rep], known: Collection[str]) -> None:
    """Once everybody is there."""
    new = {spec.email for spec in specs} - set(known)
    backups = {spec.email: {"backup_id": reps[spec.backup].pk if spec.backup else None} for spec in specs}
    sync(run, "Rep", reps, backups, Rep, silent=new)


def _import_managers(
    run: Import, specs: Sequence[TeamSpec], reps: Mapping[str, Rep], teams: Mapping[str, Team]
) -> None:
    managers = {spec.name: {"manager_id": reps[spec.manager].pk if spec.manager else None} for spec in specs}
    sync(run, "Team", teams, managers, Team)


def import_rep(run: Import, spec: RepSpec) -> dict[str, Rep]:
    """One rep, live at once."""
    reps = reps_by_email()
    run.names["backup_id"] = lambda key: next((rep.name for rep in reps.values() if rep.pk == key), "")
    rows = _import_reps(run, [spec], reps, {team.name: team for team in Team.objects.all()})
    _import_backups(run, [spec], reps | rows, reps.keys())
    return rows


def import_team(run: Import, spec: TeamSpec, reps: Mapping[str, Rep]) -> dict[str, Team]:
    """One team, live at once."""
    run.names["manager_id"] = lambda key: next((rep.name for rep in reps.values() if rep.pk == key), "")
    teams = _import_teams(run, [spec])
    _import_managers(run, [spec], reps, teams)
    return teams


def import_last_resort(run: Import, emails: Sequence[str], reps: Mapping[str, Rep]) -> None:
    """Who owns what nobody took, in the order of the file."""
    before = list(LastResort.objects.select_related("rep").order_by("position", "pk"))
    if [row.rep.email for row in before] == list(emails):
        return
    LastResort.objects.all().delete()
    LastResort.objects.bulk_create(LastResort(position=n, rep=reps[email]) for n, email in enumerate(emails, start=1))
    names = [reps[email].name for email in emails]
    run.say(f"Last resort: {value_in_words([row.rep.name for row in before])} → {value_in_words(names)}.")


# --- time off ----------------------------------------------------------------------------------------------------


def import_time_off(run: Import, specs: Sequence[TimeOffSpec], reps: Mapping[str, Rep]) -> None:
    """A leave of the same person that begins at the same time is the same leave, and is changed."""
    settings = current_settings()
    existing: dict[tuple[str, str], list[TimeOff]] = defaultdict(list)
    by_hand = TimeOff.objects.filter(calendar_uid="").select_related("rep__team")
    for leave in by_hand.filter(rep__in=[reps[spec.rep] for spec in specs]):
        existing[leave.rep.email, _first(leave, settings)].append(leave)
    rows: dict[str, TimeOff] = {}
    wanted: dict[str, dict[str, Any]] = {}
    for number, spec in enumerate(specs):
        rep = reps[spec.rep]
        values = _leave_fields(spec, rep, settings)
        same = existing[spec.rep, _start_text(spec.start)]
        best = next((row for row in same if row.ends_at == values["ends_at"]), same[0] if same else None)
        if best:
            same.remove(best)
            rows[str(number)] = best
        wanted[str(number)] = values
        _say_leave(run, rep, best, values, settings)
    sync(run, "Time off", rows, wanted, TimeOff, quiet=True)


def import_leave(run: Import, spec: TimeOffSpec, row: TimeOff | None, reps: Mapping[str, Rep]) -> TimeOff:
    """One leave, live at once; `row` is the one that is to become this one."""
    values = _leave_fields(spec, reps[spec.rep], current_settings())
    return sync(run, "Time off", {"": row} if row else {}, {"": values}, TimeOff, quiet=True)[""]


def _say_leave(run: Import, rep: Rep, before: TimeOff | None, values: Mapping[str, Any], settings: Any) -> None:
    """In the days of the rep's own calendar, the last one included, as people write them."""
    after = _leave_in_words(TimeOff(**{**values, "rep": rep}), settings)
    if before is None:
        run.say(f"Time off of “{rep}” is new: {after}.")
    elif (was := _leave_in_words(before, settings)) != after:
        run.say(f"Time off of “{rep}”: {was} → {after}.")


def _leave_in_words(leave: TimeOff, settings: Any) -> str:
    zone = zone_of(leave.rep, settings)
    if leave.whole_days:
        first, last = leave_days(leave, zone)
        text = first if first == last else f"{first} to {last}"
    else:
        start, end = (when.astimezone(zone) for when in (leave.starts_at, leave.ends_at))
        text = f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({zone})"
    text = f"{text}, {leave.reason}" if leave.reason else text
    which = leave.get_hand_over_leads_display().lower()
    return f"{text} (open leads, {which}: {leave.get_hand_over_display().lower()})" if leave.hand_over else text


def _leave_fields(spec: TimeOffSpec, rep: Rep, settings: Any) -> dict[str, Any]:
    whole_days = not isinstance(spec.start, datetime)
    zone = zone_of(rep, settings)
    return {
        "rep_id": rep.pk,
        "starts_at": midnight(spec.start, zone) if whole_days else spec.start,
        "ends_at": midnight(spec.end + timedelta(days=1), zone) if whole_days else spec.end,
        "whole_days": whole_days,
        "reason": spec.reason,
        "hand_over": spec.hand_over,
        "hand_over_leads": spec.hand_over_leads,
    }


def _first(leave: TimeOff, settings: Any) -> str:
    if leave.whole_days:
        return leave_days(leave, zone_of(leave.rep, settings))[0]
    return _start_text(leave.starts_at)


def _start_text(start: date | datetime) -> str:
    return str(start.timestamp()) if isinstance(start, datetime) else start.isoformat()
