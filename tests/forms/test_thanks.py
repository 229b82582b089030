"""After sending: who is named, what is filled in, and where visitors may be sent on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils.translation import override

from reps.models import Rep
from routing.models import Form, Lead, Submission
from routing.services.forms.thanks import Known, known_of, redirect_of, thanks
from tests.conftest import NOW
from tests.factories import make_rep
from tests.forms.conftest import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what is said does not depend on it")]
ANA = Known("Mia", "Ana Diaz", "https://cal.example.com/ana?x=1")


def text_of(said: Any) -> str:
    return "|".join("/".join("".join(text for text, _ in line) for line in lines) for lines in said.paragraphs)


def links_of(said: Any) -> list[str]:
    return [address for lines in said.paragraphs for line in lines for _, address in line if address]


def owned(visitor: Visitor, **rep: Any) -> Submission:
    """What was sent, given to somebody."""
    visitor.send()
    owner: Rep = make_rep("Ana Diaz", **rep)
    Lead.objects.update(status="assigned", owner=owner, owned_at=NOW)
    return Submission.objects.get()


def test_a_form_says_who_will_call_and_where_to_book(visitor: Visitor, form: Form) -> None:
    owned(visitor, booking_url="https://cal.example.com/ana")
    Form.objects.update(name_rep=True)

    page = visitor.client.get(visitor.send()["Location"]).content.decode()

    assert "Ana Diaz will be in touch with you shortly." in page
    assert '<a href="https://cal.example.com/ana" rel="noopener nofollow">Choose a time with Ana Diaz</a>' in page


def test_a_form_that_names_nobody_names_nobody(visitor: Visitor, form: Form) -> None:
    assert known_of(form, owned(visitor)) == Known("Mia")


@pytest.mark.parametrize(
    "address", ["http://cal.example.com", "javascript:alert(1)", "https://a b", "//x", "https://u:p@x.example"]
)
def test_only_proper_booking_pages_are_linked(visitor: Visitor, form: Form, address: str) -> None:
    form.name_rep = True

    assert known_of(form, owned(visitor, booking_url=address)) == Known("Mia", "Ana Diaz", "")


def test_whose_duplicate_it_is_names_the_owner_of_the_first(visitor: Visitor, form: Form) -> None:
    form.name_rep = True
    first = owned(visitor).lead
    visitor.send({"email": "mia@globex.com", "message": "Once more"})
    Lead.objects.exclude(pk=first.pk).update(status="duplicate", duplicate_of=first)  # type: ignore[union-attr]

    assert known_of(form, Submission.objects.exclude(lead=first).get()).rep == "Ana Diaz"


def test_what_waits_for_review_names_nobody(visitor: Visitor, form: Form) -> None:
    form.name_rep = True
    visitor.send()
    Lead.objects.update(status="quarantined")

    assert known_of(form, Submission.objects.get(), wait=True) == Known("Mia")


@pytest.mark.parametrize(
    ("text", "known", "said"),
    [
        ("Thanks, {first_name}!", ANA, "Thanks, Mia!"),
        ("Thanks, {first_name}!", Known(), "Thanks!"),
        ("Hi {first_name}.\n{rep} calls.\nBye.", ANA, "Hi Mia./Ana Diaz calls./Bye."),
        ("Hi {first_name}.\n{rep} calls.\nBye.", Known("Mia"), "Hi Mia./Bye."),
        ("One.\n\n{rep} calls.\n\nTwo.", Known("Mia"), "One.|Two."),
        ("{other} {0} {rep.__class__}", ANA, "{other} {0} {rep.__class__}"),
        ("{first_name}", Known("{rep}"), "{rep}"),
    ],
)
def test_what_is_known_is_filled_in_and_the_rest_left_out(text: str, known: Known, said: str) -> None:
    assert text_of(thanks(Form(thanks=text), known)) == said


def test_a_booking_page_in_the_text_is_a_link() -> None:
    assert links_of(thanks(Form(thanks="Book: {booking}"), ANA)) == [ANA.booking]


def test_the_built_in_words_are_german_too() -> None:
    with override("de"):
        said = thanks(Form(), ANA)

    assert (said.title, text_of(said)) == (
        "Vielen Dank, Mia!", "Ana Diaz meldet sich in Kürze bei Ihnen.|Termin mit Ana Diaz wählen",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "hosts", "goes_to"),
    [
        ("https://www.example.com/thanks", ["www.example.com"], "https://www.example.com/thanks"),
        ("https://www.example.com/?rep={rep}", ["www.example.com"], "https://www.example.com/?rep=Ana%20Diaz"),
        ("https://www.example.com/?to={booking}", ["www.example.com"], "https://www.example.com/?to=https%3A%2F%2Fcal.example.com%2Fana%3Fx%3D1"),
        ("{booking}", ["cal.example.com"], ANA.booking),
        ("{booking}", ["www.example.com"], ""),
        ("https://www.example.com/thanks", [], ""),
        ("https://evil.example/", ["www.example.com"], ""),
        ("https://www.example.com.evil.example/", ["www.example.com"], ""),
        ("https://www.example.com@evil.example/", ["www.example.com"], ""),
        ("https://www.example.com:444/", ["www.example.com"], ""),
        ("https://evil.example\\@www.example.com/", ["www.example.com"], ""),
        ("//www.example.com/", ["www.example.com"], ""),
        ("javascript:alert(1)//www.example.com/", ["www.example.com"], ""),
        ("https://{rep}.example.com/", ["www.example.com"], ""),
    ],
)  # fmt: skip
def test_visitors_go_on_only_to_hosts_that_the_form_names(url: str, hosts: list[str], goes_to: str) -> None:
    assert redirect_of(Form(redirect_url=url, redirect_hosts=hosts), ANA) == goes_to


def test_a_redirect_is_permitted_by_the_pages_policy(make_form: Callable[..., Form]) -> None:
    make_form(redirect_url="https://www.example.com/thanks", redirect_hosts=["www.example.com"])
    visitor = Visitor()

    policy = visitor.open()["Content-Security-Policy"]

    assert "form-action 'self' https://www.example.com" in policy
    assert visitor.send()["Location"] == "https://www.example.com/thanks"


def test_an_hour_later_the_page_thanks_without_a_name(visitor: Visitor) -> None:
    address = visitor.send()["Location"]

    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        page = visitor.client.get(address).content.decode()

    assert "Thank you!" in page and "Mia" not in page


def test_a_token_that_was_made_up_opens_nothing(visitor: Visitor) -> None:
    address = visitor.send()["Location"]

    assert visitor.client.get(address.replace("/thanks/", "/thanks/x")).status_code == 404


def test_a_token_of_one_form_shows_nothing_at_another(visitor: Visitor, make_form: Callable[..., Form]) -> None:
    make_form(name="Other", slug="other")
    address = visitor.send()["Location"].replace("/f/demo/", "/f/other/")

    assert "Mia" not in visitor.client.get(address).content.decode()
