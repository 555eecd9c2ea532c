"""Files that are in no repository: what the fixtures hold, written as other offices, years and programs would."""

from __future__ import annotations

import codecs
import csv
import io
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from simpul.contract import Edition, load_contracts
from simpul.readers.layout import Layout
from simpul.readers.source import Source
from tests.fixtures.expectations import Expected
from tests.landing.conftest import save_workbook

Rows = list[list[str]]
_PROVINCES = ("BALI", "ACEH", "JAWA BARAT", "KALIMANTAN UTARA", "PAPUA SELATAN", "MALUKU")
_STRANGE = ("Warna Map", "Paraf Operator", "Nomor Lemari Arsip", "Tanda Terima Berkas")
_NOTES = [["Catatan"], ["Berkas ini disusun operator; hubungi bila ada pertanyaan."]]
_CODECS = {
    "utf-8": ("utf-8", "utf-8-sig"),
    "cp1252": ("cp1252",),
    "utf-16": ("utf-16", "utf-16-le", "utf-16-be"),
}
_MARKS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@dataclass(frozen=True)
class Unseen:
    """A delivery to be: sheets of cells, and how they are written."""

    dataset: str
    edition: Edition
    sheets: dict[str, Rows]
    main: str  # name of the sheet with the table
    header_row: int  # 1-based, of the table
    columns: frozenset[str]  # contract columns that its headings name
    kind: str  # csv or excel
    name: str
    letter: dict[str, str] = field(default_factory=dict)  # dataset, sheet, edition as the cover letter says
    delimiter: str = ","
    codec: str = "utf-8"
    line_end: str = "\n"
    did: tuple[str, ...] = ()

    @property
    def rows(self) -> Rows:
        return self.sheets[self.main]

    @property
    def heading_rows(self) -> range:
        return range(self.header_row - 1, self.header_row - 1 + self.edition.header_rows)

    def with_rows(self, rows: Rows, did: str, header_row: int | None = None) -> Unseen:
        row = header_row or self.header_row
        return replace(self, sheets={**self.sheets, self.main: rows}, header_row=row, did=(*self.did, did))

    def with_headings(self, change: Callable[[str], str], did: str) -> Unseen:
        rows = [
            [change(cell) if cell else cell for cell in row] if n in self.heading_rows else row
            for n, row in enumerate(self.rows)
        ]
        return self.with_rows(rows, did)

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        if self.kind == "excel":
            save_workbook(path, {name: [list(row) for row in rows] for name, rows in self.sheets.items()})
            return path
        out = io.StringIO()
        csv.writer(out, delimiter=self.delimiter, lineterminator=self.line_end).writerows(self.rows)
        path.write_bytes(_MARKS.get(self.codec, b"") + out.getvalue().encode(self.codec))
        return path

    def recognise(self, folder: Path) -> Layout:
        """As landing does it."""
        path = self.write(folder)
        # what is read is the archived copy, which has no suffix
        source = Source.open(path.replace(folder / "archived"))
        try:
            return source.recognise(
                load_contracts().values(),
                self.letter.get("dataset"),
                self.letter.get("sheet"),
                self.letter.get("edition"),
            )
        finally:
            source.close()


def seed_of(one: Expected) -> Unseen:
    """A fixture as cells. Only for CSV and workbooks."""
    letter_path = one.path.with_name(one.path.name + ".yml")
    letter = yaml.safe_load(letter_path.read_text(encoding="utf-8")) if letter_path.exists() else {}
    letter = {key: str(letter[key]) for key in ("dataset", "sheet", "edition") if key in letter}
    source = Source.open(one.path)
    try:
        layout = source.recognise(
            load_contracts().values(), letter.get("dataset"), letter.get("sheet"), letter.get("edition")
        )
        assert source.format != "json"
        if source.book:
            kind, main = "excel", layout.sheet or ""
            sheets = {
                name: [[cell or "" for cell in row] for row in source.book.grid(name, False, 200).rows]
                for name, _ in source.book.sheets
            }
        else:
            kind, main = "csv", "Data"
            text = one.path.read_bytes().decode(source.encoding or "utf-8").removeprefix("\ufeff")
            sheets = {
                main: list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter or ","))
            }
        return Unseen(
            one.dataset, layout.edition, sheets, main, layout.header_row, frozenset(layout.map.columns), kind,
            one.path.name, letter, layout.delimiter or ",",
        )  # fmt: skip
    finally:
        source.close()


# ------------------------------------------------------------------- what leaves the layout what it is
def other_case(file: Unseen, rng: random.Random) -> Unseen:
    return file.with_headings(rng.choice((str.upper, str.lower, str.title)), "case")


def other_blanks(file: Unseen, rng: random.Random) -> Unseen:
    def blanks(text: str) -> str:
        text = text.replace(" ", rng.choice((" ", "  ", "\u00a0")))
        return rng.choice((text, f" {text}", f"{text}  "))

    return file.with_headings(blanks, "blanks")


def other_slug(file: Unseen, rng: random.Random) -> Unseen:
    """As a database names its columns: ``Nama Kepala Keluarga`` → ``nama_kepala_keluarga``."""
    if file.edition.header_rows > 1:
        return file
    mark = "_" if file.edition.melt else rng.choice("_-.")
    return file.with_headings(lambda text: re.sub("[ /]+", mark, text), "slug")


def other_order(file: Unseen, rng: random.Random) -> Unseen:
    if file.edition.header_rows > 1 or file.edition.first_column or file.edition.context_rows:
        return file  # what stands under merged headings, or in the first column, is told by its place
    width = max(len(row) for row in file.rows[file.header_row - 1 :])
    order = rng.sample(range(width), width)
    rows = [
        [(row + [""] * width)[n] for n in order] if number >= file.header_row - 1 and len(row) > 1 else row
        for number, row in enumerate(file.rows)
    ]
    return file.with_rows(rows, "order")


def other_year(file: Unseen, rng: random.Random) -> Unseen:
    shift = rng.choice((-3, -2, -1, 1, 2))
    rows = [
        [re.sub(r"\b20[12]\d\b", lambda year: str(int(year[0]) + shift), cell) for cell in row]
        for row in file.rows
    ]
    return file.with_rows(rows, "year")


def other_province(file: Unseen, rng: random.Random) -> Unseen:
    new = rng.choice(_PROVINCES)
    found = re.compile("SUMATERA UTARA|BANTEN|JAMBI|DKI JAKARTA|SUMATERA BARAT", re.IGNORECASE)
    rows = [
        [found.sub(lambda old: new if old[0].isupper() else new.title(), cell) for cell in row]
        for row in file.rows
    ]
    return file.with_rows(rows, "province")


def more_columns(file: Unseen, rng: random.Random) -> Unseen:
    is_strict = file.edition.only_known or (file.edition.melt and file.edition.melt.unknown == "hold")
    if is_strict or file.edition.header_rows > 1 or file.edition.context_rows:
        return file
    width = len(file.rows[file.header_row - 1])
    place = rng.randint(1 if file.edition.first_column else 0, width)
    name = rng.choice(_STRANGE)
    rows = [
        row if n < file.header_row - 1 or len(row) < 2 else [*row[:place], name if n == file.header_row - 1 else "x",
                                                             *row[place:]]
        for n, row in enumerate(file.rows)
    ]  # fmt: skip
    return file.with_rows(rows, "columns")


def rows_on_top(file: Unseen, rng: random.Random) -> Unseen:
    count = rng.randint(1, 3)
    if file.header_row + count > file.edition.search_rows:
        return file
    width = len(file.rows[file.header_row - 1])
    title = rng.choice(("", "Lampiran surat dinas", "Dicetak oleh operator"))
    top = [[title, *[""] * (width - 1)], *([[""] * width] * (count - 1))]
    return file.with_rows([*top, *file.rows], "rows on top", file.header_row + count)


def other_length(file: Unseen, rng: random.Random) -> Unseen:
    records = file.rows[file.heading_rows.stop :]
    kept = rng.choice((records * 3, records[: len(records) // 2 + 1], []))
    return file.with_rows([*file.rows[: file.heading_rows.stop], *kept], "length")


def more_sheets(file: Unseen, rng: random.Random) -> Unseen:
    if file.kind != "excel":
        return file
    notes: dict[str, Rows] = {rng.choice(("Catatan", "Petunjuk", "README")): _NOTES, "Sheet9": []}
    sheets = {**notes, **file.sheets} if rng.random() < 0.5 else {**file.sheets, **notes}
    return replace(file, sheets=sheets, did=(*file.did, "sheets"))


def other_name(file: Unseen, rng: random.Random) -> Unseen:
    suffix = {"csv": (".csv", ".CSV", ".txt", ""), "excel": (".xlsx", ".XLSX", ".xls")}[file.kind]
    stem = rng.choice(("data final FIX (2)", "rev_3 kirim ulang", "Book1", "salinan dari unduhan"))
    return replace(file, name=stem + rng.choice(suffix), did=(*file.did, "name"))


def other_bytes(file: Unseen, rng: random.Random) -> Unseen:
    if file.kind != "csv":
        return file
    codec = rng.choice(_CODECS[rng.choice(file.edition.encodings)])
    text = "".join(cell for row in file.rows for cell in row)
    if codec == "cp1252" and text.encode("cp1252", "ignore").decode("cp1252") != text:
        codec = "utf-8-sig"
    return replace(
        file, codec=codec, delimiter=rng.choice(file.edition.delimiters), line_end=rng.choice(("\n", "\r\n")),
        did=(*file.did, "bytes"),
    )  # fmt: skip


def other_format(file: Unseen, rng: random.Random) -> Unseen:
    other = "excel" if file.kind == "csv" else "csv"
    if other not in file.edition.format or (
        other == "csv" and (len(file.sheets) > 1 or file.letter.get("sheet"))
    ):
        return file
    if other == "excel" and file.edition.sheet:
        return file
    name = Path(file.name).stem + (".xlsx" if other == "excel" else ".csv")
    return replace(
        file, kind=other, name=name, delimiter=rng.choice(file.edition.delimiters), did=(*file.did, "format")
    )


HARMLESS = (
    other_case, other_slug, other_blanks, other_order, other_year, other_province, more_columns, rows_on_top,
    other_length, other_format, more_sheets, other_name, other_bytes,
)  # fmt: skip


def varied(file: Unseen, rng: random.Random) -> Unseen:
    """Several changes at once, in the order in which they can be made."""
    chosen = set(rng.sample(HARMLESS, rng.randint(2, 6)))
    for change in HARMLESS:
        file = change(file, rng) if change in chosen else file
    return file


# ----------------------------------------------------------------------------------------- what may not be guessed
def typo(text: str, rng: random.Random) -> str:
    """One letter wrong: left out, doubled, replaced, or two in the wrong order."""
    letters = [n for n, char in enumerate(text) if char.isalpha()]
    n = rng.choice(letters)
    wrong = rng.choice("abcdefghijklmnopqrstuvwxyz".replace(text[n].lower(), ""))
    forms = [text[:n] + text[n + 1 :], text[:n] + text[n] + text[n:], text[:n] + wrong + text[n + 1 :]]
    if n + 1 < len(text) and text[n + 1].isalpha() and text[n + 1].lower() != text[n].lower():
        forms.append(text[:n] + text[n + 1] + text[n] + text[n + 2 :])
    return rng.choice(forms)


def misspelt(file: Unseen) -> Iterator[tuple[int, int]]:
    """Places of the headings that can be misspelt: (row, column)."""
    for n in file.heading_rows:
        for position, cell in enumerate(file.rows[n]):
            if sum(char.isalpha() for char in cell) >= 3:
                yield n, position


def with_typo(file: Unseen, place: tuple[int, int], rng: random.Random) -> Unseen:
    rows = [list(row) for row in file.rows]
    rows[place[0]][place[1]] = typo(rows[place[0]][place[1]], rng)
    return file.with_rows(rows, f"typo: {rows[place[0]][place[1]]}")


def mixed(one: Unseen, other: Unseen, rng: random.Random) -> Unseen:
    """Half of the columns of one table beside half of those of another."""

    def half(file: Unseen) -> Rows:
        rows = file.rows[file.header_row - 1 : file.header_row + 2]
        width = len(rows[0])
        kept = sorted(rng.sample(range(width), (width + 1) // 2))
        return [[(row + [""] * width)[n] for n in kept] for row in rows]

    rows = [[*left, *right] for left, right in zip(half(one), half(other), strict=False)]
    return replace(
        one, sheets={"Data": rows}, main="Data", header_row=1, kind="csv", name="campuran.csv", letter={},
        did=(f"mixed with {other.dataset}",),
    )  # fmt: skip
