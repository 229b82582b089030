"""Check a rulebook against the live data it meets: what blocks publishing, and what is probably not meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from routing.rulebook.check import Problem, problems
from routing.rulebook.content import draft_content
from routing.rulebook.lint import Finding, Severity, inspect, looks_at_arrivals
from routing.rulebook.lint.subject import Subject
from routing.rulebook.mend import mend
from routing.services.publish import frozen, published
from routing.services.run_examples import failures
from routing.services.schedule import warnings_of_standing
from routing.services.which_version import DRAFT_NUMBER
from routing.services.work_progress import CannotRun, Progress
from routing.snapshots.live import load_live
from routing.snapshots.rulebook import compile_rulebook, rows_there

ORDER = tuple(Severity)
DAMAGED = "published_damaged"
"""The code of errors in what is published: publishing mends them, so they do not block it."""
STEPS = 2
"""Of the nightly run: what blocks publishing, then everything else."""


def lint(content: Any = None, *, now: datetime) -> list[Finding]:
    """All findings about `content`, or about the draft; errors first. The number of queries does not grow with it."""
    draft = content is None
    content = frozen(draft_content()) if draft else content
    errors = [_error(problem) for problem in problems(content)]
    found = errors or [_failing(result.name, str(result)) for result in failures(content, now=now)]
    known = {(finding.section, finding.name, finding.path) for finding in errors}
    rest = inspect(_subject(mend(content).content, now=now))
    found += [finding for finding in rest if (finding.section, finding.name, finding.path) not in known]
    if draft:
        found += [*_damaged(), *_to_come(now)]
    return sorted(found, key=lambda finding: ORDER.index(finding.severity))


def read_asked(params: Mapping[str, Any], now: datetime) -> None:
    """There is nothing to ask: it is the draft that is checked. Raises CannotRun if something is asked all the same."""
    if params:
        raise CannotRun({name: ["Unknown field. A check of the draft takes none."] for name in params})


def run_lint(params: Mapping[str, Any], progress: Progress, now: datetime) -> dict[str, Any]:
    """The check as work in the background: what Work.report keeps."""
    progress.report(0, STEPS)
    found = lint(now=now)
    progress.report(STEPS, STEPS)
    counts = {severity.value: sum(finding.severity is severity for finding in found) for severity in ORDER}
    return {"counts": counts, "findings": [asdict(finding) for finding in found]}


def _damaged() -> Iterator[Finding]:
    """What of the published version cannot be read any more, and what counts instead."""
    newest = published()
    for problem in mend(newest.content, rows=rows_there()).problems if newest else ():
        text = f"In the published version this cannot be read, so {problem.until}: {problem.message} Publish again."
        yield Finding(Severity.ERROR, DAMAGED, problem.section, problem.name, problem.path, text)


def _to_come(now: datetime) -> Iterator[Finding]:
    for text in warnings_of_standing(at=now):
        yield Finding(Severity.NOTE, "publication_stands", "settings", "", "", text)


def _subject(content: Mapping[str, Any], *, now: datetime) -> Subject:
    compiled = compile_rulebook(DRAFT_NUMBER, content)
    settings = compiled.rulebook.settings
    return Subject(
        content=content,
        rulebook=compiled.rulebook,
        live=load_live(now=now, timezone=settings.timezone, arrivals=looks_at_arrivals(compiled.rulebook)),
        now=now,
        zone=ZoneInfo(settings.timezone),
        company_blocks=compiled.company_blocks,
    )


def _error(problem: Problem) -> Finding:
    return Finding(Severity.ERROR, "refused", problem.section, problem.name, problem.path, problem.message)


def _failing(name: str, text: str) -> Finding:
    return Finding(Severity.ERROR, "example_fails", "examples", name, "expect", text)
