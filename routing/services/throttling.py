"""How often something happened within a while: counted in the database, so that all processes of all hosts agree.

A count is one statement; who asks at the same moment is counted one after the other, and nobody is missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.db import connection, transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from routing.models import ThrottleCount

KEPT = timedelta(days=2)
"""The longest window is a day."""
IPV6_SITE = 64
"""Whoever has one address of IPv6 has all that begin alike."""


@dataclass(frozen=True, slots=True)
class Hits:
    """How often in this window, this time included, and when the next one begins."""

    count: int
    resets_at: datetime

    def seconds_left(self, now: datetime) -> int:
        """For Retry-After: whole seconds, at least one."""
        return max(1, -int((now - self.resets_at).total_seconds() // 1))


def count_hit(*, key: str, seconds: int, now: datetime, many: int = 1) -> Hits:
    """Count one more of `key`, or so many, in the window of so many seconds that `now` is in."""
    window = _window(seconds, now)
    quote = connection.ops.quote_name
    table, key_column, window_column, hits = map(
        quote, (ThrottleCount._meta.db_table, "key", "window", "hits")
    )  # “window” is a word of SQL
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({key_column}, {window_column}, {hits}) VALUES (%s, %s, %s) "
            f"ON CONFLICT ({key_column}, {window_column}) DO UPDATE SET {hits} = {table}.{hits} + EXCLUDED.{hits} "
            f"RETURNING {hits}",
            [key, connection.ops.adapt_datetimefield_value(window), many],
        )
        ((count,),) = cursor.fetchall()
    return Hits(int(count), window + timedelta(seconds=seconds))


def take_back_hit(*, key: str, seconds: int, now: datetime) -> None:
    """What was counted a moment ago turned out not to be what is limited."""
    counted = ThrottleCount.objects.filter(key=key, window=_window(seconds, now), hits__gt=0)
    counted.update(hits=F("hits") - 1)


def visitor_key(address: str) -> str:
    """An address as it is kept: a keyed hash that says whether two are the same, and nothing else."""
    return salted_hmac("routing.visitor", _site(address), algorithm="sha256").hexdigest()


def forget_old_hits(*, now: datetime) -> int:
    """Remove the counts of windows that are over for long."""
    old = ThrottleCount.objects.filter(window__lt=now - KEPT)
    return old.delete()[0] if old.exists() else 0  # looking first: writing waits for others, each second


def _window(seconds: int, now: datetime) -> datetime:
    """When the window began that `now` is in."""
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def _site(address: str) -> str:
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Network((ip, IPV6_SITE), strict=False))
