"""A copy over a slow share that is quiet for a while in the middle is not taken for a whole file."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

import pytest

from simpul import landing
from simpul.landing.whole import PATIENCE, looks_whole
from tests.landing.conftest import DTKS, KKS, as_csv, dtks_row, kks_row, pbi
from tests.landing.test_land import BPS, held, row_of

LINES = pbi(400).encode()  # more than a small file
SMALL = as_csv(KKS, [kks_row(n) for n in range(5)]).encode()


@pytest.fixture
def waiting(fresh_warehouse):
    """Two seconds of quiet, as by default."""
    object.__setattr__(fresh_warehouse, "settle_seconds", 2.0)
    return fresh_warehouse


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


@pytest.mark.parametrize(
    ("content", "is_whole"),
    [
        (b"", False),
        (LINES, True),
        (LINES.rstrip(), False),
        (LINES[: len(LINES) // 2], False),
        (LINES + b"\0" * 100, False),  # the size was set before the bytes were written
        (LINES.decode().encode("utf-16"), True),
        (LINES.decode().encode("utf-16")[:-40], False),
        (SMALL, True),
        (SMALL.rstrip(), True),  # as BPS ends its files
        (SMALL.rstrip()[:-30], False),
        (SMALL.replace(b"\r\n", b"\r"), True),
        (b"Provinsi,A,B\nAceh,1,2\nKeterangan,,", True),
        (b"NIK", True),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), True),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), False),
    ],
)
def test_what_looks_whole(tmp_path, content, is_whole):
    (tmp_path / "a").write_bytes(content)
    assert looks_whole(tmp_path / "a", len(content)) is is_whole


def test_a_copy_that_stalls_is_left_until_it_has_been_quiet_for_long(drop, waiting, query):
    cut = LINES[: len(LINES) * 2 // 3].rstrip()[:-20]
    path = drop("bpjs/PBI JK 2024-06.csv", cut)
    age(path, 5)
    assert landing.discover() == []
    with pytest.raises(landing.Unsettled, match="does not look whole"):
        landing.land(path)
    assert query("select count(*) from audit.file") == [(0,)]
    path.write_bytes(LINES)  # it goes on
    age(path, 3)
    assert landing.discover() == [str(path)]
    assert landing.land(path).rows_loaded == 400
    path.write_bytes(cut)  # it never does
    age(path, PATIENCE * 2 + 1)
    assert landing.discover() == [str(path)]
    outcome = landing.land(path)
    assert outcome.status == "held" and "breaks off in row" in outcome.reason
    assert "terpotong pada baris" in row_of(query, outcome.file_id)["reason_id"]
    assert landing.discover() == []


@pytest.mark.parametrize("end", [b";1;2", b';"CONT', b";CONT\xc3", b";\0\0\0\0"])
def test_a_last_record_that_breaks_off_holds_the_file(drop, query, end):
    lines = LINES.split(b"\r\n")
    held(
        landing.land(drop("bpjs/PBI JK 2024-06.csv", b"\r\n".join(lines[:300]) + b"\r\n9" + end)),
        query,
        "in row 301",
    )


def test_a_table_of_statistics_that_breaks_off(drop, query):
    content = f"{BPS}\nAceh,1.5,2.5\nBali,1.5"
    held(landing.land(drop("bps/Kemiskinan, 2016.csv", content)), query, "in row 3")


def test_a_whole_last_record_without_a_line_end_is_nothing(drop, query):
    assert landing.land(drop("bpjs/PBI JK 2024-06.csv", LINES.rstrip())).rows_loaded == 400


def test_a_workbook_without_its_end_waits_and_is_then_held_as_damaged(drop, waiting, query):
    path = drop("dinsos/DTKS Juni 2024.xlsx", {"A": [DTKS, *(dtks_row(n) for n in range(50))]})
    whole = path.read_bytes()
    assert zipfile.is_zipfile(path)
    path.write_bytes(whole[: len(whole) // 2])
    age(path, 5)
    assert landing.discover() == []
    age(path, PATIENCE * 2 + 1)
    held(landing.land(path), query, "breaks off before its end")
    path.write_bytes(whole)
    age(path, 3)
    assert landing.discover() == [str(path)]
    assert landing.land(path).rows_loaded == 50
