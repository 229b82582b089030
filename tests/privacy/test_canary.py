"""Somebody leaves a word in every field of every door, everything is done with it for real, and they are erased.

Then the word is nowhere: not in the database, its backups, its raw file, Redis, logs, mails, or any file. That the
search would find it is shown beforehand.
"""

from __future__ import annotations

import gzip
import io
import json
import logging
import logging.config
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings
from redis import Redis

from leadrouting import local_redis
from leadrouting.logs import logging_settings
from reps.models import Channel, Rep, TimeOff
from routing import doorbell, jobs, spool
from routing.mailbox import file_mail
from routing.models import (
    Example,
    Form,
    Incident,
    Lead,
    LeadEvent,
    LedgerAccount,
    Scope,
    Work,
)
from routing.services.api_keys import create_api_key
from routing.services.backup import backup, restore
from routing.services.lead_actions import accept, decline, reassign, respond, set_outcome
from routing.services.people.leaving import plan_departure
from routing.services.people.plans import Choice, Kind, Place, usual_plan
from routing.services.privacy.erasing import erase_person
from routing.services.privacy.erasing_rep import erase_rep
from routing.services.privacy.looking_up import look_up
from routing.services.privacy.people import person_named
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.services.statement import statement
from routing.services.work import run_now
from tests.factories import make_catch_all, make_pool, make_rep
from tests.imports.doing import brought_in, handed_in
from tests.inbound.conftest import new_address, path_of
from tests.receiver import receiver
from tests.routing.calls import call_all, hook_to
from tests.smtp import Sink, use
from tests.valkey import running_valkey

pytestmark = [pytest.mark.django_db(transaction=True)]
WORD = "zq7xkanarie"
EMAIL = f"{WORD}.wolf@{WORD}.example"
PHONE = "+4930901820"
NAMED = ("first_name", "last_name", "company", "job_title", "industry", "city", "message", "product_interest")
FACTS: dict[str, Any] = {
    **{name: f"{WORD} {name}" for name in NAMED},
    "email": EMAIL,
    "phone": PHONE,
    "website": f"https://www.{WORD}.example/",
    "campaign": f"{WORD} campaign",
    "postal_code": WORD,
    "country": "DE",
    "consent": True,
    "utm": {"term": f"{WORD} term", WORD: "name"},
    "attributes": {"note": f"{WORD} note", WORD: [WORD]},
}


# --- where to look -----------------------------------------------------------------------------------------------


def in_rows() -> dict[str, int]:
    """Rows of every table that have the word, packed or not, by table."""
    found: dict[str, int] = {}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed:
            continue
        rows = model._base_manager.values_list(*[field.attname for field in model._meta.concrete_fields])
        if count := sum(1 for row in rows.iterator() if any(map(has_it, row))):
            found[model._meta.label] = count
    return found


def has_it(value: Any) -> bool:
    if isinstance(value, bytes | memoryview):
        content = bytes(value)
        return has_it_in(content) or (content[:1] == b"\x78" and has_it_in(unpacked(content)))
    return WORD in str(value).lower() or "901820" in str(value)


def has_it_in(content: bytes) -> bool:
    return WORD.encode() in content.lower() or b"+4930901820" in content


def unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return b""


def in_files(folder: Path) -> list[str]:
    """Backups are unpacked. Those of a database server's own are looked at through the server."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "postgres" not in path.parts):
        content = path.read_bytes()
        if has_it_in(content) or (path.suffix == ".backup" and has_it_in(gzip.decompress(content))):
            found.append(path.name)
    return found


def in_redis(redis: Redis) -> list[bytes]:
    keys = list(redis.scan_iter(count=1_000))
    return [key for key in keys if has_it_in(key) or has_it_in(redis.dump(key) or b"")]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What all processes together would have logged."""
    made = logging.config.DictConfigurator(logging_settings("DEBUG"))  # type: ignore[arg-type]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(made.configure_formatter(made.config["formatters"]["json"]))
    root = logging.getLogger()
    before, root.level = root.level, logging.INFO
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    root.level = before


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[Redis]:
    with running_valkey(tmp_path_factory.mktemp("v")) as address:
        settings.REDIS_ADDRESS = address
        doorbell._line.cache_clear()
        with local_redis.client(address, timeout=1) as client:
            yield client
        doorbell._line.cache_clear()


# --- what is done ------------------------------------------------------------------------------------------------


@pytest.fixture
def company(now: datetime) -> None:
    make_catch_all(make_pool(make_rep("Ana Diaz"), make_rep("Bob Ray"), name="SMB"))
    publish(note="first", user=None, now=now)


def come_in_by_every_door(now: datetime) -> None:
    """API, form, inbound address, file, signal, disk; once as a lead and once as what cannot be one."""
    key = create_api_key(name="website", scopes=Scope.values)
    api = Client(headers={"Authorization": f"Bearer {key.secret}", "Idempotency-Key": WORD})
    assert api.post("/api/v1/leads", json.dumps(FACTS), content_type="application/json").status_code == 202
    signal = {
        "email": EMAIL,
        "kind": "visit",
        "title": WORD,
        "text": f"By {EMAIL}",
        "source_url": f"https://{WORD}.example",
    }
    assert api.post("/api/v1/signals", json.dumps(signal), content_type="application/json").status_code == 202
    form = Form.objects.create(name="Contact", slug="contact")
    for name in ("email", "message", "attributes.size"):
        form.fields.create(name=name, required=name == "email")
    page = {"email": EMAIL, "message": WORD, "attributes.size": WORD, "lr_page": f"https://x.example/?q={WORD}"}
    Client().post("/f/contact/", page)
    Client().post("/f/contact/", page | {"email": f"{EMAIL}@{WORD}"})
    door = new_address(mapping={"email": "email", "message": "text"})
    Client().post(path_of(door.key), json.dumps({"email": EMAIL, "text": WORD}), content_type="application/json")
    Client().post(path_of(door.key), json.dumps({"mail": EMAIL, "text": WORD}), content_type="application/json")
    header, row = "email,first_name,company,message,phone", f"{EMAIL},{WORD},{WORD},{WORD},{PHONE}"
    brought_in(f"{header}\n{row}\n{EMAIL}@,{WORD},,,\n".encode(), now)
    handed_in(f"{header}\n{row}\n".encode(), now)
    spool.put({"form": "contact", "raw": json.dumps([["email", EMAIL]])}, now=now)


def work_on_it(now: datetime) -> None:
    """Routed, told, worked on, given on, and everything about it noted."""
    jobs.route()
    lead = Lead.objects.filter(status=Lead.Status.ASSIGNED, email=EMAIL).earliest("pk")
    first = lead.owner
    assert first is not None
    jobs.deliver()
    accept(lead=lead, rep=first, now=now, actor=first.name)
    decline(lead=lead, rep=first, reason="not_my_field", note=f"{WORD} is not mine", now=now, actor="", attempt=None)
    jobs.route()
    lead.refresh_from_db()
    owner = lead.owner
    assert owner is not None
    respond(lead=lead, rep=owner, channel="call", note=f"Spoke to {WORD}", now=now, actor=owner.name)
    reassign(lead=lead, rep=first, reason=f"{WORD} asked for it", counts=True, now=now, actor="Bo")
    set_outcome(lead=lead, stage="lost", amount=None, reason=f"{WORD} said no", now=now, actor="Bo")
    jobs.deliver()
    call_all(now)


def tell_others_of_it(now: datetime) -> None:
    """Texts that are about somebody else, or about the system."""
    lead = Lead.objects.filter(email=EMAIL).earliest("pk")
    other = Lead.objects.create(
        email="noah@other.example", message=f"Cc {EMAIL}, 030 / 90 18 20", submitted_at=now, route_after=now
    )
    jobs.route()
    LeadEvent.objects.create(lead=other, kind="edited", text=f"Duplicate of {lead.label}", happened_at=now)
    Incident.objects.create(kind="neglected", text=f"{lead.label} waits", opened_at=now, seen_at=now)
    Example.objects.create(name="like", lead={"email": EMAIL}, expected_rep=Rep.objects.earliest("pk"))
    Work.objects.create(kind="lint", report={"rows": [lead.label, EMAIL]}, created_at=now)
    run_now(kind=Work.Kind.REPLAY, params={"days": 1, "version": "draft"}, clock=lambda: now)
    mail = EmailMessage()
    mail["Subject"], mail["From"] = f"Re: {WORD}", EMAIL
    mail.set_content(f"Yours, {WORD}")
    file_mail(sender=EMAIL, recipients=["ana@acme.example"], content=mail.as_bytes(), now=now)


def overwrite_free_space() -> None:
    """As `manage.py vacuum` does."""
    call_command("vacuum", stdout=io.StringIO())


def raw_database() -> list[str]:
    """The files of SQLite themselves; a server's rows were looked at."""
    if connection.vendor != "sqlite":
        return []
    file = Path(str(connection.settings_dict["NAME"]))
    return [path.name for path in file.parent.glob(f"{file.name}*") if has_it_in(path.read_bytes())]


# --- and the test ------------------------------------------------------------------------------------------------


def test_who_is_erased_is_nowhere(
    company: None, now: datetime, redis: Redis, log: io.StringIO, settings: Settings, tmp_path: Path
) -> None:
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.DATA_DIR = tmp_path
    with receiver() as target, Sink() as sink, time_machine.travel(now, tick=False):
        use(settings, real=None, local=sink)
        hook_to(target, settings)
        come_in_by_every_door(now)
        work_on_it(now)
        for mail, to in zip(sink.mails, sink.to, strict=True):
            file_mail(sender="leads@localhost", recipients=[to], content=mail.as_bytes(), now=now)
        tell_others_of_it(now)
        before = in_rows()
        backup(path=tmp_path / "old.backup", now=now)
        control = {"raw": raw_database(), "files": in_files(tmp_path)}
        balances = sorted(LedgerAccount.objects.values_list("rep", "balance"))

        erased = erase_person(email=EMAIL, phone=PHONE, never_again=True, now=now)
        overwrite_free_space()
        backup(path=tmp_path / "new.backup", now=now)

        assert len(before) > 15, before
        assert {"old.backup"} < set(control["files"])
        assert control["raw"] or connection.vendor != "sqlite"
        assert in_rows() == {}
        assert in_files(tmp_path) == ["old.backup"]
        assert raw_database() == []
        assert in_redis(redis) == []
        assert not has_it(log.getvalue())
        assert log.getvalue()
        assert not erased.by_hand
        assert look_up(person=person_named(email=EMAIL, phone=PHONE), now=now).count == 0
        assert sorted(LedgerAccount.objects.values_list("rep", "balance")) == balances

        restore(path=tmp_path / "old.backup", replace=True, now=now + timedelta(hours=1))
        assert in_rows() == {}


def test_a_rep_who_is_erased_is_a_number(company: None, now: datetime, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.SPOOL_DIR = tmp_path, tmp_path / "spool"
    rep = Rep.objects.get(name="Ana Diaz")
    user = User.objects.create_user(f"{WORD}@acme.example", first_name=WORD.title(), last_name="Diaz")
    rep.name, rep.email, rep.about, rep.user = f"{WORD.title()} Diaz", user.username, WORD, user
    rep.save()
    Channel.objects.create(rep=rep, kind="slack", address=f"https://hooks.example/{WORD}")
    TimeOff.objects.create(rep=rep, starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=10), reason=WORD)
    lead = receive_lead(facts={"email": "noah@other.example"}, now=now).lead
    route_all(now=now)
    hook_to("https://crm.example/", settings)
    lead.refresh_from_db()
    owner = lead.owner
    assert owner is not None
    accept(lead=lead, rep=owner, now=now, actor=rep.name)
    reassign(lead=lead, rep=rep, reason=f"{rep.name} knows them", counts=True, now=now, actor=rep.name)
    run_now(kind=Work.Kind.REPLAY, params={"days": 1, "version": "draft"}, clock=lambda: now)
    plan = usual_plan(rep) | {Kind.LEADS: Choice(Place(rep=Rep.objects.get(name="Bob Ray").pk))}
    plan_departure(rep=rep, leaves_at=now, plan=plan, user=user, now=now)
    before = sorted(LedgerAccount.objects.values_list("rep", "balance"))

    assert len(in_rows()) > 8
    erase_rep(email=rep.email, now=now)

    assert in_rows() == {}
    whole = statement(rep=Rep.objects.get(pk=rep.pk), since=now - timedelta(days=1), until=now + timedelta(days=1))
    assert whole.lines
    assert sorted(LedgerAccount.objects.values_list("rep", "balance")) == before
    assert sum(balance for _, balance in before) == 0
