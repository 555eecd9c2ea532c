"""The CSV splitter against Python's ``csv`` module, and against what PostgreSQL would make of its output."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simpul.readers.reasons import Held
from simpul.readers.splitter import LINE_LIMIT, Marks, Splitter

LETTERS = list('ab 9.é"\n,;|\\\u00a0')

BYTES = [b"a", b"b", b",", b'"', b"\n", b"\r", b" ", "é".encode(), b"\xff", b"\0", b"\\."]


@pytest.fixture(params=[2, 5, 16 << 10], scope="module")
def piece(request):
    """Blocks that are not sound are cut into pieces; small ones meet every border."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simpul.readers.splitter.PIECE", request.param)
        yield request.param


def chunked(data: bytes, size: int) -> Iterator[bytes]:
    return (data[n : n + size] for n in range(0, len(data), size))


def as_postgres(data: bytes, delimiter: str) -> list[list[str]]:
    """COPY's own reading of CSV: a quote toggles wherever it stands, inside quotes a doubled one is one."""
    rows: list[list[str]] = []
    fields, field, is_inside, n = [], "", False, 0
    text = data.decode("utf-8")
    while n < len(text):
        char = text[n]
        if char == '"':
            if is_inside and text[n + 1 : n + 2] == '"':
                field += '"'
                n += 1
            else:
                is_inside = not is_inside
        elif char == delimiter and not is_inside:
            fields.append(field)
            field = ""
        elif char == "\n" and not is_inside:
            rows.append([*fields, field])
            fields, field = [], ""
        else:
            assert is_inside or char != "\r", "PostgreSQL refuses a bare carriage return"
            field += char
        n += 1
    assert not is_inside and not fields and not field, "the output ends inside a record"
    return rows


def as_postgres_text(data: bytes, delimiter: str) -> list[list[str]]:
    """COPY's reading of its text format."""
    text = data.decode("utf-8")
    rows, fields, field, n = [], [], "", 0
    while n < len(text):
        char = text[n]
        if char == "\\":
            n += 1
            field += {"r": "\r", "n": "\n"}.get(text[n], text[n])
        elif char == delimiter:
            fields.append(field)
            field = ""
        elif char == "\n":
            rows.append([*fields, field])
            fields, field = [], ""
        else:
            assert char != "\r", "PostgreSQL refuses a bare carriage return"
            field += char
        n += 1
    assert not fields and not field
    return rows


def through_postgres(
    data: bytes, delimiter: str, width: int, size: int
) -> tuple[list[tuple[int, list[str]]], Splitter]:
    splitter = Splitter(delimiter, width, first_row=2, as_text=b'"' not in data)
    read = as_postgres_text if splitter.as_text else as_postgres
    rows = read(b"".join(splitter.blocks(chunked(data, size))), delimiter)
    assert all(len(row) == width for row in rows)
    holes = set(splitter.holes)
    return [(n, row) for n, row in enumerate(rows, 2) if n not in holes], splitter


def by_row(
    data: bytes, delimiter: str, width: int, size: int
) -> tuple[list[tuple[int, list[str]]], Splitter]:
    splitter = Splitter(delimiter, width, first_row=2)
    return list(splitter.rows(chunked(data, size))), splitter


@pytest.mark.usefixtures("piece")
@settings(max_examples=250, deadline=None)
@given(
    width=st.integers(1, 4),
    data=st.data(),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    size=st.integers(1, 64),
)
def test_reads_what_csv_writes(width, data, delimiter, line_end, quoting, size):
    # with "\\n" as line end, csv writes a carriage return at the end of a cell without quotes: nobody can tell it apart
    cell = st.text(alphabet=st.sampled_from(LETTERS + (["\r"] if line_end == "\r\n" else [])), max_size=6)
    table = data.draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=8))
    lines = [line for row in table for cell in row for line in cell.split("\n")[1:-1]]
    assume(width < 4 or all(line.count(delimiter) < 3 for line in lines))  # taken for records
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(table)
    content = out.getvalue().encode()
    expected = [(n, row) for n, row in enumerate(table, 2) if any(row)]
    rows, splitter = by_row(content, delimiter, width, size)
    assert [(n, row) for n, row in rows] == expected
    assert not splitter.malformed
    loaded, copied = through_postgres(content, delimiter, width, size)
    assert loaded == expected
    assert copied.good == splitter.good == len(expected)


@pytest.mark.usefixtures("piece")
@settings(max_examples=400, deadline=None)
@given(
    content=st.lists(st.sampled_from(BYTES), max_size=60)
    | st.lists(st.sampled_from([piece for piece in BYTES if piece != b'"']), max_size=60),
    width=st.integers(1, 4),
    size=st.integers(1, 70),
)
def test_any_bytes_are_conserved(content, width, size):
    """Whatever comes: both ways of reading agree, every row is accounted for, and no chunk border matters."""
    data = b"".join(content)
    rows, one = by_row(data, ",", width, size)
    again, other = by_row(data, ",", width, len(data) or 1)
    assert rows == again
    assert one.malformed == other.malformed
    loaded, copied = through_postgres(data, ",", width, size)
    assert loaded == [(n, row) for n, row in rows]
    assert copied.malformed == one.malformed
    assert one.row - 2 == one.good + one.bad + sum(one.skipped.values())
    assert (copied.good, copied.bad, copied.skipped) == (one.good, one.bad, one.skipped)


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize(
    ("content", "good", "bad"),
    [
        (b"a,b\n1\n2,3\n", [2, 4], [(3, "field_count")]),
        (b"a,b\n1,2,3\n2,3\n", [2, 4], [(3, "field_count")]),
        (b"a,b,,\n1,2\n", [2, 3], []),  # blank columns to the right
        (b"a,b\n\xe9,x\n2,3\n", [2, 4], [(3, "encoding")]),
        (b"a,b\nx\0,y\n2,3\n", [2, 4], [(3, "nul_byte")]),
        (b'a,b\n"x,y\n2,3\n4,5\n', [2, 4, 5], [(3, "unbalanced_quote")]),
        (b'a,b\n"x,y\n2,"3"\n4,5\n', [2, 4, 5], [(3, "unbalanced_quote")]),
        (b'a,b\n"x" y,z\n4,5\n', [2, 4], [(3, "unbalanced_quote")]),
        (b'a,b\n1,"2', [2], [(3, "unbalanced_quote")]),
        (b"a,b\n1", [2], [(3, "field_count")]),
        (b"a,b\n1\n2,3", [2, 4], [(3, "field_count")]),
        (b"a,b\n1,\xc3", [2], [(3, "encoding")]),
        (b'a,b\n"two\nlines",c\n4,5\n', [2, 3, 4], []),
        (b'a,b\n\n,\n"",""\n4,5\n\n\n', [2, 6], []),
        (b"a,b", [2], []),
        (b'a,b\nAli "Bon",x\n', [2, 3], []),  # a quote inside a name is a plain character
    ],
)
def test_cases(content, good, bad):
    for read in (by_row, through_postgres):
        rows, splitter = read(content, ",", 2, 1 << 20)
        assert [n for n, _ in rows] == good
        assert [(m.row, m.rule) for m in splitter.malformed] == bad
        is_broken_end = bool(bad) and bad[-1][0] > max(good) and not content.endswith(b"\n")
        assert splitter.cut_off == (bad[-1][0] if is_broken_end else 0)


def test_unbalanced_quote_late_in_a_large_file_spoils_one_line():
    line = b"123456,SITI,MEDAN,0812\n"
    content = line * 90_000 + b'9,"UNI,MEDAN,0\n' + line * 10_000
    loaded, splitter = through_postgres(content, ",", 4, 1 << 20)
    assert splitter.good == 100_000
    assert [(m.row, m.rule, m.raw) for m in splitter.malformed] == [
        (90_002, "unbalanced_quote", b'9,"UNI,MEDAN,0')
    ]
    assert loaded[-1][0] == 100_002


@pytest.mark.parametrize("others", [0, 60])
def test_a_quote_that_is_closed_behind_other_records_spoils_one_line(others):
    """Python's ``csv`` takes forty people for the rest of a name."""
    quoted = b'"1","SITI","JL. MAWAR\nRT 2, RW 3","0812"\n' * others  # a cell of two lines is one
    line = b"1,SITI,MEDAN,0812\n"
    content = quoted + line * 5 + b'9,"UNI,MEDAN,0\n' + line * 40 + b'9,ANI",MEDAN,0\n' + line * 5
    for read in (by_row, through_postgres):
        rows, splitter = read(content, ",", 4, 1 << 20)
        assert [(m.row, m.rule) for m in splitter.malformed] == [(others + 7, "unbalanced_quote")]
        assert splitter.good == len(rows) == others + 51


def test_footer_ends_the_data():
    marks = Marks(
        lambda fields: "footer" if fields[0] == b"Catatan" else "data",
        lambda fields: len(fields) == 2 and fields[1].isdigit(),
        lambda block: b"Catatan" in block,
    )
    splitter = Splitter(",", 2, 2, marks)
    out = b"".join(splitter.blocks([b"a,1\nCatatan\nfree text, with, commas\n\nb,c\n"]))
    assert out == b"a,1\n"
    assert splitter.good == 1 and splitter.bad == 0
    assert splitter.skipped == {"footer": 3, "blank": 1}
    for read in ("blocks", "rows"):
        splitter = Splitter(",", 2, 2, marks)
        with pytest.raises(Held, match="row 5 holds a record, but stands below the note in row 3"):
            list(getattr(splitter, read)([b"a,1\nCatatan\nfree text\nb,2\n", b"c,3\n"]))
    with pytest.raises(Held, match="row 2 holds a record, but begins like a note"):
        list(Splitter(",", 2, 2, marks).blocks([b"Catatan,1\n"]))


def test_endless_line_is_held():
    with pytest.raises(Held, match="no line end"):
        list(Splitter(",", 2, 2).rows(chunked(b"x" * (LINE_LIMIT + 2), 1 << 20)))


def test_few_open_quotes_among_many_records(monkeypatch):
    """They cost their own lines; nearly all other records are passed on in blocks, not read one by one."""
    lines = [b"%06d," % n + b"x" * 200 for n in range(20_000)]
    for n in (5_000, 5_400, 12_000):
        lines[n] = lines[n].replace(b",x", b',"x')
    seen = []
    accept = Splitter._accept
    monkeypatch.setattr(Splitter, "_accept", lambda self, record: seen.append(1) or accept(self, record))
    splitter = Splitter(",", 2, 1)
    assert sum(map(len, splitter.blocks(chunked(b"\n".join(lines), 1 << 20)))) > 4_000_000
    assert (splitter.good, splitter.bad) == (19_997, 3)
    assert len(seen) < 200
