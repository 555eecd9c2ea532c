"""Searches everything a person may look at for personal values: all numbers and names of the sample as they are, and of
some of them, or of values planted for it, every form in which a program may have written them down.
"""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import re
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

SIXTEEN = re.compile(rb"(?<!\d)\d{16}(?!\d)")
_WORD = re.compile(rb"[A-Z]+")
_LENGTH = 3  # words: shorter names also occur by chance
Name = tuple[bytes, ...]
DISGUISED = 25
"""Of the numbers of a sample so many are sought in every form."""


def personal_values(sample: Path) -> tuple[set[bytes], set[Name]]:
    """All 16-digit numbers in the sample's files about people, and the first words of all names of three or more."""
    numbers: set[bytes] = set()
    names: set[Name] = set()
    for path in [path for folder in ("dinsos", "bpjs") for path in (sample / folder).rglob("*.*")]:
        rows = _workbook(path) if path.suffix == ".xlsx" else _csv(path) if path.suffix == ".csv" else []
        named: list[int] = []  # the columns of names, once the row of headings has passed
        for row in rows:
            numbers |= set(SIXTEEN.findall("\n".join(row).encode()))
            if not named:
                named = [n for n, cell in enumerate(row) if "nama" in cell.lower()]
                continue
            names |= {
                words[:_LENGTH]
                for n in named
                if n < len(row) and len(words := _words(row[n].encode())) >= _LENGTH
            }
    return numbers, names


def _csv(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        dialect = csv.Sniffer().sniff(handle.readline(), delimiters=",;|\t")
        handle.seek(0)
        yield from csv.reader(handle, dialect=dialect)


def _workbook(path: Path) -> Iterator[list[str]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    for sheet in book.sheet_names:
        for row in book.get_sheet_by_name(sheet).to_python():
            yield [f"{cell:.0f}" if isinstance(cell, float) else str(cell) for cell in row]


def files(folders: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file under the folders: name and bytes."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()


def database(dsn: str) -> Iterator[tuple[str, bytes]]:
    """Every column of every table as bytes, unpacked: XCom, rendered templates, serialized DAGs, pickles."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        tables = conn.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            name = sql.Identifier(schema, table)
            rows = conn.execute(sql.SQL("select t::text from {} t").format(name)).fetchall()
            yield f"{schema}.{table}", "\n".join(text for (text,) in rows).encode()
            yield from _packed(conn, schema, table)


def _packed(conn: psycopg.Connection[Any], schema: str, table: str) -> Iterator[tuple[str, bytes]]:
    """Columns of bytes, which are hexadecimal in the text of a row."""
    columns = conn.execute(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
        " and data_type = 'bytea'",
        (schema, table),
    ).fetchall()
    for (column,) in columns:
        query = sql.SQL("select {} from {}").format(sql.Identifier(column), sql.Identifier(schema, table))
        for (content,) in conn.execute(query):
            yield f"{schema}.{table}.{column}", _unpacked(bytes(content or b""))


def _unpacked(content: bytes) -> bytes:
    """What is in something compressed, and of a workbook or zip in all its parts; anything else as it is."""
    try:
        if content[:2] == b"\x1f\x8b":
            return gzip.decompress(content)
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as box:
                return b"\n".join(box.read(name) for name in box.namelist())
        return zlib.decompress(content)
    except (zlib.error, OSError, EOFError, zipfile.BadZipFile, RuntimeError):
        return content


def forms(value: str) -> dict[str, bytes]:
    """Every form of a value that programs write, by its name: a NIK is also a number, a name may have blanks.

    Base64 of a longer text holds one of three alignments; of each what does not depend on the neighbours is sought.
    """
    plain = value.encode()
    found = {"plain": plain, "UTF-16": value.encode("utf-16-le"), "hex": plain.hex().encode()}
    found["HEX"] = found["hex"].upper()
    found["spaced hex"] = plain.hex(" ").encode()
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + plain)
        first = (0, 2, 3)[shift]  # digits that hold bits of what stands before
        found[f"base64 +{shift}"] = encoded[first : (shift + len(plain)) * 8 // 6]
    found["JSON"] = json.dumps(value)[1:-1].encode()
    found["JSON, all escaped"] = "".join(f"\\u{ord(sign):04x}" for sign in value).encode()
    for name, space in (("URL", "%20"), ("form", "+")):
        found[name] = urllib.parse.quote(value).replace("%20", space).encode()
    found["URL, all escaped"] = b"".join(b"%%%02X" % one for one in plain)
    found["HTML"] = "".join(f"&#{ord(sign)};" for sign in value).encode()
    if value.isdecimal():
        number = int(value)
        for cuts in ((4, 8, 12), (6, 12), (2, 6, 12)) if len(value) == 16 else ():
            parts = [value[start:end] for start, end in zip((0, *cuts), (*cuts, 16), strict=True)]
            for sign in " .-":
                found[f"parted {len(parts[0])} {sign}"] = sign.join(parts).encode()
        for mark in ".,":
            if len(value.rstrip("0")) > 9:  # else it is a figure of anything
                found[f"exponent {mark}"] = f"{value[0]}{mark}{value[1:].rstrip('0')}".encode()
            found[f"thousands {mark}"] = f"{number:,}".replace(",", mark).encode()
        found["thousands blank"] = f"{number:,}".replace(",", " ").encode()
        found["thousands _"] = f"{number:_}".encode()
        # rounded, as `%g` and a spreadsheet show it, is no number of a person any more: 3.2701e+15 is of thousands
        found["bigint"] = struct.pack(">q", number).hex().encode()
        found["bigint, raw"] = struct.pack(">q", number)
        found["bigint, raw, little"] = struct.pack("<q", number)
        found["double, raw"] = struct.pack(">d", number)
        found["double, raw, little"] = struct.pack("<d", number)
    return {name: form for name, form in found.items() if len(form) >= 7}


def disguised(texts: Iterable[tuple[str, bytes]], values: Iterable[str]) -> list[str]:
    """Places that hold one of ``values`` in any of `forms`, also within something compressed; says where and in which
    form, not what.
    """
    sought = [
        (number, name, form) for number, value in enumerate(values) for name, form in forms(value).items()
    ]
    found = []
    for place, text in texts:
        for content in {text, _unpacked(text)}:
            hits = sorted({(number, name) for number, name, form in sought if form in content})
            if hits:
                told = ", ".join(sorted({name for _, name in hits}))
                found.append(f"{place}: {len({number for number, _ in hits})} values ({told})")
    return found


def _words(text: bytes) -> Name:
    return tuple(_WORD.findall(text.upper()))


def leaks(texts: Iterable[tuple[str, bytes]], numbers: set[bytes], names: set[Name]) -> list[str]:
    """Places that hold a personal value; says where, not what."""
    kept = [(place, text) for place, text in texts]
    telling = sorted(one.decode() for one in numbers if len(set(one)) > 4)  # 0000000000000000 is nobody's
    found = disguised(kept, telling[:: max(1, len(telling) // DISGUISED)])
    for place, text in kept:
        if hits := len(numbers & set(SIXTEEN.findall(text))):
            found.append(f"{place}: {hits} of the sample's 16-digit numbers")
        words = _words(text)
        if hits := len({three for three in zip(words, words[1:], words[2:], strict=False) if three in names}):
            found.append(f"{place}: {hits} of the sample's names")
    return found
