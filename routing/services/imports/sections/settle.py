"""What a table would change, and changing it: the same reading, refusals and writing as of the configuration file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from reps.models import Rep
from routing.engine.folding import fold
from routing.models import Account, Ledger
from routing.rulebook.check import problems
from routing.rulebook.config.errors import ConfigError, shown
from routing.rulebook.content import draft_content
from routing.services.batches.lock import lock_ledgers
from routing.services.importing.rows import Import
from routing.services.imports.sections.columns import (
    Document,
    Thing,
    column_at,
    in_words_of_sheets,
    locate,
    merged,
    one_spelling,
)
from routing.services.imports.sections.kinds import Documents, Key, Kind
from routing.services.publish import frozen, one_at_a_time
from routing.services.waiting import look_at_waiting_leads_again
from routing.services.work_progress import CannotRun

SHOWN = 5
MOST_ROUNDS = 10
"""What refers to something that is refused is refused in the next round, and so on."""
NEW, CHANGED, REMOVED, UNCHANGED, REJECTED = "new", "changed", "removed", "unchanged", "rejected"


@dataclass(slots=True)
class Outcome:
    """What becomes of one thing. `errors` are by row, then by column."""

    key: Key
    state: str
    rows: list[int] = field(default_factory=list)
    before: Document | None = None
    after: Document | None = None
    errors: Mapping[int, Mapping[str, list[str]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """One look at what there is and what the file says."""

    kind: Kind
    things: Mapping[Key, Thing]
    existing: Documents
    documents: dict[Key, Document]
    refused: set[Key]
    specs: dict[Key, Any] = field(default_factory=dict)

    def read(self) -> None:
        """Until nothing more is refused: what is left then refers to nothing that is."""
        for _ in range(MOST_ROUNDS):
            count = len(self.refused)
            left = {key: row for key, row in self.documents.items() if key not in self.refused}
            self.specs = self.kind.read(left, self.existing, self.refuse)
            self.specs = {key: spec for key, spec in self.specs.items() if key not in self.refused}
            if len(self.refused) == count:
                return

    def refuse(self, key: Key, error: ConfigError) -> None:
        self.refused.add(key)
        if key in self.things:
            locate(self.kind.columns, self.things[key], error)

    def outcomes(self, gone: Collection[Key]) -> list[Outcome]:
        known = {key: self.existing[key] for key in self.specs if key in self.existing}
        was = self.kind.read(known, self.existing, lambda key, error: None)
        found = [self._outcome(key, thing, was) for key, thing in self.things.items()]
        return found + [Outcome(key, REMOVED, before=self.existing[key]) for key in gone]

    def _outcome(self, key: Key, thing: Thing, was: Mapping[Key, Any]) -> Outcome:
        before = self.existing.get(key)
        if key in self.refused:
            return Outcome(key, REJECTED, thing.rows, before, None, _spread(self.kind, thing))
        state = NEW if before is None else UNCHANGED if was.get(key) == self.specs[key] else CHANGED
        return Outcome(key, state, thing.rows, before, self.documents[key])


def _spread(kind: Kind, thing: Thing) -> dict[int, dict[str, list[str]]]:
    """Every row of a thing that is refused is refused, so that the whole of it can be mended and sent again."""
    wrong = {row: dict(texts) for row, texts in thing.errors.items()}
    others = f"another row of this {kind.one} is wrong. Mend it there; send all of its rows together."
    return {row: wrong.get(row) or {"": [others]} for row in thing.rows}


def examine(kind: Kind, things: Mapping[Key, Thing], *, whole: bool, run: Import) -> list[Outcome]:
    """What the file would change. Nothing is written."""
    reading = _look(kind, things, whole=whole)
    gone = _gone(kind, reading, whole)
    if kind.draft:
        with transaction.atomic():
            _lock()
            for _ in range(MOST_ROUNDS):
                gone = _gone(kind, reading, whole)
                if not _tried_in_vain(kind, reading, gone, run):
                    break
                reading.read()
            transaction.set_rollback(True)
    return reading.outcomes(gone)


@transaction.atomic
def apply(kind: Kind, things: Mapping[Key, Thing], *, gone: Collection[Key], run: Import) -> list[Outcome]:
    """Write it. What is refused by now is passed over; raises CannotRun if the draft would not hold together."""
    look_at_waiting_leads_again(now=run.now)
    _lock()
    reading = _look(kind, things, gone=gone)
    gone = [key for key in gone if key in reading.existing]
    outcomes = reading.outcomes(gone)
    changed = {outcome.key for outcome in outcomes if outcome.state in (NEW, CHANGED)}
    _write(kind, reading, changed, gone, run)
    now_there = kind.existing(changed)
    for outcome in outcomes:
        if outcome.key in changed:
            outcome.after = now_there.get(outcome.key, outcome.after)
    return outcomes


@transaction.atomic
def put_back(kind: Kind, outcomes: Collection[Outcome], *, run: Import) -> dict[Key, str]:
    """Make everything what it was before, unless it was changed since. Returns why, by key, of what stays as it is."""
    look_at_waiting_leads_again(now=run.now)
    _lock()
    existing = kind.existing({outcome.key for outcome in outcomes})
    done = {outcome.key: outcome for outcome in outcomes if outcome.state in (NEW, CHANGED, REMOVED)}
    stays = dict(_changed_since(kind, done, existing))
    back = {key: outcome.before for key, outcome in done.items() if key not in stays and outcome.before is not None}
    refused: dict[Key, str] = {}

    def refuse(key: Key, error: ConfigError) -> None:
        refused.setdefault(key, _said(kind, key, error))

    specs = kind.read(back, existing, refuse)
    specs = {key: spec for key, spec in specs.items() if key not in refused}
    gone = [key for key, outcome in done.items() if key not in stays and outcome.state == NEW]
    kind.write(run, specs, () if kind.unmake else gone)
    if kind.unmake:
        kind.unmake(run, gone)
    return stays | refused


def _changed_since(kind: Kind, done: Mapping[Key, Outcome], existing: Documents) -> Iterator[tuple[Key, str]]:
    """By what they mean, not by how they are written."""
    after = {key: outcome.after for key, outcome in done.items() if outcome.after is not None}
    became = kind.read(after, existing, lambda key, error: None)
    there = kind.read({k: existing[k] for k in done if k in existing}, existing, lambda key, error: None)
    for key, outcome in done.items():
        if outcome.state == REMOVED:
            if key in existing and existing[key] != outcome.before and existing[key].get("active") is not False:
                yield key, f"{shown(' / '.join(key))} is there again."
        elif key not in existing:
            yield key, f"{shown(' / '.join(key))} was removed meanwhile."
        elif there.get(key) != became.get(key):
            yield key, f"{shown(' / '.join(key))} was changed meanwhile."


def _look(kind: Kind, things: Mapping[Key, Thing], *, whole: bool = False, gone: Collection[Key] = ()) -> _Reading:
    existing = kind.existing(None if whole else {*things, *map(one_spelling, things), *gone})
    things = _spelled_as_there(kind, things, existing)
    documents = {}
    for key, thing in things.items():
        before = existing.get(key)
        columns = kind.columns
        document = merged(columns, thing, kind.flat(before) if before else None)
        documents[key] = kind.fold(thing, document)
    refused = {key for key, thing in things.items() if thing.errors}
    reading = _Reading(kind, things, existing, documents, refused)
    reading.read()
    return reading


def _spelled_as_there(kind: Kind, things: Mapping[Key, Thing], existing: Documents) -> dict[Key, Thing]:
    """What the file calls as we do but for the spelling of its umlauts is what we have."""
    there = {one_spelling(key): key for key in existing}
    found: dict[Key, Thing] = {}
    for key, thing in things.items():
        ours = key if key in existing else there.get(one_spelling(key), key)
        if ours != key:
            thing.key = ours
            thing.given |= dict(zip(kind.keys, ours, strict=True))
        found[ours] = thing
    return found


def _gone(kind: Kind, reading: _Reading, whole: bool) -> list[Key]:
    """Nothing, unless the file is the whole list. What is refused is named, too, and stays."""
    return kind.gone(reading.things.keys(), reading.existing) if whole else []


def _write(kind: Kind, reading: _Reading, changed: Collection[Key], gone: Collection[Key], run: Import) -> None:
    kind.write(run, {key: reading.specs[key] for key in changed}, gone)
    if kind.draft and (found := list(_problems(kind, changed))):
        raise CannotRun({"draft": [f"{' / '.join(key)}: {_said(kind, key, error)}" for key, error in found[:SHOWN]]})


def _said(kind: Kind, key: Key, error: ConfigError) -> str:
    """An error of a thing, with the name of its column."""
    column = column_at(kind.columns, Thing(key), error.path, error.message)
    return f"{column.label}: {in_words_of_sheets(error.message)}" if column else str(error)


def _tried_in_vain(kind: Kind, reading: _Reading, gone: Collection[Key], run: Import) -> bool:
    """Whether publishing would refuse something of it: written, looked at, and taken back."""
    with transaction.atomic():
        kind.write(run, reading.specs, gone)
        found = list(_problems(kind, reading.specs))
        transaction.set_rollback(True)
    for key, error in found:
        reading.refuse(key, error)
    return bool(found)


def _problems(kind: Kind, named: Collection[Key]) -> Iterator[tuple[Key, ConfigError]]:
    """What would block publishing and lies in what the file names."""
    by_name: defaultdict[str, list[Key]] = defaultdict(list)
    for key in named:
        by_name[key[0]].append(key)
    for problem in problems(frozen(draft_content())):
        if problem.section != kind.section or problem.name not in by_name:
            continue
        keys = by_name[problem.name]
        said = [key for key in keys if len(key) > 1 and fold(key[1]) in fold(f"{problem.path} {problem.message}")]
        for key in said or keys:
            yield key, ConfigError(problem.path, problem.message)


def _lock() -> None:
    """In the order in which routing locks: waiting leads are locked already, then accounts, ledgers and people."""
    one_at_a_time()
    list(Account.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    lock_ledgers(set(Ledger.objects.values_list("pk", flat=True)))
    list(Rep.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))
