"""Searches everything a person may look at for personal values of the sample."""

from __future__ import annotations

import csv
import re
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
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content


def _words(text: bytes) -> Name:
    return tuple(_WORD.findall(text.upper()))


def leaks(texts: Iterable[tuple[str, bytes]], numbers: set[bytes], names: set[Name]) -> list[str]:
    """Places that hold a personal value; says where, not what."""
    found = []
    for place, text in texts:
        if hits := len(numbers & set(SIXTEEN.findall(text))):
            found.append(f"{place}: {hits} of the sample's 16-digit numbers")
        words = _words(text)
        if hits := len({three for three in zip(words, words[1:], words[2:], strict=False) if three in names}):
            found.append(f"{place}: {hits} of the sample's names")
    return found
