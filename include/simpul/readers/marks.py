"""Rows that are no data: notes under a table, headings of groups, totals. Told by their first non-blank cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from simpul.contract import Edition, load_fields
from simpul.readers.layout import Layout
from simpul.readers.splitter import Marks, Verdict

_FIGURE = re.compile(r"[+-]?[0-9][0-9.,]*\s*(?:[a-z]|[*]{1,3})?\)?", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_NO_FIGURE = {"...", "…", "..", "-", "–", "NA", "N/A"}

# a pattern whose meaning does not change when it is tried at the start of a line instead of on one cell
_SIMPLE = re.compile(
    r"(?P<flags>\(\?i\))?\^(?P<body>(?:[^^$\\(]|\\[^AZzbB0-9]|\\b(?=\.\*\$?$)|\((?!\?)|\(\?:)+?)(?:\\b)?(?:\.\*)?\$?$"
)


def cell_verdict(edition: Edition) -> Callable[[str], Verdict]:
    """The judge over the text of a row's first non-blank cell."""
    footers = [re.compile(pattern) for pattern in edition.footer]
    skips = [re.compile(pattern) for pattern in edition.skip_rows]

    def judge(cell: str) -> Verdict:
        if any(pattern.search(cell) for pattern in footers):
            return "footer"
        return "skip" if any(pattern.search(cell) for pattern in skips) else "data"

    return judge


def said_by_row(edition: Edition, cells: Sequence[str | None]) -> dict[str, str] | None:
    """What a row that is no record says of the records below it; None for a row that says nothing."""
    if not edition.context_rows:
        return None
    text = " ".join(cell for cell in cells if cell and cell.strip())
    told = (telling.read(text) for telling in edition.context_rows if text)
    return next((said for said in told if said is not None), None)


def first_cell(row: Sequence[str | None]) -> str:
    """Text of the first cell that is not blank; empty for a blank row."""
    if row and (first := row[0]) and (text := first.strip()):  # nearly always: of a million rows it shows
        return text
    return next((text for cell in row if cell and (text := cell.strip())), "")


def record_test(layout: Layout) -> Callable[[Sequence[str | None]], bool]:
    """Whether a row that stands among notes has the shape of a record.

    Of a melted table: a name, and figures in half of the figure columns; a year in a sentence is none. Of a list: a
    value in every column that the layout must have, and under a heading of numbers no words, as a signature has them
    (`Mengetahui` under NIK); a number that is said to be missing is no word. The word by which a row is a note or a
    total (`JUMLAH`) is no value, whatever column it stands in.
    """
    judge = cell_verdict(layout.edition)
    fields = load_fields()
    columns = layout.map.columns
    needed = layout.edition.must or tuple(c.column for c in layout.contract.columns if c.required)
    listed = [columns[name] for name in needed if name in columns]
    names, figures = list(columns.values()), list(layout.map.melted)
    numbered = {
        columns[c.column]
        for c in layout.contract.columns
        if c.column in columns and (fields[c.field].pattern or "").startswith("[0-9]")
    }
    missing = {text.lower() for rule in layout.contract.rules for text in rule.missing or ()}

    def cell(row: Sequence[str | None], position: int) -> str:
        return (row[position] or "").strip() if position < len(row) else ""

    def in_list(row: Sequence[str | None]) -> bool:
        texts = [(n, cell(row, n)) for n in listed]
        if judge(first := first_cell(row)) == "footer":
            texts = [(n, "" if text == first else text) for n, text in texts]
        return bool(texts) and all(
            text and (n not in numbered or any(map(str.isdigit, text)) or text.lower() in missing)
            for n, text in texts
        )

    def in_table(row: Sequence[str | None]) -> bool:
        if not any(cell(row, n) for n in names):
            return False
        found = [text for n in figures if (text := cell(row, n))]
        numbers = [text for text in found if _FIGURE.fullmatch(text) and not _YEAR.fullmatch(text)]
        return bool(numbers) and 2 * (len(numbers) + sum(t in _NO_FIGURE for t in found)) >= len(figures)

    return in_table if layout.is_melted else in_list


def marks_of(
    edition: Edition, delimiter: str, is_record: Callable[[Sequence[str | None]], bool]
) -> Marks | None:
    """What the splitter needs to leave such rows out; None when the edition has none."""
    if not edition.footer and not edition.skip_rows and not edition.context_rows:
        return None
    of_cell = cell_verdict(edition)

    def judge(fields: list[bytes]) -> Verdict:
        first = next((field for field in fields if field.strip()), b"")
        verdict = of_cell(first.decode("utf-8", errors="replace").strip())
        if verdict == "data" and edition.context_rows:
            cells = [field.decode("utf-8", errors="replace") for field in fields]
            return "context" if said_by_row(edition, cells) is not None else "data"
        return verdict

    def holds_record(fields: list[bytes]) -> bool:
        return is_record([field.decode("utf-8", errors="replace") for field in fields])

    return Marks(judge, holds_record, _suspect((*edition.footer, *edition.skip_rows), delimiter))


def _suspect(patterns: Sequence[str], delimiter: str) -> Callable[[bytes], bool]:
    """A test over a whole block that never misses such a row; it may be wrong the other way, then `judge` decides."""
    bodies: list[str] = []
    for pattern in patterns:
        simple = _SIMPLE.match(pattern)
        if simple is None:
            return lambda block: True
        bodies.append(f"(?i:{simple['body']})" if simple["flags"] else f"(?:{simple['body']})")
    lead = rf'[\s"{re.escape(delimiter)}]*(?:{"|".join(bodies)})'
    try:
        # the newline is spelled out because searching for a character is fast, searching for a line start is not
        inside, at_start = re.compile(rf"\n{lead}"), re.compile(lead)
    except re.error:
        return lambda block: True

    def suspect(block: bytes) -> bool:
        text = block.decode("utf-8")
        return at_start.match(text) is not None or inside.search(text) is not None

    return suspect
