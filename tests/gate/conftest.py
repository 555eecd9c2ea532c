"""Invented deliveries on a fresh warehouse, and a small made-up release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from simpul import gate, landing
from simpul.database import connect
from simpul.settings import Settings
from tests.landing.conftest import as_csv

PROVINCE_2018 = (
    "Provinsi,Garis Kemiskinan - Maret (Rp),Garis Kemiskinan - September (Rp),"
    "Jumlah Penduduk Miskin - Maret (ribu) (Ribu),Jumlah Penduduk Miskin - September (ribu) (Ribu),"
    "Persentase Penduduk Miskin - Maret,Persentase Penduduk Miskin - September\n"
    "Aceh,464626,...,839.49,831.5,15.97,15.68\n"
    "Indonesia,...,...,25949.8,25674.58,25674.58,9.66"
)
PROVINCE_NAME = "Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, {}.csv"


@pytest.fixture
def query(fresh_warehouse: Settings) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """Ask the warehouse."""
    with connect(autocommit=True) as conn:
        yield lambda text, *values: conn.execute(text, values).fetchall()


@pytest.fixture
def load(fresh_warehouse: Settings) -> Callable[..., str]:
    """Drop a file into the inbox and load it; returns the id of a file that waits for the gate."""

    def put(name: str, heading: Sequence[str] | str, rows: Sequence[Sequence[str]] = ()) -> str:
        path: Path = fresh_warehouse.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(heading if isinstance(heading, str) else as_csv(heading, rows), encoding="utf-8")
        result = landing.land(path)
        assert result.status == "loaded", result
        return result.file_id

    return put


@pytest.fixture
def judged(
    load: Callable[..., str], query: Callable[..., list[tuple[Any, ...]]]
) -> Callable[..., tuple[str, list[str]]]:
    """Land a file; how it ends, and the rules on it as a whole that it breaks."""

    def land(name_: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, list[str]]:
        file_id = load(name_, heading, rows)
        status = gate.gate_file(file_id).status
        told = query(
            "select rule_code from audit.gate_result where file_id = %s and not passed"
            " and (rule_code ^@ 'delivery_' or rule_code = 'nominal_of_programme') order by 1",
            file_id,
        )
        return status, [code for (code,) in told]

    return land
