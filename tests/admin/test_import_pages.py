"""Files in the browser: upload, columns, preview, one button, the rows that were rejected, and undo; who may."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from routing.models import Account, Import, Lead, Territory
from routing.services.access import Role
from routing.services.work import run_next
from tests.admin.conftest import without_menu
from tests.conftest import NOW
from tests.factories import make_account, make_catch_all, make_pool, make_rep, make_settings

ACCOUNTS = "Account;Domains;Owner\nGlobex;globex.com;ana@acme.example\nGlobex;globex.de;\nInitech;gmail.com;\n"
LEADS = "E-Mail,Firma,PLZ,Land\nmia@globex.com,Globex,01067,DE\nnot an address,Initech,,\n"


@pytest.fixture
def ana(db):
    make_settings()
    rep = make_rep("Ana", email="ana@acme.example")
    make_catch_all(make_pool(rep, name="SMB"))
    return rep


def upload(client, section, text, name="list.csv"):
    file = SimpleUploadedFile(name, text.encode())
    response = client.post(reverse("admin:routing_import_upload", args=[section]), {"file": file})
    assert response.status_code == 302, response.context["form"].errors
    return Import.objects.latest("pk")


def page(name, imported):
    return reverse(f"admin:routing_import_{name}", args=[imported.pk])


def work_off():
    while run_next(clock=lambda: NOW):
        pass


def checked(client, section, text, **choices):
    """A file that is uploaded and checked with the columns that were guessed."""
    imported = upload(client, section, text)
    form = client.get(page("columns", imported)).context["form"]
    said = {field.html_name: field.value() or "" for field in form if not isinstance(field.value(), bool)}
    response = client.post(page("columns", imported), said | choices)
    assert response.status_code == 302, response.context["form"].errors
    work_off()
    imported.refresh_from_db()
    return imported


def test_columns_are_guessed_and_shown_with_their_first_values(boss, ana):
    imported = upload(boss, "leads", LEADS)

    html = boss.get(page("columns", imported)).content.decode()

    assert imported.mapping == {"E-Mail": "email", "Firma": "company", "PLZ": "postal_code", "Land": "country"}
    assert "01067" in html
    assert "Required: E-mail or Phone" in html


def sent_by_a_browser(html):
    """What a browser sends of the columns if nobody touches them: of each list what is selected, or else its first."""
    lists = re.findall(r'<select[^>]*name="(\w+_\d+)"[^>]*>(.*?)</select>', html, re.DOTALL)
    options = {name: re.findall(r'<option value="([^"]*)"( selected)?', inner) for name, inner in lists}
    return {name: next((value for value, on in found if on), found[0][0]) for name, found in options.items()}


def test_a_browser_that_accepts_the_guess_keeps_utm_and_attributes(boss, ana):
    text = "E-Mail,utm_source,UTM Campaign,attributes.Size,attributes.a b\nmia@globex.com,google,spring,L,x\n"
    imported = upload(boss, "leads", text)
    boss.post(page("columns", imported), sent_by_a_browser(boss.get(page("columns", imported)).content.decode()))
    work_off()
    boss.post(page("confirm", imported))
    work_off()

    lead = Lead.objects.get()
    assert lead.utm == {"source": "google", "campaign": "spring"}
    assert lead.attributes == {"Size": "L", "a b": "x"}


@pytest.mark.parametrize("chosen", ["utm.source", "attributes.utm_source"])
def test_a_column_that_is_chosen_by_hand_becomes_what_was_chosen(boss, ana, chosen):
    imported = checked(boss, "leads", "E-Mail,utm_source\nmia@globex.com,google\n", column_1=chosen)

    assert imported.mapping["utm_source"] == chosen


def test_a_column_keeps_what_a_program_chose_for_it(boss, ana):
    imported = upload(boss, "leads", "E-Mail,Shirt\nmia@globex.com,XL\n")
    Import.objects.update(
        mapping={"E-Mail": "email", "Shirt": "attributes.size"}, options={"defaults": {"utm.source": "fair"}}
    )

    sent = sent_by_a_browser(boss.get(page("columns", imported)).content.decode())

    assert (sent["column_1"], sent["default_field_0"]) == ("attributes.size", "utm.source")


def test_rejected_lines_of_json_are_taken_as_json_and_come_back_as_they_were(boss, ana):
    said = {"email": "mia@globex.com", "phone": "x", "attributes.tags": ["a", "b"], "attributes.vip": True}
    imported = checked(boss, "leads", json.dumps(said) + "\n")

    address = reverse("admin:routing_import_rejected", args=[imported.pk, "jsonl"])
    line = json.loads(b"".join(boss.get(address).streaming_content))

    assert {name: line[name] for name in said} == said
    assert address in boss.get(page("change", imported)).content.decode()


def test_nothing_happens_before_the_button(boss, ana):
    imported = checked(boss, "accounts", ACCOUNTS)

    assert imported.status == Import.Status.READY
    assert not Account.objects.exists()


def test_the_preview_counts_and_says_what_is_wrong(boss, ana):
    imported = checked(boss, "accounts", ACCOUNTS)

    html = boss.get(page("change", imported)).content.decode()

    assert "Import 2 rows" in html
    assert "gmail.com" in html
    assert "Of accounts: 1 new" in html


def test_the_button_writes_and_undo_takes_it_back(boss, ana):
    imported = checked(boss, "accounts", ACCOUNTS)

    boss.post(page("confirm", imported))
    work_off()
    written = sorted(Account.objects.get().domains.values_list("domain", flat=True))
    boss.post(page("undo", imported))
    work_off()

    imported.refresh_from_db()
    assert written == ["globex.com", "globex.de"]
    assert not Account.objects.exists()
    assert imported.status == Import.Status.UNDONE


def test_undo_leaves_what_was_changed_since_and_says_so(boss, ana):
    make_account("Globex", stage="prospect")
    imported = checked(boss, "accounts", "Account,Stage\nGlobex,customer\n")
    boss.post(page("confirm", imported))
    work_off()
    Account.objects.update(stage="former")

    boss.post(page("undo", imported))
    work_off()

    assert Account.objects.get().stage == "former"
    assert "was changed meanwhile" in boss.get(page("change", imported)).content.decode()


def test_a_change_is_shown_before_and_after(boss, ana):
    make_account("Globex", stage="prospect")

    imported = checked(boss, "accounts", "Account,Stage\nGlobex,customer\n")

    html = boss.get(page("change", imported)).content.decode()
    assert "<td>prospect</td><td><b>customer</b></td>" in html


def test_rejected_rows_come_as_a_file_that_can_be_uploaded_again(boss, ana):
    imported = checked(boss, "accounts", ACCOUNTS)

    response = boss.get(reverse("admin:routing_import_rejected", args=[imported.pk, "csv"]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    again = checked(boss, "accounts", text.replace("gmail.com", "initech.com"))

    assert [row["Account"] for row in rows] == ["Initech"]
    assert "gmail.com" in rows[0]["What is wrong"]
    assert again.report["states"] == {"new": 1}


def test_leads_are_routed_by_the_button_alone(boss, ana):
    imported = checked(boss, "leads", LEADS)
    assert not Lead.objects.exists()

    html = boss.get(page("change", imported)).content.decode()
    boss.post(page("confirm", imported))
    work_off()

    assert "Route 1 lead<" in html
    assert Lead.objects.get().postal_code == "01067"


def test_a_default_holds_for_rows_that_say_nothing(boss, ana):
    imported = checked(
        boss, "leads", LEADS, default_field_0="source", default_value_0="Spring fair", default_field_1="campaign"
    )

    boss.post(page("confirm", imported))
    work_off()

    assert Lead.objects.get().source == "Spring fair"


def test_a_missing_required_column_is_said_on_the_page(boss, ana):
    imported = upload(boss, "accounts", "Stage\ncustomer\n")

    response = boss.post(page("columns", imported), {"column_0": "stage"})

    assert "No column is mapped to Account." in response.content.decode()


@pytest.mark.one_database("files are the same everywhere")
@pytest.mark.parametrize(("name", "body"), [("a.pdf", b"%PDF-1.7"), ("a.xlsx", b"PK\x03\x04 broken"), ("a.csv", b"")])
def test_what_is_no_table_is_refused_on_the_page(boss, ana, name, body):
    response = boss.post(
        reverse("admin:routing_import_upload", args=["leads"]), {"file": SimpleUploadedFile(name, body)}
    )

    assert response.status_code == 200
    assert response.context["form"].errors["file"]
    assert not Import.objects.exists()


def test_a_draft_section_says_so_and_changes_nothing_published(boss, ana):
    imported = checked(boss, "territories", "Territory,Countries,Owner (pool)\nSaxony,DE,SMB\n")

    html = boss.get(page("change", imported)).content.decode()

    assert "nothing changes for leads before you publish" in html
    assert not Territory.objects.exists()


def test_the_whole_list_shows_what_goes(boss, ana):
    make_account("Initech")

    imported = checked(boss, "accounts", "Account\nGlobex\n", whole="on")
    html = boss.get(page("change", imported)).content.decode()
    boss.post(page("confirm", imported))
    work_off()

    assert "1 removed" in html
    assert [account.name for account in Account.objects.all()] == ["Globex"]


@pytest.mark.one_database("files are the same everywhere")
@pytest.mark.parametrize("section", Import.Section.values)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_section_has_a_template_that_can_be_imported(boss, ana, section, kind):
    response = boss.get(reverse("admin:routing_import_template", args=[section, kind]))

    file = SimpleUploadedFile(f"template.{kind}", b"".join(response.streaming_content))
    boss.post(reverse("admin:routing_import_upload", args=[section]), {"file": file})

    imported = Import.objects.latest("pk")
    assert "" not in imported.mapping.values()


@pytest.mark.one_database("who may is the same everywhere")
@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.SALES_OPS, set(Import.Section.values)),
        (Role.MANAGER, {"leads", "reps", "members", "accounts", "time_off"}),
        (Role.READ_ONLY, set()),
        (Role.REP, set()),
    ],
)
def test_every_step_asks_who_it_is(sign_in, db, role, may):
    client = sign_in(role)

    for section in Import.Section.values:
        imported = Import.objects.create(section=section, format="csv", status="cancelled", created_at=NOW)
        own = {200, 302} if section in may else {403, 404}
        with without_menu():
            assert client.get(reverse("admin:routing_import_upload", args=[section])).status_code in own
            assert client.get(reverse("admin:routing_import_template", args=[section, "csv"])).status_code in own
            assert client.get(page("change", imported)).status_code in own, section
            for name in ("columns", "confirm", "cancel", "undo"):
                assert client.post(page(name, imported)).status_code in own, (section, name)
            assert client.get(reverse("admin:routing_import_rejected", args=[imported.pk, "csv"])).status_code in own


def test_a_read_only_role_sees_no_button(sign_in, ana):
    html = sign_in(Role.READ_ONLY).get(reverse("admin:routing_account_changelist")).content.decode()

    assert "import-link" not in html
    assert "export/accounts.csv" in html
