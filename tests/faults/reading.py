"""An independent reading of a delivery, as plain as can be, to hold raw against: `csv`, `openpyxl` and `json` alone.

It believes the register only where the table is (sheet, delimiter, row of the heading, which heading is which column)
and reads the cells itself. Where quotes do not balance and nobody can say where records end, what is in raw must at
least be text of the file; a workbook that another library does not open is left out.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import openpyxl

Grid = list[list[str | None]]
_LONE_RETURN = re.compile("\r(?!\n)")
_BLANKS = re.compile("[\\s\u00a0\u200b\ufeff]+")
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True)
class Loaded:
    """What the loader says of a file, and what it wrote."""

    structure: dict[str, Any]
    raw: list[dict[str, Any]]
    read: int
    skipped: dict[str, int]
    is_melted: bool
    codes: frozenset[str] = frozenset()
    """Columns whose values are codes."""


def differences(content: bytes, loaded: Loaded) -> tuple[str, list[str]]:
    """How closely raw was held against the file (``cells``, ``texts`` or ``not``), and what differs."""
    if loaded.structure["format"] == "json":
        return "cells", _of_json(content, loaded)
    if loaded.structure["format"] == "excel":
        grid, plain = (_sheet(content, loaded.structure, mark) for mark in (loaded.structure["decimal"], "."))
        return ("cells", _of_cells(grid, loaded, plain)) if grid else ("not", [])
    text = _text(content, loaded.structure)
    grid = _records(text, loaded.structure)
    return ("cells", _of_cells(grid, loaded)) if grid else ("texts", _of_text(text, loaded))


# ----------------------------------------------------------------------------------------------------------- the files
def _text(content: bytes, structure: dict[str, Any]) -> str:
    wide = _MARKS.get(content[:2]) or (structure["encoding"] if "16" in structure["encoding"] else None)
    try:
        text = content.decode(wide or "utf-8")
    except UnicodeDecodeError:
        text = content.decode(wide or structure["encoding"], "replace")
    return text.removeprefix("\ufeff")


def _records(text: str, structure: dict[str, Any]) -> Grid | None:
    """None when it cannot be said with certainty where records begin and end."""
    if "\0" in text or ("\n" in text and _LONE_RETURN.search(text)):
        return None
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=structure["delimiter"], strict=True))
    except csv.Error:
        return None


def _sheet(content: bytes, structure: dict[str, Any], decimal: str) -> Grid | None:
    try:
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        rows = book[structure["sheet"]].iter_rows(values_only=True)
        return [[_shown(value, decimal) for value in row] for row in rows]
    except Exception:  # anything: it is another library's trouble
        return None


def _shown(value: Any, decimal: str) -> str | None:
    if isinstance(value, str):
        return value if value.strip(" \t\r\n") else None  # blanks that XML is not told to keep are none
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        number = float(value)
        if number.is_integer() and abs(number) < 1e21:
            return str(int(number))
        return repr(number).replace(".", decimal)
    if isinstance(value, dt.datetime):
        return str(value.date() if value.time() == dt.time() else value)
    return str(value)


# --------------------------------------------------------------------------------------------------------- comparisons
def _of_cells(grid: Grid, loaded: Loaded, plain: Grid | None = None) -> list[str]:
    """Every value stands in its row, under its heading where that is one cell; numbers as codes have a point."""
    places, wrong = _places(grid, loaded.structure), []
    has_letter = bool(loaded.structure["letter"]["sha256"])  # it may fill blank cells
    for record in loaded.raw:
        row = record["_row"]
        cells = grid[row - 1] if row <= len(grid) else []
        coded = plain[row - 1] if plain and row <= len(plain) else cells
        for column in loaded.structure["columns"].values():
            value = record[column]
            if column in places:
                from_cells = coded if column in loaded.codes else cells
                cell = (from_cells[places[column]] if places[column] < len(from_cells) else None) or None
                is_right = value == cell or (cell is None and has_letter)
            else:
                is_right = value is None or value in (coded if column in loaded.codes else cells)
            if not is_right:
                wrong.append(f"row {row}: {column} differs")
        others = list((record["_extra"] or {}).values())
        if loaded.is_melted and record["nilai"] is not None:
            others.append(record["nilai"])
        wrong += [f"row {row}: a value that the row does not have" for value in others if value not in cells]
    if not loaded.is_melted:
        filled = [
            row
            for row in grid[loaded.structure["first_row"] - 1 :]
            if any((cell or "").strip() for cell in row)
        ]
        told = loaded.read + sum(
            loaded.skipped.get(kind, 0)
            for kind in ("footer", "skip", "context")  # the numbers of columns stand above the first row
        )
        if len(filled) != told:
            wrong.append(f"{len(filled)} filled rows, {told} told")
    return wrong


def _places(grid: Grid, structure: dict[str, Any]) -> dict[str, int]:
    """Column → position, where the heading is one row and stands there once."""
    if structure["first_row"] != structure["header_row"] + 1:
        return {}
    headings = [_BLANKS.sub(" ", cell or "").strip() for cell in grid[structure["header_row"] - 1]]
    return {
        column: headings.index(heading)
        for heading, column in structure["columns"].items()
        if headings.count(heading) == 1
    }


def _of_text(text: str, loaded: Loaded) -> list[str]:
    names = [*loaded.structure["columns"].values(), *(["nilai"] if loaded.is_melted else [])]
    has_letter = bool(loaded.structure["letter"]["sha256"])
    wrong = []
    for record in loaded.raw:
        values = [record[name] for name in names if not has_letter or record[name] != loaded.raw[0][name]]
        for value in filter(None, [*values, *(record["_extra"] or {}).values()]):
            spellings = (
                value,
                value.replace('"', '""'),
                value.replace("\n", "\r\n"),
                value.replace("\n", "\r"),
            )
            if not any(one in text for one in spellings):
                wrong.append(f"row {record['_row']}: a value that the file does not have")
    return wrong


def _of_json(content: bytes, loaded: Loaded) -> list[str]:
    body = json.loads(_text(content, loaded.structure), parse_float=str, parse_int=str)
    written = Counter(value for value in body["datacontent"].values() if value is not None)
    found = Counter(record["nilai"] for record in loaded.raw if record["nilai"] is not None)
    return [] if written == found else ["the figures are not those of the body"]
