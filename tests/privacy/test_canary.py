"""Somebody leaves a word in every field of every door, everything is done with it for real, and they are erased.

Then the word is nowhere: not in the database, its backups, its raw file, Redis, logs, mails, or any file. That the
search would find it is shown beforehand.
"""

from __future__ import annotations

import io
import json
import logging
import logging.config
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from redis import Redis

from leadrouting import local_redis
from leadrouting.logs import logging_settings
from reps.models import Channel, Rep, TimeOff
from routing import doorbell, jobs, spool
from routing.admin.exports import FORMATS
from routing.clock import current_time
from routing.mailbox import file_mail
from routing.models import (
    Example,
    Form,
    Import,
    Incident,
    Lead,
    LeadEvent,
    LedgerAccount,
    Scope,
    Work,
)
from routing.services import lead_actions as acts
from routing.services import rep_acts
from routing.services.api_keys import create_api_key
from routing.services.backup import backup, restore
from routing.services.imports import start
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
from tests.privacy.canary import (
    ABOUT_THEM,
    EMAIL,
    FACTS,
    PHONE,
    WORD,
    has_it,
    in_file,
    in_files,
    in_raw_database,
    in_redis,
    in_rows,
)
from tests.receiver import receiver
from tests.routing.calls import call_all, hook_to
from tests.smtp import Sink, use
from tests.valkey import running_valkey

pytestmark = [pytest.mark.django_db(transaction=True)]
FILES = {"leads.csv", "leads.xlsx", "decisions.csv", "decisions.xlsx", "rejected.csv", "rejected.xlsx", "file=csv",
         "file=xlsx", "month.xlsx"}  # fmt: skip
"""Each kind of file that has it before the erasure."""


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


@pytest.fixture
def boss(db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Somebody who uploads and takes files. Temporary ones lie where they are looked for."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


# --- what is done ------------------------------------------------------------------------------------------------


@pytest.fixture
def now(db: None) -> datetime:
    """The present: on PostgreSQL jobs and pages ask the database for it."""
    return current_time()


@pytest.fixture
def company(now: datetime) -> None:
    make_catch_all(make_pool(make_rep("Ana Diaz"), make_rep("Bob Ray"), name="SMB"))
    publish(note="first", user=None, now=now)


def come_in_by_every_door(now: datetime, boss: Client) -> None:
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
    plain = f"tel=%2B49%20{PHONE[3:5]}%2090%2018%2020&plan=a"
    Client().post(path_of(door.key), plain, content_type="application/x-www-form-urlencoded")
    header, row = "email,first_name,company,message,phone", f"{EMAIL},{WORD},{WORD},{WORD},{PHONE}"
    brought_in(f"{header}\n{row}\n{EMAIL}@,{WORD},,,\n".encode(), now)
    handed_in(f"{header}\n{row}\n".encode(), now)
    file = upload(f"{EMAIL},{WORD},{PHONE}\nnoah@other.example,Noah,\n")
    assert boss.post(reverse("admin:routing_import_upload", args=["leads"]), {"file": file}).status_code == 302
    without_header = Import.objects.latest("pk")
    mapping, options = dict.fromkeys(without_header.columns, "") | {EMAIL: "email"}, {"defaults": {"campaign": EMAIL}}
    start.choose_columns(imported=without_header, mapping=mapping, options=options, now=now)
    spool.put({"form": "contact", "raw": json.dumps([["email", EMAIL]])}, now=now)


def upload(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{EMAIL}.csv", text.encode(), content_type="text/csv")


def work_on_it() -> None:
    """Routed, told, worked on, given on, and everything about it noted; as is another lead, which they know of."""
    jobs.route()
    own = Lead.objects.filter(status=Lead.Status.ASSIGNED, email=EMAIL).earliest("submitted_at", "pk")
    other = receive_lead(facts={"email": "noah@other.example", "message": ABOUT_THEM}, now=current_time()).lead
    jobs.route()
    for lead, note in ((own, f"{WORD} said so"), (other, ABOUT_THEM)):
        lead.refresh_from_db()
        write_notes(lead, note)


def write_notes(lead: Lead, note: str) -> None:
    """In every field for one that reps and managers have."""
    reps = {rep.pk: rep for rep in Rep.objects.all()}
    first = reps.pop(lead.owner_id or 0)
    [second] = reps.values()

    def noted() -> dict[str, Any]:
        return {"lead": lead, "now": current_time(), "actor": "Bo"}

    jobs.deliver()
    acts.accept(rep=first, **noted())
    rep_acts.decline(rep=first, reason="not_my_field", note=note, attempt=None, **noted())
    jobs.route()
    rep_acts.answer(rep=second, channel="call", note=note, **noted())
    rep_acts.pass_on(rep=second, to=first, reason=note, **noted())
    jobs.deliver()
    acts.release(reason=note, **noted())
    acts.reassign(rep=second, reason=note, counts=True, **noted())
    acts.quarantine(reason=note, **noted())
    acts.restore(**noted())
    acts.park(reason=note, review_date=current_time().date() + timedelta(days=9), **noted())
    acts.reassign(rep=first, reason=note, counts=True, **noted())
    rep_acts.note_outcome(rep=first, stage="lost", amount=None, reason=note, **noted())
    jobs.deliver()
    call_all(current_time())


def tell_others_of_it(now: datetime) -> None:
    """Texts that are about somebody else, or about the system."""
    lead = Lead.objects.filter(email=EMAIL).earliest("submitted_at", "pk")
    other = Lead.objects.get(email="noah@other.example")
    LeadEvent.objects.create(lead=other, kind="edited", text=f"Duplicate of {lead.label}", happened_at=now)
    Incident.objects.create(kind="neglected", text=f"{lead.label} waits", opened_at=now, seen_at=now)
    Example.objects.create(name="like", lead={"email": EMAIL}, expected_rep=Rep.objects.earliest("pk"))
    Work.objects.create(kind="lint", report={"rows": [lead.label, EMAIL]}, created_at=now)
    run_now(kind=Work.Kind.REPLAY, params={"days": 1, "version": "draft"}, clock=lambda: now)
    run_now(kind=Work.Kind.MONTH, params={"month": f"{now:%Y-%m}"}, clock=lambda: now + timedelta(minutes=1))
    publish(note=ABOUT_THEM, user=None, now=now)
    mail = EmailMessage()
    mail["Subject"], mail["From"] = f"Re: {WORD}", EMAIL
    mail.set_content(f"Yours, {WORD}")
    file_mail(sender=EMAIL, recipients=["ana@acme.example"], content=mail.as_bytes(), now=now)


def files_of(boss: Client, now: datetime) -> set[str]:
    """What people can take as a file a minute later, and has the word in it."""
    with time_machine.travel(now + timedelta(minutes=1), tick=False):
        answers = {file: boss.get(file) for file in files_to_take()}
        return {file for file, answer in answers.items() if in_file(b"".join(answer.streaming_content))}  # type: ignore[attr-defined]


def files_to_take() -> Iterator[str]:
    for kind in FORMATS:
        for page, what in (("lead", "leads"), ("lead", "decisions"), ("ledger", "ledgers")):
            yield reverse(f"admin:routing_{page}_export", args=[what, kind])
        for key in Import.objects.values_list("pk", flat=True):
            yield reverse("admin:routing_import_rejected", args=[key, kind])
        for key in Rep.objects.values_list("pk", flat=True):
            yield f"{reverse('admin:reps_rep_statement', args=[key])}?file={kind}"
    for key in Work.objects.filter(kind=Work.Kind.MONTH).values_list("pk", flat=True):
        yield reverse("admin:routing_work_month", args=[key])


def overwrite_free_space() -> None:
    """As `manage.py vacuum` does."""
    call_command("vacuum", stdout=io.StringIO())


# --- and the test ------------------------------------------------------------------------------------------------


def test_who_is_erased_is_nowhere(
    company: None, boss: Client, now: datetime, redis: Redis, log: io.StringIO, settings: Settings, tmp_path: Path
) -> None:
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.DATA_DIR = tmp_path
    with receiver() as target, Sink() as sink, time_machine.travel(now, tick=False):
        use(settings, real=None, local=sink)
        hook_to(target, settings)
        come_in_by_every_door(now, boss)
        work_on_it()
        for mail, to in zip(sink.mails, sink.to, strict=True):
            file_mail(sender="leads@localhost", recipients=[to], content=mail.as_bytes(), now=now)
        tell_others_of_it(now)
        before = in_rows()
        backup(path=tmp_path / "old.backup", now=now)
        control = {"raw": in_raw_database(), "files": in_files(tmp_path), "taken": files_of(boss, now)}
        balances = sorted(LedgerAccount.objects.values_list("rep", "balance"))

        erased = erase_person(email=EMAIL, phone=PHONE, never_again=True, reason=f"{EMAIL} wrote to us", now=now)
        overwrite_free_space()
        backup(path=tmp_path / "new.backup", now=now)

        assert len(before) > 15, before
        assert {"old.backup"} < set(control["files"])
        assert control["raw"] or connection.vendor != "sqlite"
        assert {kind for kind in FILES if any(kind in file for file in control["taken"])} == FILES
        assert in_rows() == {}
        assert files_of(boss, now) == set()
        assert in_files(tmp_path) == ["old.backup"]
        assert in_raw_database() == []
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
    acts.accept(lead=lead, rep=owner, now=now, actor=rep.name)
    acts.reassign(lead=lead, rep=rep, reason=f"{rep.name} knows them", counts=True, now=now, actor=rep.name)
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
