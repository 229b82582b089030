"""The JSON Schema of each section of the configuration, for the OpenAPI document.

What a value may be in detail, the readers of the configuration file check (routing.rulebook.config). Null is a key
that is left out: the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reps.models import Channel, Digest, Rep, TimeOff
from routing.api.fields import CAPS, HOURS
from routing.engine.types import Alert, Away, Fairness, OfferMode, PerformanceMode, Strategy, TurnsBy
from routing.intake.form_look import KINDS as LOOKS
from routing.intake.mapping import TRANSFORMS
from routing.models import (
    Account,
    DeclineReason,
    Form,
    FormField,
    InboundAddress,
    Lead,
    Pool,
    RoutingSettings,
    SlaClock,
)
from routing.models.bounds import LONGEST_ABOUT, MOST_RAMP_WEEKS
from routing.rulebook.config.ways import MOST_CHANNELS
from routing.rulebook.values import STEPS, UNLESS

Shape = dict[str, Any]


def text(longest: int = 200, **more: Any) -> Shape:
    """Numbers are read as text, so that postal codes need no quotes."""
    return {"type": ["string", "integer", "null"], "maxLength": longest} | more


def needed(longest: int, **more: Any) -> Shape:
    return {"type": ["string", "integer"], "minLength": 1, "maxLength": longest} | more


def number(low: float | None = None, high: float | None = None, **more: Any) -> Shape:
    ends = {"minimum": low, "maximum": high}
    return {"type": ["number", "null"]} | {key: end for key, end in ends.items() if end is not None} | more


def whole(low: int, high: int = 2_147_483_647, **more: Any) -> Shape:
    return {"type": ["integer", "null"], "minimum": low, "maximum": high} | more


def words(values: Iterable[str], **more: Any) -> Shape:
    return {"enum": [*dict.fromkeys(values), None]} | more


def listed(items: Shape, **more: Any) -> Shape:
    return {"type": ["array", "null"], "items": items} | more


def mapped(values: Shape, **more: Any) -> Shape:
    return {"type": ["object", "null"], "additionalProperties": values} | more


def shaped(properties: Mapping[str, Shape], *required: str, **more: Any) -> Shape:
    shape: Shape = {"type": ["object", "null"], "properties": dict(properties), "additionalProperties": False}
    return shape | ({"required": list(required)} if required else {}) | more


FLAG: Shape = {"type": ["boolean", "null"]}
NAME: Shape = {"type": "string"}
DAY = {"type": ["string", "null"], "description": "A day, such as 2026-12-20.", "maxLength": 40}
INSTANT = {"type": ["string", "null"], "description": "RFC 3339 with its offset.", "maxLength": 40}
REP = {"type": ["string", "null"], "description": "E-mail address of a rep.", "maxLength": 254}
POOL = {"type": ["string", "null"], "description": "Name of a pool.", "maxLength": 100}
REP_OR_POOL = shaped({"rep": REP, "pool": POOL}, description="A rep or a pool.")
BAND = shaped({"min": number(0), "max": number(0)}, description="From `min` to `max`, both included.")
LIMITS = {"anyOf": [CAPS, {"type": "null"}]}
HOURS_OR_TEAM = HOURS
GROUPS = listed(
    {"type": "array", "items": {"type": "object"}},
    description="Conditions `{field, op, value}`: each list is one AND group, the groups are ORed.",
)
REQUIRES = {
    "type": ["object", "null"],
    "description": "What a rep must have: `languages`, `skills`, `topics`, each with `patience_minutes`.",
    "propertyNames": {"enum": ["languages", "skills", "topics"]},
}
MEMBER = {
    "rep": {"type": "string", "maxLength": 254, "description": "E-mail address of the rep."},
    "weight": number(0.001, 1000),
    "caps": LIMITS,
    "ramp": shaped(
        {"weeks": whole(1, MOST_RAMP_WEEKS), "from": INSTANT}, "weeks", description="The weight grows week by week."
    ),
}
CLOCK: Shape = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
CHANNEL = shaped(
    {
        "kind": {"enum": Channel.Kind.values},
        "address": text(500, writeOnly=True, description="A secret: never answered. Left out: as it is."),
        "active": FLAG,
    },
    "kind",
)
FORM_FIELD = shaped(
    {
        "field": needed(110, description="A field of the lead, or attributes.NAME."),
        "label": text(150, description="Empty: the built-in words."),
        "help": text(300),
        "required": FLAG,
        "shown_as": words(FormField.Widget.values, description="Empty: as the field needs it."),
        "choices": listed(
            {"type": ["string", "array"]}, description="Texts, or [value, text]; for `country` also * for all others."
        ),
        "default": text(500),
    },
    "field",
) | {"type": "object"}
STEP = {"type": "object", "description": f"`after_minutes`, `do` ({', '.join(STEPS)}), `unless` ({', '.join(UNLESS)})."}
MINUTES = number(0)

SETTINGS: Mapping[str, Shape] = {
    "timezone": text(description="IANA name of the company's time zone."),
    "working_hours": HOURS | {"description": "The company's hours."},
    "sla": text(100, description="Name of the SLA policy of rules that have none."),
    "last_resort": listed(NAME, description="E-mail addresses, in their order."),
    "duplicate_minutes": MINUTES,
    "returning_days": number(0),
    "company_days": number(0),
    "same_company": FLAG,
    "hold_deadline_hours": number(0),
    "release_burst": whole(1),
    "taper_days": number(0),
    "match_threshold": number(0, 1),
    "account_hierarchy": words(RoutingSettings.Hierarchy.values),
    "score": listed({"type": "object"}, description="`{when, points}`: conditions as in rules, and what they add."),
    "grades": mapped({"type": "number"}, description="Grade → the score from which it is given."),
    "score_from": words(
        RoutingSettings.ScoreFrom.values,
        description="`learned`: from outcomes, as soon as enough of them are known; until then from `score`.",
    ),
    "intent": shaped({"extractor": {"type": ["string", "null"]}}),
    "signals": shaped({"half_life_days": number(0)}),
    "stages": mapped({"type": "string"}, description="Stage → `route` or `none`: whether it is handed over."),
}

DOORS: Mapping[str, Mapping[str, Shape]] = {
    "forms": {
        "name": needed(100),
        "slug": text(60, description="Its address is `/f/SLUG/`, and its leads have it as `form` [from the name]."),
        "active": FLAG,
        "language": words(Form.Language.values, description="Empty: the visitor's."),
        "title": text(150),
        "introduction": text(2_000),
        "button": text(60),
        "thanks": text(2_000, description="`{first_name}`, `{rep}` and `{booking}` are filled in where known."),
        "consent_text": text(2_000, description="What the box for consent says; without it there is none."),
        "consent_required": FLAG,
        "kind": words(Lead.Kind.values),
        "source": text(100),
        "campaign": text(150, description="If the page's address names none."),
        "redirect_url": text(
            500,
            description="Where visitors go after sending; its host is one of `redirect_hosts`. {rep} and {booking} may "
            "be values of its query, or {booking} all of it.",
        ),
        "redirect_hosts": listed(NAME),
        "name_rep": FLAG | {"description": "Whether visitors are told who will call."},
        "origins": listed(NAME, description="Whose pages may embed it, such as https://www.example.com."),
        "theme": mapped({"type": ["string", "null"]}, description=f"Its look: {', '.join(LOOKS)}."),
        "captcha": words(Form.Captcha.values),
        "captcha_site_key": text(200),
        "address_limit": whole(1, 1_000_000, description="Submissions a minute and visitor; more go to review."),
        "form_limit": whole(1, 1_000_000, description="Submissions a minute of all visitors; more go to review."),
        "fields": listed(FORM_FIELD, description="What it asks, in this order; `email` or `phone` is among them."),
    },
    "inbound": {
        "name": needed(100),
        "active": FLAG,
        "kind": words(Lead.Kind.values, description="Of new leads whose body says nothing else."),
        "source": text(100, description="As `kind`."),
        "campaign": text(150, description="As `kind`."),
        "signature": words(InboundAddress.Signature.values, description="How bodies are signed (HMAC-SHA256)."),
        "signature_header": text(60, description="Where the signature stands, such as X-Hub-Signature-256."),
        "minute_limit": whole(1, 1_000_000),
        "mapping": mapped(
            {},
            description="Field of the lead → where it stands: a path, or `{path, value, transforms}`, or a list of "
            "these, of which the first that gives something counts. `unwanted`: paths to what shall be no attribute; "
            f"all else that is there becomes one. Transforms: {', '.join(TRANSFORMS)}.",
        ),
    },
}

SHAPES: Mapping[str, Mapping[str, Shape]] = {
    "skills": {"name": needed(100)},
    "teams": {
        "name": needed(100),
        "manager": REP,
        "timezone": text(description="Null: the company's."),
        "working_hours": HOURS | {"description": "Blocks of a week; null: always on shift."},
        "digest": words(
            (Digest.DAILY.value, Digest.WEEKLY.value), description="How often the manager gets a summary; null: never."
        ),
    },
    "reps": {
        "email": needed(254),
        "name": needed(150),
        "team": text(100, description="Name of the team."),
        "timezone": text(description="IANA name; null: the team's."),
        "working_hours": HOURS_OR_TEAM,
        "holidays": text(10, description="Country, or country and region: US, US-CA."),
        "languages": listed(NAME),
        "skills": listed(NAME, description="Names of skills."),
        "expertise": mapped({"type": "integer", "minimum": 1, "maximum": 3}, description="Topic → level, 1 to 3."),
        "about": text(20_000),
        "caps": LIMITS,
        "catch_up": {"type": ["object", "null"], "propertyNames": {"enum": ["share", "cap", "max_rate"]}},
        "paused": {
            "description": "Null: not paused. `{until, reason}`: until then, or until resumed.",
            "anyOf": [shaped({"until": INSTANT, "reason": text()}), {"type": "boolean"}],
        },
        "active": FLAG,
        "backup": REP,
        "kind": words(Rep.Kind.values),
        "webhook": text(500, description="Where an agent is alerted."),
        "ack_seconds": whole(1, 3600),
        "channels": listed(CHANNEL, maxItems=MOST_CHANNELS, description="The first that is active gets alerts."),
        "quiet_hours": shaped(
            {"from": CLOCK, "until": CLOCK}, "from", "until", description="Chat and SMS are silent then."
        ),
        "calendar": text(500, description="Address of an iCal feed whose entries are time off."),
        "booking_url": text(500, description="Where people book a time with this rep (https)."),
    },
    "time_off": {
        "rep": {"type": "string", "maxLength": 254, "description": "E-mail address of the rep."},
        "from": {"type": "string", "maxLength": 40, "description": "A day, or an instant with its offset."},
        "to": {"type": "string", "maxLength": 40, "description": "The last day; or the instant at which it ends."},
        "reason": text(),
        "hand_over": words(
            (TimeOff.HandOver.BACKUP.value, TimeOff.HandOver.ROUTING.value),
            description="Who gets their leads when it begins; null: they keep them.",
        ),
        "hand_over_leads": words(TimeOff.HandOverLeads.values),
    },
    "topics": {
        "name": needed(100),
        "keywords": listed(NAME),
        "about": text(LONGEST_ABOUT, description="What it is, in a sentence. All extractors read it."),
    },
    "sources": {
        "name": needed(100),
        "wait_for": listed(NAME, description="Fields of a lead that it waits for."),
        "wait_seconds": number(0),
    },
    "tables": {
        "name": needed(100),
        "rows": mapped(REP_OR_POOL, description="Value of the rule's field → `{rep}` or `{pool}`."),
    },
    "territories": {
        "name": needed(100),
        "parent": text(100, description="Name of the territory that it lies in."),
        "priority": whole(-1_000_000, 1_000_000),
        "from": DAY,
        "to": DAY,
        "countries": listed(text()),
        "regions": listed(text()),
        "cities": listed(text()),
        "postal_codes": listed(text(), description="Codes, or ranges such as 90000-96199."),
        "industries": listed(text()),
        "employees": BAND,
        "annual_revenue": BAND,
        "sources": listed(text()),
        "languages": listed(text()),
        "owner": REP_OR_POOL,
    },
    "accounts": {
        "name": needed(200),
        "domains": listed(NAME),
        "aliases": listed(text()),
        "parent": text(description="Name of the account that it belongs to."),
        "owner": REP,
        "people": mapped({"type": "string"}, description="Role → e-mail address of a rep."),
        "stage": words(Account.Stage.values),
        "target": FLAG,
        "country": text(6, description="ISO 3166-1."),
        "region": text(6, description="ISO 3166-2."),
        "postal_code": text(20),
        "phone": text(40),
        "industry": text(100),
        "employees": whole(0),
        "excluded_domains": listed(NAME),
    },
    "pools": {
        "name": needed(100),
        "fairness_group": text(100, description="Pools of one group share their turns."),
        "strategy": words(Strategy),
        "fairness": words(Fairness),
        "turns_by": words(TurnsBy),
        "totals_days": number(0),
        "band": number(0, 1000),
        "minimum_fit": number(0),
        "expertise": words(
            [name for name, _ in Pool.EXPERTISE],
            description="By intent: what counts as knowing a topic, the level declared, or with what won deals teach.",
        ),
        "control_share": number(0, 0.5),
        "performance": shaped(
            {
                "mode": words(PerformanceMode),
                "segments": listed(NAME),
                "k": number(0),
                "half_life_days": number(0),
            }
        ),
        "creditable_reasons": listed({"enum": DeclineReason.values}),
        "offer": words(OfferMode),
        "offer_minutes": MINUTES,
        "hide_details": FLAG,
        "working_hours": {"type": ["object", "null"], "description": "Hours in which the pool takes leads."},
        "requires": REQUIRES,
        "paused": FLAG | {"description": "Live at once."},
        "members": listed(shaped(MEMBER, "rep") | {"type": "object"}, description="All of them; live at once."),
    },
    "sla_policies": {
        "name": needed(100),
        "first_response_minutes": MINUTES,
        "clock": words(SlaClock.values),
        "accept_minutes": MINUTES,
        "accept_counts": FLAG,
        "take_away": FLAG,
        "max_attempts": whole(1, 100),
        "steps": listed(STEP),
    },
    "rules": {
        "name": needed(150),
        "when": GROUPS,
        "enabled": FLAG,
        "to": {
            "type": "object",
            "description": "One of `{pool}`, `{rep}`, `{territory: true}`, `{account_owner: role}`, `{table, by}`, "
            f"`{{park: reason, review_days}}`; with `away` ({', '.join(Away)}) for those that name people.",
        },
        "when_nobody": {
            "description": "`next`, `assign_anyway`, `{wait_minutes: N}` or `{overflow: POOL}`.",
            "type": ["string", "object", "null"],
        },
        "requires": REQUIRES,
        "units": whole(1),
        "sla": text(100, description="Name of the SLA policy; null: that of the settings."),
        "alert": words(Alert),
        "answer_now": FLAG,
        "same_company": FLAG,
        "note": text(20_000),
        "owner": REP,
        "review_date": DAY,
        "notify": listed(NAME, description="E-mail addresses that hear of leads by this rule."),
        "active": shaped(
            {"from": INSTANT, "to": INSTANT, "weekdays": {"description": "Days, such as mon or mon-fri."}}
        ),
        "position": whole(1, description="Among the rules, 1 is first. The catch-all is always last."),
    },
    "examples": {
        "name": needed(150),
        "at": INSTANT,
        "lead": {"type": "object", "description": "The lead as a form would send it."},
        "expect": REP_OR_POOL | {"type": "object"},
    },
    **DOORS,
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "reps": ("email", "name"),
    "time_off": ("rep", "from", "to"),
    "rules": ("name", "to"),
    "examples": ("name", "lead", "expect"),
}
ALSO_TAKEN: Mapping[str, Mapping[str, Shape]] = {
    "reps": {
        "like": REP | {"description": "E-mail address of a rep: what is not given is copied from them."},
        "ramp_weeks": whole(0, MOST_RAMP_WEEKS, description="With `like`: over so many weeks their weights grow [4]."),
    }
}
"""What a new row may say besides."""
SECRETS: Mapping[str, Mapping[str, Shape]] = {
    "forms": {"captcha_secret": text(200, writeOnly=True, description="Never answered. Left out: as it is.")},
    "inbound": {"signature_secret": text(200, writeOnly=True, description="Never answered. Left out: as it is.")},
}
SHOWN_ONCE: Mapping[str, Mapping[str, Shape]] = {
    "inbound": {
        "key": {"type": "string", "description": "Shown this once."},
        "url": {"type": "string", "format": "uri", "description": "Where to send to. It holds the key."},
    }
}
"""What is only in the answer to making a row."""
SHOWN_ONLY: Mapping[str, Mapping[str, Shape]] = {"rules": {"catch_all": {"type": "boolean"}}}


WARNED: Mapping[str, Mapping[str, Shape]] = {
    "reps": {"warnings": listed(NAME, description="What somebody who was deactivated leaves behind.")}
}
"""What is answered only where there is reason to."""


def asked(section: str, *, new: bool) -> Shape:
    """What a row is made of, or changed with."""
    also = {**(ALSO_TAKEN.get(section, {}) if new else {}), **SECRETS.get(section, {})}
    shape = shaped({**SHAPES[section], **also}) | {"type": "object"}
    return shape | ({"required": list(REQUIRED.get(section, ("name",)))} if new else {})


def answered(section: str, *, new: bool = False) -> Shape:
    """How a row is shown: with all its keys."""
    once = SHOWN_ONCE.get(section, {}) if new else {}
    properties = {"id": {"type": "string", "format": "uuid"}, **SHAPES[section], **SHOWN_ONLY.get(section, {}), **once}
    return {"type": "object", "properties": {**properties, **WARNED.get(section, {})}, "required": list(properties)}
