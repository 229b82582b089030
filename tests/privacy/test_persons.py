"""What is known of a person: found, handed out, erased; on the page, by the API, by the command."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from reps.models import Rep
from routing.api.authentication import forget_keys
from routing.models import (
    AuditEntry,
    Consent,
    Form,
    Identity,
    Import,
    ImportChunk,
    ImportRow,
    Incident,
    Lead,
    LeadEvent,
    LedgerAccount,
    LookupRow,
    LookupTable,
    Posting,
    Scope,
    Signal,
    Submission,
    Suppression,
    Work,
)
from routing.services.access import Role
from routing.services.api_keys import create_api_key
from routing.services.privacy.erasing import erase_lead, erase_person
from routing.services.privacy.erasing_rep import CannotErase, erase_rep
from routing.services.privacy.looking_up import export_person, look_up
from routing.services.privacy.people import NobodyNamed, person_named
from routing.services.work import run_next, start
from tests.factories import make_rep
from tests.privacy.conftest import MIA, PHONE, is_suppressed, received

pytestmark = pytest.mark.django_db


def submission(now: datetime, body: Any, **fields: Any) -> Submission:
    form = Form.objects.get_or_create(name="Contact", slug="contact")[0]
    return Submission.objects.create(
        form=form, key=str(Submission.objects.count()), raw=json.dumps(body), received_at=now, **fields
    )


def counts(**who: str) -> dict[str, int]:
    known = look_up(person=person_named(**who), now=datetime.now().astimezone())
    return {place.name: place.count for place in known.places}


# --- finding -----------------------------------------------------------------------------------------------------


def test_a_person_is_found_by_address_and_by_number(mia: Lead) -> None:
    for who in ({"email": f" {MIA.upper()} "}, {"phone": "0049 30 / 901820"}):
        assert person_named(**who).leads == (mia,)


def test_whoever_is_not_named_is_not_searched_for() -> None:
    with pytest.raises(NobodyNamed, match="address or a phone number"):
        person_named()
    with pytest.raises(NobodyNamed, match="no e-mail address"):
        person_named(email="mia@")


def test_every_copy_is_counted_by_place(mia: Lead, now: datetime) -> None:
    submission(now, [["email", MIA]], lead=mia, status=Submission.Status.ACCEPTED)
    submission(now, [["email", f"{MIA}"], ["name", ""]], status=Submission.Status.INVALID)

    found = counts(email=MIA)

    assert found["leads"] == found["decisions"] == found["consents"] == 1
    assert found["submissions"] == 2


def test_a_number_is_found_however_its_digits_are_set_apart(now: datetime) -> None:
    submission(now, [["phone", "(030) 90 18-20"]])

    assert counts(phone=PHONE) == {"submissions": 1}


@pytest.mark.parametrize(
    "number", ["%2B49%2030%20901820", "%2B49+30+90+18+20", "0049%20%280%2930%20%2F%2090%2018%2020", "%20030901820"]
)
def test_a_number_is_found_as_a_plain_form_sends_it(number: str, now: datetime) -> None:
    raw = submission(now, [])
    Submission.objects.filter(pk=raw.pk).update(raw=f"name=Kim&phone={number}&plan=a")

    assert counts(phone=PHONE) == {"submissions": 1}
    erase_person(phone=PHONE, now=now)
    assert not Submission.objects.exists()


def test_where_somebody_is_named_in_an_address_the_rest_of_it_stays(mia: Lead, now: datetime) -> None:
    page = f"https://x.example/?a=1&phone=%2B49%2030%20901820&email=%20{quote(MIA)}&b=2"
    other = received(now, email="noah@example.com", phone="", first_name="Noah", message=page)

    erase_person(email=MIA, phone=PHONE, now=now)

    other.refresh_from_db()
    assert other.message == "https://x.example/?a=1&phone=[erased]&email=%20[erased]&b=2"


@pytest.mark.parametrize(
    "text", ["phone=%2B1%20130901820", "phone=%2B49%2030%209018201", "email=anna.mia.wolf%40example.com"]
)
def test_somebody_else_in_a_plain_form_stays(text: str, mia: Lead, now: datetime) -> None:
    raw = submission(now, [])
    Submission.objects.filter(pk=raw.pk).update(raw=text)

    erase_person(email=MIA, phone=PHONE, now=now)

    assert Submission.objects.filter(pk=raw.pk).exists()


def test_another_address_that_contains_it_is_somebody_else(now: datetime) -> None:
    submission(now, [["email", f"anna{MIA}"]])
    submission(now, [["email", f"{MIA}.au"]])

    assert counts(email="wolf@example.com") == {}
    erase_person(email="wolf@example.com", now=now)
    assert Submission.objects.count() == 2


def test_whoever_looked_is_noted_and_not_whom_for(mia: Lead, now: datetime) -> None:
    counts(email=MIA)

    entry = AuditEntry.objects.get(action="person.looked_up")
    assert "mia" not in json.dumps(entry.detail)


# --- handing out -------------------------------------------------------------------------------------------------


def test_an_export_has_what_is_about_them_as_it_is(mia: Lead, now: datetime) -> None:
    document = json.loads(json.dumps(export_person(person=person_named(email=MIA), now=now)))

    places = {place["name"]: place["rows"] for place in document["places"]}
    assert places["leads"][0]["message"] == "Please call me."
    assert places["consents"][0]["given"] is True
    assert places["decisions"][0]["trace"]["facts"]["email"] == MIA


def test_an_export_tells_nothing_of_others(mia: Lead, now: datetime) -> None:
    received(now, email="noah@example.com", phone="", first_name="Noah", message=f"With {MIA}. My secret.")

    document = json.dumps(export_person(person=person_named(email=MIA), now=now))

    assert "secret" not in document
    assert "noah" not in document.lower()
    assert '"named_in": ["message"]' in document


# --- erasing -----------------------------------------------------------------------------------------------------


def test_an_erased_person_is_nowhere(mia: Lead, now: datetime) -> None:
    submission(now, [["email", MIA]], lead=mia, status=Submission.Status.ACCEPTED)
    Signal.objects.create(email=MIA, kind="visit", observed_at=now, received_at=now)

    erased = erase_person(email=MIA, phone=PHONE, now=now)

    assert erased.counts["leads"] == 1
    assert counts(email=MIA) == counts(phone=PHONE) == {}
    assert not Identity.objects.filter(kind__in=["email", "phone"]).exists()


def test_asked_for_by_address_alone_their_number_goes_too_and_is_not_refused(mia: Lead, now: datetime) -> None:
    unused = submission(now, [["phone", PHONE]])

    erase_person(email=MIA, never_again=True, now=now)

    assert not Identity.objects.filter(kind__in=["email", "phone"]).exists()
    assert not Submission.objects.filter(pk=unused.pk).exists()
    assert not is_suppressed(phone=PHONE)


def test_a_number_that_somebody_else_has_too_stays_theirs(mia: Lead, now: datetime) -> None:
    received(now + timedelta(days=200), email="noah@example.com", first_name="Noah")

    erase_person(email=MIA, now=now)

    assert Lead.objects.get(email="noah@example.com").phone_identity is not None


def test_texts_about_others_stay_without_them(mia: Lead, now: datetime) -> None:
    other = received(now, email="noah@example.com", phone="", first_name="Noah", message=f"Cc {MIA}, 030-901820!")
    LeadEvent.objects.create(lead=other, kind="edited", text="Duplicate of Mia Wolf (Globex)", happened_at=now)
    Work.objects.create(kind="lint", report={"rows": [{"lead": "Mia Wolf (Globex)"}]}, created_at=now)
    Incident.objects.create(kind="neglected", text=f"{mia.uuid} waits", opened_at=now, seen_at=now)

    erase_person(email=MIA, phone=PHONE, now=now)

    other.refresh_from_db()
    assert other.message == "Cc [erased], [erased]!"
    assert LeadEvent.objects.get(lead=other, kind="edited").text == "Duplicate of [erased]"
    assert Work.objects.get().report == {"rows": [{"lead": "[erased]"}]}
    assert Incident.objects.get().text == "[erased] waits"
    assert MIA not in json.dumps(export_person(person=person_named(email="noah@example.com"), now=now))


@pytest.mark.parametrize("end", [MIA[:9], "Mia Wol", "+49 30 9018 ", "mia.wolf@example.com"])
def test_what_was_cut_off_in_the_middle_of_their_name_goes_too(end: str, mia: Lead, now: datetime) -> None:
    other = received(now, email="noah@example.com", phone="", first_name="Noah")
    column = LeadEvent._meta.get_field("text")
    LeadEvent.objects.create(lead=other, kind="edited", text=end.rjust(column.max_length), happened_at=now)
    LeadEvent.objects.create(lead=other, kind="edited", text=MIA[:9], happened_at=now + timedelta(hours=1))

    erase_person(email=MIA, phone=PHONE, now=now)

    cut, whole = LeadEvent.objects.filter(lead=other, kind="edited").order_by("pk")
    assert cut.text.split() == ["[erased]"[: len(cut.text.split()[0])]]
    assert whole.text == MIA[:9]


def test_one_lead_goes_and_the_persons_other_lead_stays(mia: Lead, now: datetime) -> None:
    later = now + timedelta(days=200)
    kept = received(later, message="Again.")
    kept_raw = submission(later, [["email", MIA]], lead=kept, status=Submission.Status.ACCEPTED)
    submission(now, [["email", MIA]], lead=mia, status=Submission.Status.ACCEPTED)

    erase_lead(lead=mia, now=later)

    assert list(Lead.objects.all()) == [kept]
    assert list(Submission.objects.all()) == [kept_raw]
    assert Identity.objects.filter(key=MIA).exists()


def test_a_row_of_a_file_is_emptied_and_the_file_goes(mia: Lead, now: datetime) -> None:
    done = Import.objects.create(section="leads", format="csv", status=Import.Status.DONE, created_at=now)
    ImportRow.objects.create(imported=done, number=1, state="new", values={"E-Mail": MIA}, lead=mia)
    ImportRow.objects.create(imported=done, number=2, state="rejected", values={"E-Mail": MIA.upper()})
    ImportRow.objects.create(imported=done, number=3, state="new", values={"E-Mail": "noah@example.com"})
    ImportChunk.objects.create(imported=done, number=0, data=f"E-Mail\n{MIA}\n".encode())

    erase_person(email=MIA, now=now)

    assert [row.values for row in done.rows.all()] == [{}, {}, {"E-Mail": "noah@example.com"}]
    assert not done.chunks.exists()


def test_a_file_that_is_still_to_be_imported_is_to_come_again(now: datetime) -> None:
    waiting = Import.objects.create(section="leads", format="csv", status=Import.Status.READY, created_at=now)
    ImportChunk.objects.create(imported=waiting, number=0, data=b"E-Mail\nmia.wol")
    ImportChunk.objects.create(imported=waiting, number=1, data=b"f@example.com\n")

    erase_person(email=MIA, now=now)

    waiting.refresh_from_db()
    assert waiting.status == Import.Status.FAILED
    assert "Upload it again" in waiting.error


def test_what_only_people_can_change_is_told(mia: Lead, now: datetime) -> None:
    table = LookupTable.objects.create(name="VIPs")
    LookupRow.objects.create(table=table, key=MIA, rep=make_rep())

    erased = erase_person(email=MIA, now=now)

    assert erased.by_hand == {"table_rows": 1}
    assert LookupRow.objects.get().key == MIA


def test_turns_stay_counted(mia: Lead, now: datetime) -> None:
    before = sorted(LedgerAccount.objects.values_list("balance", flat=True))

    erase_person(email=MIA, now=now)

    assert sorted(LedgerAccount.objects.values_list("balance", flat=True)) == before
    assert Posting.objects.get().lead is None


def test_never_again_means_never_again(mia: Lead, now: datetime) -> None:
    erase_person(email=MIA, never_again=True, reason="ticket 17", now=now)

    assert is_suppressed(email=MIA)
    assert Suppression.objects.filter(refused=True).get().reason == "ticket 17"


def test_without_it_they_may_come_back(mia: Lead, now: datetime) -> None:
    erase_person(email=MIA, now=now)

    assert not is_suppressed(email=MIA)


def test_many_are_erased_by_the_worker_and_the_row_names_nobody(mia: Lead, now: datetime) -> None:
    work = start(kind=Work.Kind.ERASE, params={"email": MIA}, user=None, now=now)

    assert run_next(clock=lambda: now)

    work.refresh_from_db()
    assert (work.status, work.report["copies"]["leads"]) == (Work.Status.DONE, 1)
    assert MIA not in json.dumps(work.params)


# --- people who worked here --------------------------------------------------------------------------------------


def test_a_rep_who_was_erased_is_a_number_and_sums_stay(mia: Lead, now: datetime) -> None:
    ana = Rep.objects.get(name="Ana Diaz")
    user = User.objects.create(username="ana@acme.example")
    Rep.objects.filter(pk=ana.pk).update(active=False, user=user, about="Knows Kubernetes")
    LeadEvent.objects.create(lead=mia, kind="accepted", text="By Ana Diaz", actor="Ana Diaz", happened_at=now)
    before = sorted(LedgerAccount.objects.values_list("rep", "balance"))

    rep = erase_rep(email=ana.email, now=now)

    assert (rep.name, rep.about, rep.user) == (f"Former rep {ana.pk}", "", None)
    assert sorted(LedgerAccount.objects.values_list("rep", "balance")) == before
    assert sum(balance for _, balance in before) == 0
    assert not Rep.history.filter(id=ana.pk).exists()
    assert not User.objects.filter(pk=user.pk).exists()
    assert LeadEvent.objects.get(kind="accepted").actor == "[erased]"


def test_a_rep_hands_over_before_they_are_erased(company: None, now: datetime) -> None:
    with pytest.raises(CannotErase, match="still active"):
        erase_rep(email=Rep.objects.get(name="Ana Diaz").email, now=now)


# --- the page ----------------------------------------------------------------------------------------------------


@pytest.fixture
def page_as(db: None) -> Callable[[Role], Any]:
    def client(role: Role) -> Any:
        user = User.objects.create_user(role.name.lower(), is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        browser = Client()
        browser.force_login(user)
        return lambda **sent: browser.post(reverse("admin:routing_suppression_person"), sent)

    return client


def test_the_page_lists_every_place_with_links(mia: Lead, page_as: Any) -> None:
    page = page_as(Role.SALES_OPS)(do="search", email=MIA)

    assert f'href="{reverse("admin:routing_lead_change", args=[mia.pk])}"' in page.content.decode()
    assert "Decisions and why" in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]


def test_the_page_hands_out_a_file_to_read_and_one_for_programs(mia: Lead, page_as: Any) -> None:
    answer = page_as(Role.SALES_OPS)(do="export", email=MIA)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert json.loads(packed.read("person.json"))["about"]["email"] == [MIA]
        assert "Please call me." in packed.read("person.html").decode()


def test_the_page_asks_before_it_erases(mia: Lead, page_as: Any) -> None:
    ask = page_as(Role.SALES_OPS)

    assert "cannot be undone" in ask(do="confirm", email=MIA, never_again="on").content.decode()
    assert Lead.objects.exists()
    assert ask(do="erase", email=MIA, never_again="on").status_code == 302
    assert not Lead.objects.exists()
    assert is_suppressed(email=MIA)
    assert AuditEntry.objects.get(action="person.erased").who == "sales_ops"


def test_consent_is_withdrawn_on_the_page(mia: Lead, page_as: Any) -> None:
    page = page_as(Role.ADMIN)(do="withdraw", email=MIA)

    mia.refresh_from_db()
    assert mia.consent is False
    assert [row.given for row in Consent.objects.order_by("pk")] == [True, False]
    assert "withdrawn on request" in page.content.decode()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.READ_ONLY, Role.REP])
def test_others_do_not_look_people_up(role: Role, page_as: Any) -> None:
    assert page_as(role)(do="search", email=MIA).status_code == 403


def test_the_page_says_what_is_wrong_with_an_address(page_as: Any) -> None:
    assert "no e-mail address" in page_as(Role.ADMIN)(do="search", email="mia@").content.decode()


# --- the API -----------------------------------------------------------------------------------------------------


def call(path: str, body: Any, *scopes: str, rep: Rep | None = None) -> Any:
    forget_keys()
    key = create_api_key(name="crm", scopes=scopes, rep=rep)
    headers = {"Authorization": f"Bearer {key.secret}"}
    return Client(headers=headers).post(f"/api/v1/persons/{path}", json.dumps(body), content_type="application/json")


def test_the_api_finds_exports_and_erases(mia: Lead) -> None:
    found = call("search", {"email": MIA}, Scope.LEADS_READ).json()
    exported = call("export", {"phone": PHONE}, Scope.LEADS_READ).json()
    erased = call("erase", {"email": MIA, "never_again": True}, Scope.CONFIG_WRITE).json()

    assert found["leads"] == [str(mia.uuid)]
    assert exported["places"]
    assert erased["erased"]["leads"] == 1
    assert AuditEntry.objects.get(action="person.erased").who == "crm"


def test_the_api_refuses_keys_of_reps_and_lesser_scopes(mia: Lead) -> None:
    own = Rep.objects.get(name="Ana Diaz")

    assert call("search", {"email": MIA}, Scope.LEADS_READ, rep=own).status_code == 403
    assert call("erase", {"email": MIA}, Scope.LEADS_READ).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"phone": "1"}, "phone"),
        ({"mail": MIA}, "mail"),
        ({"lead": "17"}, "lead"),
        ({"lead": "6f0b5d7e-0d2a-4c3e-9c55-2f3a8b1c7e90"}, "lead"),
        ({"lead": "6f0b5d7e-0d2a-4c3e-9c55-2f3a8b1c7e90", "email": MIA}, "lead"),
    ],
)
@pytest.mark.parametrize("path", ["search", "export", "erase"])
def test_the_api_says_what_is_wrong_and_where(db: None, path: str, body: Any, field: str) -> None:
    answer = call(path, body, Scope.LEADS_READ, Scope.CONFIG_WRITE)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_person_is_named_by_one_of_their_leads(mia: Lead, now: datetime) -> None:
    other = received(now, phone="", company="Initech")

    found = call("search", {"lead": str(other.uuid)}, Scope.LEADS_READ).json()

    assert sorted(found["leads"]) == sorted([str(mia.uuid), str(other.uuid)])


def test_who_shares_only_the_number_of_a_lead_is_not_erased_with_it(mia: Lead, now: datetime) -> None:
    noah = received(now, email="noah@other.example", first_name="Noah", company="Initech")

    call("erase", {"lead": str(mia.uuid)}, Scope.CONFIG_WRITE)

    assert list(Lead.objects.all()) == [noah]


def test_a_lead_without_address_names_its_person_by_the_number(mia: Lead, now: datetime) -> None:
    other = received(now, email="", company="Initech")

    assert len(call("search", {"lead": str(other.uuid)}, Scope.LEADS_READ).json()["leads"]) == 2


def test_a_lead_shows_its_consents(mia: Lead) -> None:
    key = create_api_key(name="crm", scopes=[Scope.LEADS_READ])

    lead = Client(headers={"Authorization": f"Bearer {key.secret}"}).get(f"/api/v1/leads/{mia.uuid}").json()

    assert [row["given"] for row in lead["consents"]] == [True]


def test_the_audit_log_is_read_over_the_api(mia: Lead) -> None:
    key = create_api_key(name="siem", scopes=[Scope.CONFIG_READ])
    client = Client(headers={"Authorization": f"Bearer {key.secret}"})

    entries = client.get("/api/v1/audit", {"action": "rulebook.published"}).json()["results"]

    assert [(entry["by"], entry["detail"]) for entry in entries] == [("the system", {"version": 1})]


# --- the command -------------------------------------------------------------------------------------------------


def run(*arguments: Any) -> str:
    told = io.StringIO()
    call_command("person", *arguments, stdout=told)
    return told.getvalue()


def test_the_command_finds_exports_and_erases(mia: Lead, tmp_path: Path) -> None:
    assert "Decisions and why" in run(MIA)
    run(MIA, "--export", str(tmp_path / "mia.json"))
    assert "Leads: 1" in run(MIA, "--erase", "--suppress")

    assert json.loads((tmp_path / "mia.json").read_text())["places"]
    assert not Lead.objects.exists()
    assert is_suppressed(email=MIA)
    assert "taken in again" in run(MIA, "--take-in-again")
    assert not is_suppressed(email=MIA)


def test_the_command_says_what_is_wrong(db: None) -> None:
    with pytest.raises(CommandError, match="no e-mail address"):
        run("mia@", "--erase")
