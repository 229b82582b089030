"""Publish the draft: freeze it as an immutable version that routing follows from now on."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from routing.models import RoutingSettings, RulebookVersion
from routing.rulebook.check import problems
from routing.rulebook.content import draft_content
from routing.rulebook.describe import differences, load_names
from routing.services.privacy import audit_log
from routing.services.run_examples import failures
from routing.services.waiting import look_at_waiting_leads_again
from routing.services.webhooks.publish import publish_rulebook_event


class CannotPublish(Exception):
    """The draft has errors, or is no different from what is published. `errors` says what to do, one text each."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def published() -> RulebookVersion | None:
    """The version that routing follows; None before the first one."""
    return RulebookVersion.objects.order_by("-number").first()


def draft_changes() -> list[str]:
    """What publishing would change, in words."""
    newest = published()
    return differences(newest.content if newest else None, frozen(draft_content()), load_names())


@transaction.atomic
def publish(*, note: str, user: User | None, now: datetime, content: dict[str, Any] | None = None) -> RulebookVersion:
    """Make the next version of the draft, or of `content`, an earlier version's.

    Raises CannotPublish if something blocks it, or if the draft is what is published already.
    """
    look_at_waiting_leads_again(now=now)
    one_at_a_time()
    return publish_locked(note=note, user=user, now=now, content=content)


def publish_locked(
    *, note: str, user: User | None, now: datetime, content: dict[str, Any] | None = None
) -> RulebookVersion:
    """The same inside a transaction that began with these two locks: leads are never locked after people."""
    newest = published()
    if content is None:
        content = frozen(draft_content())
        if newest and newest.content == content:
            raise CannotPublish(["Nothing changed since the last version."])
    if errors := blocking(content, now=now):
        raise CannotPublish(errors)
    return store_version(content, after=newest, note=note, user=user, now=now)


def store_version(
    content: dict[str, Any], *, after: RulebookVersion | None, note: str, user: User | None, now: datetime
) -> RulebookVersion:
    """The next version, whatever it says. Its content was looked at before, and nobody else publishes meanwhile."""
    version = RulebookVersion(
        number=after.number + 1 if after else 1, content=content, note=note, published_at=now, published_by=user
    )
    version.save(force_insert=True)
    publish_rulebook_event(version, now=now)
    audit_log.note(action="rulebook.published", subject=version, detail={"version": version.number}, user=user, now=now)
    return version


def blocking(content: dict[str, Any], *, now: datetime) -> list[str]:
    """Why `content` cannot be published: its errors, or the examples that fail where it has none."""
    if found := problems(content):
        return [str(problem) for problem in found]
    return [f"{result} Change the rules, or the example if it is out of date." for result in failures(content, now=now)]


def publish_again(number: int, *, user: User | None, now: datetime) -> RulebookVersion:
    """Roll back: publish what version `number` said as a new version. The draft stays as it is."""
    old = RulebookVersion.objects.get(number=number)
    return publish(note=f"Version {number} again", user=user, now=now, content=old.content)


def frozen(content: dict[str, Any]) -> dict[str, Any]:
    """The content as it comes back from the database, so that two of them compare."""
    plain: dict[str, Any] = json.loads(json.dumps(content))
    return plain


def one_at_a_time() -> None:
    """Two people publish: the second waits here, and then publishes what is still new."""
    RoutingSettings.objects.get_or_create(pk=1)
    RoutingSettings.objects.select_for_update(no_key=True).get(pk=1)
