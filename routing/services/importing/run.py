"""Import a configuration file: one transaction, everything or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from reps.models import Expertise, Rep
from routing.engine.folding import fold
from routing.models import Account, Ledger
from routing.rulebook.check import Problem, problems
from routing.rulebook.config.errors import ConfigError, InvalidConfig
from routing.rulebook.config.file import Config, read_config
from routing.rulebook.content import draft_content
from routing.rulebook.describe import differences, load_names
from routing.services.batches.lock import lock_ledgers
from routing.services.importing.accounts import import_accounts
from routing.services.importing.doors import import_forms, import_inbound
from routing.services.importing.draft import import_draft
from routing.services.importing.people import import_people, import_time_off
from routing.services.importing.rows import Import
from routing.services.importing.webhooks import import_webhooks
from routing.services.people.deactivation import left_behind, why_not_deactivate
from routing.services.privacy import audit_log
from routing.services.publish import CannotPublish, frozen, one_at_a_time, publish_locked, published
from routing.services.run_examples import failures
from routing.services.waiting import look_at_waiting_leads_again


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed, or would change: sentences, and the number of the version it published, if it did."""

    changes: list[str]
    version: int | None


def import_config(
    *,
    text: str,
    now: datetime,
    user: User | None = None,
    is_json: bool = False,
    dry_run: bool = False,
    draft: bool = False,
    note: str = "Import of a configuration file",
) -> Imported:
    """Make the configuration what the file says, and publish unless `draft`.

    Raises InvalidConfig with every error in the file; then, and in a dry run, nothing is written.
    """
    config = read_config(text, is_json=is_json)
    with transaction.atomic():
        look_at_waiting_leads_again(now=now)
        one_at_a_time()
        _lock_accounts_and_people(config)
        run = Import(user, now)
        before = frozen(draft_content())
        active = set(Rep.objects.active().values_list("pk", flat=True))
        reps = _import_sections(run, config)
        _refuse_deactivation(run, config, [rep for rep in reps.values() if rep.pk in active and not rep.active])
        after = frozen(draft_content())
        changes = run.changes + differences(before, after, load_names())
        if found := _problems(config, after, draft=draft):
            raise InvalidConfig([_located(problem, config) for problem in found])
        version = None if draft else _publish(config, after, note, user, now)
        if dry_run or not (changes or version):
            transaction.set_rollback(True)
        else:
            detail = {"changes": len(changes), "version": version}
            audit_log.note(action="configuration.imported", detail=detail, user=user, now=now)
    return Imported(changes, version)


def _import_sections(run: Import, config: Config) -> Mapping[str, Rep]:
    """What the file says becomes rows, what others refer to first; all reps by e-mail address."""
    reps = import_people(run, config)
    import_time_off(run, config.time_off or [], reps)
    import_accounts(run, config.accounts or [], reps)
    import_draft(run, config, reps)
    import_webhooks(run, config.webhooks or [])
    import_forms(run, config.forms or [])
    import_inbound(run, config.inbound or [])
    return reps


def _lock_accounts_and_people(config: Config) -> None:
    """In the order in which routing locks: leads, which are locked already, then accounts, ledgers and people."""
    if config.accounts:
        list(Account.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    lock_ledgers(set(Ledger.objects.values_list("pk", flat=True)))
    list(Rep.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _refuse_deactivation(run: Import, config: Config, deactivated: Collection[Rep]) -> None:
    """With the last resort as the file has it. What the others leave behind is said."""
    places = {spec.email: index for index, spec in enumerate(config.reps)}
    if errors := [
        ConfigError(f"reps[{places[rep.email]}].active", why) for rep in deactivated if (why := why_not_deactivate(rep))
    ]:
        raise InvalidConfig(errors)
    for text in filter(None, map(left_behind, deactivated)):
        run.say(text)


def _problems(config: Config, content: Mapping[str, Any], *, draft: bool) -> list[Problem]:
    """What blocks publishing; of a draft only what the file itself says, the rest may still be on its way."""
    found = [*problems(content), *_forgotten_topics(content)]
    return [problem for problem in found if _row_of(problem, config) is not None] if draft else found


def _forgotten_topics(content: Mapping[str, Any]) -> Iterator[Problem]:
    """Somebody knows a topic that the file takes away."""
    topics = {fold(topic["name"]) for topic in content["topics"]}
    for row in Expertise.objects.select_related("rep").order_by("rep__email", "topic"):
        if fold(row.topic) not in topics:
            message = f"there is no topic “{row.topic}” any more. Keep the topic, or take it from them."
            yield Problem("reps", row.rep.name, f"expertise.{row.topic}", message)


def _publish(config: Config, content: dict[str, Any], note: str, user: User | None, now: datetime) -> int | None:
    """The number of the new version; None if what is published is no different."""
    newest = published()
    if newest and newest.content == content:
        return None
    try:
        return publish_locked(note=note, user=user, now=now, content=content).number
    except CannotPublish as error:
        raise InvalidConfig(_blocking(error, content, config, now)) from error


def _blocking(error: CannotPublish, content: Mapping[str, Any], config: Config, now: datetime) -> list[ConfigError]:
    """What else blocks publishing: the examples that fail, each at its place."""
    names = {row.name: index for index, row in enumerate(config.examples or ())}
    failed = [
        ConfigError(f"examples[{names[result.name]}].expect" if result.name in names else "examples", str(result))
        for result in failures(content, now=now)
    ]
    return failed or [ConfigError("", message) for message in error.errors]


def _located(problem: Problem, config: Config) -> ConfigError:
    """A problem of the draft at its place in the file; of a row that the file does not name, by its name."""
    index = _row_of(problem, config)
    if problem.section == "stages" or index is None and not problem.name:
        return ConfigError(problem.path or problem.section, problem.message)
    place = f"{problem.section}[{index}]" if index is not None else f"{problem.section} “{problem.name}”"
    return ConfigError(f"{place}.{problem.path}" if problem.path else place, problem.message)


def _row_of(problem: Problem, config: Config) -> int | None:
    rows = getattr(config, problem.section) or []
    if not isinstance(rows, list):
        return None
    return next((n for n, row in enumerate(rows) if row.name == problem.name), None)
