"""The channels of reps as a file lists them: their order, and the addresses that it gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from reps.models import Channel
from routing.rulebook.config.errors import ConfigError, InvalidConfig
from routing.rulebook.config.ways import ChannelSpec
from routing.services.importing.rows import Import

FIELDS = ("kind", "address", "position", "active")


def import_channels(
    run: Import, wanted: Mapping[int, tuple[str, Sequence[ChannelSpec]]], silent: Collection[int]
) -> None:
    """Make the channels of each rep exactly these: rep → (label, channels). Raises InvalidConfig.

    One without an address keeps the one that is stored: the first of its kind that the file gives to no other.
    """
    stored: defaultdict[int, list[Channel]] = defaultdict(list)
    for channel in Channel.objects.filter(rep__in=wanted).order_by("position", "pk"):
        stored[channel.rep_id].append(channel)
    new, changed, gone = list[Channel](), list[Channel](), list[int]()
    for rep, (label, specs) in wanted.items():
        rows = _matched(rep, specs, stored[rep])
        fresh, differing, left = _compared(rows, stored[rep])
        if (fresh or differing or left) and rep not in silent:
            run.say(f"{label}: channels: {_in_words(stored[rep])} → {_in_words(rows)}.")
        new, changed, gone = new + fresh, changed + differing, gone + [row.pk for row in left]
    Channel.objects.filter(pk__in=gone).delete()
    Channel.objects.bulk_update(changed, FIELDS)
    Channel.objects.bulk_create(new)


def _matched(rep: int, specs: Sequence[ChannelSpec], stored: Sequence[Channel]) -> list[Channel]:
    """A row for each, with what is to be in it."""
    given = {(spec.kind, spec.address) for spec in specs if spec.address}
    free = [row for row in stored if (row.kind, row.address) not in given]
    rows = []
    for position, spec in enumerate(specs, start=1):
        row = _row(rep, spec, stored, free)
        rows.append(Channel(pk=row.pk, rep_id=rep, kind=spec.kind, address=row.address, position=position,
                            active=spec.active, uuid=row.uuid))  # fmt: skip
    return rows


def _row(rep: int, spec: ChannelSpec, stored: Sequence[Channel], free: list[Channel]) -> Channel:
    if spec.address:
        same = (row for row in stored if (row.kind, row.address) == (spec.kind, spec.address))
        return next(same, Channel(rep_id=rep, kind=spec.kind, address=spec.address))
    known = next((row for row in free if row.kind == spec.kind), None)
    if known is not None:
        free.remove(known)
        return known
    if spec.kind == Channel.Kind.EMAIL:
        return Channel(rep_id=rep, kind=spec.kind)
    message = "this is missing. It is a secret that exports leave out: add it, or take the channel out."
    raise InvalidConfig([ConfigError(spec.path, message)])


def _compared(rows: Sequence[Channel], stored: Sequence[Channel]) -> tuple[list[Channel], list[Channel], list[Channel]]:
    """Which are new, which are not as they are stored, and which are stored and no longer there."""
    states, kept = {row.pk: _state(row) for row in stored}, {row.pk for row in rows}
    fresh = [row for row in rows if row.pk not in states]
    differing = [row for row in rows if row.pk in states and states[row.pk] != _state(row)]
    return fresh, differing, [row for row in stored if row.pk not in kept]


def _state(row: Channel) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in FIELDS)


def _in_words(rows: Sequence[Channel]) -> str:
    """Without the addresses."""
    return ", ".join(f"{row.get_kind_display()}{'' if row.active else ' (off)'}" for row in rows) or "nothing"
