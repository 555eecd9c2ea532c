"""Valid fixtures damaged as people, spreadsheets, networks and disks do it: the same number gives the same bytes.

A damaged delivery has gone through one to three `deeds`: to its table (columns moved, doubled, renamed; rows dropped;
cells merged), or to its bytes (cut off, flipped, other encodings), or both.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from tests.fixtures.expectations import load_expectations

Rows = list[list[Any]]
_SUFFIXES = (".csv", ".xlsx", ".xls", ".ods", ".json", ".txt", ".zip", ".CSV", "")
_WORDS = (
    "Catatan",
    "Keterangan",
    "nik",
    "NIK",
    "Nama",
    "Jumlah",
    "2023",
    "Total",
    "",
    " ",
    "x'); drop table x; --",
)
_CELLS = (
    "=1+1", "-", "...", "NULL", "1,27401E+15", "Rp 1.250.000,-", "{{ x }}", "a;b", 'a "b" c', "dua\nbaris", " tepi ",
    "\u200b", "é–ñ", "\\N", "\\.", "31-02-1990", "9.36*", "0", "Jumlah", "Catatan: x", "1" * 40, "\t", "|", "''",
)  # fmt: skip


@dataclass(frozen=True)
class Mutated:
    """A damaged delivery: its folder is its agency's."""

    agency: str
    name: str
    content: bytes
    letter: bytes | None
    deeds: tuple[str, ...]


@dataclass(frozen=True)
class _Seed:
    agency: str
    name: str
    content: bytes
    letter: bytes | None


def _seeds() -> list[_Seed]:
    """The fixtures; a few of them also together in zips."""
    seeds = []
    for one in load_expectations():
        letter = one.path.with_name(f"{one.path.name}.yml")
        seeds.append(
            _Seed(
                one.dataset.split(".")[0],
                one.path.name,
                one.path.read_bytes(),
                letter.read_bytes() if letter.exists() else None,
            )
        )
    zips = []
    for agency in ("bps", "dinsos", "bpjs"):
        own = [seed for seed in seeds if seed.agency == agency]
        for number in range(3):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                for seed in own[number :: max(3, len(own) // 2)]:
                    _add(archive, seed.name, seed.content)
                    if seed.letter:
                        _add(archive, f"{seed.name}.yml", seed.letter)
            zips.append(_Seed(agency, f"kiriman {number}.zip", out.getvalue(), None))
    return seeds + zips


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def mutations(numbers: range) -> Iterator[tuple[int, Mutated]]:
    """The damaged deliveries of these numbers."""
    seeds = _seeds()
    for number in numbers:
        yield number, _mutated(seeds[number % len(seeds)], random.Random(number))


def _mutated(seed: _Seed, chance: random.Random) -> Mutated:
    content, name, letter = seed.content, seed.name, seed.letter
    deeds: list[str] = []
    own = _OF_FORMAT[Path(name).suffix]
    for _ in range(chance.choice((1, 1, 2, 3))):
        damages = own if chance.random() < 0.7 else (_damage_bytes,)
        try:
            content, deed = chance.choice(damages)(content, chance)
        except Exception:  # what was damaged before cannot be opened, or too little is left of it
            content, deed = _damage_bytes(content, chance)
        deeds.append(deed)
    if chance.random() < 0.08:
        name = Path(name).stem + chance.choice(_SUFFIXES)
        deeds.append(f"called {name}")
    if letter and chance.random() < 0.1:
        letter, deed = _damage_bytes(letter, chance)
        deeds.append(f"letter: {deed}")
    return Mutated(seed.agency, name, content, letter, tuple(deeds))


# --------------------------------------------------------------------------------------------------------------- bytes
def _truncate(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _delete(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.randint(1, 60) :]


def _insert(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + chance.randbytes(chance.randint(1, 20)) + content[start:]


def _repeat(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    end = start + chance.randint(1, 400)
    return content[:end] + content[start:end] * chance.randint(1, 3) + content[end:]


def _zeros(content: bytes, chance: random.Random) -> bytes:
    """A disk that gave nothing back."""
    start, count = chance.randrange(len(content)), chance.randint(1, 200)
    return content[:start] + bytes(count) + content[start + count :]


_BYTES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut off": _truncate, "bits flipped": _flip, "bytes deleted": _delete, "bytes inserted": _insert,
    "bytes repeated": _repeat, "zeros": _zeros,
}  # fmt: skip


def _damage_bytes(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    deed = chance.choice(list(_BYTES))
    return (_BYTES[deed](content, chance) if content else content), deed


# --------------------------------------------------------------------------------------------------------------- texts
def _some(text: str, old: str, new: str, chance: random.Random) -> str:
    """``old`` replaced where it stands, at one of the places or at all of them."""
    places = [n for n in range(len(text)) if text.startswith(old, n)]
    if not places or chance.random() < 0.3:
        return text.replace(old, new)
    place = chance.choice(places)
    return text[:place] + new + text[place + len(old) :]


def _stray(sign: str) -> Callable[[str, random.Random], str]:
    def insert(text: str, chance: random.Random) -> str:
        place = chance.randrange(len(text) + 1)
        return text[:place] + sign + text[place:]

    return insert


_TEXTS: dict[str, Callable[[str, random.Random], str | bytes]] = {
    "stray quote": _stray('"'), "quote at a field": lambda text, chance: _some(text, ",", ',"', chance),
    "quotes lost": lambda text, chance: _some(text, '"', "", chance),
    "stray line end": _stray("\n"), "stray return": _stray("\r"), "NUL": _stray("\0"), "stray comma": _stray(","),
    "line ends lost": lambda text, chance: _some(text, "\n", "", chance),
    "CRLF": lambda text, chance: _some(text.replace("\r\n", "\n"), "\n", "\r\n", chance),
    "CR": lambda text, chance: text.replace("\r\n", "\n").replace("\n", "\r"),
    "UTF-16": lambda text, chance: text.encode("utf-16", "surrogatepass"),
    "UTF-16 BE": lambda text, chance: text.encode("utf-16-be", "surrogatepass"),
    "byte order mark": lambda text, chance: text.encode("utf-8-sig", "surrogateescape"),
    "Windows-1252": lambda text, chance: _some(text, "A", "É", chance).encode("cp1252", "replace"),
    "two encodings": lambda text, chance: b"\xe9".join(
        _some(text, "A", "É", chance).encode("utf-8", "replace").split(b"A", 1)
    ),
}  # fmt: skip


def _damage_text(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    deed = chance.choice(list(_TEXTS))
    text = _TEXTS[deed](content.decode("utf-8", "surrogateescape").replace("\ufeff", ""), chance)
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"), deed


# -------------------------------------------------------------------------------------------------------------- tables
def _heading(rows: Rows) -> int:
    return next((n for n, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)


def _columns(rows: Rows) -> int:
    return max(map(len, rows), default=0)


def _move_column(rows: Rows, chance: random.Random) -> None:
    old, new = chance.randrange(_columns(rows)), chance.randrange(_columns(rows))
    for row in rows:
        if old < len(row):
            row.insert(new, row.pop(old))


def _double_column(rows: Rows, chance: random.Random) -> None:
    old, new = chance.randrange(_columns(rows)), chance.randrange(_columns(rows) + 1)
    for row in rows:
        row.insert(new, row[old] if old < len(row) else "")


def _drop_column(rows: Rows, chance: random.Random) -> None:
    old = chance.randrange(_columns(rows))
    for row in rows:
        del row[old : old + 1]


def _add_column(rows: Rows, chance: random.Random) -> None:
    new, heading = chance.randrange(_columns(rows) + 1), _heading(rows)
    for n, row in enumerate(rows):
        row.insert(new, chance.choice(_WORDS if n == heading else _CELLS) if n >= heading else "")


def _rename_column(rows: Rows, chance: random.Random) -> None:
    row = rows[_heading(rows)]
    place = chance.randrange(len(row))
    text = str(row[place] or "")
    row[place] = chance.choice((text.upper(), f" {text} ", text[:-1], f"{text}x", chance.choice(_WORDS)))


def _drop_rows(rows: Rows, chance: random.Random) -> None:
    start = chance.randrange(len(rows))
    del rows[start : start + chance.randint(1, 3)]


def _add_rows(rows: Rows, chance: random.Random) -> None:
    """Repeated records, or rows that are no record: blank ones, a title, a total, a note, anything."""
    place, width = chance.randrange(len(rows) + 1), _columns(rows)
    made = chance.choice(
        (
            [list(row) for row in rows[place : place + 3]] * chance.randint(1, 20),
            [[""] * width],
            [
                [
                    chance.choice(("Jumlah", "Total", "Catatan: contoh", "DAFTAR", "Sumber: BPS")),
                    *[""] * (width - 1),
                ]
            ],
            [[chance.choice(_CELLS) for _ in range(width)]],
        )
    )
    rows[place:place] = made


def _swap_rows(rows: Rows, chance: random.Random) -> None:
    chance.shuffle(rows) if chance.random() < 0.3 else rows.reverse()


def _change_cells(rows: Rows, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 5)):
        row = chance.choice(rows)
        if row:
            row[chance.randrange(len(row))] = chance.choice(_CELLS)


def _shift_row(rows: Rows, chance: random.Random) -> None:
    """A row that is longer or shorter than the others."""
    row = chance.choice(rows)
    if chance.random() < 0.5:
        row.insert(chance.randrange(len(row) + 1), chance.choice(_CELLS))
    elif row:
        row.pop(chance.randrange(len(row)))


_TABLES: dict[str, Callable[[Rows, random.Random], None]] = {
    "column moved": _move_column, "column doubled": _double_column, "column dropped": _drop_column,
    "column added": _add_column, "column renamed": _rename_column, "rows dropped": _drop_rows, "rows added": _add_rows,
    "rows swapped": _swap_rows, "cells changed": _change_cells, "row shifted": _shift_row,
}  # fmt: skip


def _damage_csv_table(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    deed = chance.choice(list(_TABLES))
    text = content.decode("utf-8-sig", "replace").replace("\0", "")
    delimiter = max(",;|\t", key=text.split("\n")[0].count)
    rows: Rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if _columns(rows):
        _TABLES[deed](rows, chance)
    if chance.random() < 0.2:
        delimiter, deed = chance.choice(",;|\t"), f"{deed}, other delimiter"
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if chance.random() < 0.2 else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(), deed


# ----------------------------------------------------------------------------------------------------------- workbooks
def _damage_sheet(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    """A table inside a workbook, rewritten; or what only a workbook can have."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = chance.choice(book.worksheets)
    if chance.random() < 0.7:
        deed = chance.choice(list(_TABLES))
        rows: Rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        if _columns(rows):
            _TABLES[deed](rows, chance)
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        sheet.delete_rows(1, sheet.max_row)
        for n, row in enumerate(rows, 1):
            for m, value in enumerate(row, 1):
                if value not in (None, ""):
                    cell = sheet.cell(n, m)
                    cell.value = value
                    if isinstance(value, str):
                        cell.data_type = "s"
    else:
        deed = chance.choice(list(_SHEETS))
        _SHEETS[deed](sheet, chance)
    out = io.BytesIO()
    book.properties.created = book.properties.modified = dt.datetime(2024, 1, 1)  # noqa: DTZ001 — has no zone there
    book.save(out)
    return _same_times(out.getvalue()), deed


def _same_times(content: bytes) -> bytes:
    """A library writes the time of the day into what it saves."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "docProps/core.xml":
                data = re.sub(rb"<dcterms:(\w+) [^>]*>[^<]*</dcterms:\1>", b"", data)
            _add(new, item.filename, data)
    return out.getvalue()


def _merge(sheet: Any, chance: random.Random) -> None:
    row, column = chance.randint(1, max(sheet.max_row, 1)), chance.randint(1, max(sheet.max_column, 1))
    sheet.merge_cells(
        start_row=row,
        start_column=column,
        end_row=row + chance.randint(0, 2),
        end_column=column + chance.randint(0, 3),
    )


def _retype(sheet: Any, chance: random.Random) -> None:
    """Numbers that were texts, days that were numbers, truth, formulas."""
    for _ in range(chance.randint(1, 6)):
        cell = sheet.cell(chance.randint(1, sheet.max_row), chance.randint(1, sheet.max_column))
        if type(cell).__name__ == "MergedCell":
            continue
        digits = "".join(filter(str.isdigit, str(cell.value or "")))
        cell.value = chance.choice(
            (int(digits or 0), chance.random() * 1000, True, dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 13, 5),  # noqa: DTZ001
             f"=1+{chance.randint(1, 9)}", float(digits or 0) * 1e15, None)
        )  # fmt: skip


def _other_sheet(sheet: Any, chance: random.Random) -> None:
    book = sheet.parent
    new = (
        book.copy_worksheet(sheet)
        if chance.random() < 0.5
        else book.create_sheet(chance.choice(("Catatan", "{{x}}")))
    )
    new["A1"] = new["A1"].value or "baca ini"
    if chance.random() < 0.5:
        new.sheet_state = "hidden"


def _hide(sheet: Any, chance: random.Random) -> None:
    sheet.row_dimensions[chance.randint(1, max(sheet.max_row, 1))].hidden = True
    sheet.auto_filter.ref = sheet.dimensions


_SHEETS = {
    "cells merged": _merge,
    "cells of other types": _retype,
    "another sheet": _other_sheet,
    "rows hidden": _hide,
}


def _damage_part(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    """A part of the archive damaged before it was packed: its checksum is right."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {item.filename: archive.read(item) for item in archive.infolist()}
    part = chance.choice([name for name in parts if "sheet" in name.lower()] + list(parts))
    if chance.random() < 0.15:
        deed = "gone"
        del parts[part]
    else:
        parts[part], deed = _damage_bytes(parts[part], chance)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            _add(archive, name, data)
    return out.getvalue(), f"{part}: {deed}"


def _damage_member(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    """A delivery within a zip: its own damage, another name, a copy, a zip of it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(item.filename, archive.read(item)) for item in archive.infolist()]
    place = chance.randrange(len(members))
    name, data = members[place]
    own = _OF_FORMAT.get(Path(name).suffix)
    deed = chance.choice(("damaged", "damaged", "damaged", "renamed", "copied", "zipped"))
    if deed == "damaged" and own:
        members[place], deed = (name, (done := chance.choice(own)(data, chance))[0]), done[1]
    elif deed == "renamed":
        members[place] = (
            chance.choice(("../x.csv", "a/b/c.csv", "C:\\x.csv", "x\n.csv", f"{name}.dat")),
            data,
        )
    elif deed == "zipped":
        members[place] = (f"{name}.zip", content)
    else:
        members.append((f"salinan {name}", data))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            _add(archive, name, data)
    return out.getvalue(), f"{members[place][0]}: {deed}"


# ---------------------------------------------------------------------------------------------------------------- JSON
def _damage_json(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    """Something within it dropped, repeated, renamed or of another kind."""
    body = json.loads(content)
    owner, key = chance.choice(list(_places(body)))
    deed = chance.choice(("dropped", "of another kind", "repeated"))
    if deed == "dropped":
        del owner[key]
    elif deed == "of another kind":
        owner[key] = chance.choice((None, "x", -1, 1e400, [], {}, [{}], {"val": 1}, True, "<b>x</b>", "1.50"))
    elif isinstance(owner, list):
        owner.append(owner[key])
    else:
        owner[f"{key}0"] = owner[key]
    return json.dumps(body).encode(), f"{key} {deed}"


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in list(entries):
        yield value, key
        yield from _places(inner)


_OF_FORMAT: dict[str, tuple[Callable[[bytes, random.Random], tuple[bytes, str]], ...]] = {
    ".csv": (_damage_csv_table, _damage_csv_table, _damage_text),
    ".xlsx": (_damage_sheet, _damage_sheet, _damage_part),
    ".json": (_damage_json, _damage_json, _damage_text),
    ".zip": (_damage_member, _damage_member, _damage_part),
}
