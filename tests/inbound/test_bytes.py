"""Bodies of bytes: what broke off is told, text is read in its charset, and nothing vanishes without a word."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from leadrouting.wsgi import application
from routing.intake.bodies import FORM, JSON, MULTIPART, bytes_of, form_body, kept_body, multipart_body
from routing.intake.multipart import read_multipart
from routing.models import Lead, LeadEvent, Submission
from routing.services.inbound.addresses import NewAddress, path_of
from routing.services.inbound.review import try_again
from routing.services.submissions import store
from routing.services.submissions.unfinished import finish_begun
from tests.inbound.conftest import new_address

EMAIL = b'Content-Disposition: form-data; name="email"\r\n\r\nmia@globex.com'
NAME = b'Content-Disposition: form-data; name="first_name"'
CV = (
    b'Content-Disposition: form-data; name="cv"; filename="cv.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF\x00\xff'
)
CHARSET = b'Content-Disposition: form-data; name="_charset_"\r\n\r\n'
QUOTED = b"\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\nZo=C3=AB"
LATIN = b"\r\nContent-Type: text/plain; charset=ISO-8859-1"
PARTS = f"{MULTIPART}; boundary=x"
PIECES = [b"--x", b"--", b"\r\n", b"\n", EMAIL, NAME, CV, b"; filename*=undefined''%ff", b'"', b"=", b"\x00", b"\xff"]


def parts(*given: bytes) -> bytes:
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in given) + b"--x--\r\n"


@pytest.fixture
def door(db: None) -> NewAddress:
    return new_address(mapping={"email": "email", "first_name": "first_name"})


def send(door: NewAddress, body: bytes, kind: str = PARTS, **meta: Any) -> Any:
    return Client().generic("POST", path_of(door.key), body, content_type=kind, **meta)


# --- it broke off, or cannot be read ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_body_that_broke_off_is_refused_and_kept(door: NewAddress) -> None:
    answer = send(door, parts(EMAIL)[:-8])

    kept = Submission.objects.get()
    assert (answer.status_code, kept.status, Lead.objects.count()) == (400, "invalid", 0)
    assert answer.json()["detail"] == "The body broke off: its closing boundary is missing."
    assert kept.raw.encode() == parts(EMAIL)[:-8] and "broke off" in kept.errors["body"][0]


def test_wherever_it_breaks_off_it_is_noticed() -> None:
    whole = parts(EMAIL, CV)
    for length in range(len(whole) - len("\r\n")):
        assert read_multipart(whole[:length], "x").problem, length


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [JSON, FORM, PARTS])
def test_less_than_was_announced_is_refused_and_kept(door: NewAddress, now: Any, kind: str) -> None:
    body = b"email=mia%40globex.com"
    answer = send(door, body, kind, **{"CONTENT_LENGTH": "400", "wsgi.input": BytesIO(body)})

    assert (answer.status_code, Submission.objects.get().status) == (400, "invalid")
    assert answer.json()["detail"] == "The body broke off: 22 of 400 bytes came."
    try_again(submission=Submission.objects.get(), now=now)
    assert not Lead.objects.exists()


class BrokenOff(BytesIO):
    """A stream of chunks whose last one is missing, as gunicorn tells of it: first an error, then what came."""

    failed = False

    def read(self, size: int | None = -1, /) -> bytes:
        if not self.failed:
            self.failed = True
            raise EOFError
        return super().read(size)


@pytest.mark.django_db
def test_chunks_that_broke_off_are_refused_and_kept(door: NewAddress) -> None:
    stream = BrokenOff(b'{"email": "mia@glo')
    chunks = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}

    answer = send(door, b"x", JSON, **chunks, **{"wsgi.input": stream})

    assert (answer.status_code, Submission.objects.get().raw) == (400, '{"email": "mia@glo')
    assert answer.json()["detail"] == "The body broke off: its last chunk is missing."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\r\n", "does not begin with its boundary"),
        (b"--y\r\n" + EMAIL + b"\r\n--y--", "does not begin with its boundary"),
        (b"email=mia\r\n" + parts(EMAIL), "does not begin with its boundary"),
        (parts(EMAIL) + parts(EMAIL), "There is more behind the closing boundary."),
        (parts(EMAIL, b"Content-Type: text/plain\r\n\r\n7"), "Part 2: Content-Disposition: form-data; name=… is"),
        (parts(b"Content-Disposition: form-data\r\n\r\n7"), "Part 1: Content-Disposition"),
        (parts(b"\r\n7"), "Part 1: its head has no end."),
        (parts(b"email\r\n\r\nmia@globex.com"), "Part 1: “email” in its head is no header."),
        (parts(NAME + b"; a*=nothing''x\r\n\r\nMia"), "Part 1: Content-Disposition in its head cannot be read."),
        (parts(NAME + b"\r\nX: " + b"x" * 9_000 + b"\r\n\r\nMia"), "Part 1: its head is too long."),
        (parts(NAME + b"\r\nContent-Transfer-Encoding: gzip\r\n\r\nMia"), "“gzip” is not known"),
        (parts(NAME + b"\r\nContent-Transfer-Encoding: base64\r\n\r\nM!"), "it is not Base64"),
        (parts(NAME + b"\r\n\r\nMi\xff"), "Part 1: the field “first_name” is not UTF-8: byte 3"),
        (parts(NAME + b"\r\nContent-Type: text/plain; charset=utf-16\r\n\r\nMia"), "“utf-16” is not known"),
        (parts(CHARSET + b"zlib"), "“zlib” is not known"),
        (parts(*[EMAIL] * 1_001), "More than 1000 fields."),
    ],
    ids=range(16),
)  # fmt: skip
def test_what_cannot_be_read_says_where(door: NewAddress, body: bytes, said: str) -> None:
    answer = send(door, body)

    assert (answer.status_code, Submission.objects.get().status) == (400, "invalid")
    assert said in answer.json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [MULTIPART, f"{MULTIPART}; boundary=", f'{MULTIPART}; boundary="é"'])
def test_a_boundary_must_be_named(door: NewAddress, kind: str) -> None:
    assert send(door, parts(EMAIL), kind).json()["detail"] == "Content-Type names no boundary."


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_whatever_comes_in_parts_nothing_is_raised(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    came = multipart_body(body, "x")

    again = kept_body(came.raw, came.content_type)

    assert bool(again.problem) == bool(came.problem)
    assert (again.value, again.files) == (came.value, came.files)
    assert not came.problem or bytes_of(came.raw, came.content_type) == body


@pytest.mark.django_db
def test_the_clock_makes_no_lead_of_what_broke_off(door: NewAddress, now: Any) -> None:
    broken = multipart_body(parts(EMAIL)[:-4], "x")
    store.begin(inbound=door.address, key="a", raw=broken.raw, content_type=broken.content_type, now=now)

    finish_begun(now=now.replace(hour=now.hour + 1))

    assert (Submission.objects.get().status, Lead.objects.count()) == ("invalid", 0)


# --- charsets -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (parts(EMAIL, NAME + b"\r\n\r\nZo\xc3\xab"), PARTS),
        (parts(EMAIL, NAME + LATIN + b"\r\n\r\nZo\xeb"), PARTS),
        (parts(EMAIL, NAME + b"\r\n\r\nZo\xeb"), f"{PARTS}; charset=windows-1252"),
        (parts(EMAIL, NAME + b"\r\n\r\nZo\xeb", CHARSET + b"latin1"), PARTS),
        (parts(EMAIL, NAME + b"\r\nContent-Transfer-Encoding: base64\r\n\r\nWm/Dqw=="), PARTS),
        (parts(EMAIL, NAME + QUOTED), PARTS),
        (b"email=mia%40globex.com&first_name=Zo%C3%AB", FORM),
        (b"email=mia%40globex.com&first_name=Zo%EB", f"{FORM}; charset=latin1"),
        (b"email=mia%40globex.com&first_name=Zo\xeb", f'{FORM}; charset="ISO-8859-15"'),
        (b"_charset_=windows-1252&email=mia%40globex.com&first_name=Zo%EB", FORM),
    ],
    ids=range(10),
)  # fmt: skip
def test_text_is_read_in_its_charset(door: NewAddress, body: bytes, kind: str) -> None:
    answer = send(door, body, kind)

    assert (answer.status_code, Lead.objects.get().first_name) == (202, "Zoë")
    assert "Zoë" in Submission.objects.get().raw


@pytest.mark.django_db
def test_names_are_read_in_it_too(door: NewAddress) -> None:
    send(door, "email=mia%40globex.com&größe=7".encode("latin-1"), f"{FORM}; charset=latin1")

    assert Lead.objects.get().attributes == {"größe": "7"}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [FORM, PARTS])
@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "zlib", "idna", "undefined", "x" * 300, "..", "a*b"])
def test_a_charset_that_nobody_knows_is_refused(door: NewAddress, kind: str, charset: str) -> None:
    answer = send(door, parts(EMAIL), f"{kind}; charset={charset}")

    assert answer.status_code == 415 and "is not known" in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("given", ["charset*=nothing''x", "charset*=undefined''%ff", "boundary*=nothing''x"])
def test_a_content_type_that_nobody_can_read_is_refused_in_words(door: NewAddress, given: str) -> None:
    environ = RequestFactory().post(path_of(door.key), b"", FORM).environ | {"CONTENT_TYPE": f"{FORM}; {given}"}
    statuses: list[str] = []

    answer = application(environ, lambda status, headers: statuses.append(status))

    assert statuses == ["415 Unsupported Media Type"]
    assert b"Content-Type cannot be read." in b"".join(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"a=Zo%EB", b"a=Zo\xeb&_charset_=utf-8", b"_charset_=utf-7", b"%EB=1"])
def test_text_that_is_none_of_its_charset_is_refused_and_kept(door: NewAddress, body: bytes) -> None:
    answer = send(door, body, FORM)

    kept = Submission.objects.get()
    assert (answer.status_code, bytes_of(kept.raw, kept.content_type)) == (400, body)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [JSON, FORM, f"{FORM}; charset=latin1", PARTS])
@pytest.mark.parametrize("body", [bytes(range(256)), "{“a”: 1}".encode("utf-16"), b"\xff\x00%ff\x81", "{é\0".encode()])
def test_no_byte_of_what_cannot_be_read_is_lost(door: NewAddress, kind: str, body: bytes) -> None:
    answer = send(door, body, kind)

    kept = Submission.objects.get()
    assert answer.status_code in (400, 422)
    assert answer.status_code == 422 or bytes_of(kept.raw, kept.content_type) == body
    assert bool(kept_body(kept.raw, kept.content_type).problem) == (answer.status_code == 400)


@given(st.binary(max_size=40), st.sampled_from(["utf-8", "cp1252", "shift_jis"]))
def test_what_is_kept_of_a_form_says_the_same_again(body: bytes, charset: str) -> None:
    came = form_body(body, charset)

    again = kept_body(store.storable(came.raw), came.content_type)

    assert (again.value, again.problem) == (came.value, came.problem)


# --- files --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_file_is_named_as_left_out(door: NewAddress) -> None:
    answer = send(door, parts(EMAIL, CV))

    said = ["A file, “cv.pdf”, of 6 bytes. Files are not kept."]
    kept = Submission.objects.get()
    assert (answer.status_code, answer.json()["left_out"], kept.errors) == (202, {"cv": said}, {"cv": said})
    assert "cv.pdf" in LeadEvent.objects.get(lead=Lead.objects.get()).text
    assert json.loads(kept.raw) == [["email", "mia@globex.com"], ["cv", "cv.pdf", 6]]


@pytest.mark.django_db
def test_a_file_alone_is_no_lead_but_is_named(door: NewAddress) -> None:
    answer = send(door, parts(CV, CV))

    assert (answer.status_code, len(answer.json()["errors"]["cv"])) == (422, 2)


@pytest.mark.django_db
def test_where_nobody_chose_a_file_nothing_is_left_out(door: NewAddress) -> None:
    nothing = b'Content-Disposition: form-data; name="cv"; filename=""\r\n\r\n'

    assert "left_out" not in send(door, parts(EMAIL, nothing)).json()


@pytest.mark.django_db
def test_a_file_is_named_whoever_makes_the_lead(door: NewAddress, now: Any) -> None:
    body = multipart_body(parts(EMAIL, CV), "x")
    store.begin(inbound=door.address, key="a", raw=body.raw, content_type=body.content_type, now=now)

    finish_begun(now=now.replace(hour=now.hour + 1))

    assert "cv.pdf" in LeadEvent.objects.get(lead=Lead.objects.get()).text


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'filename="C:\\\\Mia\\\\cv.pdf"', "cv.pdf"),
        (b"filename=../../cv.pdf", "cv.pdf"),
        (b"filename*=UTF-8''Lebenslauf%20M%C3%BCller.pdf", "Lebenslauf Müller.pdf"),
        ("filename=Müller.pdf".encode(), "Müller.pdf"),
        (b'filename=""', ""),
    ],
)
def test_a_file_has_its_own_name_alone(head: bytes, name: str) -> None:
    (file,) = read_multipart(parts(b"Content-Disposition: form-data; name=cv; " + head + b"\r\n\r\nx"), "x").files

    assert file == ("cv", name, 1)
