"""People who were erased: kept as keyed hashes, from which nobody reads an address.

Each hash stands in the database, and once more in a file of the data folder, since a backup that is restored brings
the database back as it was before.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress as ignoring
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction

from routing.intake.clean import Unusable
from routing.intake.normalise import email_address, phone_number
from routing.models import Suppression
from routing.models.reading import one_by_one

PURPOSE = "routing.suppression"
REASON = "asked to be erased"
"""Why a lead of theirs waits in review."""
LONGEST_REASON = 200
FILE = "erased"
REFUSED, WAS_ERASED = "refused", "erased"
AT_ONCE = 500
FEW = 2
"""The address and the number of one person."""


def digest_of(text: str) -> str:
    """The keyed hash of an e-mail address or a phone number, however it was written, or of a lead's id."""
    return _digest(plain(text), keys()[0])


def suppressed_among(texts: Iterable[str]) -> set[str]:
    """Those of many addresses and numbers, as they were given. One query; for more than a few, two.

    Of many nothing is hashed where nobody ever asked.
    """
    given = {text for text in texts if text.strip()}
    refused = Suppression.objects.filter(refused=True)
    if not given or (len(given) > FEW and not refused.exists()):
        return set()
    known = {text: _digests(text) for text in given}
    found = set(refused.filter(digest__in=set().union(*known.values())).values_list("digest", flat=True))
    return {text for text, digests in known.items() if not found.isdisjoint(digests)}


def suppress(texts: Collection[str], *, reason: str = "", now: datetime) -> None:
    """Never take these addresses and numbers in again, until `lift`. Twice does no harm."""
    _remember(texts, refused=True, reason=reason, now=now)


def remember_erased(texts: Collection[str], *, now: datetime) -> None:
    """They were erased, and are erased again from a backup that is restored; they may come back by themselves."""
    _remember(texts, refused=False, reason="", now=now)


def lift(*, email: str = "", phone: str = "") -> bool:
    """Take somebody in again; whether they were refused."""
    gone = {digest for text in (email, phone) if text.strip() for digest in _digests(text)}
    return bool(Suppression.objects.filter(refused=True, digest__in=gone).update(refused=False))


def plain(text: str) -> str:
    """The one form in which an address or a number is compared; what is neither, in lower case."""
    try:
        return email_address(text) if "@" in text else phone_number(text).number
    except Unusable:
        return text.strip().lower()


def keys() -> list[str]:
    """New hashes are made with the first; earlier keys still find what was made with them."""
    return [key for key in (settings.SUPPRESSION_KEY, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS) if key]


def erased() -> dict[str, datetime]:
    """Everybody who was ever erased, by hash, and when last: of this database, and of the file beside it."""
    found = {row.digest: row.created_at for row in Suppression.objects.all()}
    for digest, (at, _) in _filed().items():
        found[digest] = max(at, found.get(digest, at))
    return found


def restore_from_file() -> int:
    """After a restore: what the backup did not know yet of who was erased stands in the database again; how many.

    Whether they are refused is as it was said last, too.
    """
    known = {row.digest: row for row in Suppression.objects.all()}
    filed = sorted(_filed().items())
    rows = [
        Suppression(digest=digest, refused=refused, created_at=at)
        for digest, (at, refused) in filed
        if digest not in known
    ]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    changed = []
    for digest, (at, refused) in filed:
        row = known.get(digest)
        if row and row.refused != refused and row.created_at <= at:
            row.refused = refused
            changed.append(row)
    Suppression.objects.bulk_update(changed, ["refused"], batch_size=AT_ONCE)
    return len(rows)


def file_all() -> None:
    """Have the file say what the database says: other hosts, and those that died in between, wrote elsewhere."""
    known = _filed()
    rows = one_by_one(Suppression.objects.all(), AT_ONCE)
    _file([row for row in rows if known.get(row.digest) != (row.created_at, row.refused)])


def matching(texts: Iterable[str], known: Mapping[str, datetime]) -> dict[str, datetime]:
    """Those of many addresses, numbers and ids, as they are stored, who were erased; and when."""
    found = {}
    for text in texts:
        for key in keys():
            if at := known.get(_digest(text, key)):
                found[text] = at
    return found


def _remember(texts: Collection[str], *, refused: bool, reason: str, now: datetime) -> None:
    digests = sorted({digest_of(text) for text in texts if text.strip()})
    rows = [
        Suppression(digest=digest, refused=refused, reason=reason[:LONGEST_REASON], created_at=now)
        for digest in digests
    ]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    again = Suppression.objects.filter(digest__in=digests)
    again.update(created_at=now, **({"refused": True, "reason": reason[:LONGEST_REASON]} if refused else {}))
    transaction.on_commit(partial(_file, list(again.all())), robust=True)


def _digests(text: str) -> list[str]:
    return [_digest(plain(text), key) for key in keys()]


def _digest(text: str, key: str) -> str:
    return hmac.new(f"{PURPOSE}:{key}".encode(), text.encode(), sha256).hexdigest()


def _path() -> Path:
    return Path(settings.DATA_DIR) / FILE


def _file(rows: Iterable[Suppression]) -> None:
    lines = [f"{row.created_at.isoformat()} {row.digest} {REFUSED if row.refused else WAS_ERASED}\n" for row in rows]
    if not lines:
        return
    with open(os.open(_path(), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a", encoding="ascii") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def _filed() -> dict[str, tuple[datetime, bool]]:
    """The last line of each hash counts."""
    found: dict[str, tuple[datetime, bool]] = {}
    with ignoring(FileNotFoundError), _path().open(encoding="ascii") as file:
        for line in file:
            with ignoring(ValueError):  # a line that was not written to its end
                at, digest, state = line.split()
                found[digest] = datetime.fromisoformat(at), state == REFUSED
    return found
