"""The agencies' real files (SIMPUL_REFERENCE_DIR), unmodified: every figure arrives as printed."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from simpul import landing
from tests.landing.test_land import row_of, table_of

REFERENCE = os.environ.get("SIMPUL_REFERENCE_DIR")
pytestmark = pytest.mark.skipif(
    not REFERENCE, reason="SIMPUL_REFERENCE_DIR is not set: the real BPS files are not part of the project"
)


def files(pattern: str) -> list[Path]:
    return sorted(Path(REFERENCE or "", "bps").glob(pattern))


def test_every_province_figure_as_printed(fresh_warehouse, query):
    """Layout A, 2017 and later: cell by cell, the known errors of the publication included."""
    found = {}
    for path in files("Jumlah dan Persentase*.csv"):
        outcome = landing.land(path)
        year = path.stem[-4:]
        row = row_of(query, outcome.file_id)
        assert (row["status"], row["period"], row["dataset"]) == ("loaded", year, "bps.poverty_province"), (
            row["reason"]
        )
        assert row["rows_quarantined"] == 0
        for region, indicator, month, value, at in query(
            f"select wilayah, indikator, bulan, nilai, _row from {table_of(outcome)}"
        ):
            found[year, region, indicator, month] = (value, at)
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, cells in enumerate(csv.reader(file), 1):
                if number == 1 or not cells[0] or cells[0].startswith(("Keterangan", "September", "-")):
                    continue
                indicators = [("poverty_line", "3"), ("poverty_line", "9"), ("poor_thousand", "3"),
                              ("poor_thousand", "9"), ("p0", "3"), ("p0", "9")]  # fmt: skip
                for (indicator, month), cell in zip(indicators, cells[1:], strict=True):
                    assert found.pop((year, cells[0], indicator, month)) == (cell, number)
    assert not found
    assert len(files("Jumlah dan Persentase*.csv")) >= 5


def test_every_regency_figure_as_printed(fresh_warehouse, query):
    """Layout B: the year comes from the third row, whatever the file is called."""
    for path in files("Garis Kemiskinan*.csv"):
        outcome = landing.land(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            _, _, (_, year), *rows = csv.reader(file)
        row = row_of(query, outcome.file_id)
        assert (row["status"], row["period"], row["region_code"]) == ("loaded", year, "00"), row["reason"]
        loaded = query(f"select wilayah, nilai, _row, provinsi from {table_of(outcome)} order by _row")
        assert [list(line[:2]) for line in loaded] == rows
        assert [line[2] for line in loaded] == list(range(4, 4 + len(rows)))
        province = None
        for name, _, _, above in loaded:
            province = name if name.upper() == name else province
            assert above == province


def test_a_provincial_table_stands_beside_the_national_one(fresh_warehouse, query):
    (path,) = files("*Jawa Barat, 2024.csv")
    outcome = landing.land(path)
    row = row_of(query, outcome.file_id)
    assert (row["status"], row["period"], row["region_code"]) == ("loaded", "2024", "32")
    assert row["slice_key"].startswith("2024|32|") and "p0" in row["slice_key"]
    assert query(f"select nilai, provinsi from {table_of(outcome)} where wilayah = 'Kota Banjar'") == [
        ("5.85", "Jawa Barat")
    ]


def test_every_figure_of_an_open_data_portal_as_printed(fresh_warehouse, query):
    """Layout E: the depth index of 27 regencies and cities in three years, with the codes of BPS."""
    (path,) = files("opendatajabar*.csv")
    outcome = landing.land(path)
    row = row_of(query, outcome.file_id)
    assert (row["status"], row["period"], row["region_code"]) == ("loaded", "2020", "32"), row["reason"]
    with path.open(encoding="utf-8-sig", newline="") as file:
        printed = [
            (n, line["kode_kabupaten_kota"], line["nama_kabupaten_kota"], line["tahun"], "p1",
             line["indeks_kedalaman_kemiskinan"], line["satuan"], {"id": line["id"], "kode_provinsi": "32"})
            for n, line in enumerate(csv.DictReader(file), 2)
        ]  # fmt: skip
    assert len(printed) == 81
    columns = "_row, kode_bps, wilayah, tahun, indikator, nilai, satuan, _extra"
    assert query(f"select {columns} from {table_of(outcome)} order by _row") == printed


@pytest.mark.parametrize(
    "pattern", ["Jumlah dan Persentase*2024.csv", "Garis Kemiskinan*2024.csv", "*Jawa Barat, 2024.csv"]
)
def test_a_table_that_is_published_again_replaces_the_first(drop, query, pattern):
    """With one figure revised: same regions, indicators and months, so nothing else has to be said."""
    (path,) = files(pattern)
    content = path.read_bytes()
    first = landing.land_file(drop(f"bps/{path.name}", content))
    revised = landing.land_file(drop(f"bps/revisi/{path.name}", content.replace(content[-2:], b"99")))
    assert [row_of(query, one.file_id)["status"] for one in (first, revised)] == ["superseded", "landed"]
