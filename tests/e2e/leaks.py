"""Searches everything a person may look at for personal values of the sample."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

SIXTEEN = re.compile(rb"(?<!\d)\d{16}(?!\d)")
PERSONAL_HEADINGS = {
    "NIK",
    "Nomor NIK",
    "nik",
    "Nomor KK",
    "nokk",
    "Nama",
    "nama",
    "Nama Ibu Kandung",
    "nama_ibu_kandung",
}


def personal_values(sample: Path) -> tuple[set[bytes], set[bytes]]:
    """All 16-digit numbers and all names of three words or more in the sample's CSV files (people's files only)."""
    numbers: set[bytes] = set()
    names: set[bytes] = set()
    for path in [*sample.glob("dinsos/**/*.csv"), *sample.glob("bpjs/**/*.csv")]:
        numbers |= set(SIXTEEN.findall(path.read_bytes()))
        with path.open(encoding="utf-8-sig", newline="") as handle:
            dialect = csv.Sniffer().sniff(handle.readline(), delimiters=",;|\t")
            handle.seek(0)
            for row in csv.DictReader(handle, dialect=dialect):
                for heading, value in row.items():
                    if heading and "nama" in heading.lower() and value and len(value.split()) >= 3:
                        names.add(value.strip().encode())
    return numbers, names


def files(folders: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file under the folders: name and bytes."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()


def database(dsn: str, pg_dump: Path) -> Iterator[tuple[str, bytes]]:
    """A database as plain text, table by table: what XCom, rendered templates and task notes hold."""
    dump = subprocess.run([pg_dump, "--data-only", "--inserts", dsn], capture_output=True, check=True).stdout
    yield "database dump", dump


def leaks(texts: Iterable[tuple[str, bytes]], numbers: set[bytes], names: set[bytes]) -> list[str]:
    """Places that hold a personal value; says where, not what."""
    found = []
    for place, text in texts:
        hits = len(numbers & set(SIXTEEN.findall(text)))
        if hits:
            found.append(f"{place}: {hits} of the sample's 16-digit numbers")
        upper = text.upper()
        hits = sum(name.upper() in upper for name in names)
        if hits:
            found.append(f"{place}: {hits} of the sample's names")
    return found
