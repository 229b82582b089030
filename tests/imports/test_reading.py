"""Files as people make them, and as attackers do: read, or refused in words that say where and what to do."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook

from routing.spreadsheets.read import CSV, JSON_LINES, XLSX, Limits, NotATable, Table, format_of, read_table
from routing.spreadsheets.write import Sheet, csv_rows, neutral, xlsx_file

AT = datetime.fromisoformat("2026-03-01T09:30:00")
LIMITS = Limits(rows=50, columns=10, cell=100, unzipped=20_000_000)


def table(content: bytes, **said: str) -> Table:
    file = io.BytesIO(content)
    return read_table(file, format_of(file), LIMITS, **said)


def rows(content: bytes, **said: str) -> list[dict[str, Any]]:
    return [row.values for row in table(content, **said).rows]


def refusal(content: bytes, **said: str) -> str:
    with pytest.raises(NotATable) as refused:
        rows(content, **said)
    return str(refused.value)


def workbook(*cells: list[Any], formats: dict[str, str] | None = None, title: str = "Leads") -> bytes:
    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in cells:
        sheet.append(row)
    for place, code in (formats or {}).items():
        sheet[place].number_format = code
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


NAMES = {"sheet": "xl/worksheets/sheet1.xml", "texts": "xl/sharedStrings.xml", "book": "xl/workbook.xml"}
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXTS = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The workbook with other parts; sheet: its first sheet, texts: the texts that cells name by number."""
    given = {NAMES[key]: part for key, part in parts.items()}
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *given}:
            part = given.get(name) or old.read(name)
            new.writestr(name, part.replace(b"</Types>", TEXTS) if name.startswith("[") and "texts" in parts else part)
    return target.getvalue()


def sheet_xml(inside: str) -> bytes:
    return f'<worksheet xmlns="{SPACE}"><sheetData>{inside}</sheetData></worksheet>'.encode()


# --- CSV -----------------------------------------------------------------------------------------------------------

MUELLER = [{"email": "a@b.de", "name": "Müller"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_is_read_in_every_encoding_and_with_every_separator(encoding: str, delimiter: str) -> None:
    content = f"email{delimiter}name\r\na@b.de{delimiter}Müller\r\n".encode(encoding)

    assert rows(content) == MUELLER


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end: str) -> None:
    assert rows(f"email,name{end}a@b.de,Müller{end}".encode()) == MUELLER


def test_what_is_not_utf_8_is_said() -> None:
    read = table("email;name\na@b.de;Müller".encode("cp1252"))

    assert [row.values for row in read.rows] == MUELLER
    assert "Windows-1252" in next(iter(read.notes))


def test_mixed_encodings_in_one_file_are_all_read() -> None:
    content = b"name\n" + "Jörg".encode() + b"\n" + "Käthe".encode("cp1252") + b"\n"

    assert rows(content) == [{"name": "Jörg"}, {"name": "Käthe"}]


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b'a,b\n"x, y","say ""hi"""', [{"a": "x, y", "b": 'say "hi"'}]),
        (b'a,b\n"two\nlines",x', [{"a": "two\nlines", "b": "x"}]),
        (b"sep=;\na;b\n1;2", [{"a": "1", "b": "2"}]),
        (b"\n\na,b\n1,2", [{"a": "1", "b": "2"}]),
        (b"a,b,,\n1,2,,", [{"a": "1", "b": "2"}]),
        (b"a,b\n1", [{"a": "1"}]),
        (b"a\n01067", [{"a": "01067"}]),
        (b"a\nx\x00y\xed\xa0\x80z", [{"a": "xyí\xa0€z"}]),
        (b"a;b\n1,5;2", [{"a": "1,5", "b": "2"}]),
        (b"a\n'=1+1\n'x\n", [{"a": "=1+1"}, {"a": "'x"}]),
        (b"a\n", []),
    ],
)
def test_strange_csv_is_read(content: bytes, read: list[dict[str, str]]) -> None:
    assert rows(content) == read


def test_rows_are_numbered_as_they_stand_below_the_header() -> None:
    assert [row.number for row in table(b"a,b\n1,2\n\n3,4\n,,\n5,6").rows] == [1, 3, 5]


def test_a_row_with_too_many_cells_is_a_problem_of_that_row() -> None:
    first, second = table(b"a,b\n1,2,3\n1,2").rows

    assert "3 cells" in first.problem
    assert second.problem == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"a,A\n1,2", "both called"),
        (b"a,,c\n1,2,3", "Column B has no name"),
        (b",".join(b"c%d" % n for n in range(11)), "11 columns"),
        (b"," * 1_000_000, "longer than"),
        (b"x" * 101 + b"\n1", "longer than 100 characters"),
        (b'a,b\n1,"2\n3,4\n', "Line 2: a quotation mark is opened"),
        (b'a,b\n1,"2" 3\n', "Line 2: something stands behind"),
        (b"a\n" + b"x" * 101, "Row 2, column “a”"),
        (b"a\n" + b"x" * 5_000, "Line 2 is longer"),
        (b"a\n" * 52, "more than 50 rows"),
        (b"%PDF-1.7", "no table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        (b"\xff\xfea\x00\n\x00b", "damaged"),
    ],
)
def test_csv_that_cannot_be_read_is_refused_in_words(content: bytes, said: str) -> None:
    assert said in refusal(content)


# --- JSON Lines ----------------------------------------------------------------------------------------------------


def test_json_lines_are_read_with_what_is_nested() -> None:
    content = b'{"email": "a@b.de", "attributes": {"size": 3}}\n\n{"email": null, "tags": ["x", "y"], "test": true}\n'

    assert rows(content) == [{"email": "a@b.de", "attributes.size": 3}, {"tags": ["x", "y"], "test": True}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"' + b'": 1, "'.join(b"c%d" % n for n in range(11)) + b'": 1}', "11 columns"),
        (b'{"a": 1}\n' * 51, "more than 50 rows"),
    ],
)
def test_json_lines_that_cannot_be_read_are_refused_in_words(content: bytes, said: str) -> None:
    assert said in refusal(content)


BAD_LINES = [
    (b"[1]", "Line 2 is no JSON object. Write one object a line, such as {“email”: “mia@globex.com”}. It is “[1]”."),
    (b'{"a": ', 'Line 2 is not JSON: Expecting value, at character 6. It is “{"a":”.'),
    (b'{"a": }', 'Line 2 is not JSON: Expecting value, at character 7. It is “{"a": }”.'),
    (b'{"a": 1, "a": 2}', "twice"),
    (b'{"a": NaN}', "NaN"),
    (b'{"a": "\xff"}', "Line 2 is not UTF-8"),
    (b'{"a": ' + b"[" * 90 + b"]" * 90 + b"}", "nested too deep"),
    (b'{"a": "' + b"x" * 90_000 + b'"}', "Line 2 is too long"),
]


@pytest.mark.parametrize(("line", "said"), BAD_LINES)
def test_a_line_that_cannot_be_read_stops_no_other(line: bytes, said: str) -> None:
    found = list(table(b'{"a": 1}\n' + line + b'\n{"a": 3}\n').rows)

    assert [(row.number, row.values) for row in found] == [(1, {"a": 1}), (2, {}), (3, {"a": 3})]
    assert (found[0].problem, found[2].problem) == ("", "")
    assert said in found[1].problem


@pytest.mark.parametrize(("line", "said"), BAD_LINES)
def test_a_file_of_such_lines_alone_is_refused_with_the_first(line: bytes, said: str) -> None:
    file = io.BytesIO(line + b"\n" + line)

    with pytest.raises(NotATable) as refused:
        read_table(file, JSON_LINES, LIMITS)

    assert str(refused.value).startswith("No line can be read. ")
    assert said.replace("Line 2", "Line 1") in str(refused.value)


# --- XLSX ----------------------------------------------------------------------------------------------------------


def test_cells_of_a_workbook_are_read_as_they_are_shown() -> None:
    header = ["text", "zip", "code", "whole", "part", "day", "at", "clock", "yes"]
    values = ["01067", 1067, 12034, 3.0, 1.5, date(2026, 3, 1), AT, time(9, 30), True]

    read = rows(workbook(header, values, formats={"B2": "00000", "C2": "00-000", "F2": "dd.mm.yyyy"}))

    assert read == [
        {
            "text": "01067", "zip": "01067", "code": "12-034", "whole": 3, "part": 1.5, "day": "2026-03-01",
            "at": "2026-03-01 09:30:00", "clock": "09:30:00", "yes": True,
        }
    ]  # fmt: skip


def test_long_numbers_keep_their_digits() -> None:
    inside = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    inside += '<row r="2"><c r="A2"><v>491701234567890123</v></c></row>'

    assert rows(repacked(workbook(["a"]), sheet=sheet_xml(inside))) == [{"a": "491701234567890123"}]


def test_texts_that_cells_name_by_number_are_read_with_their_runs() -> None:
    texts = "<si><t>a</t></si><si><r><t>Mia </t></r><r><t>Chen</t></r><rPh><t>x</t></rPh></si><si><t>_x0041_</t></si>"
    cells = [f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c></row>' for n in (1, 2, 3)]
    content = repacked(
        workbook(["a"]), sheet=sheet_xml("".join(cells)), texts=f'<sst xmlns="{SPACE}">{texts}</sst>'.encode()
    )

    assert rows(content) == [{"a": "Mia Chen"}, {"a": "A"}]


def test_formulas_are_read_by_their_stored_result_and_errors_as_empty() -> None:
    head = "".join(f'<c r="{c}1" t="inlineStr"><is><t>{c}</t></is></c>' for c in "ABC")
    cells = '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="e"><v>#N/A</v></c><c r="C2"><f>1+1</f></c>'
    read = table(repacked(workbook(["a"]), sheet=sheet_xml(f'<row r="1">{head}</row><row r="2">{cells}</row>')))

    assert [row.values for row in read.rows] == [{"A": 2}]
    assert sorted(read.notes.values()) == [1, 1]


def test_a_sheet_is_chosen_by_name() -> None:
    with xlsx_file([Sheet("One", ["a"], [["1"]]), Sheet("Two", ["b"], [["2"]])]) as file:
        content = file.read()

    assert (rows(content), rows(content, sheet="two")) == ([{"a": "1"}], [{"b": "2"}])
    assert "“One”, “Two”" in refusal(content, sheet="Three")


def test_a_row_with_a_number_beyond_all_sheets_is_no_endless_loop() -> None:
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    far = '<row r="999999999999"><c r="A2"><v>1</v></c></row>'

    assert rows(repacked(workbook(["a"]), sheet=sheet_xml(head + far))) == [{"a": 1}]


BOMB = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8)
)


@pytest.mark.parametrize("part", ["sheet", "texts", "book"])
def test_billion_laughs_are_not_read(part: str) -> None:
    laughs = BOMB + b"]><worksheet>&i;</worksheet>"

    assert "entities" in refusal(repacked(workbook(["a"], ["b"]), **{part: laughs}))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"sheet": sheet_xml("<row><c><v>1</v></c></row>" + " " * 30_000_000)}, "unpacks to far more"),
        ({"texts": b" " * 12_000_000}, "unpacks to far more"),
        ({"sheet": sheet_xml("<row>" + '<c t="inlineStr"><is><t>a</t></is></c>' * 11 + "</row>")}, "11 columns"),
        ({"sheet": sheet_xml('<row r="1"><c r="XFD1"><v>1</v></c></row>')}, "column XFD"),
        ({"sheet": b"<worksheet"}, "damaged"),
        ({"book": b"<nothing/>"}, "no sheet"),
        ({"sheet": sheet_xml('<row><c t="s"><v>x</v></c></row>')}, "damaged"),
        ({"sheet": sheet_xml("")}, "empty"),
    ],
)
def test_workbooks_made_to_do_harm_are_refused_in_words(parts: dict[str, bytes], said: str) -> None:
    assert said in refusal(repacked(workbook(["a"], ["b"]), **parts))


def test_a_folder_of_very_many_parts_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as many:
        for number in range(2_001):
            many.writestr(f"{number}", b"")

    assert "2,001 parts" in refusal(file.getvalue())


@pytest.mark.parametrize("content", [b"PK\x03\x04" + b"x" * 200, workbook(["a"])[:-300], workbook(["a"])[:900]])
def test_a_broken_workbook_is_refused_in_words(content: bytes) -> None:
    assert "damaged" in refusal(content)


# --- recognising, writing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "format"),
    [
        (b"a,b", "x.xlsx", CSV),
        (b'\xef\xbb\xbf {"a": 1}', "", JSON_LINES),
        (b"", "x.ndjson", JSON_LINES),
        (workbook(["a"]), "x.csv", XLSX),
    ],
)
def test_the_format_is_that_of_the_file_not_of_its_name(content: bytes, name: str, format: str) -> None:
    assert format_of(io.BytesIO(content), name=name) == format


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+49 30",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "\xa0=1",
        "\uff1d1",
        "\uff0d1",
        "\x00=1",
        '"=1',
        "'=1",
    ],
)
def test_what_a_spreadsheet_would_calculate_is_made_text(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("value", ["a=b", "Mia", "", 5, -5, None, True, "a-b", "O'Neil"])
def test_other_values_are_left_as_they_are(value: object) -> None:
    assert neutral(value) is value


def test_no_cell_of_a_csv_begins_a_formula_whatever_separates_it() -> None:
    content = b"".join(csv_rows(["a"], [["x;=1"], ["x\n@y"], ["x\t+z"]])).decode("utf-8-sig")

    assert content == "a\r\nx;'=1\r\n\"x\n'@y\"\r\nx\t'+z\r\n"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+49 30", "01067", "Müller", "two\nlines", "'=x", "_x0041_", "a,b;c", "a;=b", "a;'=b", "x\n- y", "''\ty"],
)
def test_what_is_written_is_read_again_as_it_was(text: str) -> None:
    with xlsx_file([Sheet("a", ["a"], [[text]])]) as file:
        packed = file.read()

    assert rows(packed) == rows(b"".join(csv_rows(["a"], [[text]]))) == [{"a": text}]


def test_a_full_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.spreadsheets.write.MOST_ROWS", 3)
    with xlsx_file([Sheet("a/b", ["a"], [[str(n)] for n in range(5)])]) as file:
        content = file.read()

    assert [len(rows(content, sheet=name)) for name in ("a b", "a b 2", "a b 3")] == [2, 2, 1]


@pytest.mark.parametrize("said", ["NaN", "Infinity", "-inf", "1e999"])
def test_a_cell_whose_number_is_none_is_a_text(said: str) -> None:
    sheet = f'<worksheet xmlns="{SPACE}"><sheetData><row><c t="inlineStr"><is><t>a</t></is></c></row>'
    sheet += f"<row><c><v>{said}</v></c></row></sheetData></worksheet>"

    assert rows(repacked(workbook(["a"]), sheet=sheet.encode())) == [{"a": said}]


def test_names_of_json_lines_are_those_of_its_columns() -> None:
    found = table(b'{"e\\u0000mail": "mia@globex.com", "x\\ud800": 1}\n')

    assert (found.header, [row.values for row in found.rows]) == (("email", "x"), [{"email": "mia@globex.com", "x": 1}])
