"""The agencies' real files, unmodified, from the folder to the published figures (`SIMPUL_REFERENCE_DIR`)."""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from simpul import pipeline
from simpul.database import connect
from simpul.regions import NATION, Place, Regions, Sent, name_key
from simpul.settings import get_settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not get_settings().reference_dir, reason="SIMPUL_REFERENCE_DIR is not set: no real files here"
    ),
]

INDICATORS = {
    "garis_kemiskinan": ("poverty_line_idr", Decimal(1)),
    "jumlah_penduduk_miskin_ribu": ("poor_people", Decimal(1000)),
    "p0_persen": ("p0_percent", Decimal(1)),
}
MONTHS = {"maret": 3, "september": 9}


def reference() -> Path:
    folder = get_settings().reference_dir
    assert folder
    return folder


def rows(name: str) -> list[dict[str, str]]:
    with (reference() / name).open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def landed(module_warehouse):
    """All BPS files of the folder in the inbox, landed and published."""
    inbox = module_warehouse.inbox / "bps"
    inbox.mkdir(parents=True, exist_ok=True)
    for source in (reference() / "bps").glob("*.csv"):
        shutil.copyfile(source, inbox / source.name)
    results = pipeline.land_inbox()
    outcome = pipeline.build("test real files")
    assert outcome.is_new
    return {result["file_name"]: result for result in results}


def query(statement: str, *values: object) -> list[tuple]:
    with connect(autocommit=True) as conn:
        return conn.execute(statement, values).fetchall()


def test_every_file_lands_and_counts_hold(landed):
    for name, result in landed.items():
        assert result["status"] == "landed", (name, result["reason"])
        assert result["rows_read"] == result["rows_loaded"] + result["rows_quarantined"]


def test_regions_of_figures_are_those_that_the_one_mechanism_gives(landed):
    """What `int_poverty_observation` makes of the names and codes of BPS tables, and what `Regions.place` does."""
    regions = Regions.load()
    printed = query(
        "select distinct region_code_sent, province_name, region_name, region_code"
        " from intermediate.int_poverty_observation"
    )
    assert len(printed) > 500 and any(code for code, *_ in printed)
    for code, province, name, found in printed:
        code = None if code == "9999" else code
        above = province or name
        is_province = name_key(name) == name_key(above) and not re.match("kab", name, re.IGNORECASE)
        if name_key(name) == "indonesia":
            places = [Place(NATION, "resolved")]
        else:
            sent = Sent(code, "bps", above, None if is_province else name)
            places = [regions.place(sent), regions.place(replace(sent, regency=name))]
        sure = {place.region_code for place in places if place.status in ("resolved", "withdrawn_code")}
        assert found in sure, (code, province, name, found, places)


def test_every_figure_of_the_portal_stands_under_the_code_of_kemendagri(landed):
    bridge = {
        row["kode_bps_2025"]: row["kode_kemendagri_2025"]
        for row in rows("kabkota_bridge_bps_kemendagri_2025.csv")
    }
    expected = {
        (bridge[row["kode_kabupaten_kota"]], int(row["tahun"])): Decimal(row["indeks_kedalaman_kemiskinan"])
        for row in rows("bps/opendatajabar_p1_2018_2020.csv")
    }
    assert len(expected) == 81
    found = query("select region_code, year, p1_index from marts.fct_poverty where p1_index is not null")
    assert {(code, year): figure for code, year, figure in found} == expected


def test_every_province_figure_equals_what_was_published(landed):
    names = dict(
        query(
            "select name, region_code from marts.dim_region where level in ('nation', 'province') and is_current"
        )
    )
    published = {
        (year, month, code): dict(
            zip(("poverty_line_idr", "poor_people", "p0_percent"), figures, strict=True)
        )
        for year, month, code, *figures in query(
            "select year, month, region_code, poverty_line_idr, poor_people, p0_percent from marts.fct_poverty"
            " where area = 'total'"
        )
    }
    wrong, compared = [], 0
    for cell in rows("province_poverty_expected.csv"):
        column, factor = INDICATORS[cell["indikator"]]
        key = (int(cell["tahun"]), MONTHS[cell["periode"]], names[province(cell["provinsi"])])
        found = published.get(key, {}).get(column)
        expected = (
            None
            if not cell["nilai"] or cell["catatan"] == "SOURCE_ERROR_out_of_range"
            else Decimal(cell["nilai"]) * factor
        )
        compared += 1
        if (None if found is None else Decimal(found)) != expected:
            wrong.append((key, column, expected, found))
    assert compared == 1308
    assert wrong == []


def province(name: str) -> str:
    return {
        "DKI Jakarta": "Daerah Khusus Ibukota Jakarta",
        "DI Yogyakarta": "Daerah Istimewa Yogyakarta",
    }.get(name, name)


def test_every_regency_matches_in_both_code_systems(landed):
    bridge = {
        row["kode_kemendagri_2025"]: row["kode_bps_2025"]
        for row in rows("kabkota_bridge_bps_kemendagri_2025.csv")
    }
    found = dict(
        query(
            "select distinct r.region_code, r.bps_code from marts.fct_poverty f"
            " join marts.dim_region r using (region_code)"
            " where f.year = 2024 and f.poverty_line_idr is not null and r.level = 'regency'"
        )
    )
    assert len(bridge) == 514
    assert found == bridge


def test_the_count_in_the_percent_column_is_in_quarantine_with_its_address(landed):
    found = query(
        'select f.file_name, q."row", q."column", q.rule_code from quarantine."row" q join audit.file f using (file_id)'
        " where f.file_name like '%% 2018.csv' and f.dataset = 'bps.poverty_province'"
    )
    lines = (
        (reference() / "bps" / "Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, 2018.csv")
        .read_text("utf-8-sig")
        .splitlines()
    )
    number = next(i for i, line in enumerate(lines, 1) if line.startswith("Indonesia"))
    assert [(row, column) for _, row, column, _ in found] == [(number, "Persentase Penduduk Miskin - Maret")]


def test_the_repeated_value_of_2017_is_flagged_and_sound_years_are_not(landed):
    release = query("select release_id from audit.release_pointer")[0][0]
    found = query(
        "select address ->> 'region_code', (address ->> 'year')::int from audit.gate_failure"
        " where release_id = %s and rule_code = 'implied_population'",
        release,
    )
    assert ("00", 2017) in found
    assert set(found) <= {("00", 2017)}


def test_figures_held_against_each_other_raise_no_false_alarm(landed):
    rules = (
        "poor_within_nation", "poor_within_province", "poor_of_regency", "delivery_figures_repeated",
        "poor_within_whole", "population_possible", "population_within_whole", "poverty_line_rose",
    )  # fmt: skip
    told = query(
        "select rule_code, sum(checked) > 0, sum(failing) from audit.gate_result where rule_code = any(%s) group by 1",
        list(rules),
    )
    assert {rule: failing for rule, _, failing in told} == dict.fromkeys(rules, 0)
    # the folder has no counts of regencies
    assert {rule for rule, is_asked, _ in told if not is_asked} == {"poor_of_regency", "poor_within_province"}


def test_no_real_figure_is_far_from_its_like_and_no_regency_lacks_one(landed):
    asked = query(
        "select rule_code, passed, checked > 0 from audit.gate_result where table_name = 'fct_poverty'"
        " and rule_code in ('p1_p2_of_p0', 'figures_of_siblings') order by 1"
    )
    assert asked == [("figures_of_siblings", True, True), ("p1_p2_of_p0", True, True)]
