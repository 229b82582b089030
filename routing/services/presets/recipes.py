"""The presets as values: which pools and rules each of them makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing.engine.types import Method, Operator, Strategy
from routing.models import Rule

SALES, EXPERTS, RESULTS, HOT, OVERFLOW = "Sales", "Experts", "Best results", "Hot leads", "Overflow"
ASKING_TO_TALK = ["demo", "pricing", "contact", "trial"]
TOP_GRADE = "A"
To = Rule.DestinationKind


@dataclass(frozen=True, slots=True)
class Preset:
    """One answer to “How do you share leads?”. `method` is None where it uses several."""

    name: str
    title: str
    description: str
    method: Method | None


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """A pool to make, unless there is one of that name."""

    name: str
    strategy: Strategy = Strategy.ROUND_ROBIN


@dataclass(frozen=True, slots=True)
class RulePlan:
    """A rule to make, unless there is one of that name. `by_topics` adds the words of all topics to its conditions."""

    name: str
    note: str
    conditions: Sequence[Sequence[Mapping[str, Any]]] = ()
    by_topics: bool = False
    destination: str = To.POOL
    pool: str = ""
    sla: str = ""
    same_company: bool = True


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a preset makes. The pool that `pool` renames is the first, else the catch-all's."""

    preset: Preset
    rules: tuple[RulePlan, ...]
    pools: tuple[PoolPlan, ...] = ()
    overflow: str = ""
    topics: bool = False
    score: bool = False


def _row(field: str, op: Operator, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op.value} | ({} if value is None else {"value": value})


ACCOUNT_OWNERS = RulePlan(
    "Account owners",
    "Leads of a company we know go to whoever owns the account.",
    conditions=[[_row("account.owner", Operator.NOT_EMPTY)]],
    destination=To.ACCOUNT_OWNER,
    same_company=False,
)
HOT_LEADS = RulePlan(
    "Hot leads",
    f"Grade {TOP_GRADE} by the score in the settings.",
    conditions=[[_row("grade", Operator.IS, TOP_GRADE)]],
    pool=HOT,
    sla=HOT,
)
TOPICS = RulePlan(
    "Experts",
    "Leads that write about one of our topics, or whose company showed interest lately. "
    "A new topic needs its words here, too.",
    conditions=[[_row(f"signal.{kind}", Operator.HAS_SIGNAL)] for kind in ("pricing_visit", "review_site")],
    by_topics=True,
    pool=EXPERTS,
)
TERRITORIES = RulePlan(
    "Territories",
    "Leads that lie in a territory go to its owner.",
    conditions=[[_row("territory", Operator.NOT_EMPTY)]],
    destination=To.TERRITORY,
)
BEST_RESULTS = RulePlan(
    "Best results",
    "Whoever converts this kind of lead best, in equal shares.",
    conditions=[[_row("kind", Operator.ANY_OF, ASKING_TO_TALK)]],
    pool=RESULTS,
)
BY_TURN = RulePlan(
    "By turn",
    "Leads that ask to talk go to the next one whose turn it is.",
    conditions=[[_row("kind", Operator.ANY_OF, ASKING_TO_TALK)]],
    pool=SALES,
)
ORDER = [plan.name for plan in (ACCOUNT_OWNERS, HOT_LEADS, TOPICS, TERRITORIES, BEST_RESULTS, BY_TURN)]
"""From the most to the least specific: the order in which the rules of several presets stand."""

STARTER_TOPICS: Mapping[str, list[str]] = {
    "security": ["security", "soc 2", "iso 27001", "gdpr", "penetration test", "single sign-on"],
    "integrations": ["integration", "api", "webhook", "crm", "salesforce", "hubspot"],
    "migration": ["migration", "migrate", "switch from", "import our data"],
}
"""For a company that has named no topics yet; to be replaced by its own."""
STARTER_SCORE = [
    {"when": [[_row("kind", Operator.ANY_OF, ["demo", "pricing"])]], "points": 30},
    {"when": [[_row("employees", Operator.GTE, 200)]], "points": 30},
    {
        "when": [[_row("job_title", Operator.MATCHES, r"(?i)\b(chief|c[eftio]o|vp|head|director|founder)\b")]],
        "points": 20,
    },
    {"when": [[_row("account.target", Operator.IS, True)]], "points": 20},
]
STARTER_GRADES = {TOP_GRADE: 70, "B": 40, "C": 20}
HOT_SLA: Mapping[str, Any] = {
    "first_response_minutes": 5,
    "steps": [
        {"after_minutes": 2, "do": "remind", "unless": "accepted"},
        {"after_minutes": 4, "do": "alert_manager", "unless": "responded"},
        {"after_minutes": 5, "do": "reassign", "unless": "responded"},
    ],
}

_RECIPES = (
    Recipe(
        Preset(
            "round_robin",
            "Round robin (by turn)",
            "Everybody gets the next lead in turn. Who is away misses nothing and is not flooded on return.",
            Method.ROUND_ROBIN,
        ),
        rules=(BY_TURN,),
    ),
    Recipe(
        Preset(
            "territory",
            "By territory",
            "Countries, regions and postal codes belong to people. Leads from elsewhere go by turn.",
            Method.TERRITORY,
        ),
        rules=(TERRITORIES,),
    ),
    Recipe(
        Preset(
            "account",
            "By account",
            "Leads of companies you know go to the owner of the account. All others go by turn.",
            Method.ACCOUNT,
        ),
        rules=(ACCOUNT_OWNERS,),
    ),
    Recipe(
        Preset(
            "performance",
            "Performance (best results)",
            "Each lead goes to whoever converts its kind best, and everybody still gets an equal share. "
            "A control group goes by turn, so that you see what it brings.",
            Method.PERFORMANCE,
        ),
        rules=(BEST_RESULTS,),
        pools=(PoolPlan(RESULTS, Strategy.PERFORMANCE),),
    ),
    Recipe(
        Preset(
            "intent",
            "Intent (best expertise)",
            "What a lead writes and does shows what it is about; it goes to whoever knows most of that.",
            Method.INTENT,
        ),
        rules=(TOPICS,),
        pools=(PoolPlan(EXPERTS, Strategy.INTENT),),
        topics=True,
    ),
    Recipe(
        Preset(
            "recommended",
            "Recommended for B2B",
            "The owner of the account first, then whoever knows the person or company. Hot leads by score to people "
            "who answer within five minutes; then by expertise, by territory, and by turn for all the rest.",
            None,
        ),
        rules=(ACCOUNT_OWNERS, HOT_LEADS, TOPICS, TERRITORIES),
        pools=(PoolPlan(SALES), PoolPlan(HOT), PoolPlan(EXPERTS, Strategy.INTENT)),
        overflow=OVERFLOW,
        topics=True,
        score=True,
    ),
)
RECIPES = {recipe.preset.name: recipe for recipe in _RECIPES}


def list_presets() -> list[Preset]:
    """All presets, the simplest first."""
    return [recipe.preset for recipe in _RECIPES]
