"""Import topics, tables, sources and examples. A section of the file is the whole of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from reps.models import Rep
from routing.models import Example, LookupRow, LookupTable, Pool, Source, Topic
from routing.rulebook.config.samples import ExampleSpec, SourceSpec, TableSpec, TopicSpec
from routing.services.importing.rows import Import, replace_children, sync

Row = TypeVar("Row", Topic, Source, LookupTable, Example)


def import_topics(run: Import, specs: Sequence[TopicSpec] | None) -> dict[str, Topic]:
    return _sync(run, Topic, {spec.name: {"keywords": spec.keywords, "about": spec.about} for spec in specs or ()})


def import_sources(run: Import, specs: Sequence[SourceSpec] | None) -> dict[str, Source]:
    wanted = {spec.name: {"wait_for": spec.wait_for, "wait_seconds": spec.wait_seconds} for spec in specs or ()}
    return _sync(run, Source, wanted)


def import_tables(
    run: Import, specs: Sequence[TableSpec] | None, reps: Mapping[str, Rep], pools: Mapping[str, Pool]
) -> dict[str, LookupTable]:
    tables = _sync(run, LookupTable, {spec.name: {} for spec in specs or ()})
    keys = {table.pk: table for table in tables.values()}
    wanted = {
        tables[spec.name].pk: (
            spec.name,
            [
                (key, reps[place.rep].pk if place.rep else None, pools[place.pool].pk if place.pool else None)
                for key, place in spec.rows.items()
            ],
        )
        for spec in specs or ()
    }
    replace_children(
        run,
        "rows",
        LookupRow.objects.filter(table__in=wanted),
        wanted,
        owner="table_id",
        content=lambda row: (row.key, row.rep_id, row.pool_id),
        build=lambda key, place: LookupRow(table=keys[key], key=place[0], rep_id=place[1], pool_id=place[2]),
        model=LookupRow,
        silent=wanted,  # told by the difference of the drafts
    )
    return tables


def import_examples(
    run: Import, specs: Sequence[ExampleSpec] | None, reps: Mapping[str, Rep], pools: Mapping[str, Pool]
) -> dict[str, Example]:
    wanted = {
        spec.name: {
            "at": spec.at,
            "lead": dict(spec.lead),
            "expected_rep_id": reps[spec.expect.rep].pk if spec.expect.rep else None,
            "expected_pool_id": pools[spec.expect.pool].pk if spec.expect.pool else None,
        }
        for spec in specs or ()
    }
    return _sync(run, Example, wanted)


def _sync(run: Import, model: type[Row], wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, Row]:
    existing = {row.name: row for row in model.objects.current()}
    named = {name: {"name": name, **values} for name, values in wanted.items()}
    return existing | sync(run, model.__name__, existing, named, model, quiet=True)
