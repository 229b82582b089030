"""People who are gone but still named, people whom nothing leads to, and accounts that are their own parents."""

from __future__ import annotations

from collections.abc import Iterator

from routing.engine.counting import counted
from routing.engine.types import RepId, ToRep
from routing.rulebook.lint.findings import Finding, listed, note, warning
from routing.rulebook.lint.subject import Subject


def people(subject: Subject) -> Iterator[Finding]:
    yield from _in_no_pool(subject)
    yield from _inactive_owners(subject)
    yield from _inactive_managers(subject)
    yield from _last_resort(subject)
    yield from _backups(subject)
    if subject.live.account_loops:
        names = listed([f"“{name}”" for name in subject.live.account_loops])
        message = f"by way of their parents the accounts {names} lie in themselves. Change one of the parents."
        yield warning("account_loop", "accounts", subject.live.account_loops[0], message, "parent")


def _in_no_pool(subject: Subject) -> Iterator[Finding]:
    """Active people whom no pool, rule, territory, table, account or last resort leads to."""
    reached = _reached(subject)
    for person in sorted(subject.live.reps.values(), key=lambda one: one.name):
        if person.active and person.id not in reached:
            message = f"{person.name} is in no pool, and nothing else leads leads there. Add {person.name} to a pool."
            yield note("rep_in_no_pool", "reps", person.name, message)


def _reached(subject: Subject) -> set[RepId | None]:
    rulebook, live = subject.rulebook, subject.live
    reached: set[RepId | None] = {member.rep for members in live.members.values() for member in members}
    reached |= {rule.destination.rep for rule in subject.rules if isinstance(rule.destination, ToRep)}
    reached |= {territory.owner_rep for territory in rulebook.territories.values()}
    reached |= {row.rep for table in rulebook.tables.values() for row in table.rows.values() if isinstance(row, ToRep)}
    reached |= {*live.last_resort, *live.account_reps, *(team.manager for team in live.teams)}
    return reached | {person.backup for person in live.reps.values()}


def _inactive_owners(subject: Subject) -> Iterator[Finding]:
    for rep, accounts in sorted(subject.live.accounts.items()):
        name = subject.name_of(rep)
        message = (
            f"{name} is inactive, but still stands at {counted(len(accounts), 'account')}: {listed(list(accounts))}. "
            f"Give {'it' if len(accounts) == 1 else 'them'} to somebody else."
        )
        yield warning("inactive_account_owner", "accounts", accounts[0], message, "owner")
    for row in subject.content["rules"]:
        if row.get("owner") and not _is_active(subject, row["owner"]):
            message = f"it is kept by {subject.name_of(row['owner'])}, who is inactive. Name somebody else."
            yield note("inactive_rule_owner", "rules", row["name"], message, "owner")


def _inactive_managers(subject: Subject) -> Iterator[Finding]:
    for team in subject.live.teams:
        if team.manager is not None and not _is_active(subject, team.manager):
            message = f"its manager {subject.name_of(team.manager)} is inactive. Name another one."
            yield warning("inactive_manager", "teams", team.name, message, "manager")


def _last_resort(subject: Subject) -> Iterator[Finding]:
    listed_ones = subject.live.last_resort
    for rep in listed_ones:
        if not _is_active(subject, rep):
            name = subject.name_of(rep)
            message = f"{name} is a last resort, but inactive. Take {name} off the list, or name somebody else."
            yield warning("inactive_last_resort", "settings", name, message, "last_resort")
    if not any(person.active for person in subject.live.reps.values()):
        message = "Nobody is active: every lead waits for ever. Add people, or make somebody active."
        yield warning("nobody_active", "reps", "", message)


def _backups(subject: Subject) -> Iterator[Finding]:
    for person in subject.live.reps.values():
        if person.active and person.backup is not None and not _is_active(subject, person.backup):
            message = f"the backup of {person.name}, {subject.name_of(person.backup)}, is inactive. Name somebody else."
            yield warning("inactive_backup", "reps", person.name, message, "backup")


def _is_active(subject: Subject, rep: RepId) -> bool:
    person = subject.live.reps.get(rep)
    return person is not None and person.active
