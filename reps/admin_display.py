"""How instants, spans, people and states look on the pages of the admin."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

MINUTE, HOUR, DAY = 60, 3600, 86400
AT_ONCE = 0.05
"""What takes fewer seconds would be written 0.0 s."""
AVATAR_COLOURS = 8
NOTHING = SafeString('<span class="lr-quiet">—</span>')


def badge(text: str, tone: str = "neutral", title: str = "") -> SafeString:
    """A short state on a coloured ground: neutral, blue, green, amber, red or violet."""
    return format_html('<span class="lr-badge lr-badge--{}" title="{}">{}</span>', tone, title, text)


def quiet(text: object) -> SafeString:
    return format_html('<span class="lr-quiet">{}</span>', text)


def two_lines(first: object, second: object) -> SafeString:
    """A value with a smaller remark under it."""
    if not second:
        return format_html("{}", first)
    return format_html('<span class="lr-two"><span>{}</span><span class="lr-quiet">{}</span></span>', first, second)


def initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def avatar(name: str) -> SafeString:
    colour = sum(map(ord, name)) % AVATAR_COLOURS
    return format_html('<span class="lr-avatar lr-avatar--{}" aria-hidden="true">{}</span>', colour, initials(name))


def person(name: str, remark: object = "") -> SafeString:
    """Somebody with their initials; one colour a name."""
    return format_html('<span class="lr-person">{}{}</span>', avatar(name), two_lines(name, remark))


def exact(instant: datetime) -> str:
    """In the viewer's zone, with the zone's name."""
    local = timezone.localtime(instant)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S} {local.tzname()}"


def day(date_: date | None) -> str:
    """21 May 2027."""
    return f"{date_.day} {date_:%b %Y}" if date_ else "a day that is not set"


def span(seconds: float) -> str:
    """A length of time in the largest unit that says enough: 42 s, 5 min, 3 h 20 min, 4 days. It never wraps."""
    return _span(abs(seconds)).replace(" ", "\u00a0")


def _span(seconds: float) -> str:
    if seconds < MINUTE:
        return f"{seconds:.0f} s" if seconds >= 10 or seconds == int(seconds) else f"{seconds:.1f} s"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < 2 * DAY:
        hours, minutes = int(seconds // HOUR), int(seconds % HOUR // MINUTE)
        return f"{hours} h {minutes} min" if minutes and hours < 10 else f"{hours} h"
    return f"{int(seconds // DAY)} days"


def exact_span(seconds: float) -> str:
    """A length of time in every unit: 2 days 3 h 5 s, 4 min 12 s; with a tenth of a second where there is one."""
    left, parts = seconds, []
    for size, unit in ((DAY, "day"), (HOUR, "h"), (MINUTE, "min")):
        count = int(left // size)
        left -= count * size
        if count:
            parts.append(f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}")
    if round(left, 1) or not parts:
        parts.append(f"{round(left, 1):g} s")
    return " ".join(parts).replace(" ", "\u00a0")


def ago(instant: datetime, now: datetime) -> str:
    seconds = (now - instant).total_seconds()
    if abs(seconds) < 1:
        return "just now"
    return f"{span(seconds)} ago" if seconds > 0 else f"in {span(seconds)}"


def moment(instant: datetime | None, now: datetime) -> SafeString:
    """How long ago or in how long; the exact instant on hover."""
    if instant is None:
        return NOTHING
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', instant.isoformat(), exact(instant), ago(instant, now)
    )


def after(instant: datetime, since: datetime, word: str = "") -> SafeString:
    """How long it was from one instant to another, which shows on hover: 5 min, or with a word 5 min later."""
    seconds = (instant - since).total_seconds()
    length = f"{span(seconds)} {word}".rstrip() if abs(seconds) >= AT_ONCE or not word else "at once"
    return format_html('<time datetime="{}" title="{}">{}</time>', instant.isoformat(), exact(instant), length)


def countdown(due: datetime, now: datetime) -> SafeString:
    """What is left until a deadline; red when it has passed."""
    left = (due - now).total_seconds()
    tone = "red" if left < 0 else "amber" if left < 2 * MINUTE else "green"
    text = f"{span(left)} over" if left < 0 else f"{span(left)} left"
    return badge(text, tone, f"Due {exact(due)}")
