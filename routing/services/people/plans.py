"""What somebody who leaves may have, kind by kind, and the plan that says who gets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reps.models import Rep
from routing.snapshots.rulebook import current_rulebook


class Kind(StrEnum):
    """What somebody can have, in the order of the page. The values are keys of plans, in files and over the API."""

    LEADS = "leads"
    ACCOUNTS = "accounts"
    ACCOUNT_ROLES = "account_roles"
    POOLS = "pools"
    BACKUP_OF = "backup_of"
    MANAGER_OF = "manager_of"
    LAST_RESORT = "last_resort"
    TERRITORIES = "territories"
    RULES = "rules"
    RULES_KEPT = "rules_kept"
    RULES_TOLD = "rules_told"
    TABLES = "tables"
    EXAMPLES = "examples"


class To(StrEnum):
    REP = "rep"
    POOL = "pool"
    NOBODY = "nobody"


IN_WORDS: Mapping[Kind, str] = {
    Kind.LEADS: "open leads",
    Kind.ACCOUNTS: "accounts",
    Kind.ACCOUNT_ROLES: "roles on accounts",
    Kind.POOLS: "places in pools",
    Kind.BACKUP_OF: "people whose backup they are",
    Kind.MANAGER_OF: "teams that they manage",
    Kind.LAST_RESORT: "the last resort",
    Kind.TERRITORIES: "territories",
    Kind.RULES: "rules that name them",
    Kind.RULES_KEPT: "rules that they keep",
    Kind.RULES_TOLD: "rules that tell them too",
    Kind.TABLES: "tables that name them",
    Kind.EXAMPLES: "examples that expect them",
}
NOBODY_MEANS: Mapping[Kind, str] = {
    Kind.LEADS: "routed anew by the rules",
    Kind.ACCOUNTS: "nobody: without an owner",
    Kind.ACCOUNT_ROLES: "nobody: the role is empty",
    Kind.POOLS: "nobody: their place is gone",
    Kind.BACKUP_OF: "nobody: without a backup",
    Kind.MANAGER_OF: "nobody: without a manager",
    Kind.LAST_RESORT: "nobody: taken off the list",
    Kind.TERRITORIES: "nobody: as the territory above",
    Kind.RULES_KEPT: "nobody",
    Kind.RULES_TOLD: "nobody in their place",
    Kind.TABLES: "nobody: the rows are removed",
    Kind.EXAMPLES: "nobody: the example is removed",
}
"""Where nobody is a destination, and what that means there. A rule must lead to somebody."""
TO_POOLS = frozenset({Kind.LEADS, Kind.TERRITORIES, Kind.RULES, Kind.TABLES, Kind.EXAMPLES})


@dataclass(frozen=True, slots=True)
class Place:
    """A rep or a pool by key; neither: nobody."""

    rep: int | None = None
    pool: int | None = None

    @property
    def to(self) -> To:
        return To.REP if self.rep else To.POOL if self.pool else To.NOBODY


NOBODY = Place()


@dataclass(frozen=True, slots=True)
class Choice:
    """Where what somebody has of one kind goes; `items` says so for single ones, by their key."""

    to: Place
    items: Mapping[int, Place] = field(default_factory=dict)

    def place(self, key: int) -> Place:
        return self.items.get(key, self.to)


Plan = Mapping[Kind, Choice]


def allowed(kind: Kind) -> frozenset[To]:
    """Where something of this kind may go."""
    more = {To.POOL} if kind in TO_POOLS else set()
    return frozenset({To.REP, *more, *({To.NOBODY} if kind in NOBODY_MEANS else ())})


def heir_of(rep: Rep) -> Rep | None:
    """Who takes over where nothing else is said: their backup, else their manager; whoever is active."""
    team = rep.team
    for heir in (rep.backup, team.manager if team else None):
        if heir is not None and heir.active and heir.pk != rep.pk:
            return heir
    return None


def usual_plan(rep: Rep) -> dict[Kind, Choice]:
    """Everything to the heir, places in pools to nobody. Without an heir only what may go to nobody is given."""
    heir = heir_of(rep)
    plan = {kind: Choice(Place(rep=heir.pk) if heir else NOBODY) for kind in Kind if heir or kind in NOBODY_MEANS}
    return plan | {Kind.POOLS: Choice(NOBODY)}


def read_plan(value: Mapping[str, Any], rep: Rep) -> dict[Kind, Choice]:
    """A stored plan; what it does not name goes where it usually does."""
    stored = {Kind(kind): _read_choice(row) for kind, row in value.items() if kind in set(Kind)}
    return usual_plan(rep) | stored


def write_plan(plan: Plan) -> dict[str, Any]:
    """The inverse of read_plan."""
    return {
        kind.value: {
            "to": _write_place(choice.to),
            "items": {str(key): _write_place(place) for key, place in choice.items.items()},
        }
        for kind, choice in plan.items()
    }


def problems_of(plan: Plan, rep: Rep, has: Mapping[Kind, int]) -> dict[str, list[str]]:
    """What is wrong with the plan, by kind; `has`: how much of each kind there is to be handed over."""
    reps = dict(Rep.objects.filter(pk__in=_keys(plan, To.REP)).values_list("pk", "active"))
    published = current_rulebook()
    pools = set(published.rulebook.pools) if published else set()
    found: dict[str, list[str]] = {}
    for kind in Kind:
        choice = plan.get(kind)
        texts = (
            ["Say who gets this."]
            if choice is None
            else [text for place in _places(choice) if (text := _wrong(kind, place, rep, reps, pools))]
        )
        if texts and has.get(kind):
            found[kind.value] = list(dict.fromkeys(texts))
    if Kind.LAST_RESORT.value not in found and not Rep.objects.active().exclude(pk=rep.pk).exists():
        found[Kind.LAST_RESORT.value] = ["Nobody active would be left to take what nobody else takes. Name somebody."]
    return found


def heirs(plan: Plan) -> set[int]:
    """Every rep who gets something."""
    return _keys(plan, To.REP)


def _wrong(kind: Kind, place: Place, rep: Rep, reps: Mapping[int, bool], pools: set[int]) -> str:
    if place.to not in allowed(kind):
        ways = {To.REP: "a rep", To.POOL: "a pool", To.NOBODY: "nobody"}
        return f"This can go to {' or '.join(ways[to] for to in To if to in allowed(kind))}."
    if place.rep == rep.pk:
        return f"{rep.name} is the one who leaves. Choose somebody else."
    if place.rep and not reps.get(place.rep):
        return "Whoever gets this is inactive or gone. Choose somebody else."
    if place.pool and kind is Kind.LEADS and place.pool not in pools:
        return "This pool is not published. Publish it first, or choose another."
    return ""


def _keys(plan: Plan, to: To) -> set[int]:
    places = (place for choice in plan.values() for place in _places(choice))
    return {place.rep if to is To.REP else place.pool for place in places if place.to is to}  # type: ignore[misc]


def _places(choice: Choice) -> Iterator[Place]:
    yield choice.to
    yield from choice.items.values()


def _read_choice(row: Mapping[str, Any]) -> Choice:
    return Choice(_read_place(row.get("to")), {int(key): _read_place(to) for key, to in row.get("items", {}).items()})


def _read_place(value: Mapping[str, Any] | None) -> Place:
    return Place(rep=value.get("rep"), pool=value.get("pool")) if value else NOBODY


def _write_place(place: Place) -> dict[str, int]:
    return {"rep": place.rep} if place.rep else {"pool": place.pool} if place.pool else {}
