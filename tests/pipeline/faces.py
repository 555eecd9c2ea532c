"""A written pack as somebody reads it: the text of its pages, the rows of its tables, the cells of its sheets."""

from __future__ import annotations

import html
import io
import re
import shlex
import zipfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
from pypdf import PdfReader


class _Tables(HTMLParser):
    """Rows of all tables, cell by cell, and the text of everything."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self._in_cell = self._is_style = False

    def handle_starttag(self, tag, attrs):
        self.attributes += [(name, value or "") for name, value in attrs]
        self._is_style = tag == "style"
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag):
        self._is_style = False
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data):
        if self._is_style:
            return
        self.text.append(data)
        if self._in_cell:
            self.rows[-1][-1] += data


@dataclass
class Faces:
    """The three files of a pack."""

    pages: list[str]
    html: str
    rows: list[list[str]]
    page_text: str
    attributes: list[tuple[str, str]]
    sheets: dict[str, list[list[object]]]
    formulas: list[str]
    raw: dict[str, bytes] = field(repr=False)

    @property
    def pdf_text(self) -> str:
        return one_line(" ".join(self.pages))

    def row(self, *words: str) -> list[str]:
        """The one row of the page whose cells hold these words, each one a cell of its own from the beginning on."""
        found = [
            row for row in self.rows if all(any(cell.startswith(word) for cell in row) for word in words)
        ]
        assert found, words
        return found[0]

    def sheet_rows(self, proof: str) -> list[list[float]]:
        """Figures of the rows of all sheets that have this proof."""
        rows = [row for rows in self.sheets.values() for row in rows if proof in row]
        return [[round(float(c), 4) for c in row if isinstance(c, int | float)] for row in rows]

    def calls(self) -> dict[int, tuple[list[str], str]]:
        """Number of a proof → the words of its call, and the files and rows it names."""
        return {
            int(row[0]): (shlex.split(row[1]), row[2]) for row in self.rows if len(row) == 3 and row[0].isdigit()
            and row[1].startswith("simpul evidence")
        }  # fmt: skip

    def codes(self, behind: str) -> list[str]:
        """Codes of the files that a proof names: each one of a range, and of a set that has a name."""
        sets = [row for row in self.rows if re.fullmatch(r"D\d+( \(lanjutan\))?", row[0])]
        for name in re.findall(r"daftar (D\d+)", behind):
            behind += ", ".join(row[2] for row in sets if row[0].split()[0] == name)
        found = re.findall(r"S(\d+)(?:–S(\d+))?", behind)
        return [f"S{n}" for first, last in found for n in range(int(first), int(last or first) + 1)]

    def sources(self) -> dict[str, list[str]]:
        """Code of a file → its row of appendix A."""
        return {row[0]: row for row in self.rows if re.fullmatch(r"S\d+", row[0])}


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def read(files: dict[str, str]) -> Faces:
    """The faces by format, as `simpul pack` names them."""
    raw = {suffix: Path(path).read_bytes() for suffix, path in files.items()}
    parser = _Tables()
    parser.feed(raw["html"].decode())
    book = openpyxl.load_workbook(io.BytesIO(raw["xlsx"]))
    return Faces(
        pages=[page.extract_text() for page in PdfReader(io.BytesIO(raw["pdf"])).pages],
        html=raw["html"].decode(),
        rows=parser.rows,
        page_text=one_line(html.unescape(" ".join(parser.text))),
        attributes=parser.attributes,
        sheets={sheet.title: [[c.value for c in row] for row in sheet.iter_rows()] for sheet in book},
        formulas=[
            c.coordinate for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"
        ],
        raw=raw,
    )


def everything(faces: Faces) -> str:
    """All text of all three, for what must not be in any of them."""
    with zipfile.ZipFile(io.BytesIO(faces.raw["xlsx"])) as archive:
        parts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return "\n".join((*faces.pages, faces.html, *parts))
