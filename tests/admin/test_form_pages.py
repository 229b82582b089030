"""Forms, inbound addresses and submissions in the admin: made, tried out, looked at, put right."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from routing.models import AuditEntry, Form, InboundAddress, Lead, Submission
from routing.services.access import Role
from routing.services.inbound.addresses import make_address
from routing.services.inbound.presets import inbound_presets
from tests.admin.bulk import do_with_all
from tests.factories import make_lead

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Talk to sales", "slug": "talk", "active": "on", "kind": "demo", "source": "website", "language": "",
    "address_limit": "10", "form_limit": "300", "captcha": "", "origins": "https://www.acme.example",
    "look_accent": "#2563eb",
    "fields-TOTAL_FORMS": "2", "fields-INITIAL_FORMS": "0",
    "fields-0-position": "0", "fields-0-name_field": "email", "fields-0-required": "on",
    "fields-1-position": "1", "fields-1-name_field": "own", "fields-1-name_own": "plan",
    "fields-1-widget": "select", "fields-1-choices": "small\nlarge = For large teams",
}  # fmt: skip
ADDRESS = {"name": "Typeform", "active": "on", "kind": "demo", "minute_limit": "600", "signature": ""}
ROWS = {"mapping-0-field": "email", "mapping-0-path": "answers[0].email", "mapping-1-field": "kind",
        "mapping-1-path": "= trial", "mapping-2-field": "first_name", "mapping-2-path": "name",
        "mapping-2-transforms": "trim\nfirst_word"}  # fmt: skip


def told(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:routing_{name}", args=args)


def submission(now: datetime, raw: str = '{"contact": {"email": "mia(at)globex.com", "name": "Mia"}}') -> Submission:
    mapping = {"email": "contact.email", "first_name": "contact.name"}
    door = make_address(values={"name": "Door", "kind": "demo", "mapping": mapping}).address
    return Submission.objects.create(
        inbound=door, key="a", fingerprint="f", raw=raw, content_type="application/json", status="invalid",
        received_at=now, errors={"email": ["This is no e-mail address."]},
    )  # fmt: skip


# --- forms --------------------------------------------------------------------------------------------------------


def test_a_form_is_made_with_its_questions(boss: Client) -> None:
    answer = boss.post(page("form_add"), FORM)

    assert answer.status_code == 302, answer.context["errors"]
    form = Form.objects.get()
    assert (form.origins, form.theme) == (["https://www.acme.example"], {"accent": "#2563eb"})
    assert list(form.fields.values_list("name", "choices")) == [
        ("email", []), ("attributes.plan", ["small", ["large", "For large teams"]]),
    ]  # fmt: skip


def test_a_question_is_put_between_others(boss: Client) -> None:
    boss.post(page("form_add"), FORM)
    form = Form.objects.get()
    first, second = form.fields.all()
    rows = {"fields-TOTAL_FORMS": "3", "fields-INITIAL_FORMS": "2", "fields-0-id": first.pk, "fields-1-id": second.pk,
            "fields-0-form": form.pk, "fields-1-form": form.pk, "fields-2-form": form.pk,
            "fields-2-position": "0", "fields-2-name_field": "company"}  # fmt: skip

    boss.post(page("form_change", form.pk), FORM | rows)

    assert list(form.fields.values_list("name", "position")) == [("email", 0), ("company", 1), ("attributes.plan", 2)]


def test_its_page_shows_where_it_lives_and_how_to_embed_it(boss: Client) -> None:
    boss.post(page("form_add"), FORM)

    shown = boss.get(page("form_change", Form.objects.get().pk)).content.decode()

    assert "http://testserver/f/talk/" in shown
    assert "&lt;script src=&quot;http://testserver/f/talk/embed.js&quot; async&gt;&lt;/script&gt;" in shown


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"origins": "acme"}, "Give an origin such as"),
        ({"look_accent": "red;}"}, "Give a colour such as"),
        ({"redirect_url": "https://evil.example/"}, "The host of redirect_url is not among them."),
        ({"redirect_url": "https://{rep}.acme.example/"}, "Only the values of its query may have {rep} and {booking}"),
        ({"captcha": "turnstile", "captcha_site_key": "x"}, "A captcha needs its secret."),
        ({"fields-0-name_field": "company"}, "Ask for email or phone"),
        ({"fields-1-name_field": "email", "fields-1-name_own": ""}, "Please correct the duplicate data"),
        ({"fields-1-choices": ""}, "A list to choose from needs its choices."),
        ({"fields-1-name_own": ""}, "Give your own field a name."),
    ],
)
def test_what_is_wrong_with_a_form_is_said(boss: Client, change: dict[str, str], message: str) -> None:
    answer = boss.post(page("form_add"), FORM | change)

    assert message in answer.content.decode()
    assert Form.objects.count() == 0


@pytest.mark.parametrize(("language", "taken"), [("de", True), ("en", False), ("", False)])
def test_a_choice_is_read_by_the_language_that_is_given_with_it(boss: Client, language: str, taken: bool) -> None:
    asked = {"fields-1-name_field": "expected_amount", "fields-1-name_own": "", "fields-1-choices": "10.000 = Much"}

    answer = boss.post(page("form_add"), FORM | asked | {"language": language})

    assert Form.objects.exists() == taken
    assert taken or "It could be two numbers. Write 10000 or 10." in answer.content.decode()


def test_a_secret_is_kept_and_never_shown(boss: Client) -> None:
    captcha = {"captcha": "turnstile", "captcha_site_key": "site", "secret": "s3cret-of-captcha"}
    boss.post(page("form_add"), FORM | captcha)
    form = Form.objects.get()

    boss.post(
        page("form_change", form.pk), FORM | captcha | {"secret": "", "title": "Hello", "fields-TOTAL_FORMS": "0"}
    )
    shown = boss.get(page("form_change", form.pk)).content.decode()

    assert Form.objects.values_list("captcha_secret", flat=True).get() == "s3cret-of-captcha"
    assert "s3cret-of-captcha" not in shown


# --- inbound addresses --------------------------------------------------------------------------------------------


def test_the_address_is_shown_when_it_is_made_and_never_again(boss: Client) -> None:
    answer = boss.post(page("inboundaddress_add"), ADDRESS | ROWS, follow=True)

    address = InboundAddress.objects.get()
    assert f"http://testserver/in/{address.prefix}" in told(answer)
    assert address.mapping == {
        "email": "answers[0].email",
        "kind": {"value": "trial"},
        "first_name": {"path": "name", "transforms": ["trim", "first_word"]},
    }
    assert AuditEntry.objects.filter(action="inbound.made", subject_id=address.uuid).exists()


def test_a_mapping_is_shown_as_rows_and_stays_as_it_is(boss: Client) -> None:
    values = {"name": "Facebook", "kind": "contact", "mapping": inbound_presets()["facebook"].mapping}
    address = make_address(values=values).address
    fields = boss.get(page("inboundaddress_change", address.pk)).context["adminform"].form
    rows = fields["mapping"].field.prepare_value(address.mapping)
    form = {f"mapping-{n}-{part}": text for n, row in enumerate(rows) for part, text in row.items()}

    boss.post(page("inboundaddress_change", address.pk), ADDRESS | form)

    assert InboundAddress.objects.get().mapping == address.mapping


def test_a_row_that_cannot_be_read_is_refused_beside_it(boss: Client) -> None:
    answer = boss.post(page("inboundaddress_add"), ADDRESS | ROWS | {"mapping-2-transforms": "frist_word"})

    assert "There is no transform “frist_word”. Did you mean first_word?" in answer.content.decode()


def test_a_preset_fills_the_form_of_a_new_address(boss: Client) -> None:
    shown = boss.get(page("inboundaddress_add"), {"preset": "webflow"}).content.decode()

    assert 'value="payload.data.email"' in shown


def test_a_new_key_is_shown_once(boss: Client) -> None:
    address = make_address(values={"name": "Door"}).address

    answer = boss.post(page("inboundaddress_key", address.pk), follow=True)

    fresh = InboundAddress.objects.get()
    assert fresh.digest != address.digest
    assert fresh.prefix in told(answer)


def test_the_test_box_shows_where_every_value_ends(boss: Client) -> None:
    mapping = {"email": "email", "employees": "size", "unwanted": "id"}
    address = make_address(values={"name": "Door", "mapping": mapping}).address
    body = {"email": "mia@globex.com", "size": "lots", "Plan": "<b>", "id": 7}

    shown = boss.post(page("inboundaddress_test", address.pk), {"pasted": json.dumps(body)}).context["result"]

    ends = [(end["label"], [(row["name"], row["value"]) for row in end["rows"]]) for end in shown["ends"]]
    assert ends == [
        ("Left out", [("employees", "“lots”")]),
        ("In fields", [("email", "“mia@globex.com”")]),
        ("In attributes", [("Plan", "“<b>”")]),
        ("Unwanted", [("id", "“7”")]),
    ]


def test_the_test_box_shows_each_field_and_the_lead(boss: Client, now: datetime) -> None:
    row = submission(now)

    shown = boss.get(page("inboundaddress_test", row.inbound_id)).content.decode()
    pasted = {"pasted": '{"contact": {"email": "mia@globex.com", "name": "<b>"}}'}
    tried = boss.post(page("inboundaddress_test", row.inbound_id), pasted).content.decode()

    assert "It makes no lead" in shown
    assert "“mia(at)globex.com” at contact.email" in shown
    assert "It makes this lead" in tried
    assert "&lt;b&gt;" in tried
    assert Lead.objects.count() == 0


def test_the_test_box_says_what_changes_of_a_known_lead(boss: Client, now: datetime) -> None:
    address = make_address(values={"name": "Door", "mapping": {"external_id": "id", "consent": "ok"}}).address
    make_lead(now, external_id="7", consent=True)

    tried = boss.post(page("inboundaddress_test", address.pk), {"pasted": '{"id": 7, "ok": false}'})

    assert "It changes this of a lead that is known by its id" in tried.content.decode()
    assert list(tried.context["result"]["lead"]) == ["external_id", "consent"]
    assert Lead.objects.get().consent is True


# --- submissions --------------------------------------------------------------------------------------------------


def test_a_lead_is_made_of_what_was_corrected(boss: Client, now: datetime) -> None:
    row = submission(now)
    asked = boss.get(page("submission_lead", row.pk))
    assert asked.context["form"].initial["first_name"] == "Mia"

    boss.post(page("submission_lead", row.pk), {"email": "mia@globex.com", "first_name": "Mia", "kind": "demo"})

    row.refresh_from_db()
    assert (row.lead.email, row.status, row.reviewed_by is not None) == ("mia@globex.com", "accepted", True)


def test_what_is_still_wrong_is_said(boss: Client, now: datetime) -> None:
    answer = boss.post(page("submission_lead", submission(now).pk), {"email": "mia(at)", "kind": "demo"})

    assert "This is no e-mail address." in answer.content.decode()


def test_it_can_be_discarded_and_tried_again(boss: Client, now: datetime) -> None:
    row = submission(now)
    boss.post(page("submission_discard", row.pk))
    assert Submission.objects.get().status == "discarded"

    InboundAddress.objects.update(mapping={"email": {"path": "contact.email", "transforms": [{"default": "x"}]}})
    Submission.objects.update(raw='{"contact": {"email": "mia@globex.com"}}')
    do_with_all(boss, page("submission_changelist"), "retry", row)

    assert Lead.objects.get().email == "mia@globex.com"


def test_what_was_sent_is_shown_as_text(boss: Client, now: datetime) -> None:
    row = submission(now, json.dumps({"x": "<script>alert(1)</script>"}))

    shown = boss.get(page("submission_change", row.pk)).content.decode()

    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.SALES_OPS, (200, 200, 302)), (Role.MANAGER, (403, 200, 302)), (Role.READ_ONLY, (403, 200, 403)),
     (Role.REP, (403, 403, 403))],
)  # fmt: skip
def test_who_may_do_what(sign_in: Any, now: datetime, role: Role, may: tuple[int, ...]) -> None:
    row, client = submission(now), sign_in(role)

    answers = (
        client.get(page("form_add")),
        client.get(page("submission_change", row.pk)),
        client.post(page("submission_discard", row.pk)),
    )

    assert tuple(answer.status_code for answer in answers) == may
