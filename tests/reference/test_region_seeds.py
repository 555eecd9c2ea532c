"""The seeds against the real lists and the agencies' real files (`SIMPUL_REFERENCE_DIR`)."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from simpul.regions import Regions, Sent
from simpul.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def reference() -> Path:
    folder = Settings().reference_dir
    if folder is None:
        pytest.skip("SIMPUL_REFERENCE_DIR is not set: the lists of codes and the real BPS files are not here")
    return folder


@pytest.fixture(scope="module")
def regions() -> Regions:
    return Regions.load()


def test_the_committed_seeds_are_what_the_lists_give(reference):
    builder = importlib.import_module("tools.build_region_seeds")
    for name, text in builder.build(reference).items():
        committed = (ROOT / "dbt_project" / "seeds" / name).read_text(encoding="utf-8")
        assert committed == text, f"{name}: run tools/build_region_seeds.py"


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def regency_table(path: Path) -> Iterator[tuple[str | None, str]]:
    """(province, regency or None) of a layout B file: province rows in capitals, their regencies below."""
    province = None
    with open(path, encoding="utf-8-sig", newline="") as file:
        for name, *_ in list(csv.reader(file))[3:]:
            if name.isupper():
                province = name
                yield province, None
            else:
                yield province, name


def test_every_row_of_the_regency_tables_is_a_region_in_both_systems(reference, regions):
    bridge = rows(reference / "kabkota_bridge_bps_kemendagri_2025.csv")
    codes = {row["kode_kemendagri_2025"]: row["kode_bps_2025"] for row in bridge}
    tables = sorted((reference / "bps").glob("Garis Kemiskinan*.csv"))
    assert tables
    for table in tables:
        found = {names: regions.resolve(*names) for names in regency_table(table)}
        unknown = [names for names, code in found.items() if code is None]
        assert not unknown, f"{table.name}: {unknown}"
        regencies = [code for (_, regency), code in found.items() if regency]
        assert len(regencies) == len(set(regencies)) == 514, table.name
        assert {code: regions[code].bps_code for code in regencies} == codes
        assert len({code for (_, regency), code in found.items() if not regency}) == 38


def test_every_row_of_the_province_tables_is_a_region(reference, regions):
    for table in sorted((reference / "bps").glob("Jumlah dan Persentase*.csv")):
        names = [row["Provinsi"] for row in rows(table)]
        names = names[: names.index("Indonesia") + 1]  # a footer may follow
        found = [regions.resolve(name) for name in names]
        assert found[-1] == "00"
        assert len(set(found)) == len(found) in {35, 39}, table.name
        assert None not in found


def test_a_provincial_table_and_an_open_data_table_agree_with_their_own_codes(reference, regions):
    with open(
        next((reference / "bps").glob("*Jawa Barat, 2024.csv")), encoding="utf-8-sig", newline=""
    ) as file:
        names = [row[0] for row in list(csv.reader(file))[3:]]
    assert regions.resolve(names[0]) == "32"  # "Provinsi Jawa Barat"
    assert len({regions.resolve("Jawa Barat", name) for name in names[1:]} - {None}) == 27
    for row in rows(reference / "bps" / "opendatajabar_p1_2018_2020.csv"):
        code = regions.resolve(row["nama_provinsi"], row["nama_kabupaten_kota"])
        assert code == regions.place(Sent(row["kode_kabupaten_kota"], "bps")).region_code


def test_every_name_of_every_list_leads_to_its_code(reference, regions):
    """`KAB. MERAUKE` as printed, every other name a list had, and names with a blank too many."""
    provinces = {
        row["kode"]: row["nama_terakhir"] for row in rows(reference / "kemendagri_provinsi_history.csv")
    }
    for row in rows(reference / "kemendagri_kabkota_history.csv"):
        province = provinces[row["kode"][:2]]
        for name in (row["nama_terakhir"], *filter(None, row["nama_lain"].split("|"))):
            assert regions.resolve(province, name) == regions.current(row["kode"]), name
            assert regions.resolve(province, name.upper().replace(" ", "  ")) == regions.current(row["kode"])


def test_regency_figures_with_codes_resolve_the_same_by_name_and_by_either_code(reference, regions):
    for row in rows(reference / "p0_kabkota_expected.csv"):
        code = regions.place(Sent(row["kode_kemendagri_2025"], "kemendagri")).region_code
        assert code == regions.place(Sent(row["kode_bps_2020"], "bps")).region_code
        assert code == regions.resolve(regions[code[:2]].name, row["nama_sumber"])
