"""After a restore: whoever was erased since the backup was taken is erased again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import unquote_plus

from reps.models import Rep
from routing.models import Identity, ImportRow, Lead, MailboxMessage, Signal, Submission, WebhookDelivery
from routing.models.reading import values_in_batches
from routing.services.privacy.erasing import erase_lead, erase_person
from routing.services.privacy.erasing_rep import erase_rep
from routing.services.privacy.suppression import erased, matching, restore_from_file

NO_PART = r"\s\"'<>(),:;\\\[\]{}=&|@"
ADDRESS = re.compile(rf"[^{NO_PART}]{{1,64}}@[^{NO_PART}]{{1,253}}\.[^{NO_PART}.]{{2,63}}")
AT_ONCE = 2_000


def erase_again(*, now: datetime) -> int:
    """How many addresses, numbers, leads and former reps were erased. What somebody sent after their erasure stays."""
    restore_from_file()
    known = erased()
    if not known:
        return 0
    return _erase_people(known, now=now) + _erase_leads(known, now=now) + _erase_reps(known, now=now)


def _erase_people(known: Mapping[str, datetime], *, now: datetime) -> int:
    found = matching(_addresses(), known)
    for text, at in sorted(found.items()):
        email, phone = (text, "") if "@" in text else ("", text)
        own = Lead.objects.filter(email=email) if email else Lead.objects.filter(phone=phone)
        if own.filter(submitted_at__gt=at).exists():
            for lead in own.filter(submitted_at__lte=at):
                erase_lead(lead=lead, now=now)
        else:
            erase_person(email=email, phone=phone, now=now)
    return len(found)


def _erase_leads(known: Mapping[str, datetime], *, now: datetime) -> int:
    ids = map(str, values_in_batches(Lead.objects.all(), "uuid", AT_ONCE))
    found = matching(ids, known)
    for lead in Lead.objects.filter(uuid__in=found).order_by("pk"):
        if Lead.objects.filter(pk=lead.pk).exists():  # not gone with another whose duplicate it is
            erase_lead(lead=lead, now=now)
    return len(found)


def _erase_reps(known: Mapping[str, datetime], *, now: datetime) -> int:
    """Of those who worked here. Whoever the backup has as active owns leads, which people hand over first."""
    found = matching(map(str, Rep.objects.filter(active=False).values_list("uuid", flat=True)), known)
    for rep in Rep.objects.filter(uuid__in=found).order_by("pk"):
        erase_rep(email=rep.email, now=now)
    return len(found)


def _addresses() -> set[str]:
    """Every address and number in this database: of leads, and in what came of nobody yet."""
    kinds = [Identity.Kind.EMAIL, Identity.Kind.PHONE]
    found = set(values_in_batches(Identity.objects.filter(kind__in=kinds), "key", AT_ONCE))
    for column in ("email", "phone"):
        found.update(values_in_batches(Lead.objects.exclude(**{column: ""}), column, AT_ONCE))
    found.update(values_in_batches(Signal.objects.exclude(email=""), "email", AT_ONCE))
    found.update(_written(_texts()))
    return found


def _texts() -> Iterator[str]:
    yield from values_in_batches(Submission.objects.all(), "raw", AT_ONCE)
    yield from values_in_batches(MailboxMessage.objects.all(), "text", AT_ONCE)
    yield from values_in_batches(WebhookDelivery.objects.all(), "body", AT_ONCE)
    for values in values_in_batches(ImportRow.objects.all(), "values", AT_ONCE):
        yield " ".join(map(str, values.values()))


def _written(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        sent = f"{text} {unquote_plus(text)}" if "%40" in text else text  # a plain form, as it came
        for address in ADDRESS.findall(sent):
            yield address.lower().rstrip(".")
